//! Branches and loops: what excludes each other, what repeats, what a role chooses, what becomes of a failure.

use super::Eval;
use super::again::again;
use super::decide::Fit;
use super::fate::{self, Covers};
use super::guards::{self, simple_name};
use super::val::{Val, Variants};
use super::want::Want;
use crate::extract::rust::names::{AdtId, Def, derives};
use crate::extract::rust::tree::{Arm, Block, Expr, ExprKind, Pattern, Range, Statement};
use crate::facts::Value;
use crate::facts::rust::{Again, Branch, Failure, Guard, Step};

/// Constants that stand for one another are followed no deeper than this.
const MAX_CONSTANTS: usize = 4;

impl<'a> Eval<'_, 'a> {
    pub(super) fn if_expr(
        &mut self,
        condition: &'a Expr,
        then: &'a Block,
        otherwise: Option<&'a Expr>,
        want: &Want,
    ) -> Val {
        let failure = condition_failure(condition, then, otherwise, want.failure);
        let guard = self.condition_guard(condition);
        let (then_val, then_steps) = self.framed(|eval| {
            eval.scoped(|eval| {
                let expected = want.expected.clone().filter(
                    |_| matches!(&*condition.kind, ExprKind::Let(pattern, _) if block_gives_binding(pattern, then)),
                );
                let taken = eval.taken.len();
                let (asked, before) = eval.framed(|eval| eval.expr(condition, &Want { failure, expected }));
                let decided = eval.decided(condition, &asked).or_else(|| eval.decided_by_absence(condition));
                if decided == Some(false) {
                    return (decided, Val::default(), before, Vec::new());
                }
                let let_go = !holds(condition) || guards::block_lets_go(condition, then);
                let (val, steps) =
                    eval.framed(|eval| eval.held_over(taken, condition, let_go, |eval| eval.block(then, want)));
                (decided, val, before, steps)
            })
        });
        let (decided, val, before, steps) = then_val;
        self.steps(then_steps);
        self.steps(before);
        match (decided, otherwise) {
            (Some(true), _) => {
                self.steps(steps);
                return val;
            }
            (Some(false), Some(otherwise)) => return self.expr(otherwise, want),
            (Some(false), None) => return Val::default(),
            (None, _) => {}
        }
        let mut branches = vec![Branch { guard, leaves: self.leaves(block_returns(then)), steps }];
        let mut result = val;
        if let Some(otherwise) = otherwise {
            let (other, steps) = self.framed(|eval| eval.expr(otherwise, want));
            result = match (block_diverges(then), diverges(otherwise)) {
                (true, _) => other,
                (_, true) => result,
                _ => result.or_else(&other),
            };
            branches.push(Branch { guard: None, leaves: self.leaves(returns(otherwise)), steps });
        }
        self.choice(branches);
        result
    }

    /// The block of a `let … else`.
    pub(super) fn else_block(&mut self, otherwise: &'a Expr) {
        let (_, steps) = self.framed(|eval| eval.expr(otherwise, &Want::default()));
        self.choice(vec![Branch { guard: None, leaves: self.leaves(returns(otherwise)), steps }]);
    }

    /// Whether a branch that returns leaves the function: what returns inside a closure or an async block only ends that.
    fn leaves(&self, returns: bool) -> bool {
        returns && self.in_closures == 0
    }

    fn choice(&mut self, mut branches: Vec<Branch>) {
        if branches.iter().all(|branch| branch.steps.is_empty() && !branch.leaves) {
            return;
        }
        branches.retain(|branch| !branch.steps.is_empty() || branch.leaves || branch.guard.is_none());
        self.step(Step::Choice { branches });
    }

    pub(super) fn match_expr(&mut self, scrutinee: &'a Expr, arms: &'a [Arm], want: &Want) -> Val {
        let failure = match_failure(arms, want.failure, &|guard| self.covers(guard));
        let taken = self.taken.len();
        let expected = want.expected.clone().filter(|_| arms.iter().any(|arm| gives_binding(&arm.pattern, &arm.body)));
        let val = self.expr(scrutinee, &Want { failure, expected });
        let let_go = arms.iter().any(|arm| guards::lets_go(&arm.pattern, &arm.body));
        self.held_over(taken, scrutinee, let_go, |eval| eval.arms(scrutinee, &val, arms, want))
    }

    fn arms(&mut self, scrutinee: &'a Expr, val: &Val, arms: &'a [Arm], want: &Want) -> Val {
        let role = role_variable(val);
        let known = val.variants.clone();
        let mut branches = Vec::new();
        let mut result: Option<Val> = None;
        for arm in arms {
            let mut enum_of = None;
            let mut words = Vec::new();
            self.pattern_words(&arm.pattern, &mut enum_of, &mut words);
            if let (Some(known), Some(matched)) = (&known, enum_of)
                && known.of == matched
                && !known
                    .any
                    .iter()
                    .any(|variant| words.contains(&self.program().adts[matched].variants[*variant].name))
            {
                continue;
            }
            let fit = self.fit(scrutinee, val, &arm.pattern);
            if fit == Fit::No {
                continue;
            }
            let guard = self.role_guard(enum_of, words, role.as_deref());
            let (value, steps) = self.framed(|eval| {
                eval.scoped(|eval| {
                    eval.bind(&arm.pattern, val);
                    if let Some(condition) = &arm.guard {
                        eval.expr(condition, &Want::default());
                    }
                    eval.expr(&arm.body, want)
                })
            });
            let is_last = fit == Fit::Yes && arm.guard.is_none();
            if is_last && branches.is_empty() {
                self.steps(steps);
                return value;
            }
            branches.push(Branch { guard, leaves: self.leaves(returns(&arm.body)), steps });
            if !diverges(&arm.body) {
                result = Some(match result {
                    Some(known) => known.or_else(&value),
                    None => value,
                });
            }
            if is_last {
                break;
            }
        }
        self.choice(branches);
        result.unwrap_or_default()
    }

    /// The role that an arm is chosen by.
    fn role_guard(&self, enum_of: Option<AdtId>, words: Vec<String>, role: Option<&str>) -> Option<Guard> {
        if words.is_empty() {
            return None;
        }
        match (enum_of, role) {
            (Some(adt), _) => {
                let of = &self.program().adts[adt];
                let chooses = ["Subcommand", "ValueEnum", "Parser", "EnumString", "Args"]
                    .iter()
                    .any(|name| derives(of.attributes, name))
                    || of.name.ends_with("Role")
                    || of.name.ends_with("Mode")
                    || of.name.ends_with("Command");
                chooses.then(|| Guard { of: of.path.clone(), one_of: words })
            }
            (None, Some(variable)) => Some(Guard { of: format!("${variable}"), one_of: words }),
            (None, None) => None,
        }
    }

    /// The role that a condition asks for: `role == Role::Api`, `mode == "worker"`, `matches!(…)`, `if let Role::Api = …`.
    fn condition_guard(&mut self, condition: &'a Expr) -> Option<Guard> {
        match &*condition.kind {
            ExprKind::Let(pattern, value) => {
                let mut enum_of = None;
                let mut words = Vec::new();
                self.pattern_words(pattern, &mut enum_of, &mut words);
                let _ = value;
                self.role_guard(enum_of, words, None)
            }
            ExprKind::Binary(operator, a, b) if operator == "==" => {
                let (left, _) = self.framed(|eval| eval.expr(a, &Want::default()));
                let (right, _) = self.framed(|eval| eval.expr(b, &Want::default()));
                for (one, other) in [(&left, &right), (&right, &left)] {
                    if let Some((adt, variant)) = one.variants.as_ref().and_then(Variants::only) {
                        let word = self.program().adts[adt].variants[variant].name.clone();
                        return self.role_guard(Some(adt), vec![word], None);
                    }
                    if let (Some(text), Some(variable)) = (one.text(), role_variable(other)) {
                        return self.role_guard(None, vec![text.to_owned()], Some(&variable));
                    }
                }
                None
            }
            ExprKind::Binary(operator, a, b) if operator == "&&" => {
                self.condition_guard(a).or_else(|| self.condition_guard(b))
            }
            _ => None,
        }
    }

    pub(super) fn loop_expr(&mut self, over: &str, body: &'a Block, at: Range, want: &Want) -> Val {
        let inner = Want { failure: want.failure, expected: None };
        let (val, steps) = self.turns(|eval| {
            eval.block(body, &inner);
        });
        self.looped(over, 0, again(over, None, body), steps, at);
        val
    }

    fn looped(&mut self, over: &str, elements: usize, again: Option<Again>, steps: Vec<Step>, at: Range) {
        if !steps.is_empty() {
            let at = self.span(at);
            self.step(Step::Loop { over: over.to_owned(), elements, again, steps, at });
        }
    }

    /// What a `for` runs over, and of a list that is written down how many elements it has.
    fn iterated(&mut self, expr: &'a Expr, depth: usize) -> (&'static str, usize) {
        match &*expr.kind {
            ExprKind::Array(parts) => ("literal", parts.len()),
            _ if is_batched(expr) => ("batches", 0),
            ExprKind::Range(from, to) if from.iter().chain(to).any(asks_length) => ("collection", 0),
            ExprKind::Range(..) => ("range", 0),
            ExprKind::Reference(inner) => self.iterated(inner, depth),
            ExprKind::MethodCall { receiver, method, .. } if is_iterator_of_same(method) => {
                self.iterated(receiver, depth)
            }
            ExprKind::Path(path) if depth < MAX_CONSTANTS => {
                let constant = self.value_defs(path).iter().find_map(|def| match def {
                    Def::Constant(id) => self.program().constants[*id].value,
                    _ => None,
                });
                constant.map_or(("collection", 0), |value| self.iterated(value, depth + 1))
            }
            _ => ("collection", 0),
        }
    }

    pub(super) fn while_expr(&mut self, condition: &'a Expr, body: &'a Block, at: Range) -> Val {
        let over = if matches!(&*condition.kind, ExprKind::Let(..)) { "stream" } else { "condition" };
        let (_, steps) = self.turns(|eval| {
            eval.scoped(|eval| {
                let taken = eval.taken.len();
                eval.expr(condition, &Want::default());
                let let_go = !holds(condition) || guards::block_lets_go(condition, body);
                eval.held_over(taken, condition, let_go, |eval| eval.block(body, &Want::default()));
            });
        });
        self.looped(over, 0, again(over, None, body), steps, at);
        Val::default()
    }

    pub(super) fn for_expr(&mut self, pattern: &'a Pattern, iterated: &'a Expr, body: &'a Block, at: Range) -> Val {
        let list = self.expr(iterated, &Want::default());
        let (over, elements) = self.iterated(iterated, 0);
        let element = Val { ty: list.ty.element(), ..list };
        let (_, steps) = self.turns(|eval| {
            eval.scoped(|eval| {
                eval.bind(pattern, &element);
                eval.block(body, &Want::default());
            });
        });
        self.looped(over, elements, again(over, Some(iterated), body), steps, at);
        Val::default()
    }

    /// A closure: followed where it is written, as if it ran there.
    pub(super) fn closure(
        &mut self,
        parameters: &'a [(Pattern, Option<crate::extract::rust::tree::Type>)],
        body: &'a Expr,
        is_async: bool,
        given: &[Val],
        want: &Want,
    ) -> Val {
        let before = self.in_async;
        self.in_async = is_async || (before && matches!(&*body.kind, ExprKind::Async(_)));
        let val = self.scoped(|eval| {
            for (index, (pattern, ty)) in parameters.iter().enumerate() {
                let mut val = given.get(index).cloned().unwrap_or_default();
                if let Some(ty) = ty {
                    let ty = eval.written(ty);
                    if !ty.is_unknown() {
                        val.ty = ty;
                    }
                }
                eval.bind(pattern, &val);
            }
            eval.returning(|eval| eval.expr(body, want))
        });
        self.in_async = before;
        val
    }
}

/// Whether what is iterated over comes in batches: `rows.chunks(100)`.
fn is_batched(iterated: &Expr) -> bool {
    match &*iterated.kind {
        ExprKind::MethodCall { receiver, method, .. } => {
            matches!(
                method.as_str(),
                "chunks"
                    | "chunks_mut"
                    | "chunks_exact"
                    | "rchunks"
                    | "array_chunks"
                    | "ready_chunks"
                    | "try_chunks"
                    | "chunk_by"
                    | "windows"
            ) || is_batched(receiver)
        }
        ExprKind::Reference(inner) | ExprKind::Await(inner) | ExprKind::Try(inner) => is_batched(inner),
        _ => false,
    }
}

/// Methods that give what they are called on, element by element, whatever they do with each.
fn is_iterator_of_same(method: &str) -> bool {
    matches!(method, "iter" | "into_iter" | "iter_mut" | "copied" | "cloned" | "enumerate" | "rev" | "map" | "by_ref")
}

/// Whether a bound is the length of something.
fn asks_length(bound: &Expr) -> bool {
    matches!(&*bound.kind, ExprKind::MethodCall { method, .. } if method == "len")
}

/// Whether what a condition takes is held in the block after it: that of a `let` is, that of a plain condition is not.
fn holds(condition: &Expr) -> bool {
    match &*condition.kind {
        ExprKind::Let(..) => true,
        ExprKind::Binary(operator, a, b) => operator == "&&" && (holds(a) || holds(b)),
        _ => false,
    }
}

/// Whether an arm gives just what its pattern binds: `Ok(c) => c`. What is expected of it is expected of what is matched.
fn gives_binding(pattern: &Pattern, body: &Expr) -> bool {
    match (pattern, &*body.kind) {
        (_, ExprKind::Block(block)) => block_gives_binding(pattern, block),
        (Pattern::TupleStruct(path, parts), _) => match (path.segments.last(), parts.as_slice()) {
            (Some(last), [inner]) if matches!(last.name.as_str(), "Ok" | "Some") => gives_binding(inner, body),
            _ => false,
        },
        (Pattern::Name(name, None), ExprKind::Call(_, arguments)) => {
            matches!(arguments.as_slice(), [argument] if wraps(body) && simple_name(argument) == Some(name))
        }
        (Pattern::Name(name, None), _) => simple_name(body) == Some(name),
        _ => false,
    }
}

fn block_gives_binding(pattern: &Pattern, block: &Block) -> bool {
    matches!(block.statements.last(), Some(Statement::Expr(last, false)) if gives_binding(pattern, last))
}

/// Whether an expression wraps what it is given: `Ok(x)`, `Some(x)`.
fn wraps(expr: &Expr) -> bool {
    matches!(&*expr.kind, ExprKind::Call(callee, _) if matches!(&*callee.kind, ExprKind::Path(path)
        if path.segments.last().is_some_and(|last| matches!(last.name.as_str(), "Ok" | "Some"))))
}

/// The variable or setting whose text is matched.
fn role_variable(val: &Val) -> Option<String> {
    match val.value.as_ref()? {
        Value::Variable { name, .. } => Some(name.clone()),
        Value::Setting { key, variables, .. } => Some(variables.first().cloned().unwrap_or_else(|| key.clone())),
        Value::OneOf(all) => all.iter().find_map(|value| role_variable(&Val::known(value.clone()))),
        _ => None,
    }
}

/// What a condition makes of the failure of what it asks for.
pub(super) fn condition_failure(condition: &Expr, then: &Block, otherwise: Option<&Expr>, outer: Failure) -> Failure {
    let ExprKind::Let(pattern, _) = &*condition.kind else { return outer };
    let name = match pattern {
        Pattern::TupleStruct(path, _) => path.segments.last().map_or("", |segment| segment.name.as_str()),
        _ => "",
    };
    match name {
        "Err" => block_failure(then),
        "Ok" | "Some" => match otherwise {
            Some(otherwise) if propagates(otherwise) => Failure::Propagated,
            Some(otherwise) if calls(otherwise) => Failure::FallsBack,
            _ => Failure::Defaulted,
        },
        _ => Failure::Propagated,
    }
}

/// What becomes of a failure that a `let … else` block handles.
pub(super) fn else_failure(otherwise: &Expr) -> Failure {
    if propagates(otherwise) { Failure::Propagated } else { Failure::Defaulted }
}

/// What a match makes of the failure of its scrutinee: that one does not answer. Arms for other failures are passed over.
pub(super) fn match_failure(arms: &[Arm], outer: Failure, covers: Covers<'_>) -> Failure {
    let ok = arms.iter().any(|arm| variant(&arm.pattern, "Ok").is_some());
    let errors = arms
        .iter()
        .filter(|arm| variant(&arm.pattern, "Err").is_some() || (ok && matches!(arm.pattern, Pattern::Wild)));
    // `Err(e) if … => …, others => others`: what is not looked at goes on as it came.
    let takes_all = |arm: &&Arm| {
        arm.guard.is_none() && arm_covers(arm, covers) == Some(true) && variant(&arm.pattern, "Err").is_some()
    };
    let given_on = arms.iter().take_while(|arm| !takes_all(arm)).find_map(given_on);
    if let Some(goes_on) = given_on {
        let failure = if goes_on { outer } else { Failure::Propagated };
        if failure.is_hard() {
            return failure;
        }
    }
    let mut failure: Option<Failure> = None;
    for arm in errors {
        let is_for_it = arm_covers(arm, covers);
        if is_for_it == Some(false) {
            continue;
        }
        // Of several that it may be, the first is kept only if none propagates.
        let other = arm_failure(&arm.body);
        failure = match failure {
            Some(known) if other != Failure::Propagated => Some(known),
            _ => Some(other),
        };
        if is_for_it == Some(true) {
            break;
        }
    }
    failure.unwrap_or(outer)
}

/// Whether an arm is for the failure of one that does not answer: by what its pattern and its guard say.
fn arm_covers(arm: &Arm, covers: Covers<'_>) -> Option<bool> {
    let inner = variant(&arm.pattern, "Err").and_then(|parts| parts.first());
    let of_pattern = match inner {
        None | Some(Pattern::Name(_, None) | Pattern::Wild) => Some(true),
        Some(inner) => fate::pattern_covers(inner),
    };
    let of_guard = arm.guard.as_ref().map_or(Some(true), covers);
    match (of_pattern, of_guard) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// What a pattern has inside a variant, if it is for that, alone or among others: `Ok(None) | Err(_)`.
fn variant<'p>(pattern: &'p Pattern, wanted: &str) -> Option<&'p [Pattern]> {
    match pattern {
        Pattern::TupleStruct(path, parts) => {
            path.segments.last().is_some_and(|last| last.name == wanted).then_some(parts.as_slice())
        }
        Pattern::Or(all) => all.iter().find_map(|pattern| variant(pattern, wanted)),
        _ => None,
    }
}

/// Whether an arm for whatever is left gives on what it is given: true where that is the value of the match, false where it
/// is returned.
fn given_on(arm: &Arm) -> Option<bool> {
    let Pattern::Name(name, None) = &arm.pattern else { return None };
    match &*arm.body.kind {
        ExprKind::Return(Some(value)) => (simple_name(value) == Some(name)).then_some(false),
        _ if simple_name(&arm.body) == Some(name) => Some(true),
        _ => asks_first(&arm.body, name).then_some(false),
    }
}

/// Whether an expression begins with `name?`.
fn asks_first(expr: &Expr, name: &str) -> bool {
    match &*expr.kind {
        ExprKind::Try(inner) => simple_name(inner) == Some(name) || asks_first(inner, name),
        ExprKind::MethodCall { receiver: inner, .. } | ExprKind::Await(inner) | ExprKind::Field(inner, _) => {
            asks_first(inner, name)
        }
        _ => false,
    }
}

fn arm_failure(body: &Expr) -> Failure {
    if propagates(body) {
        Failure::Propagated
    } else if panics(body) {
        Failure::Panics
    } else if logs_only(body) {
        Failure::Logged
    } else if calls(body) {
        Failure::FallsBack
    } else {
        Failure::Defaulted
    }
}

fn block_failure(block: &Block) -> Failure {
    let propagated = block.statements.iter().any(|statement| match statement {
        Statement::Expr(expr, _) => propagates(expr),
        Statement::Let { value: Some(value), .. } => propagates(value),
        _ => false,
    });
    if propagated { Failure::Propagated } else { Failure::Logged }
}

/// Whether an expression passes a failure on: `return Err(…)`, `Err(…)`, `?`, `bail!`.
fn propagates(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Return(Some(value)) => propagates(value) || is_error_value(value),
        ExprKind::Return(None) => false,
        ExprKind::Try(_) => true,
        ExprKind::Call(callee, arguments) => is_err(callee) || arguments.iter().any(propagates),
        ExprKind::MethodCall { receiver, method, .. } => method == "into" && propagates(receiver),
        ExprKind::Await(inner) | ExprKind::Reference(inner) => propagates(inner),
        ExprKind::Macro(of) => matches!(of.path.last().map(String::as_str), Some("bail" | "ensure")),
        ExprKind::Block(block) | ExprKind::Async(block) => block.statements.iter().any(|statement| match statement {
            Statement::Expr(expr, _) => propagates(expr),
            Statement::Let { value: Some(value), .. } => propagates(value),
            _ => false,
        }),
        ExprKind::If(_, then, otherwise) => {
            then.statements.iter().any(|statement| matches!(statement, Statement::Expr(expr, _) if propagates(expr)))
                && otherwise.as_ref().is_none_or(propagates)
        }
        ExprKind::Match(_, arms) => !arms.is_empty() && arms.iter().all(|arm| propagates(&arm.body)),
        _ => false,
    }
}

/// A value that stands for an error in a web handler: `HttpResponse::InternalServerError()…`, `StatusCode::BAD_GATEWAY`.
fn is_error_value(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Path(path) => path.segments.iter().any(|segment| segment.name == "StatusCode"),
        ExprKind::MethodCall { receiver, .. } => is_error_value(receiver),
        ExprKind::Call(callee, arguments) => {
            matches!(&*callee.kind, ExprKind::Path(path) if path.segments.last().is_some_and(|last| {
                last.name.ends_with("Error") || matches!(last.name.as_str(), "ServiceUnavailable" | "BadGateway" | "GatewayTimeout" | "NotFound" | "BadRequest" | "Unauthorized" | "Forbidden")
            })) || arguments.iter().any(is_error_value)
        }
        ExprKind::Tuple(parts) => parts.iter().any(is_error_value),
        _ => false,
    }
}

fn is_err(callee: &Expr) -> bool {
    matches!(&*callee.kind, ExprKind::Path(path) if path.segments.last().is_some_and(|last| last.name == "Err"))
}

fn panics(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Macro(of) => {
            matches!(of.path.last().map(String::as_str), Some("panic" | "unreachable" | "todo" | "unimplemented"))
        }
        ExprKind::Call(callee, _) => {
            matches!(&*callee.kind, ExprKind::Path(path) if path.segments.last().is_some_and(|last| last.name == "exit" || last.name == "abort"))
        }
        ExprKind::Block(block) => {
            block.statements.iter().any(|statement| matches!(statement, Statement::Expr(expr, _) if panics(expr)))
        }
        _ => false,
    }
}

/// Whether an expression only logs: macros, nothing else.
fn logs_only(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Macro(of) => matches!(
            of.path.last().map(String::as_str),
            Some("error" | "warn" | "info" | "debug" | "trace" | "println" | "eprintln" | "log" | "event")
        ),
        ExprKind::Block(block) => {
            !block.statements.is_empty()
                && block.statements.iter().all(|statement| match statement {
                    Statement::Expr(expr, _) => logs_only(expr) || matches!(&*expr.kind, ExprKind::Continue),
                    _ => false,
                })
        }
        _ => false,
    }
}

/// Whether an expression calls something that may be another way to the same end.
fn calls(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Await(_) => true,
        ExprKind::Block(block) => block.statements.iter().any(|statement| match statement {
            Statement::Expr(expr, _) => calls(expr),
            Statement::Let { value: Some(value), .. } => calls(value),
            _ => false,
        }),
        ExprKind::MethodCall { receiver, arguments, .. } => calls(receiver) || arguments.iter().any(calls),
        ExprKind::Call(_, arguments) => arguments.iter().any(calls),
        ExprKind::Reference(inner) | ExprKind::Try(inner) => calls(inner),
        _ => false,
    }
}

/// Whether an arm gives no value: it returns, continues, breaks or panics.
fn diverges(body: &Expr) -> bool {
    match &*body.kind {
        ExprKind::Return(_) | ExprKind::Break(None) | ExprKind::Continue => true,
        ExprKind::Call(callee, _) => is_err(callee),
        ExprKind::Block(block) => block_diverges(block),
        ExprKind::If(_, then, Some(otherwise)) => block_diverges(then) && diverges(otherwise),
        _ => panics(body),
    }
}

fn block_diverges(block: &Block) -> bool {
    block.statements.last().is_some_and(|statement| matches!(statement, Statement::Expr(expr, _) if diverges(expr)))
}

/// Whether a branch ends with a return that is no failure: what follows it happens on other ways only.
pub(super) fn returns(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Return(value) => !value.as_ref().is_some_and(is_failure),
        ExprKind::Block(block) => block_returns(block),
        ExprKind::If(_, then, Some(otherwise)) => block_returns(then) && returns(otherwise),
        ExprKind::Match(_, arms) => !arms.is_empty() && arms.iter().all(|arm| returns(&arm.body)),
        _ => false,
    }
}

pub(super) fn block_returns(block: &Block) -> bool {
    block.statements.last().is_some_and(|statement| matches!(statement, Statement::Expr(expr, _) if returns(expr)))
}

/// Whether a value says that something failed: `Err(…)`, a status of a web handler.
fn is_failure(value: &Expr) -> bool {
    match &*value.kind {
        ExprKind::Call(callee, _) if is_err(callee) => true,
        ExprKind::MethodCall { receiver, method, .. } if method == "into" => is_failure(receiver),
        ExprKind::Try(inner) => is_failure(inner),
        _ => is_error_value(value),
    }
}

//! What becomes of a failure that has a name: `let answer = ask().await;`, and what a function makes of a result that it is
//! given. Read by the form of the code, from the first place that decides it; and whether a function runs a closure that it
//! is given on every way.

use std::cell::Cell;

use super::control::{block_returns, condition_failure, else_failure, match_failure, returns};
use super::eval::Eval;
use super::guards::simple_name;
use crate::extract::rust::libraries;
use crate::extract::rust::names::FnId;
use crate::extract::rust::tree::{Block, Expr, ExprKind, Pattern, Statement, Type};
use crate::facts::rust::Failure;

/// Conditions that call one another are followed this far.
const MAX_CONDITIONS: usize = 12;

/// What a failure is taken for while a function is read that it is given to: whether it covers what its callers mean.
pub(super) type Covers<'c> = &'c dyn Fn(&Expr) -> Option<bool>;

/// The most expressions that are looked at for one name. Names that stand for each other (`let b = a.clone(); let c = b.clone()`)
/// could otherwise be followed on more ways than there is time for; what is not found by then is decided by nothing.
const MAX_STEPS: usize = 20_000;

/// What is asked, and how much may still be looked at.
struct Question<'c> {
    covers: Covers<'c>,
    steps: Cell<usize>,
}

impl Question<'_> {
    fn may_go_on(&self) -> bool {
        let left = self.steps.get();
        self.steps.set(left.saturating_sub(1));
        left > 0
    }
}

/// What the statements behind its binding make of the failure of a result; none where nothing decides it. `last` is what
/// becomes of the result of the block.
pub(super) fn fate(name: &str, statements: &[Statement], last: Failure, covers: Covers<'_>) -> Option<Failure> {
    of_statements(name, statements, last, &Question { covers, steps: Cell::new(MAX_STEPS) })
}

fn of_statements(name: &str, statements: &[Statement], last: Failure, asked: &Question<'_>) -> Option<Failure> {
    let end = statements.len().saturating_sub(1);
    statements.iter().enumerate().find_map(|(index, statement)| match statement {
        Statement::Let { pattern, value: Some(value), otherwise, .. } if mentioned(name, value) => {
            let outer = match (pattern, otherwise) {
                (_, Some(otherwise)) => else_failure(otherwise),
                (Pattern::Wild, None) => Failure::Ignored,
                (Pattern::Name(bound, None), None) if may_be_result(value) => {
                    of_statements(bound, &statements[index + 1..], last, asked).unwrap_or_default()
                }
                _ => Failure::Propagated,
            };
            of_use(name, value, outer, asked)
        }
        Statement::Expr(expr, semicolon) if index == end && !semicolon => of_use(name, expr, last, asked),
        Statement::Expr(expr, _) => of_use(name, expr, Failure::Ignored, asked),
        _ => None,
    })
}

/// Whether what an expression gives may be a result whose failure is still to be decided.
pub(super) fn may_be_result(expr: &Expr) -> bool {
    matches!(&*expr.kind, ExprKind::Await(_) | ExprKind::Call(..) | ExprKind::MethodCall { .. })
}

/// What an expression makes of the failure of a name in it, where `outer` becomes of the expression's own.
fn of_use(name: &str, expr: &Expr, outer: Failure, asked: &Question<'_>) -> Option<Failure> {
    if !asked.may_go_on() {
        return None;
    }
    let inside = |expr: &Expr, outer: Failure| of_use(name, expr, outer, asked);
    match &*expr.kind {
        ExprKind::Path(_) => (simple_name(expr) == Some(name)).then_some(outer),
        ExprKind::Try(inner) => inside(inner, Failure::Propagated),
        ExprKind::Return(value) => inside(value.as_ref()?, Failure::Propagated),
        ExprKind::Await(inner) => inside(inner, outer),
        ExprKind::MethodCall { receiver, method, arguments, .. } => match method.as_str() {
            // Looked at, and decided elsewhere.
            "is_ok" | "is_err" | "as_ref" | "as_mut" | "clone" => None,
            _ => inside(receiver, super::call::receiver_failure(method, arguments, outer))
                .or_else(|| if is_own(receiver) { arguments.iter().find_map(|of| inside(of, outer)) } else { None }),
        },
        ExprKind::Call(callee, arguments) if is_function(callee) => arguments.iter().find_map(|of| inside(of, outer)),
        ExprKind::Match(scrutinee, arms) => inside(scrutinee, match_failure(arms, outer, asked.covers))
            .or_else(|| arms.iter().find_map(|arm| inside(&arm.body, outer))),
        ExprKind::If(condition, then, otherwise) => {
            let of_condition = condition_failure(condition, then, otherwise.as_ref(), outer);
            inside(condition, of_condition)
                .or_else(|| of_statements(name, &then.statements, outer, asked))
                .or_else(|| inside(otherwise.as_ref()?, outer))
        }
        ExprKind::Let(_, value) => inside(value, outer),
        // Each result of a stream or list has a name of its own.
        ExprKind::While(condition, body) => match &*condition.kind {
            ExprKind::Let(pattern, value) if mentioned(name, value) => of_elements(pattern, body, asked),
            _ => None,
        },
        ExprKind::For(pattern, over, body) if mentioned(name, over) => of_elements(pattern, body, asked),
        ExprKind::Block(block) => of_statements(name, &block.statements, outer, asked),
        ExprKind::Struct(..) | ExprKind::Tuple(_) | ExprKind::Array(_) => {
            parts(expr).into_iter().find_map(|part| inside(part, Failure::Propagated))
        }
        _ => None,
    }
}

/// What a loop makes of the failures of what it goes through.
fn of_elements(pattern: &Pattern, body: &Block, asked: &Question<'_>) -> Option<Failure> {
    bound(pattern).into_iter().find_map(|name| of_statements(name, &body.statements, Failure::Ignored, asked))
}

/// The names that a pattern binds to parts of what it is for.
fn bound(pattern: &Pattern) -> Vec<&str> {
    match pattern {
        Pattern::Name(name, None) => vec![name],
        Pattern::TupleStruct(_, parts) | Pattern::Tuple(parts) => parts.iter().flat_map(bound).collect(),
        _ => Vec::new(),
    }
}

/// Whether a method is one of the type itself: `self.heed(answer)`.
fn is_own(receiver: &Expr) -> bool {
    simple_name(receiver) == Some("self")
}

/// Whether what is called is a function that may look at what it is given, or a wrapper of good results.
fn is_function(callee: &Expr) -> bool {
    let ExprKind::Path(path) = &*callee.kind else { return false };
    path.segments.last().is_some_and(|last| {
        matches!(last.name.as_str(), "Ok" | "Some") || last.name.starts_with(|first: char| first.is_lowercase())
    })
}

/// Whether a function runs, or hands on, a closure that it is given on every way through it.
pub(super) fn runs_always(name: &str, body: &Block) -> bool {
    for statement in &body.statements {
        let expr = match statement {
            Statement::Let { value: Some(value), .. } => value,
            Statement::Expr(expr, _) => expr,
            _ => continue,
        };
        if let Some(always) = runs(name, expr) {
            return always;
        }
        if leaves_inside(expr) || matches!(statement, Statement::Let { otherwise: Some(of), .. } if returns(of)) {
            return false;
        }
    }
    true
}

fn runs(name: &str, expr: &Expr) -> Option<bool> {
    match &*expr.kind {
        ExprKind::Path(_) => (simple_name(expr) == Some(name)).then_some(true),
        ExprKind::If(condition, then, otherwise) => runs(name, condition).or_else(|| {
            let then = mentions(name, then).then(|| runs_always(name, then));
            let other = otherwise.as_ref().and_then(|otherwise| runs(name, otherwise));
            match (then, other) {
                (None, None) => None,
                (then, other) => Some(then == Some(true) && other == Some(true)),
            }
        }),
        ExprKind::Match(scrutinee, arms) => runs(name, scrutinee).or_else(|| {
            let all: Vec<Option<bool>> = arms.iter().map(|arm| runs(name, &arm.body)).collect();
            all.iter().any(Option::is_some).then(|| all.iter().all(|of| *of == Some(true)))
        }),
        ExprKind::Block(block) | ExprKind::Async(block) | ExprKind::Loop(block) => {
            mentions(name, block).then(|| runs_always(name, block))
        }
        _ => parts(expr).into_iter().find_map(|part| runs(name, part)),
    }
}

fn mentions(name: &str, block: &Block) -> bool {
    of_block(block).into_iter().any(|expr| mentioned(name, expr))
}

fn mentioned(name: &str, expr: &Expr) -> bool {
    simple_name(expr) == Some(name) || parts(expr).into_iter().any(|part| mentioned(name, part))
}

/// Whether an expression leaves the function on some ways, and not with a failure.
fn leaves_inside(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Closure(..) | ExprKind::Async(_) => false,
        ExprKind::If(_, then, otherwise) => {
            block_returns(then) || otherwise.as_ref().is_some_and(returns) || parts(expr).into_iter().any(leaves_inside)
        }
        ExprKind::Match(_, arms) => {
            arms.iter().any(|arm| returns(&arm.body)) || parts(expr).into_iter().any(leaves_inside)
        }
        _ => parts(expr).into_iter().any(leaves_inside),
    }
}

impl Eval<'_, '_> {
    /// What functions make of the failure of a result that they are given; none where they are given something else.
    pub(super) fn given_failure(
        &self,
        functions: &[FnId],
        parameter: Option<usize>,
        outer: Failure,
    ) -> Option<Failure> {
        let mut common = None;
        for function in functions {
            let (name, of) = self.parameter(*function, parameter?)?;
            let body = self.program().functions[*function].tree.body.as_ref()?;
            let fate = is_result(of)
                .then(|| fate(name, &body.statements, outer, &|guard| self.covers(guard)).unwrap_or_default())?;
            // What it passes on is its own failure, and its caller's to handle.
            let fate = if fate == Failure::Propagated { outer } else { fate };
            if common.is_some_and(|common| common != fate) {
                return None;
            }
            common = Some(fate);
        }
        common
    }

    /// Whether a function runs a closure that it is given on every way.
    pub(super) fn runs_always(&self, function: FnId, parameter: usize) -> bool {
        let body = self.program().functions[function].tree.body.as_ref();
        match (self.parameter(function, parameter), body) {
            (Some((name, _)), Some(body)) => runs_always(name, body),
            _ => true,
        }
    }

    fn parameter(&self, function: FnId, parameter: usize) -> Option<(&str, &Type)> {
        match self.program().functions[function].tree.parameters.get(parameter)? {
            (Pattern::Name(name, None), of) => Some((name, of)),
            _ => None,
        }
    }

    /// Whether a condition on a failure holds for the one of somebody who does not answer.
    pub(super) fn covers(&self, condition: &Expr) -> Option<bool> {
        self.covers_within(condition, MAX_CONDITIONS)
    }

    fn covers_within(&self, condition: &Expr, depth: usize) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        match &*condition.kind {
            ExprKind::Unary(operator, inner) if operator == "!" => {
                self.covers_within(inner, depth).map(|covers| !covers)
            }
            ExprKind::Binary(operator, left, right) => {
                let of = |expr: &Expr| self.covers_within(expr, depth);
                match operator.as_str() {
                    "==" => last_word(left).or_else(|| last_word(right)),
                    "!=" => last_word(left).or_else(|| last_word(right)).map(|covers| !covers),
                    "&&" => match (of(left), of(right)) {
                        (Some(false), _) | (_, Some(false)) => Some(false),
                        (Some(true), Some(true)) => Some(true),
                        _ => None,
                    },
                    "||" => match (of(left), of(right)) {
                        (Some(true), _) | (_, Some(true)) => Some(true),
                        (Some(false), Some(false)) => Some(false),
                        _ => None,
                    },
                    _ => None,
                }
            }
            ExprKind::Let(pattern, _) => pattern_covers(pattern),
            ExprKind::Macro(of) => self.covers_within(of.arguments.first()?, depth),
            ExprKind::MethodCall { method, arguments, .. } if arguments.is_empty() => {
                let own = self.program().functions.iter().filter(|of| of.name == method.as_str());
                let answers: Vec<Option<bool>> = own
                    .filter_map(|of| match of.tree.body.as_ref()?.statements.as_slice() {
                        [Statement::Expr(expr, false)] => Some(self.covers_within(expr, depth)),
                        _ => Some(None),
                    })
                    .collect();
                match answers.as_slice() {
                    [] => libraries::says_away(method),
                    [first, rest @ ..] => first.filter(|_| rest.iter().all(|other| other == first)),
                }
            }
            _ => None,
        }
    }
}

/// Whether a pattern for a failure is one for that of somebody who does not answer.
pub(super) fn pattern_covers(pattern: &Pattern) -> Option<bool> {
    match pattern {
        Pattern::TupleStruct(path, _) | Pattern::Struct(path, _) | Pattern::Path(path) => {
            libraries::says_away(&path.segments.last()?.name)
        }
        Pattern::Or(all) => {
            let all: Vec<Option<bool>> = all.iter().map(pattern_covers).collect();
            match all.contains(&Some(true)) {
                true => Some(true),
                false => all.iter().all(|of| *of == Some(false)).then_some(false),
            }
        }
        Pattern::Reference(inner) => pattern_covers(inner),
        _ => None,
    }
}

fn last_word(expr: &Expr) -> Option<bool> {
    match &*expr.kind {
        ExprKind::Path(path) if path.segments.len() > 1 => libraries::says_away(&path.segments.last()?.name),
        ExprKind::Reference(inner) => last_word(inner),
        // `Some(Code::NotFound)`
        ExprKind::Call(_, arguments) => arguments.first().filter(|_| arguments.len() == 1).and_then(last_word),
        _ => None,
    }
}

/// Whether a written type is a result, whatever alias it goes by.
fn is_result(of: &Type) -> bool {
    match of {
        Type::Path(path) => path.segments.last().is_some_and(|last| last.name.ends_with("Result")),
        Type::Reference(inner) => is_result(inner),
        _ => false,
    }
}

/// The expressions of a block.
fn of_block(block: &Block) -> Vec<&Expr> {
    let all = block.statements.iter().flat_map(|statement| match statement {
        Statement::Expr(expr, _) => vec![expr],
        Statement::Let { value, otherwise, .. } => value.iter().chain(otherwise).collect(),
        Statement::Item(_) => Vec::new(),
    });
    all.collect()
}

/// Expressions directly inside an expression. The nesting of a file is bounded by its reader.
fn parts(expr: &Expr) -> Vec<&Expr> {
    match &*expr.kind {
        ExprKind::Try(of)
        | ExprKind::Await(of)
        | ExprKind::Reference(of)
        | ExprKind::Dereference(of)
        | ExprKind::Unary(_, of)
        | ExprKind::Cast(of, _)
        | ExprKind::Field(of, _)
        | ExprKind::Let(_, of)
        | ExprKind::Closure(_, of, _) => vec![of],
        ExprKind::Call(callee, arguments) => std::iter::once(callee).chain(arguments).collect(),
        ExprKind::MethodCall { receiver, arguments, .. } => std::iter::once(receiver).chain(arguments).collect(),
        ExprKind::Binary(_, left, right)
        | ExprKind::Assign(_, left, right)
        | ExprKind::Index(left, right)
        | ExprKind::Repeat(left, right) => vec![left, right],
        ExprKind::Range(from, to) => from.iter().chain(to).collect(),
        ExprKind::Block(block) | ExprKind::Async(block) | ExprKind::Loop(block) => of_block(block),
        ExprKind::While(condition, block) => std::iter::once(condition).chain(of_block(block)).collect(),
        ExprKind::For(_, over, block) => std::iter::once(over).chain(of_block(block)).collect(),
        ExprKind::If(condition, then, otherwise) => {
            std::iter::once(condition).chain(of_block(then)).chain(otherwise).collect()
        }
        ExprKind::Match(of, arms) => {
            std::iter::once(of).chain(arms.iter().flat_map(|arm| arm.guard.iter().chain([&arm.body]))).collect()
        }
        ExprKind::Struct(_, fields, rest) => fields.iter().map(|(_, of)| of).chain(rest).collect(),
        ExprKind::Tuple(all) | ExprKind::Array(all) => all.iter().collect(),
        ExprKind::Return(of) | ExprKind::Break(of) => of.iter().collect(),
        ExprKind::Macro(of) => of
            .arguments
            .iter()
            .chain(of.branches.iter().flat_map(|of| [&of.future, &of.body]))
            .chain(of.block.iter().flat_map(of_block))
            .collect(),
        ExprKind::Literal(_) | ExprKind::Path(_) | ExprKind::Continue | ExprKind::Other => Vec::new(),
    }
}

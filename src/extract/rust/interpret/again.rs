//! Loops that try again by hand: what ends with the first success, and sleeps after each failure. Read by their form, from
//! the body of the loop; what is tried, and whether it leaves the program, is not asked here.

use std::collections::BTreeMap;

use crate::extract::rust::tree::{Arm, Block, Expr, ExprKind, Literal, Pattern, Statement};
use crate::facts::Value;
use crate::facts::rust::Again;

/// Deeper than this nothing is looked for: the nesting of a file is bounded, and so is the way through assignments.
const MAX_DEPTH: usize = 64;
/// Methods that make one duration or number of others, without chance.
const COUNTING: &[&str] = &[
    "pow",
    "saturating_pow",
    "min",
    "max",
    "clamp",
    "mul_f64",
    "mul_f32",
    "saturating_mul",
    "checked_mul",
    "saturating_add",
    "checked_add",
    "unwrap_or",
    "unwrap",
    "expect",
    "into",
    "clone",
    "as_millis",
    "as_secs",
];

/// What a loop over something (`forever`, `range`, …) is, if it tries again by hand.
pub(super) fn again(over: &str, rounds: Option<&Expr>, body: &Block) -> Option<Again> {
    let tried = (0..body.statements.len()).find_map(|at| tried(body, at))?;
    let attempts = match (over, rounds.and_then(rounds_of)) {
        (_, Some(rounds)) => Value::Integer(rounds),
        ("forever", None) if !tried.counted && tried.leaves == leaves_of_block(body, 0) => Value::Absent,
        _ => Value::Unknown("how often it goes round".to_owned()),
    };
    let jitter = match is_random(body) {
        true => Value::Bool(true),
        false if is_counted(tried.delay, body, 0) => Value::Bool(false),
        false => Value::Unknown("what its delays are made of".to_owned()),
    };
    let mut options = BTreeMap::from([("jitter".to_owned(), jitter)]);
    if tried.looks {
        options.insert("condition".to_owned(), Value::Bool(true));
    }
    Some(Again { attempts, options })
}

/// What is tried.
struct Tried<'a> {
    /// How long it sleeps after a failure.
    delay: &'a Expr,
    /// How many ways out a success has.
    leaves: usize,
    /// Whether it looks at the failure before it goes round again.
    looks: bool,
    /// Whether something else than success takes the same way out: `x.is_ok() || attempts > 3`.
    counted: bool,
}

/// What the n-th statement tries: a success leaves the loop, there or behind it, and a failure sleeps.
fn tried(body: &Block, at: usize) -> Option<Tried<'_>> {
    let rest = &body.statements[at + 1..];
    let behind = |found: Option<usize>| found.or_else(|| Some(leaves_among(rest)).filter(|leaves| *leaves > 0));
    if let Statement::Let { pattern, otherwise: Some(otherwise), .. } = &body.statements[at]
        && is_variant(pattern, "Err")
    {
        // `let Err(e) = … else { break };`
        let leaves = Some(leaves(otherwise, 0)).filter(|leaves| *leaves > 0)?;
        let name = bound(pattern);
        let looks =
            rest.iter().any(|of| matches!(of, Statement::Expr(of, _) if name.is_some_and(|name| asks(of, name, 0))));
        return Some(Tried { delay: sleep_among(rest)?, leaves, looks, counted: false });
    }
    let (Statement::Expr(expr, _) | Statement::Let { value: Some(expr), .. }) = &body.statements[at] else {
        return None;
    };
    let some = |leaves: usize| (leaves > 0).then_some(leaves);
    match &*expr.kind {
        ExprKind::Match(_, arms) => {
            let named = |name: &str| arms.iter().any(|arm| is_variant(&arm.pattern, name));
            let has_ok = named("Ok");
            // `Err(…) if … => sleep(…).await, done => return done`: whatever is left is done with.
            let is_good = |arm: &&Arm| match has_ok {
                true => is_variant(&arm.pattern, "Ok"),
                false => matches!(arm.pattern, Pattern::Name(..) | Pattern::Wild),
            };
            if !has_ok && !named("Err") {
                return None;
            }
            let leaves = behind(some(arms.iter().filter(is_good).map(|arm| leaves(&arm.body, 0)).sum()))?;
            let bad = || arms.iter().filter(|arm| !is_good(arm));
            let delay = bad().find_map(|arm| sleep(&arm.body, 0)).or_else(|| sleep_among(rest))?;
            let looks = bad().any(|arm| {
                let name = bound(&arm.pattern);
                !matches!(inner(&arm.pattern), None | Some(Pattern::Name(..) | Pattern::Wild))
                    || arm.guard.as_ref().is_some_and(|guard| name.is_some_and(|name| mentions(guard, name, 0)))
                    || name.is_some_and(|name| asks(&arm.body, name, 0))
            });
            Some(Tried { delay, leaves, looks, counted: false })
        }
        ExprKind::If(condition, then, otherwise) => {
            if succeeds(condition) {
                let leaves = some(leaves_of_block(then, 0))?;
                let delay = otherwise.as_ref().and_then(|of| sleep(of, 0)).or_else(|| sleep_among(rest))?;
                let counted = matches!(&*condition.kind, ExprKind::Binary(..));
                return Some(Tried { delay, leaves, looks: false, counted });
            }
            let name = fails(condition)?;
            let delay = sleep_in(then, 0)?;
            let looks = name.is_some_and(|name| asks_in(then, name, 0));
            let leaves = behind(some(otherwise.as_ref().map_or(0, |of| leaves(of, 0))))?;
            Some(Tried { delay, leaves, looks, counted: false })
        }
        _ => None,
    }
}

/// `if let Ok(x) = …`, `if x.is_ok()`, also as one of several reasons.
fn succeeds(condition: &Expr) -> bool {
    match &*condition.kind {
        ExprKind::Let(pattern, _) => is_variant(pattern, "Ok"),
        ExprKind::MethodCall { method, .. } => method == "is_ok",
        ExprKind::Binary(operator, left, right) if operator == "||" => succeeds(left) || succeeds(right),
        _ => false,
    }
}

/// `if let Err(e) = …`, `if x.is_err()`: the name of the failure, if it has one.
fn fails(condition: &Expr) -> Option<Option<&str>> {
    match &*condition.kind {
        ExprKind::Let(pattern, _) if is_variant(pattern, "Err") => Some(bound(pattern)),
        ExprKind::MethodCall { method, .. } if method == "is_err" => Some(None),
        _ => None,
    }
}

fn is_variant(pattern: &Pattern, name: &str) -> bool {
    match pattern {
        Pattern::TupleStruct(path, _) => path.segments.last().is_some_and(|last| last.name == name),
        Pattern::Reference(inner) => is_variant(inner, name),
        _ => false,
    }
}

/// What stands in `Err(…)`.
fn inner(pattern: &Pattern) -> Option<&Pattern> {
    match pattern {
        Pattern::TupleStruct(_, parts) => parts.first(),
        _ => None,
    }
}

fn bound(pattern: &Pattern) -> Option<&str> {
    match inner(pattern) {
        Some(Pattern::Name(name, _)) => Some(name),
        _ => None,
    }
}

/// Expressions directly below an expression; those of loops, closures and tasks are left out: what they do is theirs.
fn below(expr: &Expr) -> Vec<&Expr> {
    match &*expr.kind {
        ExprKind::Try(of) | ExprKind::Await(of) | ExprKind::Reference(of) | ExprKind::Dereference(of) => vec![of],
        ExprKind::Unary(_, of) | ExprKind::Cast(of, _) | ExprKind::Field(of, _) | ExprKind::Let(_, of) => vec![of],
        ExprKind::Call(callee, arguments) => std::iter::once(callee).chain(arguments).collect(),
        ExprKind::MethodCall { receiver, arguments, .. } => std::iter::once(receiver).chain(arguments).collect(),
        ExprKind::Binary(_, left, right) | ExprKind::Assign(_, left, right) | ExprKind::Index(left, right) => {
            vec![left, right]
        }
        ExprKind::Range(from, to) => from.iter().chain(to).collect(),
        ExprKind::Block(block) => below_block(block),
        ExprKind::If(condition, then, otherwise) => {
            std::iter::once(condition).chain(below_block(then)).chain(otherwise).collect()
        }
        ExprKind::Match(of, arms) => {
            let arms = arms.iter().flat_map(|arm| arm.guard.iter().chain([&arm.body]));
            std::iter::once(of).chain(arms).collect()
        }
        ExprKind::Struct(_, fields, rest) => fields.iter().map(|(_, of)| of).chain(rest).collect(),
        ExprKind::Tuple(parts) | ExprKind::Array(parts) => parts.iter().collect(),
        ExprKind::Return(of) | ExprKind::Break(of) => of.iter().collect(),
        ExprKind::Macro(of) => {
            of.arguments.iter().chain(of.branches.iter().flat_map(|of| [&of.future, &of.body])).collect()
        }
        _ => Vec::new(),
    }
}

fn below_block(block: &Block) -> Vec<&Expr> {
    let parts = block.statements.iter().flat_map(|statement| match statement {
        Statement::Expr(expr, _) => vec![expr],
        Statement::Let { value, otherwise, .. } => value.iter().chain(otherwise).collect(),
        Statement::Item(_) => Vec::new(),
    });
    parts.collect()
}

/// How many ways out of the loop an expression has.
fn leaves(expr: &Expr, depth: usize) -> usize {
    if depth > MAX_DEPTH {
        return 0;
    }
    let own = match &*expr.kind {
        ExprKind::Return(_) | ExprKind::Break(_) => true,
        // `bail!("…")`
        ExprKind::Macro(of) => of.path.last().is_some_and(|name| matches!(name.as_str(), "bail" | "ensure" | "panic")),
        _ => false,
    };
    usize::from(own) + below(expr).into_iter().map(|of| leaves(of, depth + 1)).sum::<usize>()
}

fn leaves_of_block(block: &Block, depth: usize) -> usize {
    below_block(block).into_iter().map(|of| leaves(of, depth + 1)).sum()
}

/// Ways out that the statements behind take, whatever they ask.
fn leaves_among(rest: &[Statement]) -> usize {
    let of = |statement: &Statement| match statement {
        Statement::Expr(expr, _) => usize::from(matches!(&*expr.kind, ExprKind::Return(_) | ExprKind::Break(_))),
        _ => 0,
    };
    rest.iter().map(of).sum()
}

/// How long something sleeps, if it does.
fn sleep(expr: &Expr, depth: usize) -> Option<&Expr> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let ExprKind::Call(callee, arguments) = &*expr.kind
        && let ExprKind::Path(path) = &*callee.kind
        && path.segments.last().is_some_and(|last| matches!(last.name.as_str(), "sleep" | "delay_for"))
    {
        return arguments.first();
    }
    below(expr).into_iter().find_map(|of| sleep(of, depth + 1))
}

fn sleep_in(block: &Block, depth: usize) -> Option<&Expr> {
    below_block(block).into_iter().find_map(|of| sleep(of, depth + 1))
}

/// A sleep among the statements behind that no condition stands before.
fn sleep_among(rest: &[Statement]) -> Option<&Expr> {
    rest.iter().find_map(|statement| match statement {
        Statement::Expr(expr, _) if matches!(&*expr.kind, ExprKind::Await(_) | ExprKind::Call(..)) => sleep(expr, 0),
        _ => None,
    })
}

/// Whether an expression asks something of a name: in a condition, or in what a match is over.
fn asks(expr: &Expr, name: &str, depth: usize) -> bool {
    let asked = match &*expr.kind {
        ExprKind::If(of, ..) | ExprKind::Match(of, _) => mentions(of, name, depth + 1),
        _ => false,
    };
    asked || depth < MAX_DEPTH && below(expr).into_iter().any(|of| asks(of, name, depth + 1))
}

fn asks_in(block: &Block, name: &str, depth: usize) -> bool {
    below_block(block).into_iter().any(|of| asks(of, name, depth + 1))
}

fn mentions(expr: &Expr, name: &str, depth: usize) -> bool {
    is_name(expr, name) || depth < MAX_DEPTH && below(expr).into_iter().any(|of| mentions(of, name, depth + 1))
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(&*expr.kind, ExprKind::Path(path) if matches!(path.segments.as_slice(), [only] if only.name == name))
}

/// How often `0..4` goes round.
fn rounds_of(range: &Expr) -> Option<i64> {
    let ExprKind::Range(Some(from), Some(to)) = &*range.kind else { return None };
    match (&*from.kind, &*to.kind) {
        (ExprKind::Literal(Literal::Integer(from)), ExprKind::Literal(Literal::Integer(to))) => to.checked_sub(*from),
        _ => None,
    }
}

/// Whether anything in the loop is called like chance.
fn is_random(body: &Block) -> bool {
    fn in_expr(expr: &Expr, depth: usize) -> bool {
        let named = match &*expr.kind {
            ExprKind::Path(path) => path.segments.iter().any(|segment| is_chance(&segment.name)),
            ExprKind::MethodCall { method, .. } => is_chance(method),
            ExprKind::Field(_, name) => is_chance(name),
            ExprKind::Macro(of) => of.words.iter().any(|word| is_chance(word)),
            _ => false,
        };
        named || depth < MAX_DEPTH && below(expr).into_iter().any(|of| in_expr(of, depth + 1))
    }
    below_block(body).into_iter().any(|of| in_expr(of, 0))
}

fn is_chance(name: &str) -> bool {
    let name = name.to_lowercase();
    name == "rand" || name.ends_with("rng") || ["jitter", "random", "fastrand"].iter().any(|word| name.contains(word))
}

/// Whether a delay is made of numbers, constants and variables that only such things are put into.
fn is_counted(expr: &Expr, body: &Block, depth: usize) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let parts = |parts: Vec<&Expr>| parts.into_iter().all(|of| is_counted(of, body, depth + 1));
    match &*expr.kind {
        ExprKind::Literal(_) | ExprKind::Field(..) => true,
        ExprKind::Path(path) => match path.segments.as_slice() {
            [only] => parts(assigned(&only.name, body)),
            _ => true,
        },
        ExprKind::Call(callee, arguments) => {
            let is_duration =
                matches!(&*callee.kind, ExprKind::Path(path) if path.segments.iter().any(|of| of.name == "Duration"));
            is_duration && parts(arguments.iter().collect())
        }
        ExprKind::MethodCall { method, .. } => COUNTING.contains(&method.as_str()) && parts(below(expr)),
        ExprKind::Binary(..)
        | ExprKind::Cast(..)
        | ExprKind::Unary(..)
        | ExprKind::Reference(_)
        | ExprKind::Dereference(_)
        | ExprKind::Index(..)
        | ExprKind::If(..)
        | ExprKind::Tuple(_)
        | ExprKind::Block(_) => parts(below(expr)),
        _ => false,
    }
}

/// What is put into a variable inside of the loop, itself left out.
fn assigned<'a>(name: &str, body: &'a Block) -> Vec<&'a Expr> {
    fn collect<'a>(name: &str, expr: &'a Expr, depth: usize, found: &mut Vec<&'a Expr>) {
        if let ExprKind::Assign(_, left, right) = &*expr.kind
            && is_name(left, name)
            && !mentions(right, name, 0)
        {
            found.push(right);
        }
        if let ExprKind::Assign(_, left, right) = &*expr.kind
            && is_name(left, name)
            && mentions(right, name, 0)
        {
            found.extend(below(right).into_iter().filter(|part| !mentions(part, name, 0)));
        }
        if depth < MAX_DEPTH {
            below(expr).into_iter().for_each(|of| collect(name, of, depth + 1, found));
        }
    }
    let mut found = Vec::new();
    for statement in &body.statements {
        if let Statement::Let { pattern: Pattern::Name(of, _), value: Some(value), .. } = statement
            && of == name
        {
            found.push(value);
        }
    }
    below_block(body).into_iter().for_each(|of| collect(name, of, 0, &mut found));
    found
}

//! Guards of locks, transactions and connections: where the code lets go of one before its scope ends.

use std::sync::Arc;

use super::val::{Held, Spec, Val};
use crate::extract::rust::tree::{Block, Expr, ExprKind, Pattern, Range, Statement};
use crate::facts::rust::Step;

/// A guard that is bound to a name.
pub(super) struct Taken {
    /// The name.
    pub name: String,
    /// What it holds.
    pub held: Held,
    /// The clients behind it.
    pub clients: Vec<Arc<Spec>>,
    /// Where it was taken.
    pub at: Range,
    /// How often the code had awaited before.
    pub awaited: usize,
}

/// The name of the guard that a statement ends: `drop(x)`, `x.commit()`.
pub(super) fn released(expr: &Expr) -> Option<&str> {
    match &*expr.kind {
        ExprKind::Try(inner) | ExprKind::Await(inner) => released(inner),
        ExprKind::Call(callee, arguments) => match (&*callee.kind, arguments.as_slice()) {
            (ExprKind::Path(path), [argument]) if path.segments.last().is_some_and(|last| last.name == "drop") => {
                simple_name(argument)
            }
            _ => None,
        },
        ExprKind::MethodCall { receiver, method, .. } => match method.as_str() {
            "commit" | "rollback" => simple_name(receiver),
            "map_err" | "context" | "with_context" | "unwrap" | "expect" => released(receiver),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a branch or loop inside a statement ends a guard, and the code goes on after it.
pub(super) fn drops_inside(expr: &Expr, name: &str) -> bool {
    match &*expr.kind {
        ExprKind::Block(block) | ExprKind::Loop(block) | ExprKind::While(_, block) | ExprKind::For(_, _, block) => {
            drops_in(block, name)
        }
        ExprKind::If(_, then, otherwise) => {
            drops_in(then, name) || otherwise.as_ref().is_some_and(|otherwise| drops_inside(otherwise, name))
        }
        ExprKind::Match(_, arms) => {
            arms.iter().any(|arm| released(&arm.body) == Some(name) || drops_inside(&arm.body, name))
        }
        _ => false,
    }
}

fn drops_in(block: &Block, name: &str) -> bool {
    let leaves = |expr: &Expr| matches!(&*expr.kind, ExprKind::Return(_) | ExprKind::Break(_) | ExprKind::Continue);
    if block.statements.iter().any(|statement| matches!(statement, Statement::Expr(expr, _) if leaves(expr))) {
        return false;
    }
    block.statements.iter().any(|statement| match statement {
        Statement::Expr(expr, _) => released(expr) == Some(name) || drops_inside(expr, name),
        Statement::Let { value: Some(value), .. } => drops_inside(value, name),
        _ => false,
    })
}

/// The lock that a call has just taken.
pub(super) fn locked(given: &Val, receiver: Option<&Val>) -> Option<Held> {
    let held = given.guard.as_deref()?;
    let is_new = receiver.is_none_or(|receiver| receiver.guard.is_none());
    (is_new && matches!(held, Held::Lock(_) | Held::LockOfKey(_))).then(|| held.clone())
}

/// What a reference is to: `&*guard` lends what the guard is for, and keeps the guard.
pub(super) fn without_dereference(expr: &Expr) -> &Expr {
    match &*expr.kind {
        ExprKind::Dereference(inner) => without_dereference(inner),
        _ => expr,
    }
}

/// Whether an expression lets go of what a pattern bound.
pub(super) fn lets_go(pattern: &Pattern, expr: &Expr) -> bool {
    pattern_names(pattern).into_iter().any(|name| released(expr) == Some(name) || ends_inside(expr, name))
}

/// Whether a block lets go of what a condition bound.
pub(super) fn block_lets_go(condition: &Expr, block: &Block) -> bool {
    match &*condition.kind {
        ExprKind::Let(pattern, _) => pattern_names(pattern).iter().any(|name| ends_in(block, name)),
        ExprKind::Binary(_, a, b) => block_lets_go(a, block) || block_lets_go(b, block),
        _ => false,
    }
}

fn pattern_names(pattern: &Pattern) -> Vec<&str> {
    match pattern {
        Pattern::Name(name, _) => vec![name],
        Pattern::TupleStruct(_, parts) | Pattern::Tuple(parts) => parts.iter().flat_map(pattern_names).collect(),
        _ => Vec::new(),
    }
}

fn ends_inside(expr: &Expr, name: &str) -> bool {
    match &*expr.kind {
        ExprKind::Block(block) => ends_in(block, name),
        _ => drops_inside(expr, name),
    }
}

/// Whether a statement of a block ends a guard, however the block goes on.
fn ends_in(block: &Block, name: &str) -> bool {
    block.statements.iter().any(|statement| match statement {
        Statement::Expr(expr, _) => released(expr) == Some(name) || ends_inside(expr, name),
        Statement::Let { value: Some(value), .. } => ends_inside(value, name),
        _ => false,
    })
}

/// The name of a local variable.
pub(super) fn simple_name(expr: &Expr) -> Option<&str> {
    match &*expr.kind {
        ExprKind::Path(path) if path.segments.len() == 1 && path.of.is_none() => Some(&path.segments[0].name),
        ExprKind::Reference(inner) | ExprKind::Dereference(inner) => simple_name(inner),
        _ => None,
    }
}

/// The name of the local variable that a chain of methods begins with; a copy is another value.
pub(super) fn root_name(expr: &Expr) -> Option<&str> {
    match &*expr.kind {
        ExprKind::MethodCall { receiver, method, .. }
            if !matches!(method.as_str(), "clone" | "cloned" | "to_owned") =>
        {
            root_name(receiver)
        }
        _ => simple_name(expr),
    }
}

/// The name of a local variable that an expression lends, or shares: `x`, `&mut x`, `x.clone()`, `Arc::clone(&x)`.
pub(super) fn lent_name(expr: &Expr) -> Option<&str> {
    match &*expr.kind {
        ExprKind::MethodCall { receiver, method, .. } if matches!(method.as_str(), "clone" | "as_ref" | "as_mut") => {
            lent_name(receiver)
        }
        ExprKind::Call(callee, arguments) => match (&*callee.kind, arguments.as_slice()) {
            (ExprKind::Path(path), [argument]) if path.segments.last().is_some_and(|last| last.name == "clone") => {
                lent_name(argument)
            }
            _ => None,
        },
        _ => simple_name(expr),
    }
}

/// Whether steps are awaited by the macro that makes them: `join!`, `select!`.
pub(super) fn joins(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step, Step::Together { .. }))
}

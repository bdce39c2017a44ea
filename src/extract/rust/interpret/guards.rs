//! Guards of locks, transactions and connections: where the code lets go of one before its scope ends.

use std::sync::Arc;

use super::val::{Held, Spec};
use crate::extract::rust::tree::{Block, Expr, ExprKind, Range, Statement};
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

/// The name of a local variable.
pub(super) fn simple_name(expr: &Expr) -> Option<&str> {
    match &*expr.kind {
        ExprKind::Path(path) if path.segments.len() == 1 && path.of.is_none() => Some(&path.segments[0].name),
        ExprKind::Reference(inner) | ExprKind::Dereference(inner) => simple_name(inner),
        _ => None,
    }
}

/// The local variable at the start of a chain of calls, unless a copy of it is made on the way.
pub(super) fn chain_root(expr: &Expr) -> Option<&str> {
    let ExprKind::MethodCall { receiver, method, .. } = &*expr.kind else { return None };
    if matches!(method.as_str(), "clone" | "cloned" | "to_owned" | "clone_from") {
        return None;
    }
    simple_name(receiver).or_else(|| chain_root(receiver))
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

//! What stands directly within an expression or a block, and what is found anywhere in it. Knows the tree alone. The tree is
//! as deep as lowering lets it be, so walking it ends.

use super::tree::{Block, Expr, ExprKind, Macro, Statement};

/// Whether an expression of a block, at any depth, passes a test. Items in it are left out: they do not run there.
pub fn any(block: &Block, test: &impl Fn(&Expr) -> bool) -> bool {
    of_block(block).into_iter().any(|expr| test(expr) || any_within(expr, test))
}

fn any_within(expr: &Expr, test: &impl Fn(&Expr) -> bool) -> bool {
    of_expr(expr).into_iter().any(|expr| test(expr) || any_within(expr, test))
}

fn of_block(block: &Block) -> Vec<&Expr> {
    let mut found = Vec::new();
    for statement in &block.statements {
        match statement {
            Statement::Let { value, otherwise, .. } => {
                found.extend(value);
                found.extend(otherwise);
            }
            Statement::Expr(expr, _) => found.push(expr),
            Statement::Item(_) => {}
        }
    }
    found
}

fn of_expr(expr: &Expr) -> Vec<&Expr> {
    match &*expr.kind {
        ExprKind::Literal(_) | ExprKind::Path(_) | ExprKind::Continue | ExprKind::Other => Vec::new(),
        ExprKind::Call(callee, arguments) => [callee].into_iter().chain(arguments).collect(),
        ExprKind::MethodCall { receiver, arguments, .. } => [receiver].into_iter().chain(arguments).collect(),
        ExprKind::Field(of, _)
        | ExprKind::Try(of)
        | ExprKind::Await(of)
        | ExprKind::Reference(of)
        | ExprKind::Dereference(of)
        | ExprKind::Unary(_, of)
        | ExprKind::Cast(of, _)
        | ExprKind::Closure(_, of, _)
        | ExprKind::Let(_, of) => vec![of],
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) | ExprKind::Assign(_, a, b) | ExprKind::Repeat(a, b) => {
            vec![a, b]
        }
        ExprKind::Range(a, b) => a.iter().chain(b).collect(),
        ExprKind::Block(block) | ExprKind::Async(block) | ExprKind::Loop(block) => of_block(block),
        ExprKind::If(condition, then, otherwise) => {
            [condition].into_iter().chain(of_block(then)).chain(otherwise).collect()
        }
        ExprKind::Match(of, arms) => {
            let arms = arms.iter().flat_map(|arm| arm.guard.iter().chain([&arm.body]));
            [of].into_iter().chain(arms).collect()
        }
        ExprKind::While(of, block) | ExprKind::For(_, of, block) => [of].into_iter().chain(of_block(block)).collect(),
        ExprKind::Struct(_, fields, base) => fields.iter().map(|(_, value)| value).chain(base).collect(),
        ExprKind::Tuple(all) | ExprKind::Array(all) => all.iter().collect(),
        ExprKind::Return(of) | ExprKind::Break(of) => of.iter().collect(),
        ExprKind::Macro(of) => of_macro(of),
    }
}

fn of_macro(of: &Macro) -> Vec<&Expr> {
    let mut found: Vec<&Expr> = of.arguments.iter().collect();
    found.extend(of.block.iter().flat_map(of_block));
    for branch in &of.branches {
        found.extend([&branch.future, &branch.body]);
        found.extend(&branch.condition);
    }
    found
}

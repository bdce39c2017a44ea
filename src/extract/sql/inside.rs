//! From an expression to the expressions and queries directly inside it, so that others can walk without recursion.

use sqlparser::ast::{
    AccessExpr, Array, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
    InTarget, Query, Subscript, WindowType,
};

/// Something inside an expression that is still to be visited.
pub enum Part<'a> {
    /// An expression.
    Expr(&'a Expr),
    /// A query.
    Query(&'a Query),
}

/// The expressions and queries directly inside an expression, in order.
pub fn parts_of<'a>(expr: &'a Expr, parts: &mut Vec<Part<'a>>) {
    match expr {
        Expr::CompoundFieldAccess { root, access_chain } => {
            parts.push(Part::Expr(root));
            for access in access_chain {
                match access {
                    AccessExpr::Dot(expr) | AccessExpr::Subscript(Subscript::Index { index: expr }) => {
                        parts.push(Part::Expr(expr));
                    }
                    AccessExpr::Subscript(Subscript::Slice { lower_bound, upper_bound, stride }) => {
                        parts.extend([lower_bound, upper_bound, stride].into_iter().flatten().map(Part::Expr));
                    }
                }
            }
        }
        Expr::IsFalse(expr)
        | Expr::IsNotFalse(expr)
        | Expr::IsTrue(expr)
        | Expr::IsNotTrue(expr)
        | Expr::IsNull(expr)
        | Expr::IsNotNull(expr)
        | Expr::IsUnknown(expr)
        | Expr::IsNotUnknown(expr)
        | Expr::IsJson { expr, .. }
        | Expr::IsNormalized { expr, .. }
        | Expr::JsonAccess { value: expr, .. }
        | Expr::UnaryOp { expr, .. }
        | Expr::Convert { expr, .. }
        | Expr::Cast { expr, .. }
        | Expr::Extract { expr, .. }
        | Expr::Ceil { expr, .. }
        | Expr::Floor { expr, .. }
        | Expr::Collate { expr, .. }
        | Expr::Nested(expr)
        | Expr::Prefixed { value: expr, .. }
        | Expr::Named { expr, .. }
        | Expr::OuterJoin(expr)
        | Expr::Prior(expr) => parts.push(Part::Expr(expr)),
        Expr::IsDistinctFrom(left, right)
        | Expr::IsNotDistinctFrom(left, right)
        | Expr::BinaryOp { left, right, .. }
        | Expr::AnyOp { left, right, .. }
        | Expr::AllOp { left, right, .. }
        | Expr::Like { expr: left, pattern: right, .. }
        | Expr::ILike { expr: left, pattern: right, .. }
        | Expr::SimilarTo { expr: left, pattern: right, .. }
        | Expr::RLike { expr: left, pattern: right, .. }
        | Expr::Position { expr: left, r#in: right }
        | Expr::AtTimeZone { timestamp: left, time_zone: right } => {
            parts.extend([Part::Expr(left), Part::Expr(right)]);
        }
        Expr::Between { expr, low, high, .. } => parts.extend([expr, low, high].map(|expr| Part::Expr(expr))),
        Expr::In { expr, target, .. } => {
            parts.push(Part::Expr(expr));
            match target {
                InTarget::List(list) => parts.extend(list.iter().map(Part::Expr)),
                InTarget::Subquery(query) => parts.push(Part::Query(query)),
                InTarget::Unnest(expr) => parts.push(Part::Expr(expr)),
                InTarget::Table { .. } => {}
            }
        }
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            parts.push(Part::Expr(expr));
            parts.extend([substring_from, substring_for].into_iter().flatten().map(|expr| Part::Expr(expr)));
        }
        Expr::Trim { expr, .. } | Expr::Overlay { expr, .. } => parts.push(Part::Expr(expr)),
        Expr::Function(function) => function_parts(function, parts),
        Expr::Case { operand, conditions, else_result, .. } => {
            parts.extend(operand.iter().map(|expr| Part::Expr(expr)));
            for when in conditions {
                parts.extend([Part::Expr(&when.condition), Part::Expr(&when.result)]);
            }
            parts.extend(else_result.iter().map(|expr| Part::Expr(expr)));
        }
        Expr::Exists { subquery, .. } | Expr::Subquery(subquery) => parts.push(Part::Query(subquery)),
        Expr::Tuple(list) | Expr::Struct { values: list, .. } | Expr::Array(Array { elem: list, .. }) => {
            parts.extend(list.iter().map(Part::Expr));
        }
        Expr::Interval(interval) => parts.push(Part::Expr(&interval.value)),
        Expr::Lambda(lambda) => parts.push(Part::Expr(&lambda.body)),
        // The others hold no query.
        _ => {}
    }
}

/// The same for a function: its arguments, its filter, its window.
pub fn function_parts<'a>(function: &'a Function, parts: &mut Vec<Part<'a>>) {
    match &function.args {
        FunctionArguments::None => {}
        FunctionArguments::Subquery(query) => parts.push(Part::Query(query)),
        FunctionArguments::List(list) => {
            for argument in &list.args {
                let (FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg)) =
                    argument;
                if let FunctionArgExpr::Expr(expr) = arg {
                    parts.push(Part::Expr(expr));
                }
            }
            for clause in &list.clauses {
                if let FunctionArgumentClause::OrderBy(by) = clause {
                    parts.extend(by.iter().map(|by| Part::Expr(&by.expr)));
                }
            }
        }
    }
    parts.extend(function.filter.iter().map(|expr| Part::Expr(expr)));
    if let Some(WindowType::WindowSpec(window)) = &function.over {
        parts.extend(window.partition_by.iter().map(Part::Expr));
        parts.extend(window.order_by.iter().map(|by| Part::Expr(&by.expr)));
    }
}

//! From a syntax tree to the shape of its result: how many rows it can have, and by which columns they are chosen.

use std::collections::BTreeMap;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, GroupByExpr, InTarget, LimitClause, Query, Select, SelectItem, SetExpr, Statement,
    TableFactor, Value,
};

use super::parse::name;

/// What bounds a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// A LIMIT or FETCH FIRST is there.
    pub limited: bool,
    /// Columns that a value is demanded of.
    pub equals: Vec<String>,
    /// One row comes back, whatever is stored.
    pub aggregate: bool,
}

/// The shape of a statement's result.
pub fn shape(statement: &Statement) -> Shape {
    match statement {
        Statement::Query(query) => of_query(query, &mut BTreeMap::new()),
        Statement::Update(update) => {
            Shape { limited: update.limit.is_some(), equals: equals(update.selection.as_ref()), aggregate: false }
        }
        Statement::Delete(delete) => {
            Shape { limited: delete.limit.is_some(), equals: equals(delete.selection.as_ref()), aggregate: false }
        }
        Statement::Insert(insert) => match &insert.source {
            Some(query) if !matches!(*query.body, SetExpr::Values(_)) => of_query(query, &mut BTreeMap::new()),
            _ => Shape::default(),
        },
        Statement::Explain { statement, .. } => shape(statement),
        _ => Shape::default(),
    }
}

/// `common`: the shapes of the common table expressions in sight.
fn of_query(query: &Query, common: &mut BTreeMap<String, Shape>) -> Shape {
    let outer = query.with.is_some().then(|| common.clone());
    for table in query.with.iter().flat_map(|with| &with.cte_tables) {
        let shape = of_query(&table.query, common);
        common.insert(name(&table.alias.name.value), shape);
    }
    let mut all: Option<Shape> = None;
    let mut left = vec![&*query.body];
    while let Some(body) = left.pop() {
        let shape = match body {
            SetExpr::Select(select) => of_select(select, common),
            SetExpr::Query(query) => of_query(query, common),
            SetExpr::SetOperation { left: first, right, .. } => {
                left.extend([&**right, &**first]);
                continue;
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => shape(statement),
            SetExpr::Values(_) | SetExpr::Table(_) => Shape::default(),
        };
        // Of a union, only what holds for all its members bounds the result.
        all = Some(match all {
            None => shape,
            Some(known) => Shape {
                limited: known.limited && shape.limited,
                aggregate: known.aggregate && shape.aggregate,
                equals: known.equals.into_iter().filter(|column| shape.equals.contains(column)).collect(),
            },
        });
    }
    let mut shape = all.unwrap_or_default();
    let limit = query.limit_clause.as_ref().is_some_and(|clause| match clause {
        LimitClause::LimitOffset { limit, .. } => limit.as_ref().is_some_and(|limit| !is_null(limit)),
        LimitClause::OffsetCommaLimit { .. } => true,
    });
    shape.limited |= limit || query.fetch.is_some();
    if let Some(outer) = outer {
        *common = outer;
    }
    shape
}

fn of_select(select: &Select, common: &mut BTreeMap<String, Shape>) -> Shape {
    let mut shape = Shape { limited: select.top.is_some(), ..Shape::default() };
    // What a query takes from one place alone is bounded as that place is.
    if let [only] = select.from.as_slice()
        && only.joins.is_empty()
    {
        match &only.relation {
            TableFactor::Derived { subquery, .. } => shape = of_query(subquery, common),
            TableFactor::Table { name: table, args: None, .. } => {
                if let Some(known) = super::tables::object(table).and_then(|table| common.get(&table)) {
                    shape = known.clone();
                }
            }
            _ => {}
        }
    }
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    if !grouped {
        let mut exprs = select.projection.iter().filter_map(projected).peekable();
        let no_table = select.from.is_empty() && exprs.peek().is_some();
        shape.aggregate |= exprs.clone().any(is_aggregate)
            || no_table && exprs.all(|expr| matches!(expr, Expr::Exists { .. } | Expr::Value(_)));
    }
    for column in equals(select.prewhere.as_ref()).into_iter().chain(equals(select.selection.as_ref())) {
        if !shape.equals.contains(&column) {
            shape.equals.push(column);
        }
    }
    shape
}

fn projected(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr)
        | SelectItem::ExprWithAlias { expr, .. }
        | SelectItem::ExprWithAliases { expr, .. } => Some(expr),
        SelectItem::QualifiedWildcard(..) | SelectItem::Wildcard(_) => None,
    }
}

/// Functions that make one row of many.
const AGGREGATES: &[&str] = &[
    "any_value",
    "array_agg",
    "avg",
    "avgif",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "bool_or",
    "count",
    "countif",
    "every",
    "group_concat",
    "grouparray",
    "json_agg",
    "json_arrayagg",
    "json_group_array",
    "json_group_object",
    "json_object_agg",
    "json_objectagg",
    "jsonb_agg",
    "jsonb_object_agg",
    "max",
    "median",
    "min",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "quantile",
    "quantiles",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "sumif",
    "total",
    "uniq",
    "uniqexact",
    "var_pop",
    "var_samp",
    "variance",
];

/// Whether an aggregate stands in an expression, below whatever is computed from it.
fn is_aggregate(expr: &Expr) -> bool {
    let mut left = vec![expr];
    while let Some(expr) = left.pop() {
        match expr {
            Expr::Function(function) => {
                if aggregates(function) {
                    return true;
                }
                if let sqlparser::ast::FunctionArguments::List(list) = &function.args {
                    left.extend(list.args.iter().filter_map(|argument| match argument {
                        sqlparser::ast::FunctionArg::Unnamed(sqlparser::ast::FunctionArgExpr::Expr(expr)) => Some(expr),
                        _ => None,
                    }));
                }
            }
            Expr::BinaryOp { left: first, right, .. } => left.extend([&**first, &**right]),
            Expr::Nested(expr)
            | Expr::Cast { expr, .. }
            | Expr::UnaryOp { expr, .. }
            | Expr::IsNull(expr)
            | Expr::IsNotNull(expr) => left.push(expr),
            Expr::Case { conditions, else_result, .. } => {
                left.extend(conditions.iter().flat_map(|when| [&when.condition, &when.result]));
                left.extend(else_result.iter().map(|expr| &**expr));
            }
            _ => {}
        }
    }
    false
}

fn aggregates(function: &Function) -> bool {
    function.over.is_none()
        && super::tables::object(&function.name).is_some_and(|name| AGGREGATES.binary_search(&name.as_str()).is_ok())
}

/// Columns that the condition compares with a value, all of which must hold.
fn equals(condition: Option<&Expr>) -> Vec<String> {
    let mut found = Vec::new();
    let mut left: Vec<&Expr> = condition.into_iter().collect();
    while let Some(expr) = left.pop() {
        match expr {
            Expr::Nested(expr) => left.push(expr),
            Expr::BinaryOp { left: first, op: BinaryOperator::And, right } => left.extend([&**right, &**first]),
            Expr::BinaryOp { left: first, op: BinaryOperator::Eq | BinaryOperator::Spaceship, right }
            | Expr::IsNotDistinctFrom(first, right) => pair(first, right, &mut found),
            Expr::AnyOp { left: first, compare_op: BinaryOperator::Eq, right, .. } => pair(first, right, &mut found),
            Expr::In { expr, target: InTarget::List(list), negated: false, .. }
                if list.iter().all(|value| column(value).is_none()) =>
            {
                found.extend(column(expr));
            }
            _ => {}
        }
    }
    found.dedup();
    found
}

fn pair(left: &Expr, right: &Expr, found: &mut Vec<String>) {
    if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) {
        for (left, right) in left.iter().zip(right) {
            found.extend(compared(left, right));
        }
        return;
    }
    found.extend(compared(left, right));
}

/// The column of a comparison whose other side is none: two columns only join.
fn compared(left: &Expr, right: &Expr) -> Option<String> {
    match (column(left), column(right)) {
        (Some(column), None) | (None, Some(column)) => Some(column),
        _ => None,
    }
}

fn column(expr: &Expr) -> Option<String> {
    match expr {
        // A name that is nothing but a hole is a value put into the text.
        Expr::Identifier(ident) => {
            Some(name(&ident.value)).filter(|name| name.chars().any(|c| c != super::tokens::HOLE))
        }
        Expr::CompoundIdentifier(parts) => parts.last().map(|part| name(&part.value)),
        Expr::Cast { expr, .. } | Expr::Nested(expr) | Expr::Collate { expr, .. } => column(expr),
        _ => None,
    }
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(value.value, Value::Null))
}

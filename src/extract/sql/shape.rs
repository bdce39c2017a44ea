//! From a syntax tree to the shape of its result: how many rows it can have, and by which columns they are chosen.

use std::collections::BTreeMap;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, GroupByExpr, InTarget, Join, JoinConstraint, JoinOperator, LimitClause, ObjectName,
    Query, Select, SelectItem, SetExpr, Statement, TableFactor, Value,
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
            SetExpr::Insert(statement) => written(statement, common),
            SetExpr::Update(statement) | SetExpr::Delete(statement) | SetExpr::Merge(statement) => shape(statement),
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

/// What an INSERT gives back: the rows that it was given.
fn written(statement: &Statement, common: &mut BTreeMap<String, Shape>) -> Shape {
    match statement {
        Statement::Insert(insert) => match &insert.source {
            Some(query) if !matches!(*query.body, SetExpr::Values(_)) => of_query(query, common),
            _ => Shape { limited: true, ..Shape::default() },
        },
        other => shape(other),
    }
}

fn of_select(select: &Select, common: &mut BTreeMap<String, Shape>) -> Shape {
    let mut shape = Shape { limited: select.top.is_some(), ..Shape::default() };
    if let [only] = select.from.as_slice() {
        // What a query takes from one place alone is bounded as that place is.
        match only.joins.as_slice() {
            [] => shape = of_relation(&only.relation, common).unwrap_or(shape),
            joins => shape.equals.extend(joined(&only.relation, joins, common)),
        }
    }
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    if !grouped {
        let mut exprs = select.projection.iter().filter_map(projected).peekable();
        let no_table = select.from.is_empty() && exprs.peek().is_some();
        shape.aggregate |= exprs.clone().any(is_aggregate)
            || no_table && exprs.all(|expr| matches!(expr, Expr::Exists { .. } | Expr::Value(_)));
    }
    let chosen = select.selection.as_ref().map_or_else(Vec::new, |condition| among(condition, common));
    for column in equals(select.prewhere.as_ref()).into_iter().chain(equals(select.selection.as_ref())).chain(chosen) {
        if !shape.equals.contains(&column) {
            shape.equals.push(column);
        }
    }
    shape
}

/// Functions that make rows of what they are given.
const UNPACKS: &[&str] = &[
    "generate_series",
    "json_array_elements",
    "json_array_elements_text",
    "json_each",
    "json_to_recordset",
    "jsonb_array_elements",
    "jsonb_array_elements_text",
    "jsonb_each",
    "jsonb_to_recordset",
    "regexp_split_to_table",
    "string_to_table",
    "unnest",
];

/// The shape of what stands in FROM, where it is no table.
fn of_relation(relation: &TableFactor, common: &mut BTreeMap<String, Shape>) -> Option<Shape> {
    let given = || Shape { limited: true, ..Shape::default() };
    let unpacks = |function: &ObjectName| {
        super::tables::object(function).is_some_and(|name| UNPACKS.binary_search(&name.as_str()).is_ok())
    };
    match relation {
        TableFactor::Derived { subquery, .. } => Some(of_query(subquery, common)),
        TableFactor::UNNEST { .. } => Some(given()),
        TableFactor::Table { name: table, args: None, .. } => common.get(&super::tables::object(table)?).cloned(),
        TableFactor::Table { name: function, .. } | TableFactor::Function { name: function, .. } => {
            unpacks(function).then(given)
        }
        _ => None,
    }
}

/// Columns by which a join chooses rows: those that are joined with rows which are few, and those which the other side
/// demands a value of. A side that is kept whole chooses; one that is only added to it does not.
fn joined(first: &TableFactor, joins: &[Join], common: &mut BTreeMap<String, Shape>) -> Vec<String> {
    let is_inner = |join: &Join| matches!(&join.join_operator, JoinOperator::Join(_) | JoinOperator::Inner(_));
    let keeps_first = |join: &Join| {
        is_inner(join) || matches!(&join.join_operator, JoinOperator::Left(_) | JoinOperator::LeftOuter(_))
    };
    let mut chosen = Vec::new();
    if joins.iter().all(keeps_first)
        && let Some(shape) = of_relation(first, common)
    {
        chosen.extend(chosen_by(&shape, first, joins.iter()));
    }
    for join in joins.iter().filter(|join| is_inner(join)) {
        if let Some(shape) = of_relation(&join.relation, common) {
            chosen.extend(chosen_by(&shape, &join.relation, std::iter::once(join)));
        }
    }
    chosen
}

/// Columns that rows of a shape choose where they are joined.
fn chosen_by<'a>(shape: &Shape, relation: &TableFactor, joins: impl Iterator<Item = &'a Join>) -> Vec<String> {
    if !shape.limited {
        return shape.equals.clone();
    }
    let of_relation = alias(relation);
    let mut chosen = Vec::new();
    for join in joins {
        let (JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)) = &join.join_operator
        else {
            continue;
        };
        match constraint {
            JoinConstraint::On(condition) => {
                for (left, right) in pairs(condition) {
                    let own = |expr: &Expr| of_relation.is_some() && qualifier(expr) == of_relation;
                    match (own(left), own(right)) {
                        (true, false) => chosen.extend(column(right)),
                        (false, true) => chosen.extend(column(left)),
                        _ => {}
                    }
                }
            }
            JoinConstraint::Using(columns) => chosen.extend(columns.iter().filter_map(super::tables::object)),
            _ => {}
        }
    }
    chosen
}

/// The name that the columns of something in FROM are written with.
fn alias(relation: &TableFactor) -> Option<String> {
    match relation {
        TableFactor::Table { alias: Some(alias), .. }
        | TableFactor::Derived { alias: Some(alias), .. }
        | TableFactor::UNNEST { alias: Some(alias), .. }
        | TableFactor::Function { alias: Some(alias), .. } => Some(name(&alias.name.value)),
        TableFactor::Table { name: table, .. } => super::tables::object(table),
        _ => None,
    }
}

/// What stands before the name of a column.
fn qualifier(expr: &Expr) -> Option<String> {
    match expr {
        Expr::CompoundIdentifier(parts) => parts.iter().rev().nth(1).map(|part| name(&part.value)),
        Expr::Cast { expr, .. } | Expr::Nested(expr) => qualifier(expr),
        _ => None,
    }
}

/// The two sides of all equalities that must hold.
fn pairs(condition: &Expr) -> Vec<(&Expr, &Expr)> {
    let sides = |expr| match expr {
        &Expr::BinaryOp { ref left, op: BinaryOperator::Eq, ref right } => Some((&**left, &**right)),
        _ => None,
    };
    conjuncts(condition).into_iter().filter_map(sides).collect()
}

/// The parts of a condition all of which must hold, in order.
fn conjuncts(condition: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    let mut left = vec![condition];
    while let Some(expr) = left.pop() {
        match expr {
            Expr::Nested(expr) => left.push(expr),
            Expr::BinaryOp { left: first, op: BinaryOperator::And, right } => left.extend([&**right, &**first]),
            other => found.push(other),
        }
    }
    found
}

/// Columns that must be among what a query gives: the column, where that is few; else what the query demands a value of.
fn among(condition: &Expr, common: &mut BTreeMap<String, Shape>) -> Vec<String> {
    let mut found = Vec::new();
    for expr in conjuncts(condition) {
        let (chosen, query) = match expr {
            Expr::In { expr, target: InTarget::Subquery(query), negated: false, .. } => (expr, query),
            Expr::AnyOp { left: expr, compare_op: BinaryOperator::Eq, right, .. } => match &**right {
                Expr::Subquery(query) => (expr, query),
                _ => continue,
            },
            _ => continue,
        };
        let shape = of_query(query, common);
        if shape.limited {
            found.extend(column(chosen));
        } else {
            found.extend(shape.equals);
        }
    }
    found
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
    for expr in condition.into_iter().flat_map(conjuncts) {
        match expr {
            Expr::BinaryOp { left: first, op: BinaryOperator::Eq | BinaryOperator::Spaceship, right }
            | Expr::IsNotDistinctFrom(first, right) => pair(first, right, &mut found),
            Expr::AnyOp { left: first, compare_op: BinaryOperator::Eq, right, .. }
                if !matches!(**right, Expr::Subquery(_)) =>
            {
                pair(first, right, &mut found);
            }
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

//! From a syntax tree to the tables that the statement touches, and whether it writes them. Names of common table
//! expressions, aliases and functions are no tables.

use sqlparser::ast::{
    AlterTableOperation, CopySource, Expr, FromTable, Function, FunctionArg, FunctionArgExpr, GroupByExpr, InTarget,
    Insert, JoinConstraint, JoinOperator, MergeAction, MergeInsertKind, MergeUpdateKind, ObjectName, ObjectNamePart,
    ObjectType, OnConflictAction, OnInsert, OrderByKind, Query, RenameTableNameKind, Select, SelectItem, SetExpr,
    Statement, TableFactor, TableObject, TableWithJoins, UpdateTableFromKind,
};

use super::inside::{Part, function_parts, parts_of};
use super::parse::name;
use super::words::add;
use crate::facts::sql::TableUse;

/// The tables of a statement, in order of first mention.
pub fn tables(statement: &Statement) -> Vec<TableUse> {
    let mut walk = Walk::default();
    walk.statement(statement);
    walk.tables
}

/// A table's name: lower case, schema included; `None` for what is computed.
pub fn object(written: &ObjectName) -> Option<String> {
    let mut parts = Vec::with_capacity(written.0.len());
    for part in &written.0 {
        match part {
            ObjectNamePart::Identifier(ident) => parts.push(name(&ident.value)),
            ObjectNamePart::Function(_) => return None,
        }
    }
    Some(parts.join("."))
}

#[derive(Default)]
struct Walk {
    tables: Vec<TableUse>,
    /// Names of common table expressions that are visible here.
    common: Vec<String>,
}

impl Walk {
    fn write(&mut self, written: &ObjectName) {
        if let Some(table) = object(written) {
            add(&mut self.tables, table, true);
        }
    }

    fn read(&mut self, written: &ObjectName) {
        if let Some(table) = object(written)
            && !self.common.contains(&table)
        {
            add(&mut self.tables, table, false);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Query(query) => self.query(query),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => {
                self.target(&update.table);
                for assignment in &update.assignments {
                    self.expr(&assignment.value);
                }
                if let Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) = &update.from {
                    from.iter().for_each(|table| self.joined(table));
                }
                update.selection.iter().for_each(|expr| self.expr(expr));
                update.returning.iter().flatten().for_each(|item| self.item(item));
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
                if delete.tables.is_empty() {
                    from.iter().for_each(|table| self.target(table));
                } else {
                    // `DELETE o FROM orders o JOIN …`: the names in front are aliases or tables.
                    from.iter().for_each(|table| self.joined(table));
                    for deleted in &delete.tables {
                        match from.iter().find_map(|table| aliased(table, deleted)) {
                            Some(table) => self.write(table),
                            None => self.write(deleted),
                        }
                    }
                }
                delete.using.iter().flatten().for_each(|table| self.joined(table));
                delete.selection.iter().for_each(|expr| self.expr(expr));
                delete.returning.iter().flatten().for_each(|item| self.item(item));
            }
            Statement::Merge(merge) => {
                self.target_factor(&merge.table);
                self.factor(&merge.source);
                self.expr(&merge.on);
                for clause in &merge.clauses {
                    clause.predicate.iter().for_each(|expr| self.expr(expr));
                    match &clause.action {
                        MergeAction::Insert(insert) => {
                            if let MergeInsertKind::Values(values) = &insert.kind {
                                values.rows.iter().flat_map(|row| &row.content).for_each(|expr| self.expr(expr));
                            }
                        }
                        MergeAction::Update(update) => {
                            if let MergeUpdateKind::Set(assignments) = &update.kind {
                                assignments.iter().for_each(|assignment| self.expr(&assignment.value));
                            }
                        }
                        MergeAction::Delete { .. } | MergeAction::DoNothing { .. } => {}
                    }
                }
            }
            Statement::Copy { source, to, .. } => match source {
                CopySource::Table { table_name, .. } if *to => self.read(table_name),
                CopySource::Table { table_name, .. } => self.write(table_name),
                CopySource::Query(query) => self.query(query),
            },
            Statement::Explain { statement, .. } | Statement::Prepare { statement, .. } => self.statement(statement),
            Statement::ExplainTable { table_name, .. } => self.read(table_name),
            Statement::Analyze(analyze) => analyze.table_name.iter().for_each(|table| self.read(table)),
            _ => self.definition(statement),
        }
    }

    /// Statements that change what a table is.
    fn definition(&mut self, statement: &Statement) {
        match statement {
            Statement::CreateTable(create) => {
                self.write(&create.name);
                create.partition_of.iter().for_each(|table| self.write(table));
                create.inherits.iter().flatten().for_each(|table| self.read(table));
                create.query.iter().for_each(|query| self.query(query));
            }
            Statement::CreateView(create) => {
                self.write(&create.name);
                create.to.iter().for_each(|table| self.write(table));
                self.query(&create.query);
            }
            Statement::CreateVirtualTable { name, .. } => self.write(name),
            Statement::CreateForeignTable(create) => self.write(&create.name),
            Statement::CreateIndex(create) => self.write(&create.table_name),
            Statement::CreateTrigger(create) => self.write(&create.table_name),
            Statement::CreatePolicy(create) => self.write(&create.table_name),
            Statement::AlterTable(alter) => {
                self.write(&alter.name);
                for operation in &alter.operations {
                    match operation {
                        AlterTableOperation::AttachPartitionOf { partition, .. }
                        | AlterTableOperation::DetachPartitionOf { partition, .. } => self.write(partition),
                        AlterTableOperation::SwapWith { table_name } => self.write(table_name),
                        AlterTableOperation::RenameTable {
                            table_name: RenameTableNameKind::To(to) | RenameTableNameKind::As(to),
                        } => self.write(to),
                        _ => {}
                    }
                }
            }
            Statement::RenameTable(renames) => {
                for rename in renames {
                    self.write(&rename.old_name);
                    self.write(&rename.new_name);
                }
            }
            Statement::Drop { object_type, names, table, .. } => {
                if matches!(
                    object_type,
                    ObjectType::Table | ObjectType::View | ObjectType::MaterializedView | ObjectType::ForeignTable
                ) {
                    names.iter().for_each(|name| self.write(name));
                }
                table.iter().for_each(|table| self.write(table));
            }
            Statement::Truncate(truncate) => {
                truncate.table_names.iter().for_each(|target| self.write(&target.name));
            }
            Statement::RefreshMaterializedView(refresh) => self.write(&refresh.name),
            Statement::OptimizeTable { name, .. } | Statement::LoadData { table_name: name, .. } => self.write(name),
            Statement::Vacuum(vacuum) => vacuum.table_name.iter().for_each(|table| self.read(table)),
            Statement::Lock(lock) => lock.tables.iter().for_each(|target| self.read(&target.name)),
            _ => {}
        }
    }

    fn insert(&mut self, insert: &Insert) {
        match &insert.table {
            TableObject::TableName(table) => self.write(table),
            TableObject::TableFunction(function) => self.function(function),
            TableObject::TableQuery(query) => self.query(query),
        }
        insert.source.iter().for_each(|query| self.query(query));
        insert.assignments.iter().for_each(|assignment| self.expr(&assignment.value));
        match &insert.on {
            Some(OnInsert::DuplicateKeyUpdate(assignments)) => {
                assignments.iter().for_each(|assignment| self.expr(&assignment.value));
            }
            Some(OnInsert::OnConflict(conflict)) => {
                if let OnConflictAction::DoUpdate(update) = &conflict.action {
                    update.assignments.iter().for_each(|assignment| self.expr(&assignment.value));
                    update.selection.iter().for_each(|expr| self.expr(expr));
                }
            }
            _ => {}
        }
        insert.returning.iter().flatten().for_each(|item| self.item(item));
    }

    fn query(&mut self, query: &Query) {
        let visible = self.common.len();
        if let Some(with) = &query.with {
            // Without RECURSIVE a common table expression does not see itself: the name inside it is a table.
            if with.recursive {
                self.common.extend(with.cte_tables.iter().map(|common| name(&common.alias.name.value)));
            }
            for common in &with.cte_tables {
                self.query(&common.query);
                self.common.push(name(&common.alias.name.value));
            }
        }
        let mut left = vec![&*query.body];
        while let Some(body) = left.pop() {
            match body {
                SetExpr::Select(select) => self.select(select),
                SetExpr::Query(query) => self.query(query),
                SetExpr::SetOperation { left: first, right, .. } => left.extend([&**right, &**first]),
                SetExpr::Values(values) => {
                    values.rows.iter().flat_map(|row| &row.content).for_each(|expr| self.expr(expr));
                }
                SetExpr::Insert(statement)
                | SetExpr::Update(statement)
                | SetExpr::Delete(statement)
                | SetExpr::Merge(statement) => self.statement(statement),
                SetExpr::Table(table) => {
                    let parts = [&table.schema_name, &table.table_name];
                    let parts: Vec<String> = parts.into_iter().flatten().map(|part| name(&part.value)).collect();
                    let table = parts.join(".");
                    if !self.common.contains(&table) {
                        add(&mut self.tables, table, false);
                    }
                }
            }
        }
        if let Some(order) = &query.order_by
            && let OrderByKind::Expressions(exprs) = &order.kind
        {
            exprs.iter().for_each(|by| self.expr(&by.expr));
        }
        self.common.truncate(visible);
    }

    fn select(&mut self, select: &Select) {
        select.projection.iter().for_each(|item| self.item(item));
        for target in select.into.iter().flat_map(|into| &into.targets) {
            match target {
                Expr::Identifier(ident) => add(&mut self.tables, name(&ident.value), true),
                Expr::CompoundIdentifier(parts) => {
                    let parts: Vec<String> = parts.iter().map(|part| name(&part.value)).collect();
                    add(&mut self.tables, parts.join("."), true);
                }
                _ => {}
            }
        }
        select.from.iter().for_each(|table| self.joined(table));
        select.lateral_views.iter().for_each(|view| self.expr(&view.lateral_view));
        select.prewhere.iter().chain(&select.selection).for_each(|expr| self.expr(expr));
        if let GroupByExpr::Expressions(exprs, _) = &select.group_by {
            exprs.iter().for_each(|expr| self.expr(expr));
        }
        select.having.iter().chain(&select.qualify).for_each(|expr| self.expr(expr));
    }

    fn item(&mut self, item: &SelectItem) {
        match item {
            SelectItem::UnnamedExpr(expr)
            | SelectItem::ExprWithAlias { expr, .. }
            | SelectItem::ExprWithAliases { expr, .. } => self.expr(expr),
            SelectItem::QualifiedWildcard(..) | SelectItem::Wildcard(_) => {}
        }
    }

    /// A table that is written, with what is joined to it.
    fn target(&mut self, table: &TableWithJoins) {
        self.target_factor(&table.relation);
        self.joins(table);
    }

    fn target_factor(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::Table { name, .. } => self.write(name),
            other => self.factor(other),
        }
    }

    fn joined(&mut self, table: &TableWithJoins) {
        self.factor(&table.relation);
        self.joins(table);
    }

    fn joins(&mut self, table: &TableWithJoins) {
        for join in &table.joins {
            self.factor(&join.relation);
            if let Some(JoinConstraint::On(expr)) = constraint(&join.join_operator) {
                self.expr(expr);
            }
        }
    }

    fn factor(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::Table { name, args: None, .. } => self.read(name),
            TableFactor::Table { args: Some(args), .. } => self.arguments(&args.args),
            TableFactor::Derived { subquery, .. } => self.query(subquery),
            TableFactor::TableFunction { expr, .. } => self.expr(expr),
            TableFactor::Function { args, .. } => self.arguments(args),
            TableFactor::UNNEST { array_exprs, .. } => array_exprs.iter().for_each(|expr| self.expr(expr)),
            TableFactor::NestedJoin { table_with_joins, .. } => self.joined(table_with_joins),
            TableFactor::Pivot { table, .. }
            | TableFactor::Unpivot { table, .. }
            | TableFactor::MatchRecognize { table, .. } => self.factor(table),
            _ => {}
        }
    }

    fn arguments(&mut self, arguments: &[FunctionArg]) {
        for argument in arguments {
            let (FunctionArg::Named { arg, .. } | FunctionArg::ExprNamed { arg, .. } | FunctionArg::Unnamed(arg)) =
                argument;
            if let FunctionArgExpr::Expr(expr) = arg {
                self.expr(expr);
            }
        }
    }

    fn function(&mut self, function: &Function) {
        let mut parts = Vec::new();
        function_parts(function, &mut parts);
        self.parts(parts);
    }

    fn expr(&mut self, expr: &Expr) {
        self.parts(vec![Part::Expr(expr)]);
    }

    /// Visits expressions without recursion: a chain of operators is as deep as it is long.
    fn parts(&mut self, mut stack: Vec<Part<'_>>) {
        while let Some(part) = stack.pop() {
            match part {
                Part::Query(query) => self.query(query),
                Part::Expr(expr) => {
                    if let Expr::In { target: InTarget::Table { name, args: None }, .. } = expr {
                        self.read(name);
                    }
                    let from = stack.len();
                    parts_of(expr, &mut stack);
                    stack[from..].reverse();
                }
            }
        }
    }
}

/// What an alias of a FROM list stands for.
fn aliased<'a>(table: &'a TableWithJoins, alias: &ObjectName) -> Option<&'a ObjectName> {
    let wanted = object(alias)?;
    std::iter::once(&table.relation).chain(table.joins.iter().map(|join| &join.relation)).find_map(
        |factor| match factor {
            TableFactor::Table { name: table, alias: Some(alias), .. } if name(&alias.name.value) == wanted => {
                Some(table)
            }
            _ => None,
        },
    )
}

fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(on)
        | JoinOperator::Inner(on)
        | JoinOperator::Left(on)
        | JoinOperator::LeftOuter(on)
        | JoinOperator::Right(on)
        | JoinOperator::RightOuter(on)
        | JoinOperator::FullOuter(on)
        | JoinOperator::CrossJoin(on)
        | JoinOperator::Semi(on)
        | JoinOperator::LeftSemi(on)
        | JoinOperator::RightSemi(on)
        | JoinOperator::Anti(on)
        | JoinOperator::LeftAnti(on)
        | JoinOperator::RightAnti(on)
        | JoinOperator::AsOf { constraint: on, .. }
        | JoinOperator::StraightJoin(on) => Some(on),
        _ => None,
    }
}

//! From a syntax tree of DDL to what happens to columns, keys and indexes.

use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef, ColumnOption, CreateIndex, CreateTable, DataType, Expr,
    ForeignKeyConstraint, Ident, IndexColumn, ObjectType, RenameTableNameKind, Statement, TableConstraint,
};

use super::parse::name;
use super::tables::object;
use crate::facts::sql::ColumnChange;

/// The changes of a statement, in order.
pub fn changes(statement: &Statement) -> Vec<ColumnChange> {
    let mut found = Vec::new();
    match statement {
        Statement::CreateTable(create) => create_table(create, &mut found),
        Statement::CreateIndex(create) => found.extend(create_index(create)),
        Statement::AlterTable(alter) => {
            let Some(table) = object(&alter.name) else {
                return found;
            };
            for operation in &alter.operations {
                alter_table(&table, operation, &mut found);
            }
        }
        Statement::RenameTable(renames) => {
            for rename in renames {
                if let (Some(old), Some(new)) = (object(&rename.old_name), object(&rename.new_name)) {
                    found.push(ColumnChange { columns: vec![new], ..change(&old, "", "rename_table") });
                }
            }
        }
        Statement::Drop { object_type: ObjectType::Table, names, .. } => {
            found.extend(names.iter().filter_map(object).map(|table| change(&table, "", "drop_table")));
        }
        _ => {}
    }
    found
}

/// The change of a statement that builds an index and that the parser refuses: only its table is known.
pub fn unread_index(table: &str) -> ColumnChange {
    change(table, "", "add_index")
}

fn change(table: &str, column: &str, what: &str) -> ColumnChange {
    ColumnChange {
        table: table.to_owned(),
        column: column.to_owned(),
        change: what.to_owned(),
        type_name: String::new(),
        default: false,
        nullable: true,
        columns: Vec::new(),
    }
}

fn create_table(create: &CreateTable, found: &mut Vec<ColumnChange>) {
    let Some(table) = object(&create.name) else {
        return;
    };
    for column in &create.columns {
        add_column(&table, column, found);
    }
    for constraint in &create.constraints {
        found.extend(key(&table, constraint));
    }
    if let Some(primary) = &create.primary_key {
        // ClickHouse: `PRIMARY KEY (a, b)` behind the columns.
        let columns = match &**primary {
            Expr::Tuple(columns) => columns.iter().map(expression).collect(),
            Expr::Nested(column) => vec![expression(column)],
            column => vec![expression(column)],
        };
        found.push(ColumnChange { columns, ..change(&table, "", "add_key") });
    }
    let keys: Vec<String> =
        found.iter().filter(|change| change.change == "add_key").flat_map(|key| key.columns.clone()).collect();
    for change in found.iter_mut().filter(|change| change.change == "add" && keys.contains(&change.column)) {
        change.nullable = false;
    }
}

fn add_column(table: &str, column: &ColumnDef, found: &mut Vec<ColumnChange>) {
    let named = name(&column.name.value);
    let mut keys = Vec::new();
    let mut added = ColumnChange { type_name: type_name(&column.data_type), ..change(table, &named, "add") };
    added.default = added.type_name.contains("serial");
    for option in &column.options {
        let own = || vec![named.clone()];
        match &option.option {
            ColumnOption::NotNull => added.nullable = false,
            ColumnOption::Default(_)
            | ColumnOption::Generated { .. }
            | ColumnOption::Identity(_)
            | ColumnOption::Materialized(_)
            | ColumnOption::Alias(_) => added.default = true,
            ColumnOption::DialectSpecific(tokens) => {
                added.default |= tokens.iter().any(|token| token.to_string().to_lowercase().starts_with("auto"));
            }
            ColumnOption::PrimaryKey(_) => {
                added.nullable = false;
                keys.push(ColumnChange { columns: own(), ..change(table, "", "add_key") });
            }
            ColumnOption::Unique(_) => keys.push(ColumnChange { columns: own(), ..change(table, "", "add_unique") }),
            ColumnOption::ForeignKey(foreign) => {
                let mut columns = own();
                columns.extend(refers_to(foreign));
                keys.push(ColumnChange { columns, ..change(table, "", "add_foreign_key") });
            }
            ColumnOption::Check(_) => keys.push(ColumnChange { columns: own(), ..change(table, "", "add_check") }),
            _ => {}
        }
    }
    found.push(added);
    found.append(&mut keys);
}

fn create_index(create: &CreateIndex) -> Option<ColumnChange> {
    let table = object(&create.table_name)?;
    // A unique index on part of the rows is no key of the table.
    let what = if create.unique && create.predicate.is_none() { "add_unique" } else { "add_index" };
    Some(ColumnChange { columns: indexed(&create.columns), ..change(&table, "", what) })
}

fn alter_table(table: &str, operation: &AlterTableOperation, found: &mut Vec<ColumnChange>) {
    match operation {
        AlterTableOperation::AddColumn { column_def, .. } => add_column(table, column_def, found),
        AlterTableOperation::DropColumn { column_names, .. } => {
            found.extend(column_names.iter().map(|column| change(table, &name(&column.value), "drop")));
        }
        AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
            found.push(renamed(table, old_column_name, new_column_name));
        }
        AlterTableOperation::RenameTable { table_name } => {
            let (RenameTableNameKind::To(to) | RenameTableNameKind::As(to)) = table_name;
            found.push(ColumnChange { columns: object(to).into_iter().collect(), ..change(table, "", "rename_table") });
        }
        AlterTableOperation::AlterColumn { column_name, op } => {
            let column = name(&column_name.value);
            match op {
                AlterColumnOperation::SetNotNull => {
                    found.push(ColumnChange { nullable: false, ..change(table, &column, "set_not_null") });
                }
                AlterColumnOperation::SetDefault { .. } => {
                    found.push(ColumnChange { default: true, ..change(table, &column, "set_default") });
                }
                AlterColumnOperation::SetDataType { data_type, .. } => {
                    found.push(ColumnChange { type_name: type_name(data_type), ..change(table, &column, "retype") });
                }
                _ => {}
            }
        }
        AlterTableOperation::ChangeColumn { old_name, new_name, data_type, options, .. } => {
            if name(&old_name.value) != name(&new_name.value) {
                found.push(renamed(table, old_name, new_name));
            }
            retype(table, new_name, data_type, options, found);
        }
        AlterTableOperation::ModifyColumn { col_name, data_type, options, .. } => {
            retype(table, col_name, data_type, options, found);
        }
        AlterTableOperation::AddConstraint { constraint, .. } => found.extend(key(table, constraint)),
        _ => {}
    }
}

fn renamed(table: &str, old: &Ident, new: &Ident) -> ColumnChange {
    ColumnChange { columns: vec![name(&new.value)], ..change(table, &name(&old.value), "rename") }
}

/// MySQL states the whole column anew: the type and whether it may be null.
fn retype(table: &str, column: &Ident, data_type: &DataType, options: &[ColumnOption], found: &mut Vec<ColumnChange>) {
    let column = name(&column.value);
    let nullable = !options.iter().any(|option| matches!(option, ColumnOption::NotNull));
    let default = options.iter().any(|option| matches!(option, ColumnOption::Default(_)));
    let type_name = type_name(data_type);
    found.push(ColumnChange { type_name, default, nullable, ..change(table, &column, "retype") });
    if !nullable {
        found.push(ColumnChange { nullable, default, ..change(table, &column, "set_not_null") });
    }
}

fn key(table: &str, constraint: &TableConstraint) -> Option<ColumnChange> {
    let (what, columns) = match constraint {
        TableConstraint::PrimaryKey(key) => ("add_key", indexed(&key.columns)),
        TableConstraint::Unique(key) => ("add_unique", indexed(&key.columns)),
        TableConstraint::ForeignKey(foreign) => {
            let mut columns: Vec<String> = foreign.columns.iter().map(|column| name(&column.value)).collect();
            columns.extend(refers_to(foreign));
            ("add_foreign_key", columns)
        }
        TableConstraint::Check(_) | TableConstraint::Exclude(_) => ("add_check", Vec::new()),
        TableConstraint::Index(index) => ("add_index", indexed(&index.columns)),
        TableConstraint::FulltextOrSpatial(index) => ("add_index", indexed(&index.columns)),
        TableConstraint::PrimaryKeyUsingIndex(_) => ("add_key", Vec::new()),
        TableConstraint::UniqueUsingIndex(_) => ("add_unique", Vec::new()),
    };
    Some(ColumnChange { columns, ..change(table, "", what) })
}

/// `table(column, …)` that a foreign key refers to.
fn refers_to(foreign: &ForeignKeyConstraint) -> Option<String> {
    let table = object(&foreign.foreign_table)?;
    let columns: Vec<String> = foreign.referred_columns.iter().map(|column| name(&column.value)).collect();
    Some(if columns.is_empty() { table } else { format!("{table}({})", columns.join(",")) })
}

fn indexed(columns: &[IndexColumn]) -> Vec<String> {
    columns.iter().map(|column| expression(&column.column.expr)).collect()
}

/// A column by its name; anything computed as it is written.
fn expression(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(ident) => name(&ident.value),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => expression(inner),
        other => name(&other.to_string()),
    }
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Unspecified => String::new(),
        other => name(&other.to_string()),
    }
}

//! A migration statement against the code of the base revision: what it takes away that old pods still use.
//!
//! Source: Ambler and Sadalage, "Refactoring Databases" (expand, deploy, contract).

use std::collections::BTreeSet;

use super::Model;
use super::statements::{StatementSite, sql};
use super::tables::plain;
use crate::facts::rust::What;
use crate::facts::sql::ColumnChange;

/// Columns and tables, `items.price` or `items`, that the statement drops, renames, retypes or makes required while
/// SQL of the base names them. Nothing without a base.
#[must_use]
pub fn breaks(model: &Model<'_>, site: &StatementSite) -> BTreeSet<String> {
    let (Some(base), Some(statement), true) = (model.base, sql(model, site), site.migration.is_some()) else {
        return BTreeSet::new();
    };
    let used = |table: &str, column: &str| {
        base.rust.effects.iter().any(|effect| {
            let What::Sql { statement: Some(of), .. } = &effect.what else { return false };
            of.tables.iter().any(|used| plain(&used.table) == table) && (column.is_empty() || names(&of.text, column))
        })
    };
    let mut found = BTreeSet::new();
    for change in &statement.columns {
        let taken = match change.change.as_str() {
            "drop" | "rename" | "retype" | "rename_table" | "drop_table" => true,
            "set_not_null" => !change.default && !statement.columns.iter().any(|other| gives_default(other, change)),
            _ => false,
        };
        let table = plain(&change.table);
        if taken && used(&table, &change.column.to_lowercase()) {
            found.insert(match change.column.as_str() {
                "" => table,
                column => format!("{table}.{column}"),
            });
        }
    }
    if statement.verb == "drop_table" {
        let dropped = statement.tables.iter().map(|table| plain(&table.table));
        found.extend(dropped.filter(|table| used(table, "")));
    }
    found
}

/// Whether another part of the same statement says what a column holds where nothing is written to it.
fn gives_default(other: &ColumnChange, change: &ColumnChange) -> bool {
    other.change == "set_default" && other.table == change.table && other.column == change.column
}

/// Whether a text names a column, as a word, or asks for all of them.
fn names(text: &str, column: &str) -> bool {
    let text = text.to_lowercase();
    text.contains('*') || text.split(|char: char| !char.is_alphanumeric() && char != '_').any(|word| word == column)
}

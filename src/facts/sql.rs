//! Facts of SQL: migrations, and what one statement does to which tables.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Span;

/// One migration file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Migration {
    /// Path relative to the project root.
    pub path: String,
    /// Folder that holds the set: `services/cart/migrations`.
    pub set: String,
    /// Whether the file undoes a migration (`*.down.sql`, `down.sql`).
    pub down: bool,
    /// Statements, in order.
    pub statements: Vec<Statement>,
    /// Where the file starts.
    pub at: Span,
}

/// One SQL statement, of a migration or of a query in code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Statement {
    /// Its text, white space folded.
    pub text: String,
    /// `select`, `insert`, `update`, `delete`, `merge`, `create_table`, `alter_table`, `drop_table`, `create_index`,
    /// `drop_index`, `truncate`, `listen`, `notify`, `set`, `transaction`, `other`.
    pub verb: String,
    /// Tables that it touches, in order of first mention.
    pub tables: Vec<TableUse>,
    /// Columns that it defines, changes or drops (DDL).
    pub columns: Vec<ColumnChange>,
    /// Whether it was parsed; else tables come from a scan of its words.
    pub parsed: bool,
    /// `LIMIT` or `FETCH FIRST` is there.
    pub limited: bool,
    /// `FOR UPDATE` or `FOR SHARE` is there.
    pub locks_rows: bool,
    /// `ON CONFLICT`/`ON DUPLICATE KEY` is there.
    pub on_conflict: bool,
    /// `CONCURRENTLY` or `NOT VALID` is there.
    pub online: bool,
    /// Columns compared with equality in WHERE.
    pub equals: Vec<String>,
    /// An aggregate without GROUP BY: one row.
    pub aggregate: bool,
    /// Where it stands, relative to its file.
    pub at: Option<Span>,
}

/// A table in a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct TableUse {
    /// Name as written, lower case, schema included if written.
    pub table: String,
    /// Whether the statement changes its rows or its definition.
    pub writes: bool,
}

/// What DDL does to a column, key or index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnChange {
    /// Table, lower case.
    pub table: String,
    /// Column, lower case; empty for changes of the table as a whole.
    pub column: String,
    /// `add`, `drop`, `rename`, `retype`, `set_not_null`, `add_key`, `add_unique`, `add_foreign_key`, `add_check`,
    /// `add_index`, `rename_table`, `drop_table`.
    pub change: String,
    /// Type of the column, where one is given.
    pub type_name: String,
    /// Whether a default is given.
    pub default: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// For keys and indexes, the columns; for a foreign key, also `table(column)` it refers to.
    pub columns: Vec<String>,
}

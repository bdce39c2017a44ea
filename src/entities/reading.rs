//! Short ways to write a row of a table and what it reads.

use super::Column;
use crate::analysis::Model;
use crate::graph::schema::{Field, Reading};

/// A row: a field and how it is read.
pub(super) const fn column(field: Field, read: fn(&Model<'_>, usize) -> Reading) -> Column {
    Column { field, read }
}

/// Several texts, each once, sorted.
pub(super) fn texts(all: impl IntoIterator<Item = String>) -> Reading {
    let all: std::collections::BTreeSet<String> = all.into_iter().collect();
    Reading::List(all.into_iter().map(|text| Reading::Text(text.into())).collect())
}

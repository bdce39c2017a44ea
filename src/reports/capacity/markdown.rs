//! Capacity as Markdown: one table.

use std::fmt::Write;

use super::{counts, figures, marginal};
use crate::analysis::Model;
use crate::analysis::capacity::Row;
use crate::reports::templates::code_span;

/// Rows of the table. A comment of GitHub has 65,536 characters.
const ROWS: usize = 60;

/// The rows as Markdown.
#[must_use]
pub fn markdown(model: &Model<'_>, rows: &[Row]) -> String {
    let mut out = format!("## Capacity\n\n{}\n", counts(rows));
    if rows.is_empty() {
        return out;
    }
    out.push_str("\n| | limited | demand and limit | how | when it scales |\n|---|---|---|---|---|\n");
    for row in rows.iter().take(ROWS) {
        let scale = row.shares.iter().find_map(|share| marginal(model, row, share)).unwrap_or_default();
        let scale = if scale.is_empty() { scale } else { code_span(&scale) };
        let of = code_span(&format!("{} of {}", row.resource.name(), row.of));
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "| {} | {of} | {} | {} | {scale} |",
            row.stand().name(),
            figures(row),
            code_span(&row.demand.origin)
        );
    }
    if rows.len() > ROWS {
        let _ = writeln!(out, "\n{} more are left out.", rows.len() - ROWS);
    }
    out
}

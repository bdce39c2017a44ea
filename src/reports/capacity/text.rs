//! Capacity for a terminal: what does not fit first, with its formula, its largest parts and what one more replica does.

use std::fmt::Write;

use super::{counts, figures, marginal};
use crate::analysis::Model;
use crate::analysis::capacity::{Row, Stand};
use crate::reports::text::printable;

/// Parts that are shown of each row.
const SHARES: usize = 5;

/// The rows as text.
#[must_use]
pub fn text(model: &Model<'_>, rows: &[Row]) -> String {
    let mut out = String::new();
    if rows.is_empty() {
        return "nothing is limited that the project shows\n".to_owned();
    }
    // Writing to a string does not fail; so for all below.
    let _ = writeln!(out, "{}", counts(rows));
    for stand in [Stand::Exceeded, Stand::Unknown, Stand::Fits] {
        let of: Vec<&Row> = rows.iter().filter(|row| row.stand() == stand).collect();
        if of.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{}", stand.name());
        for row in of {
            one(&mut out, model, row);
        }
    }
    out
}

fn one(out: &mut String, model: &Model<'_>, row: &Row) {
    let _ = writeln!(out, "  {} of {}: {}", row.resource.name(), plain(&row.of), figures(row));
    let _ = writeln!(out, "      demand  {}", plain(&row.demand.origin));
    let _ = writeln!(out, "      limit   {}", plain(&row.limit.written()));
    for share in row.shares.iter().take(SHARES) {
        if let Some(line) = marginal(model, row, share) {
            let _ = writeln!(out, "      scale   {}", plain(&line));
        }
    }
    if row.shares.len() > SHARES {
        let _ = writeln!(out, "      and {} more", row.shares.len() - SHARES);
    }
    for missing in row.missing() {
        let _ = writeln!(out, "      missing {}: {}", plain(&missing.what), plain(&missing.supply));
    }
}

fn plain(text: &str) -> String {
    printable(text).replace('\n', " ")
}

//! Outcomes as Markdown: one table of what changes and of what something holds up.

use std::fmt::Write;

use super::{ORDER, counts, headline, held, is_start, name, reason};
use crate::analysis::Model;
use crate::analysis::whatif::{Outcomes, Scenario, Verdict};
use crate::reports::templates::code_span;

/// Rows of the table. A comment of GitHub has 65,536 characters.
const ROWS: usize = 100;

/// The outcomes as Markdown.
#[must_use]
pub fn markdown(model: &Model<'_>, scenario: &Scenario, outcomes: &Outcomes) -> String {
    let mut out = format!("## What if {}\n\n{}\n", code_span(&headline(model, scenario)), counts(model, outcomes));
    let mut rows = Vec::new();
    for verdict in ORDER {
        for outcome in outcomes.of_entry.iter().filter(|of| of.verdict() == verdict && !is_start(model, of)) {
            if verdict == Verdict::Works && outcome.holds.is_empty() {
                continue;
            }
            let service = &model.graph.services[model.graph.entries[outcome.entry].service].name;
            let held: Vec<String> = outcome.holds.iter().take(1).map(held).collect();
            let cells = [service.clone(), name(model, outcome), reason(model, outcomes, outcome), held.join("; ")];
            let [service, name, reason, held] = cells.map(|cell| cell_of(&cell));
            rows.push(format!("| {} | {service} | {name} | {reason} | {held} |", verdict.name()));
        }
    }
    if !rows.is_empty() {
        out.push_str("\n| outcome | service | entry point | because of | held up by |\n|---|---|---|---|---|\n");
        rows.iter().take(ROWS).for_each(|row| {
            // Writing to a string does not fail.
            let _ = writeln!(out, "{row}");
        });
        if rows.len() > ROWS {
            let _ = writeln!(out, "\n{} more are left out.", rows.len() - ROWS);
        }
    }
    out
}

fn cell_of(text: &str) -> String {
    if text.is_empty() { String::new() } else { code_span(text) }
}

//! A change for a terminal.

use std::fmt::Write;

use super::{Change, beyond, ends, line, named, shown, sign};
use crate::findings::Finding;
use crate::reports::text::printable;

/// A change as text.
#[must_use]
pub fn text(change: Change<'_>) -> String {
    let mut out = String::new();
    // Writing to a string does not fail; so for all below.
    let _ = writeln!(out, "{}: {}", printable(&change.after.system), line(change));
    let mut section = |title: &str, rows: Vec<String>| {
        if !rows.is_empty() {
            let _ = writeln!(out, "\n{title}");
            for row in rows {
                let _ = writeln!(out, "  {}", printable(&row));
            }
        }
    };
    let breaking = change.delta.breaking.iter().flat_map(|of| {
        let hit = if of.consumers.is_empty() { "nobody here".to_owned() } else { of.consumers.join(", ") };
        let head = format!("! {}: hits {hit}", of.contract);
        std::iter::once(head).chain(of.changes.iter().map(|change| format!("    {change}")))
    });
    section("contracts that old and new pods do not both understand", breaking.collect());
    let findings = change.new.iter().map(|finding| risk("+", finding));
    section("findings", findings.chain(change.gone.iter().map(|finding| risk("-", finding))).collect());
    let parts = change.delta.parts.iter().map(|part| {
        let named = format!("{} {:9} {}", sign(part.change), part.kind, part.id);
        format!("{named}  {}", beyond(part.change, &part.details)).trim_end().to_owned()
    });
    section("parts", parts.collect());
    let edges = change.delta.edges.iter().map(|edge| {
        let contract = edge.contract.as_ref().map_or_else(String::new, |contract| format!(" {contract}"));
        let head = format!("{} {}  {}{contract}", sign(edge.change), ends(edge), edge.kind);
        format!("{head}  {}", beyond(edge.change, &edge.details)).trim_end().to_owned()
    });
    section("edges", edges.collect());
    let figures = change.delta.figures.iter().map(|figure| {
        let (before, after) = (shown(figure, &figure.before), shown(figure, &figure.after));
        format!("~ {}  {}: {before} → {after}", figure.entity, named(figure))
    });
    section("figures", figures.collect());
    out
}

fn risk(sign: &str, finding: &Finding) -> String {
    let place = finding.span.as_ref().map_or_else(String::new, |at| format!("  {}:{}", at.file, at.line));
    format!("{sign} {} {}{place}  {}", finding.severity.name(), finding.rule, finding.message)
}

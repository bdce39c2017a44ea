//! Findings for a terminal: one block each, what, where, why, what to do; the count at the end.

use std::fmt::Write;

use super::findings_json::severity;
use crate::config::Severity;
use crate::findings::Settled;

/// The text of settled findings.
#[must_use]
pub fn findings_text(settled: &Settled) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write_all(settled, &mut out);
    out
}

fn write_all(settled: &Settled, out: &mut String) -> std::fmt::Result {
    for of in &settled.findings {
        writeln!(out, "{}[{}]: {}", severity(of.severity), of.rule, of.message)?;
        if let Some(span) = &of.span {
            writeln!(out, "  --> {span}")?;
        }
        for related in &of.related {
            writeln!(out, "  ::: {}: {}", related.span, related.message)?;
        }
        if let Some(formula) = &of.formula {
            writeln!(out, "  = {formula}")?;
        }
        writeln!(out, "  why: {}", of.why.trim())?;
        writeln!(out, "  fix: {}", of.fix.trim())?;
        writeln!(out)?;
    }
    for notice in &settled.notices {
        writeln!(out, "note: {}\n  --> {}\n  help: {}\n", notice.message, notice.at, notice.help)?;
    }
    let count = |wanted: Severity| settled.findings.iter().filter(|of| of.severity == wanted).count();
    writeln!(
        out,
        "{} errors, {} warnings, {} infos; {} undecided, {} suppressed",
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::Info),
        settled.unknown.len(),
        settled.suppressed.len()
    )
}

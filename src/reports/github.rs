//! A review as annotations of GitHub Actions: workflow commands, one a line.
//!
//! GitHub shows ten errors and ten warnings of a step and drops the rest without a word. The most important ones come
//! first, and a last line says how many are not shown.

use std::fmt::Write;

use super::order::most_important_first;
use super::summary::counted;
use crate::findings::{Finding, Settled, Severity};

/// How many annotations of one severity GitHub shows for a step.
const SHOWN: usize = 10;

/// The annotations of a review; nothing for a review without findings.
#[must_use]
pub fn annotations(settled: &Settled) -> String {
    let mut text = String::new();
    let ordered = most_important_first(&settled.findings);
    let mut hidden = Vec::new();
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let all: Vec<&Finding> = ordered.iter().copied().filter(|finding| finding.severity == severity).collect();
        // The line about what is not shown is a notice itself, and takes the place of one.
        let shown = if severity == Severity::Info { SHOWN - 1 } else { SHOWN };
        for finding in all.iter().take(shown) {
            annotate(&mut text, finding);
        }
        let (one, many) = match severity {
            Severity::Error => ("error", "errors"),
            Severity::Warning => ("warning", "warnings"),
            Severity::Info => ("remark", "remarks"),
        };
        match all.len().saturating_sub(shown) {
            0 => {}
            more => hidden.push(counted(more, one, many)),
        }
    }
    if !hidden.is_empty() {
        let what = format!("not shown as annotations: {}; `loadpath check` shows all", hidden.join(", "));
        // Writing to a string does not fail.
        let _ = writeln!(text, "::notice title=loadpath::{}", data(&what));
    }
    text
}

fn annotate(text: &mut String, finding: &Finding) {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(span) = &finding.span {
        properties.push(format!("file={}", property(&span.file)));
        properties.push(format!("line={}", span.line));
        // GitHub takes columns only for a range within one line.
        if span.end_line <= span.line {
            properties.push(format!("col={}", span.column));
        }
        properties.push(format!("endLine={}", span.end_line.max(span.line)));
        if span.end_line <= span.line && span.end_column > span.column {
            properties.push(format!("endColumn={}", span.end_column));
        }
    }
    properties.push(format!("title={}", property(&finding.rule)));
    let mut message = finding.message.clone();
    for related in &finding.related {
        // Writing to a string does not fail.
        let _ = write!(message, "\n{}: {}", related.span, related.message);
    }
    if let Some(formula) = &finding.formula {
        let _ = write!(message, "\n{formula}");
    }
    let _ = write!(message, "\nFix: {}\n{}", finding.fix, finding.help);
    let _ = writeln!(text, "::{command} {}::{}", properties.join(","), data(&message));
}

/// The message of a command: it ends with the line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command: it ends with a comma or colon besides.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

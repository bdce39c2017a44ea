//! A review as a Code Quality report of GitLab: a JSON list, the most important findings first.
//!
//! GitLab knows an issue again by its fingerprint, and takes none twice.

use serde::Serialize;

use super::order::most_important_first;
use crate::findings::{Finding, Settled, Severity};

/// An issue, with the keys that GitLab reads.
#[derive(Debug, Serialize)]
pub struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Debug, Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Debug, Serialize)]
struct Lines {
    begin: u32,
}

/// The issues of a review. A finding that no file shows stands at the settings, since GitLab takes none without a place.
#[must_use]
pub fn issues<'a>(settled: &'a Settled, settings_file: &'a str) -> Vec<Issue<'a>> {
    most_important_first(&settled.findings).into_iter().map(|finding| issue(finding, settings_file)).collect()
}

fn issue<'a>(finding: &'a Finding, settings_file: &'a str) -> Issue<'a> {
    let place = finding.span.as_ref().or_else(|| finding.related.first().map(|related| &related.span));
    let (path, begin) = place.map_or((settings_file, 1), |span| (&*span.file, span.line.max(1)));
    Issue {
        description: format!("{}. Fix: {}", finding.message.trim_end_matches('.'), finding.fix),
        check_name: &finding.rule,
        fingerprint: &finding.fingerprint,
        severity: match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Info => "info",
        },
        location: Location { path, lines: Lines { begin } },
    }
}

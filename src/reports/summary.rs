//! How many there are of each: the figures that every output of a review shows.

use std::fmt::Write;

use schemars::JsonSchema;
use serde::Serialize;

use crate::findings::{Settled, Severity};

/// Counts of a review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// Findings that are errors.
    pub errors: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Findings that are no more than remarks.
    pub infos: usize,
    /// Rules that could not be decided for an entity.
    pub unknown: usize,
    /// Findings that are accepted.
    pub suppressed: usize,
    /// What is wrong with the suppressions.
    pub notices: usize,
    /// Findings that a baseline lets pass.
    #[serde(skip_serializing_if = "is_none")]
    #[schemars(default)]
    pub baselined: usize,
}

impl Summary {
    /// Counts.
    #[must_use]
    pub fn of(settled: &Settled) -> Self {
        let count = |severity| settled.findings.iter().filter(|finding| finding.severity == severity).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            infos: count(Severity::Info),
            unknown: settled.unknown.len(),
            suppressed: settled.suppressed.len(),
            notices: settled.notices.len(),
            baselined: settled.baselined.len(),
        }
    }

    /// One line: `3 findings: 1 error, 2 warnings; 4 not decided; 1 suppressed`.
    #[must_use]
    pub fn line(&self) -> String {
        let severities =
            [(self.errors, "error", "errors"), (self.warnings, "warning", "warnings"), (self.infos, "info", "info")];
        let parts: Vec<String> = severities
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| counted(count, one, many))
            .collect();
        let mut line = match self.errors + self.warnings + self.infos {
            0 => "no findings".to_owned(),
            total => format!("{}: {}", counted(total, "finding", "findings"), parts.join(", ")),
        };
        for (count, what) in
            [(self.unknown, "not decided"), (self.suppressed, "suppressed"), (self.baselined, "in the baseline")]
        {
            if count > 0 {
                // Writing to a string does not fail.
                let _ = write!(line, "; {count} {what}");
            }
        }
        line
    }
}

/// Whether there is nothing to count: without a baseline nothing is said about one.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands in a reference")]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// `1 error`, `2 errors`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

//! The gate: findings in, exit code out.

use crate::config::Severity;
use crate::findings::Finding;

/// The mildest severity that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Only errors.
    #[default]
    Error,
    /// Errors and warnings.
    Warning,
    /// Every finding.
    Info,
    /// Nothing.
    Never,
}

/// 1 when a finding is at or above the threshold, else 0. Unknown verdicts, suppressed findings and notices never fail.
#[must_use]
pub fn exit_code<'a>(findings: impl IntoIterator<Item = &'a Finding>, fail_on: FailOn) -> u8 {
    let threshold = match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Info => Severity::Info,
        FailOn::Never => return 0,
    };
    u8::from(findings.into_iter().any(|finding| finding.severity >= threshold))
}

//! Findings against those of a base: only what a change brings.

use std::collections::BTreeMap;

use crate::config::Severity;
use crate::findings::Finding;

/// The findings that the base does not have, or has with a milder severity: a change that turns a warning into an
/// error brings something new.
#[must_use]
pub fn new_findings(current: &[Finding], base: &[Finding]) -> Vec<Finding> {
    let mut known: BTreeMap<&str, Severity> = BTreeMap::new();
    for finding in base {
        let severity = known.entry(&finding.fingerprint).or_insert(finding.severity);
        *severity = finding.severity.max(*severity);
    }
    let is_new = |finding: &&Finding| known.get(&*finding.fingerprint).is_none_or(|known| *known < finding.severity);
    current.iter().filter(is_new).cloned().collect()
}

//! A name that a person types, to the findings that it can mean: a rule, or the beginning of a fingerprint.

use super::Finding;

/// The shortest beginning of a fingerprint that is taken for one.
const MIN_LETTERS: usize = 6;

/// The findings of a rule, or the one whose fingerprint begins so.
#[must_use]
pub fn named<'a>(findings: &'a [Finding], name: &str) -> Vec<&'a Finding> {
    let is_fingerprint = name.len() >= MIN_LETTERS && name.chars().all(|c| c.is_ascii_hexdigit());
    let begins = |finding: &Finding| is_fingerprint && finding.fingerprint.starts_with(&name.to_ascii_lowercase());
    findings.iter().filter(|finding| finding.rule == name || begins(finding)).collect()
}

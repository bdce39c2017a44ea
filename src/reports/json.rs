//! A review as `loadpath.findings/1`. Key names and meanings are fixed; keys may be added.

use schemars::JsonSchema;
use serde::Serialize;

use super::Summary;
use crate::findings::{Finding, Notice, Settled, Suppressed, Unknown};

/// Name and version of the contract.
pub const SCHEMA: &str = "loadpath.findings/1";

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// Always [`SCHEMA`].
    schema: &'static str,
    /// How many there are of each.
    summary: Summary,
    /// The findings, by place.
    findings: &'a [Finding],
    /// What could not be decided.
    unknown: &'a [Unknown],
    /// Findings that are accepted.
    suppressed: &'a [Suppressed],
    /// What is wrong with the suppressions.
    notices: &'a [Notice],
    /// Findings that a baseline lets pass.
    #[serde(skip_serializing_if = "<[Finding]>::is_empty")]
    #[schemars(default)]
    baselined: &'a [Finding],
}

/// The document of a review.
#[must_use]
pub fn document(settled: &Settled) -> Document<'_> {
    Document {
        schema: SCHEMA,
        summary: Summary::of(settled),
        findings: &settled.findings,
        unknown: &settled.unknown,
        suppressed: &settled.suppressed,
        notices: &settled.notices,
        baselined: &settled.baselined,
    }
}

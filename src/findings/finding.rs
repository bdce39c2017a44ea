//! What a review says: findings and what became of the rest. Plain data for every report.

use schemars::JsonSchema;
use serde::Serialize;

use crate::config::Severity;
use crate::rules::Precision;
use crate::span::Span;

/// One rule violated by one entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The rule, by its id.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// How often findings of the rule are right.
    pub precision: Precision,
    /// The entity, by its id.
    pub entity: String,
    /// What is wrong, with names and figures.
    pub message: String,
    /// Where; nothing for an entity that no file shows.
    #[serde(flatten)]
    pub span: Option<Span>,
    /// Other places that prove it.
    pub related: Vec<Related>,
    /// Its identity: rule and entity, without line numbers.
    pub fingerprint: String,
    /// Those who answer for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub owners: Vec<String>,
    /// What stands in its lines, as a hash: what moves is known again by it.
    #[serde(skip)]
    pub code: Option<String>,
    /// How the figures came about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// How to learn more: a command.
    pub help: String,
    /// The article that explains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knowledge: Option<String>,
}

/// A place besides the primary one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Related {
    /// Where.
    #[serde(flatten)]
    pub span: Span,
    /// What it shows.
    pub message: String,
}

/// A rule that could not be decided for an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Unknown {
    /// The rule, by its id.
    pub rule: String,
    /// The entity, by its id.
    pub entity: String,
    /// The inputs that are missing.
    pub missing: Vec<String>,
    /// How to supply them.
    pub supply: String,
}

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Suppressed {
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// Why it is accepted.
    pub reason: String,
    /// Where that is said.
    pub said_at: Span,
    /// The last day on which it is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// Something about the settings of the review that needs attention: a warning, but no finding about the system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Notice {
    /// Where.
    #[serde(flatten)]
    pub at: Span,
    /// What kind it is.
    pub kind: NoticeKind,
    /// What was met.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Kinds of notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// A suppression without a reason: it does not apply.
    NoReason,
    /// A suppression whose last day is over, or is no day: it does not apply.
    Expired,
    /// A suppression that matches nothing any more.
    Stale,
    /// A suppression of a rule that is not there.
    UnknownRule,
}

/// What a review says, settled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Settled {
    /// The findings, by place.
    pub findings: Vec<Finding>,
    /// What could not be decided.
    pub unknown: Vec<Unknown>,
    /// What is accepted.
    pub suppressed: Vec<Suppressed>,
    /// What is wrong with the suppressions.
    pub notices: Vec<Notice>,
    /// Findings that a baseline lets pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub baselined: Vec<Finding>,
}

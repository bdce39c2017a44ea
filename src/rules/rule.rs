//! A rule that is loaded and checked, and what it is called.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::examples::Examples;
use super::message::Message;
use crate::config::yaml::At;
use crate::config::{Param, Profile, Severity};
use crate::graph::schema::Kind;
use crate::span::Span;

/// How often a finding of a rule is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Purely structural.
    High,
    /// One assumption or name resolution.
    Medium,
    /// A heuristic: off outside the strict profile.
    Low,
}

impl Precision {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// One step of a rule: how bad it is, and when.
#[derive(Clone, Debug)]
pub struct Level {
    /// The severity.
    pub severity: Severity,
    /// The condition under which the entity violates the rule.
    pub violated: Condition,
}

/// Another way out than the fix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// What would be done.
    pub title: String,
    /// What speaks for it: what follows "because".
    #[serde(default)]
    pub good: Vec<String>,
    /// What speaks against it.
    #[serde(default)]
    pub bad: Vec<String>,
}

/// A rule: one YAML file, checked against the schema.
#[derive(Clone, Debug)]
pub struct Rule {
    /// `category/name`.
    pub id: Arc<str>,
    /// The file that it was loaded from.
    pub file: Arc<str>,
    /// What is wrong, in a few words.
    pub title: String,
    /// How often it is right.
    pub precision: Precision,
    /// The profiles that it belongs to.
    pub profiles: BTreeSet<Profile>,
    /// The version that brought it.
    pub since: String,
    /// Earlier ids.
    pub aliases: Vec<String>,
    /// The kind of entity that it judges.
    pub select: Kind,
    /// Which of these entities it judges; all where it is not stated.
    pub filter: Option<Condition>,
    /// Its steps; the first hit wins.
    pub levels: Vec<Level>,
    /// Rules whose finding on the same cause silences this one's.
    pub yields_to: Vec<At<String>>,
    /// The entity that a finding points at; the judged one where it is not stated.
    pub at: Option<Condition>,
    /// Entities whose places a finding shows besides.
    pub related: Vec<Condition>,
    /// What is wrong, with names and figures.
    pub message: Message,
    /// Why it matters, in a sentence.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// Other ways out, each weighed against the fix.
    pub alternatives: Vec<Alternative>,
    /// The article that explains it.
    pub knowledge: Option<String>,
    /// Its thresholds, with their defaults.
    pub params: BTreeMap<String, Param>,
    /// Why nothing that it asks can be unknown.
    pub always_decided: Option<String>,
    /// Small projects with what is expected of the rule.
    pub examples: Examples,
    /// Where a project states it itself, if it does.
    pub stated: Option<Stated>,
}

/// A rule that a project states in a text of its own. Its findings point there, and show the entity besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// Where.
    pub at: Span,
    /// The command that shows that text.
    pub help: String,
}

impl Rule {
    /// The part of the id before the slash.
    #[must_use]
    pub fn category(&self) -> &str {
        self.id.split_once('/').map_or(&*self.id, |(category, _)| category)
    }

    /// Whether it goes by that name: its id, or an earlier one.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        &*self.id == name || self.aliases.iter().any(|alias| alias == name)
    }
}

/// The rule that goes by that name.
#[must_use]
pub fn find<'a>(rules: &'a [Rule], name: &str) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.is_called(name))
}

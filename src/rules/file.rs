//! A rule file as it is written, before anything in it is checked.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::examples::Examples;
use super::rule::{Alternative, Precision};
use crate::config::yaml::At;
use crate::config::{Param, Profile, Severity};

#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Rule")]
pub(super) struct RuleFile {
    /// `category/name`, as the file is called.
    pub id: At<String>,
    /// What is wrong, in a few words.
    pub title: String,
    /// How bad it is.
    pub severity: Option<At<Severity>>,
    /// How often it is right.
    pub precision: Option<Precision>,
    /// The profiles that it belongs to.
    pub profiles: Vec<Profile>,
    /// The version that brought it.
    pub since: String,
    /// Earlier ids.
    pub aliases: Vec<String>,
    /// The kind of entity that it judges.
    pub select: At<String>,
    /// Which of these entities it judges.
    #[serde(rename = "where")]
    pub filter: Option<At<String>>,
    /// The condition under which an entity violates it.
    pub violated: Option<At<String>>,
    /// Instead of severity and violated, where there are steps; the first hit wins.
    pub levels: Vec<LevelFile>,
    /// Rules whose finding on the same cause silences this one's.
    pub yields_to: Vec<At<String>>,
    /// The entity that a finding points at.
    pub at: Option<At<String>>,
    /// Entities whose places a finding shows besides.
    pub related: Vec<At<String>>,
    /// A template: what is wrong, with names and figures.
    pub message: At<String>,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// Other ways out, each weighed against the fix; a proposed decision shows them.
    pub alternatives: Vec<Alternative>,
    /// The article that explains it.
    pub knowledge: Option<String>,
    /// Thresholds, with units in their names.
    pub params: BTreeMap<String, Param>,
    /// Why nothing that it asks can be unknown, in place of an example where it is.
    pub always_decided: Option<String>,
    /// Small projects with what is expected.
    pub examples: Examples,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelFile {
    /// How bad it is.
    pub severity: Severity,
    /// When.
    pub violated: At<String>,
}

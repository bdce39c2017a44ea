//! Normalised facts: what was read, each in one place, with its span; not yet joined.
//!
//! Plain data with a versioned JSON form ([`SCHEMA`]). Extractors make facts, [`merge`](Facts::merge) unites those of
//! several repositories, the graph links them. Facts know nothing of files on disk, of the graph, or of rules.

pub mod deployment;
pub mod proto;
pub mod running;
pub mod rust;
pub mod settings;
pub mod sql;
mod value;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use value::{Origin, Value};

use crate::span::Span;

/// Name and version of the JSON form of [`Facts`].
pub const SCHEMA: &str = "loadpath.facts/1";

/// All facts of one project, or, after a merge, of several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Facts {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Name of the project: its folder, or what `loadpath.yaml` says.
    pub project: String,
    /// What was read, and how.
    pub sources: Vec<SourceFact>,
    /// What could not be read, or only in part: broken input is a fact too.
    pub diagnostics: Vec<Diagnostic>,
    /// Contracts.
    pub proto: Vec<proto::ProtoFile>,
    /// Rust packages, binaries, functions and what they do.
    pub rust: rust::RustFacts,
    /// Migrations: tables and what happened to them, in file order.
    pub migrations: Vec<sql::Migration>,
    /// Settings files (TOML, YAML, JSON, `.env`), flattened to keys.
    pub settings: Vec<settings::SettingsFile>,
    /// Kubernetes objects, per environment.
    pub kubernetes: Vec<deployment::Environment>,
    /// Services of compose files.
    pub compose: Vec<deployment::ComposeService>,
    /// Images that the project builds.
    pub dockerfiles: Vec<deployment::Dockerfile>,
    /// Inline suppressions: `loadpath: allow(rule-id) reason`.
    pub suppressions: Vec<Suppression>,
}

/// One file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceFact {
    /// Path relative to the project root.
    pub path: String,
    /// What it is: `rust`, `proto`, `sql`, `yaml`, `toml`, `json`, `env`, `dockerfile`.
    pub artefact: String,
}

/// Something that could not be read, or not wholly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Diagnostic {
    /// Where.
    pub at: Span,
    /// What was met and what was expected: lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// An inline suppression of one rule for the next line of code, or for its own line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppression {
    /// Where the comment stands.
    pub at: Span,
    /// The rule that it names.
    pub rule: String,
    /// Why: a suppression without a reason does not apply.
    pub reason: Option<String>,
    /// The last day on which it applies, `YYYY-MM-DD`.
    pub until: Option<String>,
}

impl Facts {
    /// Empty facts of a project.
    #[must_use]
    pub fn new(project: impl Into<String>) -> Self {
        Self { schema: SCHEMA.to_owned(), project: project.into(), ..Self::default() }
    }

    /// Unites the facts of another project with these. Associative; file paths are expected to be distinct already
    /// (`loadpath merge` puts the project's name in front of each).
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        if self.project.is_empty() {
            self.project.clone_from(&other.project);
        }
        self.sources.extend(other.sources);
        self.diagnostics.extend(other.diagnostics);
        self.proto.extend(other.proto);
        self.rust.append(other.rust);
        self.migrations.extend(other.migrations);
        self.settings.extend(other.settings);
        self.kubernetes.extend(other.kubernetes);
        self.compose.extend(other.compose);
        self.dockerfiles.extend(other.dockerfiles);
        self.suppressions.extend(other.suppressions);
        self
    }
}

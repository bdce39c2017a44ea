//! What the face shows and where it is from: handed in by whoever starts it, so that the face reads no argument and knows
//! no other face.

use std::path::PathBuf;
use std::sync::Arc;

use crate::adr::Record;
use crate::config::{Config, Date};
use crate::facts::Facts;
use crate::findings::{Finding, Settled};
use crate::graph::Graph;
use crate::knowledge::Knowledge;
use crate::rules::Rule;
use crate::sources::Sources;

/// A project that can be reviewed again and again.
pub trait Project: Send + Sync {
    /// Reviews it as it is now, saying on the way what it is at.
    ///
    /// # Errors
    /// When it cannot be read, or its settings are wrong.
    fn review(&self, stage: &dyn Fn(&'static str)) -> anyhow::Result<Loaded>;

    /// A number that is another one when a file of the project has changed; nothing where files are not to be watched.
    fn stamp(&self) -> Option<u64>;

    /// Where a file of the project lies; nothing where it is read from elsewhere than the disk.
    fn path_of(&self, file: &str) -> Option<PathBuf>;
}

/// One review, whole.
#[derive(Clone)]
pub struct Loaded {
    /// The name of the project.
    pub name: String,
    /// What was read.
    pub facts: Facts,
    /// What it makes.
    pub graph: Graph,
    /// The settings.
    pub config: Config,
    /// What is wrong with it.
    pub settled: Settled,
    /// Findings that the base did not have; nothing without a base.
    pub new: Option<Vec<Finding>>,
    /// The rules that judged.
    pub rules: Vec<Rule>,
    /// The articles.
    pub knowledge: Knowledge,
    /// Decisions that the project has.
    pub decisions: Vec<Record>,
    /// The text of each of them.
    pub decision_texts: Vec<String>,
    /// The files, for excerpts.
    pub sources: Sources,
    /// `loadpath.yaml`; nothing where it cannot be written, because a revision is read.
    pub settings: Option<TextFile>,
    /// The baseline; nothing where it cannot be written.
    pub baseline: Option<TextFile>,
    /// The folder of decisions; nothing where it cannot be written.
    pub decisions_in: Option<crate::adr::Folder>,
    /// Today, for decisions.
    pub today: Date,
}

/// A file of settings as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// Where it lies.
    pub path: PathBuf,
    /// How it is called in messages.
    pub name: Arc<str>,
    /// What it says; nothing where it is not there yet.
    pub text: Option<String>,
}

//! `loadpath check`: the review.

use std::path::PathBuf;

use clap::ValueEnum;

use super::format::Output;
use super::project::Project;
use super::rules::Folders;
use crate::config::Profile;
use crate::findings::FailOn;

/// Arguments of `check`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// Only report what is new since a git revision: compared with where HEAD and the revision part
    #[arg(long, alias = "since", value_name = "REV", conflicts_with = "baseline")]
    pub base: Option<String>,
    /// Only report what the file of known findings does not have
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// What to write, and where; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub format: Vec<Output<Format>>,
    /// Only judge this rule; may be repeated
    #[arg(long = "rule", value_name = "ID")]
    pub rules: Vec<String>,
    /// Only judge the rules of this category; may be repeated
    #[arg(long = "category", value_name = "NAME")]
    pub categories: Vec<String>,
    /// The mildest severity that fails
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    pub fail_on: Threshold,
    /// Which rules judge, instead of what the settings say
    #[arg(long, value_enum, value_name = "NAME")]
    pub profile: Option<ProfileName>,
    /// Where a team's own rules lie
    #[command(flatten)]
    pub folders: Folders,
}

/// What a review can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// loadpath.findings/1
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Code quality report of GitLab
    Gitlab,
    /// JUnit XML
    Junit,
    /// For a comment on a pull request
    Markdown,
    /// One page
    Html,
}

/// The mildest severity that fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Threshold {
    /// Errors fail
    #[default]
    Error,
    /// Errors and warnings fail
    Warning,
    /// Every finding fails
    Info,
    /// Nothing fails
    Never,
}

impl From<Threshold> for FailOn {
    fn from(threshold: Threshold) -> Self {
        match threshold {
            Threshold::Error => Self::Error,
            Threshold::Warning => Self::Warning,
            Threshold::Info => Self::Info,
            Threshold::Never => Self::Never,
        }
    }
}

/// Which rules judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProfileName {
    /// Rules that are worth acting on in any project
    Recommended,
    /// These and the ones of low precision
    Strict,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Recommended => Self::Recommended,
            ProfileName::Strict => Self::Strict,
        }
    }
}

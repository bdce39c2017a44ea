//! `loadpath check`: the review.

use clap::ValueEnum;

use super::format::Output;
use super::layout::Layout;
use super::project::Project;
use super::rules::{self, Folders};
use super::{Context, Exit, opened};
use crate::config::Profile;
use crate::findings::{FailOn, exit_code};
use crate::reports::text::{self, Color};
use crate::reports::{github, json, markdown, sarif};

/// Arguments of `check`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// Only report what is new since a git revision: compared with where HEAD and the revision part
    #[arg(long, alias = "since", value_name = "REV")]
    pub base: Option<String>,
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
    /// How a team lays out diagrams and Markdown
    #[command(flatten)]
    pub layout: Layout,
}

/// What a review can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// loadpath.findings/1
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a GitHub Actions step
    Github,
    /// For a summary or a comment
    Markdown,
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

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let outputs = Output::all(&args.format, Format::Text)?;
    let mut rules = rules::load(&args.folders)?;
    for id in &args.rules {
        rules::find(&rules, id)?;
    }
    rules.retain(|rule| {
        let named = args.rules.is_empty() || args.rules.iter().any(|id| **id == *rule.id || rule.aliases.contains(id));
        named && (args.categories.is_empty() || args.categories.iter().any(|name| name == rule.category()))
    });
    let mut opened = opened::open(&args.project, context)?;
    if let Some(profile) = args.profile {
        opened.config.profile = profile.into();
    }
    let review = opened.review(&args.project, args.base.as_deref(), &rules, context)?;
    let templates = args.layout.load()?;
    let about =
        sarif::About { version: env!("CARGO_PKG_VERSION"), category: &opened.name, settings_file: &opened.config_file };
    for output in &outputs {
        let settled = &review.settled;
        let text = match output.format {
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&json::document(settled))?),
            Format::Github => github::annotations(settled),
            Format::Markdown => markdown::review(settled, &review.graph, &templates)?,
            Format::Sarif => format!("{}\n", serde_json::to_string_pretty(&sarif::log(settled, &rules, about))?),
            Format::Text => {
                // A file is no terminal.
                let color = if context.color && output.file.is_none() { Color::Styled } else { Color::Plain };
                text::review(settled, &|path| opened.text(path), color)
            }
        };
        output.write(text.as_bytes(), context.out)?;
    }
    let strict = args.project.strictness(&review.facts.diagnostics, context)?;
    let found = exit_code(&review.settled.findings, args.fail_on.into()) != 0;
    Ok(if found { Exit::Findings } else { strict })
}

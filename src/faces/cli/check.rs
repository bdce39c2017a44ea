//! `loadpath check`: the review.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::format::Output;
use super::layout::Layout;
use super::project::Project;
use super::rules::{self, Folders};
use super::{Context, Exit, baseline, opened};
use crate::config::Profile;
use crate::findings::{self, Baseline, FailOn, Settled, exit_code};
use crate::reports::text::{self, Color};
use crate::reports::{checkstyle, github, gitlab, json, junit, markdown, sarif};
use crate::rules::Rule;

/// Arguments of `check`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// Only report what is new since a git revision: compared with where HEAD and the revision part
    #[arg(long, alias = "since", value_name = "REV")]
    pub base: Option<String>,
    /// Let the findings of this file pass; entries whose finding is no more leave it by themselves
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Leave the baseline as it is, and list entries whose finding is no more
    #[arg(long, requires = "baseline")]
    pub baseline_locked: bool,
    /// What to write, and where; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub format: Vec<Output<Format>>,
    /// Only judge this rule; may be repeated
    #[arg(long = "rule", value_name = "ID")]
    pub rules: Vec<String>,
    /// Only judge the rules of this category; may be repeated
    #[arg(long = "category", value_name = "NAME")]
    pub categories: Vec<String>,
    /// Only what this owner answers for, by CODEOWNERS or by labels of the manifests; may be repeated
    #[arg(long = "owner", value_name = "NAME")]
    pub owners: Vec<String>,
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
    /// A Code Quality report of GitLab
    Gitlab,
    /// Test results, as JUnit writes them
    Junit,
    /// The XML of Checkstyle, for reviewdog and others
    Checkstyle,
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
    let mut opened = opened::open(&args.project, context)?;
    let mut rules = opened.rules(&args.folders)?;
    for id in &args.rules {
        rules::find(&rules, id)?;
    }
    rules.retain(|rule| {
        let named = args.rules.is_empty() || args.rules.iter().any(|id| **id == *rule.id || rule.aliases.contains(id));
        named && (args.categories.is_empty() || args.categories.iter().any(|name| name == rule.category()))
    });
    if let Some(profile) = args.profile {
        opened.config.profile = profile.into();
    }
    let baseline = args.baseline.as_deref().map(|file| baseline::read(file).map(|read| (file, read))).transpose()?;
    let mut review = opened.review(&args.project, args.base.as_deref(), &rules, context)?;
    if let Some((file, baseline)) = &baseline {
        let_pass(args, (file, baseline), &mut review.settled, &rules)?;
    }
    if !args.owners.is_empty() {
        findings::only(&mut review.settled, &args.owners);
    }
    let templates = args.layout.load()?;
    let about =
        sarif::About { version: env!("CARGO_PKG_VERSION"), category: &opened.name, settings_file: &opened.config_file };
    for output in &outputs {
        let settled = &review.settled;
        let text = match output.format {
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&json::document(settled))?),
            Format::Checkstyle => checkstyle::report(settled, &opened.config_file),
            Format::Gitlab => {
                format!("{}\n", serde_json::to_string_pretty(&gitlab::issues(settled, &opened.config_file))?)
            }
            Format::Junit => junit::report(settled, &rules, args.fail_on.into()),
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

/// Takes out what a baseline lets pass. Where all of the work tree was judged, entries that nothing needs any more go.
fn let_pass(
    args: &Args,
    (file, baseline): (&Path, &Baseline),
    settled: &mut Settled,
    rules: &[Rule],
) -> anyhow::Result<()> {
    let stale = baseline.apply(settled, rules).stale;
    let of_rules = args.rules.is_empty() && args.categories.is_empty();
    if args.base.is_some() || !of_rules {
        return Ok(());
    }
    let inputs = &args.project.inputs;
    if !args.baseline_locked && inputs.rev.is_none() && !inputs.staged {
        let (shorter, stale) = baseline::shrink(file, baseline, &stale)?;
        settled.notices.extend(shorter.notices(&stale));
    } else {
        settled.notices.extend(baseline.notices(&stale));
    }
    settled.notices.sort();
    Ok(())
}

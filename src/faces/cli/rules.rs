//! `loadpath rules`: which rules there are, and what one of them says.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::{Subcommand, ValueEnum};
use rayon::prelude::*;
use serde::Serialize;

use super::table::align;
use super::{Context, Exit};
use crate::config::{Param, Problem, Profile, Severity, suggest};
use crate::entities::EntitySchema;
use crate::review;
use crate::rules::examples::{self, Failure};
use crate::rules::{self, Precision, Rule};
use crate::sources::{self, Artefact};

/// Arguments of `rules`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What to do with the rules
    #[command(subcommand)]
    pub command: Command,
}

/// Where a team's own rules lie.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Folders {
    /// A folder of own rules, category/name.yaml; may be repeated
    #[arg(long = "rules", value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,
}

/// What to do with the rules.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// One line for each rule
    List(List),
    /// All about one rule
    Show(Show),
    /// Run the examples of rules through the whole line
    Test(Test),
}

/// Arguments of `rules list`.
#[derive(Clone, Debug, clap::Args)]
pub struct List {
    /// Only the rules of this category; may be repeated
    #[arg(long = "category", value_name = "NAME")]
    pub categories: Vec<String>,
    /// How to write them
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Where a team's own rules lie
    #[command(flatten)]
    pub folders: Folders,
}

/// Arguments of `rules show`.
#[derive(Clone, Debug, clap::Args)]
pub struct Show {
    /// The id of the rule, or an earlier one
    #[arg(value_name = "ID")]
    pub id: String,
    /// How to write it
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Where a team's own rules lie
    #[command(flatten)]
    pub folders: Folders,
}

/// Arguments of `rules test`.
#[derive(Clone, Debug, clap::Args)]
pub struct Test {
    /// Only the examples of this rule; may be repeated
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Where a team's own rules lie
    #[command(flatten)]
    pub folders: Folders,
}

/// How what is listed is written: rules, decisions, entries of a baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    #[default]
    Text,
    /// For programs
    Json,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Command::List(args) => list(args, context),
        Command::Show(args) => show(args, context),
        Command::Test(args) => test(args, context),
    }
}

/// The embedded rules and a team's own.
///
/// # Errors
/// When a folder cannot be read or a rule is none.
pub fn load(folders: &Folders) -> anyhow::Result<Vec<Rule>> {
    let mut own = Vec::new();
    for folder in &folders.folders {
        let sources = sources::walk(folder)?;
        for source in sources.of(Artefact::Yaml) {
            own.push((format!("{}/{}", folder.display(), source.path), source.text().into_owned()));
        }
    }
    rules::load_all(&own, &EntitySchema).map_err(|problems| anyhow!("load the rules:\n{}", lines(&problems)))
}

/// The rule that goes by a name.
///
/// # Errors
/// When there is none; the error names the nearest.
pub fn find<'a>(rules: &'a [Rule], name: &str) -> anyhow::Result<&'a Rule> {
    rules::find(rules, name).ok_or_else(|| {
        let help = suggest::advice(name, rules.iter().map(|rule| &*rule.id));
        let help = if help.is_empty() { "`loadpath rules list` shows all".to_owned() } else { help };
        anyhow!("find the rule `{name}`: {help}")
    })
}

fn list(args: &List, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let rules = load(&args.folders)?;
    for name in &args.categories {
        if !rules.iter().any(|rule| rule.category() == name) {
            let mut categories: Vec<&str> = rules.iter().map(Rule::category).collect();
            categories.dedup();
            bail!("find the category `{name}`: {}", suggest::advice(name, categories));
        }
    }
    let wanted =
        |rule: &&Rule| args.categories.is_empty() || args.categories.iter().any(|name| rule.category() == name);
    let rules: Vec<&Rule> = rules.iter().filter(wanted).collect();
    match args.format {
        Format::Text => {
            let row = |rule: &&Rule| {
                vec![
                    rule.id.to_string(),
                    severity(rule).name().to_owned(),
                    rule.precision.name().to_owned(),
                    rule.title.clone(),
                ]
            };
            let rows: Vec<Vec<String>> = rules.iter().map(row).collect();
            write!(context.out, "{}", align(&rows))?;
        }
        Format::Json => {
            let list = Rules { schema: "loadpath.rules/1", rules: rules.into_iter().map(About::of).collect() };
            writeln!(context.out, "{}", serde_json::to_string_pretty(&list)?)?;
        }
    }
    Ok(Exit::Clean)
}

fn show(args: &Show, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let rules = load(&args.folders)?;
    let rule = find(&rules, &args.id)?;
    match args.format {
        Format::Text => write!(context.out, "{}", text(rule, context))?,
        Format::Json => writeln!(context.out, "{}", serde_json::to_string_pretty(&About::of(rule))?)?,
    }
    Ok(Exit::Clean)
}

fn test(args: &Test, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let rules = load(&args.folders)?;
    let named: Vec<&Rule> = match args.ids.as_slice() {
        [] => rules.iter().collect(),
        ids => ids.iter().map(|id| find(&rules, id)).collect::<anyhow::Result<_>>()?,
    };
    let today = context.today;
    let failures: Vec<Failure> = named
        .par_iter()
        .flat_map_iter(|rule| examples::run(rule, |files| review::observe(files, &rules, today)))
        .collect();
    for failure in &failures {
        writeln!(context.out, "{failure}")?;
    }
    let examples: usize = named.iter().map(|rule| rule.examples.count()).sum();
    writeln!(context.out, "{} rules, {examples} examples, {} failed", named.len(), failures.len())?;
    Ok(if failures.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// All about one rule, for a terminal.
pub(super) fn text(rule: &Rule, context: &Context<'_>) -> String {
    let profiles: Vec<&str> = rule.profiles.iter().map(|profile| profile_name(*profile)).collect();
    let mut rows = vec![
        vec!["severity".to_owned(), severity(rule).name().to_owned()],
        vec!["precision".to_owned(), rule.precision.name().to_owned()],
        vec!["profiles".to_owned(), profiles.join(", ")],
        vec!["since".to_owned(), rule.since.clone()],
        vec!["judges".to_owned(), rule.select.name().to_owned()],
    ];
    if !rule.aliases.is_empty() {
        rows.push(vec!["once called".to_owned(), rule.aliases.join(", ")]);
    }
    if let Some(filter) = &rule.filter {
        rows.push(vec!["where".to_owned(), filter.text().to_owned()]);
    }
    for level in &rule.levels {
        rows.push(vec![format!("{} when", level.severity.name()), level.violated.text().to_owned()]);
    }
    for (name, value) in &rule.params {
        rows.push(vec![format!("param {name}"), param(value)]);
    }
    if let Some(topic) = &rule.knowledge {
        rows.push(vec!["article".to_owned(), topic.clone()]);
    }
    let title = context.bold(&format!("{}: {}", rule.id, rule.title));
    let (why, fix) = (context.bold("Why"), context.bold("Fix"));
    format!("{title}\n\n{}\n{why}\n{}\n\n{fix}\n{}\n", align(&rows), rule.why, rule.fix)
}

/// The gravest severity that a finding of the rule can have.
fn severity(rule: &Rule) -> Severity {
    rule.levels.iter().map(|level| level.severity).max().unwrap_or(Severity::Info)
}

fn profile_name(profile: Profile) -> &'static str {
    match profile {
        Profile::Recommended => "recommended",
        Profile::Strict => "strict",
    }
}

fn param(value: &Param) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

pub(super) fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[derive(Serialize)]
struct Rules<'a> {
    schema: &'static str,
    rules: Vec<About<'a>>,
}

/// A rule for programs.
#[derive(Serialize)]
struct About<'a> {
    id: &'a str,
    title: &'a str,
    severity: Severity,
    precision: Precision,
    profiles: Vec<&'static str>,
    since: &'a str,
    aliases: &'a [String],
    select: &'static str,
    #[serde(rename = "where")]
    filter: Option<&'a str>,
    levels: Vec<Step<'a>>,
    params: &'a std::collections::BTreeMap<String, Param>,
    why: &'a str,
    fix: &'a str,
    knowledge: Option<&'a str>,
}

#[derive(Serialize)]
struct Step<'a> {
    severity: Severity,
    violated: &'a str,
}

impl<'a> About<'a> {
    fn of(rule: &'a Rule) -> Self {
        Self {
            id: &rule.id,
            title: &rule.title,
            severity: severity(rule),
            precision: rule.precision,
            profiles: rule.profiles.iter().map(|profile| profile_name(*profile)).collect(),
            since: &rule.since,
            aliases: &rule.aliases,
            select: rule.select.name(),
            filter: rule.filter.as_ref().map(|filter| filter.text()),
            levels: rule
                .levels
                .iter()
                .map(|level| Step { severity: level.severity, violated: level.violated.text() })
                .collect(),
            params: &rule.params,
            why: &rule.why,
            fix: &rule.fix,
            knowledge: rule.knowledge.as_deref(),
        }
    }
}

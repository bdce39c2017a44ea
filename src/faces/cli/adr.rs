//! `loadpath adr`: the decisions of a project.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use super::project::{Inputs, Project};
use super::rules::{self, Folders};
use super::table::align;
use super::{Context, Exit, opened};
use crate::adr::{self, Decision, Folder, Proposal};
use crate::config::Date;
use crate::findings::{self, Finding};
use crate::reports::text::printable;
use crate::rules::Rule;

/// Arguments of `adr`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What to do with the decisions
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the decisions.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// One line for each decision: number, status, date, title
    List(List),
    /// A new decision, from a template
    New(New),
    /// A decision proposed from a finding: its context, the ways out, and the rule that sees whether it is kept
    Propose(Box<Propose>),
}

/// Which project's decisions.
#[derive(Clone, Debug, clap::Args)]
pub struct Place {
    /// The root of the project
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub root: PathBuf,
    /// The folder of decisions, relative to the root, instead of the one that is found
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<String>,
}

/// Arguments of `adr list`.
#[derive(Clone, Debug, clap::Args)]
pub struct List {
    /// Which project
    #[command(flatten)]
    pub place: Place,
    /// How to write them
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

/// Arguments of `adr new`.
#[derive(Clone, Debug, clap::Args)]
pub struct New {
    /// What is decided, in a few words
    #[arg(value_name = "TITLE", required = true)]
    pub title: Vec<String>,
    /// The status of the decision
    #[arg(long, value_name = "STATUS", default_value = "proposed")]
    pub status: String,
    /// How the record is written
    #[command(flatten)]
    pub writing: Writing,
}

/// Arguments of `adr propose`.
#[derive(Clone, Debug, clap::Args)]
pub struct Propose {
    /// The id of a rule, or the fingerprint of a finding or its beginning
    #[arg(value_name = "RULE|FINGERPRINT")]
    pub finding: String,
    /// Which of the findings of the rule, counted from 1 in the order of the review
    #[arg(value_name = "NUMBER")]
    pub number: Option<usize>,
    /// Write to standard output instead of the folder of decisions
    #[arg(long)]
    pub stdout: bool,
    /// How the project is read
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where a team's own rules lie
    #[command(flatten)]
    pub folders: Folders,
    /// How the record is written
    #[command(flatten)]
    pub writing: Writing,
}

/// How a record is written.
#[derive(Clone, Debug, clap::Args)]
pub struct Writing {
    /// Which project
    #[command(flatten)]
    pub place: Place,
    /// The date of the record, instead of today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<Date>,
    /// A folder of own templates; adr/madr.md.tera in it replaces the embedded one
    #[arg(long, value_name = "FOLDER")]
    pub templates: Option<PathBuf>,
}

/// How decisions are listed.
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
        Command::New(args) => new(args, context),
        Command::Propose(args) => propose(args, context),
    }
}

impl Place {
    /// The folder of decisions.
    ///
    /// # Errors
    /// When the root is no folder.
    pub fn find(&self) -> anyhow::Result<Folder> {
        if !self.root.is_dir() {
            return Err(anyhow!("find the project {}: it is no folder; name its root", self.root.display()));
        }
        let found = adr::find(&self.root);
        Ok(match &self.folder {
            Some(path) => Folder { path: path.trim_matches('/').to_owned(), ..found },
            None => found,
        })
    }
}

fn new(args: &New, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let folder = args.writing.place.find()?;
    let template = adr::template(args.writing.templates.as_deref())?;
    let date = args.writing.date.unwrap_or(context.today);
    let decision = Decision { status: args.status.clone(), ..Decision::open(&args.title.join(" "), &date.to_string()) };
    let path = adr::create(&folder, &decision, &template)?;
    writeln!(context.out, "{}", folder.root.join(path).display())?;
    Ok(Exit::Clean)
}

fn propose(args: &Propose, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let rules = rules::load(&args.folders)?;
    let folder = args.writing.place.find()?;
    let template = adr::template(args.writing.templates.as_deref())?;
    let project = Project { paths: vec![args.writing.place.root.clone()], inputs: args.inputs.clone() };
    let review = opened::open(&project, context)?.review(&project, None, &rules, context)?;
    let finding = choose(&review.settled.findings, &rules, args)?;
    let rule = rules::find(&rules, &finding.rule)?;
    let date = args.writing.date.unwrap_or(context.today).to_string();
    let decision = adr::propose(&Proposal::of(finding, rule), &date, folder.depth());
    if args.stdout {
        write!(context.out, "{}", adr::text(&decision, &template)?)?;
    } else {
        let path = adr::create(&folder, &decision, &template)?;
        writeln!(context.out, "{}", folder.root.join(path).display())?;
    }
    project.strictness(&review.facts.diagnostics, context)
}

/// The one finding that is meant.
fn choose<'a>(findings: &'a [Finding], rules: &[Rule], args: &Propose) -> anyhow::Result<&'a Finding> {
    let name = crate::rules::find(rules, &args.finding).map_or(args.finding.as_str(), |rule| &*rule.id);
    let found = findings::named(findings, name);
    match (found.as_slice(), args.number) {
        ([], _) if name.contains('/') => {
            let rule = rules::find(rules, name)?;
            bail!("find a finding of `{}`: the review has none", rule.id)
        }
        ([], _) => bail!("find the finding `{name}`: `loadpath check --format json` shows the fingerprint of each"),
        (all, Some(number)) => match number.checked_sub(1).and_then(|index| all.get(index)) {
            Some(finding) => Ok(*finding),
            None => bail!("find finding {number} of `{name}`: it has {}:\n{}", all.len(), listed(all)),
        },
        ([one], None) => Ok(*one),
        (several, None) => bail!("choose one of {} findings; say its number:\n{}", several.len(), listed(several)),
    }
}

/// Findings with their numbers.
fn listed(findings: &[&Finding]) -> String {
    let rows: Vec<Vec<String>> = findings
        .iter()
        .enumerate()
        .map(|(index, finding)| {
            let place = finding.span.as_ref().map_or(finding.entity.clone(), |at| format!("{}:{}", at.file, at.line));
            vec![format!("  {}", index + 1), place, printable(&finding.message)]
        })
        .collect();
    align(&rows).trim_end().to_owned()
}

fn list(args: &List, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let records = adr::list(&args.place.find()?)?;
    match args.format {
        Format::Text => {
            let rows: Vec<Vec<String>> = records
                .into_iter()
                .map(|record| {
                    let number = record.number.map_or("-".to_owned(), |number| format!("{number:04}"));
                    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
                    vec![number, text(record.status), text(record.date), record.title]
                })
                .collect();
            write!(context.out, "{}", align(&rows))?;
        }
        Format::Json => {
            let decisions = records.iter().map(|record| Entry {
                number: record.number,
                title: &record.title,
                status: record.status.as_deref(),
                date: record.date.as_deref(),
                file: &record.file,
            });
            let list = Decisions { schema: "loadpath.decisions/1", decisions: decisions.collect() };
            writeln!(context.out, "{}", serde_json::to_string_pretty(&list)?)?;
        }
    }
    Ok(Exit::Clean)
}

#[derive(Serialize)]
struct Decisions<'a> {
    schema: &'static str,
    decisions: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    number: Option<u32>,
    title: &'a str,
    status: Option<&'a str>,
    date: Option<&'a str>,
    file: &'a str,
}

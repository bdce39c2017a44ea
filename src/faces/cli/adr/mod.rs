//! `loadpath adr`: the decisions of a project.

mod branches;
mod change;
mod check;
mod propose;

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use super::rules::Format;
use super::table::align;
use super::{Context, Exit};
use crate::adr::{self, Decision, Folder, Ids, Style};
use crate::config::Date;

pub use change::{Accept, Link, Supersede};
pub use check::Check;
pub use propose::Propose;

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
    /// Accept a decision: from then on it binds, and what it asserts is judged by `loadpath check`
    Accept(Accept),
    /// What is wrong with the decisions: dead links, statuses that do not go together, numbers that two have, and what the
    /// system is not as it was decided
    Check(Box<Check>),
    /// Link a decision to another one, and that one back
    Link(Link),
    /// One line for each decision: number, status, date, title
    List(List),
    /// A new decision, from a template
    New(New),
    /// A decision proposed from a finding: its context, the ways out, and the rule that sees whether it is kept
    Propose(Box<Propose>),
    /// The text of a decision
    Show(Show),
    /// Let a decision take the place of another one: both records say so, or neither does
    Supersede(Supersede),
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
    /// How the file is named
    #[command(flatten)]
    pub naming: Naming,
    /// How the record is written
    #[command(flatten)]
    pub writing: Writing,
}

/// Arguments of `adr show`.
#[derive(Clone, Debug, clap::Args)]
pub struct Show {
    /// The decision: its number, or its file
    #[arg(value_name = "DECISION")]
    pub decision: String,
    /// Which project
    #[command(flatten)]
    pub place: Place,
}

/// How the file of a new record is named.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Naming {
    /// What its name begins with, instead of what the others begin with
    #[arg(long, value_enum, value_name = "STYLE")]
    pub id: Option<IdStyle>,
    /// A git revision, such as the branch that this one will be merged into: its numbers are taken too
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
}

/// What the name of a record begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IdStyle {
    /// The next number
    Number,
    /// The date of the record
    Date,
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

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Accept(args) => change::accept(args, context),
        Command::Check(args) => check::run(args, context),
        Command::Link(args) => change::link(args, context),
        Command::List(args) => list(args, context),
        Command::New(args) => new(args, context),
        Command::Propose(args) => propose::propose(args, context),
        Command::Show(args) => show(args, context),
        Command::Supersede(args) => change::supersede(args, context),
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

impl Naming {
    /// Which names are taken, and how new ones begin.
    fn ids(&self, folder: &Folder) -> anyhow::Result<Ids> {
        let style = self.id.map(|style| match style {
            IdStyle::Number => Style::Number,
            IdStyle::Date => Style::Date,
        });
        let taken = self.base.as_deref().map(|base| branches::names(folder, base)).transpose()?;
        Ok(Ids { style, taken: taken.into_iter().flatten().collect() })
    }
}

fn show(args: &Show, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let documents = adr::documents(&args.place.find()?)?;
    let records = adr::records(&documents);
    let record = adr::named(&records, &args.decision)?;
    let text = documents.iter().find(|of| of.path == record.file).map_or("", |of| &of.text);
    write!(context.out, "{text}")?;
    Ok(Exit::Clean)
}

fn new(args: &New, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let folder = args.writing.place.find()?;
    let template = adr::template(args.writing.templates.as_deref())?;
    let date = args.writing.date.unwrap_or(context.today);
    let decision = Decision { status: args.status.clone(), ..Decision::open(&args.title.join(" "), &date.to_string()) };
    let path = adr::create(&folder, &decision, &template, &args.naming.ids(&folder)?)?;
    writeln!(context.out, "{}", folder.root.join(path).display())?;
    Ok(Exit::Clean)
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

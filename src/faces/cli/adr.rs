//! `loadpath adr`: the decisions of a project.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use super::table::align;
use super::{Context, Exit};
use crate::adr::{self, Decision, Folder};
use crate::config::Date;

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
    /// The id of a rule, or the fingerprint of a finding
    #[arg(value_name = "RULE|FINGERPRINT")]
    pub finding: String,
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

//! `loadpath adr accept`, `supersede` and `link`: what becomes of decisions.

use super::{Naming, Place, Writing};
use crate::adr::{self, Decision, Done, Folder, Successor};
use crate::config::Date;
use crate::faces::cli::{Context, Exit};

/// Arguments of `adr accept`.
#[derive(Clone, Debug, clap::Args)]
pub struct Accept {
    /// The decision: its number, or its file
    #[arg(value_name = "DECISION")]
    pub decision: String,
    /// The date that its front matter gets, if it has one, instead of today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date: Option<Date>,
    /// Which project
    #[command(flatten)]
    pub place: Place,
}

/// Arguments of `adr supersede`.
#[derive(Clone, Debug, clap::Args)]
pub struct Supersede {
    /// The decision that binds no more: its number, or its file
    #[arg(value_name = "OLD")]
    pub old: String,
    /// The title of a new decision that takes its place
    #[arg(value_name = "TITLE", required_unless_present = "by", conflicts_with = "by")]
    pub title: Vec<String>,
    /// A decision that is there and takes its place
    #[arg(long, value_name = "NEW")]
    pub by: Option<String>,
    /// The status of a new decision
    #[arg(long, value_name = "STATUS", default_value = "accepted", conflicts_with = "by")]
    pub status: String,
    /// How the file of a new decision is named
    #[command(flatten)]
    pub naming: Naming,
    /// How the records are written
    #[command(flatten)]
    pub writing: Writing,
}

/// Arguments of `adr link`.
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Example: loadpath adr link 12 Amends 10. What the other record is told follows from the relation for amends, \
                        clarifies, depends on, extends, refines, relates to and requires; name it else."
)]
pub struct Link {
    /// The decision that gets the link: its number, or its file
    #[arg(value_name = "DECISION")]
    pub decision: String,
    /// What it does to the other one: `Amends`
    #[arg(value_name = "RELATION")]
    pub relation: String,
    /// The other decision: its number, or its file
    #[arg(value_name = "OTHER")]
    pub other: String,
    /// What the other one is told: `Amended by`
    #[arg(value_name = "BACK")]
    pub back: Option<String>,
    /// Which project
    #[command(flatten)]
    pub place: Place,
}

pub(super) fn accept(args: &Accept, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let folder = args.place.find()?;
    let date = args.date.unwrap_or(context.today).to_string();
    tell(&folder, &adr::accept(&folder, &args.decision, &date)?, context)
}

pub(super) fn supersede(args: &Supersede, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let folder = args.writing.place.find()?;
    let date = args.writing.date.unwrap_or(context.today).to_string();
    let done = match &args.by {
        Some(new) => adr::supersede(&folder, &args.old, &Successor::Known(new), &date)?,
        None => {
            let template = adr::template(args.writing.templates.as_deref())?;
            let ids = args.naming.ids(&folder)?;
            let decision = Decision { status: args.status.clone(), ..Decision::open(&args.title.join(" "), &date) };
            adr::supersede(&folder, &args.old, &Successor::New(&decision, &template, &ids), &date)?
        }
    };
    tell(&folder, &done, context)
}

pub(super) fn link(args: &Link, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let folder = args.place.find()?;
    let done = adr::link_to(&folder, &args.decision, &args.relation, &args.other, args.back.as_deref())?;
    tell(&folder, &done, context)
}

/// The files that were written, or why none was.
fn tell(folder: &Folder, done: &Done, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    for file in &done.files {
        writeln!(context.out, "{}", folder.root.join(file).display())?;
    }
    if let Some(why) = &done.already {
        writeln!(context.out, "{why}")?;
    }
    Ok(Exit::Clean)
}

//! The command line: arguments in, a result on standard output, an exit code.
//!
//! Standard output carries only the result; progress and errors go to standard error. One file per command.

pub mod adr;
pub mod baseline;
pub mod capacity;
pub mod check;
pub mod completions;
mod context;
mod day;
pub mod diff;
pub mod docs;
mod exit;
pub mod explain;
pub mod extract;
mod format;
pub mod graph;
pub mod init;
mod layout;
pub mod merge;
pub mod observe;
mod opened;
pub mod path;
mod progress;
pub mod project;
pub mod rules;
mod scale;
mod table;
#[cfg(test)]
mod tests;
pub mod tui;
pub mod whatif;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub use context::{ColorChoice, Context};
pub use day::today;
pub use exit::{Exit, report, settle};
pub use format::Output;
pub use progress::Progress;

/// Finds the way of every request through a system of Rust microservices, and says where it would fail.
#[derive(Debug, Parser)]
#[command(name = "loadpath", version, arg_required_else_help = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 clean; 1 findings at or above --fail-on, or what runs differs; 2 usage or configuration error; 3 an \
                        input could not be read and --strict-inputs is set."
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct Global {
    /// When to use colours; NO_COLOR turns them off unless this says `always`
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Print the result and errors, and nothing else
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// The commands, in alphabetical order.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Decisions: list, write, accept, supersede, link and check them
    Adr(adr::Args),
    /// Findings that pass from now on: update the file that says which, prune it, count it
    Baseline(Box<baseline::Args>),
    /// Connections, partitions, concurrency and memory: demand, limit, and what changes when a service scales
    Capacity(capacity::Args),
    /// Review a project: what is wrong, why, and what to do
    Check(Box<check::Args>),
    /// A script that completes commands and flags in a shell
    Completions(completions::Args),
    /// What a change does to the architecture: edges, contracts, figures and risks, before and after
    Diff(diff::Args),
    /// Architecture pages with diagrams, written or held against those that are there
    Docs(docs::Args),
    /// What a rule or a term means: what, why, fix, sources
    Explain(explain::Args),
    /// The facts of one project, as JSON
    Extract(extract::Args),
    /// The service dependency graph
    Graph(graph::Args),
    /// A first loadpath.yaml, inferred from what is there
    Init(init::Args),
    /// The facts of many projects as one
    Merge(merge::Args),
    /// The graph as it runs, from traces, against the graph as it is written
    Observe(observe::Args),
    /// One request from its entry point down, with deadlines and criticality
    Path(path::Args),
    /// The rules: list them, show one
    Rules(rules::Args),
    /// The review in a terminal; plain `loadpath` on a terminal opens it too
    Tui(Box<tui::Args>),
    /// Which entry points fail, degrade or slow down when something is down or slow, and what holds the others up
    Whatif(whatif::Args),
}

/// The arguments of the process; none at all on a terminal open the review there.
#[must_use]
pub fn arguments(given: impl IntoIterator<Item = OsString>, is_terminal: bool) -> Vec<OsString> {
    let mut all: Vec<OsString> = given.into_iter().collect();
    if all.len() == 1 && is_terminal {
        all.push("tui".into());
    }
    all
}

/// Runs a command.
///
/// # Errors
/// What is wrong with arguments, settings or inputs: what, where and what to do.
pub fn run(cli: &Cli, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    match &cli.command {
        Command::Adr(args) => adr::run(args, context),
        Command::Baseline(args) => baseline::run(args, context),
        Command::Capacity(args) => capacity::run(args, context),
        Command::Check(args) => check::run(args, context),
        Command::Completions(args) => completions::run(args, context),
        Command::Diff(args) => diff::run(args, context),
        Command::Docs(args) => docs::run(args, context),
        Command::Explain(args) => explain::run(args, context),
        Command::Extract(args) => extract::run(args, context),
        Command::Graph(args) => graph::run(args, context),
        Command::Init(args) => init::run(args, context),
        Command::Merge(args) => merge::run(args, context),
        Command::Observe(args) => observe::run(args, context),
        Command::Path(args) => path::run(args, context),
        Command::Rules(args) => rules::run(args, context),
        Command::Tui(args) => tui::run(args, context),
        Command::Whatif(args) => whatif::run(args, context),
    }
}

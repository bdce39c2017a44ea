//! Brings the platform up and down on one machine, seeds it, loads it, breaks it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use platform::commands::{Context, chaos, cover, demo, down, load, logs, migrate, seed, setup, status, stores, up};
use platform::seed::Size;
use platform::services::Phase;
use platform::state::Backend;

/// The platform on one machine.
#[derive(Debug, Parser)]
#[command(name = "platform", version)]
struct Arguments {
    /// Where data and logs go; by default `platform` in the target folder that holds this program.
    #[arg(long, global = true, value_name = "FOLDER", env = "PLATFORM_DATA")]
    data: Option<PathBuf>,
    /// What runs the stores; by default containers where Docker works, else processes.
    #[arg(long, global = true, value_enum)]
    backend: Option<Backend>,
    /// Where the programs of the services are; by default beside this one.
    #[arg(long, global = true, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what this machine lacks.
    Setup(setup::Options),
    /// Bring up stores and services; what runs and is healthy is left alone.
    Up(up::Options),
    /// Stop services and stores and remove what they wrote.
    Down(down::Options),
    /// Say what runs, where, and what does not.
    Status,
    /// Only the stores.
    #[command(subcommand)]
    Stores(stores::Command),
    /// Run the migrations of all services.
    Migrate {
        /// Before a rollout, or after it.
        #[arg(value_enum, default_value_t = Phase::Expand)]
        phase: Phase,
    },
    /// Print what a part said.
    Logs(logs::Options),
    /// Make people, follows and posts; what is there stays.
    Seed(Size),
    /// Load the platform and write a report.
    Load(load::Options),
    /// Live a day on the platform from its clients' side and say what happens.
    Demo,
    /// Go where a day does not lead: deletions, dead letters, jobs. Best after `demo`.
    Cover,
    /// Take a part away, or give it back.
    Chaos {
        /// A store (`kafka`), a service (`auth`) or a replica (`auth-1`).
        part: String,
        /// What happens to it.
        #[arg(value_enum)]
        action: chaos::Action,
    },
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let context = Context::new(arguments.data, arguments.backend, arguments.programs)?;
    match &arguments.command {
        Command::Setup(options) => setup::run(&context, options).await,
        Command::Up(options) => up::run(&context, options).await,
        Command::Down(options) => down::run(&context, options).await,
        Command::Status => status::run(&context).await,
        Command::Stores(command) => stores::run(&context, command).await,
        Command::Migrate { phase } => migrate::run(&context, *phase).await,
        Command::Logs(options) => logs::run(&context, options).await,
        Command::Seed(size) => seed::run(&context, size).await,
        Command::Load(options) => load::run(&context, options).await,
        Command::Demo => demo::run(&context).await,
        Command::Cover => cover::run(&context).await,
        Command::Chaos { part, action } => chaos::run(&context, part, *action).await,
    }
}

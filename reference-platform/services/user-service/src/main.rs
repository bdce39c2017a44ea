//! `user-service serve` runs the service, `user-service migrate expand|contract` changes its tables, `user-service
//! rebuild-graph` makes the graph equal to PostgreSQL.

use clap::{Parser, ValueEnum};
use social_runtime::Runtime;
use user_service::{EXPAND, RebuildSettings, Settings};

#[derive(Parser)]
#[command(about = "Profiles, settings and the social graph")]
enum Command {
    /// Runs the service until SIGTERM.
    Serve(Box<Settings>),
    /// Changes the tables, before or after a rollout.
    Migrate(Migrate),
    /// Makes the graph equal to PostgreSQL, while the service goes on.
    RebuildGraph(Box<RebuildSettings>),
}

#[derive(clap::Args)]
struct Migrate {
    step: Step,
    #[command(flatten)]
    database: social_database::Settings,
    #[command(flatten)]
    telemetry: social_telemetry::Settings,
}

#[derive(Clone, Copy, ValueEnum)]
enum Step {
    /// Before a rollout: only adds.
    Expand,
    /// After a rollout: removes what no running version uses.
    Contract,
}

impl Step {
    /// The Job of the cluster that does it: by its name its traces and logs are found.
    fn job(self) -> &'static str {
        match self {
            Step::Expand => "user-migrate-expand",
            Step::Contract => "user-migrate-contract",
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Serve(settings) => {
            let telemetry = social_telemetry::init(env!("CARGO_PKG_NAME"), &settings.telemetry)?;
            let runtime = Runtime::bind(env!("CARGO_PKG_NAME"), &settings.runtime).await?;
            let result = user_service::serve(*settings, runtime).await;
            telemetry.shutdown().await;
            result
        }
        Command::Migrate(migrate) => {
            let telemetry = social_telemetry::init(migrate.step.job(), &migrate.telemetry)?;
            let result = match migrate.step {
                Step::Expand => social_database::migrate(&migrate.database, &EXPAND).await,
                // Nothing has to be removed so far.
                Step::Contract => Ok(()),
            };
            telemetry.shutdown().await;
            Ok(result?)
        }
        Command::RebuildGraph(settings) => {
            let telemetry = social_telemetry::init(env!("CARGO_PKG_NAME"), &settings.telemetry)?;
            let result = user_service::rebuild_graph(*settings).await;
            telemetry.shutdown().await;
            result
        }
    }
}

//! `content-service serve` runs the service, `content-service migrate expand|contract` changes its tables.

use clap::{Parser, ValueEnum};
use content_service::{CONTRACT, EXPAND, Settings};
use social_runtime::Runtime;

#[derive(Parser)]
#[command(about = "Posts, comments, reactions and their counters")]
enum Command {
    /// Runs the service until SIGTERM.
    Serve(Box<Settings>),
    /// Changes the tables, before or after a rollout.
    Migrate(Migrate),
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
            Step::Expand => "content-migrate-expand",
            Step::Contract => "content-migrate-contract",
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Serve(settings) => {
            let telemetry = social_telemetry::init(env!("CARGO_PKG_NAME"), &settings.telemetry)?;
            let runtime = Runtime::bind(env!("CARGO_PKG_NAME"), &settings.runtime).await?;
            let result = content_service::serve(*settings, runtime).await;
            telemetry.shutdown().await;
            result
        }
        Command::Migrate(migrate) => {
            let telemetry = social_telemetry::init(migrate.step.job(), &migrate.telemetry)?;
            let migrator = match migrate.step {
                Step::Expand => &EXPAND,
                Step::Contract => &CONTRACT,
            };
            let result = social_database::migrate(&migrate.database, migrator).await;
            telemetry.shutdown().await;
            Ok(result?)
        }
    }
}

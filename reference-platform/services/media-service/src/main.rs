//! `media-service serve` runs the service, `media-service migrate expand|contract` changes its tables.

use clap::{Parser, ValueEnum};
use media_service::{EXPAND, Settings};
use social_runtime::Runtime;

#[derive(Parser)]
#[command(about = "Images and videos: upload, variants, signed addresses")]
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
    /// After a rollout: removes what no running version uses; nothing so far.
    Contract,
}

impl Step {
    /// The Job of the cluster that does it: by its name its traces and logs are found.
    fn job(self) -> &'static str {
        match self {
            Step::Expand => "media-migrate-expand",
            Step::Contract => "media-migrate-contract",
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Serve(settings) => {
            let telemetry = social_telemetry::init(env!("CARGO_PKG_NAME"), &settings.telemetry)?;
            let runtime = Runtime::bind(env!("CARGO_PKG_NAME"), &settings.runtime).await?;
            let result = media_service::serve(*settings, runtime).await;
            telemetry.shutdown().await;
            result
        }
        Command::Migrate(migrate) => {
            let telemetry = social_telemetry::init(migrate.step.job(), &migrate.telemetry)?;
            let result = match migrate.step {
                Step::Expand => social_database::migrate(&migrate.database, &EXPAND).await,
                Step::Contract => Ok(()),
            };
            telemetry.shutdown().await;
            Ok(result?)
        }
    }
}

//! `events-service serve` runs the service, `events-service migrate expand|contract` changes its tables, `events-service sweep`
//! removes what must not stay.

use clap::{Parser, ValueEnum};
use events_service::{ClickhouseSettings, Settings};
use social_runtime::Runtime;

#[derive(Parser)]
#[command(about = "Analytics: ingestion, schemas, queries")]
enum Command {
    /// Runs the service until SIGTERM.
    Serve(Box<Settings>),
    /// Changes the tables, before or after a rollout.
    Migrate(Migrate),
    /// Drops old months and erases users whose accounts are gone. Once a day.
    Sweep(Sweep),
}

#[derive(clap::Args)]
struct Migrate {
    step: Step,
    #[command(flatten)]
    clickhouse: ClickhouseSettings,
    #[command(flatten)]
    telemetry: social_telemetry::Settings,
}

#[derive(clap::Args)]
struct Sweep {
    /// Months of raw events that are kept besides the current one.
    #[arg(long, env = "RETENTION_MONTHS", default_value = "13", value_parser = clap::value_parser!(u32).range(1..=1200))]
    retention_months: u32,
    #[command(flatten)]
    clickhouse: ClickhouseSettings,
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
            Step::Expand => "events-migrate-expand",
            Step::Contract => "events-migrate-contract",
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Serve(settings) => {
            let telemetry = social_telemetry::init(env!("CARGO_PKG_NAME"), &settings.telemetry)?;
            let runtime = Runtime::bind(env!("CARGO_PKG_NAME"), &settings.runtime).await?;
            let result = events_service::serve(*settings, runtime).await;
            telemetry.shutdown().await;
            result
        }
        Command::Migrate(migrate) => {
            let telemetry = social_telemetry::init(migrate.step.job(), &migrate.telemetry)?;
            let result = match migrate.step {
                Step::Expand => events_service::migrate(&migrate.clickhouse).await,
                // Nothing has to be removed so far.
                Step::Contract => Ok(()),
            };
            telemetry.shutdown().await;
            result
        }
        Command::Sweep(sweep) => {
            let telemetry = social_telemetry::init("events-sweep", &sweep.telemetry)?;
            let result = events_service::sweep(&sweep.clickhouse, sweep.retention_months).await;
            telemetry.shutdown().await;
            result
        }
    }
}

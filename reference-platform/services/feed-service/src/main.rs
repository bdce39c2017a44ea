//! `feed-service serve` runs the service. It has no database, so there is nothing to migrate.

use clap::Parser;
use feed_service::Settings;
use social_runtime::Runtime;

#[derive(Parser)]
#[command(about = "Personal feeds")]
enum Command {
    /// Runs the service until SIGTERM.
    Serve(Box<Settings>),
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let Command::Serve(settings) = Command::parse();
    let telemetry = social_telemetry::init(env!("CARGO_PKG_NAME"), &settings.telemetry)?;
    let runtime = Runtime::bind(env!("CARGO_PKG_NAME"), &settings.runtime).await?;
    let result = feed_service::serve(*settings, runtime).await;
    telemetry.shutdown().await;
    result
}

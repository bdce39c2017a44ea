//! `cover`: what a day on the platform does not reach.

use anyhow::{Context as _, Result};

use super::Context;

/// Goes there, and says what happens. All services are up.
pub async fn run(context: &Context) -> Result<()> {
    let endpoints = context.folder.endpoints()?.context("the stores are not up")?;
    let services = context.services();
    crate::cover::run(&services, &endpoints.kafka.brokers, &context.progress).await?;
    context.progress.say("Whoever watches has seen the rest.");
    Ok(())
}

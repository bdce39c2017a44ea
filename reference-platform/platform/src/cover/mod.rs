//! Where a day on the platform does not lead: what people take back, events that nobody can read, pushes that are refused, jobs,
//! and events that have to wait. Together with the demo it goes over each dependency of the platform at least once.

pub mod dead_letters;
pub mod providers;
mod pushes;
mod taken_back;

use std::time::Duration;

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use uuid::Uuid;

use crate::client::{Channels, Session, log_in, profile_made, register};
use crate::eventually::eventually;
use crate::progress::Progress;
use crate::services::{Phase, Services};

/// What comes by events comes within seconds; a busy machine takes longer.
const SOON: Duration = Duration::from_secs(60);
const PASSWORD: &str = "a bug in the relay";

/// Two people, new each time.
struct Pair {
    mary: Session,
    joan: Session,
}

/// Everything that needs nothing but services that are up; for the rest there are [`push`] and [`dead_letters::poison`] while a store
/// is away. Can be done any number of times.
pub async fn run(services: &Services, brokers: &str, progress: &Progress) -> Result<()> {
    let channels = Channels::to(services)?;
    let step = progress.begin("cover", "two people arrive");
    let pair = arrive(&channels).await.context("two people arrive")?;
    step.done("and have profiles");

    let step = progress.begin("poison", "bytes that no consumer can read");
    let groups = dead_letters::reached(brokers).await.context("poison goes to the dead letters")?;
    step.done(&format!("with the dead letters of {groups} consumers"));

    let step = progress.begin("jobs", "the sweep of events, and what runs after a rollout");
    services.sweep().await?;
    services.migrate(Phase::Contract, &Progress::silent()).await?;
    step.done("have ended");

    let step = progress.begin("take back", "what was written, followed, uploaded");
    taken_back::all(&channels.operator(services)?, &pair).await.context("what was done is taken back")?;
    step.done("all is gone");
    Ok(())
}

/// Devices are told of something. notification-service asks [`providers::Providers`].
pub async fn push(services: &Services, progress: &Progress) -> Result<()> {
    let channels = Channels::to(services)?;
    let pair = arrive(&channels).await.context("two people arrive")?;
    let step = progress.begin("push", "devices of two providers");
    pushes::be_told(&channels.operator(services)?, &pair).await.context("devices are told")?;
    step.done("two are told, one is refused and becomes a dead letter");
    Ok(())
}

async fn arrive(channels: &Channels) -> Result<Pair> {
    let tag = Uuid::new_v4().simple().to_string()[..8].to_owned();
    let handles = ["mary", "joan"].map(|name| format!("{name}_{tag}"));
    try_join_all(handles.iter().map(|handle| register(channels, handle, PASSWORD))).await?;
    let mary = log_in(channels, &handles[0], PASSWORD).await?;
    let joan = log_in(channels, &handles[1], PASSWORD).await?;
    for session in [&mary, &joan] {
        eventually("a profile", SOON, async || Ok(profile_made(session).await?)).await?;
    }
    Ok(Pair { mary, joan })
}

//! A day on the platform from its clients' side, chapter by chapter. Each says what it does and fails when something is not as
//! it should be. It can be lived any number of times on one platform: its people are new each time.

pub(crate) mod analytics;
mod chat;
mod live;
mod people;
mod posts;

use std::time::Duration;

use anyhow::{Context as _, Result};
use uuid::Uuid;

use crate::client::{Channels, Session};
use crate::progress::Progress;
use crate::services::Services;

/// What comes by events comes within seconds; a busy machine takes longer.
const SOON: Duration = Duration::from_secs(30);

/// Who takes part, and where.
pub(crate) struct Stage<'a> {
    services: &'a Services,
    channels: Channels,
    progress: &'a Progress,
    /// Part of all names, so that they are new.
    tag: String,
}

/// The people of the day.
pub(crate) struct Cast {
    /// Writes, uploads, streams.
    ada: Session,
    /// Follows Ada.
    grace: Session,
    /// Follows nobody.
    alan: Session,
}

/// All chapters whose services were brought up. The result are those that had to be left out, each with what it lacked.
pub async fn run(services: &Services, progress: &Progress) -> Result<Vec<String>> {
    let tag = Uuid::new_v4().simple().to_string()[..8].to_owned();
    let stage = Stage { services, channels: Channels::to(services)?, progress, tag };
    let up = services.replicas()?;
    let mut left_out = Vec::new();
    let mut can = |chapter: &str, needs: &[&str]| {
        let lacks = |service: &&str| !up.contains(&format!("{service}-1"));
        let missing: Vec<&str> = needs.iter().copied().filter(lacks).collect();
        if !missing.is_empty() {
            progress.say(&format!("{chapter:<20} is left out: {} not brought up", missing.join(", ")));
            left_out.push(format!("{chapter}: {}", missing.join(", ")));
        }
        missing.is_empty()
    };

    let cast = people::arrive(&stage).await.context("people arrive")?;
    if can("posts", &["content", "media"]) {
        let (post, secret) = posts::publish(&stage, &cast).await.context("a post is published")?;
        if can("feed", &["feed"]) {
            posts::feeds(&stage, &cast, &post, &secret).await.context("followers read it")?;
        }
        if can("search", &["search"]) {
            posts::find(&stage, &cast, &post).await.context("the post is found")?;
        }
        posts::react(&stage, &cast, &post).await.context("people react")?;
        if can("notify", &["notification"]) {
            posts::tell(&stage, &cast).await.context("Ada is told")?;
        }
    }
    if can("chat", &["messaging"]) {
        chat::talk(&stage, &cast).await.context("people talk")?;
    }
    if can("stream", &["streaming", "notification"]) {
        live::broadcast(&stage, &cast).await.context("Ada is live")?;
    }
    if can("numbers", &["events", "content", "messaging"]) {
        analytics::look(&stage, &cast).await.context("an operator looks at the numbers")?;
    }
    people::leave(&stage, &cast).await.context("people leave")?;
    Ok(left_out)
}

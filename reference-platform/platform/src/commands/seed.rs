//! `seed`: people, follows, posts with images.

use anyhow::Result;

use super::Context;
use crate::client::Channels;
use crate::seed::{self, Size};

/// Makes what is not there yet. The platform is up.
pub async fn run(context: &Context, size: &Size) -> Result<()> {
    let channels = Channels::to(&context.services())?;
    let seeded = seed::run(&channels, size, &context.progress).await?;
    let first = seeded.people.first().map(|session| session.handle.as_str()).unwrap_or_default();
    context.progress.say(&format!("Log in as {first} and so on; the password is {:?}.", seed::PASSWORD));
    Ok(())
}

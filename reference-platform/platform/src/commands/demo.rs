//! `demo`: a day on the platform.

use anyhow::{Result, ensure};

use super::Context;

/// Lives it, and says what happens. Fails when something is not as it should be.
pub async fn run(context: &Context) -> Result<()> {
    let left_out = crate::demo::run(&context.services(), &context.progress).await?;
    ensure!(
        left_out.is_empty(),
        "what could be done went well; left out, because not all is up: {}",
        left_out.join("; ")
    );
    context.progress.say("The day went as it should.");
    Ok(())
}

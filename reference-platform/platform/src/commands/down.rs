//! `down`: services in order, then stores, then what they wrote.

use anyhow::Result;

use super::Context;

/// Options of `down` and `stores down`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Leave what the stores hold: the next `up` goes on with it.
    #[arg(long)]
    pub keep_data: bool,
}

/// Stops all that was started. Logs stay.
pub async fn run(context: &Context, options: &Options) -> Result<()> {
    let _exclusive = context.folder.exclusive()?;
    context.services().down(&context.progress).await?;
    if context.folder.state()?.backend.is_some() {
        context.stores().await?.down(!options.keep_data, &context.progress).await?;
    }
    context.progress.say("The platform is down.");
    Ok(())
}

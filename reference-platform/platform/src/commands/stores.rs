//! `stores`: only the stores, for tests of services.

use anyhow::Result;

use super::{Context, down};

/// What happens to them.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Bring up what does not run, and wait until all answer.
    Up,
    /// Stop them and remove what they hold. Services stop first.
    Down(down::Options),
}

/// Brings them up or down.
pub async fn run(context: &Context, command: &Command) -> Result<()> {
    match command {
        Command::Up => {
            let _exclusive = context.folder.exclusive()?;
            context.stores().await?.up(&context.progress).await?;
            let at = context.folder.root().join("stores.json");
            context.progress.say(&format!("The stores are up; {} says where.", at.display()));
            Ok(())
        }
        Command::Down(options) => down::run(context, options).await,
    }
}

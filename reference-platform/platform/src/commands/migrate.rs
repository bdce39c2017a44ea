//! `migrate`: the migrations of all services, as Jobs run them in a cluster.

use anyhow::Result;

use super::Context;
use crate::services::Phase;

/// Runs those of one phase. The stores are up.
pub async fn run(context: &Context, phase: Phase) -> Result<()> {
    let _exclusive = context.folder.exclusive()?;
    context.services().migrate(phase, &context.progress).await
}

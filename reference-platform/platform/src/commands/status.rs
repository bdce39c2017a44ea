//! `status`: what runs, where, and what does not.

use std::time::Duration;

use anyhow::{Result, bail};
use futures::future::join_all;
use tokio::time::timeout;

use super::Context;
use crate::process::tail;
use crate::state::{Backend, Part, State};
use crate::stores::{Endpoints, Store};
use crate::{probe, services};

const PROBE: Duration = Duration::from_secs(3);

/// What can be said of a part.
#[derive(Debug, Eq, PartialEq)]
enum Condition {
    Ready,
    /// It runs; why it is not ready.
    NotReady(String),
    /// It was stopped.
    Stopped,
    /// It ended without being stopped.
    Died,
}

/// Prints a line for each part. Fails when one that should run does not, or is not ready.
pub async fn run(context: &Context) -> Result<()> {
    let state = context.folder.state()?;
    if state.parts.is_empty() {
        println!("nothing is up in {}", context.folder.root().display());
        return Ok(());
    }
    let endpoints = context.folder.endpoints()?;
    let conditions =
        join_all(state.parts.iter().map(|(name, part)| condition(name, part, &state, endpoints.as_ref()))).await;
    println!("{:<16} {:<10} {:>8}  {:<42} LOG", "PART", "CONDITION", "PID", "PORTS");
    let mut troubled = Vec::new();
    for ((name, part), condition) in state.parts.iter().zip(conditions) {
        let log = context.folder.log(name);
        let word = match &condition {
            Condition::Ready => "ready",
            Condition::NotReady(_) => "not ready",
            Condition::Stopped => "stopped",
            Condition::Died => "died",
        };
        let pid = part.process.as_ref().map_or_else(|| "-".to_owned(), |process| process.pid.to_string());
        let ports: Vec<String> = part.ports.iter().map(|(purpose, port)| format!("{purpose} {port}")).collect();
        println!("{name:<16} {word:<10} {pid:>8}  {:<42} {}", ports.join(", "), log.display());
        match condition {
            Condition::NotReady(why) => troubled.push(format!("{name} is not ready: {why}")),
            Condition::Died => {
                let start = part.process.as_ref().map_or(0, |process| process.log_start);
                troubled.push(format!("{name} died{}", tail(&log, start)));
            }
            Condition::Ready | Condition::Stopped => {}
        }
    }
    if !troubled.is_empty() {
        bail!("{}", troubled.join("\n"));
    }
    Ok(())
}

async fn condition(name: &str, part: &Part, state: &State, endpoints: Option<&Endpoints>) -> Condition {
    let in_container = state.backend == Some(Backend::Compose) && Store::named(name).is_some();
    if !in_container {
        match &part.process {
            None => return Condition::Stopped,
            Some(process) if !process.is_alive() => return Condition::Died,
            Some(_) => {}
        }
    }
    let look = async {
        match (Store::named(name), endpoints) {
            (Some(store), Some(endpoints)) => probe::store(store, endpoints).await,
            (Some(_), None) => bail!("the stores have not come up yet"),
            (None, _) => services::readiness(part).await,
        }
    };
    match timeout(PROBE, look).await {
        Ok(Ok(())) => Condition::Ready,
        Ok(Err(error)) => Condition::NotReady(format!("{error:#}")),
        Err(_) => Condition::NotReady(format!("no answer within {} s", PROBE.as_secs())),
    }
}

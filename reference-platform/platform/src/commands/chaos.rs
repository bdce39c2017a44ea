//! `chaos`: takes a part away and gives it back.

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;

use super::Context;
use crate::services::Service;
use crate::stores::Store;

/// What happens to the part.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Action {
    /// Stops in order.
    Stop,
    /// Ends without being asked, as in a crash.
    Kill,
    /// Comes back with what it had.
    Start,
}

/// `part` is a store (`kafka`), a replica (`auth-1`), or a service: then all its replicas, one after the other.
pub async fn run(context: &Context, part: &str, action: Action) -> Result<()> {
    let step = context.progress.begin(
        part,
        match action {
            Action::Stop => "stopping",
            Action::Kill => "killing",
            Action::Start => "starting",
        },
    );
    match Store::named(part) {
        Some(store) => {
            let stores = context.stores().await?;
            match action {
                Action::Stop => stores.stop(store).await?,
                Action::Kill => stores.kill(store).await?,
                Action::Start => stores.start(store).await?,
            }
        }
        None => {
            let services = context.services();
            for replica in replicas(part, services.replicas()?)? {
                match action {
                    Action::Stop => services.stop(&replica).await?,
                    Action::Kill => services.kill(&replica).await?,
                    Action::Start => services.start(&replica).await?,
                }
            }
        }
    }
    step.done(match action {
        Action::Stop => "stopped",
        Action::Kill => "killed",
        Action::Start => "ready",
    });
    Ok(())
}

fn replicas(part: &str, all: Vec<String>) -> Result<Vec<String>> {
    if Service::of_replica(part).is_some() {
        return Ok(vec![part.to_owned()]);
    }
    let service = Service::named(part).with_context(|| format!("{part} is no store, service or replica"))?;
    let of_service = |name: &String| Service::of_replica(name).is_some_and(|(known, _)| known.name == service.name);
    let replicas: Vec<String> = all.into_iter().filter(of_service).collect();
    ensure!(!replicas.is_empty(), "{part} was never brought up");
    Ok(replicas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_means_all_its_replicas() {
        let all = || ["auth-1", "auth-2", "kafka", "user-1"].map(str::to_owned).to_vec();
        assert_eq!(replicas("auth", all()).unwrap(), ["auth-1", "auth-2"]);
        assert_eq!(replicas("auth-service", all()).unwrap(), ["auth-1", "auth-2"]);
        assert_eq!(replicas("auth-2", all()).unwrap(), ["auth-2"]);
        assert!(replicas("feed", all()).is_err());
        assert!(replicas("mysql", all()).is_err());
    }
}

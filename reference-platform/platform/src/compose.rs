//! The stores as containers, by Docker Compose.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::time::{Instant, sleep, timeout};

use crate::folder::Folder;
use crate::limits::Limits;
use crate::process::Launch;
use crate::progress::Progress;
use crate::state::{Backend, Part};
use crate::stores::{Endpoints, Store, text};
use crate::{ports, probe};

const COMPOSE: &str = include_str!("../compose.yaml");
/// Images are fetched the first time.
const UP: Duration = Duration::from_secs(900);
const STOP: Duration = Duration::from_secs(120);
/// How long a store that its own health check calls healthy may not answer from outside.
const READY: Duration = Duration::from_secs(30);

/// The stores of one folder, a compose project of its own. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Stores {
    folder: Folder,
    limits: Limits,
}

impl Stores {
    /// Nothing is started yet.
    pub fn new(folder: Folder, limits: Limits) -> Self {
        Self { folder, limits }
    }

    /// Brings up what does not run and waits until all are healthy.
    pub async fn up(&self, progress: &Progress) -> Result<Endpoints> {
        self.assign_ports()?;
        let endpoints = self.endpoints()?;
        let step = progress.begin("containers", "starting");
        self.compose(&["up", "--detach", "--wait"], UP).await.context("the stores did not come up")?;
        for store in Store::ALL {
            answers(store, &endpoints).await?;
        }
        step.done("answer");
        self.folder.publish(&endpoints)?;
        Ok(endpoints)
    }

    /// Where the stores are, whether they run or not.
    pub fn endpoints(&self) -> Result<Endpoints> {
        let state = self.folder.state()?;
        Ok(Endpoints::local(|store| state.parts.get(store.name()).map_or(0, |part| part.port("port"))))
    }

    /// Starts one that was stopped or died and waits until it answers.
    pub async fn start(&self, store: Store) -> Result<()> {
        self.compose(&["up", "--detach", "--wait", store.name()], UP).await?;
        answers(store, &self.endpoints()?).await
    }

    /// Stops one in order. What it holds stays.
    pub async fn stop(&self, store: Store) -> Result<()> {
        self.compose(&["stop", store.name()], STOP).await
    }

    /// Ends one without asking, as a crash would.
    pub async fn kill(&self, store: Store) -> Result<()> {
        self.compose(&["kill", store.name()], STOP).await
    }

    /// Stops all. What they hold stays unless `discard` says that it goes.
    pub async fn down(&self, discard: bool, progress: &Progress) -> Result<()> {
        let step = progress.begin("containers", "stopping");
        let down: &[&str] = if discard { &["down", "--volumes"] } else { &["down"] };
        self.compose(down, STOP).await?;
        step.done("stopped");
        if discard {
            self.folder.clear()?;
        }
        Ok(())
    }

    fn assign_ports(&self) -> Result<()> {
        self.folder.update(|state| {
            state.backend = Some(Backend::Compose);
            if Store::ALL.iter().all(|store| state.parts.contains_key(store.name())) {
                return Ok(());
            }
            let taken: BTreeSet<u16> = state.parts.values().flat_map(|part| part.ports.values().copied()).collect();
            for (store, port) in Store::ALL.into_iter().zip(ports::free(Store::ALL.len(), &taken)?) {
                let ports = [("port".to_owned(), port)].into();
                state.parts.insert(store.name().to_owned(), Part { ports, ..Part::default() });
            }
            Ok(())
        })?
    }

    async fn compose(&self, args: &[&str], limit: Duration) -> Result<()> {
        let directory = self.folder.data("compose");
        fs::create_dir_all(&directory)?;
        let (file, settings) = (directory.join("compose.yaml"), directory.join("settings.env"));
        fs::write(&file, COMPOSE)?;
        fs::write(&settings, self.settings()?)?;
        let neo4j = self.limits.neo4j.iter().map(|(name, value)| format!("{name}={value}\n"));
        fs::write(directory.join("neo4j.env"), neo4j.collect::<String>())?;
        let mut all: Vec<String> =
            ["compose", "--project-name", &self.project(), "--file", text(&file)?, "--env-file", text(&settings)?]
                .map(str::to_owned)
                .to_vec();
        all.extend(args.iter().map(|&arg| arg.to_owned()));
        let mut docker = Launch::new("docker", all, directory, self.folder.log("compose"));
        // Which daemon, and how to reach it.
        docker.env = env::vars().collect();
        docker.run(limit).await
    }

    /// What `compose.yaml` asks for.
    fn settings(&self) -> Result<String> {
        let state = self.folder.state()?;
        let mut settings = String::new();
        for store in Store::ALL {
            let port = state.parts.get(store.name()).map_or(0, |part| part.port("port"));
            settings.push_str(&format!("{}_PORT={port}\n", store.name().to_uppercase()));
        }
        let Limits { postgres_max_connections, kafka_heap, neo4j_heap, neo4j_page_cache, .. } = &self.limits;
        let (maxmemory, policy) = (self.limits.redis("maxmemory"), self.limits.redis("maxmemory-policy"));
        settings.push_str(&format!(
            "POSTGRES_MAX_CONNECTIONS={postgres_max_connections}\nREDIS_MAXMEMORY={maxmemory}\n\
             REDIS_MAXMEMORY_POLICY={policy}\nKAFKA_HEAP={kafka_heap}\nNEO4J_HEAP={neo4j_heap}\n\
             NEO4J_PAGE_CACHE={neo4j_page_cache}\n"
        ));
        Ok(settings)
    }

    /// One for each folder, and the same each time: made of its path by FNV-1a, which no release of Rust changes.
    fn project(&self) -> String {
        let path = self.folder.root().as_os_str().as_encoded_bytes();
        let hash = path
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        format!("social-platform-{hash:016x}")
    }
}

async fn answers(store: Store, endpoints: &Endpoints) -> Result<()> {
    let end = Instant::now() + READY;
    loop {
        match timeout(Duration::from_secs(3), probe::store(store, endpoints)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) if Instant::now() >= end => {
                return Err(error).with_context(|| format!("{store} does not answer"));
            }
            Err(_) if Instant::now() >= end => bail!("{store} does not answer"),
            _ => sleep(Duration::from_millis(200)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_all_that_the_file_asks_for() {
        let root = tempfile::tempdir().unwrap();
        let stores = Stores::new(Folder::open(root.path()).unwrap(), Limits::deployed().unwrap());
        stores.assign_ports().unwrap();
        let settings = stores.settings().unwrap();
        let asked: BTreeSet<&str> = COMPOSE
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split("${").skip(1))
            .filter_map(|rest| rest.split([':', '}']).next())
            .collect();
        let given: BTreeSet<&str> = settings.lines().filter_map(|line| line.split('=').next()).collect();
        assert_eq!(asked, given);
        assert!(!settings.contains("_PORT=0"), "{settings}");
    }

    #[test]
    fn services_are_the_stores() {
        let services: BTreeSet<&str> = COMPOSE
            .split("\nservices:\n")
            .nth(1)
            .unwrap()
            .split("\nvolumes:\n")
            .next()
            .unwrap()
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
            .filter(|name| !name.starts_with(' '))
            .collect();
        assert_eq!(services, Store::ALL.map(Store::name).into());
    }
}

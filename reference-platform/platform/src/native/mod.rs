//! The stores as processes of this machine.

mod clickhouse;
pub(crate) mod jars;
mod kafka;
mod neo4j;
mod postgres;
mod programs;
mod redis;

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures::future::join_all;
use rustix::process::Signal;

use crate::folder::Folder;
use crate::limits::Limits;
use crate::process::{Launch, Process};
use crate::progress::Progress;
use crate::state::{Backend, Part};
use crate::stores::{Endpoints, Store, all_of};
use crate::{ports, probe};

/// A store that has not answered for so long since its start does not work. Java on a busy machine takes its time.
const READY: Duration = Duration::from_secs(90);
/// After so long a store that was asked to stop is killed.
const GRACE: Duration = Duration::from_secs(30);

/// The stores of one folder. Cheap to clone.
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

    /// Brings up what does not run and waits until all answer. What runs is left alone. Fails when one does not come up,
    /// after the others have.
    pub async fn up(&self, progress: &Progress) -> Result<Endpoints> {
        self.assign_ports()?;
        let endpoints = self.endpoints()?;
        all_of(join_all(Store::ALL.map(|store| self.bring_up(store, progress))).await)?;
        self.folder.publish(&endpoints)?;
        Ok(endpoints)
    }

    /// Where the stores are, whether they run or not.
    pub fn endpoints(&self) -> Result<Endpoints> {
        let state = self.folder.state()?;
        Ok(Endpoints::local(|store| state.parts.get(store.name()).map_or(0, |part| part.port("port"))))
    }

    /// Starts one that was stopped or died, at the ports that it had, and waits until it answers.
    pub async fn start(&self, store: Store) -> Result<()> {
        self.bring_up(store, &Progress::silent()).await
    }

    /// Stops one in order. What it holds stays. Fails when it had to be killed.
    pub async fn stop(&self, store: Store) -> Result<()> {
        ensure!(self.halt(store).await?, "{store} did not stop within {} s and was killed", GRACE.as_secs());
        Ok(())
    }

    /// Ends one without asking, as a crash would.
    pub async fn kill(&self, store: Store) -> Result<()> {
        if let Some(process) = self.part(store)?.process {
            process.kill().await.with_context(|| format!("cannot kill {store}"))?;
        }
        self.forget_process(store)
    }

    /// Stops all. What they hold stays unless `discard` says that it goes; logs stay.
    pub async fn down(&self, discard: bool, progress: &Progress) -> Result<()> {
        let stop = async |store: Store| {
            if self.folder.state()?.parts.get(store.name()).is_none_or(|part| part.process.is_none()) {
                return Ok(());
            }
            let step = progress.begin(store.name(), "stopping");
            let in_order = self.halt(store).await?;
            step.done(if in_order { "stopped" } else { "killed: it did not stop" });
            Ok(())
        };
        all_of(join_all(Store::ALL.map(stop)).await)?;
        if discard {
            self.folder.clear()?;
        }
        Ok(())
    }

    /// False if it had to be killed.
    async fn halt(&self, store: Store) -> Result<bool> {
        let Some(process) = self.part(store)?.process else { return Ok(true) };
        let in_order = process.stop(stop_signal(store), GRACE).await.with_context(|| format!("cannot stop {store}"))?;
        self.forget_process(store)?;
        Ok(in_order)
    }

    /// A store keeps its ports, unless it does not run and somebody else has taken one.
    fn assign_ports(&self) -> Result<()> {
        self.folder.update(|state| {
            state.backend = Some(Backend::Native);
            let mut taken: BTreeSet<u16> = state.parts.values().flat_map(|part| part.ports.values().copied()).collect();
            for store in Store::ALL {
                let part = state.parts.entry(store.name().to_owned()).or_default();
                let has_all = store.purposes().iter().all(|purpose| part.ports.contains_key(*purpose));
                if has_all && (part.alive().is_some() || part.ports.values().all(|port| ports::is_free(*port))) {
                    continue;
                }
                let free = ports::free(store.purposes().len(), &taken)?;
                taken.extend(&free);
                part.ports = store.purposes().iter().map(|purpose| (*purpose).to_owned()).zip(free).collect();
            }
            Ok(())
        })?
    }

    async fn bring_up(&self, store: Store, progress: &Progress) -> Result<()> {
        let what = || format!("{store} did not come up");
        let part = self.part(store)?;
        let endpoints = self.endpoints()?;
        let log = self.folder.log(store.name());
        let answers = async || probe::store(store, &endpoints).await;
        if let Some(process) = part.alive() {
            process.ready(READY, &log, answers).await.with_context(what)?;
            progress.say(&format!("{:<20} runs at port {}", store.name(), part.port("port")));
            return Ok(());
        }
        let step = progress.begin(store.name(), "starting");
        let launch = self.prepare(store, &part).await.with_context(what)?;
        let process = launch.start().with_context(what)?;
        self.set_process(store, &process)?;
        if let Err(error) = process.ready(READY, &log, answers).await {
            process.kill().await?;
            self.forget_process(store)?;
            return Err(error).with_context(what);
        }
        step.done(&format!("answers at port {}", part.port("port")));
        Ok(())
    }

    /// Writes what the store needs on disk before it starts; nothing that it already has is changed.
    async fn prepare(&self, store: Store, part: &Part) -> Result<Launch> {
        match store {
            Store::Postgres => postgres::prepare(&self.folder, part, &self.limits).await,
            Store::Redis => redis::prepare(&self.folder, part, &self.limits),
            Store::Kafka => kafka::prepare(&self.folder, part, &self.limits).await,
            Store::ClickHouse => clickhouse::prepare(&self.folder, part, &self.limits),
            Store::Neo4j => neo4j::prepare(&self.folder, part, &self.limits).await,
        }
    }

    fn part(&self, store: Store) -> Result<Part> {
        let mut state = self.folder.state()?;
        state.parts.remove(store.name()).with_context(|| format!("{store} was never brought up"))
    }

    fn set_process(&self, store: Store, process: &Process) -> Result<()> {
        self.folder.update(|state| {
            state.parts.entry(store.name().to_owned()).or_default().process = Some(process.clone());
        })
    }

    fn forget_process(&self, store: Store) -> Result<()> {
        self.folder.update(|state| {
            if let Some(part) = state.parts.get_mut(store.name()) {
                part.process = None;
            }
        })
    }
}

/// PostgreSQL waits for its clients to go when it gets SIGTERM; SIGINT sends them away.
fn stop_signal(store: Store) -> Signal {
    match store {
        Store::Postgres => Signal::INT,
        Store::Redis | Store::Kafka | Store::ClickHouse | Store::Neo4j => Signal::TERM,
    }
}

//! The services as processes of this machine, one for each replica.

mod catalog;
mod environment;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures::future::join_all;
use rustix::process::Signal;
use social_auth::SigningKey;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

pub use catalog::{SERVICES, Service};

use crate::folder::Folder;
use crate::keys::platform_key;
use crate::limits::Limits;
use crate::process::{Launch, Process};
use crate::progress::Progress;
use crate::state::{Part, State};
use crate::stores::all_of;
use crate::{ports, probe};
use environment::Common;

const PURPOSES: [&str; 3] = ["grpc", "http", "admin"];
/// A replica that was not ready for so long since its start does not work.
const READY: Duration = Duration::from_secs(60);
/// After so long a replica that was asked to stop is killed: more than it needs for draining and for what is in flight.
const GRACE: Duration = Duration::from_secs(60);
/// How long a job may take.
const JOB: Duration = Duration::from_secs(120);

/// Which migrations run.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Phase {
    /// What must run before the new version does; it only adds.
    Expand,
    /// What must run when no old version is left; it removes.
    Contract,
}

/// How many replicas are wanted, by the name of the service. One that is not named keeps what it has, at first one.
pub type Replicas = BTreeMap<&'static str, u16>;

/// The services of one folder, whose stores are up.
#[derive(Clone, Debug)]
pub struct Services {
    folder: Folder,
    programs: PathBuf,
    limits: Limits,
    selected: Vec<&'static Service>,
    settings: Vec<(String, String)>,
}

impl Services {
    /// `programs` is the folder with the built programs. Nothing is started yet.
    pub fn new(folder: Folder, programs: PathBuf, limits: Limits) -> Self {
        Self { folder, programs, limits, selected: SERVICES.iter().collect(), settings: Vec::new() }
    }

    /// Only those of these names are migrated and brought up. The others are left as they are: down, for who calls them.
    #[must_use]
    pub fn only(mut self, names: &[&str]) -> Self {
        self.selected.retain(|service| names.contains(&service.name));
        self
    }

    /// A setting for all replicas, before those that the launcher knows itself.
    #[must_use]
    pub fn with_setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Fails when a program is not there, and names it.
    pub fn check_programs(&self) -> Result<()> {
        let missing: Vec<String> = self
            .selected
            .iter()
            .filter(|service| !self.program(service).is_file())
            .map(|service| service.program())
            .collect();
        ensure!(
            missing.is_empty(),
            "not built yet in {}: {}; `cargo build --workspace` builds them",
            self.programs.display(),
            missing.join(", ")
        );
        Ok(())
    }

    /// Makes the databases that are not there and runs the migrations of all services.
    pub async fn migrate(&self, phase: Phase, progress: &Progress) -> Result<()> {
        self.check_programs()?;
        let common = self.common()?;
        self.create_databases(&common).await?;
        let migrate = async |service: &'static Service| {
            let step = progress.begin(&service.program(), "migrating");
            let argument = match phase {
                Phase::Expand => "expand",
                Phase::Contract => "contract",
            };
            let job = self.job(service, "migrate", &["migrate", argument], &common).await;
            job.with_context(|| format!("the migrations of {} failed", service.program()))?;
            step.done("migrated");
            Ok(())
        };
        let with_tables = self.selected.iter().copied().filter(|service| service.has_migrations());
        all_of(join_all(with_tables.map(migrate)).await)
    }

    /// Removes the events that must not stay, as the job of events-service does once a day.
    pub async fn sweep(&self) -> Result<()> {
        let service = Service::named("events").context("there is no service events")?;
        self.job(service, "sweep", &["sweep"], &self.common()?).await.context("the sweep of events-service failed")
    }

    /// Runs a program to its end with the settings of its service.
    async fn job(&self, service: &Service, name: &str, args: &[&str], common: &Common) -> Result<()> {
        // It listens nowhere and calls nobody.
        let state = State { otlp: self.folder.state()?.otlp, ..State::default() };
        let name = format!("{}-{name}", service.name);
        let mut launch = self.launch(service, &name, &Part::default(), &state, common)?;
        launch.args = args.iter().map(|&argument| argument.to_owned()).collect();
        launch.run(JOB).await
    }

    /// Brings up what does not run, restarts what would now be started differently (another program, other settings),
    /// leaves alone what is healthy, and waits until all are ready. The migrations have run.
    pub async fn up(&self, replicas: &Replicas, progress: &Progress) -> Result<()> {
        self.check_programs()?;
        let superfluous = self.assign_ports(replicas)?;
        for name in superfluous {
            self.halt(&name).await?;
            self.folder.update(|state| state.parts.remove(&name))?;
            progress.say(&format!("{name:<20} removed"));
        }
        let common = self.common()?;
        let names: Vec<String> = self.replicas()?;
        all_of(join_all(names.iter().map(|name| self.bring_up(name, &common, progress))).await)
    }

    /// The replicas that were brought up, whether they run or not.
    pub fn replicas(&self) -> Result<Vec<String>> {
        let names = self.folder.state()?.parts.into_keys();
        Ok(names.filter(|name| Service::of_replica(name).is_some()).collect())
    }

    /// Starts a replica that was stopped or died, at the ports that it had, and waits until it is ready.
    pub async fn start(&self, replica: &str) -> Result<()> {
        self.bring_up(replica, &self.common()?, &Progress::silent()).await
    }

    /// Stops a replica in order. Fails when it had to be killed.
    pub async fn stop(&self, replica: &str) -> Result<()> {
        ensure!(self.halt(replica).await?, "{replica} did not stop within {} s and was killed", GRACE.as_secs());
        Ok(())
    }

    /// Ends a replica without asking, as a crash would.
    pub async fn kill(&self, replica: &str) -> Result<()> {
        if let Some(process) = self.part(replica)?.process {
            process.kill().await.with_context(|| format!("cannot kill {replica}"))?;
        }
        self.set_process(replica, None, 0)
    }

    /// Stops all.
    pub async fn down(&self, progress: &Progress) -> Result<()> {
        let stop = async |name: String| {
            if self.part(&name)?.process.is_none() {
                return Ok(());
            }
            let step = progress.begin(&name, "stopping");
            let in_order = self.halt(&name).await?;
            step.done(if in_order { "stopped" } else { "killed: it did not stop" });
            Ok(())
        };
        all_of(join_all(self.replicas()?.into_iter().map(stop)).await)
    }

    /// Where a replica listens: `grpc`, `http` or `admin`.
    pub fn address(&self, replica: &str, purpose: &str) -> Result<SocketAddr> {
        let part = self.part(replica)?;
        ensure!(part.ports.contains_key(purpose), "{replica} has no port for {purpose}");
        Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, part.port(purpose))))
    }

    /// Where all replicas of a service take calls: URLs, separated by commas. One at which nobody listens where there are none.
    pub fn urls(&self, service: &str) -> Result<String> {
        Ok(environment::urls(service, &self.folder.state()?))
    }

    /// The process of a replica, if it lives.
    pub fn process(&self, replica: &str) -> Result<Option<Process>> {
        Ok(self.part(replica)?.alive().cloned())
    }

    /// The platform's pair of keys, with which an operator's tokens are signed.
    pub fn key(&self) -> Result<SigningKey> {
        platform_key(&self.folder)
    }

    /// Gives each wanted replica ports. The result are those that are no longer wanted.
    fn assign_ports(&self, wanted: &Replicas) -> Result<Vec<String>> {
        self.folder.update(|state| {
            let mut taken: BTreeSet<u16> = state.parts.values().flat_map(|part| part.ports.values().copied()).collect();
            let mut superfluous = Vec::new();
            for service in &self.selected {
                let has = state.parts.keys().filter_map(|name| Service::of_replica(name));
                let has = has.filter(|(known, _)| known.name == service.name).map(|(_, number)| number).max();
                let count = wanted.get(service.name).copied().or(has).unwrap_or(1);
                for number in 1..=count {
                    let part = state.parts.entry(service.replica(number)).or_default();
                    let has_all = PURPOSES.iter().all(|purpose| part.ports.contains_key(*purpose));
                    if has_all && (part.alive().is_some() || part.ports.values().all(|port| ports::is_free(*port))) {
                        continue;
                    }
                    let free = ports::free(PURPOSES.len(), &taken)?;
                    taken.extend(&free);
                    part.ports = PURPOSES.map(str::to_owned).into_iter().zip(free).collect();
                }
                superfluous.extend((count + 1..=has.unwrap_or(0)).map(|number| service.replica(number)));
            }
            Ok(superfluous)
        })?
    }

    async fn bring_up(&self, name: &str, common: &Common, progress: &Progress) -> Result<()> {
        let what = || format!("{name} did not come up");
        let (service, _) = Service::of_replica(name).with_context(|| format!("{name} is no replica of a service"))?;
        let state = self.folder.state()?;
        let part = state.parts.get(name).with_context(|| format!("{name} was never brought up"))?;
        let launch = self.launch(service, name, part, &state, common)?;
        let fingerprint = fingerprint(&launch)?;
        let ready = async || readiness(part).await;

        if let Some(process) = part.alive() {
            if part.fingerprint == fingerprint {
                process.ready(READY, &launch.log, ready).await.with_context(what)?;
                progress.say(&format!("{name:<20} runs at port {}", part.port("grpc")));
                return Ok(());
            }
            progress.say(&format!("{name:<20} has changed"));
            self.halt(name).await?;
        }
        let step = progress.begin(name, "starting");
        let process = launch.start().with_context(what)?;
        self.set_process(name, Some(&process), fingerprint)?;
        if let Err(error) = process.ready(READY, &launch.log, ready).await {
            process.kill().await?;
            self.set_process(name, None, 0)?;
            return Err(error).with_context(what);
        }
        step.done(&format!("ready at port {}", part.port("grpc")));
        Ok(())
    }

    fn launch(&self, service: &Service, name: &str, part: &Part, state: &State, common: &Common) -> Result<Launch> {
        let directory = self.folder.data("services").join(name);
        let args = vec!["serve".to_owned()];
        let mut launch = Launch::new(self.program(service), args, directory, self.folder.log(name));
        launch.env = self.settings.clone();
        launch.env.extend(environment::of(service, name, part, state, &self.folder, common)?);
        Ok(launch)
    }

    fn common(&self) -> Result<Common> {
        let endpoints = self.folder.endpoints()?.context("the stores are not up")?;
        let key = platform_key(&self.folder)?;
        let (private_key, public_key) = (key.to_pem(), key.public_pem());
        Ok(Common { endpoints, limits: self.limits.clone(), private_key, public_key })
    }

    async fn create_databases(&self, common: &Common) -> Result<()> {
        let server = &common.endpoints.postgres.url;
        let mut connection = PgConnection::connect(server).await.context("cannot connect to PostgreSQL")?;
        let there: Vec<String> =
            sqlx::query_scalar("SELECT datname::text FROM pg_database").fetch_all(&mut connection).await?;
        for database in self.selected.iter().filter_map(|service| service.database) {
            if !there.iter().any(|name| name == database) {
                let create = AssertSqlSafe(format!("CREATE DATABASE \"{database}\""));
                sqlx::query(create)
                    .execute(&mut connection)
                    .await
                    .with_context(|| format!("cannot create {database}"))?;
            }
        }
        connection.close().await?;
        Ok(())
    }

    fn program(&self, service: &Service) -> PathBuf {
        self.programs.join(service.program())
    }

    /// False if it had to be killed.
    async fn halt(&self, name: &str) -> Result<bool> {
        let Some(process) = self.part(name)?.process else { return Ok(true) };
        let in_order = process.stop(Signal::TERM, GRACE).await.with_context(|| format!("cannot stop {name}"))?;
        self.set_process(name, None, 0)?;
        Ok(in_order)
    }

    fn part(&self, name: &str) -> Result<Part> {
        let mut state = self.folder.state()?;
        state.parts.remove(name).with_context(|| format!("{name} was never brought up"))
    }

    fn set_process(&self, name: &str, process: Option<&Process>, fingerprint: u64) -> Result<()> {
        self.folder.update(|state| {
            if let Some(part) = state.parts.get_mut(name) {
                part.process = process.cloned();
                part.fingerprint = fingerprint;
            }
        })
    }
}

/// One look at whether a replica takes requests.
pub(crate) async fn readiness(part: &Part) -> Result<()> {
    probe::http(&format!("http://127.0.0.1:{}/readyz", part.port("admin"))).await
}

/// Of what a replica is started with: its settings, and which build of the program. Only compared with an earlier one; should
/// another version of this program make other ones, replicas are restarted once.
fn fingerprint(launch: &Launch) -> Result<u64> {
    let built = |program: &Path| -> Result<_> { Ok(program.metadata()?.modified()?) };
    let mut hasher = DefaultHasher::new();
    built(&launch.program).with_context(|| format!("cannot look at {}", launch.program.display()))?.hash(&mut hasher);
    launch.args.hash(&mut hasher);
    launch.env.hash(&mut hasher);
    Ok(hasher.finish())
}

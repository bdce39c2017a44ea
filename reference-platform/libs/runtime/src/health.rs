//! What the process can do: started, stopping, and which of the things that it depends on are there.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// The rhythm of checks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Pause after a check that succeeded.
    up: Duration,
    /// Pause after one that failed.
    down: Duration,
    /// One that takes longer has failed.
    timeout: Duration,
}

impl Pace {
    pub(crate) const USUAL: Self =
        Self { up: Duration::from_secs(5), down: Duration::from_secs(1), timeout: Duration::from_secs(2) };
}

/// So many failures in a row make a dependency that was there go down: all replicas notice the same hiccup, and with one they would
/// leave together.
const FAILURES_UNTIL_DOWN: u32 = 2;

/// What a dependency means for readiness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Importance {
    /// Without it nothing can be answered.
    Critical,
    /// Without it some answers are worse.
    Degraded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum DependencyStatus {
    Unknown,
    Up,
    Down,
}

#[derive(Clone, Debug, Serialize)]
struct Dependency {
    name: &'static str,
    importance: Importance,
    status: DependencyStatus,
    #[serde(skip)]
    failures: u32,
}

#[derive(Clone, Debug, Default)]
struct State {
    started: bool,
    stopping: bool,
    dependencies: Vec<Dependency>,
}

impl State {
    fn ready(&self) -> bool {
        let mut critical = self.dependencies.iter().filter(|one| one.importance == Importance::Critical);
        self.started && !self.stopping && critical.all(|one| one.status == DependencyStatus::Up)
    }
}

/// `/readyz`. Says no causes: they are in the log, and may name hosts.
#[derive(Debug, Serialize)]
pub(crate) struct Readiness {
    pub(crate) ready: bool,
    dependencies: Vec<Dependency>,
}

/// Shared by whoever reports and whoever is asked.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    state: watch::Sender<State>,
}

impl Health {
    pub(crate) fn new() -> Self {
        Self { state: watch::Sender::new(State::default()) }
    }

    pub(crate) fn start(&self) {
        self.state.send_modify(|state| state.started = true);
    }

    pub(crate) fn stop(&self) {
        self.state.send_modify(|state| state.stopping = true);
    }

    pub(crate) fn started(&self) -> bool {
        self.state.borrow().started
    }

    pub(crate) fn readiness(&self) -> Readiness {
        let state = self.state.borrow();
        Readiness { ready: state.ready(), dependencies: state.dependencies.clone() }
    }

    /// Returns when the process is ready.
    pub(crate) async fn ready(&self) {
        // Fails when the sender is gone, and `self` is one.
        let _ = self.state.subscribe().wait_for(State::ready).await;
    }

    pub(crate) fn add(&self, name: &'static str, importance: Importance) {
        let dependency = Dependency { name, importance, status: DependencyStatus::Unknown, failures: 0 };
        self.state.send_modify(|state| state.dependencies.push(dependency));
    }

    /// Checks a dependency until `stop`.
    pub(crate) async fn watch<F, Fut>(
        self,
        name: &'static str,
        pace: Pace,
        check: F,
        stop: CancellationToken,
    ) -> anyhow::Result<()>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = anyhow::Result<()>>,
    {
        loop {
            let result = match tokio::time::timeout(pace.timeout, check()).await {
                Ok(result) => result,
                Err(_) => Err(anyhow::anyhow!("no answer within {:?}", pace.timeout)),
            };
            let pause = if result.is_ok() { pace.up } else { pace.down };
            self.report(name, result);
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn report(&self, name: &'static str, result: anyhow::Result<()>) {
        self.state.send_if_modified(|state| {
            let Some(dependency) = state.dependencies.iter_mut().find(|one| one.name == name) else { return false };
            let before = dependency.status;
            match &result {
                Ok(()) => {
                    dependency.failures = 0;
                    dependency.status = DependencyStatus::Up;
                }
                Err(error) => {
                    dependency.failures = dependency.failures.saturating_add(1);
                    if before == DependencyStatus::Unknown || dependency.failures >= FAILURES_UNTIL_DOWN {
                        dependency.status = DependencyStatus::Down;
                    }
                    tracing::warn!(dependency = name, failures = dependency.failures, "check failed: {error:#}");
                }
            }
            let up = if dependency.status == DependencyStatus::Up { 1.0 } else { 0.0 };
            metrics::gauge!("dependency_up", "dependency" => name).set(up);
            if dependency.status != before {
                tracing::info!(dependency = name, status = ?dependency.status, "dependency");
            }
            dependency.status != before
        });
    }

    /// Tells `grpc.health.v1` until `stop`. Then it forgets the names, which ends the streams of those who watch them: they would keep
    /// the server from stopping.
    pub(crate) async fn tell(
        self,
        mut reporter: HealthReporter,
        names: Vec<&'static str>,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        let mut state = self.state.subscribe();
        loop {
            let ready = state.borrow_and_update().ready();
            let status = if ready { ServingStatus::Serving } else { ServingStatus::NotServing };
            for name in &names {
                reporter.set_service_status(name, status).await;
            }
            tokio::select! {
                () = stop.cancelled() => break,
                changed = state.changed() => changed?,
            }
        }
        for name in names {
            reporter.clear_service_status(name).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn down() -> anyhow::Result<()> {
        Err(anyhow::anyhow!("down"))
    }

    #[test]
    fn critical_dependencies_decide_readiness() {
        let health = Health::new();
        health.add("postgresql", Importance::Critical);
        health.add("redis", Importance::Degraded);
        health.report("postgresql", Ok(()));
        assert!(!health.readiness().ready, "not started");
        health.start();
        assert!(health.readiness().ready, "what only degrades need not be known");

        health.report("redis", down());
        assert!(health.readiness().ready);
        health.report("postgresql", down());
        assert!(health.readiness().ready, "one hiccup");
        health.report("postgresql", down());
        assert!(!health.readiness().ready);
        let json = serde_json::to_value(health.readiness()).unwrap();
        assert_eq!(json["dependencies"][0]["status"], "down");
        assert_eq!(json["dependencies"][1]["importance"], "degraded");

        health.report("postgresql", Ok(()));
        assert!(health.readiness().ready);
        health.stop();
        assert!(!health.readiness().ready);
    }

    #[test]
    fn a_critical_dependency_that_never_was_there_is_down_at_once() {
        let health = Health::new();
        health.add("postgresql", Importance::Critical);
        health.start();
        assert!(!health.readiness().ready, "unknown");
        health.report("postgresql", down());
        assert!(!health.readiness().ready);
    }

    #[tokio::test]
    async fn a_check_that_hangs_has_failed_and_recovers() {
        let health = Health::new();
        health.add("kafka", Importance::Critical);
        health.start();
        let checks = Arc::new(AtomicU32::new(0));
        let counted = checks.clone();
        let check = move || {
            let hangs = counted.fetch_add(1, Ordering::Relaxed) < 2;
            async move {
                if hangs {
                    std::future::pending::<()>().await;
                }
                Ok(())
            }
        };
        let short = Duration::from_millis(5);
        let pace = Pace { up: Duration::from_secs(9), down: short, timeout: short };
        let stop = CancellationToken::new();
        let watching = tokio::spawn(health.clone().watch("kafka", pace, check, stop.clone()));
        tokio::time::timeout(Duration::from_secs(5), health.ready()).await.unwrap();
        assert_eq!(checks.load(Ordering::Relaxed), 3);
        stop.cancel();
        watching.await.unwrap().unwrap();
    }
}

//! The life of a service process: listeners, tasks in phases, signals, stopping in order.

use std::net::{SocketAddr, TcpListener};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix_web::web::ServiceConfig;
use anyhow::Context;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tonic::transport::ServerTlsConfig;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use crate::admin::{self, Admin};
use crate::grpc::{self, GrpcRouter};
use crate::health::{Health, Importance, Pace};
use crate::rest;
use crate::settings::Settings;

/// How long each of the later phases may take: a consumer ends one event, not a request of a user.
const PHASE_GRACE: Duration = Duration::from_secs(5);

/// How often samples of metrics are folded.
const UPKEEP: Duration = Duration::from_secs(5);

/// When a task stops: each phase ends before the next one begins to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// What takes requests.
    Servers,
    /// What takes events.
    Consumers,
    /// What both of them leave work to: relays, sweepers.
    Background,
}

/// Where the listeners are, which matters when a port was left to the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// gRPC.
    pub grpc: SocketAddr,
    /// REST.
    pub http: SocketAddr,
    /// Metrics and probes.
    pub admin: SocketAddr,
}

/// From outside of a [`Runtime`], as tests hold it.
#[derive(Clone, Debug)]
pub struct Handle {
    shutdown: CancellationToken,
    health: Health,
}

impl Handle {
    /// Stops the service as SIGTERM does.
    pub fn shutdown(&self) {
        self.shutdown.cancel();
    }

    /// Returns when the service is ready. It may never be: callers bound their waiting.
    pub async fn ready(&self) {
        self.health.ready().await;
    }
}

#[derive(Default)]
struct Stage {
    stop: CancellationToken,
    tasks: JoinSet<(&'static str, anyhow::Result<()>)>,
}

/// One service in this process. What it runs ends with it: when it is dropped without [`Runtime::run`], at once.
pub struct Runtime {
    settings: Settings,
    bound: Bound,
    grpc: Option<tokio::net::TcpListener>,
    http: Option<TcpListener>,
    admin: Admin,
    health: Health,
    reporter: HealthReporter,
    long_running: Vec<&'static str>,
    tls: Option<ServerTlsConfig>,
    servers: Stage,
    consumers: Stage,
    background: Stage,
    hooks: Vec<(&'static str, BoxFuture<'static, ()>)>,
    shutdown: CancellationToken,
}

impl Runtime {
    /// Binds the listeners and starts that for operators, so that probes are answered while the service still starts. `service` is
    /// its name in the log. Must be called within a Tokio runtime.
    ///
    /// # Errors
    ///
    /// An address that cannot be had.
    pub async fn bind(service: &'static str, settings: &Settings) -> anyhow::Result<Self> {
        social_telemetry::install();
        let grpc = tokio::net::TcpListener::bind(settings.grpc_addr)
            .await
            .with_context(|| format!("GRPC_ADDR {}", settings.grpc_addr))?;
        let http =
            TcpListener::bind(settings.http_addr).with_context(|| format!("HTTP_ADDR {}", settings.http_addr))?;
        let admin =
            TcpListener::bind(settings.admin_addr).with_context(|| format!("ADMIN_ADDR {}", settings.admin_addr))?;
        let bound = Bound { grpc: grpc.local_addr()?, http: http.local_addr()?, admin: admin.local_addr()? };

        let health = Health::new();
        let reporter = HealthReporter::new();
        reporter.set_service_status("", ServingStatus::NotServing).await;
        let mut runtime = Self {
            settings: settings.clone(),
            bound,
            grpc: Some(grpc),
            http: Some(http),
            admin: admin::start(admin, health.clone())?,
            health,
            reporter,
            long_running: Vec::new(),
            tls: None,
            servers: Stage::default(),
            consumers: Stage::default(),
            background: Stage::default(),
            hooks: Vec::new(),
            shutdown: CancellationToken::new(),
        };
        runtime.spawn(Phase::Background, "metrics upkeep", |stop| async move {
            while stop.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
                social_telemetry::upkeep();
            }
            Ok(())
        });
        tracing::info!(service, grpc = %bound.grpc, http = %bound.http, admin = %bound.admin, "bound");
        Ok(runtime)
    }

    /// Where the listeners are.
    pub fn bound(&self) -> Bound {
        self.bound
    }

    /// To wait for readiness and to stop from outside.
    pub fn handle(&self) -> Handle {
        Handle { shutdown: self.shutdown.clone(), health: self.health.clone() }
    }

    /// Cancelled when servers stop: long streams end then, with UNAVAILABLE; see [`crate::until_stopping`].
    pub fn stopping(&self) -> CancellationToken {
        self.servers.stop.clone()
    }

    /// RPCs (`/package.Service/Method`) and routes (their patterns) that may take longer than `REQUEST_TIMEOUT`: uploads, sockets.
    /// Only the deadline of their caller applies. Counts for servers made after it.
    pub fn long_running(&mut self, names: &[&'static str]) {
        self.long_running.extend_from_slice(names);
    }

    /// Whoever connects to gRPC must have a certificate that these settings accept. `None`, which is the default, leaves that to a
    /// mesh. Counts for servers made after it. Probes of Kubernetes have no certificate: they go to `/livez` and `/readyz` then.
    pub fn require_certificates(&mut self, tls: Option<ServerTlsConfig>) {
        self.tls = tls;
    }

    /// Checks something that the service depends on, every few seconds; a check of more than two seconds has failed. The service is
    /// ready when all critical ones are there. Names are labels of `dependency_up`: `postgresql`, `user-service`.
    pub fn check<F, Fut>(&mut self, name: &'static str, importance: Importance, check: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.health.add(name, importance);
        let health = self.health.clone();
        self.spawn(Phase::Background, name, move |stop| health.watch(name, Pace::USUAL, check, stop));
    }

    /// Runs a task until its phase stops, which its token tells. A task may end before that; one that fails or panics stops the
    /// service, in order.
    pub fn spawn<F, Fut>(&mut self, phase: Phase, name: &'static str, task: F)
    where
        F: FnOnce(CancellationToken) -> Fut,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let stage = match phase {
            Phase::Servers => &mut self.servers,
            Phase::Consumers => &mut self.consumers,
            Phase::Background => &mut self.background,
        };
        let task = AssertUnwindSafe(task(stage.stop.clone())).catch_unwind();
        stage.tasks.spawn(async move { (name, task.await.unwrap_or_else(|_| Err(anyhow::anyhow!("panicked")))) });
    }

    /// Runs after all phases, in the reverse order of the calls: pools are closed by those who opened them.
    pub fn on_close(&mut self, name: &'static str, hook: impl Future<Output = ()> + Send + 'static) {
        self.hooks.push((name, hook.boxed()));
    }

    /// A server of tonic with bounds, keepalive, deadlines, telemetry, `grpc.health.v1` and reflection. `services` are the full names
    /// that are added to it: health is told for each and for the process (the empty name). `descriptors` is an encoded
    /// `FileDescriptorSet` that holds them.
    ///
    /// # Errors
    ///
    /// Descriptors that cannot be read, certificates that cannot be used.
    pub fn grpc_server(&mut self, services: &[&'static str], descriptors: &'static [u8]) -> anyhow::Result<GrpcRouter> {
        let mut reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(descriptors)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health");
        for service in services {
            reflection = reflection.with_service_name(*service);
        }
        let health = HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()));

        let (told, reporter) = (self.health.clone(), self.reporter.clone());
        let names = [""].into_iter().chain(services.iter().copied()).collect();
        self.spawn(Phase::Servers, "health", move |stop| told.tell(reporter, names, stop));
        Ok(grpc::builder(&self.settings, self.long_running.as_slice().into(), self.tls.clone())?
            .add_service(health)
            .add_service(reflection.build_v1()?))
    }

    /// Serves gRPC until the phase of servers stops, then ends what is in flight.
    ///
    /// # Errors
    ///
    /// The listener is served already.
    pub fn serve_grpc(&mut self, router: GrpcRouter) -> anyhow::Result<()> {
        let listener = self.grpc.take().context("gRPC is served already")?;
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        self.spawn(Phase::Servers, "gRPC", |stop| async move {
            Ok(router.serve_with_incoming_shutdown(incoming, stop.cancelled_owned()).await?)
        });
        Ok(())
    }

    /// Serves REST until the phase of servers stops, then ends what is in flight. `configure` adds the routes; it runs on the thread
    /// of the one Actix worker. Bodies, heads and times are bounded, errors of extractors are problem documents.
    ///
    /// # Errors
    ///
    /// The listener is served already.
    pub fn serve_rest<F>(&mut self, configure: F) -> anyhow::Result<()>
    where
        F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
    {
        let listener = self.http.take().context("REST is served already")?;
        let mut server = rest::server(listener, &self.settings, self.long_running.as_slice().into(), configure)?;
        self.spawn(Phase::Servers, "REST", |stop| async move {
            let handle = server.handle();
            tokio::select! {
                ended = &mut server => {
                    ended?;
                    anyhow::bail!("the server ended by itself");
                }
                () = stop.cancelled() => {}
            }
            let ((), ended) = tokio::join!(handle.stop(true), server);
            Ok(ended?)
        });
        Ok(())
    }

    /// The service has started: it becomes ready as its dependencies are there. Returns after it has stopped in order because of
    /// SIGTERM, SIGINT or [`Handle::shutdown`].
    ///
    /// # Errors
    ///
    /// What failed, when a task has: the service then stops in order too.
    pub async fn run(mut self) -> anyhow::Result<()> {
        // Nobody waits on a listener that this service does not serve.
        self.grpc = None;
        self.http = None;
        self.health.start();
        tracing::info!("started");
        let outcome = self.wait().await;
        if let Err(error) = &outcome {
            tracing::error!("stopping because of a failure: {error:#}");
        }

        self.health.stop();
        tokio::time::sleep(self.settings.drain).await;
        self.servers.stop("servers", self.settings.shutdown_grace).await;
        self.consumers.stop("consumers", PHASE_GRACE).await;
        self.background.stop("background work", PHASE_GRACE).await;
        let hooks = self.hooks.drain(..).rev();
        let closing = async {
            for (name, hook) in hooks {
                tracing::debug!(name, "closing");
                hook.await;
            }
        };
        if tokio::time::timeout(PHASE_GRACE, closing).await.is_err() {
            tracing::warn!("not all was closed in time");
        }
        drop(self.admin);
        tracing::info!("stopped");
        outcome
    }

    /// Until there is a reason to stop.
    async fn wait(&mut self) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let reason = loop {
            let ended = tokio::select! {
                _ = terminate.recv() => break "SIGTERM",
                _ = interrupt.recv() => break "SIGINT",
                () = self.shutdown.cancelled() => break "handle",
                Some(ended) = self.servers.tasks.join_next() => ended,
                Some(ended) = self.consumers.tasks.join_next() => ended,
                Some(ended) = self.background.tasks.join_next() => ended,
            };
            failure(ended)?;
        };
        tracing::info!(reason, "stopping");
        Ok(())
    }
}

impl Stage {
    /// Tells the tasks and waits for them; what is not done in time is aborted.
    async fn stop(&mut self, phase: &str, grace: Duration) {
        self.stop.cancel();
        let ending = async {
            while let Some(ended) = self.tasks.join_next().await {
                if let Err(error) = failure(ended) {
                    tracing::error!(phase, "while stopping: {error:#}");
                }
            }
        };
        if tokio::time::timeout(grace, ending).await.is_err() {
            tracing::warn!(phase, left = self.tasks.len(), "not done in time: given up");
            self.tasks.shutdown().await;
        }
    }
}

fn failure(ended: Result<(&'static str, anyhow::Result<()>), JoinError>) -> anyhow::Result<()> {
    let (name, result) = ended?;
    result.with_context(|| name.to_owned())
}

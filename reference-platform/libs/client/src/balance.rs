//! The addresses of a callee: found by name, again and again, each with a connection of its own; and which of them is next.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use http::Uri;
use tokio::sync::watch;
use tokio::time::Instant;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

use crate::Policy;

/// How often names are resolved, and how soon again when that failed.
const RESOLVE: Duration = Duration::from_secs(5);
const RESOLVE_AGAIN: Duration = Duration::from_secs(1);
/// How long an address is avoided whose connection failed.
const AVOID: Duration = Duration::from_secs(2);
const CONNECT: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(3);

/// One address of a callee. It connects when it is used, and again when the connection broke.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) at: SocketAddr,
    pub(crate) channel: Channel,
    in_flight: AtomicUsize,
    avoid_until: Mutex<Option<Instant>>,
}

impl Address {
    fn new(at: SocketAddr, channel: Channel) -> Self {
        Self { at, channel, in_flight: AtomicUsize::new(0), avoid_until: Mutex::new(None) }
    }

    /// Its connection failed: others are better for a while.
    pub(crate) fn avoid(&self) {
        *self.avoid_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + AVOID);
    }

    fn avoided(&self, now: Instant) -> bool {
        self.avoid_until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
    }
}

/// A call that an address is busy with.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Address>);

impl InFlight {
    fn new(address: Arc<Address>) -> Self {
        address.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(address)
    }

    pub(crate) fn address(&self) -> &Address {
        &self.0
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

type Known = Arc<[Arc<Address>]>;

/// All addresses of a callee; nothing before its names were resolved for the first time.
#[derive(Clone, Debug)]
pub(crate) struct Addresses(watch::Receiver<Option<Known>>);

impl Addresses {
    /// `urls` is one URL or several, separated by commas. Names are resolved by a task, which ends with the last clone.
    pub(crate) fn new(urls: &str, policy: &Policy, callee: &'static str) -> anyhow::Result<Self> {
        let targets =
            urls.split(',').map(|url| Target::new(url.trim(), policy)).collect::<anyhow::Result<Vec<Target>>>()?;
        let literal: Option<Vec<(SocketAddr, &Target)>> = targets
            .iter()
            .map(|target| Some((SocketAddr::new(target.host.parse().ok()?, target.port), target)))
            .collect();
        if let Some(found) = literal {
            let (_, receiver) = watch::channel(Some(connect(&found, &[])));
            return Ok(Self(receiver));
        }
        let (sender, receiver) = watch::channel(None);
        tokio::spawn(async move {
            loop {
                let resolved = tokio::select! {
                    resolved = resolve(&targets) => resolved,
                    () = sender.closed() => return,
                };
                let pause = match resolved {
                    Ok(found) => {
                        sender
                            .send_modify(|known| *known = Some(connect(&found, known.as_deref().unwrap_or_default())));
                        RESOLVE.mul_f64(rand::random_range(0.8..1.2))
                    }
                    Err(error) => {
                        tracing::warn!(callee, %error, "the callee's name cannot be resolved, the last addresses are kept");
                        sender.send_modify(|known| *known = Some(known.take().unwrap_or_default()));
                        RESOLVE_AGAIN
                    }
                };
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = sender.closed() => return,
                }
            }
        });
        Ok(Self(receiver))
    }

    /// The less busy of two at random, without those that are avoided and the one that was tried just now, if there are others.
    /// Nothing when no address is known.
    pub(crate) async fn pick(&self, tried: Option<SocketAddr>) -> Option<InFlight> {
        let known = self.0.clone().wait_for(Option::is_some).await.ok()?.clone()?;
        let now = Instant::now();
        let untried = |address: &&Arc<Address>| Some(address.at) != tried;
        let mut choice: Vec<&Arc<Address>> =
            known.iter().filter(|address| untried(address) && !address.avoided(now)).collect();
        if choice.is_empty() {
            choice = known.iter().filter(untried).collect();
        }
        if choice.is_empty() {
            choice = known.iter().collect();
        }
        let picked = match choice.as_slice() {
            [] => return None,
            [only] => only,
            [..] => {
                let first = rand::random_range(0..choice.len());
                let second = (first + rand::random_range(1..choice.len())) % choice.len();
                [choice[first], choice[second]]
                    .into_iter()
                    .min_by_key(|address| address.in_flight.load(Ordering::Relaxed))?
            }
        };
        Some(InFlight::new(picked.clone()))
    }
}

/// A name and how its addresses are spoken to.
#[derive(Debug)]
struct Target {
    origin: Uri,
    host: String,
    port: u16,
    connect_timeout: Duration,
    tls: Option<ClientTlsConfig>,
}

impl Target {
    fn new(url: &str, policy: &Policy) -> anyhow::Result<Self> {
        let origin: Uri = url.parse().with_context(|| format!("{url:?} is no URL"))?;
        let host = origin.host().with_context(|| format!("{url:?} has no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = origin.port_u16().with_context(|| format!("{url:?} has no port"))?;
        let tls = match origin.scheme_str() {
            Some("http") => None,
            Some("https") => {
                let tls = policy.tls.clone().with_context(|| format!("{url:?} needs certificates: Policy::tls"))?;
                Some(tls.domain_name(&host))
            }
            _ => anyhow::bail!("{url:?} begins neither with http:// nor with https://"),
        };
        // An address that does not answer must leave time to try another one.
        let connect_timeout = CONNECT.min(policy.deadline / 3);
        let target = Self { origin, host, port, connect_timeout, tls };
        target.endpoint(SocketAddr::from(([127, 0, 0, 1], port))).with_context(|| format!("{url:?} cannot be used"))?;
        Ok(target)
    }

    fn endpoint(&self, at: SocketAddr) -> anyhow::Result<Endpoint> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let endpoint = Endpoint::from_shared(format!("{scheme}://{at}"))?
            .origin(self.origin.clone())
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE_TIMEOUT);
        match &self.tls {
            Some(tls) => Ok(endpoint.tls_config(tls.clone())?),
            None => Ok(endpoint),
        }
    }
}

async fn resolve(targets: &[Target]) -> std::io::Result<Vec<(SocketAddr, &Target)>> {
    let mut found = Vec::new();
    for target in targets {
        let addresses = tokio::net::lookup_host((target.host.as_str(), target.port)).await?;
        found.extend(addresses.map(|address| (address, target)));
    }
    Ok(found)
}

/// Keeps the connections of addresses that were known.
fn connect(found: &[(SocketAddr, &Target)], known: &[Arc<Address>]) -> Known {
    let mut addresses: Vec<Arc<Address>> = Vec::with_capacity(found.len());
    for &(at, target) in found {
        if addresses.iter().any(|address| address.at == at) {
            continue;
        }
        if let Some(old) = known.iter().find(|address| address.at == at) {
            addresses.push(old.clone());
            continue;
        }
        match target.endpoint(at) {
            Ok(endpoint) => addresses.push(Arc::new(Address::new(at, endpoint.connect_lazy()))),
            Err(error) => tracing::error!(%at, %error, "this address cannot be used"),
        }
    }
    addresses.into()
}

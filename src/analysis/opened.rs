//! Clients to pools: each pool, store client or HTTP client as one service opens it, with its store, size and limits.
//!
//! Defaults were read in the sources of the crates: sqlx-core 0.9.0 (10 connections, 30 s to acquire), bb8 0.9.1 and
//! r2d2 0.8.10 (10, 30 s), deadpool 0.13.1 (two per core, no limit), redis 1.x (500 ms per answer; none before),
//! fred 10.1.0 (none); reqwest 0.12.28 and 0.13.5 (no limit on a request, 30 s if it blocks), awc 3.8.0 (5 s), ureq 3.1.4
//! (none).

use std::collections::BTreeSet;

use super::Model;
use super::figure::Figure;
use super::pods::{Pods, pods};
use crate::facts::Value;
use crate::facts::rust::{Client, ClientId, FunctionId, What};
use crate::graph::model::{End, HOLE, NodeId, ServiceId};
use crate::graph::schema::Reading;

/// One pool, or one client of a store, of one service.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The service.
    pub service: ServiceId,
    /// Where it is built.
    pub client: ClientId,
    /// The function that builds it.
    pub function: FunctionId,
    /// The store that it reaches, if it is the only one that it may be.
    pub store: Option<NodeId>,
    /// Connections of one copy.
    pub size: Figure,
    /// Copies in one pod: containers, and workers that build one each.
    pub copies: Figure,
    /// Pods of the service.
    pub pods: Pods,
    /// Whether only migrations go through it.
    pub migrates: bool,
}

impl Opened {
    /// Connections at the peak of a roll-out: size, copies and pods multiplied.
    #[must_use]
    pub fn peak(&self) -> Figure {
        let parts = [&self.size, &self.copies, &self.pods.peak];
        let origin = parts.iter().map(|part| part.written()).collect::<Vec<_>>().join(" × ");
        let mut product = Ok(1_i64);
        for part in parts {
            product = match (product, part.number.clone()) {
                (Ok(a), Ok(b)) => Ok(a.saturating_mul(b)),
                (Err(missing), _) | (_, Err(missing)) => Err(missing),
            };
        }
        Figure { number: product, origin }
    }

    /// Connections when nothing is rolled out; 0 if a part of them is not known.
    #[must_use]
    pub fn steady(&self) -> i64 {
        let parts = [&self.size, &self.copies, &self.pods.most];
        parts.iter().fold(1_i64, |product, part| product.saturating_mul(*part.number.as_ref().unwrap_or(&0)))
    }
}

/// All pools and store clients, by service and client.
#[must_use]
pub fn opened(model: &Model<'_>) -> Vec<Opened> {
    let mut all = Vec::new();
    for (service, of) in model.graph.services.iter().enumerate() {
        for client in &of.clients {
            let built = &model.facts.rust.clients[*client];
            if !is_store(&built.kind) && built.kind != "http" {
                continue;
            }
            let pods = pods(model, service);
            all.push(Opened {
                service,
                client: *client,
                function: function(model, *client),
                store: store(model, service, *client),
                size: size(model, service, built),
                copies: copies(model, service, built, &pods),
                pods,
                migrates: migrates(model, service, *client),
            });
        }
    }
    all
}

/// The function that builds a client: the one with its build step; else the one that is noted.
fn function(model: &Model<'_>, client: ClientId) -> FunctionId {
    let built = model
        .facts
        .rust
        .effects
        .iter()
        .find(|effect| matches!(effect.what, What::Build { client: of } if of == client));
    built.map_or(model.facts.rust.clients[client].function, |effect| effect.function)
}

fn is_store(kind: &str) -> bool {
    matches!(kind, "sql" | "cache" | "graphdb" | "analytics" | "search" | "document" | "object")
}

/// The store that the edges of the service show behind a client.
fn store(model: &Model<'_>, service: ServiceId, client: ClientId) -> Option<NodeId> {
    let of = &model.facts.rust.clients[client];
    let reaches = |seen_only: bool| -> BTreeSet<NodeId> {
        let edges = model.graph.out_of(service).map(|(_, edge)| edge).filter(|edge| edge.kind == of.kind);
        edges
            .filter(|edge| {
                !seen_only || edge.effects.iter().any(|id| model.facts.rust.effects[*id].clients.contains(&client))
            })
            .filter_map(|edge| match edge.to {
                End::Node(node) => Some(node),
                End::Service(_) => None,
            })
            .collect()
    };
    let mut found = reaches(true);
    if found.is_empty() {
        found = reaches(false);
    }
    if found.len() > 1 {
        let known = model.known(&model.graph.services[service], &of.address);
        found.retain(|node| known.texts.iter().any(|text| text.contains(&model.graph.nodes[*node].name)));
    }
    match found.len() {
        1 => found.first().copied(),
        _ => None,
    }
}

/// Whether all that goes through a client are migrations.
fn migrates(model: &Model<'_>, service: ServiceId, client: ClientId) -> bool {
    let effects = model.graph.services[service].effects.iter().map(|id| &model.facts.rust.effects[*id]);
    let mut any = false;
    for effect in effects.filter(|effect| effect.clients.contains(&client)) {
        match effect.what {
            What::Migrate { .. } => any = true,
            What::Build { .. } => {}
            _ => return false,
        }
    }
    any
}

fn size(model: &Model<'_>, service: ServiceId, client: &Client) -> Figure {
    if !client.pool {
        return Figure::known(1, "one connection");
    }
    let of = &model.graph.services[service];
    match client.options.get("max_connections") {
        Some(Value::Absent) | None => default_size(model, service, client),
        Some(value) => {
            let figure = Figure::of(model, of, value, &format!("pool size of {}", of.name));
            match (&figure.number, client.options_at.get("max_connections")) {
                (Ok(number), Some(at)) if crate::graph::model::is_constant(value) => {
                    Figure::known(*number, format!("{}:{}", at.file, at.line))
                }
                _ => figure,
            }
        }
    }
}

fn default_size(model: &Model<'_>, service: ServiceId, client: &Client) -> Figure {
    let name = &model.graph.services[service].name;
    if client.options.contains_key("pool_config") {
        return Figure::missing(&format!("pool size of {name}"), "a size that is set where the pool is built");
    }
    match client.library.as_str() {
        library @ ("sqlx" | "sea-orm" | "bb8" | "bb8-postgres" | "bb8-redis" | "r2d2" | "r2d2-postgres" | "diesel") => {
            let version = version(model, service, library).map_or_else(String::new, |version| format!(" {version}"));
            Figure::known(10, format!("{library}{version} default"))
        }
        _ => Figure::missing(
            &format!("pool size of {name}"),
            "a size that is set where the pool is built: the default follows the cores of the node",
        ),
    }
}

/// The version of a crate that a service's package uses.
#[must_use]
pub fn version<'a>(model: &'a Model<'_>, service: ServiceId, library: &str) -> Option<&'a str> {
    let package = model.graph.services[service].package.as_deref()?;
    let of = model.facts.rust.packages.iter().find(|of| of.name == package)?;
    of.dependencies.iter().find(|of| of.name == library).map(|of| of.version.as_str())
}

fn copies(model: &Model<'_>, service: ServiceId, client: &Client, pods: &Pods) -> Figure {
    if !client.per_worker {
        return Figure::known(pods.copies, if pods.copies == 1 { "one copy per pod" } else { "containers of a pod" });
    }
    let of = &model.graph.services[service];
    let set = of.effects.iter().find_map(|id| model.facts.rust.effects[*id].options.get("workers"));
    let workers = match set {
        Some(value) => Figure::of(model, of, value, &format!("workers of {}", of.name)),
        None => cores(model, service),
    };
    match workers.number {
        Ok(number) => Figure::known(number.saturating_mul(pods.copies), format!("workers, {}", workers.origin)),
        Err(_) => workers,
    }
}

/// What `std::thread::available_parallelism` gives: the limit on CPU rounded down, else the cores of the node.
fn cores(model: &Model<'_>, service: ServiceId) -> Figure {
    for (environment, workload, container) in &model.graph.services[service].workloads {
        let container = &model.facts.kubernetes[*environment].workloads[*workload].containers[*container];
        let Some(limit) = container.resources.get("limits.cpu") else { continue };
        let milli = match limit.value.strip_suffix('m') {
            Some(milli) => milli.parse::<f64>().ok(),
            None => limit.value.parse::<f64>().ok().map(|cores| cores * 1000.0),
        };
        if let Some(milli) = milli.filter(|milli| milli.is_finite()) {
            #[allow(clippy::cast_possible_truncation, reason = "the conversion saturates")]
            let cores = (milli / 1000.0).floor() as i64;
            return Figure::known(cores.max(1), format!("cores of {}:{}", limit.at.file, limit.at.line));
        }
    }
    match &model.config.nodes.cores {
        Some(cores) => Figure::known(cores.value, "nodes.cores"),
        None => Figure::missing("cores", "limits.cpu in the manifest, or nodes.cores in loadpath.yaml"),
    }
}

/// A limit in milliseconds: null without one.
#[must_use]
pub fn limit(model: &Model<'_>, of: &Opened, option: &str, default: Option<i64>) -> Reading {
    let client = &model.facts.rust.clients[of.client];
    let service = &model.graph.services[of.service];
    match client.options.get(option) {
        Some(Value::Absent) => Reading::Null,
        Some(value) => Figure::of(model, service, value, &format!("{option} of {}", service.name)).reading(),
        None if client.options.contains_key("pool_config") => {
            Figure::missing(&format!("{option} of {}", service.name), "the limit where the pool is built").reading()
        }
        None => default.map_or(Reading::Null, Reading::Int),
    }
}

/// How long a checkout waits: null for ever.
#[must_use]
pub fn acquire_timeout(model: &Model<'_>, of: &Opened) -> Reading {
    let client = &model.facts.rust.clients[of.client];
    let default = (!client.library.starts_with("deadpool")).then_some(30_000);
    limit(model, of, "acquire_timeout_ms", default)
}

/// How long a command waits for its answer: null for ever.
#[must_use]
pub fn response_timeout(model: &Model<'_>, of: &Opened) -> Reading {
    let client = &model.facts.rust.clients[of.client];
    let redis = version(model, of.service, "redis");
    let old = redis.is_some_and(|version| version.trim_start_matches(['^', '=', '~', ' ']).starts_with("0."));
    let default = match client.library.as_str() {
        "fred" => None,
        _ if old => None,
        _ if redis.is_some() => Some(500),
        _ => {
            let what = format!("response_timeout_ms of {}", model.graph.services[of.service].name);
            return match client.options.get("response_timeout_ms") {
                Some(_) => limit(model, of, "response_timeout_ms", None),
                None => Figure::missing(&what, "the version of redis in Cargo.lock, or a limit in code").reading(),
            };
        }
    };
    limit(model, of, "response_timeout_ms", default)
}

/// Whether all that goes through a client waits on the server until there is something: blocking reads, subscriptions.
#[must_use]
pub fn only_waits(model: &Model<'_>, of: &Opened) -> bool {
    let effects = model.graph.services[of.service].effects.iter().map(|id| &model.facts.rust.effects[*id]);
    let mut used = effects
        .filter(|effect| effect.clients.contains(&of.client) && !matches!(effect.what, What::Build { .. }))
        .map(|effect| matches!(effect.what, What::Consume { .. }) || effect.options.contains_key("blocks"))
        .peekable();
    used.peek().is_some() && used.all(|waits| waits)
}

/// How long an HTTP request may take: null for ever.
#[must_use]
pub fn request_timeout(model: &Model<'_>, of: &Opened) -> Reading {
    let client = &model.facts.rust.clients[of.client];
    let default = match client.library.as_str() {
        "awc" => Some(5_000),
        _ if client.options.contains_key("blocking") => Some(30_000),
        _ => None,
    };
    limit(model, of, "timeout_ms", default)
}

/// Requests over a client that set no limit of their own, by the function that makes them.
#[must_use]
pub fn requests_without_limit(model: &Model<'_>, of: &Opened) -> BTreeSet<String> {
    let effects = model.graph.services[of.service].effects.iter().map(|id| &model.facts.rust.effects[*id]);
    effects
        .filter(|effect| matches!(effect.what, What::Http { .. }) && effect.clients.contains(&of.client))
        .filter(|effect| !effect.options.contains_key("deadline_ms"))
        .map(|effect| model.facts.rust.functions[effect.function].path.clone())
        .collect()
}

/// Whether something on the client's side sets a limit on statements.
#[must_use]
pub fn limits_statements(model: &Model<'_>, of: &Opened) -> Reading {
    let client = &model.facts.rust.clients[of.client];
    let set = ["statement_timeout_ms", "after_connect"].iter();
    if set.into_iter().any(|option| client.options.get(*option).is_some_and(|value| *value != Value::Absent)) {
        return Reading::Bool(true);
    }
    let session: &[Value] = match client.options.get("options") {
        None => &[],
        Some(Value::OneOf(names)) => names,
        Some(name) => std::slice::from_ref(name),
    };
    if session.iter().any(|name| name.as_text() == Some("statement_timeout")) {
        return Reading::Bool(true);
    }
    if session.iter().any(|name| *name != Value::Absent && name.as_text().is_none()) {
        let what = format!("which settings the sessions of {} begin with", model.graph.services[of.service].name);
        return Figure::missing(&what, "names of settings that stand where the options are set").reading();
    }
    let known = model.known(&model.graph.services[of.service], &client.address);
    if known.texts.iter().any(|text| text.contains("statement_timeout")) {
        return Reading::Bool(true);
    }
    if declared_in_migrations(model, &known.texts) {
        return Reading::Bool(true);
    }
    let seen = known.texts.iter().any(|text| text.trim_matches(HOLE).contains("://"));
    if seen || matches!(client.address, Value::Absent) {
        return Reading::Bool(false);
    }
    let held = known.held_by.unwrap_or_else(|| "NAME".to_owned());
    Figure::missing(
        &format!("options in the address of {}", model.graph.services[of.service].name),
        &format!("mappings.variables.{held} in loadpath.yaml, without its password"),
    )
    .reading()
}

/// Whether a migration limits the statements of the role or of the database that an address names:
/// `ALTER ROLE app SET statement_timeout = '3s'`. An address that is not known may name any.
fn declared_in_migrations(model: &Model<'_>, addresses: &[String]) -> bool {
    let named = |kind: &str, name: &str| {
        addresses.is_empty()
            || addresses.iter().any(|text| {
                let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
                let of = match kind {
                    "database" => rest.split_once('/').map(|(_, path)| path.split('?').next().unwrap_or(path)),
                    _ => rest.rsplit_once('@').map(|(user, _)| user.split(':').next().unwrap_or(user)),
                };
                of.is_none_or(|of| of.contains(HOLE) || of.is_empty() || of.eq_ignore_ascii_case(name))
            })
    };
    let migrations = model.facts.migrations.iter().filter(|of| !of.down);
    migrations.flat_map(|of| &of.statements).any(|statement| {
        let text = statement.text.to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["alter", kind @ ("role" | "user" | "database"), name, rest @ ..] => {
                let limits = rest.iter().any(|word| word.split('=').next() == Some("statement_timeout"));
                let name = name.trim_matches('"');
                limits && !rest.contains(&"reset") && (name == "all" || named(kind, name))
            }
            _ => false,
        }
    })
}

//! Pools and pods to connections per server: what all services together can open, and what the server accepts.
//!
//! Sources: the PostgreSQL documentation, "Connections and authentication" (`max_connections` 100,
//! `superuser_reserved_connections` 3, `reserved_connections` 0); the documentation of CloudNativePG, "PostgreSQL configuration".

use super::Model;
use super::figure::Figure;
use super::opened::Opened;
use crate::facts::deployment::{Container, OtherObject};
use crate::graph::model::NodeId;

/// The datastores of one server, and the connections that are opened to it.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Datastores that it holds.
    pub stores: Vec<NodeId>,
    /// Pools that reach it, the one with the largest demand first: indices into the model's pools.
    pub pools: Vec<usize>,
    /// Connections at the peak of a roll-out, as far as they are known.
    pub at_least: i64,
    /// Connections when nothing is rolled out, as far as they are known.
    pub steady: i64,
    /// All of them.
    pub peak: Figure,
    /// What the server accepts.
    pub max_connections: Figure,
    /// What of that clients cannot have.
    pub reserved: Figure,
}

impl Demand {
    /// Sum and limit with every figure and its origin.
    #[must_use]
    pub fn formula(&self) -> String {
        format!(
            "{}; {} without a roll-out, {} while all old pods drain; the server accepts {}, of which {} are reserved",
            self.peak.origin,
            self.steady,
            self.steady.saturating_mul(2),
            self.max_connections.written(),
            self.reserved.written()
        )
    }
}

/// The demand on each server, in the order of its first datastore.
#[must_use]
pub fn demands(model: &Model<'_>) -> Vec<Demand> {
    let nodes = &model.graph.nodes;
    let mut servers: Vec<Vec<NodeId>> = Vec::new();
    for (id, node) in nodes.iter().enumerate().filter(|(_, node)| node.kind == "datastore") {
        let same = servers.iter_mut().find(|stores| {
            stores.iter().any(|other| {
                let other = &nodes[*other];
                node.server.is_some() && other.server == node.server && other.technology == node.technology
            })
        });
        match same {
            Some(stores) => stores.push(id),
            None => servers.push(vec![id]),
        }
    }
    servers.into_iter().map(|stores| demand(model, stores)).collect()
}

fn demand(model: &Model<'_>, stores: Vec<NodeId>) -> Demand {
    let reaches = |of: &Opened| of.store.is_some_and(|store| stores.contains(&store));
    let mut pools: Vec<usize> = (0..model.opened.len()).filter(|index| reaches(&model.opened[*index])).collect();
    pools.sort_by_key(|index| std::cmp::Reverse(model.opened[*index].peak().number.unwrap_or(0)));
    let mut at_least = 0_i64;
    let mut steady = 0_i64;
    let mut total = Ok(0_i64);
    let mut parts = Vec::new();
    for index in &pools {
        let of = &model.opened[*index];
        let peak = of.peak();
        parts.push(format!("{}: {}", model.graph.services[of.service].name, peak.origin));
        at_least = at_least.saturating_add(*peak.number.as_ref().unwrap_or(&0));
        steady = steady.saturating_add(of.steady());
        total = match (total, peak.number) {
            (Ok(a), Ok(b)) => Ok(a.saturating_add(b)),
            (Err(missing), _) | (_, Err(missing)) => Err(missing),
        };
    }
    let origin = format!("{} = {}", parts.join(" + "), total.as_ref().map_or("?".to_owned(), ToString::to_string));
    Demand {
        max_connections: max_connections(model, &stores),
        reserved: reserved(model, &stores),
        stores,
        pools,
        at_least,
        steady,
        peak: Figure { number: total, origin },
    }
}

/// The name of a datastore in settings: `postgres/cart`.
#[must_use]
pub fn key<'a>(model: &'a Model<'_>, store: NodeId) -> &'a str {
    let id = &model.graph.nodes[store].id;
    id.strip_prefix("datastore:").unwrap_or(id)
}

fn declared<'a>(model: &'a Model<'_>, stores: &[NodeId]) -> Option<&'a crate::config::DatastoreCapacity> {
    stores.iter().find_map(|store| model.config.capacities.datastores.get(key(model, *store)))
}

fn max_connections(model: &Model<'_>, stores: &[NodeId]) -> Figure {
    if let Some(max) = declared(model, stores).and_then(|of| of.max_connections.as_ref()) {
        return Figure::known(max.value, "loadpath.yaml");
    }
    let postgres = stores.first().is_some_and(|store| model.graph.nodes[*store].technology == "postgres");
    if postgres && let Some(server) = stores.iter().find_map(|store| server(model, *store)) {
        return match server.parameter("max_connections").map(|(value, origin)| (value.parse().ok(), origin)) {
            Some((Some(max), origin)) => Figure::known(max, origin),
            Some((None, origin)) => Figure::missing("max_connections", &format!("a number at {origin}")),
            None => Figure::known(100, "PostgreSQL default"),
        };
    }
    let name = stores.first().map_or("", |store| key(model, *store));
    Figure::missing(
        "datastore.max_connections",
        &format!("capacities.datastores.\"{name}\".max_connections in loadpath.yaml"),
    )
}

fn reserved(model: &Model<'_>, stores: &[NodeId]) -> Figure {
    match declared(model, stores).and_then(|of| of.reserved_connections.as_ref()) {
        Some(reserved) => Figure::known(reserved.value, "loadpath.yaml"),
        None => match stores.first().map(|store| model.graph.nodes[*store].technology.as_str()) {
            Some("postgres") => {
                let server = stores.iter().find_map(|store| server(model, *store));
                let said = |name: &str| server.as_ref().and_then(|of| of.parameter(name));
                let number = |name: &str, default: i64| match said(name) {
                    Some((value, origin)) => value.parse().map_or((default, None), |number| (number, Some(origin))),
                    None => (default, None),
                };
                let (superuser, first) = number("superuser_reserved_connections", 3);
                let (others, second) = number("reserved_connections", 0);
                let origin = first.or(second).unwrap_or_else(|| "PostgreSQL default".to_owned());
                Figure::known(superuser.saturating_add(others), origin)
            }
            _ => Figure::known(0, "none"),
        },
    }
}

/// What the manifests say of the server of a datastore.
pub enum Server<'a> {
    /// The container that it is.
    Container(&'a Container),
    /// The object that an operator makes it from: a `Cluster` of CloudNativePG.
    Cluster(&'a OtherObject),
}

impl Server<'_> {
    /// A parameter with its place: `-c name=value` of a command line, or one of a cluster.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<(String, String)> {
        match self {
            Self::Container(of) => of.command.iter().chain(&of.args).find_map(|word| {
                let rest = word.value.split_once(name)?.1.trim_start().strip_prefix('=')?;
                let value: String = rest.trim().chars().take_while(|char| !char.is_whitespace()).collect();
                Some((value.trim_matches(['\'', '"']).to_owned(), format!("{}:{}", word.at.file, word.at.line)))
            }),
            Self::Cluster(of) => {
                let read = of.fields.get(&format!("spec.postgresql.parameters.{name}"))?;
                Some((read.value.clone(), format!("{}:{}", read.at.file, read.at.line)))
            }
        }
    }
}

/// The server behind the host of a datastore, if the manifests hold it.
#[must_use]
pub fn server<'a>(model: &'a Model<'_>, store: NodeId) -> Option<Server<'a>> {
    let node = &model.graph.nodes[store];
    let host = node.server.as_deref()?.split(':').next()?.split('.').next()?;
    let environments = || model.facts.kubernetes.iter().filter(|of| of.name == model.graph.environment);
    let cluster = environments().flat_map(|of| &of.others).find(|of| {
        let suffix = host.strip_prefix(of.meta.name.as_str());
        of.meta.kind == "Cluster"
            && of.meta.api_version.starts_with("postgresql.cnpg.io/")
            && suffix.is_some_and(|suffix| matches!(suffix, "-rw" | "-ro" | "-r"))
    });
    if let Some(cluster) = cluster {
        return Some(Server::Cluster(cluster));
    }
    let behind = environments().find_map(|environment| {
        let service = environment.services.iter().find(|service| service.meta.name == host)?;
        environment.workloads.iter().find(|workload| {
            !service.selector.is_empty()
                && service.selector.iter().all(|(key, value)| workload.pod_labels.get(key) == Some(value))
        })
    })?;
    behind
        .containers
        .iter()
        .find(|of| of.image.as_ref().is_some_and(|image| image.value.contains(&node.technology)))
        .map(Server::Container)
}

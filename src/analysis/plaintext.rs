//! Dependencies to whether their bytes can be read on the way: by the scheme of the address and the options of the client.
//!
//! Defaults: sqlx-postgres 0.9.0 `ssl_mode.rs` (`prefer`, which falls back silently); librdkafka 2.12.1
//! (`security.protocol` plaintext).

use super::{Model, mesh};
use crate::facts::Value;
use crate::facts::rust::{Client, What};
use crate::graph::link::{is_loopback, parse};
use crate::graph::model::{EdgeId, End, HOLE};

/// Schemes that are not encrypted.
const PLAIN: &[&str] = &["http", "ws", "redis", "amqp", "nats", "bolt", "neo4j", "mongodb", "mqtt", "tcp"];

/// Whether a dependency is not encrypted; none if that is not known.
#[must_use]
pub fn plaintext(model: &Model<'_>, edge: EdgeId) -> Option<bool> {
    let of = &model.graph.edges[edge];
    if mesh::encrypts(model, edge) {
        return Some(false);
    }
    let mut known = None;
    for id in &of.effects {
        let effect = &model.facts.rust.effects[*id];
        if let What::Http { url, .. } = &effect.what {
            known = known.max(by_address(model, edge, url, None));
        }
        for client in effect.clients.iter().map(|id| &model.facts.rust.clients[*id]) {
            known = known.max(match of.kind.as_str() {
                "produce" | "consume" if client.technology == "kafka" => kafka(client),
                _ => by_address(model, edge, &client.address, Some(client)),
            });
        }
    }
    known
}

/// Whether the host of a dependency lies outside: a name with a public ending.
#[must_use]
pub fn leaves(model: &Model<'_>, edge: EdgeId) -> bool {
    let of = &model.graph.edges[edge];
    let hosts = of.effects.iter().flat_map(|id| {
        let effect = &model.facts.rust.effects[*id];
        let service = &model.graph.services[of.from];
        let url = match &effect.what {
            What::Http { url, .. } => model.known(service, url).texts,
            _ => Vec::new(),
        };
        let clients = effect.clients.iter().map(|id| &model.facts.rust.clients[*id].address);
        url.into_iter().chain(clients.flat_map(|address| model.known(service, address).texts)).collect::<Vec<_>>()
    });
    hosts.map(|text| parse(&text).host).any(|host| {
        let labels: Vec<&str> = host.split('.').collect();
        let inside = ["local", "internal", "svc", "lan", "cluster", "localdomain"];
        labels.len() > 2
            && !host.contains(HOLE)
            && !labels.iter().any(|label| inside.contains(label))
            && host.parse::<std::net::IpAddr>().is_err()
    })
}

/// Whether the code names the clients of a dependency, and nothing is seen of the address of one of them.
#[must_use]
pub fn is_unseen(model: &Model<'_>, edge: EdgeId) -> bool {
    let of = &model.graph.edges[edge];
    let service = &model.graph.services[of.from];
    let clients = of.effects.iter().flat_map(|id| &model.facts.rust.effects[*id].clients);
    clients
        .map(|id| model.known(service, &model.facts.rust.clients[*id].address))
        .any(|known| !known.complete && known.texts.iter().all(|text| text.chars().all(|c| c == HOLE)))
}

fn by_address(model: &Model<'_>, edge: EdgeId, address: &Value, client: Option<&Client>) -> Option<bool> {
    let of = &model.graph.edges[edge];
    let mut texts = model.known(&model.graph.services[of.from], address).texts;
    // One client can lead to several others, each with an address of its own.
    if texts.iter().any(|text| is_of(model, edge, &parse(text).host)) {
        texts.retain(|text| is_of(model, edge, &parse(text).host));
    }
    let secured =
        client.is_some_and(|client| ["tls", "ssl_mode"].iter().any(|name| client.options.contains_key(*name)));
    texts
        .iter()
        .filter_map(|text| {
            let address = parse(text);
            if address.host.is_empty() || address.scheme.contains(HOLE) {
                return None;
            }
            if is_loopback(&address.host) || address.scheme == "unix" || secured {
                return Some(false);
            }
            match address.scheme.as_str() {
                "postgres" | "postgresql" => {
                    let strict = ["sslmode=require", "sslmode=verify-ca", "sslmode=verify-full"];
                    Some(!strict.iter().any(|mode| address.path.contains(mode)))
                }
                scheme if PLAIN.contains(&scheme) => Some(true),
                "" => None,
                _ => Some(false),
            }
        })
        .max()
}

/// Whether a host is that of the external that a dependency leads to.
fn is_of(model: &Model<'_>, edge: EdgeId, host: &str) -> bool {
    let End::Node(node) = model.graph.edges[edge].to else { return false };
    let node = &model.graph.nodes[node];
    let hosts = || model.config.externals.get(&node.name).map(|external| external.hosts.as_slice()).unwrap_or_default();
    node.kind == "external" && (node.name == host || hosts().iter().any(|of| of == host))
}

fn kafka(client: &Client) -> Option<bool> {
    match client.options.get("security.protocol") {
        None => Some(true),
        Some(Value::Text(protocol)) => Some(!protocol.to_lowercase().contains("ssl")),
        Some(_) => None,
    }
}

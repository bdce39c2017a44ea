//! Whether what a trace says may be what is written: targets, names, routes, operations.

use std::net::IpAddr;

use super::written::Written;
use crate::config::Config;
use crate::facts::running::Target;
use crate::graph::model::{Edge, End, Node};

/// Contracts that every server may have beside its own, and those that telemetry is sent over: they are no dependency.
const PLUMBING: &[&str] = &["grpc.health.", "grpc.reflection.", "opentelemetry.proto.collector."];

/// Paths that machines look at: probes, the scrape of metrics, the export of telemetry.
const PROBED: &[&str] = &[
    "/-/healthy",
    "/-/ready",
    "/health",
    "/health/live",
    "/health/ready",
    "/healthz",
    "/live",
    "/livez",
    "/metrics",
    "/ready",
    "/readyz",
    "/startupz",
    "/v1/logs",
    "/v1/metrics",
    "/v1/traces",
];

/// Whether a contract is one of those that count as no dependency.
pub(super) fn is_plumbing(contract: &str) -> bool {
    PLUMBING.iter().any(|prefix| contract.starts_with(prefix))
}

/// Whether a path is looked at by machines only.
pub(super) fn is_probed(path: &str) -> bool {
    PROBED.contains(&path)
}

/// Whether an edge goes where a call went; nothing where that cannot be told.
pub(super) fn goes_to(written: &Written<'_>, edge: &Edge, target: &Target) -> Option<bool> {
    let graph = written.graph;
    if let Some(name) = &target.service {
        return match edge.to {
            End::Service(id) => Some(graph.services[id].name == *name),
            End::Node(id) => external(written.config, &graph.nodes[id], name),
        };
    }
    let host = host(target.address.as_deref()?);
    if is_of_no_name(host) {
        return None;
    }
    match (edge.to, written.service_at(host)) {
        (End::Service(id), Some(service)) => Some(graph.services[id].name == service.name),
        // A service may be reached under other names than its own.
        (End::Service(_), None) => None,
        (End::Node(_), Some(_)) => Some(false),
        (End::Node(id), None) => external(written.config, &graph.nodes[id], host),
    }
}

/// Whether an external is a host; one whose name is not known may be any.
fn external(config: &Config, node: &Node, host: &str) -> Option<bool> {
    if !node.name_known {
        return None;
    }
    let listed = config.externals.get(&node.name).is_some_and(|of| of.hosts.iter().any(|known| known == host));
    Some(listed || self::host(&node.name) == host)
}

/// A host without its port.
pub(super) fn host(address: &str) -> &str {
    match address.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => match address.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => address,
        },
    }
}

/// Whether a host is an address of a machine: it says nothing of who answers there.
pub(super) fn is_of_no_name(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok() || host.starts_with('/')
}

/// Whether a datastore may be the one that a trace names; nothing where one of both has no name.
pub(super) fn is_store(node: &Node, name: Option<&str>, server: Option<&str>) -> Option<bool> {
    if !node.name_known {
        return None;
    }
    // The conventions once put the schema behind the database: `shop|public`.
    let database = |name: &str| name == node.name || name.split('|').next() == Some(&node.name);
    if !is_named_by_server(node) {
        return name.map(database);
    }
    if name.is_some_and(database) {
        return Some(true);
    }
    let server = server.map(host).filter(|host| !is_of_no_name(host))?;
    let own = node.server.as_deref().map_or(node.name.as_str(), host);
    Some(server == own || server.split('.').next() == own.split('.').next())
}

/// Whether a datastore is called by its server, since its technology has no names for databases.
fn is_named_by_server(node: &Node) -> bool {
    let first = node.name.split('/').next().unwrap_or(&node.name);
    first == node.technology || node.server.as_deref().is_some_and(|server| host(server) == first)
}

/// Whether a topic's name is one that is written, which may be a pattern; what was seen may be a template of names.
pub(super) fn is_topic(written: &str, seen: &str) -> bool {
    let seen = template(seen);
    written == seen || glob(written, &seen) || (seen.contains('*') && glob(&seen, written))
}

/// Whether a route `VERB /path` is one that is written. Parameters and what is known only when it runs may be anything.
pub(super) fn is_route(written: &str, verb: &str, path: &str) -> bool {
    let Some((own, route)) = written.split_once(' ') else { return written == "ANY" || written == verb };
    if own != "ANY" && own != verb {
        return false;
    }
    let (route, path) = (segments(route), segments(path));
    let same = route.len() == path.len()
        && route.iter().zip(&path).all(|(route, path)| glob(route, path) || (path == "*" && !route.is_empty()));
    // What is known only when it runs may hold several segments.
    same || (route.iter().any(|segment| segment == "*") && glob(&route.join("/"), &path.join("/")))
}

fn segments(path: &str) -> Vec<String> {
    path.trim_matches('/')
        .split('/')
        .map(|segment| if segment.starts_with(':') { "*".to_owned() } else { template(segment) })
        .collect()
}

/// `{id}` is anything.
fn template(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, behind)) = after.split_once('}') else { break };
        out.push_str(before);
        if !out.ends_with('*') {
            out.push('*');
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Whether a text fits a pattern in which `*` is anything. In time proportional to both lengths, whatever they hold.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// The operations of a kind of store that code and traces call by the same names; of other kinds code knows functions of a
/// library, and traces know commands.
pub(super) fn operation(kind: &str, name: &str) -> Option<String> {
    match kind {
        "sql" => {
            let name = name.to_ascii_lowercase();
            matches!(name.as_str(), "delete" | "insert" | "select" | "update").then_some(name)
        }
        "cache" => match name.to_ascii_uppercase().as_str() {
            // What a client says of itself when it connects, and how it loads a script that the server does not know.
            "AUTH" | "CLIENT" | "COMMAND" | "HELLO" | "INFO" | "SCRIPT" | "SELECT" => None,
            _ if is_message(name) => None,
            // A transaction is a pipeline between two commands.
            "MULTI" => Some("PIPELINE".to_owned()),
            other => Some(other.to_owned()),
        },
        _ => None,
    }
}

/// Whether a command of Redis is about messages: those are edges to topics, whose spans tell of which.
pub(super) fn is_message(operation: &str) -> bool {
    const COMMANDS: &[&str] = &[
        "PSUBSCRIBE",
        "PUBLISH",
        "PUNSUBSCRIBE",
        "SPUBLISH",
        "SSUBSCRIBE",
        "SUBSCRIBE",
        "SUNSUBSCRIBE",
        "UNSUBSCRIBE",
    ];
    COMMANDS.iter().any(|command| command.eq_ignore_ascii_case(operation))
}

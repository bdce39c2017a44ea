//! Ways in from outside and mesh routes: Ingress, Gateway API, Istio.

use super::object::{list, milliseconds, place, string, whole};
use crate::extract::yaml::Node;
use crate::facts::deployment::{ObjectMeta, Route, RouteRule};

/// An Ingress of any version.
pub fn ingress(meta: ObjectMeta, object: &Node) -> Route {
    let mut hosts = Vec::new();
    let mut rules = Vec::new();
    let default = object.at(&["spec", "defaultBackend"]).or_else(|| object.at(&["spec", "backend"]));
    if let Some(backend) = default {
        rules.push(ingress_rule("", "Prefix", backend, backend));
    }
    for of in object.seq_at(&["spec", "rules"]) {
        hosts.extend(of.str_at(&["host"]).map(str::to_owned));
        for path in of.seq_at(&["http", "paths"]) {
            if let Some(backend) = path.get("backend") {
                let kind = path.str_at(&["pathType"]).unwrap_or("Prefix");
                rules.push(ingress_rule(path.str_at(&["path"]).unwrap_or_default(), kind, backend, path));
            }
        }
    }
    let class = object
        .str_at(&["spec", "ingressClassName"])
        .or_else(|| object.str_at(&["metadata", "annotations", "kubernetes.io/ingress.class"]))
        .unwrap_or_default()
        .to_owned();
    Route { meta, hosts: distinct(hosts), rules, class }
}

fn ingress_rule(path: &str, kind: &str, backend: &Node, at: &Node) -> RouteRule {
    let service = backend.str_at(&["service", "name"]).or_else(|| backend.str_at(&["serviceName"]));
    let port = ["number", "name"].iter().find_map(|key| backend.str_at(&["service", "port", key]));
    RouteRule {
        service: service.unwrap_or_default().to_owned(),
        port: port.or_else(|| backend.str_at(&["servicePort"])).map(str::to_owned),
        ..rule(path, kind, at)
    }
}

fn rule(path: &str, kind: &str, at: &Node) -> RouteRule {
    RouteRule {
        path: path.to_owned(),
        path_type: kind.to_owned(),
        service: String::new(),
        namespace: None,
        port: None,
        timeout_ms: None,
        retries: None,
        retry_on: Vec::new(),
        methods: Vec::new(),
        per_try_timeout_ms: None,
        at: place(at),
    }
}

/// An HTTPRoute or GRPCRoute: one rule per match and backend.
pub fn gateway_route(meta: ObjectMeta, object: &Node) -> Route {
    let mut rules = Vec::new();
    for of in object.seq_at(&["spec", "rules"]) {
        let mut paths: Vec<(String, String)> = of.seq_at(&["matches"]).iter().map(gateway_match).collect();
        if paths.is_empty() {
            paths.push((String::new(), "Prefix".to_owned()));
        }
        for backend in of.seq_at(&["backendRefs"]) {
            // Backends may be other kinds: buckets, functions.
            if backend.str_at(&["kind"]).is_some_and(|kind| kind != "Service") {
                continue;
            }
            for (path, kind) in &paths {
                rules.push(RouteRule {
                    service: string(backend, "name"),
                    namespace: backend.str_at(&["namespace"]).map(str::to_owned),
                    port: backend.str_at(&["port"]).map(str::to_owned),
                    timeout_ms: milliseconds(of.at(&["timeouts", "request"])),
                    retries: whole(of.at(&["retry", "attempts"])),
                    per_try_timeout_ms: milliseconds(of.at(&["timeouts", "backendRequest"])),
                    ..rule(path, kind, of)
                });
            }
        }
    }
    let parents = object.seq_at(&["spec", "parentRefs"]).iter().map(|of| string(of, "name"));
    let class = parents.collect::<Vec<_>>().join(",");
    Route { meta, hosts: list(object.at(&["spec", "hostnames"])), rules, class }
}

/// Path and its type of one match: of a gRPC method, `/service/method`.
fn gateway_match(of: &Node) -> (String, String) {
    if let Some(path) = of.get("path") {
        let kind = match path.str_at(&["type"]) {
            Some("Exact") => "Exact",
            Some("RegularExpression") => "Regex",
            _ => "Prefix",
        };
        return (path.str_at(&["value"]).unwrap_or("/").to_owned(), kind.to_owned());
    }
    let Some(method) = of.get("method").filter(|method| !method.map().is_empty()) else {
        return (String::new(), "Prefix".to_owned());
    };
    let service = method.str_at(&["service"]).unwrap_or_default();
    match method.str_at(&["method"]) {
        Some(name) => (format!("/{service}/{name}"), "Exact".to_owned()),
        None => (format!("/{service}/"), "Prefix".to_owned()),
    }
}

/// An Istio VirtualService: one rule per match and destination.
pub fn virtual_service(meta: ObjectMeta, object: &Node) -> Route {
    let mut rules = Vec::new();
    for protocol in ["http", "tls", "tcp"] {
        for of in object.seq_at(&["spec", protocol]) {
            let mut paths: Vec<(&str, &str, Vec<String>)> = of
                .seq_at(&["match"])
                .iter()
                .map(|of| {
                    let kinds = [("exact", "Exact"), ("prefix", "Prefix"), ("regex", "Regex")];
                    let found = kinds.iter().find_map(|(key, kind)| Some((of.str_at(&["uri", key])?, *kind)));
                    let (path, kind) = found.unwrap_or(("", "Prefix"));
                    (path, kind, methods(of))
                })
                .collect();
            if paths.is_empty() {
                paths.push(("", "Prefix", Vec::new()));
            }
            let retry_on = of.str_at(&["retries", "retryOn"]).unwrap_or_default();
            let retry_on: Vec<String> =
                retry_on.split(',').map(str::trim).filter(|of| !of.is_empty()).map(str::to_owned).collect();
            for destination in of.seq_at(&["route"]).iter().filter_map(|of| of.get("destination")) {
                let (service, namespace) = short_host(destination.str_at(&["host"]).unwrap_or_default());
                for (path, kind, methods) in &paths {
                    rules.push(RouteRule {
                        retry_on: retry_on.clone(),
                        methods: methods.clone(),
                        service: service.to_owned(),
                        namespace: namespace.map(str::to_owned),
                        port: destination.str_at(&["port", "number"]).map(str::to_owned),
                        timeout_ms: milliseconds(of.get("timeout")),
                        retries: whole(of.at(&["retries", "attempts"])),
                        per_try_timeout_ms: milliseconds(of.at(&["retries", "perTryTimeout"])),
                        ..rule(path, kind, of)
                    });
                }
            }
        }
    }
    let class = list(object.at(&["spec", "gateways"])).join(",");
    Route { meta, hosts: list(object.at(&["spec", "hosts"])), rules, class }
}

/// The HTTP methods of a match: one, or several in a pattern `GET|HEAD`.
fn methods(of: &Node) -> Vec<String> {
    let one = of.str_at(&["method", "exact"]).or_else(|| of.str_at(&["method", "regex"])).unwrap_or_default();
    let all = one.trim_matches(['^', '$', '(', ')']).split('|').filter(|method| !method.is_empty());
    all.map(str::to_owned).collect()
}

/// Name and namespace of a Service's host name; other host names stay whole.
fn short_host(host: &str) -> (&str, Option<&str>) {
    let inside = host.strip_suffix(".svc.cluster.local").or_else(|| host.strip_suffix(".svc"));
    match inside.and_then(|inside| inside.split_once('.')) {
        Some((name, namespace)) => (name, Some(namespace)),
        None => match host.split_once('.') {
            Some((name, namespace)) if !namespace.contains('.') => (name, Some(namespace)),
            _ => (host, None),
        },
    }
}

fn distinct(mut hosts: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    hosts.retain(|host| seen.insert(host.clone()));
    hosts
}

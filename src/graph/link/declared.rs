//! Edges that only configuration says: those of units in other languages, from addresses in their variables.

use super::Linker;
use super::edges::Made;
use super::targets::{Target, parse};
use crate::graph::model::{Confidence, End};

/// Edges of units in other languages.
pub(super) fn link(linker: &mut Linker<'_>) {
    for id in 0..linker.graph.services.len() {
        if linker.graph.services[id].binary.is_some() {
            continue;
        }
        let settings: Vec<(String, crate::span::Span)> = linker.graph.services[id]
            .variables
            .values()
            .filter_map(|setting| Some((setting.value.clone()?, setting.at.clone())))
            .collect();
        for (value, at) in settings {
            if !looks_like_address(&value) {
                continue;
            }
            let Target::Services(found, None) = linker.target(&value) else { continue };
            for to in found.into_iter().filter(|to| *to != id) {
                let kind = if speaks_grpc(linker, to, &value) { "grpc" } else { "http" };
                linker.edges.add(Made {
                    from: id,
                    to: End::Service(to),
                    kind,
                    contract: None,
                    method: None,
                    confidence: Confidence::Declared,
                    because: Some("a variable of its deployment holds the address".to_owned()),
                    effect: None,
                    at: at.clone(),
                });
            }
        }
    }
}

/// `host:port`, or a URL.
fn looks_like_address(value: &str) -> bool {
    let address = parse(value);
    !address.host.is_empty()
        && !address.host.contains(' ')
        && (address.port.is_some() || !address.scheme.is_empty())
        && address.host.chars().any(char::is_alphabetic)
}

/// Whether the target speaks gRPC: it serves a contract, its port is named so, or its readiness probe asks over gRPC.
fn speaks_grpc(linker: &Linker<'_>, to: usize, address: &str) -> bool {
    let service = &linker.graph.services[to];
    if !service.serves.is_empty() {
        return true;
    }
    let parsed = parse(address);
    let by_port = linker.kubernetes_service(&parsed.host).is_some_and(|of| {
        of.ports.iter().filter(|port| parsed.port.is_none_or(|number| port.port.value == number)).any(|port| {
            port.name.as_deref().is_some_and(|name| name.starts_with("grpc"))
                || port
                    .app_protocol
                    .as_deref()
                    .is_some_and(|protocol| protocol.contains("grpc") || protocol.contains("h2c"))
        })
    });
    let by_probe = service.workloads.iter().any(|(environment, workload, container)| {
        let container = &linker.facts.kubernetes[*environment].workloads[*workload].containers[*container];
        container.probes.iter().any(|probe| probe.action == "grpc")
    });
    by_port || (by_probe && !parsed.scheme.starts_with("http"))
}

//! Calls without a time limit: those that nothing ends when the other side stays silent.
//!
//! A limit is a deadline of the call, a timeout of its client, a time limit of the code around, or the timeout of a mesh
//! route to the callee. Streams are left out: a limit on the call would end them while they do what they are for.

use std::collections::BTreeSet;

use super::Model;
use super::addressed::{Host, addressed, behind, workloads};
use super::deadlines::Reader;
use super::walk::Call;
use crate::facts::deployment::{Environment, KubernetesService, Route};
use crate::facts::rust::{ClientId, Step, What};
use crate::graph::link::is_loopback;
use crate::graph::model::{EdgeId, ServiceId};
use crate::span::Span;

/// What is known of calls that could be without a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unlimited {
    /// Calls that have none: their name and place.
    pub calls: BTreeSet<(Span, String)>,
    /// Why others are not known.
    pub open: Option<String>,
}

/// The calls of a dependency that have no limit.
#[must_use]
pub fn unlimited(model: &Model<'_>, edge: EdgeId) -> Unlimited {
    let mut found = Unlimited::default();
    let reader = Reader { facts: model.facts, graph: model.graph, config: model.config };
    if routed_in_time(model, edge) {
        return found;
    }
    for call in calls(model, edge) {
        let effect = &model.facts.rust.effects[call.effect];
        if is_stream(model, &effect.what) {
            continue;
        }
        let limit = reader.out(call);
        match (limit.ms, limit.open) {
            (Some(_), _) => {}
            (None, Some(why)) => found.open = found.open.or(Some(why)),
            (None, None) => {
                found.calls.insert((effect.at.clone(), name(&effect.what)));
            }
        }
    }
    found
}

/// Clients of a dependency that connect without a limit, at the places that build them; none where a client is not known.
#[must_use]
pub fn connects_unlimited(model: &Model<'_>, edge: EdgeId) -> Option<BTreeSet<(Span, ClientId)>> {
    let mut found = BTreeSet::new();
    for call in calls(model, edge) {
        if call.around.iter().any(|step| matches!(step, Step::Timeout { .. })) {
            continue;
        }
        let effect = &model.facts.rust.effects[call.effect];
        if effect.clients.is_empty() {
            return None;
        }
        for id in &effect.clients {
            let client = &model.facts.rust.clients[*id];
            let known = model.known(&model.graph.services[model.graph.edges[edge].from], &client.address);
            let near = known.texts.iter().any(|text| {
                let address = crate::graph::link::parse(text);
                is_loopback(&address.host) || address.scheme == "unix"
            });
            if !client.options.contains_key("connect_timeout_ms") && !near {
                found.insert((client.at.clone(), *id));
            }
        }
    }
    Some(found)
}

fn calls<'m, 'a>(model: &'m Model<'a>, edge: EdgeId) -> impl Iterator<Item = &'m Call<'a>> {
    model.chains.calls.of_edge.get(&edge).into_iter().flatten().map(|id| &model.chains.calls.all[*id])
}

fn name(what: &What) -> String {
    match what {
        What::Grpc { method, .. } => method.clone(),
        What::Http { verb, .. } if !verb.is_empty() => format!("{verb} request"),
        _ => "request".to_owned(),
    }
}

/// Whether a call opens a stream, in one direction or both.
fn is_stream(model: &Model<'_>, what: &What) -> bool {
    matches!(what, What::Grpc { contract, method } if is_streaming(model, contract, method))
}

/// Whether an rpc opens a stream, in one direction or both.
#[must_use]
pub fn is_streaming(model: &Model<'_>, contract: &str, method: &str) -> bool {
    let squashed = |name: &str| name.replace(['_', '.'], "").to_lowercase();
    let wanted = squashed(contract);
    model.facts.proto.iter().any(|file| {
        file.services.iter().any(|service| {
            (squashed(&service.name) == wanted || squashed(&format!("{}.{}", file.package, service.name)) == wanted)
                && service
                    .methods
                    .iter()
                    .any(|of| squashed(&of.name) == squashed(method) && (of.server_streaming || of.client_streaming))
        })
    })
}

/// Whether the manifests limit every request to the callee in the mesh.
fn routed_in_time(model: &Model<'_>, edge: EdgeId) -> bool {
    let all = addressed(model, edge);
    !all.is_empty()
        && all.iter().all(|of| {
            let Host::Service(service) = &of.host else { return false };
            let in_mesh = |route: &Route| {
                route.meta.kind == "VirtualService"
                    && (route.class.is_empty() || route.class.split(',').any(|name| name.trim() == "mesh"))
            };
            led_in_time(of.environment, service, in_mesh)
        })
}

/// Whether routes of this sort lead to a Service, and all of them limit how long a request may take.
fn led_in_time(environment: &Environment, service: &KubernetesService, is: impl Fn(&Route) -> bool) -> bool {
    let mut rules = environment
        .routes
        .iter()
        .filter(|route| is(route))
        .flat_map(|route| &route.rules)
        .filter(|rule| rule.service.split('.').next() == Some(service.meta.name.as_str()))
        .peekable();
    rules.peek().is_some() && rules.all(|rule| rule.timeout_ms.is_some())
}

/// Whether all that leads to a service, in the mesh and from outside, limits how long a request may take; the server goes
/// on working all the same.
#[must_use]
pub fn reached_in_time(model: &Model<'_>, service: ServiceId) -> bool {
    let workloads = workloads(model, service);
    !workloads.is_empty()
        && workloads.iter().all(|(environment, workload)| {
            let mut services = environment
                .services
                .iter()
                .filter(|of| behind(environment, of).any(|other| std::ptr::eq(other, *workload)))
                .peekable();
            services.peek().is_some() && services.all(|of| led_in_time(environment, of, |_| true))
        })
}

/// Whether every call of a service's rpcs that is known carries a deadline, and there is one: the server of a gRPC library
/// ends a request when its deadline has passed.
#[must_use]
pub fn asked_in_time(model: &Model<'_>, service: ServiceId) -> bool {
    let entries = model.graph.services[service].entries.iter();
    let mut calls = entries
        .filter(|entry| model.graph.entries[**entry].kind == "rpc")
        .flat_map(|entry| &model.chains.calls.into_entry[*entry])
        .map(|call| &model.facts.rust.effects[model.chains.calls.all[*call].effect])
        .peekable();
    calls.peek().is_some() && calls.all(|effect| effect.options.contains_key("deadline_ms"))
}

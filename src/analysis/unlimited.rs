//! Calls without a time limit: those that nothing ends when the other side stays silent.
//!
//! A limit is a deadline of the call, a timeout of its client, a time limit of the code around, or the timeout of a mesh
//! route to the callee. Streams are left out: a limit on the call would end them while they do what they are for.

use std::collections::BTreeSet;

use super::Model;
use super::addressed::{Host, addressed};
use super::deadlines::Reader;
use super::walk::Call;
use crate::facts::rust::{ClientId, Step, What};
use crate::graph::link::is_loopback;
use crate::graph::model::EdgeId;
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
    let What::Grpc { contract, method } = what else { return false };
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
            let mut rules = of
                .environment
                .routes
                .iter()
                .filter(|route| route.meta.kind == "VirtualService")
                .filter(|route| route.class.is_empty() || route.class.split(',').any(|name| name.trim() == "mesh"))
                .flat_map(|route| &route.rules)
                .filter(|rule| rule.service.split('.').next() == Some(service.meta.name.as_str()))
                .peekable();
            rules.peek().is_some() && rules.all(|rule| rule.timeout_ms.is_some())
        })
}

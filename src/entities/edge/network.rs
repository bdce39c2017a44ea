//! Fields of edges about what lies between both ends in a cluster: names, proxies, connections, policies.

use super::super::reading::{column, texts};
use super::super::{Column, text, unknown};
use super::{SUPPLY, edge};
use crate::analysis::Model;
use crate::analysis::addressed::{Addressed, Host, addressed, behind, workloads};
use crate::analysis::boundaries;
use crate::analysis::mesh;
use crate::analysis::pods;
use crate::analysis::policies::{self, Let};
use crate::analysis::proxied::{Proxied, sidecar, waypoint};
use crate::facts::Value;
use crate::graph::model::End;
use crate::graph::schema::{Field, Reading, Type};

/// The columns.
pub(super) static COLUMNS: &[Column] = &[
    column(
        Field::new(
            "host_problem",
            Type::Text,
            "Why the host in an address of it does not lead to a pod; null if all do.",
        )
        .or_null()
        .or_unknown(),
        |model, index| match (host_problem(model, index), unseen(model, index)) {
            (Some((why, _)), _) => text(&why),
            (None, Some(part)) => unknown("edge.host_problem", &format!("{part}: render it")),
            (None, None) => Reading::Null,
        },
    ),
    column(
        Field::new(
            "inside",
            Type::Bool,
            "Whether the host that it depends on has a name of the cluster: that of a Service, or one without a domain.",
        ),
        |model, index| Reading::Bool(is_inside(model, index)),
    ),
    column(
        Field::new(
            "mesh_breaks",
            Type::Bool,
            "Whether the mesh bounds its calls, or stops them while they fail: connection pools and outlier detection.",
        ),
        |model, index| Reading::Bool(mesh::breaks(model, index)),
    ),
    column(
        Field::new(
            "mesh_repeats",
            Type::List(&Type::Text),
            "Its calls that must not be made twice, and that a route of the mesh sends again after failures that say \
             nothing of whether they were done.",
        )
        .or_unknown(),
        |model, index| {
            let repeated = mesh::repeated(model, index);
            match repeated.open {
                Some((what, supply)) if repeated.calls.is_empty() => unknown(&what, supply),
                _ => texts(repeated.calls.into_keys()),
            }
        },
    ),
    column(
        Field::new("proxied", Type::Text, "Whether a proxy of a mesh that understands requests stands between.")
            .one_of(&["no", "open", "yes"]),
        |model, index| text(proxied(model, index).name()),
    ),
    column(
        Field::new(
            "one_connection",
            Type::Text,
            "The Kubernetes Service to which a client of it holds one connection, by what it is: it has an address of \
             its own, or it names its pods; null where calls are spread, or where that cannot be seen.",
        )
        .or_null()
        .one_of(&["cluster-ip", "headless"]),
        |model, index| match one_connection(model, index) {
            Some(true) => text("headless"),
            Some(false) => text("cluster-ip"),
            None => Reading::Null,
        },
    ),
    column(
        Field::new("callee_pods", Type::Int, "The most pods of the callee; 0 if it is no service.").or_unknown(),
        |model, index| match edge(model, index).to {
            End::Service(service) => pods::pods(model, service).most.reading(),
            End::Node(_) => Reading::Int(0),
        },
    ),
    column(
        Field::new("kept_alive", Type::Bool, "Whether all clients of it ask whether the other side is still there.")
            .or_unknown(),
        kept_alive,
    ),
    column(Field::new("clients", Type::Int, "How many places build a client of it."), |model, index| {
        Reading::Int(i64::try_from(clients(model, index).count()).unwrap_or(i64::MAX))
    }),
    column(
        Field::new("to_name", Type::Text, "What it depends on, as reports call it: `price`, `postgres/cart`.")
            .or_unknown(),
        |model, index| match edge(model, index).to {
            End::Node(node) if !model.graph.nodes[node].name_known => {
                unknown(&format!("the name of {}", model.graph.nodes[node].id), SUPPLY)
            }
            to => text(model.graph.called(to)),
        },
    ),
    column(
        Field::new("not_allowed", Type::Text, "Why `boundaries` in loadpath.yaml does not allow it; null if it does.")
            .or_null()
            .or_unknown(),
        |model, index| match boundaries::broken(model.graph, &model.config.boundaries, index) {
            Some(why) => text(&why),
            None if boundaries::may_be_broken(model.graph, &model.config.boundaries, index) => {
                unknown(&format!("which of them {} is", edge(model, index).kind), SUPPLY)
            }
            None => Reading::Null,
        },
    ),
    column(
        Field::new("denied", Type::Text, "Why a NetworkPolicy does not let it through; null if none is against it.")
            .or_null()
            .or_unknown(),
        |model, index| match policies::denied(model, index) {
            Let::Through => Reading::Null,
            Let::Denied(denied) => text(&format!("{}, and policy {} closes it", denied.what, denied.policy)),
            Let::Unknown(missing) => unknown("edge.denied", &missing),
        },
    ),
];

/// Why a host of a dependency leads nowhere, and where it is set.
pub(super) fn host_problem(model: &Model<'_>, index: usize) -> Option<(String, crate::span::Span)> {
    let all = addressed(model, index);
    let leads = |of: &Addressed<'_>| matches!(of.host, Host::Service(_) | Host::Foreign);
    // Where one of several possible addresses leads somewhere, the others may be for elsewhere.
    let only = |of: &&Addressed<'_>| !all.iter().any(|other| other.client == of.client && leads(other));
    all.iter().filter(only).find_map(|of| {
        let host = &of.address.host;
        let why = match &of.host {
            Host::Nobody => format!("no Service is called `{host}`"),
            Host::Elsewhere(service) => {
                let (there, here) = (&service.meta.namespace, &of.caller.meta.namespace);
                format!("the only Service `{host}` is in namespace {there}, and the caller in {here}")
            }
            Host::Service(_) | Host::Foreign | Host::Unseen(_) => return None,
        };
        Some((why, of.at.clone()))
    })
}

/// Why it is not known whether a host of a dependency leads somewhere.
fn unseen<'a>(model: &Model<'a>, index: usize) -> Option<&'a str> {
    addressed(model, index).into_iter().find_map(|of| match of.host {
        Host::Unseen(part) => Some(part),
        _ => None,
    })
}

/// Whether a dependency that is no service of the project has a name that means something in the cluster alone.
fn is_inside(model: &Model<'_>, index: usize) -> bool {
    let End::Node(id) = edge(model, index).to else { return true };
    let node = &model.graph.nodes[id];
    let host = node.name.split(':').next().unwrap_or_default();
    let labels: Vec<&str> = host.split('.').collect();
    let plain =
        labels.iter().all(|label| !label.is_empty() && !label.contains(|c: char| !c.is_alphanumeric() && c != '-'));
    node.kind == "external" && node.name_known && plain && (labels.len() == 1 || labels.get(2) == Some(&"svc"))
}

fn clients<'m>(model: &'m Model<'_>, index: usize) -> impl Iterator<Item = &'m crate::facts::rust::Client> {
    let effects = edge(model, index).effects.iter().map(|id| &model.facts.rust.effects[*id]);
    let ids: std::collections::BTreeSet<usize> = effects.flat_map(|effect| effect.clients.iter().copied()).collect();
    ids.into_iter().map(|id| &model.facts.rust.clients[id])
}

fn kept_alive(model: &Model<'_>, index: usize) -> Reading {
    let intervals: Vec<_> = clients(model, index).map(|of| of.options.get("keep_alive_interval_ms")).collect();
    if intervals.is_empty() || intervals.iter().any(Option::is_none) {
        return Reading::Bool(false);
    }
    if intervals.iter().flatten().any(|interval| interval.may_be_absent()) {
        return unknown("the condition under which a client asks", SUPPLY);
    }
    Reading::Bool(true)
}

fn proxied(model: &Model<'_>, index: usize) -> Proxied {
    let of = edge(model, index);
    let callers = workloads(model, of.from);
    let own = callers.iter().map(|(environment, workload)| sidecar(environment, workload)).min();
    let waypoint = addressed(model, index).iter().any(|of| match of.host {
        Host::Service(service) => waypoint(of.environment, service),
        _ => false,
    });
    if waypoint { Proxied::Yes } else { own.unwrap_or(Proxied::Open) }
}

/// Whether a client holds one connection to a Service: to its own address (false) or to a pod behind its name (true).
fn one_connection(model: &Model<'_>, index: usize) -> Option<bool> {
    addressed(model, index).iter().find_map(|of| {
        let Host::Service(service) = of.host else { return None };
        let client = &model.facts.rust.clients[of.client];
        let balanced = client.options.get("balanced") == Some(&Value::Bool(true));
        // A pod of a StatefulSet by its own name is meant.
        let own_name = of.address.host.split('.').next() != Some(service.meta.name.as_str());
        let single = behind(of.environment, service).next().is_some() && !own_name && service.external_name.is_none();
        (single && !(balanced && service.headless)).then_some(service.headless)
    })
}

//! NetworkPolicies to dependencies: whether the policies of both ends let a connection through.
//!
//! Source: the Kubernetes documentation, "Network Policies": policies add up; a pod that one of them selects for a
//! direction is closed in it but for what some rule allows. Blocks of addresses may hold anything, so they allow.

use std::collections::BTreeMap;

use super::Model;
use super::addressed::{Addressed, Host, addressed, behind, workloads};
use super::deployed::{number, target};
use crate::facts::deployment::{Environment, NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule, Read, Workload};
use crate::graph::model::{EdgeId, End};
use crate::span::Span;

/// A connection that a policy does not let through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denied {
    /// What is not allowed, in one clause.
    pub what: String,
    /// The policy that closes the pod.
    pub policy: String,
    /// Where it is.
    pub at: Span,
}

/// A direction of a policy.
#[derive(Clone, Copy)]
enum Direction {
    In,
    Out,
}

/// Whether a connection comes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Let {
    /// No policy is against it.
    Through,
    /// One closes a pod, and none lets it in or out.
    Denied(Denied),
    /// Not known: what is missing.
    Unknown(String),
}

impl Let {
    /// What holds of both: a connection that one of them denies does not come through.
    fn and(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Through => other(),
            Self::Denied(_) => self,
            Self::Unknown(_) => match other() {
                denied @ Self::Denied(_) => denied,
                _ => self,
            },
        }
    }
}

/// Whether the connections of a dependency come through.
#[must_use]
pub fn denied(model: &Model<'_>, edge: EdgeId) -> Let {
    let from = model.graph.edges[edge].from;
    let partial = workloads(model, from).into_iter().find(|(environment, _)| environment.partial);
    if let Some((environment, _)) = partial {
        return Let::Unknown(format!("policies of {}: {}", environment.name, environment.partial_because));
    }
    let all = addressed(model, edge);
    let between = if all.is_empty() {
        unaddressed(model, edge)
    } else {
        all.iter().fold(Let::Through, |all, of| all.and(|| between(of)))
    };
    between.and(|| names_denied(model, edge).map_or(Let::Through, Let::Denied))
}

/// Whether connections come through whose address is not known: no port is, and of a datastore no pod either.
fn unaddressed(model: &Model<'_>, edge: EdgeId) -> Let {
    let of = &model.graph.edges[edge];
    let callees = match of.to {
        End::Service(callee) if callee != of.from => workloads(model, callee),
        End::Service(_) => return Let::Through,
        // Blocks of addresses outside may be allowed.
        End::Node(node) if model.graph.nodes[node].kind == "external" => return Let::Through,
        End::Node(_) => Vec::new(),
    };
    let from = &model.graph.services[of.from];
    let clients = of.effects.iter().flat_map(|id| &model.facts.rust.effects[*id].clients);
    let why = clients.filter_map(|id| model.known(from, &model.facts.rust.clients[*id].address).why).next();
    let missing = || Let::Unknown(why.clone().unwrap_or_else(|| "the address of the client behind it".to_owned()));
    workloads(model, of.from).into_iter().fold(Let::Through, |all, (environment, caller)| {
        let leaves = || match selecting(environment, caller, Direction::Out).is_empty() {
            true => Let::Through,
            false => missing(),
        };
        let here = callees.iter().filter(|(other, _)| other.name == environment.name);
        let enters = here.fold(Let::Through, |all, (_, callee)| {
            let closed_in = || match selecting(environment, callee, Direction::In).is_empty() {
                true => Let::Through,
                false => missing(),
            };
            all.and(|| closed(environment, caller, callee, &[], Direction::Out))
                .and(|| closed(environment, callee, caller, &[], Direction::In))
                .and(closed_in)
        });
        all.and(|| enters).and(leaves)
    })
}

/// Why a service cannot resolve names; none if it can. Told at its first dependency.
fn names_denied(model: &Model<'_>, edge: EdgeId) -> Option<Denied> {
    let from = model.graph.edges[edge].from;
    if model.graph.out_of(from).next().is_none_or(|(first, _)| first != edge) {
        return None;
    }
    workloads(model, from).into_iter().find_map(|(environment, workload)| {
        let policies = selecting(environment, workload, Direction::Out);
        let open = |rule: &PolicyRule| {
            rule.ports.is_empty() || rule.ports.iter().any(|port| covers(port, 53, workload) != Some(false))
        };
        let first = *policies.first()?;
        (!policies.iter().flat_map(|of| &of.egress_rules).any(open)).then(|| Denied {
            what: "names cannot be resolved: no rule lets port 53 out".to_owned(),
            policy: first.meta.name.clone(),
            at: first.meta.at.clone(),
        })
    })
}

fn between(of: &Addressed<'_>) -> Let {
    let Host::Service(service) = &of.host else { return Let::Through };
    let environment = of.environment;
    behind(environment, service).fold(Let::Through, |all, callee| {
        let asked = of.address.port;
        let ports: Vec<i64> = service
            .ports
            .iter()
            .filter(|port| asked.is_none_or(|asked| service.headless || port.port.value == asked))
            .filter_map(
                |port| if service.headless { asked.or_else(|| target(port, callee)) } else { target(port, callee) },
            )
            .collect();
        all.and(|| closed(environment, of.caller, callee, &ports, Direction::Out))
            .and(|| closed(environment, callee, of.caller, &ports, Direction::In))
    })
}

/// The policy that closes a pod to another one, in one direction.
fn closed(environment: &Environment, pod: &Workload, other: &Workload, ports: &[i64], direction: Direction) -> Let {
    let policies = selecting(environment, pod, direction);
    let Some(first) = policies.first() else { return Let::Through };
    let callee = match direction {
        Direction::In => pod,
        Direction::Out => other,
    };
    let mut unseen = false;
    for policy in &policies {
        for rule in rules(policy, direction) {
            let port = rule.ports.is_empty()
                || ports.is_empty()
                || ports.iter().any(|number| rule.ports.iter().any(|of| covers(of, *number, callee) != Some(false)));
            let peers = rule.peers.iter().map(|peer| is_peer(environment, policy, peer, other));
            match any(peers, rule.peers.is_empty()) {
                Some(true) if port => return Let::Through,
                None if port => unseen = true,
                _ => {}
            }
        }
    }
    if unseen {
        return Let::Unknown(format!("the labels of namespace {}: its manifest", other.meta.namespace));
    }
    let port = ports.first().map_or_else(String::new, |port| format!(" on port {port}"));
    let (verb, preposition) = match direction {
        Direction::In => ("in", "from"),
        Direction::Out => ("out", "to"),
    };
    Let::Denied(Denied {
        what: format!("no rule for {} lets connections {verb} {preposition} {}{port}", pod.meta.name, other.meta.name),
        policy: first.meta.name.clone(),
        at: first.meta.at.clone(),
    })
}

fn rules(policy: &NetworkPolicy, direction: Direction) -> &[PolicyRule] {
    match direction {
        Direction::In => &policy.ingress_rules,
        Direction::Out => &policy.egress_rules,
    }
}

fn selecting<'a>(environment: &'a Environment, pod: &Workload, direction: Direction) -> Vec<&'a NetworkPolicy> {
    let of_direction = |policy: &&NetworkPolicy| match direction {
        Direction::In => policy.ingress,
        Direction::Out => policy.egress,
    };
    let same = |policy: &&NetworkPolicy| {
        policy.meta.namespace.is_empty() || pod.meta.namespace.is_empty() || policy.meta.namespace == pod.meta.namespace
    };
    let policies = environment.network_policies.iter().filter(of_direction).filter(same);
    policies.filter(|policy| policy.pods.matches(&pod.pod_labels)).collect()
}

/// Whether one of several holds; none if that depends on one that is not known.
fn any(all: impl Iterator<Item = Option<bool>>, none: bool) -> Option<bool> {
    let mut known = Some(none);
    for one in all {
        match one {
            Some(true) => return Some(true),
            Some(false) => {}
            None => known = None,
        }
    }
    known
}

/// Whether a pod is what a rule names; none if that depends on labels of a namespace that the files do not hold.
fn is_peer(environment: &Environment, policy: &NetworkPolicy, peer: &PolicyPeer, pod: &Workload) -> Option<bool> {
    if peer.cidr.is_some() {
        return Some(true);
    }
    if peer.pods.as_ref().is_some_and(|pods| !pods.matches(&pod.pod_labels)) {
        return Some(false);
    }
    let Some(selector) = &peer.namespaces else {
        let (there, here) = (&policy.meta.namespace, &pod.meta.namespace);
        return Some(there.is_empty() || here.is_empty() || there == here);
    };
    let known = environment.namespaces.iter().find(|of| of.name == pod.meta.namespace);
    let mut labels: BTreeMap<String, String> = known.map(|of| of.labels.clone()).unwrap_or_default();
    // Every namespace has this label (Kubernetes 1.22 and later).
    let own_name = "kubernetes.io/metadata.name";
    labels.insert(own_name.to_owned(), pod.meta.namespace.clone());
    if selector.matches(&labels) {
        return Some(true);
    }
    // Where the manifests name no namespace, whoever applies them chooses it.
    let by_name = selector.labels.get(own_name);
    let other_name = by_name.is_some_and(|name| !pod.meta.namespace.is_empty() && *name != pod.meta.namespace);
    (known.is_some() || other_name).then_some(false)
}

/// Whether a port of a rule covers a port of the pods; none if its name means nothing there.
fn covers(rule: &PolicyPort, port: i64, callee: &Workload) -> Option<bool> {
    let Some(name) = &rule.port else { return Some(true) };
    let start = match name.parse::<i64>() {
        Ok(number) => number,
        Err(_) => number(&Read { value: name.clone(), at: callee.meta.at.clone() }, callee)?,
    };
    Some(start <= port && port <= rule.end.unwrap_or(start))
}

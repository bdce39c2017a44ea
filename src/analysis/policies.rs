//! NetworkPolicies to dependencies: whether the policies of both ends let a connection through.
//!
//! Source: the Kubernetes documentation, "Network Policies": policies add up; a pod that one of them selects for a
//! direction is closed in it but for what some rule allows. Blocks of addresses may hold anything, so they allow.

use std::collections::BTreeMap;

use super::Model;
use super::addressed::{Addressed, Host, addressed, behind, workloads};
use super::deployed::{number, target};
use crate::facts::deployment::{Environment, NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule, Read, Workload};
use crate::graph::model::EdgeId;
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

/// Why the connections of a dependency do not come through; none if they do, or if that cannot be seen.
#[must_use]
pub fn denied(model: &Model<'_>, edge: EdgeId) -> Option<Denied> {
    addressed(model, edge).iter().find_map(between)
}

/// Why a service cannot resolve names; none if it can. Told at its first dependency.
#[must_use]
pub fn names_denied(model: &Model<'_>, edge: EdgeId) -> Option<Denied> {
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

fn between(of: &Addressed<'_>) -> Option<Denied> {
    let Host::Service(service) = &of.host else { return None };
    let environment = of.environment;
    behind(environment, service).find_map(|callee| {
        let asked = of.address.port;
        let ports: Vec<i64> = service
            .ports
            .iter()
            .filter(|port| asked.is_none_or(|asked| service.headless || port.port.value == asked))
            .filter_map(
                |port| if service.headless { asked.or_else(|| target(port, callee)) } else { target(port, callee) },
            )
            .collect();
        let out = closed(environment, of.caller, callee, &ports, Direction::Out);
        out.or_else(|| closed(environment, callee, of.caller, &ports, Direction::In))
    })
}

/// The policy that closes a pod to another one, in one direction.
fn closed(
    environment: &Environment,
    pod: &Workload,
    other: &Workload,
    ports: &[i64],
    direction: Direction,
) -> Option<Denied> {
    let policies = selecting(environment, pod, direction);
    let first = *policies.first()?;
    let callee = match direction {
        Direction::In => pod,
        Direction::Out => other,
    };
    let allowed = policies.iter().any(|policy| {
        rules(policy, direction).iter().any(|rule| {
            let peers =
                rule.peers.is_empty() || rule.peers.iter().any(|peer| is_peer(environment, policy, peer, other));
            let port = rule.ports.is_empty()
                || ports.is_empty()
                || ports.iter().any(|number| rule.ports.iter().any(|of| covers(of, *number, callee) != Some(false)));
            peers && port
        })
    });
    if allowed {
        return None;
    }
    let port = ports.first().map_or_else(String::new, |port| format!(" on port {port}"));
    let (verb, preposition) = match direction {
        Direction::In => ("in", "from"),
        Direction::Out => ("out", "to"),
    };
    Some(Denied {
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

fn is_peer(environment: &Environment, policy: &NetworkPolicy, peer: &PolicyPeer, pod: &Workload) -> bool {
    if peer.cidr.is_some() {
        return true;
    }
    let there = match &peer.namespaces {
        Some(selector) => {
            let known = environment.namespaces.iter().find(|of| of.name == pod.meta.namespace);
            let mut labels: BTreeMap<String, String> = known.map(|of| of.labels.clone()).unwrap_or_default();
            // Every namespace has this label (Kubernetes 1.22 and later).
            labels.insert("kubernetes.io/metadata.name".to_owned(), pod.meta.namespace.clone());
            // Labels of a namespace that the files do not hold may be any.
            known.is_none() && !selector.labels.contains_key("kubernetes.io/metadata.name") || selector.matches(&labels)
        }
        None => {
            policy.meta.namespace.is_empty()
                || pod.meta.namespace.is_empty()
                || policy.meta.namespace == pod.meta.namespace
        }
    };
    there && peer.pods.as_ref().is_none_or(|pods| pods.matches(&pod.pod_labels))
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

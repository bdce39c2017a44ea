//! One rendered object into the facts of its kind; kinds that are not known are flattened.
//!
//! Knows single objects only: neither files nor what kustomizations did before.

use std::collections::BTreeMap;

use super::{configuration, network, routes, scaling, workload};
use crate::extract::yaml::{Kind, Node};
use crate::facts::deployment::{Environment, ObjectMeta, OtherObject, Read, Selector};
use crate::span::Span;

/// The most fields of one object that is only flattened.
const MAX_FIELDS: usize = 5_000;

/// Adds an object to its environment.
pub fn read(object: &Node, environment: &mut Environment) {
    let meta = meta(object);
    match meta.kind.as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob" | "Pod" | "Rollout" => {
            environment.workloads.push(workload::workload(meta, object));
        }
        // Knative has a kind of the same name, with another shape.
        "Service" if !meta.api_version.contains('/') => {
            environment.services.push(network::service(meta, object));
        }
        "ServiceEntry" => environment.services.extend(network::service_entry(&meta, object)),
        "ConfigMap" => environment.config_maps.push(configuration::config_map(meta, object)),
        "Secret" => environment.secrets.push(configuration::secret(meta, object)),
        "ExternalSecret" => environment.secrets.push(configuration::external_secret(meta, object)),
        "SealedSecret" => environment.secrets.push(configuration::sealed_secret(meta, object)),
        "HorizontalPodAutoscaler" => environment.autoscalers.push(scaling::autoscaler(meta, object)),
        "ScaledObject" => environment.autoscalers.push(scaling::scaled_object(meta, object)),
        "PodDisruptionBudget" => environment.disruption_budgets.push(scaling::budget(meta, object)),
        "NetworkPolicy" if meta.api_version.starts_with("networking.k8s.io/") => {
            environment.network_policies.push(network::policy(meta, object));
        }
        "Ingress" => environment.routes.push(routes::ingress(meta, object)),
        "HTTPRoute" | "GRPCRoute" => environment.routes.push(routes::gateway_route(meta, object)),
        "VirtualService" => environment.routes.push(routes::virtual_service(meta, object)),
        "Namespace" => environment.namespaces.push(meta),
        _ => {
            let mut fields = BTreeMap::new();
            for (key, value) in object.map() {
                if let Some(key) = key.str().filter(|key| !matches!(*key, "apiVersion" | "kind" | "metadata")) {
                    flatten(value, key, &mut fields);
                }
            }
            environment.others.push(OtherObject { meta, fields });
        }
    }
}

/// The scalars of a tree by dotted key, lists by index.
pub fn flatten(node: &Node, key: &str, into: &mut BTreeMap<String, Read<String>>) {
    if into.len() >= MAX_FIELDS {
        return;
    }
    match &node.kind {
        Kind::Scalar { .. } => {
            if let Some(read) = text(Some(node)) {
                into.insert(key.to_owned(), read);
            }
        }
        Kind::Mapping(entries) => {
            for (name, value) in entries {
                flatten(value, &joined(key, name.str().unwrap_or_default()), into);
            }
        }
        Kind::Sequence(items) => {
            for (index, value) in items.iter().enumerate() {
                flatten(value, &joined(key, &index.to_string()), into);
            }
        }
    }
}

fn joined(key: &str, name: &str) -> String {
    if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") }
}

/// A copy of the whole object that `kubectl apply` leaves behind: of a Secret, with its values.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn meta(object: &Node) -> ObjectMeta {
    let mut annotations = reads(object.at(&["metadata", "annotations"]));
    annotations.remove(LAST_APPLIED);
    let said = |keys: &[&str]| object.str_at(keys).unwrap_or_default().to_owned();
    ObjectMeta {
        api_version: said(&["apiVersion"]),
        kind: said(&["kind"]),
        namespace: said(&["metadata", "namespace"]),
        name: object
            .str_at(&["metadata", "name"])
            .or_else(|| object.str_at(&["metadata", "generateName"]))
            .unwrap_or_default()
            .to_owned(),
        labels: texts(object.at(&["metadata", "labels"])),
        annotations,
        at: object.get("kind").map_or_else(|| object.span.clone(), |kind| kind.span.clone()),
    }
}

/// A scalar with its place.
pub fn text(node: Option<&Node>) -> Option<Read<String>> {
    let node = node?;
    Some(Read { value: node.str()?.to_owned(), at: node.span.clone() })
}

/// A whole number with its place.
pub fn whole(node: Option<&Node>) -> Option<Read<i64>> {
    let node = node?;
    Some(Read { value: node.i64()?, at: node.span.clone() })
}

/// A string of a mapping, or nothing.
pub fn string(node: &Node, key: &str) -> String {
    node.str_at(&[key]).unwrap_or_default().to_owned()
}

/// A mapping of scalars.
pub fn texts(node: Option<&Node>) -> BTreeMap<String, String> {
    entries(node).filter_map(|(key, value)| Some((key.to_owned(), value.str()?.to_owned()))).collect()
}

/// A mapping of scalars, with their places.
pub fn reads(node: Option<&Node>) -> BTreeMap<String, Read<String>> {
    entries(node).filter_map(|(key, value)| Some((key.to_owned(), text(Some(value))?))).collect()
}

/// The scalars of a list.
pub fn list(node: Option<&Node>) -> Vec<String> {
    node.map_or(&[][..], Node::seq).iter().filter_map(|item| Some(item.str()?.to_owned())).collect()
}

/// The entries of a mapping whose keys are scalars.
pub fn entries(node: Option<&Node>) -> impl Iterator<Item = (&str, &Node)> {
    node.map_or(&[][..], Node::map).iter().filter_map(|(key, value)| Some((key.str()?, value)))
}

/// A label selector.
pub fn selector(node: Option<&Node>) -> Selector {
    let Some(node) = node else { return Selector::default() };
    let expressions = node.seq_at(&["matchExpressions"]).iter();
    Selector {
        labels: texts(node.get("matchLabels")),
        expressions: expressions
            .map(|of| (string(of, "key"), string(of, "operator"), list(of.get("values"))))
            .collect(),
    }
}

/// Milliseconds of a duration as Go and Gateway API write it: `1m30s`, `250ms`.
pub fn milliseconds(node: Option<&Node>) -> Option<Read<i64>> {
    let node = node?;
    let mut rest = node.str()?.trim();
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|of: char| !of.is_ascii_digit() && of != '.')?;
        let (number, behind) = rest.split_at(digits);
        let unit = behind.find(|of: char| of.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(unit);
        let factor = match unit {
            "h" => 3_600_000.0,
            "m" => 60_000.0,
            "s" => 1_000.0,
            "ms" => 1.0,
            "us" | "µs" => 0.001,
            "ns" => 0.000_001,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
        rest = behind;
    }
    // A conversion from `f64` stops at the ends of the range.
    #[allow(clippy::cast_possible_truncation, reason = "durations are far below 2^53 milliseconds, and saturate")]
    Some(Read { value: total.round() as i64, at: node.span.clone() })
}

/// The place of a node.
pub fn place(node: &Node) -> Span {
    node.span.clone()
}

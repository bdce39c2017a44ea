//! Memory that all pods may take when each is scaled as far as it can be, against what the namespace is given.
//!
//! Source: the Kubernetes documentation, "Resource Quotas" (`hard.limits.memory`) and "Quantity".

use std::collections::BTreeMap;

use super::{Resource, Row, Share, row};
use crate::analysis::Model;
use crate::analysis::figure::Figure;
use crate::analysis::pods::pods;
use crate::facts::deployment::{Environment, Read, Workload};
use crate::graph::model::ServiceId;

const MIB: f64 = 1_048_576.0;

/// One row for the environment, if a manifest says what anything in it may take.
pub(super) fn rows(model: &Model<'_>) -> Vec<Row> {
    let mut shares: BTreeMap<ServiceId, Share> = BTreeMap::new();
    for (service, of) in model.graph.services.iter().enumerate() {
        // Jobs end; what goes on decides what is taken for good.
        let Some((environment, workload, _)) = of.workloads.first().filter(|_| of.kind == "service") else { continue };
        let environment = &model.facts.kubernetes[*environment];
        let each = of_pod(&environment.workloads[*workload], &of.name);
        let pods = pods(model, service);
        let demand = super::product(&[&each, &pods.peak]);
        shares.insert(service, Share { service, demand, each, replicas: pods.most });
    }
    if !shares.values().any(|share| share.demand.number.is_ok()) {
        return Vec::new();
    }
    let of = format!("environment {}", model.graph.environment);
    let environment = model.facts.kubernetes.iter().find(|of| of.name == model.graph.environment);
    let limit = environment.map_or_else(missing, quota);
    vec![row(model, Resource::Memory, of, limit, shares.into_values().collect())]
}

/// What one pod may take: the limits of its containers, the largest of those that only prepare it.
fn of_pod(workload: &Workload, service: &str) -> Figure {
    let mut sum: i64 = 0;
    let mut first: i64 = 0;
    let mut origins = Vec::new();
    for container in &workload.containers {
        let Some(limit) = container.resources.get("limits.memory") else {
            if container.role == "init" {
                continue;
            }
            let supply = format!("resources.limits.memory of {} in its manifest", container.name);
            return Figure::missing(&format!("memory of {service}"), &supply);
        };
        let Some(mib) = mebibytes(&limit.value) else {
            let supply = format!("a quantity at {}:{}", limit.at.file, limit.at.line);
            return Figure::missing(&format!("memory of {service}"), &supply);
        };
        if container.role == "init" {
            first = first.max(mib);
        } else {
            sum = sum.saturating_add(mib);
            origins.push(format!("{}:{}", limit.at.file, limit.at.line));
        }
    }
    Figure::known(sum.max(first), origins.join(" + "))
}

/// What a quota gives to all pods of a namespace.
fn quota(environment: &Environment) -> Figure {
    let quotas = environment.others.iter().filter(|of| of.meta.kind == "ResourceQuota");
    let read: Option<&Read<String>> = quotas.filter_map(|of| of.fields.get("spec.hard.limits.memory")).next();
    match read.map(|read| (mebibytes(&read.value), format!("{}:{}", read.at.file, read.at.line))) {
        Some((Some(mib), origin)) => Figure::known(mib, origin),
        _ => missing(),
    }
}

fn missing() -> Figure {
    Figure::missing("memory of the namespace", "a ResourceQuota with hard.limits.memory in the manifests")
}

/// A quantity of Kubernetes in whole mebibytes, rounded up.
pub(super) fn mebibytes(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let unit = match &text[digits..] {
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => MIB,
        "Gi" => 1024.0 * MIB,
        "Ti" => 1024.0 * 1024.0 * MIB,
        _ => return None,
    };
    let mib = (number * unit / MIB).ceil();
    #[allow(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
    mib.is_finite().then_some(mib as i64)
}

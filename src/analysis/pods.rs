//! Manifests to numbers of pods: how many copies of a service run, and how many at the peak of a roll-out.
//!
//! Sources: the Kubernetes documentation of Deployments (`maxSurge` is 25 % unless set, rounded up) and of
//! HorizontalPodAutoscalers; the KEDA documentation (`maxReplicaCount` is 100 unless set).

use std::collections::BTreeMap;

use super::Model;
use super::figure::Figure;
use crate::facts::deployment::{Environment, Read, Workload};
use crate::graph::model::ServiceId;

/// Numbers of pods of one service, and of copies per pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pods {
    /// The most that run when nothing is rolled out.
    pub most: Figure,
    /// The most at once while a new version is rolled out.
    pub peak: Figure,
    /// Containers of one pod that run the service.
    pub copies: i64,
}

/// The pods of a service: those of all workloads that run it.
#[must_use]
pub fn pods(model: &Model<'_>, service: ServiceId) -> Pods {
    let of = &model.graph.services[service];
    let mut workloads: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for (environment, workload, container) in &of.workloads {
        let role = &model.facts.kubernetes[*environment].workloads[*workload].containers[*container].role;
        *workloads.entry((*environment, *workload)).or_default() += i64::from(role != "init");
    }
    if workloads.is_empty() {
        let missing = Figure::missing(
            &format!("pods of {}", of.name),
            &format!("a manifest that runs it, or services.{}.workload in loadpath.yaml", of.name),
        );
        return Pods { most: missing.clone(), peak: missing, copies: 1 };
    }
    let copies = workloads.values().copied().max().unwrap_or(1).max(1);
    let all: Vec<(Figure, Figure)> = workloads
        .keys()
        .map(|(environment, workload)| {
            let environment = &model.facts.kubernetes[*environment];
            let workload = &environment.workloads[*workload];
            let most = most(model, environment, workload);
            let peak = surge(&most, workload);
            (most, peak)
        })
        .collect();
    Pods { most: sum(all.iter().map(|(most, _)| most)), peak: sum(all.iter().map(|(_, peak)| peak)), copies }
}

fn sum<'a>(figures: impl Iterator<Item = &'a Figure>) -> Figure {
    figures
        .cloned()
        .reduce(|a, b| {
            let number = match (a.number, b.number) {
                (Ok(a), Ok(b)) => Ok(a.saturating_add(b)),
                (Err(missing), _) | (_, Err(missing)) => Err(missing),
            };
            Figure { number, origin: format!("{} + {}", a.origin, b.origin) }
        })
        .unwrap_or_else(|| Figure::known(0, "no workload"))
}

fn at(read: &Read<i64>) -> Figure {
    Figure::known(read.value.max(0), format!("{}:{}", read.at.file, read.at.line))
}

/// The most pods of one workload: its autoscaler decides, if it has one.
fn most(model: &Model<'_>, environment: &Environment, workload: &Workload) -> Figure {
    let meta = &workload.meta;
    let supply = "a manifest that says it";
    let scaler = environment.autoscalers.iter().find(|scaler| {
        scaler.target_name == meta.name
            && (scaler.target_kind.is_empty() || scaler.target_kind == meta.kind)
            && scaler.meta.namespace == meta.namespace
    });
    if let Some(scaler) = scaler {
        return match &scaler.max {
            Some(max) => at(max),
            None if scaler.meta.kind == "ScaledObject" => Figure::known(100, "KEDA default"),
            None => Figure::missing(&format!("maxReplicas of {}", meta.name), supply),
        };
    }
    match meta.kind.as_str() {
        "DaemonSet" => match &model.config.nodes.count {
            Some(count) => Figure::known(count.value, "nodes.count"),
            None => Figure::missing("number of nodes", "nodes.count in loadpath.yaml"),
        },
        "Deployment" | "StatefulSet" | "Job" | "CronJob" | "Pod" | "ReplicaSet" | "Rollout" => match &workload.replicas
        {
            Some(replicas) => at(replicas),
            None => Figure::known(1, "Kubernetes default"),
        },
        kind => Figure::missing(&format!("pods of {kind} {}", meta.name), supply),
    }
}

/// What a roll-out adds.
fn surge(most: &Figure, workload: &Workload) -> Figure {
    let Ok(number) = most.number else { return most.clone() };
    let strategy = workload.strategy.as_ref().map(|strategy| strategy.value.as_str());
    let rolling = match workload.meta.kind.as_str() {
        "Deployment" => matches!(strategy, None | Some("RollingUpdate")),
        // Argo Rollouts: `maxSurge` is 25% as well; blue and green are both there at full size.
        "Rollout" => strategy == Some("canary"),
        _ => false,
    };
    if !rolling {
        return most.clone();
    }
    let written = workload.max_surge.as_ref().map_or("25%", |surge| surge.value.trim());
    let more = match written.strip_suffix('%') {
        Some(percent) => percent
            .parse::<i64>()
            .ok()
            .map(|percent| number.saturating_mul(percent.clamp(0, 1000)).saturating_add(99) / 100),
        None => written.parse::<i64>().ok(),
    };
    match more {
        Some(more) => {
            let more = more.max(0);
            let origin = match &workload.max_surge {
                Some(surge) => format!("{}:{}", surge.at.file, surge.at.line),
                None => "25 %, Kubernetes default".to_owned(),
            };
            Figure::known(
                number.saturating_add(more),
                format!("{number} from {} + {more} surge from {origin}", most.origin),
            )
        }
        None => {
            Figure::missing(&format!("maxSurge of {}", workload.meta.name), "a number or percentage in the manifest")
        }
    }
}

/// Whether old and new pods of a service run side by side while it is rolled out.
#[must_use]
pub fn rolls(model: &Model<'_>, service: ServiceId) -> bool {
    model.graph.services[service].workloads.iter().any(|(environment, workload, _)| {
        let workload = &model.facts.kubernetes[*environment].workloads[*workload];
        matches!(workload.meta.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet")
            && workload.strategy.as_ref().is_none_or(|strategy| strategy.value == "RollingUpdate")
    })
}

/// Whether a container of the service has a liveness probe and no start-up probe, and no other container of the pod
/// runs before it: what starts slowly is killed.
#[must_use]
pub fn is_killed_while_it_starts(model: &Model<'_>, service: ServiceId) -> bool {
    model.graph.services[service].workloads.iter().any(|(environment, workload, container)| {
        let container = &model.facts.kubernetes[*environment].workloads[*workload].containers[*container];
        let has = |kind: &str| container.probes.iter().any(|probe| probe.kind == kind);
        container.role != "init" && has("liveness") && !has("startup")
    })
}

/// Whether only containers that end before the pod starts run the service.
#[must_use]
pub fn is_init_only(model: &Model<'_>, service: ServiceId) -> bool {
    let workloads = &model.graph.services[service].workloads;
    !workloads.is_empty()
        && workloads.iter().all(|(environment, workload, container)| {
            let container = &model.facts.kubernetes[*environment].workloads[*workload].containers[*container];
            container.role == "init"
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::deployment::ObjectMeta;
    use crate::span::Span;

    fn deployment(strategy: Option<&str>, max_surge: Option<&str>) -> Workload {
        let read = |text: &str| Read { value: text.to_owned(), at: Span::line("k8s/app.yaml", 7) };
        Workload {
            meta: ObjectMeta {
                api_version: "apps/v1".to_owned(),
                kind: "Deployment".to_owned(),
                namespace: String::new(),
                name: "app".to_owned(),
                labels: BTreeMap::new(),
                annotations: BTreeMap::new(),
                at: Span::line("k8s/app.yaml", 1),
            },
            pod_labels: BTreeMap::new(),
            pod_annotations: BTreeMap::new(),
            replicas: None,
            strategy: strategy.map(read),
            max_surge: max_surge.map(read),
            max_unavailable: None,
            grace_period_seconds: None,
            containers: Vec::new(),
            host_network: false,
            service_account: None,
            spread: false,
            schedule: None,
            volumes: Vec::new(),
            pods_of: None,
        }
    }

    #[test]
    fn a_roll_out_adds_its_surge_rounded_up() {
        let peak = |replicas, strategy, max_surge| {
            surge(&Figure::known(replicas, "here"), &deployment(strategy, max_surge)).number.ok()
        };
        assert_eq!(peak(10, None, None), Some(13), "25 % of 10, rounded up");
        assert_eq!(peak(1, None, None), Some(2));
        assert_eq!(peak(10, Some("RollingUpdate"), Some("2")), Some(12));
        assert_eq!(peak(3, None, Some("100%")), Some(6));
        assert_eq!(peak(10, Some("Recreate"), None), Some(10));
        assert_eq!(peak(10, None, Some("$SURGE")), None);
        assert_eq!(peak(i64::MAX, None, Some("1000%")), Some(i64::MAX));
    }
}

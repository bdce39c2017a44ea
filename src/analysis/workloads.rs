//! Workloads to what a disruption leaves of them: the least number of pods, and the budgets that hold for them.
//!
//! Source: the Kubernetes documentation, "Specifying a Disruption Budget for your Application": percentages are rounded
//! up, of `minAvailable` and of `maxUnavailable`.

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use super::figure::Figure;
use crate::facts::deployment::{DisruptionBudget, Environment, Workload};
use crate::graph::model::{End, ServiceId};

/// A workload that runs services of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadSite {
    /// Index of the environment, and of the workload in it.
    pub place: (usize, usize),
    /// The services.
    pub services: BTreeSet<ServiceId>,
}

/// All of them, by place.
#[must_use]
pub fn workloads(model: &Model<'_>) -> Vec<WorkloadSite> {
    let mut found: BTreeMap<(usize, usize), BTreeSet<ServiceId>> = BTreeMap::new();
    for (service, of) in model.graph.services.iter().enumerate() {
        for (environment, workload, _) in &of.workloads {
            found.entry((*environment, *workload)).or_default().insert(service);
        }
    }
    found.into_iter().map(|(place, services)| WorkloadSite { place, services }).collect()
}

/// The environment and workload of a site.
#[must_use]
pub fn parts<'a>(model: &Model<'a>, site: &WorkloadSite) -> (&'a Environment, &'a Workload) {
    let environment = &model.facts.kubernetes[site.place.0];
    (environment, &environment.workloads[site.place.1])
}

/// The fewest pods that run when nothing is wrong: one at least, since what is scaled to nothing is not disrupted.
#[must_use]
pub fn least(model: &Model<'_>, site: &WorkloadSite) -> Figure {
    let (environment, workload) = parts(model, site);
    let meta = &workload.meta;
    let scaler = environment.autoscalers.iter().find(|scaler| {
        scaler.target_name == meta.name
            && (scaler.target_kind.is_empty() || scaler.target_kind == meta.kind)
            && scaler.meta.namespace == meta.namespace
    });
    let read = match scaler {
        Some(scaler) => scaler.min.as_ref(),
        None if environment.partial => {
            let what = format!("autoscaler of {}", meta.name);
            return Figure::missing(&what, &format!("what is not rendered of {}", environment.name));
        }
        None if meta.kind == "DaemonSet" => {
            return Figure::missing("number of nodes", "nodes.count in loadpath.yaml");
        }
        None => workload.replicas.as_ref(),
    };
    match read {
        Some(read) => Figure::known(read.value.max(1), format!("{}:{}", read.at.file, read.at.line)),
        None => Figure::known(1, "Kubernetes default"),
    }
}

/// The budgets that select the pods.
#[must_use]
pub fn budgets<'a>(model: &Model<'a>, site: &WorkloadSite) -> Vec<&'a DisruptionBudget> {
    let (environment, workload) = parts(model, site);
    let namespace = |of: &DisruptionBudget| {
        of.meta.namespace.is_empty()
            || workload.meta.namespace.is_empty()
            || of.meta.namespace == workload.meta.namespace
    };
    let budgets = environment.disruption_budgets.iter();
    budgets.filter(|of| namespace(of) && of.selector.matches(&workload.pod_labels)).collect()
}

/// How many of a number of pods a budget lets go at once; none if what it says cannot be read.
#[must_use]
pub fn allowed(budget: &DisruptionBudget, pods: i64) -> Option<i64> {
    let part = |written: &str| match written.trim().strip_suffix('%') {
        Some(percent) => {
            let percent: i64 = percent.trim().parse().ok()?;
            Some(pods.saturating_mul(percent.clamp(0, 100)).saturating_add(99) / 100)
        }
        None => written.trim().parse::<i64>().ok(),
    };
    match (&budget.min_available, &budget.max_unavailable) {
        (Some(least), _) => Some(pods.saturating_sub(part(&least.value)?)),
        (None, Some(most)) => part(&most.value),
        (None, None) => None,
    }
}

/// Services whose requests fail without these pods: those that wait for an answer and fail without it.
#[must_use]
pub fn callers(model: &Model<'_>, site: &WorkloadSite) -> BTreeSet<String> {
    let into = site.services.iter().flat_map(|service| model.graph.into_end(End::Service(*service)));
    into.filter(|(id, edge)| {
        edge.is_sync()
            && !site.services.contains(&edge.from)
            && model.chains.criticality[*id].in_code() != Some("soft")
            && !model.chains.criticality[*id].declared_optional
    })
    .map(|(_, edge)| model.graph.services[edge.from].name.clone())
    .collect()
}

/// Whether something outside the cluster reaches the pods: a route, or a Service of a type that does.
#[must_use]
pub fn exposed(model: &Model<'_>, site: &WorkloadSite) -> bool {
    let (environment, workload) = parts(model, site);
    environment.services.iter().filter(|service| super::deployed::selects(service, workload)).any(|service| {
        matches!(service.service_type.as_str(), "LoadBalancer" | "NodePort")
            || environment.routes.iter().any(|route| {
                let inside = route.meta.kind == "VirtualService"
                    && (route.class.is_empty() || route.class.split(',').any(|name| name.trim() == "mesh"));
                !inside
                    && route.rules.iter().any(|rule| rule.service.split('.').next() == Some(service.meta.name.as_str()))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::deployment::{ObjectMeta, Read, Selector};
    use crate::span::Span;

    fn budget(least: Option<&str>, most: Option<&str>) -> DisruptionBudget {
        let read = |value: &str| Read { value: value.to_owned(), at: Span::line("k8s/a.yaml", 1) };
        DisruptionBudget {
            meta: ObjectMeta {
                api_version: String::new(),
                kind: "PodDisruptionBudget".to_owned(),
                namespace: String::new(),
                name: "b".to_owned(),
                labels: BTreeMap::new(),
                annotations: BTreeMap::new(),
                at: Span::line("k8s/a.yaml", 1),
            },
            selector: Selector::default(),
            min_available: least.map(read),
            max_unavailable: most.map(read),
        }
    }

    #[test]
    fn percentages_are_rounded_up() {
        for (least, most, pods, let_go) in [
            (None, Some("25%"), 1, 1),
            (None, Some("25%"), 4, 1),
            (None, Some("25%"), 5, 2),
            (None, Some("0"), 5, 0),
            (Some("1"), None, 1, 0),
            (Some("1"), None, 2, 1),
            (Some("50%"), None, 3, 1),
            (Some("100%"), None, 3, 0),
            (Some("51%"), None, 3, 1),
        ] {
            assert_eq!(allowed(&budget(least, most), pods), Some(let_go), "{least:?} {most:?} of {pods}");
        }
        assert_eq!(allowed(&budget(None, Some("half")), 3), None);
    }
}

//! How a workload runs: how many pods, how they are replaced, how it is seen that they are well, and how they end.

use super::super::document::{Page, code, words};
use super::super::subject::{Home, Scope};
use crate::analysis::workloads::{self, WorkloadSite};

/// A workload in words.
pub(in super::super) struct Operations {
    pub name: String,
    pub workload: String,
    pub replicas: String,
    pub rollout: String,
    pub budget: String,
    pub probes: String,
    pub end: String,
    pub resources: String,
}

/// The workloads of a service.
pub(super) fn section(scope: &Scope<'_>, home: &Home, page: &mut Page) {
    let model = scope.model;
    let environment = |site: &&WorkloadSite| {
        model.facts.kubernetes.get(site.place.0).is_some_and(|of| of.name == model.graph.environment)
    };
    let sites = model.workloads.iter().filter(environment);
    let sites: Vec<&WorkloadSite> = sites.filter(|site| home.all().any(|id| site.services.contains(&id))).collect();
    if sites.is_empty() {
        return;
    }
    page.heading("Operations");
    let rows = sites.into_iter().map(|site| {
        let of = operations(scope, site);
        let cells = [of.replicas, of.rollout, of.budget, of.probes, of.end, of.resources];
        std::iter::once(vec![code(of.workload)]).chain(cells.into_iter().map(|cell| vec![words(cell)])).collect()
    });
    page.table(&["workload", "pods", "roll-out", "disruption", "probes", "end", "resources"], rows.collect());
}

/// A workload in words.
pub(in super::super) fn operations(scope: &Scope<'_>, site: &WorkloadSite) -> Operations {
    let (environment, workload) = workloads::parts(scope.model, site);
    let meta = &workload.meta;
    let scaler = environment.autoscalers.iter().find(|scaler| {
        scaler.target_name == meta.name
            && (scaler.target_kind.is_empty() || scaler.target_kind == meta.kind)
            && scaler.meta.namespace == meta.namespace
    });
    let number = |of: Option<i64>| of.map_or_else(|| "?".to_owned(), |number| number.to_string());
    let replicas = match (scaler, &workload.schedule) {
        (Some(scaler), _) => {
            let (min, max) = (scaler.min.as_ref().map(|of| of.value), scaler.max.as_ref().map(|of| of.value));
            let metrics: Vec<&str> = scaler.metrics.iter().map(|metric| metric.name.as_str()).collect();
            let by = if metrics.is_empty() { String::new() } else { format!(" by {}", metrics.join(", ")) };
            format!("{} to {}{by}", number(min), number(max))
        }
        (None, Some(schedule)) => format!("at {}", schedule.value),
        (None, None) => workload.replicas.as_ref().map_or_else(|| "1".to_owned(), |of| of.value.to_string()),
    };
    let mut rollout: Vec<String> = workload.strategy.iter().map(|of| of.value.clone()).collect();
    rollout.extend(workload.max_surge.iter().map(|of| format!("surge {}", of.value)));
    rollout.extend(workload.max_unavailable.iter().map(|of| format!("unavailable {}", of.value)));
    let budgets = workloads::budgets(scope.model, site).into_iter().map(|budget| {
        match (&budget.min_available, &budget.max_unavailable) {
            (Some(least), _) => format!("at least {} stay", least.value),
            (None, Some(most)) => format!("at most {} go", most.value),
            (None, None) => budget.meta.name.clone(),
        }
    });
    let main = || workload.containers.iter().filter(|container| container.role == "container");
    let mut probes: Vec<String> = main()
        .flat_map(|container| &container.probes)
        .map(|probe| {
            let target = probe.path.as_ref().or(probe.service.as_ref()).or(probe.port.as_ref());
            let target = target.map_or_else(String::new, |target| format!(" {}", target.value));
            format!("{} {}{target}", probe.kind, probe.action)
        })
        .collect();
    probes.dedup();
    let mut end: Vec<String> = main()
        .filter_map(|container| container.pre_stop.as_ref())
        .map(|stop| match stop.seconds {
            Some(seconds) => format!("waits {seconds} s"),
            None => format!("runs {}", stop.action),
        })
        .collect();
    let grace = workload.grace_period_seconds.as_ref().map(|of| of.value);
    end.push(match grace {
        Some(seconds) => format!("grace {seconds} s"),
        None => "grace 30 s (default)".to_owned(),
    });
    let resources: Vec<String> = main()
        .flat_map(|container| &container.resources)
        .map(|(name, read)| {
            let name = name.replace("requests.", "asks ").replace("limits.", "limit ");
            format!("{name} {}", read.value)
        })
        .collect();
    Operations {
        name: meta.name.clone(),
        workload: format!("{} {}", meta.kind, meta.name),
        replicas,
        rollout: rollout.join(", "),
        budget: budgets.collect::<Vec<_>>().join("; "),
        probes: probes.join("; "),
        end: end.join(", "),
        resources: resources.join(", "),
    }
}

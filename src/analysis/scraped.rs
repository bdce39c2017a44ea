//! Monitors and annotations to metrics: whether what collects them asks where something answers.
//!
//! Sources: the API of the Prometheus Operator (a ServiceMonitor names ports of Services, a PodMonitor ports of pods);
//! the annotations `prometheus.io/scrape`, `port` and `path` as the usual scrape configuration reads them.

use super::Model;
use super::deployed::{ContainerSite, parts, selects, sockets};
use crate::facts::deployment::{Environment, OtherObject, Workload};
use crate::facts::rust::What;
use crate::graph::model::ServiceId;
use crate::span::Span;

/// Why the metrics of a container are not collected; none if they are, or if it has none.
#[must_use]
pub fn problem(model: &Model<'_>, site: &ContainerSite) -> Option<(String, Span)> {
    let (environment, workload, _) = parts(model, site);
    annotated(model, site.service, workload).or_else(|| monitored(environment, workload))
}

/// Whether the code of a service gives metrics out, and whether the project collects any from pods or Services, but not
/// from these.
#[must_use]
pub fn forgotten(model: &Model<'_>, site: &ContainerSite) -> bool {
    let (environment, workload, _) = parts(model, site);
    let elsewhere = environment.others.iter().any(is_monitor)
        || environment.workloads.iter().any(|of| of.pod_annotations.contains_key("prometheus.io/scrape"));
    exposes(model, site.service)
        && elsewhere
        && !environment.partial
        && !workload.pod_annotations.contains_key("prometheus.io/scrape")
        && !environment.others.iter().filter(|of| is_monitor(of)).any(|of| watches(environment, workload, of))
}

fn exposes(model: &Model<'_>, service: ServiceId) -> bool {
    let of = &model.graph.services[service];
    let listens = of.effects.iter().any(
        |id| matches!(&model.facts.rust.effects[*id].what, What::Listen { protocol, .. } if protocol == "metrics"),
    );
    listens || of.entries.iter().any(|entry| model.graph.entries[*entry].name == "GET /metrics")
}

fn annotated(model: &Model<'_>, service: ServiceId, workload: &Workload) -> Option<(String, Span)> {
    let annotation = |name: &str| workload.pod_annotations.get(&format!("prometheus.io/{name}"));
    annotation("scrape").filter(|of| of.value == "true")?;
    let sockets = sockets(model, service).filter(|all| !all.is_empty())?;
    let port = annotation("port")?;
    let number: i64 = port.value.parse().ok()?;
    // Another container of the pod may answer.
    let alone = workload.containers.iter().filter(|of| of.role != "init").count() == 1;
    let Some(socket) = sockets.iter().find(|of| of.port == number) else {
        return alone.then(|| (format!("prometheus.io/port is {number}, and nothing listens there"), port.at.clone()));
    };
    let path = annotation("path").map_or("/metrics", |of| of.value.as_str());
    let entries = &model.graph.services[service].entries;
    let mut routes = entries.iter().map(|id| &model.graph.entries[*id]).filter(|of| of.kind == "endpoint").peekable();
    let known = socket.protocol == "http" && routes.peek().is_some();
    let answers = routes.any(|of| of.name.split_once(' ').is_some_and(|(_, of)| of == path));
    let at = annotation("path").map_or(&port.at, |of| &of.at);
    (known && !answers).then(|| (format!("nothing answers {path} on port {number}"), at.clone()))
}

fn monitored(environment: &Environment, workload: &Workload) -> Option<(String, Span)> {
    environment.others.iter().filter(|of| is_monitor(of) && watches(environment, workload, of)).find_map(|monitor| {
        let port = monitor.fields.iter().find(|(name, _)| {
            name.ends_with(".port") && (name.contains("endpoints") || name.contains("podMetricsEndpoints"))
        });
        let (_, port) = port?;
        let there = if monitor.meta.kind == "PodMonitor" {
            workload.containers.iter().flat_map(|of| &of.ports).any(|of| of.name.as_deref() == Some(&port.value))
        } else {
            let services = environment.services.iter().filter(|of| selects(of, workload));
            services.flat_map(|of| &of.ports).any(|of| of.name.as_deref() == Some(&port.value))
        };
        let of = if monitor.meta.kind == "PodMonitor" { "container" } else { "Service" };
        let why = format!("{} {} asks port `{}`, which no {of} has", monitor.meta.kind, monitor.meta.name, port.value);
        (!there).then(|| (why, port.at.clone()))
    })
}

fn is_monitor(of: &OtherObject) -> bool {
    matches!(of.meta.kind.as_str(), "ServiceMonitor" | "PodMonitor")
}

/// Whether a monitor selects a workload: by the labels of its pods, or of a Service in front of them.
fn watches(environment: &Environment, workload: &Workload, monitor: &OtherObject) -> bool {
    let wanted: Vec<(&str, &str)> = monitor
        .fields
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("spec.selector.matchLabels.")?, value.value.as_str())))
        .collect();
    let has = |labels: &std::collections::BTreeMap<String, String>| {
        wanted.iter().all(|(name, value)| labels.get(*name).is_some_and(|of| of == value))
    };
    if monitor.meta.kind == "PodMonitor" {
        return has(&workload.pod_labels);
    }
    environment.services.iter().filter(|of| selects(of, workload)).any(|of| has(&of.meta.labels))
}

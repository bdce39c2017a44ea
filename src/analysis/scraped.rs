//! Monitors and annotations to metrics: whether what collects them asks where something answers.
//!
//! Sources: the API of the Prometheus Operator (a ServiceMonitor names ports of Services, a PodMonitor ports of pods);
//! the annotations `prometheus.io/scrape`, `port` and `path` as the usual scrape configuration reads them.

use std::collections::BTreeMap;

use super::Model;
use super::deployed::{ContainerSite, parts, selects, sockets};
use crate::facts::deployment::{Environment, OtherObject, Workload};
use crate::facts::rust::What;
use crate::graph::model::ServiceId;
use crate::span::Span;

/// Whether the metrics of a container are collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scraped {
    /// They are, or it has none.
    Fine,
    /// They are not: why, and where that is said.
    Problem(String, Span),
    /// Where it listens is not known.
    Open,
}

/// Why the metrics of a container are not collected, if they are not.
#[must_use]
pub fn problem(model: &Model<'_>, site: &ContainerSite) -> Scraped {
    let (environment, workload, _) = parts(model, site);
    match annotated(model, site.service, workload) {
        Scraped::Fine => monitored(environment, workload).map_or(Scraped::Fine, |(why, at)| Scraped::Problem(why, at)),
        other => other,
    }
}

/// Whether the code of a service gives metrics out, and whether the project collects any from pods or Services, but not
/// from these.
#[must_use]
pub fn forgotten(model: &Model<'_>, site: &ContainerSite) -> bool {
    let (environment, workload, _) = parts(model, site);
    let elsewhere = environment.others.iter().any(is_monitor)
        || environment.workloads.iter().any(|of| of.pod_annotations.contains_key("prometheus.io/scrape"));
    exposes(model, site.service)
        && !pushes(model, site.service)
        && elsewhere
        && !environment.partial
        && !workload.pod_annotations.contains_key("prometheus.io/scrape")
        && !environment
            .others
            .iter()
            .filter(|of| is_monitor(of))
            .any(|of| watches(environment, workload, of) != Some(false))
}

/// Whether the code of a service sends its metrics somewhere by itself.
fn pushes(model: &Model<'_>, service: ServiceId) -> bool {
    model.graph.services[service]
        .effects
        .iter()
        .any(|id| matches!(&model.facts.rust.effects[*id].what, What::Telemetry { kind, .. } if kind == "metric push"))
}

fn exposes(model: &Model<'_>, service: ServiceId) -> bool {
    let of = &model.graph.services[service];
    let listens = of.effects.iter().any(
        |id| matches!(&model.facts.rust.effects[*id].what, What::Listen { protocol, .. } if protocol == "metrics"),
    );
    listens || of.entries.iter().any(|entry| model.graph.entries[*entry].name == "GET /metrics")
}

fn annotated(model: &Model<'_>, service: ServiceId, workload: &Workload) -> Scraped {
    let annotation = |name: &str| workload.pod_annotations.get(&format!("prometheus.io/{name}"));
    let asked = annotation("scrape").is_some_and(|of| of.value == "true");
    let Some(port) = annotation("port").filter(|_| asked) else { return Scraped::Fine };
    let Ok(number) = port.value.parse::<i64>() else { return Scraped::Fine };
    // Another container of the pod may answer.
    let alone = workload.containers.iter().filter(|of| of.role != "init").count() == 1;
    let Some(sockets) = sockets(model, service) else {
        return if alone { Scraped::Open } else { Scraped::Fine };
    };
    let Some(socket) = sockets.iter().find(|of| of.port == number) else {
        return if alone && !sockets.is_empty() {
            Scraped::Problem(format!("prometheus.io/port is {number}, and nothing listens there"), port.at.clone())
        } else {
            Scraped::Fine
        };
    };
    let path = annotation("path").map_or("/metrics", |of| of.value.as_str());
    let entries = &model.graph.services[service].entries;
    let mut routes = entries.iter().map(|id| &model.graph.entries[*id]).filter(|of| of.kind == "endpoint").peekable();
    let known = socket.protocol == "http" && routes.peek().is_some();
    let answers = routes.any(|of| of.name.split_once(' ').is_some_and(|(_, of)| of == path));
    let at = annotation("path").map_or(&port.at, |of| &of.at);
    if known && !answers {
        return Scraped::Problem(format!("nothing answers {path} on port {number}"), at.clone());
    }
    Scraped::Fine
}

fn monitored(environment: &Environment, workload: &Workload) -> Option<(String, Span)> {
    let watching = |of: &&OtherObject| is_monitor(of) && watches(environment, workload, of) == Some(true);
    environment.others.iter().filter(watching).find_map(|monitor| {
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

/// Whether a monitor selects a workload: by the labels of its pods, or of a Service in front of them; none where it
/// depends on the namespace that the manifests are applied to.
fn watches(environment: &Environment, workload: &Workload, monitor: &OtherObject) -> Option<bool> {
    let selected = if monitor.meta.kind == "PodMonitor" {
        fits(monitor, &workload.pod_labels)
    } else {
        environment.services.iter().filter(|of| selects(of, workload)).any(|of| fits(monitor, &of.meta.labels))
    };
    if selected { looks_into(monitor, &workload.meta.namespace) } else { Some(false) }
}

/// Whether a monitor looks into a namespace: its own, unless it names others.
fn looks_into(monitor: &OtherObject, namespace: &str) -> Option<bool> {
    let selector = |name: &str| format!("spec.namespaceSelector.{name}");
    if monitor.fields.get(&selector("any")).is_some_and(|any| any.value == "true") {
        return Some(true);
    }
    let prefix = selector("matchNames.");
    let named: Vec<&str> = monitor
        .fields
        .iter()
        .filter(|(name, _)| name.starts_with(&prefix))
        .map(|(_, value)| value.value.as_str())
        .collect();
    let own = [monitor.meta.namespace.as_str()];
    let there = if named.is_empty() { &own[..] } else { &named[..] };
    if there.contains(&namespace) {
        return Some(true);
    }
    let open = namespace.is_empty() || there.contains(&"");
    (!open).then_some(false)
}

/// Whether the selector of a monitor fits labels: all of its pairs and all of its expressions do.
fn fits(monitor: &OtherObject, labels: &BTreeMap<String, String>) -> bool {
    let field = |name: &str| monitor.fields.get(name).map(|of| of.value.as_str());
    let pairs = monitor
        .fields
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("spec.selector.matchLabels.")?, value.value.as_str())));
    let mut expressions = (0..).map(|index| format!("spec.selector.matchExpressions.{index}")).map_while(|of| {
        let (key, operator) = (field(&format!("{of}.key"))?, field(&format!("{of}.operator"))?);
        let values: Vec<&str> = (0..).map_while(|index| field(&format!("{of}.values.{index}"))).collect();
        Some((key, operator, values))
    });
    let mut pairs = pairs.into_iter();
    pairs.all(|(name, value)| labels.get(name).is_some_and(|of| of == value))
        && expressions.all(|(key, operator, values)| {
            let label = labels.get(key).map(String::as_str);
            match operator {
                "In" => label.is_some_and(|of| values.contains(&of)),
                "NotIn" => label.is_none_or(|of| !values.contains(&of)),
                "Exists" => label.is_some(),
                "DoesNotExist" => label.is_none(),
                _ => true,
            }
        })
}

//! Dependencies to whether a trace goes on over them: what puts its context into a call, and what takes it out.
//!
//! Sources: OpenTelemetry documentation, "Context propagation"; W3C Trace Context. Code that a package takes from another
//! package of the project may do it where this does not see it: then nothing is said.

use std::collections::BTreeSet;

use super::Model;
use crate::facts::rust::{Package, What};
use crate::graph::model::{EdgeId, End, ServiceId};

/// Crates that start traces.
const TRACERS: &[&str] = &["opentelemetry", "opentelemetry-otlp", "tracing-opentelemetry"];
/// Crates that put the context into calls.
const INJECTORS: &[&str] =
    &["reqwest-tracing", "reqwest-middleware", "tonic-tracing-opentelemetry", "init-tracing-opentelemetry"];
/// Crates that take the context out of requests.
const EXTRACTORS: &[&str] = &[
    "axum-tracing-opentelemetry",
    "tonic-tracing-opentelemetry",
    "actix-web-opentelemetry",
    "tracing-actix-web",
    "init-tracing-opentelemetry",
    "opentelemetry-instrumentation-tower",
];

/// Why a trace ends at a dependency between two services that both trace; none if it goes on, or that is not seen.
#[must_use]
pub fn gap(model: &Model<'_>, edge: EdgeId) -> Option<String> {
    let of = &model.graph.edges[edge];
    let End::Service(to) = of.to else { return None };
    if !of.is_sync() || !uses(model, of.from, TRACERS) || !uses(model, to, TRACERS) {
        return None;
    }
    let (from_name, to_name) = (&model.graph.services[of.from].name, &model.graph.services[to].name);
    if !shares(model, of.from) {
        if !does(model, of.from, "inject") && !uses(model, of.from, INJECTORS) {
            return Some(format!("{from_name} puts no trace context into its calls"));
        }
        if !does(model, of.from, "propagator") && !uses(model, of.from, INJECTORS) {
            return Some(format!("{from_name} sets no propagator, so that its context is empty"));
        }
    }
    let takes = does(model, to, "extract") || uses(model, to, EXTRACTORS) || shares(model, to);
    (!takes).then(|| format!("{to_name} takes no trace context out of its requests"))
}

fn package<'a>(model: &Model<'a>, service: ServiceId) -> Option<&'a Package> {
    let name = model.graph.services[service].package.as_deref()?;
    model.facts.rust.packages.iter().find(|package| package.name == name)
}

fn uses(model: &Model<'_>, service: ServiceId, crates: &[&str]) -> bool {
    package(model, service)
        .is_some_and(|package| package.dependencies.iter().any(|of| crates.contains(&of.name.as_str())))
}

fn does(model: &Model<'_>, service: ServiceId, kind: &str) -> bool {
    let effects = model.graph.services[service].effects.iter().map(|id| &model.facts.rust.effects[*id]);
    effects.into_iter().any(|effect| matches!(&effect.what, What::Telemetry { kind: of, .. } if of == kind || (of == "context" && kind != "propagator")))
}

/// Whether another package of the project that this one builds on traces as well.
fn shares(model: &Model<'_>, service: ServiceId) -> bool {
    let Some(own) = package(model, service) else { return true };
    let mut seen = BTreeSet::new();
    let mut work: Vec<&str> = own.dependencies.iter().filter_map(|of| of.path.as_deref()).collect();
    while let Some(path) = work.pop() {
        if !seen.insert(path) {
            continue;
        }
        let Some(package) = model.facts.rust.packages.iter().find(|package| package.path == path) else { continue };
        if package.dependencies.iter().any(|of| TRACERS.contains(&of.name.as_str())) {
            return true;
        }
        work.extend(package.dependencies.iter().filter_map(|of| of.path.as_deref()));
    }
    false
}

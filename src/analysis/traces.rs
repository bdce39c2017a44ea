//! Dependencies to whether a trace goes on over them: what puts its context into a call, and what takes it out.
//!
//! Sources: OpenTelemetry documentation, "Context propagation"; W3C Trace Context. Code that a package takes from another
//! package of the project may do it where this does not see it: then it is unknown.

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

/// Whether a trace goes on over a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trace {
    /// It does, or one of both sides does not trace.
    GoesOn,
    /// It ends there, for this reason.
    Ends(String),
    /// A package that both trace with may take it on; this is what would.
    Unknown(String),
}

/// Whether a trace goes on over a dependency between two services that both trace.
#[must_use]
pub fn trace(model: &Model<'_>, edge: EdgeId) -> Trace {
    let of = &model.graph.edges[edge];
    let End::Service(to) = of.to else { return Trace::GoesOn };
    if !of.is_sync() || !uses(model, of.from, TRACERS) || !uses(model, to, TRACERS) {
        return Trace::GoesOn;
    }
    let (from_name, to_name) = (&model.graph.services[of.from].name, &model.graph.services[to].name);
    let sends = |kind: &str| does(model, of.from, kind) || uses(model, of.from, INJECTORS);
    let steps = [
        (of.from, sends("inject"), format!("{from_name} puts no trace context into its calls")),
        (of.from, sends("propagator"), format!("{from_name} sets no propagator, so that its context is empty")),
        (
            to,
            does(model, to, "extract") || uses(model, to, EXTRACTORS),
            format!("{to_name} takes no trace context out of its requests"),
        ),
    ];
    let missing = || steps.iter().filter(|(_, done, _)| !done);
    if let Some((_, _, why)) = missing().find(|(service, ..)| !shares(model, *service)) {
        return Trace::Ends(why.clone());
    }
    match missing().next() {
        Some((service, ..)) => Trace::Unknown(model.graph.services[*service].name.clone()),
        None => Trace::GoesOn,
    }
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

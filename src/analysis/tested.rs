//! Dependencies to whether tests of the project speak of them. A word in a test is enough: what is judged is that there is
//! none.

use std::collections::BTreeSet;

use super::Model;
use crate::facts::deployment::OtherObject;
use crate::graph::model::{EdgeId, End, ServiceId};

/// Words that stand for a server of HTTP in tests, or for a service that is called without a network.
const HTTP: &[&str] = &[
    "MockServer",
    "wiremock",
    "httpmock",
    "mockito",
    "TestServer",
    "oneshot",
    "init_service",
    "call_service",
    "axum_test",
    "TestRequest",
    "duplex",
];
/// Groups of the objects by which something is made to fail in a cluster: Chaos Mesh, Litmus.
const EXPERIMENTS: &[&str] = &["chaos-mesh.org/", "litmuschaos.io/"];
/// Words that stand for a failure that a test makes.
const FAILURES: &[&str] = &[
    "unavailable",
    "deadline_exceeded",
    "set_delay",
    "with_delay",
    "pause",
    "advance",
    "start_paused",
    "internal",
    "INTERNAL_SERVER_ERROR",
    "SERVICE_UNAVAILABLE",
    "fault",
    "ConnectionReset",
    "is_err",
    "unwrap_err",
    "expect_err",
];

/// Whether a test of either side speaks of a dependency between two services.
#[must_use]
pub fn tested(model: &Model<'_>, edge: EdgeId) -> bool {
    let of = &model.graph.edges[edge];
    match (&of.contract, of.to) {
        (Some(contract), _) => {
            let service = contract.rsplit('.').next().unwrap_or(contract);
            let words = [format!("{service}Server"), format!("{service}Client"), service.to_owned()];
            model.facts.rust.packages.iter().any(|package| words.iter().any(|word| package.tests.contains(word)))
        }
        (None, End::Service(to)) => speaks(model, of.from, HTTP) || speaks(model, to, HTTP),
        (None, End::Node(_)) => speaks(model, of.from, HTTP),
    }
}

/// Whether a test of the caller makes something fail.
#[must_use]
pub fn failure_tested(model: &Model<'_>, edge: EdgeId) -> bool {
    speaks(model, model.graph.edges[edge].from, FAILURES) || disturbed(model, edge)
}

/// Whether an experiment among the manifests, in any environment, disturbs one side of a dependency.
fn disturbed(model: &Model<'_>, edge: EdgeId) -> bool {
    let of = &model.graph.edges[edge];
    let sides = [model.graph.services[of.from].name.as_str(), model.graph.name_of(of.to)];
    let others = model.facts.kubernetes.iter().flat_map(|environment| &environment.others);
    let is_experiment = |of: &&OtherObject| EXPERIMENTS.iter().any(|group| of.meta.api_version.starts_with(group));
    others.filter(is_experiment).any(|experiment| {
        experiment.fields.values().any(|field| {
            let value = field.value.rsplit('=').next().unwrap_or(&field.value);
            sides.contains(&value)
        })
    })
}

/// Whether a test of a service's package, or of a package of the project that it builds on, says one of the words.
fn speaks(model: &Model<'_>, service: ServiceId, words: &[&str]) -> bool {
    let packages = &model.facts.rust.packages;
    let own = packages.iter().find(|of| model.graph.services[service].package.as_deref() == Some(&*of.name));
    let mut work: Vec<_> = own.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(package) = work.pop() {
        if !seen.insert(&package.path) {
            continue;
        }
        if words.iter().any(|word| package.tests.contains(*word)) {
            return true;
        }
        let inner = package.dependencies.iter().filter_map(|of| of.path.as_ref());
        work.extend(inner.filter_map(|path| packages.iter().find(|of| of.path == *path)));
    }
    false
}

//! The line itself, for every face to call: sources, facts, graph, analysis, rules, findings, reports.

use crate::config::Config;
use crate::extract;
use crate::facts::Facts;
use crate::graph::{Graph, link};
use crate::sources::Sources;

/// The facts of a project.
#[must_use]
pub fn facts(project: &str, sources: &Sources) -> Facts {
    extract::extract(project, sources)
}

/// The graph of facts.
#[must_use]
pub fn graph(facts: &Facts, config: &Config) -> Graph {
    link::link(facts, config)
}

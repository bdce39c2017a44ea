//! Declared boundaries to dependencies: which of them the architecture does not allow.

use globset::Glob;

use crate::config::{Boundaries, BoundaryEdge};
use crate::graph::Graph;
use crate::graph::model::{EdgeId, End};

/// Why a dependency is not allowed; none if it is, or if nothing is declared.
#[must_use]
pub fn broken(graph: &Graph, boundaries: &Boundaries, edge: EdgeId) -> Option<String> {
    let of = &graph.edges[edge];
    let (from, to) = (graph.services[of.from].name.as_str(), graph.name_of(of.to));
    let names = |rule: &BoundaryEdge| {
        matches(&rule.from.value, from)
            && matches(&rule.to.value, to)
            && rule.kind.is_none_or(|kind| format!("{kind:?}").to_lowercase() == of.kind)
    };
    if let Some(rule) = boundaries.forbidden.iter().find(|rule| names(rule)) {
        let reason = rule.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        return Some(format!("boundaries.forbidden has it{reason}"));
    }
    if boundaries.allowed.iter().any(names) {
        return None;
    }
    let layer = |name: &str| {
        boundaries.layers.iter().find(|(_, layer)| layer.services.iter().any(|of| matches(&of.value, name)))
    };
    let ((above, layer), (below, _)) = (layer(from)?, layer(to)?);
    let may = above == below || layer.may_use.iter().any(|of| of.value == *below);
    (!may).then(|| format!("layer {above} may not use layer {below}"))
}

/// Whether a forbidden dependency may be this one: what it leads to has no known name, and is of the kind that is meant.
#[must_use]
pub fn may_be_broken(graph: &Graph, boundaries: &Boundaries, edge: EdgeId) -> bool {
    let of = &graph.edges[edge];
    let End::Node(node) = of.to else { return false };
    let from = graph.services[of.from].name.as_str();
    let fits = |rule: &BoundaryEdge| {
        matches(&rule.from.value, from)
            && rule.kind.is_none_or(|kind| format!("{kind:?}").to_lowercase() == of.kind)
            && (graph.nodes.iter().any(|other| {
                other.name_known && other.kind == graph.nodes[node].kind && matches(&rule.to.value, &other.name)
            }) || graph.nodes[node].kind == "external"
                && graph.services.iter().any(|service| matches(&rule.to.value, &service.name)))
    };
    !graph.nodes[node].name_known && boundaries.forbidden.iter().any(fits)
}

/// Whether a name or glob means a name. One that is no glob is taken as a name.
fn matches(pattern: &str, name: &str) -> bool {
    pattern == name || Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name))
}

//! Names of the graph's parts for languages that want identifiers and titles of their own, each once.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::model::NodeId;
use crate::graph::{End, Graph};

/// Identifiers and titles of all parts.
pub(super) struct Names {
    of: BTreeMap<End, (String, String)>,
    outside: BTreeSet<End>,
}

impl Names {
    /// Letters and digits stay; what is none becomes `joint`.
    pub(super) fn new(graph: &Graph, joint: char) -> Self {
        let services = (0..graph.services.len()).map(End::Service);
        let all = services.chain((0..graph.nodes.len()).map(End::Node));
        let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
        let mut names = Self { of: BTreeMap::new(), outside: BTreeSet::new() };
        for end in all {
            let (kind, called) = match end {
                End::Service(id) => (graph.services[id].kind.as_str(), graph.called(end)),
                End::Node(id) => (graph.nodes[id].kind.as_str(), graph.called(end)),
            };
            let id = format!("{kind}{joint}{}", plain(called, joint));
            let id = free(&mut ids, &id, &joint.to_string());
            // Tools compare titles without regard to capitals.
            let title =
                if titles.contains(&called.to_lowercase()) { format!("{called} ({kind})") } else { called.to_owned() };
            let mut number = 1;
            let mut shown = title.clone();
            while !titles.insert(shown.to_lowercase()) {
                number += 1;
                shown = format!("{title} {number}");
            }
            if matches!(end, End::Node(id) if graph.nodes[id].kind == "external") {
                names.outside.insert(end);
            }
            names.of.insert(end, (id, shown));
        }
        names
    }

    /// Parts of the system, in the graph's order.
    pub(super) fn inside(&self) -> impl Iterator<Item = End> {
        self.of.keys().copied().filter(|end| !self.outside.contains(end))
    }

    /// Systems that are not ours.
    pub(super) fn outside(&self) -> impl Iterator<Item = End> {
        self.outside.iter().copied()
    }

    /// Whether a node is a system that is not ours.
    pub(super) fn is_outside(&self, node: NodeId) -> bool {
        self.outside.contains(&End::Node(node))
    }

    /// The identifier of a part.
    pub(super) fn id(&self, end: End) -> &str {
        self.of.get(&end).map_or("", |(id, _)| id)
    }

    /// The title of a part.
    pub(super) fn title(&self, end: End) -> &str {
        self.of.get(&end).map_or("", |(_, title)| title)
    }
}

/// A name of letters and digits, with single joints between them.
pub(super) fn plain(name: &str, joint: char) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join(&joint.to_string());
    if joined.is_empty() { "x".to_owned() } else { joined }
}

/// The name, with a number behind it if it is taken.
pub(super) fn free(taken: &mut BTreeSet<String>, name: &str, joint: &str) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while !taken.insert(free.to_lowercase()) {
        number += 1;
        free = format!("{name}{joint}{number}");
    }
    free
}

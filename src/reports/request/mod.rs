//! One request from its entry point down, in each of its formats: a tree for a terminal, JSON, a sequence diagram.
//!
//! Knows the model that the request was followed in, for names and figures; knows no facts.

mod json;
mod sequence;
mod text;

pub use json::{Document, SCHEMA, document};
pub use sequence::sequence;
pub use text::{Row, list, rows, text};

use std::collections::BTreeSet;

use crate::analysis::Model;
use crate::analysis::request::{Block, BlockKind, Hop, Part};
use crate::graph::End;

/// A call with all that surrounds it within its entry point, the outermost first.
struct Around<'r> {
    hop: &'r Hop,
    blocks: Vec<&'r Block>,
}

/// The calls of one entry point in their order, without those of the ones that answer. Branches that another one repeats
/// stay; whoever shows them puts equal ones together.
fn flat(parts: &[Part]) -> Vec<Around<'_>> {
    fn collect<'r>(parts: &'r [Part], blocks: &mut Vec<&'r Block>, all: &mut Vec<Around<'r>>) {
        for part in parts {
            match part {
                Part::Hop(hop) => all.push(Around { hop, blocks: blocks.clone() }),
                Part::Block(block) => {
                    blocks.push(block);
                    block.branches.iter().for_each(|parts| collect(parts, blocks, all));
                    blocks.pop();
                }
            }
        }
    }
    let mut all = Vec::new();
    collect(parts, &mut Vec::new(), &mut all);
    all
}

impl Around<'_> {
    /// Whether one of that kind surrounds it.
    fn within(&self, kind: BlockKind) -> bool {
        self.blocks.iter().any(|block| block.kind == kind)
    }
}

/// Who takes what a call puts into a topic.
fn takers<'m>(model: &'m Model<'_>, hop: &Hop) -> BTreeSet<&'m str> {
    let edge = &model.graph.edges[hop.edge];
    let takes = |kind: &str| matches!(kind, "consume" | "subscribe");
    if edge.is_sync() || takes(&edge.kind) {
        return BTreeSet::new();
    }
    let into = model.graph.into_end(edge.to).filter(|(_, edge)| takes(&edge.kind));
    into.map(|(_, edge)| model.graph.name_of(End::Service(edge.from))).collect()
}

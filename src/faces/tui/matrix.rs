//! Who depends on whom, as a square: services in rows depend on services in columns. Those that depend come before those
//! that are depended on, so that what lies below the diagonal is part of a circle.

use std::collections::BTreeMap;

use super::book::Book;
use super::state::State;
use super::thing::Thing;
use crate::graph::model::{EdgeId, ServiceId};
use crate::graph::{Confidence, End, Graph};

/// The square.
#[derive(Default)]
pub struct Grid {
    /// Services in the order of rows and columns.
    pub order: Vec<ServiceId>,
    /// Dependencies, by row and column; over a topic the one of the writer, then that of the reader.
    pub cells: BTreeMap<(usize, usize), Vec<EdgeId>>,
}

impl Grid {
    /// The square of a graph.
    pub fn new(graph: &Graph) -> Self {
        let order = order(graph);
        let mut places = vec![0; graph.services.len()];
        for (place, service) in order.iter().enumerate() {
            places[*service] = place;
        }
        let mut cells: BTreeMap<(usize, usize), Vec<EdgeId>> = BTreeMap::new();
        let mut readers: BTreeMap<usize, Vec<EdgeId>> = BTreeMap::new();
        for (id, edge) in graph.edges.iter().enumerate() {
            match edge.to {
                End::Service(to) => cells.entry((places[edge.from], places[to])).or_default().push(id),
                End::Node(node) if matches!(edge.kind.as_str(), "consume" | "subscribe") => {
                    readers.entry(node).or_default().push(id);
                }
                End::Node(_) => {}
            }
        }
        for (id, edge) in graph.edges.iter().enumerate() {
            let End::Node(node) = edge.to else { continue };
            if !matches!(edge.kind.as_str(), "produce" | "publish") {
                continue;
            }
            for reader in readers.get(&node).into_iter().flatten() {
                let cell = cells.entry((places[edge.from], places[graph.edges[*reader].from])).or_default();
                cell.extend([id, *reader]);
            }
        }
        Self { order, cells }
    }

    /// The sign of a cell: what kind of dependency, in a capital where it is proven.
    pub fn sign(&self, book: &Book, row: usize, column: usize) -> Option<(char, bool)> {
        let edges = self.cells.get(&(row, column))?;
        let mut kinds: Vec<char> = edges
            .iter()
            .map(|id| match book.graph().edges[*id].kind.as_str() {
                "grpc" => 'g',
                "http" => 'h',
                _ => 't',
            })
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        let sign = if let [one] = kinds.as_slice() { *one } else { '*' };
        let proven = edges.iter().any(|id| book.graph().edges[*id].confidence == Confidence::Proven);
        let marked = edges.iter().any(|id| !book.of_edge[*id].is_empty());
        Some((if proven { sign.to_ascii_uppercase() } else { sign }, marked))
    }
}

/// What is selected: the dependency under the cursor, else the service of its row.
pub fn selected(state: &State) -> Option<Thing> {
    let book = state.book.as_ref()?;
    let at = (state.place.cursor.line, state.place.cursor.column);
    let edge = book.grid.cells.get(&at).and_then(|edges| edges.first());
    let row = book.grid.order.get(at.0).map(|id| Thing::End(End::Service(*id)));
    edge.map(|id| Thing::Edge(*id)).or(row)
}

/// Those that depend before those that are depended on, as far as circles allow: the order in which a search leaves them,
/// turned round. Nobody's dependencies are searched twice, and no recursion can grow too deep.
fn order(graph: &Graph) -> Vec<ServiceId> {
    let count = graph.services.len();
    let (mut out, mut callers) = (vec![Vec::new(); count], vec![0_usize; count]);
    for edge in &graph.edges {
        if let End::Service(to) = edge.to
            && to != edge.from
        {
            out[edge.from].push(to);
            callers[to] += 1;
        }
    }
    let mut roots: Vec<ServiceId> = (0..count).collect();
    roots.sort_by_key(|id| (callers[*id], *id));
    let (mut seen, mut left) = (vec![false; count], Vec::new());
    for root in roots.into_iter().rev() {
        if std::mem::replace(&mut seen[root], true) {
            continue;
        }
        let mut open = vec![(root, 0)];
        while let Some((at, next)) = open.pop() {
            if let Some(to) = out[at].get(next) {
                open.push((at, next + 1));
                if !std::mem::replace(&mut seen[*to], true) {
                    open.push((*to, 0));
                }
            } else {
                left.push(at);
            }
        }
    }
    left.reverse();
    left
}

//! What is around one node, in layers: those that depend on it at the left, those that it depends on at the right, each
//! with its own neighbours below it where two steps are asked for.

use super::book::Book;
use super::state::State;
use super::thing::Thing;
use crate::graph::End;
use crate::graph::model::EdgeId;

/// Neighbours of one side that are shown, at most.
const MANY: usize = 1_000;

/// A neighbour, with the dependencies that lead there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// The node.
    pub end: End,
    /// The dependencies between it and the one that it stands beside or below.
    pub edges: Vec<EdgeId>,
    /// How many steps away it is: 1 or 2.
    pub steps: usize,
}

/// Both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    /// Those that depend on it.
    pub left: Vec<Neighbour>,
    /// Those that it depends on.
    pub right: Vec<Neighbour>,
}

/// The layers around a node.
pub fn layers(book: &Book, around: End, deep: bool) -> Layers {
    let side = |next: fn(&Book, End) -> Vec<(End, EdgeId)>| {
        let mut all = Vec::new();
        for mut near in grouped(next(book, around)) {
            near.steps = 1;
            let far = if deep { grouped(next(book, near.end)) } else { Vec::new() };
            all.push(near);
            all.extend(far.into_iter().filter(|far| far.end != around));
        }
        all.truncate(MANY);
        all
    };
    Layers { left: side(before), right: side(behind) }
}

fn before(book: &Book, end: End) -> Vec<(End, EdgeId)> {
    book.callers_of(end).iter().map(|id| (End::Service(book.graph().edges[*id].from), *id)).collect()
}

fn behind(book: &Book, end: End) -> Vec<(End, EdgeId)> {
    book.out_of(end).iter().map(|id| (book.graph().edges[*id].to, *id)).collect()
}

/// One neighbour for all dependencies that lead to it.
fn grouped(steps: Vec<(End, EdgeId)>) -> Vec<Neighbour> {
    let mut all: Vec<Neighbour> = Vec::new();
    for (end, edge) in steps {
        match all.iter_mut().find(|of| of.end == end) {
            Some(of) => of.edges.push(edge),
            None => all.push(Neighbour { end, edges: vec![edge], steps: 2 }),
        }
    }
    all
}

/// The neighbour under the cursor; nothing on the node itself.
pub fn neighbour(state: &State) -> Option<Neighbour> {
    let book = state.book.as_ref()?;
    let layers = layers(book, state.place.about?, state.deep);
    let side = match state.place.cursor.column {
        0 => layers.left,
        2 => layers.right,
        _ => return None,
    };
    side.into_iter().nth(state.place.cursor.line)
}

/// What is selected: the dependency that leads to a neighbour, or the node itself.
pub fn selected(state: &State) -> Option<Thing> {
    match neighbour(state) {
        Some(of) => of.edges.first().map(|id| Thing::Edge(*id)),
        None => state.place.about.map(Thing::End),
    }
}

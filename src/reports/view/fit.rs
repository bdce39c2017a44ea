//! A view made smaller until a painter's limits hold, in steps that lose little first. Every step says what it left out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Arrow, Line, Node, Shape, View};

/// Makes a view smaller until `fits` holds: parallel arrows become one, then leaves around the same box become one, then
/// only the boxes with most arrows stay. Gives the view that fits, or the smallest one.
#[must_use]
pub fn fit(view: View, fits: &dyn Fn(&View) -> bool) -> View {
    if fits(&view) {
        return view;
    }
    // From here on, every arrow is between boxes of the view: that is why places can be read without a question.
    let view = without(&view, |_| true);
    let view = bundle(&view);
    if fits(&view) {
        return view;
    }
    let view = fold_leaves(&view);
    if fits(&view) {
        return view;
    }
    // Halving ends after as many steps as a number has bits.
    let mut boxes = view.nodes.len();
    while boxes > 1 {
        boxes /= 2;
        let smaller = keep(&view, boxes);
        if fits(&smaller) {
            return smaller;
        }
    }
    keep(&view, boxes)
}

/// One arrow for all between the same two boxes that are drawn alike.
fn bundle(view: &View) -> View {
    let mut places: BTreeMap<(usize, usize, Line, u8), usize> = BTreeMap::new();
    let mut edges: Vec<Arrow> = Vec::new();
    for edge in &view.edges {
        match places.get(&(edge.from, edge.to, edge.line, edge.mark as u8)).and_then(|place| edges.get_mut(*place)) {
            Some(arrow) => arrow.labels.extend(edge.labels.iter().cloned()),
            None => {
                places.insert((edge.from, edge.to, edge.line, edge.mark as u8), edges.len());
                edges.push(edge.clone());
            }
        }
    }
    let fewer = view.edges.len() - edges.len();
    for arrow in &mut edges {
        if arrow.labels.len() > 1 {
            // The first word of each is its kind: enough for a bundle.
            let kinds: BTreeSet<&str> = arrow.labels.iter().filter_map(|label| label.split(' ').next()).collect();
            arrow.labels =
                vec![format!("{} ({} edges)", kinds.into_iter().collect::<Vec<_>>().join(", "), arrow.labels.len())];
        }
    }
    noted(View { edges, ..view.clone() }, fewer, "parallel edges are drawn as one with others")
}

/// One box for the leaves of the same kind that hang on the same box by the same line.
fn fold_leaves(view: &View) -> View {
    let mut neighbours: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); view.nodes.len()];
    for edge in &view.edges {
        neighbours[edge.from].insert(edge.to);
        neighbours[edge.to].insert(edge.from);
    }
    let outward: BTreeSet<usize> = view.edges.iter().map(|edge| edge.to).collect();
    let mut leaves: BTreeMap<(usize, Shape, bool, Option<usize>), Vec<usize>> = BTreeMap::new();
    for (place, node) in view.nodes.iter().enumerate().filter(|(_, node)| !node.focus) {
        let mut around = neighbours[place].iter().filter(|other| **other != place);
        if let (Some(only), None) = (around.next(), around.next()) {
            leaves.entry((*only, node.shape, outward.contains(&place), node.group)).or_default().push(place);
        }
    }
    let mut into: BTreeMap<usize, usize> = BTreeMap::new();
    let mut view = view.clone();
    let mut fewer = 0;
    for (_, places) in leaves.iter().filter(|(_, places)| places.len() > 1) {
        let first = places[0];
        into.extend(places.iter().map(|place| (*place, first)));
        fewer += places.len() - 1;
        let node = &mut view.nodes[first];
        let name = node.label.first().cloned().unwrap_or_default();
        node.label = vec![format!("{name} and {} more", places.len() - 1)];
    }
    for edge in &mut view.edges {
        edge.from = into.get(&edge.from).copied().unwrap_or(edge.from);
        edge.to = into.get(&edge.to).copied().unwrap_or(edge.to);
    }
    let gone: BTreeSet<usize> = into.iter().filter(|(place, first)| place != first).map(|(place, _)| *place).collect();
    let folded = without(&view, |place| !gone.contains(&place));
    let notes = folded.notes.clone();
    let bundled = View { notes, ..bundle(&folded) };
    noted(bundled, fewer, "leaf nodes are drawn as one with others")
}

/// The boxes with most arrows, those in focus first, and the arrows between them.
fn keep(view: &View, boxes: usize) -> View {
    let mut degrees = vec![0_usize; view.nodes.len()];
    for edge in &view.edges {
        degrees[edge.from] += 1;
        degrees[edge.to] += 1;
    }
    let mut order: Vec<usize> = (0..view.nodes.len()).collect();
    order.sort_by_key(|place| (!view.nodes[*place].focus, std::cmp::Reverse(degrees[*place]), *place));
    let kept: BTreeSet<usize> = order.into_iter().take(boxes).collect();
    let smaller = without(view, |place| kept.contains(&place));
    let fewer = view.edges.len() - smaller.edges.len();
    let smaller = noted(smaller, view.nodes.len() - kept.len(), "nodes with few edges are left out");
    noted(smaller, fewer, "edges are left out with them")
}

/// The boxes that `stays` holds for, and the arrows between them.
fn without(view: &View, stays: impl Fn(usize) -> bool) -> View {
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    let mut nodes: Vec<Node> = Vec::new();
    for (place, node) in view.nodes.iter().enumerate().filter(|(place, _)| stays(*place)) {
        places.insert(place, nodes.len());
        nodes.push(node.clone());
    }
    let moved =
        |edge: &Arrow| Some(Arrow { from: *places.get(&edge.from)?, to: *places.get(&edge.to)?, ..edge.clone() });
    View { nodes, edges: view.edges.iter().filter_map(moved).collect(), ..view.clone() }
}

fn noted(mut view: View, count: usize, what: &str) -> View {
    if count > 0 {
        view.notes.push(format!("{count} {what}"));
    }
    view
}

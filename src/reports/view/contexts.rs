//! Contexts: services that stand in the same folder of code, where there are several such folders. A large system is looked at
//! context by context: all of them as one box each, and one of them with its services and the others around it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Builder, Line, Shape, View, events_between};
use crate::graph::{End, Graph, Service};

/// The context of each service that has one; jobs have none. Empty where there are no two contexts.
#[must_use]
pub fn of_services(graph: &Graph) -> BTreeMap<usize, String> {
    let folder = |service: &Service| service.path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let mut members: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (id, service) in graph.services.iter().enumerate().filter(|(_, service)| service.kind != "job") {
        if let Some(folder) = folder(service) {
            members.entry(folder).or_default().push(id);
        }
    }
    members.retain(|_, ids| ids.len() > 1);
    if members.len() < 2 {
        return BTreeMap::new();
    }
    members.into_iter().flat_map(|(folder, ids)| ids.into_iter().map(move |id| (id, folder.clone()))).collect()
}

/// Every context as one box, and every service that has none.
#[must_use]
pub fn contexts(graph: &Graph) -> View {
    folded(graph, None, format!("Contexts of {}", graph.system))
}

/// The services of one context, and the other contexts around it as one box each.
#[must_use]
pub fn context(graph: &Graph, name: &str) -> View {
    folded(graph, Some(name), format!("{name} in {}", graph.system))
}

/// Calls and events between boxes, where all services of a context but the open one are one box.
fn folded(graph: &Graph, open: Option<&str>, title: String) -> View {
    let of = of_services(graph);
    let mut builder = Builder::new(title);
    let is_open = |id: usize| open.is_some() && of.get(&id).map(String::as_str) == open;
    let mut counts: BTreeMap<(usize, usize, Line), BTreeSet<(usize, usize)>> = BTreeMap::new();
    let calls = graph.edges.iter().filter(|edge| edge.is_sync()).filter_map(|edge| match edge.to {
        End::Service(to) => Some((edge.from, to, Line::Solid)),
        End::Node(_) => None,
    });
    let events = events_between(graph).into_keys().map(|(reader, writer)| (reader, writer, Line::Dashed));
    let ends: Vec<(usize, usize, Line)> = calls.chain(events).collect();
    let shown = |id: usize| graph.services[id].kind != "job";
    for id in (0..graph.services.len()).filter(|id| open.is_none() && shown(*id)) {
        place(&mut builder, graph, &of, open, id);
    }
    for (from, to, line) in ends {
        // Around an open context, only what concerns it.
        if !shown(from) || !shown(to) || open.is_some() && !is_open(from) && !is_open(to) {
            continue;
        }
        let ends = (place(&mut builder, graph, &of, open, from), place(&mut builder, graph, &of, open, to));
        if ends.0 != ends.1 {
            counts.entry((ends.0, ends.1, line)).or_default().insert((from, to));
        }
    }
    for ((from, to, line), pairs) in counts {
        let what = if line == Line::Dashed { "events" } else { "calls" };
        let words = if pairs.len() > 1 { format!("{what} ({})", pairs.len()) } else { what.to_owned() };
        builder.arrow(from, to, line, vec![words]);
    }
    builder.view
}

/// The box of a service: its own, or that of its context.
fn place(builder: &mut Builder, graph: &Graph, of: &BTreeMap<usize, String>, open: Option<&str>, id: usize) -> usize {
    match of.get(&id).map(String::as_str) {
        Some(context) if open != Some(context) => {
            let count = of.values().filter(|other| *other == context).count();
            let label = vec![context.to_owned(), format!("{count} services")];
            builder.node(&format!("context:{context}"), label, Shape::Service)
        }
        Some(context) => {
            let place = builder.end(graph, End::Service(id));
            let group = builder.group(context);
            builder.view.nodes[place].group = Some(group);
            place
        }
        None => builder.end(graph, End::Service(id)),
    }
}

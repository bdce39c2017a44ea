//! What a service depends on, with deadlines, and who depends on it; the data that it keeps; the topics that it writes and reads.

use std::collections::BTreeSet;

use super::super::document::{Page, Piece, code, listed, words};
use super::super::subject::{Home, Scope, counted, time};
use crate::analysis::deadlines::Reader;
use crate::graph::model::{EdgeId, End};
use crate::graph::{Confidence, Edge};

/// Methods and tables that a cell names.
const NAMED: usize = 8;

pub(super) fn depends(scope: &Scope<'_>, home: &Home, page: &mut Page) {
    let graph = scope.model.graph;
    let out: Vec<(EdgeId, &Edge)> =
        home.all().flat_map(|id| graph.out_of(id)).filter(|(_, edge)| edge.is_sync()).collect();
    if !out.is_empty() {
        page.heading("What it depends on");
        let rows = out.iter().map(|(id, edge)| {
            let mut to = vec![scope.end(edge.to)];
            if edge.from != home.first {
                to.push(words(format!(" (by {})", graph.services[edge.from].name)));
            }
            vec![to, kind(edge), methods(edge), vec![words(deadline(scope, *id))], vec![words(without(scope, *id))]]
        });
        page.table(&["on", "how", "what for", "deadline", "without it"], rows.collect());
    }
    let into: Vec<(EdgeId, &Edge)> = graph.into_end(End::Service(home.first)).collect();
    if into.is_empty() {
        return;
    }
    page.heading("Who depends on it");
    let rows = into.iter().map(|(id, edge)| {
        vec![vec![scope.service(edge.from)], kind(edge), methods(edge), vec![words(deadline(scope, *id))]]
    });
    page.table(&["who", "how", "what for", "deadline"], rows.collect());
}

fn kind(edge: &Edge) -> Vec<Piece> {
    match edge.confidence {
        Confidence::Proven => vec![words(edge.kind.clone())],
        other => vec![words(format!("{} ({})", edge.kind, other.name()))],
    }
}

fn methods(edge: &Edge) -> Vec<Piece> {
    if edge.tables.is_empty() {
        return listed(edge.methods.iter().map(|method| code(method.clone())), NAMED);
    }
    vec![words(counted(edge.tables.len(), "table", "tables"))]
}

/// The limits that the calls of a dependency set on one attempt, with the attempts.
fn deadline(scope: &Scope<'_>, edge: EdgeId) -> String {
    let model = scope.model;
    let reader = Reader { facts: model.facts, graph: model.graph, config: model.config };
    let calls = model.chains.calls.of_edge.get(&edge).into_iter().flatten().map(|id| &model.chains.calls.all[*id]);
    let (mut known, mut open, mut none) = (BTreeSet::new(), false, false);
    for call in calls.filter(|call| call.waited) {
        let limit = reader.attempt(call);
        match limit.ms {
            Some(ms) => drop(known.insert(ms)),
            None => {
                open |= limit.open.is_some();
                none |= limit.open.is_none();
            }
        }
    }
    let mut says = match (known.first(), known.last()) {
        (Some(least), Some(most)) if least != most => format!("{} to {}", time(*least), time(*most)),
        (Some(only), _) => time(*only),
        _ => String::new(),
    };
    for (holds, what) in [(none, "none"), (open, "not known")] {
        if holds {
            says = if says.is_empty() { what.to_owned() } else { format!("{says}; at some places {what}") };
        }
    }
    if let Some(fit) = &model.chains.fits[edge] {
        says = format!("{says}, {}", counted(usize::try_from(fit.attempts).unwrap_or_default(), "attempt", "attempts"));
    }
    says
}

/// Whether the caller fails with it.
fn without(scope: &Scope<'_>, edge: EdgeId) -> String {
    let of = &scope.model.chains.criticality[edge];
    let says = match of.in_code() {
        _ if of.declared_optional => "goes on (declared)",
        Some("hard") => "fails",
        Some(_) if of.falls_back => "falls back",
        Some(_) => "goes on",
        None => "",
    };
    says.to_owned()
}

/// The datastores of a service and what it does to their tables.
pub(super) fn data(scope: &Scope<'_>, home: &Home, page: &mut Page) {
    let (graph, model) = (scope.model.graph, scope.model);
    let mut rows = Vec::new();
    for (_, edge) in home.all().flat_map(|id| graph.out_of(id)) {
        let End::Node(store) = edge.to else { continue };
        if graph.nodes[store].kind != "datastore" || edge.tables.is_empty() {
            continue;
        }
        let owns = |name: &str| {
            let name = crate::analysis::tables::plain(name);
            let table = model.tables.iter().find(|table| table.store == store && table.name == name);
            table.and_then(|table| table.owner)
        };
        let own = edge.tables.keys().filter(|name| owns(name).is_some_and(|owner| home.all().any(|of| of == owner)));
        let own: BTreeSet<&String> = own.collect();
        let others = |writes: bool| {
            let tables = edge.tables.iter().filter(move |(_, of)| **of == writes);
            tables.map(|(name, _)| name).filter(|name| !own.contains(name)).collect::<Vec<_>>()
        };
        let names = |tables: Vec<&String>| listed(tables.into_iter().map(|name| code(name.clone())), 3 * NAMED);
        let (writes, reads) = (names(others(true)), names(others(false)));
        rows.push(vec![vec![scope.end(edge.to)], names(own.iter().copied().collect()), writes, reads]);
    }
    if !rows.is_empty() {
        page.heading("Data");
        page.table(&["datastore", "owns", "writes of others", "reads of others"], rows);
    }
}

/// The topics of a service.
pub(super) fn topics(scope: &Scope<'_>, home: &Home, page: &mut Page) {
    let graph = scope.model.graph;
    let of = |kinds: [&str; 2]| {
        let edges = home.all().flat_map(|id| graph.out_of(id));
        let ends: BTreeSet<End> =
            edges.filter(|(_, edge)| kinds.contains(&edge.kind.as_str())).map(|(_, edge)| edge.to).collect();
        ends.into_iter().map(|end| vec![scope.end(end)]).collect::<Vec<_>>()
    };
    let rows = [("writes", of(["produce", "publish"])), ("reads", of(["consume", "subscribe"]))];
    if rows.iter().all(|(_, topics)| topics.is_empty()) {
        return;
    }
    page.heading("Topics");
    let rows = rows.into_iter().filter(|(_, topics)| !topics.is_empty());
    let rows = rows.map(|(does, topics)| vec![vec![words(does)], listed(topics.into_iter().flatten(), 40)]);
    page.table(&["", ""], rows.collect());
}

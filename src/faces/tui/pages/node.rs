//! Pages of what the graph is made of: services, datastores, topics, externals, edges, entry points, contracts.

use super::{MANY, excerpt, findings, rest};
use crate::faces::tui::book::Book;
use crate::faces::tui::cells::{edge_words, place};
use crate::faces::tui::state::State;
use crate::faces::tui::text::{Line, Role};
use crate::faces::tui::thing::Thing;
use crate::graph::End;
use crate::graph::find::short;
use crate::graph::model::{EdgeId, EntryId};

/// A service, datastore, topic or external.
pub fn node(state: &State, book: &Book, end: End) -> Vec<Line> {
    let graph = book.graph();
    let thing = Thing::End(end);
    let mut lines = vec![Line::title(format!("{} {}", book.kind(thing), graph.called(end))).to(thing), Line::empty()];
    let evidence = match end {
        End::Service(id) => {
            let service = &graph.services[id];
            let fields = [
                ("path", service.path.clone()),
                ("language", service.language.clone().unwrap_or_default()),
                ("binary", service.binary_name.clone().unwrap_or_default()),
                ("runs as", service.workload_names.join(", ")),
                ("serves", service.serves.iter().cloned().collect::<Vec<_>>().join(", ")),
            ];
            lines
                .extend(fields.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| Line::field(name, text)));
            &service.evidence
        }
        End::Node(id) => {
            let node = &graph.nodes[id];
            if !node.technology.is_empty() {
                lines.push(Line::field("technology", &node.technology));
            }
            if let Some(server) = &node.server {
                lines.push(Line::field("server", server));
            }
            if !node.name_known {
                lines.push(Line::field("name", "not known: made up of technology and service, or a pattern"));
            }
            let outside = [("written by", &node.produced_by), ("read by", &node.consumed_by)];
            for (name, systems) in outside.into_iter().filter(|(_, systems)| !systems.is_empty()) {
                lines.push(Line::field(name, format!("{} (outside)", systems.join(", "))));
            }
            store(state, id, &mut lines);
            &node.evidence
        }
    };
    if let Some(at) = evidence.first() {
        lines.push(Line::field("shown by", "").and(Role::Accent, place(Some(at))).at(at));
    }
    findings(book, &mut lines, book.about(thing));
    edges(book, &mut lines, "Depends on", book.out_of(end), |id| Thing::End(graph.edges[id].to));
    edges(book, &mut lines, "Depended on by", book.callers_of(end), |id| {
        Thing::End(End::Service(graph.edges[id].from))
    });
    if let End::Service(id) = end {
        entries(book, &mut lines, &graph.services[id].entries);
    }
    lines
}

/// Demand on a datastore against what it accepts.
fn store(state: &State, node: usize, lines: &mut Vec<Line>) {
    let figures = state.derived.as_ref().and_then(|derived| derived.nodes.get(node)).and_then(Option::as_ref);
    if let Some(of) = figures {
        let says = format!("{} asked for, {} accepted: {}", of.demand, of.limit, of.stand.name());
        lines.push(Line::field("connections", says));
        lines.push(Line::field("formula", &of.formula));
    }
}

fn edges(book: &Book, lines: &mut Vec<Line>, title: &str, edges: &[EdgeId], other: impl Fn(EdgeId) -> Thing) {
    if edges.is_empty() {
        return;
    }
    lines.push(Line::empty());
    lines.push(Line::title(format!("{title} ({})", edges.len())));
    for id in edges.iter().take(MANY) {
        let found = book.of_edge[*id].len();
        let mark = match found {
            0 => String::new(),
            1 => "  1 finding".to_owned(),
            found => format!("  {found} findings"),
        };
        let mut line = Line::new(Role::Accent, format!("  {}", book.name(other(*id))))
            .and(Role::Plain, format!("  {}", edge_words(book, *id)))
            .and(Role::Warning, mark)
            .indented(4)
            .to(Thing::Edge(*id));
        line.at = book.graph().edges[*id].evidence.first().cloned();
        lines.push(line);
    }
    rest(lines, edges.len());
}

fn entries(book: &Book, lines: &mut Vec<Line>, entries: &[EntryId]) {
    if entries.is_empty() {
        return;
    }
    lines.push(Line::empty());
    lines.push(Line::title(format!("Entry points ({})", entries.len())));
    for id in entries.iter().take(MANY) {
        let entry = &book.graph().entries[*id];
        lines.push(
            Line::new(Role::Dim, format!("  {:<9}", entry.kind))
                .and(Role::Accent, short(entry))
                .indented(11)
                .at(&entry.at)
                .to(Thing::Entry(*id)),
        );
    }
    rest(lines, entries.len());
}

/// A dependency, with the lines that prove it.
pub fn edge(book: &Book, id: EdgeId) -> Vec<Line> {
    let graph = book.graph();
    let edge = &graph.edges[id];
    let from = End::Service(edge.from);
    let mut lines = vec![
        Line::title(book.name(Thing::Edge(id))),
        Line::empty(),
        Line::field("from", "").and(Role::Accent, graph.called(from)).to(Thing::End(from)),
        Line::field("to", "").and(Role::Accent, graph.called(edge.to)).to(Thing::End(edge.to)),
        Line::field("kind", if edge.is_sync() { format!("{}, waited for", edge.kind) } else { edge.kind.clone() }),
    ];
    if let Some(name) = &edge.contract {
        let contract = book.contracts.iter().position(|of| of.name == *name).map(Thing::Contract);
        lines.push(Line::field("contract", "").and(Role::Accent, name).leading(contract));
    }
    if !edge.methods.is_empty() {
        lines.push(Line::field("asks for", edge.methods.iter().cloned().collect::<Vec<_>>().join(", ")));
    }
    let why = edge.because.as_ref().map_or_else(String::new, |because| format!(": {because}"));
    lines.push(Line::field("confidence", format!("{}{why}", edge.confidence.name())));
    if !edge.tables.is_empty() {
        let tables =
            edge.tables.iter().map(|(name, writes)| format!("{name} ({})", if *writes { "writes" } else { "reads" }));
        lines.push(Line::field("tables", tables.collect::<Vec<_>>().join(", ")));
    }
    findings(book, &mut lines, &book.of_edge[id]);
    lines.push(Line::empty());
    lines.push(Line::title(format!("Evidence ({})", edge.evidence.len())));
    for at in edge.evidence.iter().take(6) {
        lines.extend(excerpt(book, at, ""));
        lines.push(Line::empty());
    }
    if edge.evidence.len() > 6 {
        lines.push(Line::new(Role::Dim, format!("and {} more places", edge.evidence.len() - 6)));
    }
    lines
}

/// An entry point with the tree of its calls.
pub fn entry(state: &State, book: &Book, id: EntryId) -> Vec<Line> {
    let graph = book.graph();
    let entry = &graph.entries[id];
    let service = End::Service(entry.service);
    let mut lines = vec![
        Line::title(format!("{} {}", entry.kind, short(entry))).to(Thing::Entry(id)),
        Line::empty(),
        Line::field("service", "").and(Role::Accent, graph.called(service)).to(Thing::End(service)),
        Line::field("written at", "").and(Role::Accent, place(Some(&entry.at))).at(&entry.at),
    ];
    if let Some(name) = &entry.contract {
        let contract = book.contracts.iter().position(|of| of.name == *name).map(Thing::Contract);
        lines.push(Line::field("contract", "").and(Role::Accent, name).leading(contract));
    }
    if let Some(of) = state.derived.as_ref().and_then(|derived| derived.entries.get(id)) {
        lines.push(Line::field("limit", &of.limit));
        let role = if of.over { Role::Warning } else { Role::Plain };
        let over = if of.over { "  it can outlast its limit" } else { "" };
        lines.push(Line::field("can take", "").and(role, format!("{}{over}", of.longest)));
    }
    lines.push(Line::empty());
    lines.push(Line::title("Calls"));
    match state.requests.get(&id) {
        Some(tree) => lines.extend(tree.iter().cloned()),
        None => lines.push(Line::new(Role::Dim, "…")),
    }
    findings(book, &mut lines, &book.of_entry[id]);
    lines.push(Line::empty());
    lines.extend(excerpt(book, &entry.at, ""));
    lines
}

/// A contract with its methods, who serves and who calls it.
pub fn contract(book: &Book, index: usize) -> Vec<Line> {
    let graph = book.graph();
    let contract = &book.contracts[index];
    let file = &book.loaded.facts.proto[contract.file];
    let service = &file.services[contract.service];
    let mut lines = vec![
        Line::title(format!("contract {}", contract.name)),
        Line::empty(),
        Line::field("written at", "").and(Role::Accent, place(Some(&service.at))).at(&service.at),
    ];
    if !service.comment.is_empty() {
        lines.push(Line::field("says", service.comment.replace('\n', " ")));
    }
    for id in &contract.servers {
        let end = End::Service(*id);
        lines.push(Line::field("served by", "").and(Role::Accent, graph.called(end)).to(Thing::End(end)));
    }
    lines.push(Line::empty());
    lines.push(Line::title(format!("Methods ({})", service.methods.len())));
    for method in &service.methods {
        let stream = |streams: bool| if streams { "stream " } else { "" };
        let own = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        let answers = graph
            .entries
            .iter()
            .position(|entry| entry.kind == "rpc" && entry.name == format!("{}/{}", contract.name, method.name));
        lines.push(
            Line::new(Role::Accent, format!("  {}", method.name))
                .and(
                    Role::Plain,
                    format!(
                        "({}{}) → {}{}",
                        stream(method.client_streaming),
                        own(&method.request),
                        stream(method.server_streaming),
                        own(&method.response)
                    ),
                )
                .indented(6)
                .at(&method.at)
                .leading(answers.map(Thing::Entry)),
        );
    }
    edges(book, &mut lines, "Called by", &contract.callers, |id| Thing::End(End::Service(graph.edges[id].from)));
    lines
}

//! The first page: what the system is made of, who calls whom, and where to read on.

use std::collections::BTreeSet;

use super::document::{Page, Piece, code, listed, words};
use super::service::responsibility;
use super::subject::{Scope, counted};
use crate::graph::End;
use crate::reports::view;

/// Services that one diagram shows.
const FEW: usize = 40;

pub(super) fn page(scope: &Scope<'_>) -> Page {
    let graph = scope.model.graph;
    let mut page = Page::new("README", format!("Architecture of {}", graph.system));
    page.own("introduction");
    let of = |kind: &str| graph.nodes.iter().filter(|node| node.kind == kind).count();
    let jobs = graph.services.iter().filter(|service| service.kind == "job").count();
    let parts = [
        (graph.services.len() - jobs, "service", "services"),
        (jobs, "job", "jobs"),
        (of("datastore"), "datastore", "datastores"),
        (of("topic"), "topic", "topics"),
        (of("external"), "system of others", "systems of others"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, ..)| *count > 0).map(|(count, one, many)| counted(*count, one, many)).collect();
    let environment = if graph.environment.is_empty() {
        String::new()
    } else {
        format!(", as the environment `{}` deploys it", graph.environment)
    };
    page.says(&format!("{} is made of {}{environment}.", graph.system, parts.join(", ")));
    picture(scope, &mut page);
    page.says(
        "An arrow leads from the one that depends. A dashed one is an event: it leads from the service that reads a topic to \
         the one that writes it.",
    );
    page.heading("Services");
    let rows = scope.homes.iter().map(|home| {
        let own = &graph.services[home.first];
        let to = graph.out_of(home.first).filter(|(_, edge)| edge.is_sync()).map(|(_, edge)| edge.to);
        let mut to: Vec<End> = to.filter(|end| matches!(end, End::Service(_))).collect();
        to.dedup();
        let from = graph.into_end(End::Service(home.first)).filter(|(_, edge)| edge.is_sync());
        let mut from: Vec<usize> = from.map(|(_, edge)| edge.from).collect();
        from.sort_unstable();
        from.dedup();
        let says = responsibility(scope, home).into_iter().next().unwrap_or_default();
        let kind = own.language.clone().unwrap_or_default();
        let mut name = vec![scope.service(home.first)];
        if !kind.is_empty() {
            name.push(words(format!(" ({kind})")));
        }
        vec![
            name,
            vec![words(first_sentence(&says))],
            listed(to.into_iter().map(|end| scope.end(end)), 6),
            listed(from.into_iter().map(|id| scope.service(id)), 6),
        ]
    });
    page.table(&["service", "what it is for", "calls", "called by"], rows.collect());
    page.heading("Read on");
    let mut on = Vec::new();
    for (path, title, says, there) in [
        ("data", "Data", "datastores, tables, who owns and who reads them", of("datastore") > 0),
        ("events", "Events", "topics, who writes and who reads them", of("topic") > 0),
        ("deployment", "Deployment", "what runs where, how often, and how it stops", true),
        ("risks", "Risks", "what fails with what, limits, open findings, what is not known", true),
        ("decisions", "Decisions", "what was decided, and whether it holds", !scope.of.decisions.is_empty()),
    ] {
        if there {
            on.push(vec![Piece::Page(path.to_owned(), title.to_owned()), words(format!(": {says}"))]);
        }
    }
    page.blocks.push(super::Block::List(on));
    if !graph.unresolved.is_empty() {
        let text = format!("{} could not be followed to a target: ", counted(graph.unresolved.len(), "call", "calls"));
        page.text(vec![words(text), code("loadpath graph"), words(" lists them.")]);
    }
    page.own("notes");
    page
}

/// Who calls whom: every service where they are few; else context by context, if there are some.
fn picture(scope: &Scope<'_>, page: &mut Page) {
    let graph = scope.model.graph;
    let contexts: BTreeSet<String> = view::of_services(graph).into_values().collect();
    if scope.homes.len() <= FEW || contexts.is_empty() {
        page.diagram("services", view::services(graph));
        return;
    }
    page.diagram("contexts", view::contexts(graph));
    for context in contexts {
        page.heading(&context);
        page.diagram("context", view::context(graph, &context));
    }
}

/// The first sentence of a text.
pub(super) fn first_sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.find(". ") {
        Some(end) => line[..=end].to_owned(),
        None => line,
    }
}

//! What a service offers: RPCs of its contracts, endpoints, consumers, tasks.

use std::collections::BTreeMap;

use super::super::document::{Page, Piece, code, listed, prose, words};
use super::super::overview::first_sentence;
use super::super::subject::{Home, Scope};

pub(super) fn contracts(scope: &Scope<'_>, home: &Home, page: &mut Page) {
    let graph = scope.model.graph;
    let own = &graph.services[home.first];
    if own.entries.iter().all(|id| graph.entries[*id].kind == "startup") && own.serves.is_empty() {
        return;
    }
    page.heading("What it offers");
    let mut seen = std::collections::BTreeSet::new();
    for file in &scope.model.facts.proto {
        for contract in file.services.iter().filter(|of| own.serves.contains(&of.name)) {
            if !seen.insert(contract.name.as_str()) {
                continue;
            }
            let lead = vec![words("gRPC "), code(contract.name.clone()), words(", "), Piece::File(file.path.clone())];
            page.text(lead);
            let rows = contract.methods.iter().map(|method| {
                let stream = |streams: bool| if streams { "stream of " } else { "" };
                let simple = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
                vec![
                    vec![code(method.name.clone())],
                    vec![words(stream(method.client_streaming)), code(simple(&method.request))],
                    vec![words(stream(method.server_streaming)), code(simple(&method.response))],
                    prose(&first_sentence(&method.comment)),
                ]
            });
            page.table(&["rpc", "takes", "gives", "what it does"], rows.collect());
        }
    }
    entries(scope, home, page);
}

/// Entry points that no contract describes.
fn entries(scope: &Scope<'_>, home: &Home, page: &mut Page) {
    let graph = scope.model.graph;
    let mut of_kind: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for id in &graph.services[home.first].entries {
        let entry = &graph.entries[*id];
        of_kind.entry(entry.kind.as_str()).or_default().push(&entry.name);
    }
    let mut rows = Vec::new();
    for (kind, names) in [("endpoint", "endpoints"), ("consumer", "consumers"), ("task", "tasks")] {
        let Some(mut of) = of_kind.remove(kind) else { continue };
        // By path, then by verb: what belongs together stands together.
        of.sort_by_key(|name| name.split_once(' ').map_or((*name, ""), |(verb, path)| (path, verb)));
        of.dedup();
        rows.push(vec![vec![words(names)], listed(of.into_iter().map(code), 40)]);
    }
    page.table(&["", ""], rows);
}

//! Datastores: which there are, whose they are, what stands in them, and how many connections they take.

use std::collections::BTreeMap;

use super::document::{Page, Piece, code, listed, words};
use super::subject::Scope;
use crate::graph::model::{End, NodeId};
use crate::reports::view;

/// Tables that a row names.
const TABLES: usize = 12;

pub(super) fn page(scope: &Scope<'_>) -> Option<Page> {
    let graph = scope.model.graph;
    let stores: Vec<NodeId> = (0..graph.nodes.len()).filter(|id| graph.nodes[*id].kind == "datastore").collect();
    if stores.is_empty() {
        return None;
    }
    let mut page = Page::new("data", "Data");
    page.own("introduction");
    page.diagram("data", view::stores(graph));
    page.heading("Datastores");
    let rows = stores.iter().map(|id| {
        let node = &graph.nodes[*id];
        let (mut users, mut tables) = (Vec::new(), BTreeMap::new());
        for (_, edge) in graph.into_end(End::Node(*id)) {
            users.push(edge.from);
            for (table, writes) in &edge.tables {
                *tables.entry(table.as_str()).or_insert(false) |= *writes;
            }
        }
        users.sort_unstable();
        users.dedup();
        let server = node.server.clone().map(code);
        vec![
            vec![code(node.name.clone())],
            vec![words(node.technology.clone())],
            server.into_iter().collect(),
            listed(users.into_iter().map(|user| scope.service(user)), 6),
            listed(tables.into_keys().map(code), TABLES),
            limits(scope, *id),
        ]
    });
    page.table(&["datastore", "technology", "server", "used by", "tables", "connections"], rows.collect());
    shared(scope, &mut page);
    page.own("notes");
    Some(page)
}

/// Demand and limit of connections.
fn limits(scope: &Scope<'_>, store: NodeId) -> Vec<Piece> {
    let Some(demand) = scope.model.demands.iter().find(|demand| demand.stores.contains(&store)) else {
        return Vec::new();
    };
    let asked = match &demand.peak.number {
        Ok(number) => number.to_string(),
        Err(_) => format!("at least {}", demand.at_least),
    };
    match (&demand.max_connections.number, &demand.reserved.number) {
        (Ok(most), Ok(reserved)) => vec![words(format!("{asked} of {}", most - reserved))],
        _ => vec![words(format!("{asked}; the limit is not known"))],
    }
}

/// Tables that services touch that do not own them.
fn shared(scope: &Scope<'_>, page: &mut Page) {
    let name = |id: usize| scope.service(id);
    let mut rows = Vec::new();
    for table in &scope.model.tables {
        let foreign = |id: &usize| table.owner.is_some_and(|owner| owner != *id);
        let several = table.writers.len() > 1;
        if !several && !table.readers.iter().any(foreign) && !table.writers.iter().any(foreign) {
            continue;
        }
        rows.push(vec![
            vec![code(format!("{}.{}", scope.model.graph.nodes[table.store].name, table.name))],
            table.owner.map(name).into_iter().collect(),
            listed(table.writers.iter().copied().map(name), 6),
            listed(table.readers.iter().copied().map(name), 6),
        ]);
    }
    if rows.is_empty() {
        page.says("No table is touched by a service that does not own it.");
        return;
    }
    page.heading("Tables that several services touch");
    page.table(&["table", "owner", "written by", "read by"], rows);
}

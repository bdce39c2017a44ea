//! Datastores: stores of data that services reach, and the server that each stands on.

use std::collections::BTreeSet;

use super::reading::column;
use super::{Table, list, text, unknown};
use crate::analysis::Model;
use crate::analysis::connections::{self, Demand};
use crate::analysis::figure::Figure;
use crate::analysis::tables;
use crate::facts::rust::What;
use crate::graph::model::{End, Node, NodeId, ServiceId};
use crate::graph::schema::{EntityRef, Field, Kind, Reading, Type};

/// The table of datastores.
pub static TABLE: Table = Table {
    kind: Kind::Datastore,
    count: |model| stores(model).count(),
    id: |model, index| node(model, index).map_or_else(String::new, |node| node.id.clone()),
    spans: |model, index| {
        let Some(node) = node(model, index) else { return Vec::new() };
        node.evidence.iter().map(|span| (span.clone(), format!("{} is used here", node.name))).collect()
    },
    formula: |model, index, field| {
        let demand = demand(model, index)?;
        match field {
            "demand.peak" | "demand.at_least" => Some(demand.formula()),
            "max_connections" => Some(demand.max_connections.written()),
            _ => None,
        }
    },
    columns: &[&[
        column(Field::new("name", Type::Text, "Its name: `postgres/cart`."), |model, index| {
            text(stores(model).nth(index).map_or("", |store| connections::key(model, store)))
        }),
        column(Field::new("technology", Type::Text, "What it is: `postgres`, `redis`."), |model, index| {
            text(node(model, index).map_or("", |node| &node.technology))
        }),
        column(Field::new("server", Type::Text, "Host and port; null if not known.").or_null(), |model, index| {
            match node(model, index).and_then(|node| node.server.as_deref()) {
                Some(server) => text(server),
                None => Reading::Null,
            }
        }),
        column(
            Field::new("leads_server", Type::Bool, "Whether it is the first datastore of its server."),
            |model, index| {
                let first = demand(model, index).and_then(|demand| demand.stores.first().copied());
                Reading::Bool(first == stores(model).nth(index))
            },
        ),
        column(
            Field::new("pooled", Type::Bool, "Whether a pooler stands in front of it, by its host or port."),
            |model, index| {
                let server = node(model, index).and_then(|node| node.server.as_deref()).unwrap_or("");
                let words = ["pgbouncer", "pooler", "pgcat", "odyssey", "supavisor"];
                Reading::Bool(server.ends_with(":6432") || words.iter().any(|word| server.contains(word)))
            },
        ),
        column(
            Field::new("pools", Type::List(&Type::Entity(Kind::Pool)), "Pools that reach its server."),
            |model, index| list(Kind::Pool, demand(model, index).map_or(Vec::new(), |demand| demand.pools.clone())),
        ),
        column(
            Field::new("demand.peak", Type::Int, "Connections to its server at the peak of a roll-out.")
                .unit("connections")
                .or_unknown(),
            |model, index| figure(demand(model, index).map(|demand| &demand.peak)),
        ),
        column(
            Field::new("demand.at_least", Type::Int, "The part of them that is known.").unit("connections"),
            |model, index| Reading::Int(demand(model, index).map_or(0, |demand| demand.at_least)),
        ),
        column(
            Field::new(
                "demand.largest_pool",
                Type::Entity(Kind::Pool),
                "The pool with the most of them; null without pools.",
            )
            .or_null(),
            |model, index| match demand(model, index).and_then(|demand| demand.pools.first()) {
                Some(index) => Reading::Entity(EntityRef { kind: Kind::Pool, index: *index }),
                None => Reading::Null,
            },
        ),
        column(
            Field::new("max_connections", Type::Int, "Connections that its server accepts.")
                .unit("connections")
                .or_unknown(),
            |model, index| figure(demand(model, index).map(|demand| &demand.max_connections)),
        ),
        column(
            Field::new("reserved_connections", Type::Int, "Those of them that services cannot have.")
                .unit("connections"),
            |model, index| figure(demand(model, index).map(|demand| &demand.reserved)),
        ),
        column(
            Field::new(
                "limits_statements",
                Type::Bool,
                "Whether its server's command line limits the time of statements.",
            ),
            |model, index| {
                let server = stores(model).nth(index).and_then(|store| connections::server(model, store));
                Reading::Bool(server.is_some_and(|server| server.parameter("statement_timeout").is_some()))
            },
        ),
        column(
            Field::new(
                "owner",
                Type::Entity(Kind::Service),
                "Its service: stated, or the only one that migrates it; null if several or none.",
            )
            .or_null(),
            |model, index| match stores(model).nth(index).and_then(|store| owner(model, store)) {
                Some(index) => Reading::Entity(EntityRef { kind: Kind::Service, index }),
                None => Reading::Null,
            },
        ),
        column(
            Field::new(
                "foreign_writers",
                Type::List(&Type::Text),
                "Services besides its owner that change something in it.",
            )
            .or_unknown(),
            |model, index| foreign(model, index, true),
        ),
        column(
            Field::new("foreign_users", Type::List(&Type::Text), "Services besides its owner that use it.")
                .or_unknown(),
            |model, index| foreign(model, index, false),
        ),
        column(
            Field::new("foreign_pool", Type::Entity(Kind::Pool), "A pool of one of them; null without.").or_null(),
            |model, index| {
                let Some(store) = stores(model).nth(index) else { return Reading::Null };
                let own = owner(model, store);
                let found = model.opened.iter().position(|of| {
                    of.store == Some(store) && own.is_some_and(|own| !same_context(model, own, of.service))
                });
                found.map_or(Reading::Null, |index| Reading::Entity(EntityRef { kind: Kind::Pool, index }))
            },
        ),
    ]],
};

/// The nodes that are datastores, in order.
fn stores<'a>(model: &'a Model<'_>) -> impl Iterator<Item = NodeId> + use<'a> {
    let nodes = model.graph.nodes.iter().enumerate();
    nodes.filter(|(_, node)| node.kind == "datastore").map(|(id, _)| id)
}

/// The place of a node among the datastores.
pub(super) fn index_of(model: &Model<'_>, node: NodeId) -> Option<usize> {
    stores(model).position(|store| store == node)
}

fn node<'a>(model: &'a Model<'_>, index: usize) -> Option<&'a Node> {
    stores(model).nth(index).map(|store| &model.graph.nodes[store])
}

fn demand<'a>(model: &'a Model<'_>, index: usize) -> Option<&'a Demand> {
    let store = stores(model).nth(index)?;
    model.demands.iter().find(|demand| demand.stores.contains(&store))
}

fn figure(figure: Option<&Figure>) -> Reading {
    figure.map_or(Reading::Int(0), Figure::reading)
}

/// The service that a datastore belongs to. Several binaries of one package are one owner.
fn owner(model: &Model<'_>, store: NodeId) -> Option<ServiceId> {
    if let Some(stated) = tables::owner(model, store, None) {
        return Some(stated);
    }
    let migrating: Vec<ServiceId> = model
        .graph
        .into_end(End::Node(store))
        .filter(|(_, edge)| {
            edge.effects.iter().any(|id| matches!(model.facts.rust.effects[*id].what, What::Migrate { .. }))
        })
        .map(|(_, edge)| edge.from)
        .collect();
    let first = *migrating.first()?;
    migrating.iter().all(|other| same_context(model, first, *other)).then_some(first)
}

/// Whether two services are binaries of one package, or have one folder.
fn same_context(model: &Model<'_>, a: ServiceId, b: ServiceId) -> bool {
    let (a, b) = (&model.graph.services[a], &model.graph.services[b]);
    a.name == b.name || (a.package.is_some() && a.package == b.package)
}

fn foreign(model: &Model<'_>, index: usize, writes: bool) -> Reading {
    let Some(store) = stores(model).nth(index) else { return Reading::List(Vec::new()) };
    let Some(own) = owner(model, store) else { return Reading::List(Vec::new()) };
    let edges = model.graph.into_end(End::Node(store)).map(|(_, edge)| edge);
    let others: BTreeSet<String> = edges
        .filter(|edge| edge.kind == "sql" && !same_context(model, own, edge.from))
        .filter(|edge| !writes || edge.tables.values().any(|writes| *writes) || edge.methods.contains("migrate"))
        .map(|edge| model.graph.services[edge.from].name.clone())
        .collect();
    if !others.is_empty() && !tables::is_identified(model, store) {
        let name = connections::key(model, store);
        return unknown("datastore.name", &format!("mappings.variables in loadpath.yaml: which database {name} is"));
    }
    Reading::List(others.into_iter().map(|name| Reading::Text(name.into())).collect())
}

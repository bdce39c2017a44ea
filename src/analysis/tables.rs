//! Statements to tables: each table of each datastore, which services write and read it, and who owns it.

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use super::connections::key;
use crate::facts::rust::What;
use crate::graph::model::{Confidence, End, NodeId, ServiceId};
use crate::span::Span;

/// A table of a datastore.
#[derive(Clone, Debug)]
pub struct TableSite {
    /// Its datastore.
    pub store: NodeId,
    /// Its name, without the default schema.
    pub name: String,
    /// Services that change its rows.
    pub writers: BTreeSet<ServiceId>,
    /// Services that read it, writers included where they do.
    pub readers: BTreeSet<ServiceId>,
    /// The service that it belongs to: stated, or the only one that writes.
    pub owner: Option<ServiceId>,
    /// Where it is touched: writes first.
    pub at: Vec<(Span, String)>,
}

/// A name as all statements share it.
#[must_use]
pub fn plain(name: &str) -> String {
    let name = name.to_lowercase().replace(['"', '`'], "");
    name.strip_prefix("public.").map_or(name.clone(), str::to_owned)
}

/// Whether the name of a datastore tells which one it is: a made-up name, or that of a variable, does not.
#[must_use]
pub fn is_identified(model: &Model<'_>, store: NodeId) -> bool {
    let node = &model.graph.nodes[store];
    node.name_known || node.name.contains('/')
}

/// All tables, by datastore and name.
#[must_use]
pub fn tables(model: &Model<'_>) -> Vec<TableSite> {
    #[derive(Default)]
    struct Found {
        writers: BTreeSet<ServiceId>,
        readers: BTreeSet<ServiceId>,
        at: BTreeSet<(bool, Span, String)>,
    }
    let mut found: BTreeMap<(NodeId, String), Found> = BTreeMap::new();
    for edge in &model.graph.edges {
        let End::Node(store) = edge.to else { continue };
        if edge.kind != "sql" || edge.confidence != Confidence::Proven {
            continue;
        }
        let service = &model.graph.services[edge.from];
        for effect in edge.effects.iter().map(|id| &model.facts.rust.effects[*id]) {
            let What::Sql { statement: Some(statement), .. } = &effect.what else { continue };
            // What defines a table does not make its rows.
            let defines = ["create", "alter", "drop"].iter().any(|word| statement.verb.starts_with(word));
            for used in statement.tables.iter().filter(|_| !defines) {
                let table = found.entry((store, plain(&used.table))).or_default();
                let who = if used.writes { &mut table.writers } else { &mut table.readers };
                who.insert(edge.from);
                let verb = if used.writes { "writes" } else { "reads" };
                table.at.insert((!used.writes, effect.at.clone(), format!("{} {verb} it here", service.name)));
            }
        }
    }
    let all = found.into_iter().map(|((store, name), found)| {
        let owner = owner(model, store, Some(&name)).or_else(|| match found.writers.len() {
            1 => found.writers.first().copied(),
            _ => None,
        });
        let at = found.at.into_iter().map(|(_, span, what)| (span, what)).collect();
        TableSite { store, name, writers: found.writers, readers: found.readers, owner, at }
    });
    all.collect()
}

/// The owner that settings state for a table, or for its datastore.
#[must_use]
pub fn owner(model: &Model<'_>, store: NodeId, table: Option<&str>) -> Option<ServiceId> {
    let owners = &model.config.boundaries.owners;
    let store = key(model, store);
    let named = table.and_then(|table| owners.get(&format!("{store}/{table}")).or_else(|| owners.get(table)));
    let name = named.or_else(|| owners.get(store))?;
    model.graph.services.iter().position(|service| service.name == *name)
}

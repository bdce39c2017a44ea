//! Tables: each table of a datastore, with the services that write and read it.

use std::collections::BTreeSet;

use super::reading::{column, texts};
use super::{Table, list, text, unknown};
use crate::analysis::Model;
use crate::analysis::connections::key;
use crate::analysis::tables::{TableSite, is_identified};
use crate::graph::model::ServiceId;
use crate::graph::schema::{EntityRef, Field, Kind, Reading, Type};

/// The table of tables.
pub static TABLE: Table = Table {
    kind: Kind::Table,
    count: |model| model.tables.len(),
    id: |model, index| {
        let of = table(model, index);
        format!("table:{}/{}", key(model, of.store), of.name)
    },
    spans: |model, index| table(model, index).at.clone(),
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("name", Type::Text, "Its name, without the default schema."), |model, index| {
            text(&table(model, index).name)
        }),
        column(
            Field::new("datastore", Type::Entity(Kind::Datastore), "Its datastore; null never.").or_null(),
            |model, index| {
                let store = super::datastore::index_of(model, table(model, index).store);
                store.map_or(Reading::Null, |index| Reading::Entity(EntityRef { kind: Kind::Datastore, index }))
            },
        ),
        column(
            Field::new(
                "writers",
                Type::List(&Type::Text),
                "Packages of the services that change its rows, or the services.",
            )
            .or_unknown(),
            |model, index| {
                let of = table(model, index);
                let writers = contexts(model, &of.writers);
                if writers.len() > 1 && !is_identified(model, of.store) {
                    let supply =
                        format!("mappings.variables in loadpath.yaml: which database {} is", key(model, of.store));
                    return unknown("datastore.name", &supply);
                }
                texts(writers)
            },
        ),
        column(Field::new("readers", Type::List(&Type::Text), "Services that read it."), |model, index| {
            texts(table(model, index).readers.iter().map(|id| model.graph.services[*id].name.clone()))
        }),
        column(
            Field::new("services", Type::List(&Type::Entity(Kind::Service)), "Services that use it."),
            |model, index| {
                let of = table(model, index);
                list(Kind::Service, of.writers.union(&of.readers).copied())
            },
        ),
        column(
            Field::new(
                "owner",
                Type::Entity(Kind::Service),
                "Its service: stated, or the only one that writes; null if several or none.",
            )
            .or_null(),
            |model, index| match table(model, index).owner {
                Some(index) => Reading::Entity(EntityRef { kind: Kind::Service, index }),
                None => Reading::Null,
            },
        ),
        column(Field::new("owner_stated", Type::Bool, "Whether loadpath.yaml states its owner."), |model, index| {
            let of = table(model, index);
            Reading::Bool(crate::analysis::tables::owner(model, of.store, Some(&of.name)).is_some())
        }),
    ]],
};

fn table<'a>(model: &'a Model<'_>, index: usize) -> &'a TableSite {
    &model.tables[index]
}

/// Binaries of one package are one context: they are built and changed together.
fn contexts(model: &Model<'_>, services: &BTreeSet<ServiceId>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut names = BTreeSet::new();
    for id in services {
        let service = &model.graph.services[*id];
        if seen.insert(service.package.clone().unwrap_or_else(|| service.name.clone())) {
            names.insert(service.name.clone());
        }
    }
    names
}

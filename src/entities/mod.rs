//! What rules can see: for each kind of entity a table of its fields, each with its meaning and the way to read it.
//!
//! The tables are the published schema; [`View`] reads them over one [`Model`]. To add a field, add one row. Knows
//! graph and analysis; knows no rule.

mod consumer;
mod container;
mod contract;
mod datastore;
mod edge;
mod effect;
mod field;
mod manifest;
mod message;
mod path;
mod pool;
mod producer;
mod reading;
mod rpc;
mod service;
mod statement;
mod system;
mod table;
mod topic;
mod variable;
mod workload;

use crate::analysis::Model;
use crate::graph::schema::{Entities, EntityRef, Field, Kind, Missing, Reading, Schema};
use crate::span::Span;

/// A field and how it is read.
pub struct Column {
    /// The field.
    pub field: Field,
    /// Reads it of the n-th entity of its kind.
    pub read: fn(&Model<'_>, usize) -> Reading,
}

/// A kind of entity: how many there are, who they are, what they hold.
pub struct Table {
    /// The kind.
    pub kind: Kind,
    /// How many there are.
    pub count: fn(&Model<'_>) -> usize,
    /// Identity in reports, without line numbers.
    pub id: fn(&Model<'_>, usize) -> String,
    /// All evidence, the best first, each with what it shows.
    pub spans: fn(&Model<'_>, usize) -> Vec<(Span, String)>,
    /// How the derived number of a field came about.
    pub formula: fn(&Model<'_>, usize, &str) -> Option<String>,
    /// Its fields, in groups of one subject each.
    pub columns: &'static [&'static [Column]],
}

impl Table {
    fn columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().copied().flatten()
    }
}

/// All tables, in the order of the published schema.
pub static TABLES: &[&Table] = &[
    &system::TABLE,
    &service::TABLE,
    &effect::TABLE,
    &edge::TABLE,
    &path::TABLE,
    &pool::TABLE,
    &datastore::TABLE,
    &table::TABLE,
    &statement::TABLE,
    &contract::TABLE,
    &rpc::TABLE,
    &message::TABLE,
    &field::TABLE,
    &topic::TABLE,
    &producer::TABLE,
    &consumer::TABLE,
    &workload::TABLE,
    &container::TABLE,
    &manifest::TABLE,
    &variable::TABLE,
];

/// The schema alone: enough to load rules.
pub struct EntitySchema;

/// Fields by kind, laid out once.
static FIELDS: std::sync::LazyLock<Vec<(Kind, Vec<Field>)>> = std::sync::LazyLock::new(|| {
    TABLES.iter().map(|table| (table.kind, table.columns().map(|column| column.field).collect())).collect()
});

fn table(kind: Kind) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.kind == kind).copied()
}

impl Schema for EntitySchema {
    fn fields(&self, kind: Kind) -> &[Field] {
        FIELDS.iter().find(|(known, _)| *known == kind).map_or(&[], |(_, fields)| fields)
    }
}

/// The entities of one model.
pub struct View<'a>(pub &'a Model<'a>);

impl Schema for View<'_> {
    fn fields(&self, kind: Kind) -> &[Field] {
        EntitySchema.fields(kind)
    }
}

impl Entities for View<'_> {
    fn all(&self, kind: Kind) -> Vec<EntityRef> {
        let count = table(kind).map_or(0, |table| (table.count)(self.0));
        (0..count).map(|index| EntityRef { kind, index }).collect()
    }

    fn read(&self, entity: EntityRef, field: &str) -> Reading {
        table(entity.kind).and_then(|table| table.columns().find(|column| column.field.name == field)).map_or_else(
            || unknown(&format!("{}.{field}", entity.kind), ""),
            |column| (column.read)(self.0, entity.index),
        )
    }

    fn id(&self, entity: EntityRef) -> String {
        table(entity.kind).map_or_else(String::new, |table| (table.id)(self.0, entity.index))
    }

    fn span(&self, entity: EntityRef) -> Option<Span> {
        self.spans(entity).into_iter().next().map(|(span, _)| span)
    }

    fn spans(&self, entity: EntityRef) -> Vec<(Span, String)> {
        table(entity.kind).map_or_else(Vec::new, |table| (table.spans)(self.0, entity.index))
    }

    fn formula(&self, entity: EntityRef, field: &str) -> Option<String> {
        table(entity.kind).and_then(|table| (table.formula)(self.0, entity.index, field))
    }
}

/// A value that is not known, and how to supply it.
#[must_use]
pub fn unknown(what: &str, supply: &str) -> Reading {
    Reading::Unknown(Missing { what: what.to_owned(), supply: supply.to_owned() })
}

/// A text.
#[must_use]
pub fn text(text: &str) -> Reading {
    Reading::Text(text.into())
}

/// Several entities of one kind.
#[must_use]
pub fn list(kind: Kind, indices: impl IntoIterator<Item = usize>) -> Reading {
    Reading::List(indices.into_iter().map(|index| Reading::Entity(EntityRef { kind, index })).collect())
}

//! Services: deployable units of the project.

use super::{Column, Table, list, text};
use crate::analysis::Model;
use crate::graph::schema::{Field, Kind, Type};

/// The table of services.
pub static TABLE: Table = Table {
    kind: Kind::Service,
    count: |model| model.graph.services.len(),
    id: |model, index| model.graph.services[index].id.clone(),
    spans: |model, index| {
        let of = &model.graph.services[index];
        of.evidence.iter().map(|span| (span.clone(), format!("{} is here", of.name))).collect()
    },
    formula: |_, _, _| None,
    columns: &[&[
        Column {
            field: Field::new("name", Type::Text, "Its name."),
            read: |model, index| text(&service(model, index).name),
        },
        Column {
            field: Field::new("kind", Type::Text, "Whether it goes on or runs to its end.").one_of(&["service", "job"]),
            read: |model, index| text(&service(model, index).kind),
        },
        Column {
            field: Field::new("language", Type::Text, "Its language, in lower case."),
            read: |model, index| text(service(model, index).language.as_deref().unwrap_or("rust")),
        },
        Column {
            field: Field::new("edges", Type::List(&Type::Entity(Kind::Edge)), "Dependencies on others."),
            read: |model, index| list(Kind::Edge, model.graph.out_of(index).map(|(id, _)| id)),
        },
    ]],
};

fn service<'a>(model: &'a Model<'_>, index: usize) -> &'a crate::graph::Service {
    &model.graph.services[index]
}

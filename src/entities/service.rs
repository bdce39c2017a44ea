//! Services: deployable units of the project.

use super::edge::ANSWER;
use super::reading::texts;
use super::{Column, Table, list, text, unknown};
use crate::analysis::Model;
use crate::analysis::workloads;
use crate::graph::model::End;
use crate::graph::schema::{Field, Kind, Reading, Type};

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
        Column {
            field: Field::new("serves", Type::List(&Type::Text), "Contracts that it serves."),
            read: |model, index| texts(service(model, index).serves.iter().cloned()),
        },
        Column {
            field: Field::new("endpoints", Type::Int, "How many endpoints it answers, health and metrics left out."),
            read: |model, index| {
                let plumbing = ["health", "metrics", "live", "ready", "startup", "ping", "version"];
                let entries = service(model, index).entries.iter().map(|entry| &model.graph.entries[*entry]);
                let own =
                    entries.filter(|of| of.kind == "endpoint" && !plumbing.iter().any(|word| of.name.contains(word)));
                Reading::Int(i64::try_from(own.count()).unwrap_or(i64::MAX))
            },
        },
        Column {
            field: Field::new("callers", Type::List(&Type::Text), "Services that depend on it."),
            read: |model, index| {
                let into = model.graph.into_end(End::Service(index)).filter(|(_, edge)| edge.from != index);
                texts(into.map(|(_, edge)| model.graph.services[edge.from].name.clone()))
            },
        },
        Column {
            field: Field::new("deployed", Type::Bool, "Whether a manifest of Kubernetes runs it."),
            read: |model, index| Reading::Bool(!service(model, index).workloads.is_empty()),
        },
        Column {
            field: Field::new("exposed", Type::Bool, "Whether a manifest lets something outside the cluster reach it.")
                .or_unknown(),
            read: |model, index| {
                if model.facts.kubernetes.iter().any(|environment| environment.partial) {
                    return unknown("service.exposed", "manifests that could not be rendered: --helm for charts");
                }
                let mut sites = model.workloads.iter().filter(|site| site.services.contains(&index));
                Reading::Bool(sites.any(|site| workloads::exposed(model, site)))
            },
        },
        Column {
            field: Field::new("resolved", Type::Bool, "True where all that it calls is known.").or_unknown(),
            read: |model, index| {
                let name = &service(model, index).name;
                let mut open = model.graph.unresolved.iter().filter(|of| of.service.as_ref() == Some(name));
                match open.next() {
                    Some(of) => unknown(&format!("the {} of {name} at {}:{}", of.what, of.at.file, of.at.line), ANSWER),
                    None => Reading::Bool(true),
                }
            },
        },
        Column {
            field: Field::new("unresolved_calls", Type::Int, "How many calls of the project lead to nothing known."),
            read: |model, _| Reading::Int(i64::try_from(model.graph.unresolved.len()).unwrap_or(i64::MAX)),
        },
    ]],
};

fn service<'a>(model: &'a Model<'_>, index: usize) -> &'a crate::graph::Service {
    &model.graph.services[index]
}

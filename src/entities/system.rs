//! The system: all that the files describe, once. For what holds for many things and is told once.

use super::reading::{column, texts};
use super::{Table, list, text};
use crate::analysis::Model;
use crate::analysis::addressed::workloads;
use crate::analysis::plaintext::{leaves, plaintext};
use crate::analysis::proxied::{Proxied, sidecar};
use crate::graph::schema::{Field, Kind, Reading, Type};

/// The table of systems: it has one row.
pub static TABLE: Table = Table {
    kind: Kind::System,
    count: |_| 1,
    id: |model, _| format!("system:{}", model.graph.system),
    spans: |model, _| {
        let edges = open_edges(model).map(|edge| {
            let of = &model.graph.edges[edge];
            let (from, to) = (&model.graph.services[of.from].name, model.graph.name_of(of.to));
            of.evidence.first().map(|at| (at.clone(), format!("{from} speaks to {to}")))
        });
        edges.flatten().collect()
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("name", Type::Text, "Its name."), |model, _| text(&model.graph.system)),
        column(
            Field::new("plaintext", Type::List(&Type::Text), "Dependencies inside the cluster that are not encrypted."),
            |model, _| {
                texts(open_edges(model).map(|edge| {
                    let of = &model.graph.edges[edge];
                    format!("{} → {}", model.graph.services[of.from].name, model.graph.name_of(of.to))
                }))
            },
        ),
        column(Field::new("plaintext_edges", Type::List(&Type::Entity(Kind::Edge)), "The same."), |model, _| {
            list(Kind::Edge, open_edges(model))
        }),
        column(Field::new("deployed", Type::Bool, "Whether manifests of Kubernetes run a part of it."), |model, _| {
            Reading::Bool(model.graph.services.iter().any(|of| !of.workloads.is_empty()))
        }),
    ]],
};

/// Dependencies of deployed services that are not encrypted and stay inside, with no mesh at their caller.
fn open_edges<'m>(model: &'m Model<'_>) -> impl Iterator<Item = usize> + 'm {
    (0..model.graph.edges.len()).filter(|edge| {
        let callers = workloads(model, model.graph.edges[*edge].from);
        let meshed = callers.iter().all(|(environment, workload)| sidecar(environment, workload) == Proxied::Yes);
        !callers.is_empty() && !meshed && plaintext(model, *edge) == Some(true) && !leaves(model, *edge)
    })
}

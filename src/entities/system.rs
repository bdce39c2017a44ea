//! The system: all that the files describe, once. For what holds for many things and is told once.

use super::reading::{column, texts};
use super::{Table, list, text, unknown};
use crate::analysis::Model;
use crate::analysis::addressed::workloads;
use crate::analysis::plaintext::{is_unseen, leaves, plaintext};
use crate::analysis::proxied::{Proxied, sidecar};
use crate::graph::model::End;
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
            Field::new("plaintext", Type::List(&Type::Text), "Dependencies inside the cluster that are not encrypted.")
                .or_unknown(),
            |model, _| {
                let open: Vec<String> = open_edges(model).map(|edge| shown(model, edge)).collect();
                match unseen_edges(model).next() {
                    Some(edge) if open.is_empty() => {
                        let what = format!("the scheme of the address in {}", shown(model, edge));
                        unknown(&what, "mappings.variables in loadpath.yaml, if a variable decides it")
                    }
                    _ => texts(open),
                }
            },
        ),
        column(Field::new("environment", Type::Text, "The environment that is reviewed."), |model, _| {
            text(&model.graph.environment)
        }),
        column(Field::new("plaintext_edges", Type::List(&Type::Entity(Kind::Edge)), "The same."), |model, _| {
            list(Kind::Edge, open_edges(model))
        }),
        column(
            Field::new("services", Type::List(&Type::Entity(Kind::Service)), "Its services and jobs."),
            |model, _| list(Kind::Service, 0..model.graph.services.len()),
        ),
        column(Field::new("edges", Type::List(&Type::Entity(Kind::Edge)), "Its dependencies."), |model, _| {
            list(Kind::Edge, 0..model.graph.edges.len())
        }),
        column(Field::new("deployed", Type::Bool, "Whether manifests of Kubernetes run a part of it."), |model, _| {
            Reading::Bool(model.graph.services.iter().any(|of| !of.workloads.is_empty()))
        }),
    ]],
};

/// Dependencies of deployed services that are not encrypted and stay inside, with no mesh at their caller.
fn open_edges<'m>(model: &'m Model<'_>) -> impl Iterator<Item = usize> + 'm {
    bare_edges(model).filter(|edge| plaintext(model, *edge) == Some(true) && !leaves(model, *edge))
}

/// Those of which it is not known, since nobody sees their address.
fn unseen_edges<'m>(model: &'m Model<'_>) -> impl Iterator<Item = usize> + 'm {
    bare_edges(model).filter(|edge| plaintext(model, *edge).is_none() && is_unseen(model, *edge))
}

/// Dependencies of deployed services with no mesh at one of their ends: a mesh encrypts between two of its proxies.
fn bare_edges<'m>(model: &'m Model<'_>) -> impl Iterator<Item = usize> + 'm {
    let meshed = |service| {
        let pods = workloads(model, service);
        pods.iter().all(|(environment, workload)| sidecar(environment, workload) == Proxied::Yes)
    };
    (0..model.graph.edges.len()).filter(move |edge| {
        let of = &model.graph.edges[*edge];
        let called = match of.to {
            End::Service(callee) => meshed(callee),
            End::Node(_) => true,
        };
        let protected = meshed(of.from) && called;
        !protected && !workloads(model, of.from).is_empty()
    })
}

fn shown(model: &Model<'_>, edge: usize) -> String {
    let of = &model.graph.edges[edge];
    format!("{} → {}", model.graph.services[of.from].name, model.graph.name_of(of.to))
}

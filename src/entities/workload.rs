//! Workloads: what runs services, with what a disruption leaves of it.

use super::reading::{column, texts};
use super::{Table, list, text, unknown};
use crate::analysis::Model;
use crate::analysis::workloads::{self, WorkloadSite};
use crate::graph::schema::{Field, Kind, Reading, Type};

/// The table of workloads.
pub static TABLE: Table = Table {
    kind: Kind::Workload,
    count: |model| model.workloads.len(),
    id: |model, index| {
        let (_, workload) = workloads::parts(model, site(model, index));
        format!("workload:{}/{}/{}", workload.meta.kind, workload.meta.namespace, workload.meta.name)
    },
    spans: |model, index| {
        let site = site(model, index);
        let (_, workload) = workloads::parts(model, site);
        let mut spans = vec![(workload.meta.at.clone(), format!("{} is here", workload.meta.name))];
        if let Some(replicas) = &workload.replicas {
            spans.push((replicas.at.clone(), format!("{} pods", replicas.value)));
        }
        let budgets = workloads::budgets(model, site);
        spans.extend(budgets.iter().map(|of| (of.meta.at.clone(), format!("the budget {}", of.meta.name))));
        spans
    },
    formula: |model, index, field| {
        (field == "least_pods").then(|| workloads::least(model, site(model, index)).written())
    },
    columns: &[&[
        column(Field::new("name", Type::Text, "Its name."), |model, index| {
            text(&workloads::parts(model, site(model, index)).1.meta.name)
        }),
        column(Field::new("kind", Type::Text, "Its kind: Deployment, StatefulSet, …"), |model, index| {
            text(&workloads::parts(model, site(model, index)).1.meta.kind)
        }),
        column(
            Field::new("services", Type::List(&Type::Entity(Kind::Service)), "Services that it runs."),
            |model, index| list(Kind::Service, site(model, index).services.iter().copied()),
        ),
        column(
            Field::new("least_pods", Type::Int, "The fewest pods that run when nothing is wrong.").or_unknown(),
            |model, index| workloads::least(model, site(model, index)).reading(),
        ),
        column(
            Field::new("strategy", Type::Text, "How a new version comes: `RollingUpdate`, `Recreate`, …"),
            |model, index| {
                let (_, workload) = workloads::parts(model, site(model, index));
                text(workload.strategy.as_ref().map_or("RollingUpdate", |of| of.value.as_str()))
            },
        ),
        column(
            Field::new("callers", Type::List(&Type::Text), "Services that wait for it and fail without it."),
            |model, index| texts(workloads::callers(model, site(model, index))),
        ),
        column(
            Field::new("exposed", Type::Bool, "Whether something outside the cluster reaches it.").or_unknown(),
            |model, index| match workloads::exposed(model, site(model, index)) {
                false if is_partial(model, index) => unknown("workload.exposed", UNRENDERED),
                exposed => Reading::Bool(exposed),
            },
        ),
        column(
            Field::new("budgets", Type::List(&Type::Text), "Disruption budgets of its pods.").or_unknown(),
            |model, index| {
                let budgets = workloads::budgets(model, site(model, index));
                if budgets.is_empty() && is_partial(model, index) {
                    return unknown("workload.budgets", UNRENDERED);
                }
                texts(budgets.iter().map(|of| of.meta.name.clone()))
            },
        ),
        column(
            Field::new(
                "lets_go",
                Type::Int,
                "How many of its fewest pods the strictest budget lets go at once; null without a budget.",
            )
            .or_null()
            .or_unknown(),
            |model, index| {
                let site = site(model, index);
                let budgets = workloads::budgets(model, site);
                if budgets.is_empty() {
                    return Reading::Null;
                }
                let pods = match workloads::least(model, site).number {
                    Ok(pods) => pods,
                    Err(missing) => return Reading::Unknown(missing),
                };
                match budgets.iter().map(|of| workloads::allowed(of, pods)).min() {
                    Some(Some(number)) => Reading::Int(number),
                    _ => unknown("what the budget allows", "a number or percentage in the manifest"),
                }
            },
        ),
    ]],
};

/// What supplies objects that are not seen.
const UNRENDERED: &str = "manifests that could not be rendered: --helm for charts";

/// Whether objects of the same environment may be there that are not seen.
fn is_partial(model: &Model<'_>, index: usize) -> bool {
    workloads::parts(model, site(model, index)).0.partial
}

fn site<'m>(model: &'m Model<'_>, index: usize) -> &'m WorkloadSite {
    &model.workloads[index]
}

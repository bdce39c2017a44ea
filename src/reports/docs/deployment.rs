//! What runs where: workloads with their number, their roll-out, their probes and their end; and the other environments.

use super::document::{Page, code, listed, words};
use super::service::operations;
use super::subject::{Scope, counted};
use crate::reports::view;

pub(super) fn page(scope: &Scope<'_>) -> Option<Page> {
    let (graph, facts) = (scope.model.graph, scope.model.facts);
    if scope.model.workloads.is_empty() && graph.services.iter().all(|service| service.compose.is_empty()) {
        return None;
    }
    let mut page = Page::new("deployment", "Deployment");
    page.own("introduction");
    page.diagram("deployment", view::placed(graph));
    page.heading("Workloads");
    let sites = scope.model.workloads.iter().filter(|site| is_judged(scope, site.place.0));
    let mut sites: Vec<_> = sites.map(|site| (operations::operations(scope, site), site)).collect();
    sites.sort_by(|(a, _), (b, _)| (&a.name, &a.workload).cmp(&(&b.name, &b.workload)));
    let rows = sites.into_iter().map(|(of, site)| {
        vec![
            vec![code(of.workload.clone())],
            listed(site.services.iter().map(|id| scope.service(*id)), 4),
            vec![words(of.replicas)],
            vec![words(of.budget)],
            vec![words(of.probes)],
            vec![words(of.end)],
        ]
    });
    page.table(&["workload", "runs", "pods", "disruption", "probes", "end"], rows.collect());
    if facts.kubernetes.len() > 1 {
        page.heading("Environments");
        let rows = facts.kubernetes.iter().map(|environment| {
            let judged = if environment.name == graph.environment { " (these pages)" } else { "" };
            vec![
                vec![code(environment.name.clone()), words(judged)],
                vec![super::Piece::File(environment.path.clone())],
                vec![words(counted(environment.workloads.len(), "workload", "workloads"))],
                vec![words(if environment.partial { environment.partial_because.clone() } else { String::new() })],
            ]
        });
        page.table(&["environment", "made from", "runs", "not rendered"], rows.collect());
    }
    page.own("notes");
    Some(page)
}

/// Whether an environment is the one that the pages are about.
fn is_judged(scope: &Scope<'_>, environment: usize) -> bool {
    scope.model.facts.kubernetes.get(environment).is_some_and(|of| of.name == scope.model.graph.environment)
}

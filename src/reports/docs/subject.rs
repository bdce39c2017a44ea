//! What pages are about: a model, what was found in it, and the decisions that hold for it; with the names and addresses
//! that all pages share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::document::{Piece, code, words};
use crate::analysis::Model;
use crate::analysis::capacity::{self, Row};
use crate::analysis::whatif::{self, Outcomes, Scenario, Verdict};
use crate::findings::{Finding, Settled};
use crate::graph::End;
use crate::graph::model::ServiceId;
use crate::reports::naming;

/// What pages are about.
pub struct Subject<'a> {
    /// The system.
    pub model: &'a Model<'a>,
    /// What was found in it.
    pub settled: &'a Settled,
    /// Decisions that hold for it.
    pub decisions: &'a [Decision],
    /// The text of a file of the project.
    pub text: &'a dyn Fn(&str) -> Option<Arc<str>>,
}

/// A decision of the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Its title.
    pub title: String,
    /// Whether it holds.
    pub status: String,
    /// Its file, relative to the root of the project.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// A page of services: one service with the jobs that share its code, or a job that shares none.
pub(super) struct Home {
    /// The service that gives the page its name.
    pub first: ServiceId,
    /// Jobs of the same code.
    pub jobs: Vec<ServiceId>,
    /// Path of the page.
    pub path: String,
}

impl Home {
    /// The service and its jobs.
    pub(super) fn all(&self) -> impl Iterator<Item = ServiceId> {
        std::iter::once(self.first).chain(self.jobs.iter().copied())
    }
}

/// What all pages share.
pub(super) struct Scope<'a> {
    pub of: &'a Subject<'a>,
    pub model: &'a Model<'a>,
    pub homes: Vec<Home>,
    /// The page of each service.
    pages: BTreeMap<ServiceId, String>,
    /// What happens when something is down.
    pub down: BTreeMap<End, Outcomes>,
    pub capacity: Vec<Row>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(of: &'a Subject<'a>) -> Self {
        let model = of.model;
        let homes = homes(model);
        let pages = homes.iter().flat_map(|home| home.all().map(|of| (of, home.path.clone()))).collect();
        let waited = model.graph.edges.iter().map(|edge| edge.to);
        let services = (0..model.graph.services.len()).map(End::Service);
        let ends: BTreeSet<End> = waited.chain(services).collect();
        let outcome = |end: End| {
            let scenario = Scenario { down: [end].into(), ..Scenario::default() };
            let mut outcomes = whatif::outcomes(model, &scenario);
            // Most entry points have nothing to do with most parts: there are too many to keep them all.
            outcomes.of_entry.retain(|of| of.verdict() != Verdict::Works || !of.holds.is_empty());
            (end, outcomes)
        };
        let down = ends.into_par_iter().map(outcome).collect();
        Self { of, model, homes, pages, down, capacity: capacity::rows(model) }
    }

    /// A service, with the way to its page.
    pub(super) fn service(&self, id: ServiceId) -> Piece {
        let name = self.model.graph.services[id].name.clone();
        match self.pages.get(&id) {
            Some(page) => Piece::Page(page.clone(), name),
            None => code(name),
        }
    }

    /// An end of a dependency, with the way to where it is described.
    pub(super) fn end(&self, end: End) -> Piece {
        let End::Node(id) = end else {
            let End::Service(id) = end else { return words("") };
            return self.service(id);
        };
        let node = &self.model.graph.nodes[id];
        let called = match node.name.as_str() {
            "*" => format!("a {} {} whose name is not known", node.technology, node.kind),
            _ => self.model.graph.called(end).to_owned(),
        };
        match self.model.graph.nodes[id].kind.as_str() {
            "datastore" => Piece::Page("data".to_owned(), called),
            "topic" => Piece::Page("events".to_owned(), called),
            _ => code(called),
        }
    }

    /// Findings about a service: it is named by their entity, or its code or its manifests hold their place.
    pub(super) fn findings(&self, home: &Home) -> Vec<&'a Finding> {
        let graph = self.model.graph;
        let files: BTreeSet<&str> = home
            .all()
            .flat_map(|id| &graph.services[id].workloads)
            .map(|(environment, workload, _)| &self.model.facts.kubernetes[*environment].workloads[*workload])
            .map(|workload| &*workload.meta.at.file)
            .collect();
        let path = &graph.services[home.first].path;
        let about = |finding: &&Finding| {
            let names: Vec<&str> = finding.entity.split([':', '/', ' ', '>', '-']).collect();
            let named = home.all().any(|id| {
                let name = graph.services[id].name.as_str();
                finding.entity.split_once(':').is_some_and(|(_, rest)| {
                    rest.split("->").any(|part| part == name || part.starts_with(&format!("{name}/")))
                }) || names.contains(&name)
            });
            let file = finding.span.as_ref().map_or("", |span| &*span.file);
            let within = !path.is_empty() && file.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'));
            named || within || files.contains(file)
        };
        worst_first(self.of.settled.findings.iter().filter(about))
    }
}

/// Findings, the worst ones first.
pub(super) fn worst_first<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<&'f Finding> {
    let mut all: Vec<&Finding> = findings.collect();
    all.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), &finding.rule, &finding.entity));
    all
}

/// The pages of services: jobs stand with the service of their code, if there is one.
fn homes(model: &Model<'_>) -> Vec<Home> {
    let services = &model.graph.services;
    let is_job = |id: ServiceId| services[id].kind == "job";
    let host = |job: ServiceId| {
        let same =
            |id: &ServiceId| !is_job(*id) && !services[job].path.is_empty() && services[*id].path == services[job].path;
        let mut hosts = (0..services.len()).filter(same);
        // Several services in one folder: the job belongs to none of them alone.
        hosts.next().filter(|_| hosts.next().is_none())
    };
    let mut used = BTreeSet::new();
    let mut homes: Vec<Home> = Vec::new();
    for first in (0..services.len()).filter(|id| !is_job(*id) || host(*id).is_none()) {
        let jobs = (0..services.len()).filter(|id| is_job(*id) && host(*id) == Some(first)).collect();
        homes.push(Home { first, jobs, path: format!("services/{}", slug(&services[first].name, &mut used)) });
    }
    homes
}

/// A name as the name of a file: letters, digits, dashes, once.
fn slug(name: &str, used: &mut BTreeSet<String>) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .take(80)
        .collect::<String>()
        .trim_matches('.')
        .to_lowercase();
    naming::free(used, if plain.is_empty() { "service" } else { &plain }, "-")
}

/// `3 services`
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Milliseconds as people write them.
pub(super) fn time(ms: i64) -> String {
    match ms {
        ms if ms >= 1000 && ms % 1000 == 0 => format!("{} s", ms / 1000),
        ms if ms >= 1000 && ms % 100 == 0 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        ms => format!("{ms} ms"),
    }
}

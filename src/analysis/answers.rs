//! Who answers a call: the rpc of a contract's method, or the endpoint whose route fits a URL.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::facts::Facts;
use crate::facts::rust::{Effect, What};
use crate::graph::Graph;
use crate::graph::model::{EntryId, HOLE, ServiceId};

/// Entry points by what they answer.
#[derive(Debug)]
pub struct Answers {
    rpcs: BTreeMap<(ServiceId, String), EntryId>,
    endpoints: BTreeMap<ServiceId, Vec<(String, Vec<String>, EntryId)>>,
}

/// Code and protos spell contracts and methods differently.
fn squash(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

fn segments(path: &str) -> Vec<String> {
    path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The path of a URL, without its query.
pub(super) fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |start| &rest[start..]);
    path.split(['?', '#']).next().unwrap_or(path)
}

impl Answers {
    /// Of all services.
    #[must_use]
    pub fn new(graph: &Graph) -> Self {
        let mut answers = Self { rpcs: BTreeMap::new(), endpoints: BTreeMap::new() };
        for (id, entry) in graph.entries.iter().enumerate() {
            match entry.kind.as_str() {
                "rpc" => {
                    answers.rpcs.entry((entry.service, squash(&entry.name))).or_insert(id);
                }
                "endpoint" => {
                    let (verb, path) = entry.name.split_once(' ').unwrap_or(("ANY", &entry.name));
                    let of = answers.endpoints.entry(entry.service).or_default();
                    of.push((verb.to_owned(), segments(path), id));
                }
                _ => {}
            }
        }
        answers
    }

    /// The entry point of `to` that answers an effect of `from`; the route with most literal segments goes first.
    #[must_use]
    pub fn find(
        &self,
        facts: &Facts,
        graph: &Graph,
        config: &Config,
        from: ServiceId,
        to: ServiceId,
        effect: &Effect,
    ) -> Option<EntryId> {
        match &effect.what {
            What::Grpc { contract, method } => self.rpcs.get(&(to, squash(&format!("{contract}/{method}")))).copied(),
            What::Http { verb, url } => {
                let endpoints = self.endpoints.get(&to)?;
                let known = crate::graph::link::evaluate(facts, config, &graph.services[from], url);
                known.texts.iter().find_map(|text| {
                    let path = segments(path_of(text));
                    let fits = |(of, template, _): &&(String, Vec<String>, EntryId)| {
                        (of == "ANY" || verb.is_empty() || of == verb) && matches(template, &path)
                    };
                    endpoints.iter().filter(fits).max_by_key(|(_, template, id)| (literals(template), usize::MAX - id))
                })
            }
            .map(|(_, _, id)| *id),
            _ => None,
        }
    }
}

fn is_open(segment: &str) -> bool {
    segment.starts_with(['{', ':', '*', '<'])
}

fn literals(template: &[String]) -> usize {
    template.iter().filter(|segment| !is_open(segment)).count()
}

fn matches(template: &[String], path: &[String]) -> bool {
    let rest = template.last().is_some_and(|last| last.starts_with("{*") || last.starts_with('*'));
    let length = if rest { path.len() >= template.len() } else { path.len() == template.len() };
    length && template.iter().zip(path).all(|(of, given)| is_open(of) || given.contains(HOLE) || of == given)
}

//! Path to route: which service answers a request whose host is not known, by what it serves.

use super::Linker;
use crate::graph::model::{EntryPoint, HOLE};

/// Words that a path must have before several services may be meant by it: `/api/v1/keys`, not `/keys`.
const MIN_WORDS: usize = 3;

/// The most services that one path may mean.
const MAX_SERVERS: usize = 3;

impl Linker<'_> {
    /// The services that serve a path with a verb, if the path says enough: one word that is no hole for one service, more
    /// for several.
    pub(crate) fn servers_of(&self, verb: &str, path: &str) -> Vec<usize> {
        let wanted = segments(path);
        let words = wanted.iter().filter(|segment| is_word(segment)).count();
        if words == 0 {
            return Vec::new();
        }
        let endpoints = self.graph.entries.iter().filter(|entry| entry.kind == "endpoint");
        let mut found: Vec<usize> =
            endpoints.filter(|entry| answers(&entry.name, verb, &wanted)).map(|entry| entry.service).collect();
        found.sort_unstable();
        found.dedup();
        if found.len() == 1 || (words >= MIN_WORDS && found.len() <= MAX_SERVERS) { found } else { Vec::new() }
    }
}

impl Linker<'_> {
    /// Whether a service has a route for a path; `None`: its routes are not known.
    pub(crate) fn answers(&self, service: usize, verb: &str, path: &str) -> Option<bool> {
        let wanted = segments(path);
        let own = |entry: &&EntryPoint| entry.kind == "endpoint" && entry.service == service;
        // A handler that looks at verb and path itself may answer anything.
        if self.graph.entries.iter().filter(own).any(|entry| entry.name == "ANY *") {
            return None;
        }
        let mut routes = self.graph.entries.iter().filter(own).peekable();
        routes.peek()?;
        Some(routes.any(|entry| answers(&entry.name, verb, &wanted)))
    }
}

/// Whether an endpoint, `VERB /path`, may answer.
fn answers(endpoint: &str, verb: &str, wanted: &[&str]) -> bool {
    let Some((of, route)) = endpoint.split_once(' ') else { return false };
    (of == verb || of == "ANY" || verb.is_empty()) && matches(&segments(route), wanted)
}

fn segments(path: &str) -> Vec<&str> {
    path.split('?').next().unwrap_or(path).split('/').filter(|segment| !segment.is_empty()).collect()
}

/// A segment that is written down, and is no parameter.
fn is_word(segment: &str) -> bool {
    !segment.contains(HOLE) && !segment.contains('*') && !segment.starts_with(['{', ':', '<'])
}

/// Whether a route may answer a path. At least one word must be the same in both.
fn matches(route: &[&str], path: &[&str]) -> bool {
    // `/files/{*path}`: the last parameter stands for all that follows.
    let (route, fits) = match route.split_last() {
        Some((last, before)) if last.starts_with("{*") || last.starts_with('*') || last.ends_with(":.*}") => {
            (before, path.len() > before.len())
        }
        _ => (route, path.len() == route.len()),
    };
    fits && route.iter().zip(path).all(|(route, path)| route == path || !is_word(route) || !is_word(path))
        && route.iter().zip(path).any(|(route, path)| route == path && is_word(path))
}

#[cfg(test)]
mod tests {
    use super::{matches, segments};

    #[test]
    fn parameters_and_holes_stand_for_anything() {
        assert!(matches(&segments("/api/job/{id}"), &segments("/api/job/\u{fffc}?x=1")));
        assert!(matches(&segments("/api/:kind/list"), &segments("/api/jobs/list")));
        assert!(!matches(&segments("/api/job/{id}"), &segments("/api/job")));
        assert!(!matches(&segments("/api/job"), &segments("/api/jobs")));
        assert!(matches(&segments("/files/{*path}"), &segments("/files/a/b")));
        assert!(!matches(&segments("/files/{*path}"), &segments("/files")));
    }

    #[test]
    fn a_path_of_holes_says_nothing() {
        assert!(!matches(&segments("/{a}/{b}"), &segments("/x/\u{fffc}")));
    }
}

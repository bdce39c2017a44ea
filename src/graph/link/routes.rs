//! Path to route: which service answers a request whose host is not known, by what it serves.

use super::Linker;
use super::matching::is_any_part;
use crate::graph::model::{EntryPoint, HOLE};

/// Words that a path must have before several services may be meant by it: `/api/v1/keys`, not `/keys`.
const MIN_WORDS: usize = 3;

/// The most services that one path may mean.
const MAX_SERVERS: usize = 3;

/// Words that tell of a package that it is a client of what the rest of its name names.
const CLIENT_WORDS: &[&str] = &["client", "clients", "sdk"];

/// Words of the name of a setting that say that it holds an address.
const ADDRESS_WORDS: &[&str] = &["url", "uri", "addr", "address", "host", "endpoint", "base", "http", "grpc", "origin"];

/// What a request says where its host is not known.
pub(crate) struct Request<'a> {
    /// Who asks.
    pub from: usize,
    /// Verb; empty if it is not known.
    pub verb: &'a str,
    /// Path, as far as it is written down.
    pub path: &'a str,
    /// Whether what stands in front of the path is not known at all, and may hold a part of the path.
    pub base_open: bool,
    /// The file that asks.
    pub file: &'a str,
}

impl Linker<'_> {
    /// The services that may answer a request by what they serve, if its path says enough. A package that is a client of one
    /// service by its name asks that one.
    pub(crate) fn servers_of(&self, request: &Request<'_>) -> Vec<usize> {
        let wanted = segments(request.path);
        let words = wanted.iter().filter(|segment| is_word(segment)).count();
        if words == 0 {
            return Vec::new();
        }
        let found = self.serving(|route| answers(route, request.verb, &wanted));
        let client_of = self.client_of(request.file);
        if let Some(named) = client_of.as_deref().and_then(|name| self.by_name(name)).filter(|id| found.contains(id)) {
            return vec![named];
        }
        if found.is_empty() && request.base_open && client_of.is_none() {
            let below = self.serving(|route| ends_in(route, request.verb, &wanted));
            return if below.len() == 1 && below[0] != request.from { below } else { Vec::new() };
        }
        if found.len() == 1 || (words >= MIN_WORDS && found.len() <= MAX_SERVERS) { found } else { Vec::new() }
    }

    /// The service that a setting which holds an address is named after: `CART_URL`, `cart.base_url`.
    pub(crate) fn named_by_setting(&self, name: &str) -> Option<usize> {
        let name = name.to_lowercase();
        let mut words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let all = words.len();
        while words.last().is_some_and(|word| ADDRESS_WORDS.contains(word)) {
            words.pop();
        }
        let named = words.join("-");
        if words.len() == all || is_any_part(&named) {
            return None;
        }
        self.by_name(&named).or_else(|| self.by_name(named.strip_suffix("-service")?))
    }

    /// The services with an endpoint, `VERB /path`, that fits.
    fn serving(&self, fits: impl Fn(&str) -> bool) -> Vec<usize> {
        let endpoints = self.graph.entries.iter().filter(|entry| entry.kind == "endpoint");
        let mut found: Vec<usize> = endpoints.filter(|entry| fits(&entry.name)).map(|entry| entry.service).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What the package of a file is a client of, by its name: `cart_client` is one of `cart`.
    fn client_of(&self, file: &str) -> Option<String> {
        let holds =
            |folder: &str| folder.is_empty() || file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let packages = self.facts.rust.packages.iter().filter(|package| holds(&package.path));
        let package = packages.max_by_key(|package| package.path.len())?;
        let words: Vec<&str> = package.name.split(['-', '_']).collect();
        let rest: Vec<&str> = words.iter().copied().filter(|word| !CLIENT_WORDS.contains(word)).collect();
        (rest.len() < words.len() && !rest.is_empty()).then(|| rest.join("-"))
    }
}

impl Linker<'_> {
    /// Whether a service has a route for a path, whatever else it may answer.
    pub(crate) fn has_route(&self, service: usize, verb: &str, path: &str) -> bool {
        let wanted = segments(path);
        let mut own = self.graph.entries.iter().filter(|entry| entry.kind == "endpoint" && entry.service == service);
        own.any(|entry| answers(&entry.name, verb, &wanted))
    }

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

/// Whether an endpoint may answer a path in front of which more of it stands: `/api/v1/validate` for `validate`.
fn ends_in(endpoint: &str, verb: &str, wanted: &[&str]) -> bool {
    let Some((of, route)) = endpoint.split_once(' ') else { return false };
    let route = segments(route);
    let Some(split) = route.len().checked_sub(wanted.len()).filter(|split| *split > 0) else { return false };
    of == verb && route[..split].iter().all(|segment| is_word(segment)) && matches(&route[split..], wanted)
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

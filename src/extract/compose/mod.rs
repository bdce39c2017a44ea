//! Compose files: from their text to services, with overrides, `extends`, anchors and variables taken into account.
//!
//! Knows nothing of Dockerfiles and of what runs inside a container.

mod service;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::extract::command_line::expand;
use crate::extract::document::{self, Entry, Node};
use crate::extract::dotenv;
use crate::facts::Diagnostic;
use crate::facts::deployment::ComposeService;
use crate::sources::{Artefact, Source, Sources};
use crate::span::Span;

/// The largest compose file that is read, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// How far `extends` is followed.
const MAX_EXTENDS: usize = 16;

/// The most services of one file.
const MAX_SERVICES: usize = 1_000;

/// One place that says something about a service; a later one wins.
#[derive(Clone)]
struct Layer {
    file: Arc<str>,
    node: Arc<Node>,
}

/// Reads the services of all compose files, in order of paths and then of services.
#[must_use]
pub fn extract(sources: &Sources) -> (Vec<ComposeService>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut files: BTreeMap<Arc<str>, Arc<Node>> = BTreeMap::new();
    for source in sources.of(Artefact::Yaml).filter(|source| is_candidate(source)) {
        let documents = document::read(&source.text());
        if let Some((at, message)) = documents.errors.into_iter().next() {
            diagnostics.push(Diagnostic {
                at: Span::new(source.path.clone(), at, at),
                message: format!("compose file cannot be read wholly: {message}"),
                help: "mend the file; its services are missing".to_owned(),
            });
        }
        if let Some(root) = documents.roots.into_iter().next().filter(|root| is_compose(root, source)) {
            files.insert(source.path.clone(), root);
        }
    }
    let mut found: Vec<ComposeService> = Vec::new();
    for (path, root) in &files {
        // An override belongs to its base, if there is one.
        if base_of(path).is_some_and(|bases| bases.iter().any(|base| files.contains_key(base.as_str()))) {
            continue;
        }
        let over = overrides_of(path).into_iter().find_map(|over| files.get_key_value(over.as_str()));
        let variables = variables(path, sources);
        let first = found.len();
        let mut completed: BTreeSet<String> = BTreeSet::new();
        for (entry, file) in services(path, root, over) {
            let mut layers = Vec::new();
            let mut seen = BTreeSet::new();
            add_layers(&files, path, &entry.key, &mut layers, &mut seen);
            if let Some((over, _)) = over {
                add_layers(&files, over, &entry.key, &mut layers, &mut seen);
            }
            let at = Span::new(file.clone(), entry.at, entry.value.end);
            let context = service::Context { sources, variables: &variables, file: path };
            completed.extend(service::waits_for_completion(&layers));
            found.push(service::read(&context, &entry.key, &layers, at, &mut diagnostics));
        }
        for service in &mut found[first..] {
            service.completes = completed.contains(&service.name);
        }
    }
    (found, diagnostics)
}

/// By name, or by a key that all compose files have: what remains is decided by the root.
fn is_candidate(source: &Source) -> bool {
    if source.bytes.len() > MAX_BYTES {
        return false;
    }
    let is_hidden = source.path.split('/').any(|part| part == ".github");
    !is_hidden && (has_name(source) || contains(&source.bytes, b"services:"))
}

fn has_name(source: &Source) -> bool {
    let name = source.name().to_ascii_lowercase();
    name.starts_with("compose.") || name.contains("docker-compose")
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn is_compose(root: &Node, source: &Source) -> bool {
    let Some(services) = root.get("services") else { return false };
    let runs = |entry: &Entry| entry.value.get("image").is_some() || entry.value.get("build").is_some();
    root.get("apiVersion").is_none() && (has_name(source) || services.entries().iter().any(runs))
}

/// Files that `docker compose` reads below an override file.
fn base_of(path: &str) -> Option<Vec<String>> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let base = name.strip_suffix(".override.yml").or_else(|| name.strip_suffix(".override.yaml"))?;
    Some(["yml", "yaml"].iter().map(|ending| join(folder, &format!("{base}.{ending}"))).collect())
}

fn overrides_of(path: &str) -> Vec<String> {
    let (stem, _) = path.rsplit_once('.').unwrap_or((path, ""));
    ["yml", "yaml"].iter().map(|ending| format!("{stem}.override.{ending}")).collect()
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Services of a file, then those that only its override has.
fn services<'a>(
    path: &'a Arc<str>,
    root: &'a Node,
    over: Option<(&'a Arc<str>, &'a Arc<Node>)>,
) -> Vec<(&'a Entry, &'a Arc<str>)> {
    let mut found: Vec<(&Entry, &Arc<str>)> = Vec::new();
    let mut names = BTreeSet::new();
    for (path, root) in std::iter::once((path, root)).chain(over.map(|(path, root)| (path, &**root))) {
        for entry in root.get("services").map(|services| services.entries()).unwrap_or_default() {
            if found.len() < MAX_SERVICES && names.insert(entry.key.clone()) {
                found.push((entry, path));
            }
        }
    }
    found
}

/// What a service extends first, then the service itself.
fn add_layers(
    files: &BTreeMap<Arc<str>, Arc<Node>>,
    path: &str,
    name: &str,
    layers: &mut Vec<Layer>,
    seen: &mut BTreeSet<(String, String)>,
) {
    // A service that extends itself in a circle is read once.
    if seen.len() >= MAX_EXTENDS || !seen.insert((path.to_owned(), name.to_owned())) {
        return;
    }
    let Some((file, root)) = files.get_key_value(path) else { return };
    let Some(node) = root.get("services").and_then(|services| services.get(name)) else { return };
    if let Some(extends) = node.get("extends") {
        let base = extends.text().or_else(|| extends.get("service").and_then(|service| service.text()));
        let from = match extends.get("file").and_then(|file| file.text()) {
            Some(other) => service::project_path(service::folder(path), other),
            None => Some(path.to_owned()),
        };
        if let (Some(base), Some(from)) = (base, from) {
            add_layers(files, &from, base, layers, seen);
        }
    }
    layers.push(Layer { file: file.clone(), node: node.clone() });
}

/// Variables of the `.env` file beside a compose file. A value may name variables of the lines above it.
fn variables(path: &str, sources: &Sources) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let Some(source) = sources.get(&join(service::folder(path), ".env")) else { return found };
    for variable in dotenv::read(&source.text()) {
        let value = expand(&variable.value, &|name| found.get(name).cloned());
        found.insert(variable.name, value);
    }
    found
}

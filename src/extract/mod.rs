//! One extractor per artefact: from sources to facts. No extractor knows another; none knows the graph or a rule.

pub mod command_line;
pub mod compose;
pub mod docker;
pub mod document;
pub mod dotenv;
pub mod kubernetes;
pub mod proto;
pub mod rust;
pub mod settings;
pub mod sql;
mod suppression;
pub mod yaml;

use std::sync::LazyLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::cache::Cache;
use crate::facts::rust::What;
use crate::facts::{Diagnostic, Facts, SourceFact, Value};
use crate::sources::{Artefact, Sources};

/// The stack of a thread that extracts, in bytes of address space; memory is taken as it is used. Code of as many calls in
/// a row as the parser of Rust accepts needs 4 frames for each of them, and bodies that are inlined begin anew: 20 MiB in a
/// build without optimisation, where the 2 MiB of a usual thread overflow.
const STACK: usize = 128 * 1024 * 1024;

/// The threads that extract.
static THREADS: LazyLock<Option<ThreadPool>> =
    LazyLock::new(|| ThreadPoolBuilder::new().stack_size(STACK).build().ok());

/// Extracts all facts of a project; lowered files are kept in the cache: the extractors run side by side, and their facts are
/// put together in a fixed order.
#[must_use]
pub fn extract(project: &str, sources: &Sources, cache: &Cache) -> Facts {
    match &*THREADS {
        Some(threads) => threads.install(|| side_by_side(project, sources, cache)),
        None => side_by_side(project, sources, cache),
    }
}

fn side_by_side(project: &str, sources: &Sources, cache: &Cache) -> Facts {
    let ((rust, (proto, kubernetes)), ((migrations, settings), (docker, compose))) = rayon::join(
        || {
            rayon::join(
                || rust::extract(sources, cache),
                || rayon::join(|| proto::extract(sources), || kubernetes::extract(sources)),
            )
        },
        || {
            rayon::join(
                || rayon::join(|| sql::extract(sources), || settings::extract(sources)),
                || rayon::join(|| docker::extract(sources), || compose::extract(sources)),
            )
        },
    );
    let mut facts = Facts::new(project);
    facts.sources = sources
        .files
        .iter()
        // No fact comes from prose.
        .filter(|source| source.artefact != Artefact::Markdown)
        .map(|source| SourceFact { path: source.path.to_string(), artefact: source.artefact.name().to_owned() })
        .collect();
    facts.rust = rust.facts;
    facts.diagnostics.extend(rust.diagnostics);
    facts.suppressions.extend(rust.suppressions);
    facts.kubernetes = kubernetes.environments;
    facts.diagnostics.extend(kubernetes.diagnostics);
    facts.suppressions.extend(kubernetes.suppressions);
    let (files, diagnostics, suppressions) = proto;
    facts.proto = files;
    facts.diagnostics.extend(diagnostics);
    facts.suppressions.extend(suppressions);
    let mut take = |diagnostics: Vec<Diagnostic>| facts.diagnostics.extend(diagnostics);
    take(migrations.1);
    take(settings.1);
    take(docker.1);
    take(compose.1);
    take(unread(sources));
    facts.migrations = migrations.0;
    facts.settings = settings.0;
    facts.dockerfiles = docker.0;
    facts.compose = compose.0;
    statements(&mut facts);
    facts.diagnostics.sort();
    facts
}

/// Files that could not be read.
fn unread(sources: &Sources) -> Vec<Diagnostic> {
    sources
        .unread
        .iter()
        .map(|(at, why)| Diagnostic {
            at: at.clone(),
            message: format!("read this file: {why}"),
            help: "make it readable, or leave it out with `exclude` in loadpath.yaml".to_owned(),
        })
        .collect()
}

/// Reads the statements of queries in code: here, because the reader of Rust knows no SQL.
fn statements(facts: &mut Facts) {
    for effect in &mut facts.rust.effects {
        if let What::Sql { technology, text, statement } = &mut effect.what
            && let Some(text) = written(text)
        {
            *statement = Some(sql::statement(&text, technology));
        }
    }
}

/// A text as far as it is written down: what is open is a hole.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Join(parts) => {
            Some(parts.iter().map(|part| part.as_text().map_or_else(|| sql::HOLE.to_string(), str::to_owned)).collect())
        }
        Value::OneOf(all) => all.first().and_then(written),
        _ => None,
    }
}

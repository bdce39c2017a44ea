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
use crate::facts::{self, Diagnostic, Facts, SourceFact, Suppression, Value};
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
    on_threads(|| {
        let (rust, parts) = rayon::join(|| rust::extract(sources, cache), || Parts::read(sources));
        together(project, sources, rust, parts)
    })
}

/// The facts of two states of a project. A change touches few files: what an extractor reads alike in both is read once.
#[must_use]
pub fn extract_both(project: &str, before: &Sources, after: &Sources, cache: &Cache) -> (Facts, Facts) {
    on_threads(|| {
        let rust = || {
            let first = rust::extract(before, cache);
            // What the first had is not read again.
            let renewed = cache.renewed();
            (first, rust::extract(after, renewed.as_ref().unwrap_or(cache)))
        };
        let parts = || {
            let first = Parts::read(before);
            let second = first.again(before, after);
            (first, second)
        };
        let (rust, parts) = rayon::join(rust, parts);
        (together(project, before, rust.0, parts.0), together(project, after, rust.1, parts.1))
    })
}

fn on_threads<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match &*THREADS {
        Some(threads) => threads.install(work),
        None => work(),
    }
}

/// What the extractors besides that of Rust make of a project.
struct Parts {
    proto: (Vec<facts::proto::ProtoFile>, Vec<Diagnostic>, Vec<Suppression>),
    sql: (Vec<facts::sql::Migration>, Vec<Diagnostic>),
    manifests: Manifests,
}

/// What is read of manifests and settings. They refer to files of every kind, but to no code.
#[derive(Clone)]
struct Manifests {
    kubernetes: kubernetes::Extracted,
    settings: (Vec<facts::settings::SettingsFile>, Vec<Diagnostic>),
    docker: (Vec<facts::deployment::Dockerfile>, Vec<Diagnostic>),
    compose: (Vec<facts::deployment::ComposeService>, Vec<Diagnostic>),
}

impl Parts {
    fn read(sources: &Sources) -> Self {
        let ((proto, sql), manifests) = rayon::join(
            || rayon::join(|| proto::extract(sources), || sql::extract(sources)),
            || Manifests::read(sources),
        );
        Self { proto, sql, manifests }
    }

    /// The parts of another state.
    fn again(&self, before: &Sources, after: &Sources) -> Self {
        let same = |reads: fn(Artefact) -> bool| before.same(after, reads);
        let protos = || if same(|of| of == Artefact::Proto) { self.proto.clone() } else { proto::extract(after) };
        let sql = || if same(|of| of == Artefact::Sql) { self.sql.clone() } else { sql::extract(after) };
        let manifests = || {
            if same(|of| !matches!(of, Artefact::Rust | Artefact::Proto)) {
                self.manifests.clone()
            } else {
                Manifests::read(after)
            }
        };
        let ((proto, sql), manifests) = rayon::join(|| rayon::join(protos, sql), manifests);
        Self { proto, sql, manifests }
    }
}

impl Manifests {
    fn read(sources: &Sources) -> Self {
        let ((kubernetes, settings), (docker, compose)) = rayon::join(
            || rayon::join(|| kubernetes::extract(sources), || settings::extract(sources)),
            || rayon::join(|| docker::extract(sources), || compose::extract(sources)),
        );
        Self { kubernetes, settings, docker, compose }
    }
}

/// The facts of all extractors in a fixed order.
fn together(project: &str, sources: &Sources, rust: rust::Extracted, parts: Parts) -> Facts {
    let Parts { proto, sql, manifests: Manifests { kubernetes, settings, docker, compose } } = parts;
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
    take(sql.1);
    take(settings.1);
    take(docker.1);
    take(compose.1);
    take(unread(sources));
    facts.migrations = sql.0;
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

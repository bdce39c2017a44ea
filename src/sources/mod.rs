//! The files of a project: found, classified and read. The only reader of a project's files; knows no format.

mod error;
mod exclude;
mod git;
pub mod helm;
mod ignored;
mod renames;
mod roots;
mod staged;
mod stamp;
mod stdin;
#[cfg(test)]
mod tests;
mod walk;

use std::borrow::Cow;
use std::sync::Arc;

use crate::span::Span;

pub use error::Error;
pub use git::{is_unborn, merge_base, revision, revision_beside};
pub use renames::renames;
pub use roots::walk_all;
pub use staged::staged;
pub use stamp::stamp;
pub use stdin::stdin;
pub use walk::walk;

/// The largest file that is read, in bytes. Larger ones are reported and left out: no source that a person wrote comes
/// near it, and reading it would only cost memory.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Artefact {
    /// `*.rs`
    Rust,
    /// `Cargo.toml`
    CargoManifest,
    /// `Cargo.lock`
    CargoLock,
    /// `*.proto`
    Proto,
    /// `*.sql`
    Sql,
    /// `*.yaml`, `*.yml`: manifests, compose files, settings
    Yaml,
    /// `*.toml` other than Cargo's
    Toml,
    /// `*.json`
    Json,
    /// `.env`, `*.env`, `.env.*`
    Env,
    /// `Dockerfile`, `*.Dockerfile`, `Dockerfile.*`, `Containerfile`
    Dockerfile,
    /// `*.md`: prose, of which decision records are read
    Markdown,
    /// Other text in a place where manifests refer to it: `*.tpl`, `*.properties`, `*.conf`, `*.ini`; `CODEOWNERS`, `.adr-dir`
    Other,
}

/// One file of the project.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path relative to the project root, `/` separated.
    pub path: Arc<str>,
    /// What it is.
    pub artefact: Artefact,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

impl Source {
    /// A source held in memory.
    #[must_use]
    pub fn new(path: &str, bytes: impl Into<Arc<[u8]>>) -> Option<Self> {
        Some(Self { path: path.into(), artefact: Artefact::of(path)?, bytes: bytes.into() })
    }

    /// Its text; bytes that are no UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        // Checking first is much faster than looking for what to replace.
        std::str::from_utf8(&self.bytes).map_or_else(|_| String::from_utf8_lossy(&self.bytes), Cow::Borrowed)
    }

    /// Its folder, without a trailing `/`; empty for files of the root.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Its file name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(&self.path, |(_, name)| name)
    }
}

/// All files of a project that Loadpath reads, sorted by path.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The files.
    pub files: Vec<Source>,
    /// Files and folders that could not be read: where, and why.
    pub unread: Vec<(Span, String)>,
    /// What the paths of each folder begin with, where there are several.
    pub prefixes: Vec<String>,
    /// Charts that were rendered.
    pub rendered: Vec<helm::Rendered>,
}

impl Sources {
    /// The sources of one kind, in order of their paths.
    pub fn of(&self, artefact: Artefact) -> impl Iterator<Item = &Source> {
        self.files.iter().filter(move |source| source.artefact == artefact)
    }

    /// Whether nothing is there that says something of a system: prose alone describes none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unread.is_empty() && self.files.iter().all(|source| source.artefact == Artefact::Markdown)
    }

    /// Whether another state of the project has the same files of some kinds: the same paths, with the same content.
    #[must_use]
    pub fn same(&self, other: &Self, kinds: fn(Artefact) -> bool) -> bool {
        let files = |of: &Self| of.files.iter().filter(|source| kinds(source.artefact)).count();
        let pairs = self.files.iter().filter(|source| kinds(source.artefact));
        let pairs = pairs.zip(other.files.iter().filter(|source| kinds(source.artefact)));
        let equal =
            |(a, b): (&Source, &Source)| a.path == b.path && (Arc::ptr_eq(&a.bytes, &b.bytes) || a.bytes == b.bytes);
        self.prefixes == other.prefixes
            && self.rendered == other.rendered
            && files(self) == files(other)
            && pairs.into_iter().all(equal)
    }

    /// What the paths of each folder of the project begin with: nothing where there is one.
    pub fn roots(&self) -> impl Iterator<Item = String> {
        let one = self.prefixes.is_empty().then(String::new);
        one.into_iter().chain(self.prefixes.iter().map(|name| format!("{name}/")))
    }

    /// The source at a path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Source> {
        self.files.binary_search_by(|source| (*source.path).cmp(path)).ok().map(|index| &self.files[index])
    }

    /// Sources from (path, text) pairs: for examples of rules and for tests.
    #[must_use]
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut files: Vec<Source> =
            texts.into_iter().filter_map(|(path, text)| Source::new(path, text.as_bytes())).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files, ..Self::default() }
    }
}

impl Artefact {
    /// What a file is, by its path; `None` for files that Loadpath does not read.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        if name == "Cargo.toml" {
            return Some(Self::CargoManifest);
        }
        if name == "Cargo.lock" {
            return Some(Self::CargoLock);
        }
        if lower == "dockerfile"
            || lower == "containerfile"
            || lower.starts_with("dockerfile.")
            || lower.ends_with(".dockerfile")
        {
            return Some(Self::Dockerfile);
        }
        if lower == ".env" || lower.starts_with(".env.") || lower.ends_with(".env") {
            return Some(Self::Env);
        }
        if matches!(name, "CODEOWNERS" | ".adr-dir") {
            return Some(Self::Other);
        }
        // The program `kustomize` takes this name too.
        if name == "Kustomization" {
            return Some(Self::Yaml);
        }
        match lower.rsplit_once('.')?.1 {
            "rs" => Some(Self::Rust),
            "proto" => Some(Self::Proto),
            "sql" => Some(Self::Sql),
            "yaml" | "yml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            "md" => Some(Self::Markdown),
            "tpl" | "properties" | "conf" | "ini" => Some(Self::Other),
            _ => None,
        }
    }

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::CargoManifest => "cargo",
            Self::CargoLock => "lock",
            Self::Proto => "proto",
            Self::Sql => "sql",
            Self::Yaml => "yaml",
            Self::Toml => "toml",
            Self::Json => "json",
            Self::Env => "env",
            Self::Dockerfile => "dockerfile",
            Self::Markdown => "markdown",
            Self::Other => "other",
        }
    }
}

//! Settings files: from TOML, YAML, JSON and `.env` text to dotted keys with values and places. Secrets stay outside.
//!
//! Knows which files are no settings, but not which service reads a file, nor what a key means.

mod files;
mod secrets;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rayon::prelude::*;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::extract::{document, dotenv};
use crate::facts::Diagnostic;
use crate::facts::settings::{Entry, SettingsFile};
use crate::sources::{Artefact, Source, Sources};
use crate::span::Span;
use document::{Content, Node};

/// The largest file that is read, in bytes.
const MAX_BYTES: usize = 512 * 1024;

/// The most entries of one file; a larger one is data, and is cut off here.
const MAX_ENTRIES: usize = 2_000;

/// The most nodes that are visited in one file: aliases can make a small text large.
const MAX_NODES: usize = 50_000;

/// Reads all settings files of a project, in order of their paths.
#[must_use]
pub fn extract(sources: &Sources) -> (Vec<SettingsFile>, Vec<Diagnostic>) {
    let candidates: Vec<&Source> = sources
        .files
        .iter()
        .filter(|source| match source.artefact {
            Artefact::Env => true,
            Artefact::Toml | Artefact::Yaml | Artefact::Json => {
                source.bytes.len() <= MAX_BYTES && files::by_path(&source.path, sources)
            }
            _ => false,
        })
        .filter(|source| source.bytes.len() <= MAX_BYTES)
        .collect();
    let read: Vec<(Option<SettingsFile>, Option<Diagnostic>)> = candidates.into_par_iter().map(file).collect();
    let mut found = Vec::new();
    let mut diagnostics = Vec::new();
    for (file, diagnostic) in read {
        found.extend(file);
        diagnostics.extend(diagnostic);
    }
    (found, diagnostics)
}

fn file(source: &Source) -> (Option<SettingsFile>, Option<Diagnostic>) {
    let text = source.text();
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let mut list = List { path: source.path.clone(), entries: Vec::new(), nodes: MAX_NODES };
    let error = match source.artefact {
        Artefact::Toml => list.toml(text),
        Artefact::Env => {
            list.env(text);
            None
        }
        _ => match list.yaml(text) {
            Ok(()) => None,
            Err(Unfit::NoSettings) => return (None, None),
            Err(Unfit::Broken(at, message)) => Some((at, message)),
        },
    };
    let diagnostic = error.map(|(at, message)| Diagnostic {
        at: Span::new(source.path.clone(), at, at),
        message: format!("{} cannot be read wholly: {message}", source.artefact.name()),
        help: "mend the file; keys behind the place are missing".to_owned(),
    });
    if list.entries.is_empty() {
        return (None, diagnostic);
    }
    let format = source.artefact.name().to_owned();
    (Some(SettingsFile { path: source.path.to_string(), format, entries: list.entries }), diagnostic)
}

/// Why a YAML or JSON file gives no settings.
enum Unfit {
    NoSettings,
    Broken((u32, u32), String),
}

/// The entries of one file so far.
struct List {
    path: Arc<str>,
    entries: Vec<Entry>,
    nodes: usize,
}

impl List {
    fn push(&mut self, key: &str, value: &str, at: Span) {
        if self.entries.len() < MAX_ENTRIES {
            self.entries.push(Entry { key: key.to_owned(), value: secrets::kept(key, value), at });
        }
    }

    fn is_full(&mut self) -> bool {
        self.nodes = self.nodes.saturating_sub(1);
        self.nodes == 0 || self.entries.len() >= MAX_ENTRIES
    }

    fn env(&mut self, text: &str) {
        for variable in dotenv::read(text) {
            let start = (variable.line, variable.column);
            let at = Span::new(self.path.clone(), start, start);
            self.push(&variable.name, &variable.value, at);
        }
    }

    /// Reads all documents; only a file whose first document is settings is one.
    fn yaml(&mut self, text: &str) -> Result<(), Unfit> {
        let documents = document::read(text);
        // Several values behind each other in a JSON file are a log or test data.
        let is_data = self.path.ends_with(".json") && !documents.errors.is_empty() && !documents.roots.is_empty();
        if is_data
            || documents.roots.iter().any(|root| !files::by_root(root))
            || text.contains("{{") && !documents.errors.is_empty()
        {
            return Err(Unfit::NoSettings);
        }
        for root in &documents.roots {
            self.node("", root);
        }
        match documents.errors.into_iter().next() {
            Some((at, message)) => Err(Unfit::Broken(at, message)),
            None => Ok(()),
        }
    }

    /// Recursion is bounded by the depth that the reader of documents allows.
    fn node(&mut self, key: &str, node: &Node) {
        if self.is_full() {
            return;
        }
        match &node.content {
            Content::Scalar(text) => self.push(key, text, node.span(&self.path)),
            Content::Null => {}
            Content::List(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.node(&joined(key, &index.to_string()), element);
                }
            }
            Content::Map(entries) => {
                for entry in entries {
                    self.node(&joined(key, &entry.key), &entry.value);
                }
            }
        }
    }

    fn toml(&mut self, text: &str) -> Option<((u32, u32), String)> {
        let lines = LineStarts::new(text);
        let (table, errors) = DeTable::parse_recoverable(text);
        self.table("", table.get_ref(), text, &lines);
        self.entries.sort_by_key(|entry| (entry.at.line, entry.at.column));
        let error = errors.into_iter().next()?;
        let at = error.span().map_or((1, 1), |span| lines.place(text, span.start));
        Some((at, error.message().to_owned()))
    }

    fn table(&mut self, key: &str, table: &DeTable<'_>, text: &str, lines: &LineStarts) {
        for (name, value) in table {
            self.value(&joined(key, name.get_ref()), value, text, lines);
        }
    }

    /// Recursion is bounded by the depth that the TOML parser allows.
    fn value(&mut self, key: &str, value: &Spanned<DeValue<'_>>, text: &str, lines: &LineStarts) {
        if self.is_full() {
            return;
        }
        let scalar = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            DeValue::Boolean(truth) => truth.to_string(),
            DeValue::Datetime(time) => time.to_string(),
            DeValue::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.value(&joined(key, &index.to_string()), element, text, lines);
                }
                return;
            }
            DeValue::Table(table) => return self.table(key, table, text, lines),
        };
        let range = value.span();
        let at = Span::new(self.path.clone(), lines.place(text, range.start), lines.place(text, range.end));
        self.push(key, &scalar, at);
    }
}

fn joined(key: &str, part: &str) -> String {
    if key.is_empty() { part.to_owned() } else { format!("{key}.{part}") }
}

/// Offsets at which the lines of a text start.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn new(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn place(&self, text: &str, offset: usize) -> (u32, u32) {
        let line = self.0.partition_point(|start| *start <= offset).max(1);
        let start = self.0.get(line - 1).copied().unwrap_or(0);
        let column = text.get(start..offset).map_or(0, |before| before.chars().count());
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        (number(line), number(column).saturating_add(1))
    }
}

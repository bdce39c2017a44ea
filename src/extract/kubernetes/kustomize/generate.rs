//! `configMapGenerator` and `secretGenerator`: literals and files of the project into ConfigMaps and Secrets.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::extract::kubernetes::files::{Files, join};
use crate::extract::yaml::{Kind, Node};
use crate::span::Span;

/// What a generator makes, and files that it could not read.
pub struct Generated {
    /// The ConfigMap or Secret, under its name without hash.
    pub object: Node,
    /// `create`, `merge` or `replace`.
    pub behavior: String,
    /// Files that are not there, lead out of the project, or are of a kind that is not read: where they are named.
    pub unread: Vec<(Span, String)>,
    /// How much was read for it, in lines.
    pub work: usize,
}

/// The most lines that are read for one object.
const MAX_LINES: usize = 100_000;

/// What counts as a line of files that are taken as they are, in bytes.
const LINE: usize = 64;

/// Where the values of a generated object stand.
pub fn data_key(kind: &str) -> &'static str {
    if kind == "Secret" { "stringData" } else { "data" }
}

/// The object of one entry of a generator.
pub fn generate(
    files: &Files<'_>,
    folder: &str,
    kind: &str,
    entry: &Node,
    options: Option<&Node>,
) -> Option<Generated> {
    let name = entry.get("name")?;
    let text = |text: &str| Node::text(text, entry.span.clone());
    let mut metadata = Node::mapping(entry.span.clone());
    metadata.set("name", name.clone());
    if let Some(namespace) = entry.get("namespace") {
        metadata.set("namespace", namespace.clone());
    }
    for key in ["labels", "annotations"] {
        if let Some(pairs) = entry.at(&["options", key]).or_else(|| options?.get(key)) {
            metadata.set(key, pairs.clone());
        }
    }
    let Data { entries, lines, unread } = data(files, folder, kind, entry);
    let work = lines.saturating_add(entries.len());
    let entries = entries.into_iter().map(|(key, value)| (Node::text(key, value.span.clone()), value)).collect();
    let data = Node { kind: Kind::Mapping(entries), span: entry.span.clone() };
    let mut object = Node::mapping(entry.span.clone());
    object.set("apiVersion", text("v1"));
    object.set("kind", Node::text(kind, name.span.clone()));
    object.set("metadata", metadata);
    object.set(data_key(kind), data);
    let behavior = entry.str_at(&["behavior"]).unwrap_or("create").to_owned();
    Some(Generated { object, behavior, unread, work })
}

/// The data of a generated object while it is put together; of two equal keys the later one holds.
struct Data {
    entries: BTreeMap<String, Node>,
    lines: usize,
    unread: Vec<(Span, String)>,
}

fn data(files: &Files<'_>, folder: &str, kind: &str, entry: &Node) -> Data {
    let mut data = Data { entries: BTreeMap::new(), lines: 0, unread: Vec::new() };
    for path in entry.seq_at(&["envs"]).iter().chain(entry.get("env")) {
        let Some(said) = path.str() else { continue };
        let found = join(folder, said).and_then(|file| Some((files.text(&file)?, file)));
        match found.filter(|_| data.lines < MAX_LINES) {
            Some((text, file)) => variables(&text, &file, &mut data),
            None => data.unread.push((path.span.clone(), said.to_owned())),
        }
    }
    for path in entry.seq_at(&["files"]) {
        let Some(said) = path.str() else { continue };
        let (key, said) = match said.split_once('=') {
            Some((key, said)) => (key, said),
            None => (said.rsplit('/').next().unwrap_or(said), said),
        };
        let found = join(folder, said).and_then(|file| Some((files.text(&file)?, file)));
        let value = match found.filter(|_| data.lines < MAX_LINES) {
            Some((text, file)) => {
                data.lines += text.len() / LINE;
                Node::text(text, Span::line(file, 1))
            }
            // Of a Secret only the key is wanted.
            None if kind == "Secret" => Node::text("", path.span.clone()),
            None => {
                data.unread.push((path.span.clone(), said.to_owned()));
                continue;
            }
        };
        data.entries.insert(key.to_owned(), value);
    }
    for literal in entry.seq_at(&["literals"]) {
        if let Some((key, value)) = literal.str().and_then(|literal| literal.split_once('=')) {
            let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
            let value = Node::text(unquoted.unwrap_or(value), literal.span.clone());
            data.entries.insert(key.trim().to_owned(), value);
        }
    }
    data
}

/// The lines `NAME=value` of a file.
fn variables(text: &str, file: &str, data: &mut Data) {
    let file: Arc<str> = file.into();
    for (line, number) in text.lines().zip(1_u32..).take(MAX_LINES) {
        data.lines += 1;
        let line = line.trim_start_matches('\u{FEFF}').trim_start();
        if line.starts_with('#') {
            continue;
        }
        // A name alone takes its value from whoever runs kustomize.
        if let Some((key, value)) = line.split_once('=') {
            data.entries.insert(key.trim().to_owned(), Node::text(value, Span::line(file.clone(), number)));
        }
    }
}

//! `configMapGenerator` and `secretGenerator`: literals and files of the project into ConfigMaps and Secrets.

use crate::extract::kubernetes::files::{Files, join};
use crate::extract::yaml::Node;
use crate::span::Span;

/// What a generator makes, and files that it could not read.
pub struct Generated {
    /// The ConfigMap or Secret, under its name without hash.
    pub object: Node,
    /// `create`, `merge` or `replace`.
    pub behavior: String,
    /// Files that are not there, lead out of the project, or are of a kind that is not read: where they are named.
    pub unread: Vec<(Span, String)>,
}

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
    let mut unread = Vec::new();
    let data = data(files, folder, kind, entry, &mut unread);
    let mut object = Node::mapping(entry.span.clone());
    object.set("apiVersion", text("v1"));
    object.set("kind", Node::text(kind, name.span.clone()));
    object.set("metadata", metadata);
    object.set(data_key(kind), data);
    let behavior = entry.str_at(&["behavior"]).unwrap_or("create").to_owned();
    Some(Generated { object, behavior, unread })
}

fn data(files: &Files<'_>, folder: &str, kind: &str, entry: &Node, unread: &mut Vec<(Span, String)>) -> Node {
    let mut data = Node::mapping(entry.span.clone());
    for path in entry.seq_at(&["envs"]).iter().chain(entry.get("env")) {
        let Some(said) = path.str() else { continue };
        let found = join(folder, said).and_then(|file| Some((files.text(&file)?, file)));
        let Some((text, file)) = found else {
            unread.push((path.span.clone(), said.to_owned()));
            continue;
        };
        for (line, number) in text.lines().zip(1_u32..) {
            let line = line.trim_start().trim_start_matches('\u{FEFF}');
            if line.starts_with('#') {
                continue;
            }
            // A name alone takes its value from whoever runs kustomize.
            if let Some((key, value)) = line.split_once('=') {
                data.set(key.trim(), Node::text(value.trim_end_matches('\r'), Span::line(file.as_str(), number)));
            }
        }
    }
    for path in entry.seq_at(&["files"]) {
        let Some(said) = path.str() else { continue };
        let (key, said) = match said.split_once('=') {
            Some((key, said)) => (key, said),
            None => (said.rsplit('/').next().unwrap_or(said), said),
        };
        match join(folder, said).and_then(|file| Some((files.text(&file)?, file))) {
            Some((text, file)) => data.set(key, Node::text(text, Span::line(file, 1))),
            // Of a Secret only the key is wanted.
            None if kind == "Secret" => data.set(key, Node::text("", path.span.clone())),
            None => unread.push((path.span.clone(), said.to_owned())),
        }
    }
    for literal in entry.seq_at(&["literals"]) {
        if let Some((key, value)) = literal.str().and_then(|literal| literal.split_once('=')) {
            let quoted = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
            let value = if quoted('"') || quoted('\'') { &value[1..value.len() - 1] } else { value };
            data.set(key.trim(), Node::text(value, literal.span.clone()));
        }
    }
    data
}

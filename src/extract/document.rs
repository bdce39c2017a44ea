//! From YAML text (JSON is a part of YAML) to trees of nodes with places: what settings and compose files are read from.
//!
//! Aliases are shared, not copied, and `<<` is merged, both within bounds, so that no small text makes a large tree. Knows
//! no key of any format.

use std::collections::BTreeMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, options};

use crate::span::Span;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 100;

/// The most entries that merges may add to one text.
const MAX_MERGED: usize = 50_000;

/// A node and its place: first line and column, last line and column behind it, from 1.
#[derive(Debug)]
pub struct Node {
    /// What it holds.
    pub content: Content,
    /// First line and column.
    pub start: (u32, u32),
    /// Last line and the column behind its end.
    pub end: (u32, u32),
}

/// What a node holds.
#[derive(Debug)]
pub enum Content {
    /// A scalar without its quotes.
    Scalar(String),
    /// `null`, `~`, or nothing.
    Null,
    /// A sequence.
    List(Vec<Arc<Node>>),
    /// A mapping, in order; a key may stand there twice.
    Map(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key as text.
    pub key: Arc<str>,
    /// Where the key starts.
    pub at: (u32, u32),
    /// The value.
    pub value: Arc<Node>,
}

/// What was read of a text.
#[derive(Debug, Default)]
pub struct Documents {
    /// Roots of the documents that could be read.
    pub roots: Vec<Arc<Node>>,
    /// Where and why others could not.
    pub errors: Vec<((u32, u32), String)>,
}

impl Node {
    /// The value of a key; of the last, when it stands there twice.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<Node>> {
        self.entries().iter().rev().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// Its text, if it is a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// Its entries; none if it is no mapping.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Its elements; none if it is no sequence.
    #[must_use]
    pub fn elements(&self) -> &[Arc<Node>] {
        match &self.content {
            Content::List(elements) => elements,
            _ => &[],
        }
    }

    /// Its place in a file.
    #[must_use]
    pub fn span(&self, file: &Arc<str>) -> Span {
        Span::new(file.clone(), self.start, self.end)
    }
}

/// A collection whose end is still to come.
struct Open {
    start: (u32, u32),
    anchor: usize,
    is_map: bool,
    elements: Vec<Arc<Node>>,
    /// The key that waits for its value.
    key: Option<Arc<Node>>,
    entries: Vec<Entry>,
}

/// Reads all documents of a text; goes on at the next one after an error.
#[must_use]
pub fn read(text: &str) -> Documents {
    let mut found = Documents::default();
    let settings = options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        emit_comments: false,
    };
    let mut parser = Parser::new_from_str_with_options(text, settings);
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: BTreeMap<usize, Arc<Node>> = BTreeMap::new();
    let mut budget = MAX_MERGED;
    while let Some(next) = parser.next_event() {
        let (event, span) = match next {
            Ok(next) => next,
            Err(error) => {
                found.errors.push((place(error.marker()), error.info().to_owned()));
                open.clear();
                // An error may stand at the end of what can be skipped: then nothing follows.
                if found.errors.len() > 100 || !parser.proceed_next_document().unwrap_or(false) {
                    break;
                }
                continue;
            }
        };
        let (start, end) = (place(&span.start), place(&span.end));
        let (node, anchor) = match event {
            Event::DocumentStart(..) => {
                anchors.clear();
                continue;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_null = style == ScalarStyle::Plain
                    && tag.is_none()
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let content = if is_null { Content::Null } else { Content::Scalar(text.into_owned()) };
                (Arc::new(Node { content, start, end }), anchor)
            }
            Event::Alias(anchor) => match anchors.get(&anchor) {
                Some(node) => (node.clone(), 0),
                None => (Arc::new(Node { content: Content::Null, start, end }), 0),
            },
            Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _) if open.len() >= 2 * MAX_DEPTH => {
                (Arc::new(Node { content: Content::Null, start, end }), anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                open.push(Open::new(start, anchor, false));
                continue;
            }
            Event::MappingStart(_, anchor, _) => {
                open.push(Open::new(start, anchor, true));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(closed) => {
                    let anchor = closed.anchor;
                    (Arc::new(closed.finish(end, &mut budget)), anchor)
                }
                None => continue,
            },
            _ => continue,
        };
        if anchor > 0 {
            anchors.insert(anchor, node.clone());
        }
        match open.last_mut() {
            Some(parent) => parent.add(node),
            None => found.roots.push(node),
        }
    }
    found
}

/// The parser counts columns from 0.
fn place(marker: &granit_parser::Marker) -> (u32, u32) {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    (number(marker.line()).max(1), number(marker.col()).saturating_add(1))
}

impl Open {
    fn new(start: (u32, u32), anchor: usize, is_map: bool) -> Self {
        Self { start, anchor, is_map, elements: Vec::new(), key: None, entries: Vec::new() }
    }

    fn add(&mut self, node: Arc<Node>) {
        if !self.is_map {
            self.elements.push(node);
            return;
        }
        match self.key.take() {
            None => self.key = Some(node),
            Some(key) => {
                let name = match &key.content {
                    Content::Scalar(text) => text.as_str(),
                    _ => "",
                };
                self.entries.push(Entry { key: name.into(), at: key.start, value: node });
            }
        }
    }

    fn finish(self, end: (u32, u32), budget: &mut usize) -> Node {
        let content =
            if self.is_map { Content::Map(merged(self.entries, budget)) } else { Content::List(self.elements) };
        Node { content, start: self.start, end }
    }
}

/// Puts what `<<` refers to behind the own entries, which win.
fn merged(entries: Vec<Entry>, budget: &mut usize) -> Vec<Entry> {
    if !entries.iter().any(|entry| &*entry.key == "<<") {
        return entries;
    }
    let (merges, mut own): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| &*entry.key == "<<");
    let mut known: std::collections::BTreeSet<Arc<str>> = own.iter().map(|entry| entry.key.clone()).collect();
    for merge in merges {
        let one = std::slice::from_ref(&merge.value);
        let sources = if merge.value.elements().is_empty() { one } else { merge.value.elements() };
        for entry in sources.iter().flat_map(|source| source.entries()) {
            if *budget == 0 {
                return own;
            }
            *budget -= 1;
            if known.insert(entry.key.clone()) {
                own.push(entry.clone());
            }
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_know_their_places() {
        let found = read("a:\n  - é: \"x y\"\n    b: 'z'\nc: ~\n");
        let root = &found.roots[0];
        let first = &root.get("a").unwrap().elements()[0];
        assert_eq!((first.get("é").unwrap().text(), first.get("é").unwrap().start), (Some("x y"), (2, 8)));
        assert_eq!(first.get("é").unwrap().end, (2, 13));
        assert_eq!(first.entries()[1].at, (3, 5));
        assert!(matches!(root.get("c").unwrap().content, Content::Null));
    }

    #[test]
    fn json_is_read_too() {
        let found = read("{\n\t\"a\": [1, \"b\\/\\u0041\"],\n\t\"c\":{\"d\":null}\n}");
        assert!(found.errors.is_empty(), "{:?}", found.errors);
        let root = &found.roots[0];
        assert_eq!(root.get("a").unwrap().elements()[1].text(), Some("b/A"));
        assert_eq!(root.get("c").unwrap().start.0, 3);
    }

    #[test]
    fn merges_and_aliases_keep_the_place_that_set_a_value() {
        let found = read("x: &x {a: 1, b: 2}\ny:\n  <<: [*x, {c: 3}]\n  b: 4\n");
        let y = found.roots[0].get("y").unwrap();
        let shown: Vec<_> =
            y.entries().iter().map(|entry| (&*entry.key, entry.value.text().unwrap(), entry.value.start.0)).collect();
        assert_eq!(shown, [("b", "4", 4), ("a", "1", 1), ("c", "3", 3)]);
    }

    #[test]
    fn reading_goes_on_at_the_next_document() {
        let found = read("a: 1\n---\nb: [\n---\nc: 3\n");
        assert_eq!(found.errors.len(), 1);
        assert_eq!(found.roots.len(), 2);
        assert_eq!(found.roots[1].get("c").unwrap().start.0, 5);
    }

    #[test]
    fn small_texts_stay_small() {
        for text in [
            "[".repeat(100_000),
            "{a: ".repeat(100_000),
            "- ".repeat(10_000),
            (0..200).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect(),
            format!("a: &a {{x: 1}}\n{}", "b: {<<: [*a, *a, *a]}\n".repeat(20_000)),
            "&a [*a]".to_owned(),
        ] {
            let _ = read(&text);
        }
    }
}

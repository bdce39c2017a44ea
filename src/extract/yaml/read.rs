//! Parser events into trees: anchors, merge keys and duplicate keys done, sizes and depths bounded.

use std::collections::BTreeMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, StrInput};

use super::{Comment, Kind, Node, Parsed};
use crate::facts::Diagnostic;
use crate::span::Span;

/// The most nodes of one file, those behind aliases counted each time.
const MAX_NODES: usize = 200_000;

/// The deepest nesting.
const MAX_DEPTH: usize = 128;

/// The most diagnostics of one file: a file with more is no YAML at all.
const MAX_DIAGNOSTICS: usize = 20;

/// Reads all documents of a file.
#[must_use]
pub fn read(path: &str, text: &str) -> Parsed {
    let options = granit_parser::options! { max_buffered_comment_events: 100_000, emit_unresolved_aliases: true };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { path: path.into(), ..Builder::default() };
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((event, span))) => {
                let span = builder.span(&span);
                match builder.take(event, span) {
                    Ok(()) => {}
                    Err(Stop::File) => {
                        builder.parsed.partial = true;
                        break;
                    }
                    Err(Stop::Document) => {
                        if !builder.abandon(&mut parser) {
                            break;
                        }
                    }
                }
            }
            Some(Err(error)) => {
                let at = error.marker();
                let place = (number(at.line()), number(at.col()).saturating_add(1));
                let at = Span::new(builder.path.clone(), place, place);
                builder.report(at, format!("YAML that cannot be read: {}", error.kind()), "correct the syntax");
                if !builder.abandon(&mut parser) {
                    break;
                }
            }
        }
    }
    builder.parsed
}

/// How far a problem reaches.
enum Stop {
    Document,
    File,
}

/// A mapping or sequence that is not closed yet.
struct Open {
    span: Span,
    anchor: usize,
    mapping: bool,
    /// Keys and values in turn, or items.
    nodes: Vec<Node>,
    /// The greatest height of what it holds.
    height: usize,
}

/// An anchored node: how many nodes it has, and how high it is.
struct Anchored {
    node: Node,
    size: usize,
    height: usize,
}

#[derive(Default)]
struct Builder {
    path: Arc<str>,
    parsed: Parsed,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Anchored>,
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::Comment(text, _) => self.parsed.comments.push(Comment { text: text.into_owned(), at: span }),
            Event::DocumentStart(..) => {
                self.open.clear();
                self.anchors.clear();
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let node = Node { kind: Kind::Scalar { text: text.into_owned(), plain }, span };
                self.count(1, &node.span)?;
                self.close(node, anchor, 0)?;
            }
            Event::UnresolvedAlias(name) => {
                let message = format!("alias *{name} without an anchor before it");
                self.report(span.clone(), message, "define the anchor in the same document, before its use");
                self.count(1, &span)?;
                self.close(Node::plain("", span), 0, 0)?;
            }
            Event::Alias(id) => {
                let Some(Anchored { node, size, height }) = self.anchors.get(&id) else {
                    // The anchor is that of a collection which is not closed yet.
                    self.report(span, "an alias inside what it stands for".to_owned(), "write the value out");
                    return Err(Stop::Document);
                };
                let (size, height) = (*size, *height);
                if self.open.len() + height > MAX_DEPTH {
                    return Err(self.too_deep(span));
                }
                // Counted before it is copied: an alias bomb stops here.
                let node = (self.nodes + size <= MAX_NODES).then(|| node.clone());
                self.count(size, &span)?;
                if let Some(node) = node {
                    self.close(node, 0, height)?;
                }
            }
            Event::SequenceStart(_, anchor, _) => self.start(span, anchor, false)?,
            Event::MappingStart(_, anchor, _) => self.start(span, anchor, true)?,
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(mut open) = self.open.pop() else { return Ok(()) };
                if let Some(last) = open.nodes.last() {
                    (open.span.end_line, open.span.end_column) = (last.span.end_line, last.span.end_column);
                }
                if (span.line, span.column) < (span.end_line, span.end_column) {
                    (open.span.end_line, open.span.end_column) = (span.end_line, span.end_column);
                }
                let kind =
                    if open.mapping { Kind::Mapping(self.entries(open.nodes)) } else { Kind::Sequence(open.nodes) };
                self.close(Node { kind, span: open.span }, open.anchor, open.height + 1)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, span: Span, anchor: usize, mapping: bool) -> Result<(), Stop> {
        self.count(1, &span)?;
        if self.open.len() >= MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        self.open.push(Open { span, anchor, mapping, nodes: Vec::new(), height: 0 });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn close(&mut self, node: Node, anchor: usize, height: usize) -> Result<(), Stop> {
        if anchor != 0 {
            let size = node.size();
            self.count(size, &node.span)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, height });
        }
        match self.open.last_mut() {
            Some(open) => {
                open.height = open.height.max(height);
                open.nodes.push(node);
            }
            None if node.is_null() => {}
            None => self.parsed.documents.push(node),
        }
        Ok(())
    }

    /// Keys and values in turn into entries: what stands behind `<<` fills in what the mapping does not say itself.
    fn entries(&mut self, nodes: Vec<Node>) -> Vec<(Node, Node)> {
        let mut entries: Vec<(Node, Node)> = Vec::with_capacity(nodes.len() / 2);
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let mut merged: Vec<Node> = Vec::new();
        let mut nodes = nodes.into_iter();
        while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
            match &key.kind {
                Kind::Scalar { text, plain: true } if text == "<<" => match value.kind {
                    Kind::Sequence(items) => merged.extend(items),
                    _ => merged.push(value),
                },
                Kind::Scalar { text, .. } => {
                    let twice = known.get(text).and_then(|index| entries.get_mut(*index));
                    if let Some(entry) = twice {
                        let message = format!("the key {text} stands here a second time; the last one holds");
                        let at = key.span.clone();
                        *entry = (key, value);
                        self.report(at, message, "keep one of the two");
                    } else {
                        known.insert(text.clone(), entries.len());
                        entries.push((key, value));
                    }
                }
                _ => entries.push((key, value)),
            }
        }
        for node in merged {
            let Kind::Mapping(more) = node.kind else { continue };
            for (key, value) in more {
                if let Kind::Scalar { text, .. } = &key.kind
                    && !known.contains_key(text)
                {
                    known.insert(text.clone(), entries.len());
                    entries.push((key, value));
                }
            }
        }
        entries
    }

    fn count(&mut self, more: usize, at: &Span) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message =
            format!("more than {MAX_NODES} nodes, aliases counted each time; the rest of the file is not read");
        self.report(at.clone(), message, "split the file, or use fewer aliases");
        Err(Stop::File)
    }

    fn too_deep(&mut self, at: Span) -> Stop {
        self.report(at, format!("nested more than {MAX_DEPTH} deep; the document is not read"), "nest less");
        Stop::Document
    }

    /// Leaves the document; whether another one follows.
    fn abandon<'a>(&mut self, parser: &mut Parser<'a, StrInput<'a>>) -> bool {
        self.parsed.partial = true;
        self.open.clear();
        self.anchors.clear();
        self.parsed.diagnostics.len() < MAX_DIAGNOSTICS && parser.proceed_next_document().unwrap_or(false)
    }

    fn report(&mut self, at: Span, message: String, help: &str) {
        if self.parsed.diagnostics.len() < MAX_DIAGNOSTICS {
            self.parsed.diagnostics.push(Diagnostic { at, message, help: help.to_owned() });
        }
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        let place = |at: &granit_parser::Marker| (number(at.line()), number(at.col()).saturating_add(1));
        Span::new(self.path.clone(), place(&span.start), place(&span.end))
    }
}

fn number(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

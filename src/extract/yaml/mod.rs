//! YAML text into trees whose every node knows its line, and the comments beside them.
//!
//! Broken, nested or self-multiplying input ends in a diagnostic. Knows no format that is written in YAML.

mod read;

#[cfg(test)]
mod tests;

use crate::facts::Diagnostic;
use crate::span::Span;

pub use read::read;

/// What one file holds.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// Its documents, in order; those that cannot be read are left out, and empty ones too.
    pub documents: Vec<Node>,
    /// Its comments, in order.
    pub comments: Vec<Comment>,
    /// What could not be read, or was read though it is odd.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether something was left out.
    pub partial: bool,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// What stands behind the `#`.
    pub text: String,
    /// Where, with the `#`.
    pub at: Span,
}

/// A node, with the text that it was read from: behind an alias, that of the anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it was set.
    pub span: Span,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A scalar.
    Scalar {
        /// Its text, escapes and folding done.
        text: String,
        /// Written without quotes and tag: may be a number, a truth value or null.
        plain: bool,
    },
    /// Keys and values, in order; merge keys are done, keys differ.
    Mapping(Vec<(Node, Node)>),
    /// Items.
    Sequence(Vec<Node>),
}

impl Node {
    /// A text, as if it were quoted.
    #[must_use]
    pub fn text(text: impl Into<String>, span: Span) -> Self {
        Self { kind: Kind::Scalar { text: text.into(), plain: false }, span }
    }

    /// A scalar as if it were written without quotes.
    #[must_use]
    pub fn plain(text: impl Into<String>, span: Span) -> Self {
        Self { kind: Kind::Scalar { text: text.into(), plain: true }, span }
    }

    /// An empty mapping.
    #[must_use]
    pub fn mapping(span: Span) -> Self {
        Self { kind: Kind::Mapping(Vec::new()), span }
    }

    /// The text of a scalar that is not null.
    #[must_use]
    pub fn str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// A whole number.
    #[must_use]
    pub fn i64(&self) -> Option<i64> {
        self.str()?.trim().parse().ok()
    }

    /// A truth value.
    #[must_use]
    pub fn bool(&self) -> Option<bool> {
        match self.str()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// Whether nothing is said: `null`, `~`, or no value at all.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The items of a sequence; none if it is anything else.
    #[must_use]
    pub fn seq(&self) -> &[Node] {
        match &self.kind {
            Kind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; none if it is anything else.
    #[must_use]
    pub fn map(&self) -> &[(Node, Node)] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key; `None` where it is null.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.map().iter().find(|(name, _)| name.is(key)).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// The value at the end of a chain of keys.
    #[must_use]
    pub fn at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text at the end of a chain of keys.
    #[must_use]
    pub fn str_at(&self, keys: &[&str]) -> Option<&str> {
        self.at(keys)?.str()
    }

    /// The items at the end of a chain of keys; none if they are not there.
    #[must_use]
    pub fn seq_at(&self, keys: &[&str]) -> &[Node] {
        self.at(keys).map_or(&[], Node::seq)
    }

    /// The value of a key, to be changed, null or not.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        match &mut self.kind {
            Kind::Mapping(entries) => entries.iter_mut().find(|(name, _)| name.is(key)).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The value at the end of a chain of keys, to be changed.
    pub fn at_mut(&mut self, keys: &[&str]) -> Option<&mut Node> {
        let mut node = self;
        for key in keys {
            node = node.get_mut(key)?;
        }
        Some(node)
    }

    /// The items of a sequence, to be changed; none if it is anything else.
    pub fn seq_mut(&mut self) -> &mut [Node] {
        match &mut self.kind {
            Kind::Sequence(items) => items,
            _ => &mut [],
        }
    }

    /// Sets a key. A node that is no mapping becomes one.
    pub fn set(&mut self, key: &str, value: Node) {
        if let Some(known) = self.get_mut(key) {
            *known = value;
            return;
        }
        let key = Node::text(key, value.span.clone());
        match &mut self.kind {
            Kind::Mapping(entries) => entries.push((key, value)),
            _ => self.kind = Kind::Mapping(vec![(key, value)]),
        }
    }

    /// The mapping below a key, made if it is not there.
    pub fn child(&mut self, key: &str, span: &Span) -> Option<&mut Node> {
        if !matches!(self.get(key), Some(Node { kind: Kind::Mapping(_), .. })) {
            self.set(key, Node::mapping(span.clone()));
        }
        self.get_mut(key)
    }

    /// Takes a key away.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let Kind::Mapping(entries) = &mut self.kind else { return None };
        let index = entries.iter().position(|(name, _)| name.is(key))?;
        Some(entries.remove(index).1)
    }

    /// How many nodes it has, itself included. Trees that were read are of bounded depth.
    #[must_use]
    pub fn size(&self) -> usize {
        1 + match &self.kind {
            Kind::Scalar { .. } => 0,
            Kind::Mapping(entries) => entries.iter().map(|(key, value)| key.size() + value.size()).sum(),
            Kind::Sequence(items) => items.iter().map(Node::size).sum(),
        }
    }

    /// How deep it is: 0 for a scalar.
    #[must_use]
    pub fn height(&self) -> usize {
        match &self.kind {
            Kind::Scalar { .. } => 0,
            Kind::Mapping(entries) => 1 + entries.iter().map(|(_, value)| value.height()).max().unwrap_or(0),
            Kind::Sequence(items) => 1 + items.iter().map(Node::height).max().unwrap_or(0),
        }
    }

    /// Moves its text behind a place: for YAML inside of a scalar, which counts its lines and columns from 1.
    pub fn shift(&mut self, lines: u32, columns: u32) {
        let span = &mut self.span;
        span.line = span.line.saturating_add(lines);
        span.end_line = span.end_line.saturating_add(lines);
        span.column = span.column.saturating_add(columns);
        span.end_column = span.end_column.saturating_add(columns);
        match &mut self.kind {
            Kind::Scalar { .. } => {}
            Kind::Mapping(entries) => {
                for (key, value) in entries {
                    key.shift(lines, columns);
                    value.shift(lines, columns);
                }
            }
            Kind::Sequence(items) => items.iter_mut().for_each(|item| item.shift(lines, columns)),
        }
    }

    /// Whether it is a scalar with this text.
    fn is(&self, expected: &str) -> bool {
        matches!(&self.kind, Kind::Scalar { text, .. } if text == expected)
    }
}

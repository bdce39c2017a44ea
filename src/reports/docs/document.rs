//! Pages before they are written in a format: headings, sentences, tables, diagrams, and places for what people write.
//!
//! Words are as the project has them; each format escapes in its own way. Files are named without lines: a page is to change
//! when the architecture does, not whenever a line moves.

use crate::reports::view::View;

/// All pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// Name of the system.
    pub title: String,
    /// The pages, in the order in which they are read.
    pub pages: Vec<Page>,
}

/// One page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its path without an ending: `services/cart`. The first page is `README`, which hosts of repositories show by itself.
    pub path: String,
    /// Its title.
    pub title: String,
    /// What stands on it.
    pub blocks: Vec<Block>,
}

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading below the title.
    Heading(String),
    /// A paragraph.
    Text(Vec<Piece>),
    /// A list.
    List(Vec<Vec<Piece>>),
    /// A table.
    Table {
        /// The headings of its columns.
        head: Vec<&'static str>,
        /// Its rows.
        rows: Vec<Vec<Vec<Piece>>>,
    },
    /// A diagram.
    Diagram {
        /// What kind of diagram it is, in one word.
        name: &'static str,
        /// What it shows.
        view: View,
    },
    /// A place for what people write, by its name.
    Own(&'static str),
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Words(String),
    /// Words that matter.
    Strong(String),
    /// A name as it stands in code.
    Code(String),
    /// Another page, by its path.
    Page(String, String),
    /// A file of the project, by its path.
    File(String),
}

impl Page {
    /// A page without anything on it.
    #[must_use]
    pub fn new(path: impl Into<String>, title: impl Into<String>) -> Self {
        Self { path: path.into(), title: title.into(), blocks: Vec::new() }
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.blocks.push(Block::Heading(text.to_owned()));
    }

    pub(super) fn text(&mut self, pieces: Vec<Piece>) {
        self.blocks.push(Block::Text(pieces));
    }

    pub(super) fn says(&mut self, text: &str) {
        self.text(prose(text));
    }

    pub(super) fn table(&mut self, head: &[&'static str], rows: Vec<Vec<Vec<Piece>>>) {
        if !rows.is_empty() {
            self.blocks.push(Block::Table { head: head.to_vec(), rows });
        }
    }

    /// A diagram; one without arrows says nothing and is left out.
    pub(super) fn diagram(&mut self, name: &'static str, view: View) {
        if !view.edges.is_empty() {
            self.blocks.push(Block::Diagram { name, view });
        }
    }

    pub(super) fn own(&mut self, name: &'static str) {
        self.blocks.push(Block::Own(name));
    }
}

pub(super) fn words(text: impl Into<String>) -> Piece {
    Piece::Words(text.into())
}

pub(super) fn code(text: impl Into<String>) -> Piece {
    Piece::Code(text.into())
}

/// A sentence whose words between backticks are code.
pub(super) fn prose(text: &str) -> Vec<Piece> {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd number of backticks pairs nothing.
    if parts.len().is_multiple_of(2) {
        return vec![words(text)];
    }
    let pieces = parts.iter().enumerate().filter(|(_, part)| !part.is_empty());
    pieces.map(|(index, part)| if index % 2 == 0 { words(*part) } else { code(*part) }).collect()
}

/// Pieces one after the other, with commas between them; after `most` of them, how many are left.
pub(super) fn listed(pieces: impl IntoIterator<Item = Piece>, most: usize) -> Vec<Piece> {
    let all: Vec<Piece> = pieces.into_iter().collect();
    let left = all.len().saturating_sub(most);
    // One that is left out takes as much room as its name.
    let shown = if left == 1 { all.len() } else { all.len() - left };
    let mut out = Vec::new();
    for (index, piece) in all.into_iter().take(shown).enumerate() {
        if index > 0 {
            out.push(words(", "));
        }
        out.push(piece);
    }
    if left > 1 {
        out.push(words(format!(" and {left} more")));
    }
    out
}

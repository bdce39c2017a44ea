//! Words with the part that they play: what views are made of before a theme gives them colours. Names of the project are
//! made harmless here, once for all views.

use unicode_width::UnicodeWidthChar;

use super::thing::Thing;
use crate::config::Severity;
use crate::reports::text::printable;
use crate::span::Span;

/// The part that words play.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Nothing special.
    #[default]
    Plain,
    /// Less important.
    Dim,
    /// More important.
    Strong,
    /// What stands over others.
    Title,
    /// An error, or what fails.
    Error,
    /// A warning, or what degrades.
    Warning,
    /// An info.
    Info,
    /// What is well.
    Good,
    /// What leads elsewhere, or is chosen.
    Accent,
    /// A line of a file.
    Code,
    /// What proves something, in a line of a file.
    Mark,
    /// A line that comes.
    Added,
    /// A line that goes.
    Removed,
}

impl Role {
    /// How a severity is shown.
    pub fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Info => Self::Info,
        }
    }
}

/// Words that play one part.
pub type Part = (Role, String);

/// A line of a page: what it leads to, and the place that it speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its words.
    pub parts: Vec<Part>,
    /// What enter opens.
    pub thing: Option<Thing>,
    /// What the editor opens.
    pub at: Option<Span>,
    /// Columns that its continuation is set in by.
    pub indent: usize,
}

impl Line {
    /// A line of one part.
    pub fn new(role: Role, text: impl AsRef<str>) -> Self {
        Self { parts: vec![(role, plain(text.as_ref()))], ..Self::default() }
    }

    /// A line with nothing on it.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A heading.
    pub fn title(text: impl AsRef<str>) -> Self {
        Self::new(Role::Title, text)
    }

    /// A name and what is to be said about it, in columns.
    pub fn field(name: &str, text: impl AsRef<str>) -> Self {
        let mut line = Self::new(Role::Dim, format!("{name:<11} "));
        line.indent = 12;
        line.and(Role::Plain, text)
    }

    /// Further words.
    pub fn and(mut self, role: Role, text: impl AsRef<str>) -> Self {
        self.parts.push((role, plain(text.as_ref())));
        self
    }

    /// What enter opens.
    pub fn to(mut self, thing: Thing) -> Self {
        self.thing = Some(thing);
        self
    }

    /// What enter opens, if there is such a thing.
    pub fn leading(mut self, thing: Option<Thing>) -> Self {
        self.thing = thing;
        self
    }

    /// What the editor opens.
    pub fn at(mut self, span: &Span) -> Self {
        self.at = Some(span.clone());
        self
    }

    /// Sets its continuation in.
    pub fn indented(mut self, columns: usize) -> Self {
        self.indent = columns;
        self
    }

    /// Its words without their parts.
    pub fn text(&self) -> String {
        self.parts.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// Text of the project in one harmless line.
pub fn plain(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    printable(text).replace('\n', " ")
}

/// Columns of a character.
fn columns(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Columns of a text.
pub fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// A text in so many columns, with `…` where it is cut.
pub fn cut(text: &str, wide: usize) -> String {
    if width(text) <= wide {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        if used + columns(c) + 1 > wide {
            break;
        }
        used += columns(c);
        out.push(c);
    }
    if wide > 0 {
        out.push('…');
    }
    out
}

/// A line laid out in rows of so many columns, broken between words where that is possible.
pub fn wrapped(line: &Line, wide: usize) -> Vec<Vec<Part>> {
    let wide = wide.max(8);
    let indent = line.indent.min(wide / 2);
    let mut rows: Vec<Vec<Part>> = vec![Vec::new()];
    let mut used = 0;
    for (role, text) in &line.parts {
        if text.trim().is_empty() {
            // Blanks alone set something apart: they stay where there is room.
            let room = text.chars().take(wide.saturating_sub(used)).collect::<String>();
            used += width(&room);
            push(&mut rows, *role, &room);
            continue;
        }
        for word in text.split_inclusive(' ') {
            let mut word = word;
            loop {
                let needs = width(word.trim_end());
                if used + needs <= wide {
                    push(&mut rows, *role, word);
                    used += width(word);
                    break;
                }
                let begins = if rows.len() > 1 { indent } else { 0 };
                if used > begins {
                    rows.push(vec![(Role::Plain, " ".repeat(indent))]);
                    used = indent;
                    continue;
                }
                // A word that no row holds is cut.
                let (head, rest) = split(word, wide.saturating_sub(used).max(1));
                push(&mut rows, *role, head);
                if rest.is_empty() {
                    used += width(head);
                    break;
                }
                rows.push(vec![(Role::Plain, " ".repeat(indent))]);
                used = indent;
                word = rest;
            }
        }
    }
    for row in &mut rows {
        // The blank behind the last word of a row is nobody's.
        if let Some((_, text)) = row.last_mut() {
            text.truncate(text.trim_end().len());
        }
    }
    rows
}

/// How many rows a line takes.
pub fn height(line: &Line, wide: usize) -> usize {
    let all: usize = line.parts.iter().map(|(_, text)| width(text)).sum();
    if all <= wide.max(8) { 1 } else { wrapped(line, wide).len() }
}

fn push(rows: &mut [Vec<Part>], role: Role, text: &str) {
    let Some(row) = rows.last_mut() else { return };
    match row.last_mut() {
        Some((last, words)) if *last == role => words.push_str(text),
        _ => row.push((role, text.to_owned())),
    }
}

/// The beginning that fits in so many columns, and the rest.
fn split(text: &str, wide: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += columns(c);
        if used > wide && at > 0 {
            return text.split_at(at);
        }
    }
    (text, "")
}

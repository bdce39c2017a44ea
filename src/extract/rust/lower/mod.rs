//! One Rust file to the plain data of [`tree`](super::tree), through syn. No syn type and no span of proc-macro2 leaves
//! this module. It knows nothing of other files, of Cargo, or of what any name means.

mod attributes;
mod conditions;
mod depth;
mod expand;
mod expressions;
mod items;
mod macros;
mod patterns;
mod recover;
#[cfg(test)]
mod tests;
mod types;

use std::borrow::Cow;
use std::cell::Cell;

use proc_macro2::Span;

pub use conditions::Features;
pub use expand::{Macros, Scope};

use super::outline;
use super::tree::{File, Range};

/// How many bytes the calls of the project's macros in one file may become.
const MAX_EXPANDED: usize = 2 * 1024 * 1024;

/// Lowers one file. Never fails: what could not be read is left out, and [`File::error`] says what was met first.
///
/// Callers give their threads 16 MiB of stack: text that needs more is refused. All spans of proc-macro2 that the
/// thread holds become invalid.
#[must_use]
pub fn lower(text: &str) -> File {
    lower_within(text, None)
}

/// Lowers one file of a project: calls of the project's own macros are what they stand for.
#[must_use]
pub fn lower_within(text: &str, scope: Option<Scope<'_>>) -> File {
    let left = Cell::new(MAX_EXPANDED);
    let cx = Ctx { scope, left: Some(&left), ..Ctx::default() };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tests = outline::tests(text);
    let text = outline::blank(text, &tests);
    let (text, error) = refuse_deep(&text);
    let mut file = parse(cx, &text);
    file.error = error.or(file.error);
    // All spans of this file are gone with the syntax tree, so that memory does not grow with the number of files.
    proc_macro2::extra::invalidate_current_thread_spans();
    file.items.shrink_to_fit();
    file
}

/// The text without the items that are nested too deeply, and the first such place.
fn refuse_deep(text: &str) -> (Cow<'_, str>, Option<(Range, String)>) {
    let Some(first) = depth::excess(text) else { return (Cow::Borrowed(text), None) };
    let mut deep = outline::pieces(text);
    deep.retain(|piece| text.get(piece.clone()).is_some_and(|piece| depth::excess(piece).is_some()));
    let rest = outline::blank(text, &deep);
    // Where brackets do not match, the parts may be fine one by one and too deep as a whole.
    let rest = if depth::excess(&rest).is_some() { Cow::Borrowed("") } else { rest };
    (rest, Some((point(text, first.at), first.what.to_owned())))
}

fn parse(cx: Ctx, text: &str) -> File {
    match syn::parse_file(text) {
        Ok(file) if attributes::is_absent(cx, &file.attrs) => File::default(),
        Ok(file) => File { items: items::items(cx, &file.items), error: None },
        Err(error) => {
            let error = (cx.range(error.span(), error.span()), error.to_string());
            File { items: recover::items(text), error: Some(error) }
        }
    }
}

/// A position in bytes as an empty range of lines and columns.
fn point(text: &str, at: usize) -> Range {
    let before = text.get(..at).unwrap_or(text);
    let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
    let column = 1 + before.rsplit('\n').next().map_or(0, |last| last.chars().count());
    let (line, column) = (narrow(line), narrow(column));
    Range { line, column, end_line: line, end_column: column }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Where the text that is being lowered stands in its file, and how deep in macros it stands.
#[derive(Clone, Copy, Debug, Default)]
struct Ctx<'m> {
    /// Lines above it.
    lines: u32,
    /// Columns left of it in its first line.
    columns: u32,
    /// Macros around it whose tokens are being read: each is read anew, so that their number bounds the work.
    macros: u32,
    /// The macros of the project.
    scope: Option<Scope<'m>>,
    /// How many bytes the macros of the project may still become in this file: macros that call each other would grow
    /// without an end.
    left: Option<&'m Cell<usize>>,
}

/// A position: line and column, from 1.
type Position = (u32, u32);

impl Ctx<'_> {
    fn position(self, at: proc_macro2::LineColumn) -> Position {
        let (line, column) = (narrow(at.line), narrow(at.column).saturating_add(1));
        (line.saturating_add(self.lines), if line == 1 { column.saturating_add(self.columns) } else { column })
    }

    fn start(self, span: Span) -> Position {
        self.position(span.start())
    }

    fn end(self, span: Span) -> Position {
        self.position(span.end())
    }

    fn range(self, first: Span, last: Span) -> Range {
        between(self.start(first), self.end(last))
    }
}

fn between(start: Position, end: Position) -> Range {
    Range { line: start.0, column: start.1, end_line: end.0, end_column: end.1 }
}

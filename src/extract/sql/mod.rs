//! SQL: from migration files, and from the text of queries in code, to what each statement does to which tables.
//!
//! A statement is cut out by its tokens, parsed when it keeps within bounds, and read by its words when the parser
//! refuses it. Nothing here knows which service runs a statement, or against which server.

mod ddl;
mod files;
mod inside;
mod parse;
mod shape;
mod split;
mod tables;
mod tokens;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rayon::prelude::*;

use crate::facts::Diagnostic;
use crate::facts::sql::{Migration, Statement};
use crate::sources::{Artefact, Source, Sources};
use crate::span::Span;
use tokens::{Kind, Token};

pub use tokens::HOLE;

/// The longest text of a statement that facts carry, in characters; what is longer is data.
const MAX_TEXT: usize = 4_000;

/// The most statements of one file.
const MAX_STATEMENTS: usize = 5_000;

/// Reads all migrations of a project, in order of their paths.
#[must_use]
pub fn extract(sources: &Sources) -> (Vec<Migration>, Vec<Diagnostic>) {
    let files: Vec<&Source> = sources.of(Artefact::Sql).collect();
    let read: Vec<(Vec<Migration>, Vec<Diagnostic>)> = files.into_par_iter().map(migrations).collect();
    let mut found = Vec::new();
    let mut diagnostics = Vec::new();
    for (migrations, more) in read {
        found.extend(migrations);
        diagnostics.extend(more);
    }
    (found, diagnostics)
}

/// Reads the text of a query in code: of several statements the first that is more than a frame (`BEGIN`, `SET`). A part
/// of the text that is known only at run time stands as [`HOLE`]; where a hole is (part of) the name of a table, the name
/// in the fact has [`HOLE`] there too. `dialect` is `postgres`, `mysql`, `sqlite`, `clickhouse`, or empty.
#[must_use]
pub fn statement(text: &str, dialect: &str) -> Statement {
    let mut all = statements(text, dialect);
    let main = all.iter().position(|statement| !matches!(statement.verb.as_str(), "transaction" | "set")).unwrap_or(0);
    if main < all.len() {
        return all.swap_remove(main);
    }
    Statement { verb: "other".to_owned(), ..Statement::default() }
}

/// Reads a text of several statements; like [`statement`], without places.
#[must_use]
pub fn statements(text: &str, dialect: &str) -> Vec<Statement> {
    let tokens = tokens::tokens(text, dialect);
    split::split(text, &tokens).iter().take(MAX_STATEMENTS).map(|piece| read(&piece.tokens, dialect)).collect()
}

/// The migrations of one file: two, when it carries its own undoing.
fn migrations(source: &Source) -> (Vec<Migration>, Vec<Diagnostic>) {
    let Some(place) = files::place(&source.path) else {
        return Default::default();
    };
    let text = source.text();
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let dialect = dialect(&source.path, text);
    let tokens = tokens::tokens(text, dialect);
    let mut pieces = split::split(text, &tokens);
    if !place.proven && !pieces.iter().take(MAX_STATEMENTS).any(|piece| defines(words::verb(&piece.tokens))) {
        return Default::default();
    }
    let mut diagnostics = Vec::new();
    if let Some(first) = pieces.get(MAX_STATEMENTS) {
        let at = Lines::new(text).span(&source.path, &first.tokens);
        diagnostics.push(Diagnostic {
            at,
            message: format!("{} statements in one migration; the first {MAX_STATEMENTS} are read", pieces.len()),
            help: "move data out of the migration".to_owned(),
        });
        pieces.truncate(MAX_STATEMENTS);
    }
    let mut lines = Lines::new(text);
    let mut up = migration(source, &place, place.down, Span::line(source.path.clone(), 1));
    let mut down: Option<Migration> = None;
    for piece in &pieces {
        let mut statement = read(&piece.tokens, dialect);
        statement.at = Some(lines.span(&source.path, &piece.tokens));
        match piece.undoes {
            None => up.statements.push(statement),
            Some(marker) => down
                .get_or_insert_with(|| {
                    // The marker stands before the statement that was just counted: count its line afresh, once.
                    let at = Span::line(source.path.clone(), Lines::new(text).at(marker).0);
                    migration(source, &place, true, at)
                })
                .statements
                .push(statement),
        }
    }
    let found = std::iter::once(up).chain(down).collect();
    (found, diagnostics)
}

fn migration(source: &Source, place: &files::Place, down: bool, at: Span) -> Migration {
    Migration { path: source.path.to_string(), set: place.set.clone(), down, statements: Vec::new(), at }
}

fn read(tokens: &[Token<'_>], dialect: &str) -> Statement {
    let verb = words::verb(tokens);
    let mut statement = Statement {
        text: folded(tokens),
        verb: verb.to_owned(),
        locks_rows: !defines(verb) && words::locks_rows(tokens),
        on_conflict: verb == "insert"
            && (words::has(tokens, &["on", "conflict"]) || words::has(tokens, &["on", "duplicate", "key"])),
        online: tokens.iter().any(|token| token.is("concurrently")) || words::has(tokens, &["not", "valid"]),
        ..Statement::default()
    };
    if words::has(tokens, &["with"]) && !statement.on_conflict {
        // An insert may stand inside a common table expression.
        statement.on_conflict = words::has(tokens, &["on", "conflict"]);
    }
    match parse::parse(&rewritten(tokens), dialect) {
        Some(tree) => {
            let shape = shape::shape(&tree);
            statement.parsed = true;
            statement.tables = tables::tables(&tree);
            statement.columns = ddl::changes(&tree);
            statement.limited = shape.limited;
            statement.equals = shape.equals;
            statement.aggregate = shape.aggregate && verb == "select";
        }
        None => {
            statement.tables = words::tables(tokens);
            statement.limited = words::limited(tokens);
            if verb == "create_index" {
                statement.columns.extend(statement.tables.first().map(|used| ddl::unread_index(&used.table)));
            }
        }
    }
    if verb == "select" && statement.tables.is_empty() && tokens.iter().any(|token| token.is("pg_notify")) {
        statement.verb = "notify".to_owned();
    }
    statement
}

/// Takes out what the parser does not know and what changes no other fact: the weaker row locks of PostgreSQL, and
/// CONCURRENTLY where an index is dropped.
fn rewritten<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut kept: Vec<Token<'a>> = Vec::with_capacity(tokens.len());
    for (index, token) in tokens.iter().enumerate() {
        let next_is = |words: &[&str]| tokens.get(index + 1).is_some_and(|next| next.is_any(words));
        let behind_for = kept.last().is_some_and(|previous| previous.is("for"));
        let weak =
            behind_for && (token.is("no") && next_is(&["key"]) || token.is("key") && next_is(&["update", "share"]));
        let dropped = index == 2 && token.is("concurrently") && tokens[0].is("drop");
        if !weak && !dropped {
            kept.push(*token);
        }
    }
    kept
}

fn defines(verb: &str) -> bool {
    matches!(verb, "create_table" | "alter_table" | "drop_table" | "create_index" | "drop_index")
}

/// The text of a statement, white space folded and comments left out.
fn folded(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    let mut end = tokens.first().map_or(0, |token| token.start);
    let mut length = 0;
    for token in tokens {
        if token.start > end {
            text.push(' ');
            length += 1;
        }
        end = token.end();
        for c in token.text.chars() {
            if length >= MAX_TEXT {
                text.push('…');
                return text;
            }
            length += 1;
            text.push(if c.is_whitespace() && token.kind != Kind::Text { ' ' } else { c });
        }
    }
    text
}

/// The dialect of a migration, as far as its folder or its words betray it.
fn dialect(path: &str, text: &str) -> &'static str {
    let path = path.to_ascii_lowercase();
    for (mark, dialect) in [
        ("sqlite", "sqlite"),
        ("mysql", "mysql"),
        ("mariadb", "mysql"),
        ("clickhouse", "clickhouse"),
        ("postgres", "postgres"),
        ("pgsql", "postgres"),
    ] {
        if path.contains(mark) {
            return dialect;
        }
    }
    let text = text.to_ascii_lowercase();
    let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    if has(&["mergetree", "lowcardinality("]) {
        "clickhouse"
    } else if has(&["auto_increment", "engine=innodb", "engine = innodb"]) {
        "mysql"
    } else if has(&["$$", "jsonb", "timestamptz", "bigserial", "::", "plpgsql", "create extension", "concurrently"]) {
        "postgres"
    } else if has(&["autoincrement", "pragma ", "without rowid"]) {
        "sqlite"
    } else {
        ""
    }
}

/// From offsets, which only grow, to lines and columns.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
    line: u32,
    column: u32,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, offset: 0, line: 1, column: 1 }
    }

    fn at(&mut self, offset: usize) -> (u32, u32) {
        for c in self.text.get(self.offset..offset).unwrap_or_default().chars() {
            if c == '\n' {
                self.line = self.line.saturating_add(1);
                self.column = 1;
            } else {
                self.column = self.column.saturating_add(1);
            }
        }
        self.offset = self.offset.max(offset);
        (self.line, self.column)
    }

    fn span(&mut self, path: &Arc<str>, tokens: &[Token<'_>]) -> Span {
        let (start, end) = match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => (first.start, last.end()),
            _ => (self.offset, self.offset),
        };
        let start = self.at(start);
        let end = self.at(end);
        Span::new(path.clone(), start, end)
    }
}

//! Tokens of one file into its facts, type names as written (a leading `.` marks those that are fully qualified). Goes
//! on at the next declaration after an error; knows no other file.
//!
//! This part reads what stands at the top of a file; the bodies are read by the modules beside it.

use std::sync::Arc;

use super::cursor::{Cursor, Fault, MAX_NAME, MAX_NESTING, fault};
use super::lexer::{Kind, Lexed};
use super::{literals, messages, options, services};
use crate::facts::Diagnostic;
use crate::facts::proto::{Import, ProtoFile};
use crate::span::Span;

/// A file on its way to facts.
pub(super) struct Parser<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) file: ProtoFile,
    depth: usize,
}

impl<'a> AsMut<Cursor<'a>> for Parser<'a> {
    fn as_mut(&mut self) -> &mut Cursor<'a> {
        &mut self.cursor
    }
}

impl Parser<'_> {
    /// Steps into the block that opens here, unless it is nested too deep: then it is stepped over.
    pub(super) fn enter(&mut self, help: &'static str) -> Result<bool, Fault> {
        if !self.cursor.is_symbol(0, b'{') {
            return fault("`{`", help);
        }
        if self.depth >= MAX_NESTING {
            self.cursor.too_deep();
            self.cursor.skip_block();
            return Ok(false);
        }
        self.cursor.bump();
        self.depth += 1;
        Ok(true)
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

/// Parses one file. Imports are not looked up yet, types not resolved.
pub(super) fn parse(file: Arc<str>, text: &str, lexed: &Lexed) -> (ProtoFile, Vec<Diagnostic>) {
    let cursor = Cursor::new(file.clone(), text, lexed);
    let package = package_ahead(&cursor);
    let facts = ProtoFile {
        path: file.to_string(),
        package,
        package_at: Span::line(file, 1),
        syntax: "proto2".to_owned(),
        imports: Vec::new(),
        options: Vec::new(),
        services: Vec::new(),
        messages: Vec::new(),
        enums: Vec::new(),
        extensions: Vec::new(),
        content_hash: String::new(),
    };
    let mut parser = Parser { cursor, file: facts, depth: 0 };
    let mut hasher = blake3::Hasher::new();
    while !parser.cursor.ended() {
        let from = parser.cursor.at;
        if let Err(fault) = declaration(&mut parser) {
            parser.cursor.report(&fault);
            parser.cursor.recover(from);
        }
        if parser.cursor.at == from {
            parser.cursor.bump();
        }
        if defines(&parser.cursor, from) {
            hash(&parser.cursor, from, &mut hasher);
        }
    }
    parser.file.content_hash = hasher.finalize().to_hex().chars().take(16).collect();
    let mut diagnostics = parser.cursor.diagnostics;
    diagnostics.sort();
    (parser.file, diagnostics)
}

/// A scope and a name in it, joined.
pub(super) fn join(scope: &str, name: &str) -> Result<String, Fault> {
    if scope.len() + name.len() >= MAX_NAME {
        return fault("a shorter name", "shorten the name, or nest it less deep");
    }
    Ok(if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") })
}

/// The package, before anything is read: it names all definitions, also those in front of it.
fn package_ahead(cursor: &Cursor<'_>) -> String {
    let mut depth = 0usize;
    let mut before: Option<(Kind, u32)> = None;
    // A cursor of its own: what it reports is reported again when the statement is read.
    let mut ahead = Cursor::new(cursor.file.clone(), cursor.text, cursor.lexed);
    while let Some(token) = ahead.token(0) {
        let starts = before.is_none_or(|(kind, line)| matches!(kind, Kind::Symbol(b';' | b'}')) || line < token.line);
        if depth == 0 && starts && ahead.word(0) == Some("package") {
            let from = ahead.at;
            if let Ok(package) = package(&mut ahead) {
                return package;
            }
            ahead.at = from;
        }
        match token.kind {
            Kind::Symbol(b'{') => depth += 1,
            Kind::Symbol(b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = Some((token.kind, token.line));
        ahead.bump();
    }
    String::new()
}

fn package(cursor: &mut Cursor<'_>) -> Result<String, Fault> {
    const HELP: &str = "write `package name.v1;`";
    cursor.bump();
    let package = cursor.path("the name of a package", HELP)?;
    cursor.semicolon()?;
    if package.starts_with('.') || package.split('.').count() > MAX_NESTING {
        return fault("a shorter name of a package", HELP);
    }
    Ok(package)
}

fn declaration(parser: &mut Parser<'_>) -> Result<(), Fault> {
    const EXPECTED: &str = "a declaration: `message`, `enum`, `service`, `extend`, `import`, `option` or `package`";
    const HELP: &str = "check the spelling, and that no `}` or `;` is missing or too many above";
    let from = parser.cursor.at;
    let scope = parser.file.package.clone();
    if parser.cursor.eat(b';') {
        return Ok(());
    }
    if messages::definition(parser, &scope)? {
        return Ok(());
    }
    match parser.cursor.word(0) {
        Some("syntax" | "edition") if parser.cursor.is_symbol(1, b'=') => syntax(parser),
        Some("package") => {
            package(&mut parser.cursor)?;
            parser.file.package_at = statement_span(&parser.cursor, from);
            Ok(())
        }
        Some("import") => import(parser),
        Some("option") => options::statement(&mut parser.cursor, &mut parser.file.options),
        Some("service") => services::service(parser, &scope),
        Some("extend") => messages::extend(parser, &scope),
        _ => fault(EXPECTED, HELP),
    }
}

fn syntax(parser: &mut Parser<'_>) -> Result<(), Fault> {
    const HELP: &str = "write `syntax = \"proto3\";` or `edition = \"2023\";`";
    let edition = parser.cursor.word(0) == Some("edition");
    parser.cursor.bump();
    parser.cursor.expect(b'=', HELP)?;
    let value = parser.cursor.string("a string", HELP)?;
    parser.cursor.semicolon()?;
    parser.file.syntax = if edition { format!("edition {value}") } else { value };
    Ok(())
}

fn import(parser: &mut Parser<'_>) -> Result<(), Fault> {
    const HELP: &str = "write `import \"folder/file.proto\";`";
    let from = parser.cursor.at;
    parser.cursor.bump();
    let modifier = parser.cursor.word(0).filter(|word| matches!(*word, "public" | "weak" | "option"));
    if modifier.is_some() {
        parser.cursor.bump();
    }
    let path = parser.cursor.string("the path of a file as a string", HELP)?;
    parser.cursor.semicolon()?;
    let at = statement_span(&parser.cursor, from);
    parser.file.imports.push(Import { path, modifier: modifier.map(str::to_owned), found: false, at });
    Ok(())
}

/// The span of a statement that has been read to its end, without the `;`.
fn statement_span(cursor: &Cursor<'_>, from: usize) -> Span {
    let last = cursor.at.checked_sub(1).and_then(|last| cursor.lexed.tokens.get(last));
    let terminated = last.is_some_and(|last| last.kind == Kind::Symbol(b';'));
    cursor.span(from, cursor.at - usize::from(terminated))
}

/// Whether the statement that began at a token is part of what the file defines. Imports and options of the file are
/// not: copies of one contract differ in import roots and in the packages of generated code. Features are.
fn defines(cursor: &Cursor<'_>, from: usize) -> bool {
    let word = |index: usize| {
        cursor.lexed.tokens.get(index).filter(|token| token.kind == Kind::Word).map(|token| cursor.slice(token))
    };
    match word(from) {
        Some("import") | None => false,
        Some("option") => word(from + 1) == Some("features"),
        Some(_) => true,
    }
}

fn hash(cursor: &Cursor<'_>, from: usize, hasher: &mut blake3::Hasher) {
    for token in cursor.lexed.tokens.get(from..cursor.at).unwrap_or_default() {
        let text = cursor.slice(token);
        // A zero byte ends each token, so that `ab c` and `a bc` differ; quotes of either kind are the same.
        if token.kind == Kind::Text {
            hasher.update(b"\"").update(literals::inner(text).as_bytes());
        } else {
            hasher.update(text.as_bytes());
        }
        hasher.update(b"\0");
    }
}

//! Tokens of options into names and values. Knows the forms of options, not the meaning of any.

use super::cursor::{Cursor, Fault, MAX_NESTING, fault};
use super::lexer::Kind;
use super::literals;
use crate::facts::proto::ProtoOption;

const STATEMENT: &str = "write `option name = value;`";
const BRACKETS: &str = "write `[name = value, (other.name) = value]`";

/// `option name = value;`, from the word `option` on.
pub(super) fn statement(cursor: &mut Cursor<'_>, options: &mut Vec<ProtoOption>) -> Result<(), Fault> {
    cursor.bump();
    let option = assignment(cursor, STATEMENT)?;
    cursor.semicolon()?;
    options.extend(option);
    Ok(())
}

/// `[name = value, …]`, if it stands here. What was read before a fault stays in `options`.
pub(super) fn bracketed(cursor: &mut Cursor<'_>, options: &mut Vec<ProtoOption>) -> Result<(), Fault> {
    if !cursor.eat(b'[') {
        return Ok(());
    }
    loop {
        let option = assignment(cursor, BRACKETS)?;
        if cursor.cut_off() {
            return fault("`,` or `]`", BRACKETS);
        }
        options.extend(option);
        if cursor.eat(b']') {
            return Ok(());
        }
        if !cursor.eat(b',') {
            return fault("`,` or `]`", BRACKETS);
        }
    }
}

/// `name = value`; nothing when the value is nested too deep to be kept.
fn assignment(cursor: &mut Cursor<'_>, help: &'static str) -> Result<Option<ProtoOption>, Fault> {
    let from = cursor.at;
    let name = name(cursor, help)?;
    cursor.expect(b'=', help)?;
    let Some(value) = value(cursor, help)? else {
        return Ok(None);
    };
    Ok(Some(ProtoOption { name, value, at: cursor.span_from(from) }))
}

/// `a.b`, `(a.b).c`, `features.(pb.go).d`.
fn name(cursor: &mut Cursor<'_>, help: &'static str) -> Result<String, Fault> {
    let mut name = String::new();
    loop {
        if cursor.eat(b'(') {
            name.push('(');
            name.push_str(&cursor.path("the name of an extension", help)?);
            cursor.expect(b')', help)?;
            name.push(')');
        } else {
            name.push_str(cursor.name("the name of an option", help)?);
        }
        if !cursor.eat(b'.') {
            return Ok(name);
        }
        name.push('.');
    }
}

fn value(cursor: &mut Cursor<'_>, help: &'static str) -> Result<Option<String>, Fault> {
    const EXPECTED: &str = "a value: a string, a number, a name or `{`";
    let sign = if cursor.eat(b'-') { "-" } else { "" };
    let Some(token) = cursor.token(0) else {
        return fault(EXPECTED, help);
    };
    match token.kind {
        Kind::Text if sign.is_empty() => cursor.string(EXPECTED, help).map(Some),
        Kind::Word | Kind::Int | Kind::Float => {
            cursor.bump();
            Ok(Some(format!("{sign}{}", cursor.slice(token))))
        }
        Kind::Symbol(b'{') if sign.is_empty() => aggregate(cursor),
        _ => fault(EXPECTED, help),
    }
}

/// `{ name: value … }`: the text format, brought into one spacing and one kind of quotes. A loop over its tokens, so
/// that depth costs no stack.
fn aggregate(cursor: &mut Cursor<'_>) -> Result<Option<String>, Fault> {
    const HELP: &str = "write `{ name: value other { name: value } }`";
    let opening = cursor.at;
    let mut depth = 0usize;
    let mut out = String::new();
    let mut before = Kind::Symbol(b' ');
    loop {
        let Some(token) = cursor.token(0) else {
            return fault("`}`", HELP);
        };
        match token.kind {
            Kind::Symbol(b'{') => depth += 1,
            Kind::Symbol(b'}') => depth -= 1,
            // None of these is part of the text format: the value has no end.
            Kind::Symbol(b'(' | b')' | b'=') => {
                cursor.return_to_line_start(opening);
                return fault("`name: value` or `}`", HELP);
            }
            Kind::Broken => return fault("`name: value` or `}`", HELP),
            _ => {}
        }
        if depth > MAX_NESTING {
            cursor.too_deep();
            cursor.at = opening;
            cursor.skip_block();
            return Ok(None);
        }
        let text = cursor.slice(token);
        if token.kind == Kind::Text {
            let quoted = requoted(text);
            if before == Kind::Text {
                // Consecutive strings are one.
                out.pop();
                out.push_str(quoted.get(1..).unwrap_or_default());
            } else {
                push_spaced(&mut out, before, token.kind);
                out.push_str(&quoted);
            }
        } else {
            push_spaced(&mut out, before, token.kind);
            out.push_str(text);
        }
        before = token.kind;
        cursor.bump();
        if depth == 0 {
            return Ok(Some(out));
        }
    }
}

fn push_spaced(out: &mut String, before: Kind, token: Kind) {
    let joined_before = matches!(before, Kind::Symbol(b' ' | b'[' | b'.' | b'/' | b'-'));
    let joined_after = matches!(token, Kind::Symbol(b',' | b';' | b':' | b']' | b'.' | b'/'));
    let empty =
        matches!((before, token), (Kind::Symbol(b'{'), Kind::Symbol(b'}')) | (Kind::Symbol(b'<'), Kind::Symbol(b'>')));
    if !(joined_before || joined_after || empty) {
        out.push(' ');
    }
}

/// A literal in double quotes, escapes as written.
fn requoted(literal: &str) -> String {
    let inner = literals::inner(literal);
    if literal.starts_with('\'') { format!("\"{}\"", inner.replace('"', "\\\"")) } else { format!("\"{inner}\"") }
}

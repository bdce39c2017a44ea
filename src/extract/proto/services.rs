//! Services and their methods. Request and response types stay as written.

use super::cursor::{Fault, fault};
use super::options;
use super::parser::{Parser, join};
use super::recovery::block;
use crate::facts::proto::{Method, ProtoService};

const RPC: &str = "write `rpc Name(Request) returns (Response);`, with `stream` in front of a type if need be";

/// A service, from the word `service` on.
pub(super) fn service(parser: &mut Parser<'_>, scope: &str) -> Result<(), Fault> {
    const HELP: &str = "write `service Name { … }`";
    let from = parser.cursor.at;
    parser.cursor.bump();
    let simple = parser.cursor.name("the name of a service", HELP)?;
    if !parser.cursor.is_symbol(0, b'{') {
        return fault("`{`", HELP);
    }
    let index = parser.file.services.len();
    parser.file.services.push(ProtoService {
        name: join(scope, simple)?,
        comment: parser.cursor.comment(from),
        methods: Vec::new(),
        options: Vec::new(),
        at: parser.cursor.span_from(from),
    });
    if parser.enter(HELP)? {
        block(parser, "`rpc`, `option` or `}`", |parser| member(parser, index));
        parser.leave();
    }
    Ok(())
}

fn member(parser: &mut Parser<'_>, index: usize) -> Result<(), Fault> {
    match parser.cursor.word(0) {
        Some("option") => {
            let mut found = Vec::new();
            let result = options::statement(&mut parser.cursor, &mut found);
            update(parser, index, |service| service.options.append(&mut found));
            result
        }
        Some("rpc") => method(parser, index),
        _ => fault("`rpc`, `option` or `}`", RPC),
    }
}

fn method(parser: &mut Parser<'_>, index: usize) -> Result<(), Fault> {
    let from = parser.cursor.at;
    parser.cursor.bump();
    let name = parser.cursor.name("the name of a method", RPC)?.to_owned();
    let (client_streaming, request) = message_type(parser)?;
    if parser.cursor.word(0) != Some("returns") {
        return fault("`returns`", RPC);
    }
    parser.cursor.bump();
    let (server_streaming, response) = message_type(parser)?;
    let at = parser.cursor.span_from(from);
    let comment = parser.cursor.comment(from);
    let mut found = Vec::new();
    let mut result = Ok(());
    if parser.cursor.is_symbol(0, b'{') {
        if parser.enter(RPC)? {
            block(parser, "`option` or `}`", |parser| match parser.cursor.word(0) {
                Some("option") => options::statement(&mut parser.cursor, &mut found),
                _ => fault("`option` or `}`", "write `option name = value;`"),
            });
            parser.leave();
        }
    } else {
        result = parser.cursor.semicolon();
    }
    let method = Method { name, request, response, client_streaming, server_streaming, comment, options: found, at };
    update(parser, index, |service| service.methods.push(method));
    result
}

/// `(Type)` or `(stream Type)`.
fn message_type(parser: &mut Parser<'_>) -> Result<(bool, String), Fault> {
    parser.cursor.expect(b'(', RPC)?;
    // A message may be called `stream`.
    let streaming = parser.cursor.word(0) == Some("stream") && !parser.cursor.is_symbol(1, b')');
    parser.cursor.at += usize::from(streaming);
    let type_name = parser.cursor.path("the name of a message", RPC)?;
    parser.cursor.expect(b')', RPC)?;
    Ok((streaming, type_name))
}

fn update(parser: &mut Parser<'_>, index: usize, change: impl FnOnce(&mut ProtoService)) {
    if let Some(service) = parser.file.services.get_mut(index) {
        change(service);
    }
}

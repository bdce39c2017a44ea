//! Bodies of enums: values, ranges, options.

use super::cursor::{Fault, fault};
use super::parser::{Parser, join};
use super::recovery::block;
use super::{options, ranges};
use crate::facts::proto::{EnumValue, ProtoEnum};

/// The largest number of an enum value; `max` in ranges of enums.
const MAX_VALUE: i64 = i32::MAX as i64;

/// An enum whose head begins at `from`, from the word `enum` on.
pub(super) fn definition(parser: &mut Parser<'_>, scope: &str, from: usize) -> Result<(), Fault> {
    const HELP: &str = "write `enum Name { NAME_UNSPECIFIED = 0; … }`";
    parser.cursor.bump();
    let simple = parser.cursor.name("the name of an enum", HELP)?;
    if !parser.cursor.is_symbol(0, b'{') {
        return fault("`{`", HELP);
    }
    let index = parser.file.enums.len();
    parser.file.enums.push(ProtoEnum {
        name: join(scope, simple)?,
        comment: parser.cursor.comment(from),
        values: Vec::new(),
        reserved_numbers: Vec::new(),
        reserved_names: Vec::new(),
        options: Vec::new(),
        at: parser.cursor.span_from(from),
    });
    if parser.enter(HELP)? {
        block(parser, "a value or `}`", |parser| member(parser, index));
        parser.leave();
    }
    Ok(())
}

fn member(parser: &mut Parser<'_>, index: usize) -> Result<(), Fault> {
    // A value may be called `option` or `reserved`.
    let value_follows = parser.cursor.is_symbol(1, b'=');
    match parser.cursor.word(0) {
        Some("option") if !value_follows => {
            let mut found = Vec::new();
            let result = options::statement(&mut parser.cursor, &mut found);
            update(parser, index, |facts| facts.options.append(&mut found));
            result
        }
        Some("reserved") if !value_follows => {
            let mut found = ranges::Reserved::default();
            let result = ranges::reserved(&mut parser.cursor, MAX_VALUE, &mut found);
            update(parser, index, |facts| {
                facts.reserved_numbers.append(&mut found.numbers);
                facts.reserved_names.append(&mut found.names);
            });
            result
        }
        _ => value(parser, index),
    }
}

fn value(parser: &mut Parser<'_>, index: usize) -> Result<(), Fault> {
    const HELP: &str = "write `NAME = number;`";
    let from = parser.cursor.at;
    let name = parser.cursor.name("the name of a value", HELP)?.to_owned();
    parser.cursor.expect(b'=', HELP)?;
    let number = parser.cursor.integer("the number of the value", HELP)?;
    let at = parser.cursor.span_from(from);
    let mut found = Vec::new();
    let result = options::bracketed(&mut parser.cursor, &mut found);
    update(parser, index, |facts| facts.values.push(EnumValue { name, number, options: found, at }));
    result?;
    parser.cursor.semicolon()
}

fn update(parser: &mut Parser<'_>, index: usize, change: impl FnOnce(&mut ProtoEnum)) {
    if let Some(facts) = parser.file.enums.get_mut(index) {
        change(facts);
    }
}

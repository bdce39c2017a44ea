//! Reserved numbers and names, and extension ranges, of messages and enums alike.

use super::cursor::{Cursor, Fault, fault};
use super::lexer::Kind;
use super::options;

/// What `reserved` statements name.
#[derive(Default)]
pub(super) struct Reserved {
    pub(super) numbers: Vec<(i64, i64)>,
    pub(super) names: Vec<String>,
}

/// `reserved 1, 3 to 5, 9 to max;`, `reserved "a", "b";` or, in editions, `reserved a, b;`.
pub(super) fn reserved(cursor: &mut Cursor<'_>, max: i64, found: &mut Reserved) -> Result<(), Fault> {
    const HELP: &str = "write `reserved 2, 9 to 11;` or `reserved \"name\";`";
    const EXPECTED: &str = "a number, a range or a name";
    cursor.bump();
    loop {
        let mut number = None;
        let mut name = None;
        match cursor.token(0).map(|token| token.kind) {
            Some(Kind::Text) => name = Some(cursor.string(EXPECTED, HELP)?),
            Some(Kind::Word) => name = Some(cursor.name(EXPECTED, HELP)?.to_owned()),
            _ => number = Some(range(cursor, max, EXPECTED, HELP)?),
        }
        if cursor.cut_off() {
            // A range or a string may have gone on.
            return fault("`,` or `;`", HELP);
        }
        found.numbers.extend(number);
        found.names.extend(name);
        if !cursor.eat(b',') {
            return cursor.semicolon();
        }
    }
}

/// `extensions 100 to 199, 500 to max [options];`. Options of ranges are read and left.
pub(super) fn extensions(cursor: &mut Cursor<'_>, max: i64, found: &mut Vec<(i64, i64)>) -> Result<(), Fault> {
    const HELP: &str = "write `extensions 100 to 199;`";
    cursor.bump();
    loop {
        let range = range(cursor, max, "a number or a range", HELP)?;
        if cursor.cut_off() {
            return fault("`,` or `;`", HELP);
        }
        found.push(range);
        if !cursor.eat(b',') {
            break;
        }
    }
    options::bracketed(cursor, &mut Vec::new())?;
    cursor.semicolon()
}

/// `3`, `3 to 5` or `3 to max`, both ends included.
fn range(cursor: &mut Cursor<'_>, max: i64, expected: &'static str, help: &'static str) -> Result<(i64, i64), Fault> {
    let start = cursor.integer(expected, help)?;
    if cursor.word(0) != Some("to") {
        return Ok((start, start));
    }
    cursor.bump();
    if cursor.word(0) == Some("max") {
        cursor.bump();
        return Ok((start, max));
    }
    Ok((start, cursor.integer("a number or `max`", help)?))
}

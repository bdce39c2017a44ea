//! Bodies of messages and extend blocks: fields, groups, oneofs, ranges, nested definitions. Types stay as written.

use super::cursor::{Fault, fault};
use super::parser::{Parser, join};
use super::recovery::block;
use super::{enums, options, ranges};
use crate::facts::proto::{Extension, Field, Message};

/// The largest field number; `max` in ranges of messages.
const MAX_FIELD: i64 = 536_870_911;
/// What `max` means in a message that uses the old message-set encoding.
const MAX_MESSAGE_SET: i64 = 2_147_483_646;

const BODY: &str = "a field, a nested definition or `}`";

/// Where a field goes.
#[derive(Clone, Copy)]
enum Owner<'s> {
    Message(usize),
    Oneof(usize, &'s str),
    Extension(&'s str),
}

/// A message or an enum, if one begins here, `export` and `local` of edition 2024 included.
pub(super) fn definition(parser: &mut Parser<'_>, scope: &str) -> Result<bool, Fault> {
    let from = parser.cursor.at;
    let visibility = matches!(parser.cursor.word(0), Some("export" | "local"))
        && matches!(parser.cursor.word(1), Some("message" | "enum"))
        && parser.cursor.word(2).is_some();
    match parser.cursor.word(usize::from(visibility)) {
        Some("message") => {
            parser.cursor.at += usize::from(visibility);
            message(parser, scope, from)?;
        }
        Some("enum") => {
            parser.cursor.at += usize::from(visibility);
            enums::definition(parser, scope, from)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn message(parser: &mut Parser<'_>, scope: &str, from: usize) -> Result<(), Fault> {
    const HELP: &str = "write `message Name { … }`";
    parser.cursor.bump();
    let simple = parser.cursor.name("the name of a message", HELP)?;
    if !parser.cursor.is_symbol(0, b'{') {
        return fault("`{`", HELP);
    }
    message_from(parser, &join(scope, simple)?, from)
}

/// The body of a message or of a group whose head begins at `from` and has been read up to the `{`.
fn message_from(parser: &mut Parser<'_>, name: &str, from: usize) -> Result<(), Fault> {
    let index = parser.file.messages.len();
    parser.file.messages.push(Message {
        name: name.to_owned(),
        comment: parser.cursor.comment(from),
        fields: Vec::new(),
        reserved_numbers: Vec::new(),
        reserved_names: Vec::new(),
        extension_ranges: Vec::new(),
        options: Vec::new(),
        at: parser.cursor.span_from(from),
    });
    if parser.enter("open the body with `{`")? {
        block(parser, BODY, |parser| member(parser, index, name));
        parser.leave();
    }
    if let Some(message) = parser.file.messages.get_mut(index)
        && message.options.iter().any(|option| option.name == "message_set_wire_format" && option.value == "true")
    {
        for (_, end) in message.extension_ranges.iter_mut().filter(|(_, end)| *end == MAX_FIELD) {
            *end = MAX_MESSAGE_SET;
        }
    }
    Ok(())
}

fn member(parser: &mut Parser<'_>, index: usize, name: &str) -> Result<(), Fault> {
    if definition(parser, name)? {
        return Ok(());
    }
    match parser.cursor.word(0) {
        Some("option") => {
            let mut found = Vec::new();
            let result = options::statement(&mut parser.cursor, &mut found);
            update(parser, index, |message| message.options.append(&mut found));
            result
        }
        Some("reserved") => {
            let mut found = ranges::Reserved::default();
            let result = ranges::reserved(&mut parser.cursor, MAX_FIELD, &mut found);
            update(parser, index, |message| {
                message.reserved_numbers.append(&mut found.numbers);
                message.reserved_names.append(&mut found.names);
            });
            result
        }
        Some("extensions") => {
            let mut found = Vec::new();
            let result = ranges::extensions(&mut parser.cursor, MAX_FIELD, &mut found);
            update(parser, index, |message| message.extension_ranges.append(&mut found));
            result
        }
        Some("extend") => extend(parser, name),
        Some("oneof") => oneof(parser, index, name),
        _ => field(parser, Owner::Message(index), name),
    }
}

fn update(parser: &mut Parser<'_>, index: usize, change: impl FnOnce(&mut Message)) {
    if let Some(message) = parser.file.messages.get_mut(index) {
        change(message);
    }
}

fn oneof(parser: &mut Parser<'_>, index: usize, scope: &str) -> Result<(), Fault> {
    const HELP: &str = "write `oneof name { type field = number; }`";
    parser.cursor.bump();
    let name = parser.cursor.name("the name of a oneof", HELP)?;
    if parser.enter(HELP)? {
        block(parser, "a field or `}`", |parser| {
            if parser.cursor.word(0) == Some("option") {
                // Options of a oneof are read and left: the facts have no oneofs, only fields that name one.
                return options::statement(&mut parser.cursor, &mut Vec::new());
            }
            field(parser, Owner::Oneof(index, name), scope)
        });
        parser.leave();
    }
    Ok(())
}

/// `extend Message { fields }`, in a file or in a message.
pub(super) fn extend(parser: &mut Parser<'_>, scope: &str) -> Result<(), Fault> {
    const HELP: &str = "write `extend Message { type field = number; }`";
    parser.cursor.bump();
    let extendee = parser.cursor.path("the name of a message", HELP)?;
    if parser.enter(HELP)? {
        block(parser, "a field or `}`", |parser| field(parser, Owner::Extension(&extendee), scope));
        parser.leave();
    }
    Ok(())
}

fn field(parser: &mut Parser<'_>, owner: Owner<'_>, scope: &str) -> Result<(), Fault> {
    const HELP: &str = "write `type name = number;`, with a label in front if need be";
    let from = parser.cursor.at;
    let label = match parser.cursor.word(0) {
        Some(word @ ("optional" | "required" | "repeated")) => {
            parser.cursor.bump();
            word
        }
        _ => "",
    };
    if parser.cursor.word(0) == Some("group") && parser.cursor.word(1).is_some() {
        return group(parser, owner, scope, label, from);
    }
    let type_name = if parser.cursor.word(0) == Some("map") && parser.cursor.is_symbol(1, b'<') {
        map(parser)?
    } else {
        parser.cursor.path("the type of a field", HELP)?
    };
    let name = parser.cursor.name("the name of a field", HELP)?.to_owned();
    parser.cursor.expect(b'=', HELP)?;
    let number = parser.cursor.integer("the number of the field", HELP)?;
    let at = parser.cursor.span_from(from);
    let comment = parser.cursor.comment(from);
    let mut found = Vec::new();
    let result = options::bracketed(&mut parser.cursor, &mut found);
    let field = Field {
        name,
        number,
        type_name,
        label: label.to_owned(),
        oneof: None,
        comment,
        trailing: String::new(),
        options: found,
        at,
    };
    push(parser, owner, scope, field);
    // The field is known even when its options are not.
    result?;
    parser.cursor.semicolon()?;
    if let Some(trailing) = parser.cursor.trailing_comment() {
        annotate(parser, owner, &trailing);
    }
    Ok(())
}

/// Keeps the comment behind a field.
fn annotate(parser: &mut Parser<'_>, owner: Owner<'_>, trailing: &str) {
    let add = |field: Option<&mut Field>| {
        if let Some(field) = field {
            trailing.clone_into(&mut field.trailing);
        }
    };
    match owner {
        Owner::Message(index) | Owner::Oneof(index, _) => {
            update(parser, index, |message| add(message.fields.last_mut()));
        }
        Owner::Extension(_) => add(parser.file.extensions.last_mut().map(|of| &mut of.field)),
    }
}

fn map(parser: &mut Parser<'_>) -> Result<String, Fault> {
    const HELP: &str = "write `map<key, value> name = number;`";
    parser.cursor.bump();
    parser.cursor.expect(b'<', HELP)?;
    let key = parser.cursor.path("the type of the keys", HELP)?;
    parser.cursor.expect(b',', HELP)?;
    let value = parser.cursor.path("the type of the values", HELP)?;
    parser.cursor.expect(b'>', HELP)?;
    Ok(format!("map<{key}, {value}>"))
}

/// `group Name = number { … }`: a field and a message at once.
fn group(parser: &mut Parser<'_>, owner: Owner<'_>, scope: &str, label: &str, from: usize) -> Result<(), Fault> {
    const HELP: &str = "write `optional group Name = number { … }`";
    parser.cursor.bump();
    let simple = parser.cursor.name("the name of a group", HELP)?;
    parser.cursor.expect(b'=', HELP)?;
    let number = parser.cursor.integer("the number of the group", HELP)?;
    let at = parser.cursor.span_from(from);
    let mut found = Vec::new();
    options::bracketed(&mut parser.cursor, &mut found)?;
    if !parser.cursor.is_symbol(0, b'{') {
        return fault("`{`", HELP);
    }
    let full = join(scope, simple)?;
    let field = Field {
        name: simple.to_lowercase(),
        number,
        type_name: format!(".{full}"),
        label: label.to_owned(),
        oneof: None,
        comment: parser.cursor.comment(from),
        trailing: String::new(),
        options: found,
        at,
    };
    push(parser, owner, scope, field);
    message_from(parser, &full, from)
}

fn push(parser: &mut Parser<'_>, owner: Owner<'_>, scope: &str, mut field: Field) {
    match owner {
        Owner::Message(index) => update(parser, index, |message| message.fields.push(field)),
        Owner::Oneof(index, name) => {
            field.oneof = Some(name.to_owned());
            update(parser, index, |message| message.fields.push(field));
        }
        Owner::Extension(extendee) => {
            parser.file.extensions.push(Extension { extendee: extendee.to_owned(), scope: scope.to_owned(), field })
        }
    }
}

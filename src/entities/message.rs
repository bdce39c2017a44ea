//! Messages and enums of protos, with what was taken from them since the base revision.

use super::contract::not_read;
use super::reading::{column, texts};
use super::{Table, text};
use crate::analysis::Model;
use crate::analysis::delta;
use crate::analysis::protos::{Shape, ShapeSite, is_vendored};
use crate::graph::schema::{Field, Kind, Reading, Type};

/// The table of messages and enums.
pub static TABLE: Table = Table {
    kind: Kind::Message,
    count: |model| model.protos.shapes.len(),
    id: |model, index| format!("message:{}", site(model, index).name()),
    spans: |model, index| {
        let of = site(model, index);
        match of.shape {
            Shape::Message(message) => vec![(message.at.clone(), format!("{} is here", of.name()))],
            Shape::Enum(of) => {
                let zero = of.values.iter().find(|value| value.number == 0).map(|value| value.at.clone());
                let mut spans: Vec<_> =
                    zero.into_iter().map(|at| (at, "the value of what is not set".to_owned())).collect();
                spans.push((of.at.clone(), format!("{} is here", of.name)));
                spans
            }
        }
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("name", Type::Text, "Its qualified name."), |model, index| text(site(model, index).name())),
        column(Field::new("kind", Type::Text, "What it is.").one_of(&["message", "enum"]), |model, index| {
            text(match site(model, index).shape {
                Shape::Message(_) => "message",
                Shape::Enum(_) => "enum",
            })
        }),
        column(Field::new("vendored", Type::Bool, "Whether it is of somebody else."), |model, index| {
            Reading::Bool(is_vendored(site(model, index).file))
        }),
        column(Field::new("syntax", Type::Text, "`proto2`, `proto3` or an edition."), |model, index| {
            text(&site(model, index).file.syntax)
        }),
        column(
            Field::new("zero", Type::Text, "For an enum, the name of the value 0; null for others.").or_null(),
            |model, index| zero(site(model, index)).map_or(Reading::Null, text),
        ),
        column(
            Field::new("zero_says", Type::Text, "What that name says of a field that is not set; null without one.")
                .or_null()
                .one_of(&["nothing", "nothing-in-other-words", "something"]),
            |model, index| zero_says(site(model, index)).map_or(Reading::Null, text),
        ),
        column(
            Field::new(
                "open_numbers",
                Type::List(&Type::Text),
                "Numbers that are gone since the base and can be taken again, with their names.",
            )
            .or_unknown(),
            |model, index| gone(model, index, |kept| !kept),
        ),
        column(
            Field::new(
                "open_names",
                Type::List(&Type::Text),
                "Numbers that are gone since the base and reserved, while their names can be taken again.",
            )
            .or_unknown(),
            |model, index| gone(model, index, |kept| kept),
        ),
    ]],
};

fn site<'m, 'a>(model: &'m Model<'a>, index: usize) -> &'m ShapeSite<'a> {
    &model.protos.shapes[index]
}

/// What is gone since the base, of numbers that are kept or not.
fn gone(model: &Model<'_>, index: usize, wanted: fn(bool) -> bool) -> Reading {
    if let Some(path) = delta::unread_of(&model.protos, site(model, index)) {
        return not_read(path);
    }
    let gone = delta::removed(&model.protos, site(model, index));
    texts(gone.into_iter().filter(|(_, kept)| wanted(*kept)).map(|(what, _)| what))
}

fn zero<'a>(of: &ShapeSite<'a>) -> Option<&'a str> {
    let Shape::Enum(of) = of.shape else { return None };
    of.values.iter().find(|value| value.number == 0).map(|value| value.name.as_str())
}

fn zero_says(of: &ShapeSite<'_>) -> Option<&'static str> {
    let zero = zero(of)?;
    let own = of.name().rsplit('.').next().unwrap_or_default();
    // Where words begin in a name is told by no rule: `HTTPStatus`, `OAuth2Kind`. The letters are the same.
    let squashed = |text: &str| text.replace('_', "").to_uppercase();
    let prefix = zero.strip_suffix("_UNSPECIFIED");
    let says = if prefix.is_some_and(|prefix| squashed(prefix) == squashed(own)) {
        "nothing"
    } else if ["UNSPECIFIED", "UNKNOWN", "UNDEFINED", "INVALID", "UNSET", "UNUSED", "PLACEHOLDER"]
        .iter()
        .any(|word| zero.to_uppercase().ends_with(word))
    {
        "nothing-in-other-words"
    } else {
        "something"
    };
    Some(says)
}

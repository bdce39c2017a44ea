//! Fields of proto messages, with what their numbers meant at the base revision.

use super::contract::not_read;
use super::reading::column;
use super::{Table, text};
use crate::analysis::Model;
use crate::analysis::delta::{self, Was, was};
use crate::analysis::protos::{ShapeSite, is_vendored};
use crate::facts::proto;
use crate::graph::schema::{Field, Kind, Reading, Type};

/// What costs and balances are counted in besides money.
const UNITS: &[&str] =
    &["token", "tokens", "credit", "credits", "points", "compute", "cpu", "gpu", "flops", "gas", "joules", "bytes"];

/// The table of fields.
pub static TABLE: Table = Table {
    kind: Kind::Field,
    count: |model| model.protos.fields.len(),
    id: |model, index| {
        let (message, field) = site(model, index);
        format!("field:{}.{}", message.name(), field.name)
    },
    spans: |model, index| {
        let (message, field) = site(model, index);
        vec![(field.at.clone(), format!("{}.{}", message.name(), field.name))]
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("name", Type::Text, "Its name."), |model, index| text(&site(model, index).1.name)),
        column(Field::new("message", Type::Text, "Its message."), |model, index| text(site(model, index).0.name())),
        column(Field::new("type", Type::Text, "Its type."), |model, index| text(&site(model, index).1.type_name)),
        column(Field::new("number", Type::Int, "Its number."), |model, index| {
            Reading::Int(site(model, index).1.number)
        }),
        column(Field::new("vendored", Type::Bool, "Whether it is of somebody else."), |model, index| {
            Reading::Bool(is_vendored(site(model, index).0.file))
        }),
        column(
            Field::new("unstable", Type::Bool, "Whether its package says that it can still change: `v1alpha1`."),
            |model, index| Reading::Bool(site(model, index).0.file.package.contains("alpha")),
        ),
        column(
            Field::new("was", Type::Text, "The field that had its number at the base; null if none, or the same.")
                .or_null(),
            |model, index| match change(model, index) {
                Some(Was::Renamed(name) | Was::Other(name)) => text(&name),
                _ => Reading::Null,
            },
        ),
        column(
            Field::new("change", Type::Text, "What its number meant at the base; null if the same, or nothing.")
                .or_null()
                .or_unknown()
                .one_of(&["renamed", "other", "reserved"]),
            |model, index| {
                if let Some(path) = delta::unread_of(&model.protos, site(model, index).0) {
                    return not_read(path);
                }
                match change(model, index) {
                    Some(Was::Renamed(_)) => text("renamed"),
                    Some(Was::Other(_)) => text("other"),
                    Some(Was::Reserved) => text("reserved"),
                    None => Reading::Null,
                }
            },
        ),
        column(
            Field::new(
                "counted",
                Type::Bool,
                "Whether its name or its comment says that it is counted in something that is no money: tokens, credits.",
            ),
            |model, index| {
                let field = site(model, index).1;
                let text = format!("{} {} {}", field.name, field.comment, field.trailing).to_lowercase();
                let mut words = text.split(|c: char| !c.is_alphanumeric());
                Reading::Bool(words.any(|word| UNITS.contains(&word)))
            },
        ),
        column(
            Field::new("money", Type::Bool, "Whether its name says that it is an amount of money."),
            |model, index| {
                Reading::Bool(is_money(site(model, index).0.file.package.as_str(), &site(model, index).1.name))
            },
        ),
    ]],
};

fn site<'m, 'a>(model: &'m Model<'a>, index: usize) -> (&'m ShapeSite<'a>, &'a proto::Field) {
    let (message, field) = model.protos.fields[index];
    (&model.protos.shapes[message], field)
}

fn change(model: &Model<'_>, index: usize) -> Option<Was> {
    let (message, field) = site(model, index);
    was(&model.protos, message.name(), field)
}

/// Words are compared whole: parts of words would hit `feed`, `feedback` and `taxonomy`.
fn is_money(package: &str, name: &str) -> bool {
    const WORDS: &[&str] = &["price", "amount", "balance", "cost", "fee", "tax", "salary", "refund"];
    const WHOLE: &[&str] = &["total", "subtotal", "grand_total"];
    const ENDS: &[&str] = &["ratio", "percent", "rate", "score", "weight", "seconds", "ms"];
    let words: Vec<&str> = name.split('_').collect();
    let statistics = words.iter().any(|word| matches!(*word, "estimated" | "avg" | "mean"));
    let measured = package.split('.').any(|part| matches!(part, "analytics" | "ranking"));
    let ends = words.last().is_some_and(|last| ENDS.contains(last));
    (WHOLE.contains(&name) || words.iter().any(|word| WORDS.contains(word))) && !statistics && !measured && !ends
}

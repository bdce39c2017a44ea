//! Fields of containers about what they may take of their machine.

use super::super::reading::column;
use super::super::{Column, text, unknown};
use super::{parts, site};
use crate::analysis::Model;
use crate::graph::schema::{Field, Reading, Type};

/// The columns.
pub(super) static COLUMNS: &[Column] = &[
    column(Field::new("memory_limit", Type::Text, MEMORY).or_null().or_unknown(), |m, i| {
        resource(m, i, "limits.memory")
    }),
    column(Field::new("cpu_limit", Type::Text, CPU).or_null().or_unknown(), |m, i| resource(m, i, "limits.cpu")),
    column(Field::new("memory_request", Type::Text, ASKED_MEMORY).or_null().or_unknown(), |m, i| {
        resource(m, i, "requests.memory")
    }),
    column(Field::new("cpu_request", Type::Text, ASKED_CPU).or_null().or_unknown(), |m, i| {
        resource(m, i, "requests.cpu")
    }),
];

const MEMORY: &str = "The memory at which it is killed, as its manifest writes it; null without one.";
const CPU: &str = "The CPU at which it is slowed down, as its manifest writes it; null without one.";
const ASKED_MEMORY: &str = "The memory that its machine keeps for it, as its manifest writes it; null without one.";
const ASKED_CPU: &str = "The CPU that its machine keeps for it, as its manifest writes it; null without one.";

fn resource(model: &Model<'_>, index: usize, name: &str) -> Reading {
    let (environment, _, container) = parts(model, site(model, index));
    match container.resources.get(name) {
        Some(stated) => text(&stated.value),
        None if environment.partial || environment.others.iter().any(|of| of.meta.kind == "LimitRange") => unknown(
            &format!("{name} of {}", container.name),
            "what a LimitRange or a rendered chart gives, in its manifest",
        ),
        None => Reading::Null,
    }
}

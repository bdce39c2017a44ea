//! Variables: what code cannot do without, and what manifests set, per container.

use super::reading::column;
use super::{Table, text, unknown};
use crate::analysis::Model;
use crate::analysis::deployed::{Given, VariableSite, given, parts, supplied};
use crate::analysis::plain_secret::{holds_secret, is_named_secret, line_of_secret};
use crate::graph::link::is_scaffolding;
use crate::graph::schema::{EntityRef, Field, Kind, Reading, Type};
use crate::span::Span;

/// The table of variables.
pub static TABLE: Table = Table {
    kind: Kind::Variable,
    count: |model| model.deployed.variables.len(),
    id: |model, index| {
        let of = site(model, index);
        let container = &model.deployed.containers[of.container];
        let (_, workload, container) = parts(model, container);
        format!("variable:{}/{}/{}", workload.meta.name, container.name, of.name)
    },
    spans: |model, index| {
        let of = site(model, index);
        let container = parts(model, &model.deployed.containers[of.container]).2;
        let mut spans = Vec::new();
        if let Given::Text(value, at) = given(model, of) {
            spans.push((line_in(&at, &of.name, value), format!("the value of {} stands here", of.name)));
        }
        spans.extend(of.set.as_ref().map(|(at, _)| (at.clone(), format!("{} is set here", of.name))));
        spans.extend(of.required_at.clone().map(|at| (at, format!("{} is read here", of.name))));
        spans.push((container.at.clone(), format!("the container {}", container.name)));
        spans
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("name", Type::Text, "Its name."), |model, index| text(&site(model, index).name)),
        column(Field::new("service", Type::Entity(Kind::Service), "The service that runs there."), |model, index| {
            let index = model.deployed.containers[site(model, index).container].service;
            Reading::Entity(EntityRef { kind: Kind::Service, index })
        }),
        column(Field::new("container", Type::Text, "Its container."), |model, index| {
            text(&parts(model, &model.deployed.containers[site(model, index).container]).2.name)
        }),
        column(Field::new("required", Type::Bool, "Whether the code fails without it."), |model, index| {
            Reading::Bool(site(model, index).required_at.is_some())
        }),
        column(
            Field::new("supplied", Type::Bool, "Whether the container is given it.").or_unknown(),
            |model, index| match supplied(model, site(model, index)) {
                Some(supplied) => Reading::Bool(supplied),
                None => unknown("variable.supplied", "the ConfigMaps and Secrets that envFrom names"),
            },
        ),
        column(
            Field::new(
                "plain_secret",
                Type::Bool,
                "Whether its value is a secret that stands in a manifest: in place, or in a ConfigMap.",
            )
            .or_unknown(),
            |model, index| {
                let of = site(model, index);
                match given(model, of) {
                    Given::Text(text, _) => Reading::Bool(holds_secret(&of.name, text)),
                    Given::Missing(map) if is_named_secret(&of.name) => {
                        unknown(&format!("the ConfigMap {map}"), "its manifest, rendered where it is part of a chart")
                    }
                    Given::Missing(_) | Given::Hidden => Reading::Bool(false),
                }
            },
        ),
        column(
            Field::new("for_show", Type::Bool, "Whether it is set in a folder of examples, demos or tests."),
            |model, index| {
                let set = site(model, index).set.as_ref();
                Reading::Bool(set.is_some_and(|(at, _)| is_scaffolding(at.file.rsplit_once('/').map_or("", |of| of.0))))
            },
        ),
    ]],
};

/// The line of a text that holds a secret, where the lines of the text are those of its file: else where it begins.
fn line_in(at: &Span, name: &str, value: &str) -> Span {
    let lines = u32::try_from(value.trim_end().lines().count()).unwrap_or(u32::MAX);
    let line = line_of_secret(name, value).and_then(|line| u32::try_from(line).ok()).unwrap_or(0);
    if line == 0 || at.end_line.saturating_sub(at.line) + 1 < lines {
        return at.clone();
    }
    Span::line(&*at.file, at.line + line)
}

fn site<'m>(model: &'m Model<'_>, index: usize) -> &'m VariableSite {
    &model.deployed.variables[index]
}

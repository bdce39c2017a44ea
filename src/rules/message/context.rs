//! The values that a template gets: only the fields that it asks for, read along relations.

use std::collections::BTreeMap;

use tera::{Context, Value};

use super::params;
use crate::graph::schema::{EntityRef, Kind, Reading, Type};
use crate::rules::condition::{Scope, Terms};

/// The most elements of a list in a message: a sentence with more is no sentence.
const MAX_ELEMENTS: usize = 50;

/// Fields that a template asks for, and what it asks of the entities behind them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted(BTreeMap<&'static str, Wanted>);

impl Wanted {
    /// Asks for the field at the end of a way of fields.
    pub fn want(&mut self, way: &[&'static str]) {
        if let [first, rest @ ..] = way {
            self.0.entry(first).or_default().want(rest);
        }
    }
}

/// The context of one entity.
pub(super) fn of(wanted: &Wanted, scope: Scope<'_>) -> Context {
    let mut context = Context::new();
    context.insert_value(scope.entity.kind.name(), entity(wanted, scope, scope.entity));
    context.insert_value("params", params(scope.params));
    context
}

fn entity(wanted: &Wanted, scope: Scope<'_>, entity: EntityRef) -> Value {
    if wanted.0.is_empty() {
        return scope.model.id(entity).into();
    }
    let fields = wanted.0.iter().map(|(name, inner)| (*name, value(inner, scope, scope.model.read(entity, name))));
    group(fields.collect())
}

fn value(wanted: &Wanted, scope: Scope<'_>, reading: Reading) -> Value {
    match reading {
        Reading::Unknown(_) => "unknown".into(),
        Reading::Null => Value::none(),
        Reading::Bool(value) => value.into(),
        Reading::Int(value) => value.into(),
        Reading::Double(value) => rounded(value).into(),
        Reading::Text(text) => (&*text).into(),
        Reading::Entity(of) => entity(wanted, scope, of),
        Reading::List(values) => {
            let values = values.into_iter().take(MAX_ELEMENTS);
            Value::from(values.map(|reading| value(wanted, scope, reading)).collect::<Vec<_>>())
        }
    }
}

/// Twelve significant digits: 0.1 + 0.2 reads as 0.3.
fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// A made-up context of the right types, to try a template.
pub(super) fn sample(wanted: &Wanted, terms: Terms<'_>) -> Context {
    let mut context = Context::new();
    context.insert_value(terms.select.name(), sample_entity(wanted, terms, terms.select));
    context.insert_value("params", params(terms.params));
    context
}

fn sample_entity(wanted: &Wanted, terms: Terms<'_>, kind: Kind) -> Value {
    if wanted.0.is_empty() {
        return kind.name().into();
    }
    let fields = wanted.0.iter().filter_map(|(name, inner)| {
        let field = terms.schema.field(kind, name)?;
        let text = field.values.first().copied().unwrap_or("text");
        Some((*name, sample_value(inner, terms, field.of, text)))
    });
    group(fields.collect())
}

fn sample_value(wanted: &Wanted, terms: Terms<'_>, of: Type, text: &str) -> Value {
    match of {
        Type::Bool => true.into(),
        Type::Int => 2_i64.into(),
        Type::Double => 0.5.into(),
        Type::Text => text.into(),
        Type::Entity(kind) => sample_entity(wanted, terms, kind),
        Type::List(element) => Value::from(vec![sample_value(wanted, terms, *element, text)]),
    }
}

/// Fields as nested maps: `demand.peak` is `peak` in `demand`.
fn group(fields: Vec<(&'static str, Value)>) -> Value {
    let mut flat: BTreeMap<String, Value> = BTreeMap::new();
    let mut groups: BTreeMap<&'static str, Vec<(&'static str, Value)>> = BTreeMap::new();
    for (name, value) in fields {
        match name.split_once('.') {
            Some((first, rest)) => groups.entry(first).or_default().push((rest, value)),
            None => {
                flat.insert(name.to_owned(), value);
            }
        }
    }
    for (name, members) in groups {
        flat.insert(name.to_owned(), group(members));
    }
    flat.into()
}

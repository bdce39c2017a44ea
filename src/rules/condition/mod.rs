//! Conditions of rules: CEL text in, a checked condition out, and its three-valued truth for one entity.
//!
//! `text -> tree -> check -> evaluate`. The text is parsed by the `cel` crate; types, names and evaluation are ours,
//! because a rule must not stay quiet about what it misspells, and because an unknown input must make an unknown
//! result. Knows the published schema, not the graph behind it.

mod arithmetic;
mod check;
mod evaluate;
mod expression;
mod functions;
mod guard;
mod parse;
mod scalar;
mod tree;
mod value;

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod evaluate_tests;
#[cfg(test)]
mod kleene_tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::Param;
use crate::graph::schema::{Entities, EntityRef, Kind, Missing, Schema};

pub use guard::Known;
pub use scalar::{Scalar, places};

use expression::Expr;
use value::Value;

/// What is wrong in a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset in the text of the condition.
    pub at: usize,
    /// What was met and what was expected.
    pub message: String,
    /// What to do about it; may be empty.
    pub help: String,
}

/// The names that a condition can speak of.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// The fields of each kind.
    pub schema: &'a dyn Schema,
    /// The kind of the judged entity; its name is the variable that stands for it.
    pub select: Kind,
    /// The rule's params: `params.max`.
    pub params: &'a BTreeMap<String, Param>,
}

/// What a condition is evaluated against.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The entities.
    pub model: &'a dyn Entities,
    /// The judged entity.
    pub entity: EntityRef,
    /// The params in force, of the types that the condition was checked with.
    pub params: &'a BTreeMap<String, Param>,
}

/// Three-valued truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It cannot be decided without these inputs, sorted.
    Unknown(Vec<Missing>),
}

/// A checked expression.
#[derive(Clone, Debug)]
pub struct Condition {
    text: Arc<str>,
    expr: Expr,
    fields: BTreeSet<Arc<str>>,
}

impl Condition {
    /// Parses and checks a condition: an expression that is true or false. `known` holds what an earlier condition
    /// has established; the second result is what holds after this one.
    ///
    /// # Errors
    ///
    /// Everything in the text that the dialect or the schema does not know.
    pub fn check(text: &str, terms: Terms<'_>, known: &Known) -> Result<(Self, Known), Vec<Fault>> {
        let tree = parse::parse(text).map_err(|fault| vec![fault])?;
        let checked = check::boolean(&tree, terms, known)?;
        let known = checked.when_true;
        Ok((Self { text: text.into(), expr: checked.expr, fields: checked.fields }, known))
    }

    /// Parses and checks a relation: an expression that gives an entity or a list of entities, or none.
    ///
    /// # Errors
    ///
    /// Everything in the text that the dialect or the schema does not know.
    pub fn relation(text: &str, terms: Terms<'_>) -> Result<Self, Vec<Fault>> {
        let tree = parse::parse(text).map_err(|fault| vec![fault])?;
        let checked = check::relation(&tree, terms)?;
        Ok(Self { text: text.into(), expr: checked.expr, fields: checked.fields })
    }

    /// The text that it was made from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The fields of the judged entity that it reads itself, sorted.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(AsRef::as_ref)
    }

    /// Whether it holds.
    #[must_use]
    pub fn decide(&self, scope: Scope<'_>) -> Truth {
        match evaluate::evaluate(&self.expr, scope) {
            Value::Bool(true) => Truth::True,
            Value::Bool(false) => Truth::False,
            Value::Unknown(missing) => Truth::Unknown(missing),
            // The checker lets only truth values through; an absent one would have to slip past its guards.
            _ => Truth::Unknown(vec![value::reason("the condition gave no truth value")]),
        }
    }

    /// The entities that a relation gives, in order; unknown and absent ones are left out.
    #[must_use]
    pub fn entities(&self, scope: Scope<'_>) -> Vec<EntityRef> {
        match evaluate::evaluate(&self.expr, scope) {
            Value::Entity(entity) => vec![entity],
            Value::List(values) => values
                .iter()
                .filter_map(|value| if let Value::Entity(entity) = value { Some(*entity) } else { None })
                .collect(),
            _ => Vec::new(),
        }
    }
}

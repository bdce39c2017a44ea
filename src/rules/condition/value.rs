//! Values of the evaluator, the unknown one among them.

use std::sync::Arc;

use crate::config::Param;
use crate::graph::schema::{EntityRef, Missing, Reading};

/// The most missing inputs that one result names: more would not help the reader.
const MAX_MISSING: usize = 12;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Not decidable without these inputs: sorted, without repetitions.
    Unknown(Vec<Missing>),
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Arc<str>),
    Entity(EntityRef),
    List(Arc<[Value]>),
}

impl Value {
    /// Unknown for a reason that no input can mend, such as an overflow.
    pub fn because(why: impl Into<String>) -> Self {
        Self::Unknown(vec![reason(why)])
    }

    /// The missing inputs of an unknown value; none of a known one.
    pub fn missing(&self) -> &[Missing] {
        match self {
            Self::Unknown(missing) => missing,
            _ => &[],
        }
    }

    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_))
    }
}

/// A missing input that is a reason rather than a field.
pub(super) fn reason(why: impl Into<String>) -> Missing {
    Missing { what: why.into(), supply: String::new() }
}

/// The unknown value that lacks all that these lack.
pub(super) fn unknown<'a>(values: impl IntoIterator<Item = &'a Value>) -> Value {
    let mut all: Vec<Missing> = values.into_iter().flat_map(Value::missing).cloned().collect();
    all.sort();
    all.dedup();
    all.truncate(MAX_MISSING);
    Value::Unknown(all)
}

impl From<Reading> for Value {
    fn from(reading: Reading) -> Self {
        match reading {
            Reading::Unknown(missing) => Self::Unknown(vec![missing]),
            Reading::Null => Self::Null,
            Reading::Bool(value) => Self::Bool(value),
            Reading::Int(value) => Self::Int(value),
            Reading::Double(value) => Self::Double(value),
            Reading::Text(value) => Self::Text(value),
            Reading::Entity(entity) => Self::Entity(entity),
            Reading::List(values) => Self::List(values.into_iter().map(Self::from).collect()),
        }
    }
}

impl From<&Param> for Value {
    fn from(param: &Param) -> Self {
        match param {
            Param::Bool(value) => Self::Bool(*value),
            Param::Int(value) => Self::Int(*value),
            Param::Double(value) => Self::Double(*value),
            Param::Text(value) => Self::Text(value.as_str().into()),
            Param::Texts(values) => Self::List(values.iter().map(|value| Self::Text(value.as_str().into())).collect()),
        }
    }
}

//! A threshold of a rule: set in the rule's file, overridden in `loadpath.yaml`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of a param.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Param {
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating point number.
    Double(f64),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

impl Param {
    /// The name of its type in messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Double(_) => "double",
            Self::Text(_) => "text",
            Self::Texts(_) => "list of text",
        }
    }

    /// This value in the type of another, where nothing is lost: an integer can stand for a double.
    #[must_use]
    pub fn like(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            #[allow(clippy::cast_precision_loss, reason = "thresholds are far below 2^53")]
            (Self::Int(value), Self::Double(_)) => Some(Self::Double(*value as f64)),
            (value, other) if value.type_name() == other.type_name() => Some(value.clone()),
            (Self::Texts(values), _) if values.is_empty() => None,
            _ => None,
        }
    }
}

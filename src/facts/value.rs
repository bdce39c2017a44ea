//! A value as far as it is known without running anything: a literal, an environment variable with its default, a key
//! of a settings file, a text with holes. The graph evaluates it against the manifests of one workload.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Span;

/// A symbolic value. `Unknown` says why; nothing is guessed.
#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A known text.
    Text(String),
    /// A known integer.
    Integer(i64),
    /// A known floating point number.
    Float(f64),
    /// A known truth value.
    Bool(bool),
    /// A known duration, in milliseconds.
    Millis(i64),
    /// Known not to be there: `None`, or an option that is not set.
    Absent,
    /// An environment variable, with the value that the code takes when it is not set.
    Variable {
        /// Name of the variable.
        name: String,
        /// Value when it is not set; `None`: the program fails without it.
        default: Option<Box<Value>>,
        /// Where it is read.
        at: Span,
    },
    /// A field of a settings struct, filled from files or variables.
    Setting {
        /// Dotted key in the settings files: `database.max_connections`.
        key: String,
        /// Environment variables that override it, in order: `APP__DATABASE__MAX_CONNECTIONS`.
        variables: Vec<String>,
        /// Value when neither file nor variable has it.
        default: Option<Box<Value>>,
        /// Where the field is declared.
        at: Span,
    },
    /// A text put together: `format!("{prefix}.orders")`.
    Join(Vec<Value>),
    /// One of several values, depending on a branch.
    OneOf(Vec<Value>),
    /// A value multiplied by a constant: seconds to milliseconds and the like.
    Scaled {
        /// The value.
        value: Box<Value>,
        /// The factor.
        factor: i64,
    },
    /// A number plus a constant.
    Offset {
        /// The value.
        value: Box<Value>,
        /// What is added.
        by: i64,
    },
    /// A part of a text that its type keeps from being free text: a number, a truth value, an id, a date.
    Scalar(Box<Value>),
    /// The n-th argument of the function that holds the value. Only inside the extractor: it is replaced by what callers
    /// pass before facts leave it.
    Argument(usize),
    /// Not known, and why: `address comes from a request`.
    Unknown(String),
}

/// Where a number comes from, for the formula.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Stated at a place in the project.
    At(Span),
    /// A default of a library or server that is in the project: `sqlx 0.8 default`.
    Default(String),
}

impl Value {
    /// The text, if it is known as it stands.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if it is known as it stands.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) | Self::Millis(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether it is set under a condition that is not known: in one of its branches it is absent, or not seen.
    #[must_use]
    pub fn may_be_absent(&self) -> bool {
        matches!(self, Self::OneOf(values) if values.iter().any(|of| matches!(of, Self::Absent | Self::Unknown(_))))
    }

    /// Unites two values that may both hold.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        let mut all = match self {
            Self::OneOf(values) => values,
            value => vec![value],
        };
        let more = match other {
            Self::OneOf(values) => values,
            value => vec![value],
        };
        for value in more {
            if !all.contains(&value) {
                all.push(value);
            }
        }
        Self::OneOf(all)
    }
}

//! Types as the checker sees them: those of fields, those of literals, and null.

use std::fmt;

use crate::config::Param;
use crate::graph::schema::{Kind, Type};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Bool,
    Int,
    Double,
    Text,
    Entity(Kind),
    List(Box<Ty>),
    /// The literal `null`.
    Null,
    /// The elements of an empty list.
    Any,
}

impl Ty {
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Double)
    }

    /// The type that both are, if they are one.
    pub fn unite(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Any, ty) | (ty, Self::Any) => Some(ty.clone()),
            (Self::List(a), Self::List(b)) => Some(Self::List(Box::new(a.unite(b)?))),
            (a, b) => (a == b).then(|| a.clone()),
        }
    }
}

impl From<Type> for Ty {
    fn from(of: Type) -> Self {
        match of {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Double => Self::Double,
            Type::Text => Self::Text,
            Type::Entity(kind) => Self::Entity(kind),
            Type::List(element) => Self::List(Box::new(Self::from(*element))),
        }
    }
}

impl From<&Param> for Ty {
    fn from(param: &Param) -> Self {
        match param {
            Param::Bool(_) => Self::Bool,
            Param::Int(_) => Self::Int,
            Param::Double(_) => Self::Double,
            Param::Text(_) => Self::Text,
            Param::Texts(_) => Self::List(Box::new(Self::Text)),
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Double => f.write_str("double"),
            Self::Text => f.write_str("text"),
            Self::Entity(kind) => write!(f, "the entity {kind}"),
            Self::List(element) => write!(f, "a list of {element}"),
            Self::Null => f.write_str("null"),
            Self::Any => f.write_str("nothing"),
        }
    }
}

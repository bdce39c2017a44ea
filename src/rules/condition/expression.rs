//! A condition after the check: every name is looked up and every operator knows its types.

use std::sync::Arc;

use regex::Regex;

use super::tree::{Comparison, Operation};
use super::value::Value;

#[derive(Clone, Debug)]
pub(super) enum Expr {
    Literal(Value),
    /// The judged entity.
    Entity,
    Param(Arc<str>),
    /// The variable of the n-th enclosing macro, counted from the outside.
    Local(usize),
    Field(Box<Expr>, Arc<str>),
    Index(Box<Expr>, Box<Expr>),
    List(Vec<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    Arithmetic(Operation, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Box<Expr>),
    Each(Each, Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
    Matches(Box<Expr>, Regex),
}

/// What a macro does with the elements of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Each {
    Exists,
    ExistsOne,
    All,
    Filter,
    Map,
}

impl Each {
    pub const NAMES: [&str; 5] = ["exists", "exists_one", "all", "filter", "map"];

    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "exists" => Some(Self::Exists),
            "exists_one" => Some(Self::ExistsOne),
            "all" => Some(Self::All),
            "filter" => Some(Self::Filter),
            "map" => Some(Self::Map),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    /// Sum of integers; of an empty list 0.
    SumInt,
    /// Sum of doubles; of an empty list 0.0.
    SumDouble,
    /// The largest of a list; of an empty list null.
    Max,
    /// The smallest of a list; of an empty list null.
    Min,
    /// The next integer that is not below a double.
    Ceil,
    /// An integer as a double.
    Double,
    /// Elements of a list, characters of a text.
    Size,
    StartsWith,
    EndsWith,
    Contains,
}

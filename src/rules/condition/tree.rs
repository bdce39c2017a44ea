//! A condition as it is written: names not yet looked up, types not yet known.

use std::sync::Arc;

/// A node and its byte offset in the text.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub at: usize,
    pub node: Node,
}

#[derive(Clone, Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Arc<str>),
    Name(String),
    /// `of.field`; the node's offset is that of the field's name.
    Select(Box<Tree>, String),
    Index(Box<Tree>, Box<Tree>),
    List(Vec<Tree>),
    Not(Box<Tree>),
    Negate(Box<Tree>),
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
    If(Box<Tree>, Box<Tree>, Box<Tree>),
    Compare(Comparison, Box<Tree>, Box<Tree>),
    Arithmetic(Operation, Box<Tree>, Box<Tree>),
    In(Box<Tree>, Box<Tree>),
    /// `name(…)` or `target.name(…)`; the node's offset is that of the name.
    Call(Option<Box<Tree>>, String, Vec<Tree>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    pub fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operation {
    pub fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

//! Conditions that are decided when a function is followed for one caller alone: what that caller gives it makes one
//! branch the only one. For all callers at once nothing is decided, but what optional fields that nothing fills decide.

use super::Eval;
use super::val::Val;
use crate::extract::rust::tree::{Expr, ExprKind, Literal, Pattern};
use crate::facts::Value;

/// What a pattern makes of a known value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It fits.
    Yes,
    /// It does not.
    No,
    /// It may.
    Maybe,
}

impl<'a> Eval<'_, 'a> {
    /// Whether a condition holds for what the caller gives, by the value that it was evaluated to.
    pub(super) fn decided(&self, condition: &Expr, val: &Val) -> Option<bool> {
        if !self.exact || !of_variables(condition) {
            return None;
        }
        match val.value {
            Some(Value::Bool(holds)) => Some(holds),
            _ => None,
        }
    }

    /// Whether a pattern fits what the caller gives.
    pub(super) fn fit(&mut self, scrutinee: &Expr, val: &Val, pattern: &'a Pattern) -> Fit {
        match self.fits_absence(scrutinee, pattern) {
            Some(true) => return Fit::Yes,
            Some(false) => return Fit::No,
            None => {}
        }
        if !self.exact || !of_variables(scrutinee) {
            return Fit::Maybe;
        }
        match &val.value {
            Some(value @ (Value::Text(_) | Value::Integer(_) | Value::Bool(_))) => self.fits(value, pattern),
            _ => Fit::Maybe,
        }
    }

    fn fits(&mut self, value: &Value, pattern: &'a Pattern) -> Fit {
        let known = match pattern {
            // A constant looks like a name.
            Pattern::Name(name, None) if name.chars().all(|c| !c.is_lowercase()) => return Fit::Maybe,
            Pattern::Name(_, None) | Pattern::Wild => return Fit::Yes,
            Pattern::Name(_, Some(inner)) | Pattern::Reference(inner) => return self.fits(value, inner),
            Pattern::Or(patterns) => {
                let fits: Vec<Fit> = patterns.iter().map(|pattern| self.fits(value, pattern)).collect();
                return if fits.contains(&Fit::Yes) {
                    Fit::Yes
                } else if fits.contains(&Fit::Maybe) {
                    Fit::Maybe
                } else {
                    Fit::No
                };
            }
            Pattern::Literal(Literal::Text(text)) => Some(Value::Text(text.clone())),
            Pattern::Literal(Literal::Integer(number)) => Some(Value::Integer(*number)),
            Pattern::Literal(Literal::Bool(known)) => Some(Value::Bool(*known)),
            Pattern::Path(path) => self.path_val(path).value,
            _ => None,
        };
        match known {
            Some(known @ (Value::Text(_) | Value::Integer(_) | Value::Bool(_))) if known == *value => Fit::Yes,
            Some(Value::Text(_) | Value::Integer(_) | Value::Bool(_)) => Fit::No,
            _ => Fit::Maybe,
        }
    }
}

/// Whether an expression is about local variables alone: what a field holds may have been changed elsewhere.
fn of_variables(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Path(_) | ExprKind::Literal(_) => true,
        ExprKind::Reference(inner) | ExprKind::Dereference(inner) | ExprKind::Unary(_, inner) => of_variables(inner),
        ExprKind::Binary(_, a, b) => of_variables(a) && of_variables(b),
        ExprKind::MethodCall { receiver, arguments, .. } => {
            of_variables(receiver) && arguments.iter().all(of_variables)
        }
        _ => false,
    }
}

/// What a question about a text answers: `path.starts_with('/')`.
pub fn asked(question: &str, text: &Value, about: &Value) -> Option<bool> {
    let Value::Text(about) = about else { return None };
    match (question, text) {
        ("starts_with", Value::Text(text)) => Some(text.starts_with(about.as_str())),
        ("ends_with", Value::Text(text)) => Some(text.ends_with(about.as_str())),
        ("contains", Value::Text(text)) => Some(text.contains(about.as_str())),
        ("eq" | "eq_ignore_ascii_case", Value::Text(text)) => {
            Some(if question == "eq" { text == about } else { text.eq_ignore_ascii_case(about) })
        }
        ("starts_with", Value::Join(parts)) => match parts.first()? {
            Value::Text(first) if first.len() >= about.len() => Some(first.starts_with(about.as_str())),
            Value::Text(first) if !about.starts_with(first.as_str()) => Some(false),
            // `{id}/orders`: what stands in front of a separator is a name, and begins with none.
            Value::Text(_) => None,
            _ => match parts.get(1) {
                Some(Value::Text(next)) if about == "/" && next.starts_with('/') => Some(false),
                _ => None,
            },
        },
        ("ends_with", Value::Join(parts)) => match parts.last()? {
            Value::Text(last) if last.len() >= about.len() => Some(last.ends_with(about.as_str())),
            Value::Text(last) if !about.ends_with(last.as_str()) => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Whether two values are equal, where both are known.
pub(super) fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a == b),
        (Value::Integer(a), Value::Integer(b)) => Some(a == b),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        _ => None,
    }
}

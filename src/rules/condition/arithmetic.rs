//! Arithmetic and comparison of values, three-valued and without panic: what overflows or has no result is unknown.

use std::cmp::Ordering;

use super::tree::{Comparison, Operation};
use super::value::{Value, unknown};

pub(super) fn arithmetic(operation: Operation, left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Unknown(_), _) | (_, Value::Unknown(_)) => unknown([left, right]),
        (Value::Int(a), Value::Int(b)) => {
            let result = match operation {
                Operation::Add => a.checked_add(*b),
                Operation::Subtract => a.checked_sub(*b),
                Operation::Multiply => a.checked_mul(*b),
                Operation::Divide => a.checked_div(*b),
                Operation::Remainder => a.checked_rem(*b),
            };
            let why = if *b == 0 { "a division by zero" } else { "an overflow" };
            result.map_or_else(|| Value::because(format!("{why}: {a} {} {b}", operation.sign())), Value::Int)
        }
        (Value::Double(a), Value::Double(b)) => double(match operation {
            Operation::Add => a + b,
            Operation::Subtract => a - b,
            Operation::Multiply => a * b,
            Operation::Divide => a / b,
            Operation::Remainder => a % b,
        }),
        (Value::Text(a), Value::Text(b)) if operation == Operation::Add => Value::Text(format!("{a}{b}").into()),
        _ => Value::because(format!("an absent value in `{}`", operation.sign())),
    }
}

/// A double, if it is a number.
pub(super) fn double(value: f64) -> Value {
    if value.is_finite() { Value::Double(value) } else { Value::because("a division by zero or an overflow") }
}

pub(super) fn negate(value: &Value) -> Value {
    match value {
        Value::Int(number) => number.checked_neg().map_or_else(|| Value::because("an overflow"), Value::Int),
        Value::Double(number) => Value::Double(-number),
        Value::Unknown(_) => value.clone(),
        _ => Value::because("an absent value after `-`"),
    }
}

pub(super) fn compare(comparison: Comparison, left: &Value, right: &Value) -> Value {
    match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => not(&equal(left, right)),
        _ if left.is_unknown() || right.is_unknown() => unknown([left, right]),
        _ => {
            // Nothing is above or below what is not there; the checker wants a guard in front of it anyway.
            let order = order(left, right);
            Value::Bool(match comparison {
                Comparison::Less => order == Some(Ordering::Less),
                Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
                Comparison::Greater => order == Some(Ordering::Greater),
                _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            })
        }
    }
}

/// The order of two known values of one type.
pub(super) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Three-valued equality. Lists differ as soon as one pair differs, whatever is unknown besides.
pub(super) fn equal(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::List(a), Value::List(b)) => {
            if a.len() != b.len() {
                return Value::Bool(false);
            }
            let pairs: Vec<Value> = a.iter().zip(b.iter()).map(|(a, b)| equal(a, b)).collect();
            all(&pairs)
        }
        _ if left.is_unknown() || right.is_unknown() => unknown([left, right]),
        _ => Value::Bool(left == right),
    }
}

pub(super) fn not(value: &Value) -> Value {
    match value {
        Value::Bool(value) => Value::Bool(!value),
        Value::Unknown(_) => value.clone(),
        _ => Value::because("an absent value after `!`"),
    }
}

/// Kleene's conjunction of any number of values.
pub(super) fn all(values: &[Value]) -> Value {
    if values.contains(&Value::Bool(false)) {
        return Value::Bool(false);
    }
    decided(values, true)
}

/// Kleene's disjunction of any number of values.
pub(super) fn any(values: &[Value]) -> Value {
    if values.contains(&Value::Bool(true)) {
        return Value::Bool(true);
    }
    decided(values, false)
}

/// The result of values of which none decides by itself.
fn decided(values: &[Value], result: bool) -> Value {
    if values.iter().any(Value::is_unknown) {
        return unknown(values);
    }
    if values.iter().any(|value| !matches!(value, Value::Bool(_))) {
        return Value::because("an absent value where a truth value is needed");
    }
    Value::Bool(result)
}

//! The functions of the dialect over values that are already evaluated.

use std::cmp::Ordering;

use super::arithmetic::{arithmetic, double, order};
use super::expression::Function;
use super::tree::Operation;
use super::value::{Value, unknown};

pub(super) fn call(function: Function, args: &[Value]) -> Value {
    let [first, rest @ ..] = args else {
        return Value::because("a function without arguments");
    };
    if first.is_unknown() || rest.iter().any(Value::is_unknown) {
        return unknown(args);
    }
    match (function, first) {
        (Function::SumInt, Value::List(values)) => sum(Value::Int(0), values),
        (Function::SumDouble, Value::List(values)) => sum(Value::Double(0.0), values),
        (Function::Max, Value::List(values)) => extreme(values, Ordering::Greater),
        (Function::Min, Value::List(values)) => extreme(values, Ordering::Less),
        (Function::Ceil, Value::Double(value)) => integer(value.ceil()),
        #[allow(clippy::cast_precision_loss, reason = "what is counted or measured here stays far below 2^53")]
        (Function::Double, Value::Int(value)) => double(*value as f64),
        (Function::Size, Value::List(values)) => size(values.len()),
        (Function::Size, Value::Text(text)) => size(text.chars().count()),
        (Function::StartsWith | Function::EndsWith | Function::Contains, Value::Text(text)) => match rest {
            [Value::Text(part)] => Value::Bool(match function {
                Function::StartsWith => text.starts_with(&**part),
                Function::EndsWith => text.ends_with(&**part),
                _ => text.contains(&**part),
            }),
            _ => Value::because("an absent text"),
        },
        _ => Value::because("an absent value as an argument"),
    }
}

fn sum(zero: Value, values: &[Value]) -> Value {
    if values.iter().any(Value::is_unknown) {
        return unknown(values);
    }
    values.iter().fold(zero, |total, value| arithmetic(Operation::Add, &total, value))
}

fn extreme(values: &[Value], wanted: Ordering) -> Value {
    if values.iter().any(Value::is_unknown) {
        return unknown(values);
    }
    let mut best = Value::Null;
    for value in values {
        if best == Value::Null || order(value, &best) == Some(wanted) {
            best = value.clone();
        }
    }
    best
}

fn size(count: usize) -> Value {
    i64::try_from(count).map_or_else(|_| Value::because("an overflow"), Value::Int)
}

fn integer(value: f64) -> Value {
    // 2^63 is the first double above the integers; below it the conversion is exact for whole numbers.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked, and the value is whole")]
    if (-LIMIT..LIMIT).contains(&value) { Value::Int(value as i64) } else { Value::because("an overflow") }
}

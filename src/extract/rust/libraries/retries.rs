//! Retries of smaller libraries: backoff, again, tryhard.

use std::collections::BTreeMap;

use super::act::{Act, Unit, run_steps};
use super::tokio::retry_spawn;
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::Step;

/// backoff: limited by time, not by a number of attempts.
pub static BACKOFF: Library = Library {
    name: "backoff",
    crates: &["backoff"],
    apis: &[
        api("", &["retry", "retry_notify"], Act::Custom(retry_spawn)),
        api("ExponentialBackoffBuilder", &["new", "default"], Act::Give("backoff::ExponentialBackoffBuilder")),
        api("ExponentialBackoffBuilder", &["with_initial_interval"], Act::Set("first_ms", Unit::Duration)),
        api("ExponentialBackoffBuilder", &["with_multiplier"], Act::Set("factor", Unit::Plain)),
        api("ExponentialBackoffBuilder", &["with_max_interval"], Act::Set("max_ms", Unit::Duration)),
        api("ExponentialBackoffBuilder", &["with_max_elapsed_time"], Act::Set("max_elapsed_ms", Unit::Duration)),
        api("ExponentialBackoffBuilder", &["with_randomization_factor"], Act::Set("randomization", Unit::Plain)),
        api("ExponentialBackoffBuilder", &["build"], Act::Give("backoff::ExponentialBackoff")),
        api("ExponentialBackoff", &["default"], Act::Give("backoff::ExponentialBackoff")),
        api("ExponentialBackoff", &["initial_interval"], Act::Set("first_ms", Unit::Duration)),
        api("ExponentialBackoff", &["multiplier"], Act::Set("factor", Unit::Plain)),
        api("ExponentialBackoff", &["max_interval"], Act::Set("max_ms", Unit::Duration)),
        api("ExponentialBackoff", &["max_elapsed_time"], Act::Set("max_elapsed_ms", Unit::Duration)),
        api("ExponentialBackoff", &["randomization_factor"], Act::Set("randomization", Unit::Plain)),
    ],
    macros: &[],
};

/// again: a policy that runs a task.
pub static AGAIN: Library = Library {
    name: "again",
    crates: &["again"],
    apis: &[
        api("RetryPolicy", &["default"], Act::Give("again::RetryPolicy")),
        api("RetryPolicy", &["exponential"], Act::Set("first_ms", Unit::Duration)),
        api("RetryPolicy", &["fixed"], Act::Custom(fixed)),
        api("RetryPolicy", &["with_max_delay"], Act::Set("max_ms", Unit::Duration)),
        api("RetryPolicy", &["with_max_retries"], Act::Set("retries", Unit::Plain)),
        api("RetryPolicy", &["with_jitter"], Act::Set("jitter", Unit::Plain)),
        api("RetryPolicy", &["retry", "retry_if"], Act::Custom(by_policy)),
        api("", &["retry", "retry_if"], Act::Custom(by_default)),
    ],
    macros: &[],
};

/// tryhard: a future that is told afterwards how often it is tried.
pub static TRYHARD: Library = Library {
    name: "tryhard",
    crates: &["tryhard"],
    apis: &[api("", &["retry_fn"], Act::Custom(retry_fn)), api("RetryFuture", &["*"], Act::Custom(told))],
    macros: &[],
};

/// What is so where nothing is set. backoff 0.4 `default.rs`: 500 ms, factor 1.5, 60 s, a randomization of one half, 15 min
/// in all. again 0.1 `RetryPolicy::default`: 1 s, doubled, 5 retries, no jitter.
pub fn complete(library: &str, attempts: &mut Value, options: &mut BTreeMap<String, Value>) {
    let mut default = |name: &str, value: Value| {
        options.entry(name.to_owned()).or_insert(value);
    };
    if library == "backoff" {
        default("first_ms", Value::Millis(500));
        default("factor", Value::Float(1.5));
        default("max_ms", Value::Millis(60_000));
        default("max_elapsed_ms", Value::Millis(900_000));
        let spread = options.remove("randomization");
        let jitter = !matches!(spread, Some(Value::Integer(0))) && spread != Some(Value::Float(0.0));
        options.insert("jitter".to_owned(), Value::Bool(jitter));
        return;
    }
    default("first_ms", Value::Millis(1000));
    default("factor", Value::Integer(2));
    default("jitter", Value::Bool(false));
    if matches!(attempts, Value::Absent) {
        *attempts = Value::Integer(6);
        options.insert("attempts_default".to_owned(), Value::Bool(true));
    }
}

/// `RetryPolicy::fixed(delay)`
fn fixed(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let first = call.arguments.first()?.val.value_or("known only when it runs");
    let at = eval.place(call.at);
    let val = Val::of(Ty::of("again::RetryPolicy")).with_option("first_ms", first, at.clone());
    Some(val.with_option("factor", Value::Integer(1), at))
}

/// `policy.retry(|| task)`
fn by_policy(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let strategy = call.receiver.take()?;
    tried(eval, library, &strategy.val, call)
}

/// `again::retry(|| task)`
fn by_default(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    tried(eval, library, &Val::of(Ty::of("again::RetryPolicy")), call)
}

fn tried(eval: &mut Eval<'_, '_>, library: &Library, strategy: &Val, call: &mut LibraryCall) -> Option<Val> {
    let arguments = std::mem::take(&mut call.arguments);
    let is_conditional = arguments.len() > 1;
    let action = arguments.into_iter().next()?;
    let (val, mut steps) = eval.frame(|eval| super::tokio::retry(eval, library.name, strategy, action, call));
    if is_conditional {
        super::tokio::conditional(&mut steps);
    }
    eval.add_steps(steps);
    Some(val)
}

/// `tryhard::retry_fn(|| task)`
fn retry_fn(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let action = std::mem::take(&mut call.arguments).into_iter().next()?;
    let strategy = Val::of(Ty::of("tryhard::RetryFuture"));
    let val = super::tokio::retry(eval, library.name, &strategy, action, call);
    Some(Val { parts: None, ..val }.typed(strategy.ty))
}

/// `.retries(3)`, `.exponential_backoff(delay)`, `.max_delay(delay)`: told to the retry that the chain began with.
fn told(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    let given = call.arguments.first().map_or(Value::Absent, |of| of.val.value_or("known only when it runs"));
    let given = eval.known(&given);
    let receiver = call.receiver.as_mut()?;
    let retry = receiver.steps.iter_mut().rev().find_map(|step| match step {
        Step::Retry { attempts, options, .. } => Some((attempts, options)),
        _ => None,
    });
    if let Some((attempts, options)) = retry {
        let mut set = |name: &str, value: Value| {
            options.insert(name.to_owned(), value);
        };
        match (call.name.as_str(), given) {
            ("retries", Value::Integer(retries)) => *attempts = Value::Integer(retries.saturating_add(1)),
            ("retries", retries) => *attempts = Value::Offset { value: Box::new(retries), by: 1 },
            ("exponential_backoff", delay) => {
                set("first_ms", delay);
                set("factor", Value::Integer(2));
            }
            ("fixed_backoff", delay) => {
                set("first_ms", delay);
                set("factor", Value::Integer(1));
            }
            ("max_delay", delay) => set("max_ms", delay),
            _ => {}
        }
    }
    let val = receiver.val.clone();
    run_steps(eval, call);
    Some(val)
}

//! Filters of our own: numbers as people write them. What is no number passes through as it is.

use tera::{Kwargs, State, Tera, Value};

pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("duration", |value: &Value, _: Kwargs, _: &State| written(value, duration));
    tera.register_filter("percent", |value: &Value, _: Kwargs, _: &State| written(value, percent));
}

fn written(value: &Value, write: fn(f64) -> String) -> String {
    match value.as_number() {
        Some(number) => write(number.as_float()),
        None if value.is_none() => "none".to_owned(),
        None => value.to_string(),
    }
}

/// Milliseconds: `250 ms`, `1.5 s`, `2 min`.
fn duration(ms: f64) -> String {
    match ms.abs() {
        short if short < 1000.0 => format!("{} ms", short_number(ms)),
        seconds if seconds < 120_000.0 => format!("{} s", short_number(ms / 1000.0)),
        _ => format!("{} min", short_number(ms / 60_000.0)),
    }
}

/// A share: `99.95 %`.
fn percent(share: f64) -> String {
    format!("{} %", short_number(share * 100.0))
}

/// At most four digits behind the point, none of them a useless zero.
fn short_number(number: f64) -> String {
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

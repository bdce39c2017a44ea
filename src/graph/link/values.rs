//! Variable to value: evaluates a symbolic value as one service sees it.

use super::Linker;
use crate::facts::Value;
use crate::graph::model::{HOLE, Known, Service};
use crate::span::Span;

/// Values nested or branching beyond this are taken as not known.
const MAX_DEPTH: usize = 16;
const MAX_TEXTS: usize = 24;

impl Linker<'_> {
    /// A value as a service sees it.
    pub(crate) fn known(&self, service: &Service, value: &Value) -> Known {
        evaluate(self.facts, self.config, service, value)
    }
}

/// A value as a service sees it.
#[must_use]
pub fn evaluate(
    facts: &crate::facts::Facts,
    config: &crate::config::Config,
    service: &Service,
    value: &Value,
) -> Known {
    Evaluation { facts, config, service }.value(value, 0)
}

/// The alternatives of an address, one by one: `{a or b}:{port}` is `a:{port}` or `b:{port}`, and which of the parts is not
/// known can be told of each. Too many stay together.
#[must_use]
pub(crate) fn alternatives(value: &Value) -> Vec<Value> {
    let all = match value {
        Value::OneOf(all) => all.iter().flat_map(alternatives).collect(),
        Value::Join(parts) => {
            let mut all: Vec<Vec<Value>> = vec![Vec::new()];
            for part in parts {
                let options = alternatives(part);
                if all.len() * options.len() > MAX_TEXTS {
                    return vec![value.clone()];
                }
                let with = |before: &Vec<Value>| -> Vec<Vec<Value>> {
                    options.iter().map(|option| [before.as_slice(), std::slice::from_ref(option)].concat()).collect()
                };
                all = all.iter().flat_map(with).collect();
            }
            all.into_iter().map(Value::Join).collect()
        }
        value => vec![value.clone()],
    };
    if all.len() > MAX_TEXTS { vec![value.clone()] } else { all }
}

struct Evaluation<'a> {
    facts: &'a crate::facts::Facts,
    config: &'a crate::config::Config,
    service: &'a Service,
}

fn text(text: String) -> Known {
    Known { texts: vec![text], complete: true, ..Known::default() }
}

fn unknown(why: impl Into<String>) -> Known {
    Known { texts: Vec::new(), complete: false, why: Some(why.into()), ..Known::default() }
}

impl Evaluation<'_> {
    fn value(&self, value: &Value, depth: usize) -> Known {
        if depth > MAX_DEPTH {
            return unknown("a value of many steps");
        }
        match value {
            Value::Text(of) => text(of.clone()),
            Value::Integer(number) | Value::Millis(number) => text(number.to_string()),
            Value::Float(number) => text(number.to_string()),
            Value::Bool(flag) => text(flag.to_string()),
            Value::Absent => Known { complete: true, ..Known::default() },
            Value::Argument(_) => unknown("given by the caller"),
            Value::Unknown(why) => unknown(why.clone()),
            Value::Variable { name, default, at } => self.variable(name, default.as_deref(), at, depth),
            Value::Setting { key, variables, default, at } => {
                self.setting(key, variables, default.as_deref(), at, depth)
            }
            Value::Join(parts) => self.join(parts, depth),
            Value::OneOf(all) => self.one_of(all, depth),
            Value::Scalar(inner) => self.value(inner, depth + 1),
            Value::Scaled { value, factor } => self.number(value, depth, |number| number.saturating_mul(*factor)),
            Value::Offset { value, by } => self.number(value, depth, |number| number.saturating_add(*by)),
        }
    }

    fn number(&self, value: &Value, depth: usize, change: impl Fn(i64) -> i64) -> Known {
        let mut known = self.value(value, depth + 1);
        let texts: Vec<String> = known
            .texts
            .iter()
            .filter_map(|text| text.trim().parse::<i64>().ok())
            .map(|number| change(number).to_string())
            .collect();
        known.complete &= texts.len() == known.texts.len();
        known.texts = texts;
        known
    }

    /// What the deployment sets a variable to, if it does.
    fn set(&self, name: &str) -> Option<Known> {
        let stated = &self.config.mappings.variables;
        if let Some(value) = stated.get(&format!("{}/{name}", self.service.name)).or_else(|| stated.get(name)) {
            return Some(text(value.clone()));
        }
        let setting = self.service.variables.get(name)?;
        let mut known = match &setting.value {
            Some(value) => text(self.references(value, 0)),
            None => unknown(match &setting.from {
                Some(from) => format!("{name} comes from {from}"),
                None => format!("{name} is set while it runs"),
            }),
        };
        known.held_by = setting.from.clone().or_else(|| Some(name.to_owned()));
        known.at.push(setting.at.clone());
        Some(known)
    }

    /// `$(OTHER)` inside a value of a manifest.
    fn references(&self, value: &str, depth: usize) -> String {
        if depth > 4 || !value.contains("$(") {
            return value.to_owned();
        }
        let mut out = String::new();
        let mut rest = value;
        while let Some(start) = rest.find("$(") {
            out.push_str(&rest[..start]);
            let Some(length) = rest[start..].find(')') else { break };
            let name = &rest[start + 2..start + length];
            match self.service.variables.get(name) {
                Some(setting) => match &setting.value {
                    Some(inner) => out.push_str(&self.references(inner, depth + 1)),
                    None => out.push(HOLE),
                },
                None => out.push_str(&rest[start..=start + length]),
            }
            rest = &rest[start + length + 1..];
        }
        out.push_str(rest);
        out
    }

    fn variable(&self, name: &str, default: Option<&Value>, at: &Span, depth: usize) -> Known {
        let mut known = match self.set(name) {
            Some(known) => known,
            None => match default {
                Some(default) => {
                    let mut known = self.value(default, depth + 1);
                    if known.held_by.is_none() && !known.complete {
                        known.held_by = Some(name.to_owned());
                    }
                    known
                }
                None => Known { held_by: Some(name.to_owned()), ..unknown(format!("{name} is not set anywhere")) },
            },
        };
        known.at.push(at.clone());
        known
    }

    fn setting(&self, key: &str, variables: &[String], default: Option<&Value>, at: &Span, depth: usize) -> Known {
        let mut known = variables
            .iter()
            .find_map(|name| self.set(name))
            .or_else(|| if key.starts_with("--") { self.flag(key) } else { self.file(key) })
            .unwrap_or_else(|| match default {
                Some(default) => self.value(default, depth + 1),
                None => unknown(match variables.first() {
                    Some(name) => format!("{name} is not set anywhere"),
                    None => format!("{key} is not set anywhere"),
                }),
            });
        if known.held_by.is_none() && !known.complete {
            known.held_by = variables.first().cloned().or_else(|| Some(key.to_owned()));
        }
        known.at.push(at.clone());
        known
    }

    /// A flag of the command line.
    fn flag(&self, key: &str) -> Option<Known> {
        let arguments = &self.service.arguments;
        let position = arguments
            .iter()
            .position(|word| word == key || word.strip_prefix(key).is_some_and(|rest| rest.starts_with('=')))?;
        let word = &arguments[position];
        let value = match word.split_once('=') {
            Some((_, value)) => value.to_owned(),
            None => arguments.get(position + 1)?.clone(),
        };
        Some(text(self.references(&value, 0)))
    }

    /// A key of a settings file: those beside the service first, then those of the whole project.
    fn file(&self, key: &str) -> Option<Known> {
        if key.is_empty() {
            return None;
        }
        let mut found: Vec<(usize, &crate::facts::settings::Entry)> = Vec::new();
        for file in &self.facts.settings {
            let near = if !self.service.path.is_empty() && file.path.starts_with(&self.service.path) { 0 } else { 1 };
            let name = file.path.rsplit('/').next().unwrap_or(&file.path).to_lowercase();
            let local = usize::from(["test", "local", "dev", "example"].iter().any(|word| name.contains(word)));
            found.extend(file.entries.iter().filter(|entry| entry.key == key).map(|entry| (near * 2 + local, entry)));
        }
        found.sort_by_key(|(rank, _)| *rank);
        let (_, entry) = found.first()?;
        if entry.value == "<secret>" {
            return Some(Known { at: vec![entry.at.clone()], ..unknown(format!("{key} is a secret")) });
        }
        Some(Known { at: vec![entry.at.clone()], ..text(entry.value.clone()) })
    }

    fn join(&self, parts: &[Value], depth: usize) -> Known {
        let mut all = text(String::new());
        for part in parts {
            let known = self.value(part, depth + 1);
            let mut options = known.texts.clone();
            // What may be something else too leaves room for it.
            if options.is_empty() || !known.complete {
                options.push(HOLE.to_string());
            }
            let mut texts = Vec::new();
            for before in &all.texts {
                for option in &options {
                    if texts.len() < MAX_TEXTS {
                        texts.push(format!("{before}{option}"));
                    }
                }
            }
            all.texts = texts;
            all.complete &= known.complete && !known.texts.is_empty();
            all.held_by = all.held_by.or(known.held_by);
            all.why = all.why.or(known.why);
            all.at.extend(known.at);
        }
        all
    }

    fn one_of(&self, values: &[Value], depth: usize) -> Known {
        let mut all = Known { complete: true, ..Known::default() };
        for value in values {
            let known = self.value(value, depth + 1);
            for text in known.texts {
                if !all.texts.contains(&text) && all.texts.len() < MAX_TEXTS {
                    all.texts.push(text);
                }
            }
            all.complete &= known.complete;
            all.held_by = all.held_by.or(known.held_by);
            all.why = all.why.or(known.why);
            all.at.extend(known.at);
        }
        all
    }
}

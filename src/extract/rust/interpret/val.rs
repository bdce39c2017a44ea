//! What is known of a value while code is followed: its type, its symbolic value, and the clients that it may be.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::extract::rust::names::{AdtId, FnId};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::span::Span;

/// The most alternatives that are kept of a symbolic value; beyond it is unknown.
const MAX_ALTERNATIVES: usize = 24;

/// The most clients that are kept for one value.
const MAX_CLIENTS: usize = 64;

/// What is known of a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Val {
    /// Its type.
    pub ty: Ty,
    /// Its symbolic value, if anything is known.
    pub value: Option<Value>,
    /// Clients that it may be or hold, by key.
    pub clients: Vec<Arc<Spec>>,
    /// Options gathered by a builder, or by a request under construction.
    pub build: Option<Arc<Build>>,
    /// Elements of a tuple.
    pub parts: Option<Arc<[Val]>>,
    /// The variants of an enum of the project that it may be, if they are known.
    pub variants: Option<Variants>,
    /// HTTP routes that it holds.
    pub routes: Vec<Arc<RouteVal>>,
    /// What its scope holds: a lock, a transaction, a pooled connection.
    pub guard: Option<Arc<Held>>,
}

/// Variants of one enum of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variants {
    /// The enum.
    pub of: AdtId,
    /// Indices of the variants, sorted.
    pub any: Vec<usize>,
}

impl Variants {
    /// One variant.
    #[must_use]
    pub fn one(of: AdtId, index: usize) -> Self {
        Self { of, any: vec![index] }
    }

    /// The only one.
    #[must_use]
    pub fn only(&self) -> Option<(AdtId, usize)> {
        match self.any.as_slice() {
            [index] => Some((self.of, *index)),
            _ => None,
        }
    }

    fn join(mut self, other: &Self) -> Option<Self> {
        if self.of != other.of {
            return None;
        }
        self.any.extend(&other.any);
        self.any.sort_unstable();
        self.any.dedup();
        Some(self)
    }
}

/// Options gathered by a builder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Build {
    /// Options by canonical name.
    pub options: BTreeMap<Arc<str>, (Value, Span)>,
    /// Texts gathered on the way: address, statement, URL, topic …
    pub texts: BTreeMap<&'static str, Value>,
    /// Where it began.
    pub at: Option<Span>,
}

impl Build {
    fn values(&self) -> impl Iterator<Item = &Value> {
        self.options.values().map(|(value, _)| value).chain(self.texts.values())
    }

    fn mapped(&self, with: &impl Fn(&Value) -> Value) -> Self {
        Self {
            options: self.options.iter().map(|(name, (value, at))| (name.clone(), (with(value), at.clone()))).collect(),
            texts: self.texts.iter().map(|(name, value)| (*name, with(value))).collect(),
            at: self.at.clone(),
        }
    }
}

/// A client at the place that builds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// Where it is built, then the call sites that it came through when they gave it its address.
    pub key: Vec<Span>,
    /// See [`crate::facts::rust::Client::kind`].
    pub kind: &'static str,
    /// Technology; empty if the code does not tell.
    pub technology: String,
    /// Crate in the registry.
    pub library: String,
    /// What it connects to.
    pub address: Value,
    /// Contract, for a gRPC client built for one.
    pub contract: Option<Arc<str>>,
    /// Options.
    pub build: Build,
    /// Built lazily.
    pub lazy: bool,
    /// A pool.
    pub pool: bool,
    /// Built once per worker.
    pub per_worker: bool,
    /// Where.
    pub at: Span,
}

/// An HTTP route under construction.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteVal {
    /// Verb.
    pub verb: String,
    /// Path, with the prefixes gathered so far.
    pub path: Value,
    /// Handler.
    pub handler: Option<FnId>,
    /// Name of the handler, when it is no function of the project.
    pub library: String,
    /// Where it is registered.
    pub at: Span,
}

/// What a scope holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// A lock of this kind.
    Lock(String),
    /// A transaction.
    Transaction,
    /// A pooled connection.
    Connection,
}

impl Val {
    /// A value of a type.
    #[must_use]
    pub fn of(ty: Ty) -> Self {
        Self { ty, ..Self::default() }
    }

    /// A symbolic value.
    #[must_use]
    pub fn known(value: Value) -> Self {
        let ty = match &value {
            Value::Integer(_) | Value::Millis(_) => Ty::of("int"),
            Value::Float(_) => Ty::of("float"),
            Value::Bool(_) => Ty::of("bool"),
            _ => Ty::of("str"),
        };
        Self { ty, value: Some(value), ..Self::default() }
    }

    /// This value under another type.
    #[must_use]
    pub fn typed(mut self, ty: Ty) -> Self {
        self.ty = ty;
        self
    }

    /// Unites two values that may both come.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        if self == *other {
            return self;
        }
        self.ty = self.ty.join(&other.ty);
        self.value = match (self.value, &other.value) {
            (Some(a), Some(b)) => Some(bounded(a.or(b.clone()))),
            (a, b) => a.or_else(|| b.clone()),
        };
        for spec in &other.clients {
            self.add_client(spec.clone());
        }
        if self.build.is_none() {
            self.build.clone_from(&other.build);
        }
        self.parts = match (self.parts, &other.parts) {
            (Some(a), Some(b)) if a.len() == b.len() => {
                Some(a.iter().zip(b.iter()).map(|(a, b)| a.clone().join(b)).collect())
            }
            (a, b) => a.or_else(|| b.clone()),
        };
        self.variants = match (self.variants, &other.variants) {
            (Some(a), Some(b)) => a.join(b),
            _ => None,
        };
        for route in &other.routes {
            if !self.routes.contains(route) {
                self.routes.push(route.clone());
            }
        }
        self
    }

    /// Whether something in it, clients left out, is still an argument of the function around.
    #[must_use]
    pub fn has_argument(&self) -> bool {
        self.value.as_ref().is_some_and(has_argument)
            || self.build.as_ref().is_some_and(|build| build.values().any(has_argument))
            || self.parts.as_ref().is_some_and(|parts| parts.iter().any(Self::has_argument))
    }

    /// Shows its symbolic values, those of clients left out.
    pub fn each_value(&self, found: &mut dyn FnMut(&Value)) {
        self.value.iter().for_each(&mut *found);
        self.build.iter().flat_map(|build| build.values()).for_each(&mut *found);
        self.parts.iter().flat_map(|parts| parts.iter()).for_each(|part| part.each_value(found));
    }

    /// The same with other symbolic values, those of clients left out.
    #[must_use]
    pub fn mapped(mut self, with: &impl Fn(&Value) -> Value) -> Self {
        if !self.has_argument() {
            return self;
        }
        self.value = self.value.as_ref().map(with);
        self.build = self.build.map(|build| Arc::new(build.mapped(with)));
        self.parts = self.parts.map(|parts| parts.iter().map(|part| part.clone().mapped(with)).collect());
        self
    }

    /// Adds a client, or replaces the one with the same key.
    pub fn add_client(&mut self, spec: Arc<Spec>) {
        match self.clients.binary_search_by(|known| known.key.cmp(&spec.key)) {
            Ok(index) => self.clients[index] = spec,
            Err(index) if self.clients.len() < MAX_CLIENTS => self.clients.insert(index, spec),
            Err(_) => {}
        }
    }

    /// The text, if it is known.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.value.as_ref().and_then(Value::as_text)
    }

    /// The value, unknown with a reason if nothing is known.
    #[must_use]
    pub fn value_or(&self, why: &str) -> Value {
        self.value.clone().unwrap_or_else(|| Value::Unknown(why.to_owned()))
    }

    /// With an option set.
    #[must_use]
    pub fn with_option(mut self, name: &str, value: Value, at: Span) -> Self {
        let mut build = self.build.map_or_else(Build::default, |build| (*build).clone());
        build.options.insert(name.into(), (value, at));
        self.build = Some(Arc::new(build));
        self
    }

    /// With a text gathered.
    #[must_use]
    pub fn with_text(mut self, name: &'static str, value: Value) -> Self {
        let mut build = self.build.map_or_else(Build::default, |build| (*build).clone());
        build.texts.insert(name, value);
        self.build = Some(Arc::new(build));
        self
    }

    /// A text gathered.
    #[must_use]
    pub fn gathered(&self, name: &str) -> Option<&Value> {
        self.build.as_ref().and_then(|build| build.texts.get(name))
    }
}

/// The most elements of a list that are kept one by one.
const MAX_ELEMENTS: usize = 8;

/// Texts that a list holds, one by one and in order: the name under which a value carries them.
pub const ELEMENTS: &str = "elements";

/// A list: any of its elements, and all of them in order when it is short and made of texts.
#[must_use]
pub fn list(elements: &[Val]) -> Val {
    let mut rest = elements.iter();
    let first = rest.next().cloned().unwrap_or_default();
    let all = rest.fold(first, |all, val| all.join(val));
    let all = Val { ty: all.ty.clone().list(), ..all };
    let texts: Option<Vec<Value>> = elements.iter().map(|val| val.value.clone()).collect();
    match texts {
        Some(texts) if !texts.is_empty() && texts.len() <= MAX_ELEMENTS => all.with_text(ELEMENTS, Value::Join(texts)),
        _ => all,
    }
}

/// The texts of a list with something between them: `["a", b].join(".")`.
#[must_use]
pub fn joined(list: &Val, between: &Value) -> Option<Value> {
    let Some(Value::Join(texts)) = list.gathered(ELEMENTS) else { return None };
    let mut parts = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            parts.push(between.clone());
        }
        parts.push(text.clone());
    }
    Some(concat(parts))
}

/// A value with too many alternatives is unknown.
#[must_use]
pub fn bounded(value: Value) -> Value {
    match value {
        Value::OneOf(all) if all.len() > MAX_ALTERNATIVES => Value::Unknown("one of many values".to_owned()),
        Value::Join(parts) if parts.len() > MAX_ALTERNATIVES => Value::Unknown("a text of many parts".to_owned()),
        value if depth(&value) > 12 => Value::Unknown("a value of many steps".to_owned()),
        value => value,
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::OneOf(all) | Value::Join(all) => 1 + all.iter().map(depth).max().unwrap_or(0),
        Value::Variable { default: Some(inner), .. } | Value::Setting { default: Some(inner), .. } => 1 + depth(inner),
        Value::Scaled { value, .. } | Value::Offset { value, .. } => 1 + depth(value),
        _ => 1,
    }
}

/// Joins texts: known neighbours become one.
#[must_use]
pub fn concat(parts: Vec<Value>) -> Value {
    let mut flat: Vec<Value> = Vec::new();
    for part in parts {
        let inner = match part {
            Value::Join(inner) => inner,
            Value::Integer(number) => vec![Value::Text(number.to_string())],
            part => vec![part],
        };
        for part in inner {
            match (flat.last_mut(), part) {
                (Some(Value::Text(before)), Value::Text(text)) => before.push_str(&text),
                (_, Value::Text(text)) if text.is_empty() => {}
                (_, part) => flat.push(part),
            }
        }
    }
    match flat.len() {
        0 => Value::Text(String::new()),
        1 => flat.remove(0),
        _ => bounded(Value::Join(flat)),
    }
}

/// Replaces arguments in a value; `None` leaves an argument as it is.
#[must_use]
pub fn substitute(value: &Value, argument: &impl Fn(usize) -> Option<Value>) -> Value {
    let all = |values: &[Value]| -> Vec<Value> { values.iter().map(|value| substitute(value, argument)).collect() };
    match value {
        Value::Argument(index) => argument(*index).unwrap_or_else(|| value.clone()),
        Value::Join(parts) => concat(all(parts)),
        Value::OneOf(values) => {
            let mut values = all(values).into_iter();
            let first = values.next().unwrap_or(Value::Absent);
            bounded(values.fold(first, Value::or))
        }
        Value::Variable { name, default, at } => Value::Variable {
            name: name.clone(),
            default: default.as_ref().map(|inner| Box::new(substitute(inner, argument))),
            at: at.clone(),
        },
        Value::Setting { key, variables, default, at } => Value::Setting {
            key: key.clone(),
            variables: variables.clone(),
            default: default.as_ref().map(|inner| Box::new(substitute(inner, argument))),
            at: at.clone(),
        },
        Value::Scaled { value, factor } => scale(substitute(value, argument), *factor),
        Value::Offset { value, by } => match substitute(value, argument) {
            Value::Integer(number) => Value::Integer(number.saturating_add(*by)),
            value => Value::Offset { value: Box::new(value), by: *by },
        },
        other => other.clone(),
    }
}

/// A value with what callers pass in place of arguments, as far as that depends on no caller of theirs.
#[must_use]
pub fn expanded(value: &Value, passed: &dyn Fn(usize) -> Option<Value>) -> Value {
    if !has_argument(value) {
        return value.clone();
    }
    substitute(value, &|index| {
        Some(match passed(index) {
            Some(value) if !has_argument(&value) => value,
            _ => Value::Unknown("given by the caller".to_owned()),
        })
    })
}

/// Whether a value still holds an argument.
#[must_use]
pub fn has_argument(value: &Value) -> bool {
    match value {
        Value::Argument(_) => true,
        Value::Join(values) | Value::OneOf(values) => values.iter().any(has_argument),
        Value::Variable { default: Some(inner), .. } | Value::Setting { default: Some(inner), .. } => {
            has_argument(inner)
        }
        Value::Scaled { value, .. } | Value::Offset { value, .. } => has_argument(value),
        _ => false,
    }
}

/// A duration in milliseconds from a number and its unit.
#[must_use]
pub fn scale(value: Value, factor: i64) -> Value {
    match value {
        Value::Integer(number) => Value::Millis(number.saturating_mul(factor)),
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "saturates; durations are small"
        )]
        Value::Float(number) => Value::Millis((number * factor as f64) as i64),
        Value::OneOf(values) => Value::OneOf(values.into_iter().map(|value| scale(value, factor)).collect()),
        other => Value::Scaled { value: Box::new(other), factor },
    }
}

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
    /// Whether it was read from what others sent: what its fields hold is not what the code puts into such fields.
    pub from_outside: bool,
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
    /// Texts as other branches gathered them: `match provider { A => client.post(a), B => client.put(b) }`.
    pub others: Vec<Told>,
    /// Where it began.
    pub at: Option<Span>,
}

/// Texts that one branch gathered, and where it began.
pub type Told = (BTreeMap<&'static str, Value>, Option<Span>);

/// The most branches whose texts are kept.
const MAX_BRANCHES: usize = 8;

impl Build {
    /// Unites two that may both come: an option that only one of them has is not known. Of texts the first counts,
    /// with those of the branches beside it.
    fn join(&self, other: &Self) -> Self {
        let conditional = || Value::Unknown("set only where a condition holds".to_owned());
        let mut joined = self.clone();
        for (name, (value, _)) in &mut joined.options {
            *value = match other.options.get(name) {
                Some((other, _)) => bounded(value.clone().or(other.clone())),
                None => conditional(),
            };
        }
        for (name, (_, at)) in &other.options {
            joined.options.entry(name.clone()).or_insert_with(|| (conditional(), at.clone()));
        }
        if joined.texts == other.texts {
            joined.add_branches(&other.others);
        }
        joined
    }

    /// Unites two branches: the texts of either may come.
    fn branches(&self, other: &Self) -> Self {
        let mut joined = self.join(other);
        joined.add_branches(&[(other.texts.clone(), other.at.clone())]);
        joined.add_branches(&other.others);
        joined
    }

    /// Only ever adds, so that evaluation comes to an end.
    fn add_branches(&mut self, more: &[Told]) {
        for told in more {
            let is_new = !told.0.is_empty() && told.0 != self.texts && !self.others.contains(told);
            if is_new && self.others.len() < MAX_BRANCHES {
                self.others.push(told.clone());
            }
        }
    }

    fn values(&self) -> impl Iterator<Item = &Value> {
        let texts = self.texts.values().chain(self.others.iter().flat_map(|(texts, _)| texts.values()));
        self.options.values().map(|(value, _)| value).chain(texts)
    }

    fn mapped(&self, with: &impl Fn(&Value) -> Value) -> Self {
        let texts =
            |texts: &BTreeMap<&'static str, Value>| texts.iter().map(|(name, value)| (*name, with(value))).collect();
        Self {
            options: self.options.iter().map(|(name, (value, at))| (name.clone(), (with(value), at.clone()))).collect(),
            texts: texts(&self.texts),
            others: self.others.iter().map(|(told, at)| (texts(told), at.clone())).collect(),
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
    /// Where its handler is written, when that is a closure in the place of a function.
    pub closure: Option<Span>,
    /// Whether it keeps its connection open for what comes later: a WebSocket, a stream of events.
    pub streams: bool,
    /// Name of the handler, when it is no function of the project.
    pub library: String,
    /// Where it is registered.
    pub at: Span,
}

impl RouteVal {
    /// A route of which no handler is known.
    #[must_use]
    pub fn new(verb: &str, path: Value, library: &str, at: Span) -> Self {
        let (verb, library) = (verb.to_owned(), library.to_owned());
        Self { verb, path, handler: None, closure: None, streams: false, library, at }
    }

    /// The same with what handles it.
    #[must_use]
    pub fn handled(self, by: Handler) -> Self {
        Self { handler: by.function, closure: by.closure, streams: by.streams, ..self }
    }
}

/// What handles a route.
#[derive(Clone, Debug, Default)]
pub struct Handler {
    /// See [`RouteVal::handler`].
    pub function: Option<FnId>,
    /// See [`RouteVal::closure`].
    pub closure: Option<Span>,
    /// See [`RouteVal::streams`].
    pub streams: bool,
}

/// What a scope holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// A lock of this kind.
    Lock(String),
    /// A lock of this kind that is one of several, by a key.
    LockOfKey(String),
    /// A transaction.
    Transaction,
    /// A pooled connection.
    Connection,
    /// One of a fixed number of permits.
    Permit,
}

impl Val {
    /// A value of a type.
    #[must_use]
    pub fn of(ty: Ty) -> Self {
        Self { ty, ..Self::default() }
    }

    /// A value of a type that was read from what others sent.
    #[must_use]
    pub fn from_outside(ty: Ty) -> Self {
        Self { ty, from_outside: true, ..Self::default() }
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

    /// The value without alternatives that a declared type rules out: no text or id is a truth value or nothing at all.
    #[must_use]
    pub fn as_a(mut self, declared: &Ty) -> Self {
        let is_text = matches!(declared.extern_name(), Some((_, "str" | "String" | "Uuid" | "Url")));
        let fits = |value: &Value| !matches!(value, Value::Bool(_) | Value::Absent);
        if is_text {
            self.value = match self.value {
                Some(Value::OneOf(all)) => all.into_iter().filter(fits).reduce(Value::or),
                value => value.filter(fits),
            };
        }
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
        self.build = match (self.build, &other.build) {
            (Some(a), Some(b)) if a != *b => Some(Arc::new(a.join(b))),
            (a, b) => a.or_else(|| b.clone()),
        };
        self.from_outside |= other.from_outside;
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

    /// Unites the values of two branches: a plain value that only one of them tells is one of several, not the only one.
    #[must_use]
    pub fn or_else(self, other: &Self) -> Self {
        let untold = || Some(Value::Unknown("known only when it runs".to_owned()));
        match (&self.value, &other.value) {
            (Some(_), None) if other.is_nothing_but_its_type() => self.join(&Self { value: untold(), ..other.clone() }),
            (None, Some(_)) if self.is_nothing_but_its_type() => Self { value: untold(), ..self }.join(other),
            _ => {
                // A builder on which nothing was set yet is one all the same.
                let is_one_more = !self.ty.is_unknown() && self.ty == other.ty;
                let build = match (&self.build, &other.build) {
                    (Some(a), Some(b)) if a != b => Some(Arc::new(a.branches(b))),
                    (Some(of), None) | (None, Some(of)) if is_one_more => {
                        Some(Arc::new(of.branches(&Build::default())))
                    }
                    _ => None,
                };
                let joined = self.join(other);
                Self { build: build.or(joined.build), ..joined }
            }
        }
    }

    fn is_nothing_but_its_type(&self) -> bool {
        let holds_more = self.build.is_some() || self.parts.is_some();
        self.clients.is_empty() && self.routes.is_empty() && (self.ty.is_plain() || self.ty.is_unknown() || !holds_more)
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

    /// The same without what nobody can ask of a value of its type: of a plain one, whether its fields come from outside.
    #[must_use]
    pub fn without_what_nobody_asks(mut self) -> Self {
        if self.from_outside && self.ty.is_plain() {
            self.from_outside = false;
        }
        self
    }

    /// Whether two are the same but for their symbolic values.
    #[must_use]
    pub fn differs_in_value_only(&self, other: &Self) -> bool {
        let Self { ty, value: _, clients, build, parts, variants, routes, guard, from_outside } = self;
        *ty == other.ty
            && *clients == other.clients
            && *build == other.build
            && *parts == other.parts
            && *variants == other.variants
            && *routes == other.routes
            && *guard == other.guard
            && *from_outside == other.from_outside
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

    /// With the options that another value lacks left open: where both may come, they may be set or not.
    #[must_use]
    pub fn with_options_open(mut self, other: &Self) -> Self {
        let Some(own) = &self.build else { return self };
        let is_open = |value: &Value| matches!(value, Value::OneOf(all) if all.contains(&Value::Absent));
        let option = |name: &str| other.build.as_ref().and_then(|build| build.options.get(name));
        let set = |name: &str| option(name).is_some_and(|(value, _)| !is_open(value));
        if own.options.keys().all(|name| set(name)) {
            return self;
        }
        let mut build = (**own).clone();
        for (name, (value, _)) in &mut build.options {
            if !set(name) {
                *value = std::mem::replace(value, Value::Absent).or(Value::Absent);
            }
        }
        self.build = Some(Arc::new(build));
        self
    }

    /// With a text gathered, whichever branch was taken before.
    #[must_use]
    pub fn with_text(mut self, name: &'static str, value: Value) -> Self {
        let mut build = self.build.map_or_else(Build::default, |build| (*build).clone());
        for (texts, _) in &mut build.others {
            texts.insert(name, value.clone());
        }
        build.texts.insert(name, value);
        self.build = Some(Arc::new(build));
        self
    }

    /// Without a text gathered.
    #[must_use]
    pub fn without_text(mut self, name: &'static str) -> Self {
        if let Some(build) = self.build.as_ref().filter(|build| build.texts.contains_key(name)) {
            let mut build = (**build).clone();
            build.texts.remove(name);
            self.build = Some(Arc::new(build));
        }
        self
    }

    /// What it is on each branch that made it: the texts gathered there in place of its own.
    #[must_use]
    pub fn by_branch(&self) -> Vec<Self> {
        let Some(build) = self.build.as_ref().filter(|build| !build.others.is_empty()) else {
            return vec![self.clone()];
        };
        let own = (build.texts.clone(), build.at.clone());
        let of = |(texts, at): &Told| {
            let build =
                Build { texts: texts.clone(), others: Vec::new(), at: at.clone(), options: build.options.clone() };
            Self { build: Some(Arc::new(build)), ..self.clone() }
        };
        std::iter::once(&own).chain(&build.others).map(of).collect()
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

/// What each element of a list is that was made from another one: the name under which a value carries it.
const EACH: &str = "each";

/// A list: any of its elements, and all of them in order when it is short and made of texts, some of which may be known only
/// when it runs.
#[must_use]
pub fn list(elements: &[Val]) -> Val {
    let mut rest = elements.iter();
    let first = rest.next().cloned().unwrap_or_default();
    let all = rest.fold(first, |all, val| all.join(val));
    let all = Val { ty: all.ty.clone().list(), ..all };
    if elements.len() > MAX_ELEMENTS || elements.iter().all(|val| val.value.is_none()) {
        return all;
    }
    let texts = elements.iter().map(|val| val.value_or("known only when it runs")).collect();
    all.with_text(ELEMENTS, Value::Join(texts))
}

/// A list whose elements are all made alike: `names.iter().map(|_| "?")`.
#[must_use]
pub fn mapped_list(ty: Ty, element: Val) -> Val {
    let each = element.value.clone();
    let list = Val { ty, ..element };
    let build = list.build.as_ref().map(|build| {
        let mut build = (**build).clone();
        build.texts.retain(|name, _| *name != ELEMENTS && *name != EACH);
        Arc::new(build)
    });
    let list = Val { build, ..list };
    match each {
        Some(each) => list.with_text(EACH, each),
        None => list,
    }
}

/// A list that has no elements yet.
#[must_use]
pub fn empty_list(list: Val) -> Val {
    list.with_text(ELEMENTS, Value::Join(Vec::new()))
}

/// A list with one element more, or with all of another list.
#[must_use]
pub fn with_element(list: Val, element: &Val, how: &str) -> Val {
    let Ty::List(inner, many) = &list.ty else { return list };
    let of = if matches!(how, "extend" | "extend_from_slice" | "append") {
        element.ty.element()
    } else {
        element.ty.clone()
    };
    let ty = Ty::List(Arc::new(inner.join(&of)), *many);
    // In which order and how often is not known: the code may be that of a loop or branch. What each is like may be known.
    let more = any_element(element).or_else(|| element.value.clone());
    let is_empty = matches!(list.gathered(ELEMENTS), Some(Value::Join(none)) if none.is_empty());
    let each = if is_empty { more } else { any_element(&list).zip(more).map(|(a, b)| a.or(b)) };
    let ordered = list.gathered(ELEMENTS).is_some() || element.gathered(ELEMENTS).is_some();
    let all = list.join(element).typed(ty);
    match each {
        Some(each) => all.without_text(ELEMENTS).with_text(EACH, each),
        None if ordered => all.with_text(ELEMENTS, Value::Unknown("a list that is filled bit by bit".to_owned())),
        None => all,
    }
}

/// What any element of a list may be, where all of them are known.
fn any_element(list: &Val) -> Option<Value> {
    if let Some(each) = list.gathered(EACH) {
        return Some(each.clone());
    }
    let Some(Value::Join(texts)) = list.gathered(ELEMENTS) else { return None };
    texts.iter().cloned().reduce(Value::or)
}

/// The texts of a list with something between them: `["a", b].join(".")`. How many there are is known only of a list that
/// stands in the code.
#[must_use]
pub fn joined(list: &Val, between: &Value) -> Option<Value> {
    if let Some(each) = list.gathered(EACH) {
        let repeated = || Value::Unknown("as many texts as there are elements".to_owned());
        return (holds_no_free_text(each) && holds_no_free_text(between)).then(|| scalar(repeated()));
    }
    let Some(Value::Join(texts)) = list.gathered(ELEMENTS) else { return None };
    // What has no elements yet may be filled where that is not seen.
    if texts.is_empty() {
        return None;
    }
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
        Value::Scaled { value, .. } | Value::Offset { value, .. } | Value::Scalar(value) => 1 + depth(value),
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
        Value::Scalar(value) => scalar(substitute(value, argument)),
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
        Value::Scaled { value, .. } | Value::Offset { value, .. } | Value::Scalar(value) => has_argument(value),
        _ => false,
    }
}

/// A part of a text whose type allows no free text; what is known anyway needs no such mark.
#[must_use]
pub fn scalar(value: Value) -> Value {
    match value {
        Value::Unknown(_) | Value::Argument(_) => Value::Scalar(Box::new(value)),
        value => value,
    }
}

/// Whether nobody outside can say what a text holds: its parts stand in the code, or their types allow no free text.
fn holds_no_free_text(value: &Value) -> bool {
    match value {
        Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Millis(_) | Value::Scalar(_) => {
            true
        }
        Value::Join(all) | Value::OneOf(all) => all.iter().all(holds_no_free_text),
        _ => false,
    }
}

/// Whether a value comes from the environment or from a settings file, in whole or in part.
#[must_use]
pub fn is_setting(value: &Value) -> bool {
    match value {
        Value::Variable { .. } | Value::Setting { .. } => true,
        Value::Join(values) | Value::OneOf(values) => values.iter().any(is_setting),
        Value::Scaled { value, .. } | Value::Offset { value, .. } => is_setting(value),
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

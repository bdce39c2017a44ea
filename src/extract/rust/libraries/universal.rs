//! What a method means whoever has it: `clone`, `unwrap`, `map`, `unwrap_or` … For calls that no table knows.

use super::{Argument, LibraryCall, texts};
use crate::extract::rust::interpret::{Eval, Val, asked, val};
use crate::extract::rust::types::{Many, Ty, is_transparent};
use crate::facts::Value;
use crate::facts::rust::{Branch, Step};

/// The meaning of a call by its name alone.
pub fn universal(eval: &mut Eval<'_, '_>, mut call: LibraryCall) -> Val {
    let name = call.name.clone();
    for argument in &call.arguments {
        let routes =
            if name == "service" { super::actix::routes_of(eval, &argument.val) } else { argument.val.routes.clone() };
        eval.gives_away(&routes);
    }
    let Some(mut receiver) = call.receiver.take() else { return function(eval, call) };
    if name == "retry" && !call.arguments.is_empty() {
        // backon: `(|| async { … }).retry(strategy)`
        let strategy = call.arguments.remove(0);
        eval.add_steps(strategy.steps);
        return super::tokio::retry(eval, "backon", &strategy.val, receiver, &call);
    }
    if name == "when" {
        super::tokio::conditional(&mut receiver.steps);
    }
    match (name.as_str(), call.arguments.as_slice(), call.generics.as_slice()) {
        // async-graphql, poem, Rocket: state of a schema or server …
        ("data" | "manage" | "app_data", [state], []) => {
            let state = state.val.clone();
            eval.hands_over(&state);
        }
        // … and how a handler asks for it: `ctx.data::<PgPool>()`
        ("data" | "data_unchecked" | "data_opt" | "app_data", [], [ty @ Ty::Extern(..)]) => {
            let ty = ty.clone();
            eval.add_steps(std::mem::take(&mut receiver.steps));
            return Val { clients: eval.handed(&ty), ..Val::of(ty) };
        }
        // `request.app_data::<Limits>()`
        ("data" | "data_unchecked" | "data_opt" | "app_data", [], [ty @ Ty::Adt(..)]) => {
            let ty = ty.clone();
            eval.add_steps(std::mem::take(&mut receiver.steps));
            return Val::of(ty);
        }
        _ => {}
    }
    let is_closure = call.arguments.first().is_some_and(|argument| argument.is_closure);
    eval.add_steps(std::mem::take(&mut receiver.steps));
    let mut this = receiver.val;
    if !keeps_guard(&name) {
        this.guard = None;
    }
    this = super::std::looked_up(eval, this, &call);
    match name.as_str() {
        "unwrap_or" | "unwrap_or_else" | "unwrap_or_default" | "get_or_insert_with" | "get_or_init"
        | "get_or_try_init" | "or_insert_with" | "or_insert" | "or_else" | "or" | "try_get_with" | "get_with"
        | "or_default" | "get_or_insert" => fallback(eval, this, call),
        "map"
        | "and_then"
        | "then"
        | "map_ok"
        | "filter_map"
        | "flat_map"
        | "map_or"
        | "map_or_else"
        | "then_some"
        | "try_for_each_concurrent"
        | "for_each_concurrent"
        | "for_each"
        | "try_for_each"
        | "fold"
        | "try_fold"
        | "scan"
        | "flat_map_unordered"
        | "inspect"
        | "try_then"
        | "and_then_with"
        | "map_async" => {
            let given = [handed(&this, &name)];
            let argument = call.arguments.iter_mut().next_back().map(std::mem::take).unwrap_or_default();
            let before: Vec<Argument> = std::mem::take(&mut call.arguments);
            for argument in before {
                eval.add_steps(argument.steps);
            }
            let val = follow(eval, argument, &given, &call);
            match (&this.ty, name.as_str()) {
                (_, "for_each" | "try_for_each" | "for_each_concurrent" | "try_for_each_concurrent") => Val::default(),
                (_, "inspect") => this,
                (
                    Ty::List(..),
                    "map" | "then" | "filter_map" | "map_ok" | "and_then" | "flat_map" | "flat_map_unordered",
                ) if !of_wrapper(&this, &name) => val::mapped_list(val.ty.element().stream(), val),
                _ => val,
            }
        }
        "map_err" | "inspect_err" | "ok_or" | "ok_or_else" | "context" | "with_context" | "wrap_err"
        | "wrap_err_with" | "filter" | "expect" | "sort_by_key" | "sort_by" | "retain" | "take_while"
        | "skip_while" | "log_err" => {
            for argument in call.arguments {
                eval.add_steps(argument.steps);
            }
            this
        }
        "parse" | "to_string" | "as_str" | "to_owned" | "into" | "try_into" | "as_ref" | "as_deref" | "into_string"
        | "to_str" | "into_boxed_str" => converted(eval, this, &call),
        // Of two durations the smaller: it is as long as either at most.
        "min" if is_duration(&this) || call.arguments.iter().any(|argument| is_duration(&argument.val)) => {
            let other = call.arguments.pop().unwrap_or_default();
            eval.add_steps(other.steps);
            let value = match (this.value, other.val.value) {
                (Some(Value::Millis(a)), Some(Value::Millis(b))) => Some(Value::Millis(a.min(b))),
                (Some(a), Some(b)) => Some(a.or(b)),
                (a, b) => a.or(b),
            };
            Val { value, ..Val::of(Ty::of("Duration")) }
        }
        // Not nothing, and else as it is.
        "max" if is_little(&call) => this,
        // The smallest or largest of a list is one of it.
        "min" | "max" if call.arguments.is_empty() => element(&this),
        // What a list holds that is written as one text: each part, or all where it has only one.
        "split" if is_list_of_texts(&this, &call) => Val { ty: this.ty.clone().list(), ..this },
        name if texts::changes(name) => {
            let given: Vec<Value> = call.arguments.iter().map(|argument| argument.val.value_or("not known")).collect();
            for argument in call.arguments {
                eval.add_steps(argument.steps);
            }
            let value = this.value.as_ref().and_then(|value| texts::changed(value, name, &given));
            Val { value, ..this }
        }
        "starts_with" | "ends_with" | "contains" | "eq" | "eq_ignore_ascii_case" => {
            let about = call.arguments.first().and_then(|argument| argument.val.value.clone());
            for argument in call.arguments {
                eval.add_steps(argument.steps);
            }
            let answer = this.value.as_ref().zip(about.as_ref()).and_then(|(text, about)| asked(&name, text, about));
            Val { value: answer.map(Value::Bool), ..Val::of(Ty::of("bool")) }
        }
        "get"
        | "get_mut"
        | "first"
        | "last"
        | "pop"
        | "remove"
        | "next"
        | "recv"
        | "try_next"
        | "entry"
        | "find"
        | "nth"
        | "peek"
        | "pop_front"
        | "pop_back"
        | "min_by_key"
        | "max_by_key"
        | "choose"
        | "get_or_insert_default"
        | "swap_remove"
        | "blocking_recv"
        | "try_recv"
        | "message"
        | "value"
        | "value_mut" => {
            for argument in call.arguments {
                eval.add_steps(argument.steps);
            }
            Val { value: None, ..element(&this) }
        }
        "send" | "set" | "store" | "replace_with" | "register" => filled(eval, this, call, receiver.name.as_deref()),
        // How gRPC tells the other side: a header of the call.
        "insert" if call.arguments.first().is_some_and(|key| key.val.text() == Some("grpc-timeout")) => {
            eval.tells_deadline();
            filled(eval, this, call, receiver.name.as_deref())
        }
        name if fills(name) => filled(eval, this, call, receiver.name.as_deref()),
        "zip" => {
            let other = call.arguments.pop().unwrap_or_default();
            eval.add_steps(other.steps);
            let pair = Ty::Tuple([this.ty.element(), other.val.ty.element()].into());
            let parts = [element(&this), element(&other.val)];
            let mut val = Val { value: None, build: None, variants: None, ..this }.typed(pair.stream());
            for spec in &other.val.clients {
                val.add_client(spec.clone());
            }
            Val { parts: Some(parts.into()), ..val }
        }
        "join" | "concat" => {
            let mut between = Value::Text(String::new());
            for argument in call.arguments {
                eval.add_steps(argument.steps);
                between = argument.val.value_or("known only when it runs");
            }
            let value = val::joined(&this, &between);
            let ty = if value.is_some() { Ty::of("String") } else { this.ty.element() };
            Val { ty, value, build: None, ..this }
        }
        "len" | "is_empty" | "is_some" | "is_none" | "is_ok" | "is_err" | "contains_key" | "ne" | "count" | "any"
        | "all" => {
            for argument in call.arguments {
                eval.add_steps(argument.steps);
            }
            Val::of(Ty::of(if matches!(name.as_str(), "len" | "count") { "int" } else { "bool" }))
        }
        // What a layer is put around answers what it answered before.
        "layer" | "service" if call.arguments.iter().any(|argument| !argument.val.routes.is_empty()) => {
            let mut inner = Val::default();
            for argument in call.arguments {
                eval.add_steps(argument.steps);
                if !argument.val.routes.is_empty() {
                    inner = argument.val;
                }
            }
            inner
        }
        _ => other(eval, this, call, is_closure),
    }
}

/// A method that nothing is known of: closures may run, and what goes in may come out.
fn other(eval: &mut Eval<'_, '_>, this: Val, call: LibraryCall, is_closure: bool) -> Val {
    let given = [element(&this)];
    let mut carried = this.clone();
    let (at, want) = (call.at, call.want.clone());
    let unknown = matches!(this.ty, Ty::Unknown);
    for argument in call.arguments {
        eval.add_steps(argument.steps);
        eval.callback(&argument.val, &given, at, &want);
        if unknown || is_closure {
            for spec in &argument.val.clients {
                carried.add_client(spec.clone());
            }
        }
    }
    if identity(&call.name) {
        return match many(&call.name) {
            Some(many) => Val { ty: this.ty.with_many(many), ..this },
            None => this,
        };
    }
    match &this.ty {
        // An unknown third-party method: its type is not known, what it carries goes on.
        Ty::Extern(..) | Ty::Unknown => Val { ty: Ty::Unknown, value: None, ..carried },
        ty => {
            Val { value: None, ty: many(&call.name).map_or_else(|| ty.clone(), |many| ty.with_many(many)), ..carried }
        }
    }
}

/// Whether a method puts its last argument into what it is called on.
#[must_use]
pub fn fills(name: &str) -> bool {
    matches!(
        name,
        "push" | "insert" | "push_back" | "push_front" | "push_str" | "extend" | "extend_from_slice" | "append" | "put"
    )
}

/// What holds something, with more of it; the variable of that name holds it from here on.
fn filled(eval: &mut Eval<'_, '_>, this: Val, call: LibraryCall, variable: Option<&str>) -> Val {
    let mut val = this;
    let name = call.name.clone();
    let last = call.arguments.len().saturating_sub(1);
    for (index, argument) in call.arguments.into_iter().enumerate() {
        eval.add_steps(argument.steps);
        if matches!(val.ty, Ty::List(..)) && fills(&name) {
            // What stands before it is its key or its place.
            if index == last {
                val = val::with_element(val, &argument.val, &name);
            }
            continue;
        }
        for spec in &argument.val.clients {
            val.add_client(spec.clone());
        }
        if val.routes.len() < 512 {
            val.routes.extend(argument.val.routes.iter().cloned());
        }
        if let ("push_str" | "push", Some(text)) = (name.as_str(), &val.value) {
            let more = argument.val.value_or("known only when it runs");
            val.value = Some(val::concat(vec![text.clone(), more]));
        }
    }
    if let Some(variable) = variable {
        eval.update(variable, val.clone());
    }
    if name == "push_str" { Val::default() } else { val }
}

/// Methods after which what there is many of passes by, or is kept.
fn many(name: &str) -> Option<Many> {
    match name {
        "iter" | "iter_mut" | "into_iter" | "values" | "values_mut" | "into_values" | "keys" | "into_keys"
        | "drain" | "par_iter" | "par_iter_mut" | "into_par_iter" | "into_stream" | "chunks" | "windows"
        | "chunks_exact" => Some(Many::Passing),
        "collect" | "try_collect" | "collect_vec" | "to_vec" | "as_slice" => Some(Many::Kept),
        _ => None,
    }
}

/// Whether a method of that name is the one of an `Option`, `Result` or future around a collection, which has no such method.
fn of_wrapper(this: &Val, name: &str) -> bool {
    matches!(this.ty, Ty::List(_, Many::Kept))
        && matches!(
            name,
            "map" | "and_then" | "map_or" | "map_or_else" | "inspect" | "then" | "map_ok" | "is_some_and" | "filter"
        )
}

/// What a method hands to the closure that it is given.
#[must_use]
pub fn handed(this: &Val, name: &str) -> Val {
    if of_wrapper(this, name) { this.clone() } else { element(this) }
}

/// Methods that give their receiver, or what it holds.
fn identity(name: &str) -> bool {
    matches!(
        name,
        "clone"
            | "cloned"
            | "copied"
            | "unwrap"
            | "expect"
            | "ok"
            | "as_mut"
            | "as_deref_mut"
            | "iter"
            | "iter_mut"
            | "into_iter"
            | "values"
            | "values_mut"
            | "into_values"
            | "drain"
            | "chain"
            | "rev"
            | "skip"
            | "take"
            | "enumerate"
            | "collect"
            | "try_collect"
            | "collect_vec"
            | "boxed"
            | "boxed_local"
            | "instrument"
            | "in_current_span"
            | "fuse"
            | "by_ref"
            | "borrow"
            | "borrow_mut"
            | "into_inner"
            | "get_ref"
            | "load"
            | "load_full"
            | "upgrade"
            | "downgrade"
            | "pin"
            | "as_slice"
            | "to_vec"
            | "read"
            | "write"
            | "lock"
            | "await"
            | "flatten"
            | "transpose"
            | "buffered"
            | "buffer_unordered"
            | "into_future"
            | "as_bytes"
            | "deref"
            | "with_current_subscriber"
            | "shared"
            | "with_subscriber"
            | "arc"
            | "into_client"
            | "peekable"
            | "inner"
            | "unzip"
            | "into_stream"
            | "as_any"
            | "with_cancellation"
            | "chunks"
            | "unwrap_err"
            | "dedup"
            | "as_pin_mut"
            | "take_until"
            | "throttle"
            | "ready_chunks"
    )
}

/// Methods that every value has, or every optional one and every result: no operation of a library is named like them.
#[must_use]
pub fn combines(name: &str) -> bool {
    matches!(
        name,
        "as_ref"
            | "as_mut"
            | "as_deref"
            | "as_deref_mut"
            | "unwrap"
            | "expect"
            | "unwrap_or"
            | "unwrap_or_else"
            | "unwrap_or_default"
            | "clone"
            | "cloned"
            | "to_owned"
            | "borrow"
            | "borrow_mut"
            | "ok"
            | "ok_or"
            | "ok_or_else"
            | "map_err"
            | "inspect_err"
            | "context"
            | "with_context"
            | "wrap_err"
            | "wrap_err_with"
            | "is_some"
            | "is_none"
            | "is_ok"
            | "is_err"
    )
}

/// Methods that give the guard itself when their receiver is the result of taking a lock; what others give is a copy.
fn keeps_guard(name: &str) -> bool {
    matches!(
        name,
        "unwrap" | "expect" | "unwrap_or_else" | "map_err" | "ok" | "ok_or" | "ok_or_else" | "context" | "with_context"
    )
}

/// Methods that run their closure only where nothing is kept from an earlier time.
fn fills_once(name: &str) -> bool {
    matches!(
        name,
        "get_or_init" | "get_or_try_init" | "get_or_insert_with" | "or_insert_with" | "try_get_with" | "get_with"
    )
}

/// `x.unwrap_or(y)`: x with y when it is absent.
fn fallback(eval: &mut Eval<'_, '_>, this: Val, mut call: LibraryCall) -> Val {
    let mut other = Val::default();
    let given = [Val::default()];
    let arguments = std::mem::take(&mut call.arguments);
    for argument in arguments {
        let (val, steps) = eval.frame(|eval| follow(eval, argument, &given, &call));
        if fills_once(&call.name) {
            eval.add_step(Step::Choice { branches: vec![Branch { guard: None, leaves: false, steps }] });
        } else {
            eval.add_steps(steps);
        }
        // A closure that gives nothing ends the program: nothing of it comes out.
        if !matches!(&val.ty, Ty::Tuple(parts) if parts.is_empty()) {
            other = other.join(&val);
        }
    }
    let value = match (this.value.clone(), other.value.clone()) {
        (Some(Value::Variable { name, default: None, at }), default) => Some(Value::Variable {
            name,
            default: Some(Box::new(default.unwrap_or_else(|| {
                if call.name == "unwrap_or_default" {
                    Value::Absent
                } else {
                    Value::Unknown("a default that is computed".to_owned())
                }
            }))),
            at,
        }),
        (Some(Value::OneOf(all)), default) => Some(Value::OneOf(
            all.into_iter()
                .map(|value| match value {
                    Value::Variable { name, default: None, at } => {
                        Value::Variable { name, default: default.clone().map(Box::new), at }
                    }
                    Value::Setting { key, variables, default: known, at } => {
                        let unset = matches!(known.as_deref(), None | Some(Value::Absent));
                        let default = if unset { default.clone().map(Box::new).or(known) } else { known };
                        Value::Setting { key, variables, default, at }
                    }
                    Value::Absent => default.clone().unwrap_or(Value::Absent),
                    value => value,
                })
                .collect(),
        )),
        (Some(Value::Setting { key, variables, default, at }), other) => Some(Value::Setting {
            key,
            variables,
            default: match (default.as_deref(), other) {
                (None | Some(Value::Absent), Some(other)) => Some(Box::new(other)),
                _ => default,
            },
            at,
        }),
        (Some(Value::Absent) | None, other) => other,
        (value, _) => value,
    };
    let mut val = this.join(&Val { value: None, ..other });
    val.value = value;
    val
}

/// A conversion between texts, numbers and addresses: the value stays.
fn converted(eval: &mut Eval<'_, '_>, this: Val, call: &LibraryCall) -> Val {
    for argument in &call.arguments {
        eval.add_steps(argument.steps.clone());
    }
    if matches!(call.name.as_str(), "parse" | "try_into" | "into") {
        let expected = call.generics.first().or(call.want.expected.as_ref());
        if let Some(made) = eval.converted(&this, &call.name, expected, call.at, &call.want) {
            return made;
        }
    }
    if matches!(call.name.as_str(), "to_string" | "as_ref" | "into")
        && this.value.is_none()
        && let Some(value) = eval.shown_value(&this)
    {
        return Val::known(value);
    }
    if matches!(call.name.as_str(), "parse" | "try_into" | "into") {
        if let Some(expected) = call.generics.first().or(call.want.expected.as_ref())
            && !expected.is_unknown()
            && !expected.is_open()
            && !matches!(this.ty, Ty::Adt(..) | Ty::Grpc(_))
        {
            return Val { ty: expected.clone(), ..this };
        }
        if let (Some(Value::Text(text)), "parse") = (&this.value, call.name.as_str())
            && let Ok(number) = text.parse::<i64>()
        {
            return Val { value: Some(Value::Integer(number)), ..this };
        }
    }
    match (call.name.as_str(), &this.ty) {
        ("to_string" | "into_string", Ty::Extern(..)) => this.typed(Ty::of("std::string::String")),
        _ => this,
    }
}

/// Follows an argument that may be a function: its steps, and a call if it is a function item.
fn follow(eval: &mut Eval<'_, '_>, argument: Argument, given: &[Val], call: &LibraryCall) -> Val {
    eval.add_steps(argument.steps);
    if let Some(val) = eval.callback(&argument.val, given, call.at, &call.want) {
        return val;
    }
    match (&argument.val.ty, given.first()) {
        (Ty::Extern(path, _), Some(first)) if !argument.is_closure && is_function(&argument.val, path) => {
            by_path(eval, path, first, call)
        }
        _ => argument.val,
    }
}

/// Whether a third-party path stands for a function, and not for the type of a value.
fn is_function(val: &Val, path: &str) -> bool {
    let name = path.rsplit("::").next().unwrap_or(path);
    val.value.is_none()
        && val.clients.is_empty()
        && val.build.is_none()
        && path.contains("::")
        && (name.starts_with(char::is_lowercase) || matches!(name, "Some" | "Ok"))
}

/// A third-party function given by its path: `String::as_str`, `Into::into`, `Some`.
fn by_path(eval: &mut Eval<'_, '_>, path: &str, given: &Val, call: &LibraryCall) -> Val {
    let mut segments = path.rsplit("::");
    let name = segments.next().unwrap_or(path);
    let of_type = segments.next().is_some_and(|owner| owner == "str" || owner.starts_with(char::is_uppercase));
    if matches!(name, "Some" | "Ok") || (of_type && matches!(name, "new" | "from")) {
        return given.clone();
    }
    if !of_type {
        return Val::default();
    }
    let receiver = Argument { val: given.clone(), ..Argument::default() };
    let mut call = LibraryCall {
        owner: given.ty.clone(),
        name: name.to_owned(),
        receiver: Some(receiver),
        arguments: Vec::new(),
        generics: Vec::new(),
        at: call.at,
        want: call.want.clone(),
    };
    super::apply(eval, &mut call).unwrap_or_else(|| universal(eval, call))
}

/// A third-party function that no table knows.
fn function(eval: &mut Eval<'_, '_>, call: LibraryCall) -> Val {
    let mut all = Val::default();
    let (at, want) = (call.at, call.want.clone());
    let wraps = matches!(
        call.name.as_str(),
        "new"
            | "from"
            | "pin"
            | "into"
            | "default"
            | "Some"
            | "ready"
            | "once"
            | "iter"
            | "try_from"
            | "from_iter"
            | "parse"
            | "from_str"
            | "with_value"
            | "clone"
    );
    for argument in call.arguments {
        eval.add_steps(argument.steps);
        eval.callback(&argument.val, &[], at, &want);
        if all.value.is_none() && wraps {
            all.value.clone_from(&argument.val.value);
        }
        for spec in &argument.val.clients {
            all.add_client(spec.clone());
        }
        all.routes.extend(argument.val.routes.iter().cloned());
        if all.build.is_none() {
            all.build.clone_from(&argument.val.build);
        }
        if wraps && all.ty.is_unknown() {
            all.ty = argument.val.ty.clone();
        }
    }
    if let Ty::List(inner, many) = &call.owner {
        let held = if wraps && inner.is_unknown() { all.ty.element() } else { (**inner).clone() };
        all.ty = held.list().with_many(*many);
        let begun = matches!(call.name.as_str(), "new" | "with_capacity" | "default");
        return if begun && all.value.is_none() { val::empty_list(all) } else { all };
    }
    // `Default::default()`: of what is expected.
    if call.name == "default" && call.owner.extern_name().is_some_and(|(_, name)| name == "Default") {
        return Val::of(want.expected.unwrap_or_default());
    }
    // `Type::new(x)`: a value of that type that holds x.
    let constructed = match call.owner.extern_name() {
        Some((_, name)) if is_transparent(name) => all.ty.is_unknown(),
        Some((_, name)) => name.starts_with(char::is_uppercase) && !matches!(all.ty, Ty::Adt(..) | Ty::Grpc(_)),
        None => false,
    };
    if constructed {
        all.ty = call.owner;
    }
    all
}

/// Whether a number is only kept from being nothing: `seconds.max(1)`.
fn is_little(call: &LibraryCall) -> bool {
    matches!(call.arguments.as_slice(), [least] if matches!(least.val.value, Some(Value::Integer(0 | 1))))
}

fn is_duration(val: &Val) -> bool {
    matches!(val.ty.extern_name(), Some((_, "Duration")))
}

/// Whether a text is split at commas whose parts are not known: those of a text that stands in the code are.
fn is_list_of_texts(this: &Val, call: &LibraryCall) -> bool {
    let separator = call.arguments.first().and_then(|argument| argument.val.text());
    separator == Some(",")
        && matches!(
            this.value,
            Some(Value::Variable { .. } | Value::Setting { .. } | Value::Argument(_) | Value::OneOf(_))
        )
}

fn element(val: &Val) -> Val {
    Val { ty: val.ty.element(), ..val.clone() }
}

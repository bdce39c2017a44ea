//! What one call of a library does, as data; and the one place that does it.

use std::sync::Arc;

use super::{Library, LibraryCall};
use crate::extract::rust::interpret::val::{concat, scale};
use crate::extract::rust::interpret::{Build, Eval, Spec, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

/// The name under which a number of seconds carries the duration that it was made of.
pub const DURATION: &str = "duration";

/// What a call does.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Gives a value of this type; options and clients of the receiver go with it.
    Give(&'static str),
    /// Gives the receiver.
    Same,
    /// Gives the n-th argument.
    Pass(usize),
    /// Sets an option from the first argument, and gives the receiver.
    Set(&'static str, Unit),
    /// Sets an option by the key in the first argument to the second one, and gives the receiver.
    Pair,
    /// Gives a server state, the first argument, that its handlers ask for by type; gives the receiver, or the state.
    State,
    /// Builds a client.
    Open(Open),
    /// Keeps the first argument under a name, and gives the receiver.
    Gather(&'static str),
    /// Takes over the options of the first argument, and gives the receiver; says by this option that there are some
    /// where none of them is seen.
    Merge(&'static str),
    /// Gives clients like those of the receiver, with an option from the first argument: a database of a server.
    Narrow(&'static str, &'static str),
    /// Tells the clients of the receiver their address, which is the first argument.
    Address,
    /// Does something on a store.
    Operate(Operate),
    /// Writes to a topic of this technology.
    Publish(&'static str, Where),
    /// Reads from a topic of this technology, as this group.
    Consume(&'static str, Where, Where),
    /// Anything else.
    Custom(fn(&mut Eval<'_, '_>, &Library, &mut LibraryCall) -> Option<Val>),
}

/// How an argument becomes an option.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// As it is.
    Plain,
    /// A `Duration`, in milliseconds.
    Duration,
    /// A number of seconds.
    Seconds,
    /// A flag that is set by being there.
    Flag,
}

/// What a client is.
#[derive(Clone, Copy, Debug)]
pub struct Open {
    /// Kind: see [`crate::facts::rust::Client::kind`].
    pub kind: &'static str,
    /// Technology; empty: from the scheme of the address.
    pub technology: &'static str,
    /// Where the address is.
    pub address: Where,
    /// Type of the result.
    pub give: &'static str,
    /// Built lazily.
    pub lazy: bool,
    /// A pool.
    pub pool: bool,
}

/// What is done on a store; the operation is the name of the method.
#[derive(Clone, Copy, Debug)]
pub struct Operate {
    /// Kind: see [`What::Store`].
    pub kind: &'static str,
    /// Technology.
    pub technology: &'static str,
    /// Whether it changes something.
    pub writes: bool,
    /// Where the key, collection, table or bucket is.
    pub key: Where,
    /// Type of the result.
    pub give: &'static str,
}

/// Where a text is.
#[derive(Clone, Copy, Debug)]
pub enum Where {
    /// In the n-th argument.
    Argument(usize),
    /// In the n-th argument, which may also be a pair of host and port.
    Socket(usize),
    /// In the receiver: gathered by its builder as `address`, or its own value.
    Receiver,
    /// Gathered by the receiver under this name.
    Gathered(&'static str),
    /// Nowhere in the call.
    Nowhere,
}

/// Does what an act says.
pub fn perform(eval: &mut Eval<'_, '_>, library: &Library, act: &Act, call: &mut LibraryCall) -> Option<Val> {
    if let Act::Custom(custom) = act {
        return custom(eval, library, call);
    }
    run_steps(eval, call);
    // A function of a type makes that type: `Config::builder()`, `ConnectOptions::new()`.
    let receiver = call.receiver.as_ref().map_or_else(|| made(call), |receiver| receiver.val.clone());
    match act {
        Act::Give(ty) => Some(Val { value: None, ..carried(receiver, call) }.typed(given(ty, call))),
        Act::Same if call.receiver.is_none() => Some(carried(receiver, call)),
        Act::Same => Some(receiver),
        Act::Pass(index) => Some(call.arguments.get(*index).map(|argument| argument.val.clone()).unwrap_or_default()),
        Act::Set(option, unit) => {
            let argument = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
            let value = in_unit(&argument, *unit);
            Some(set(eval, call, receiver, option, value))
        }
        Act::Pair => {
            let key = call.arguments.first().and_then(|argument| argument.val.text().map(str::to_owned));
            let value = call
                .arguments
                .get(1)
                .map_or(Value::Absent, |argument| argument.val.value_or("known only when it runs"));
            Some(match key {
                Some(key) => set(eval, call, receiver, &key, value),
                None => receiver,
            })
        }
        Act::State => {
            let state = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
            eval.hands_over(&state);
            Some(if call.receiver.is_some() { receiver } else { state })
        }
        Act::Open(open) => Some(self::open(eval, library, open, call)),
        Act::Gather(name) => {
            let val = receiver.with_text(name, text(call, Where::Argument(0)));
            written_back(eval, call, &val);
            Some(val)
        }
        Act::Merge(unseen) => {
            let of = call.arguments.first().and_then(|argument| argument.val.build.clone());
            let mut val = receiver;
            match of {
                Some(build) if !build.options.is_empty() => {
                    for (option, (value, at)) in &build.options {
                        val = val.with_option(option, value.clone(), at.clone());
                    }
                }
                _ => val = val.with_option(unseen, Value::Bool(true), eval.place(call.at)),
            }
            written_back(eval, call, &val);
            Some(val)
        }
        Act::Narrow(option, give) => {
            let value = text(call, Where::Argument(0));
            let at = eval.place(call.at);
            let option: Arc<str> = (*option).into();
            Some(respecified(eval, &receiver, give, |spec| {
                spec.key.push(at.clone());
                spec.build.options.insert(option.clone(), (value.clone(), at.clone()));
            }))
        }
        Act::Address => {
            let value = text(call, Where::Argument(0));
            let ty = receiver.ty.clone();
            Some(respecified(eval, &receiver, "", |spec| spec.address = value.clone()).typed(ty))
        }
        Act::Operate(operate) => {
            let what = What::Store {
                kind: operate.kind.to_owned(),
                technology: operate.technology.to_owned(),
                operation: call.name.clone(),
                writes: operate.writes,
                key: text(call, operate.key),
            };
            eval.effect(what, library.name, receiver.clients.clone(), call.at, &call.want);
            Some(Val { value: None, build: None, ..receiver }.typed(Ty::of(operate.give)))
        }
        Act::Publish(technology, topic) => {
            let topic = text(call, *topic);
            let what = What::Publish { technology: (*technology).to_owned(), topic, payload: String::new() };
            eval.effect(what, library.name, receiver.clients, call.at, &call.want);
            Some(Val::default())
        }
        Act::Consume(technology, topic, group) => {
            let (topic, group) = (text(call, *topic), text(call, *group));
            let what = What::Consume { technology: (*technology).to_owned(), topic, group, payload: String::new() };
            eval.effect(what, library.name, receiver.clients.clone(), call.at, &call.want);
            Some(receiver)
        }
        Act::Custom(_) => None,
    }
}

/// What a function of a type makes: that type; nothing is known of what a free function gives.
fn made(call: &LibraryCall) -> Val {
    match call.owner.extern_name() {
        Some((_, name)) if name.starts_with(char::is_uppercase) => Val::of(call.owner.clone()),
        _ => Val::default(),
    }
}

/// Changes the variable that a builder works on in place: `options.a(x).b(y);`.
pub fn written_back(eval: &mut Eval<'_, '_>, call: &LibraryCall, val: &Val) {
    if let Some(name) = call.receiver.as_ref().and_then(|receiver| changed(eval, receiver)) {
        eval.update(&name, val.clone());
    }
}

/// The clients of a value, told more of themselves.
pub fn respecified(eval: &mut Eval<'_, '_>, receiver: &Val, give: &'static str, tell: impl Fn(&mut Spec)) -> Val {
    let mut val = Val { clients: Vec::new(), value: None, ..receiver.clone() }.typed(Ty::of(give));
    for spec in &receiver.clients {
        let mut spec = (**spec).clone();
        tell(&mut spec);
        let spec = Arc::new(spec);
        eval.out_clients().insert(spec.key.clone(), spec.clone());
        val.add_client(spec);
    }
    val
}

/// Adds the steps of receiver and arguments, in order.
pub fn run_steps(eval: &mut Eval<'_, '_>, call: &mut LibraryCall) {
    if let Some(receiver) = &mut call.receiver {
        eval.add_steps(std::mem::take(&mut receiver.steps));
    }
    for argument in &mut call.arguments {
        eval.add_steps(std::mem::take(&mut argument.steps));
    }
}

/// What goes on from a call: what the receiver carried, and clients among the arguments.
pub fn carried(receiver: Val, call: &LibraryCall) -> Val {
    let mut val = receiver;
    for argument in &call.arguments {
        for spec in &argument.val.clients {
            val.add_client(spec.clone());
        }
        if val.build.is_none() {
            val.build.clone_from(&argument.val.build);
        }
    }
    val
}

/// A result type: `$0` stands for the receiver's first type argument.
fn given(ty: &'static str, call: &LibraryCall) -> Ty {
    match (ty, &call.owner) {
        ("$0", Ty::Extern(_, arguments)) => arguments.first().cloned().unwrap_or_default(),
        ("$self", owner) => owner.clone(),
        (ty, Ty::Extern(_, arguments)) => Ty::Extern(ty.into(), arguments.clone()),
        (ty, _) => Ty::of(ty),
    }
}

/// An argument as an option.
pub fn in_unit(argument: &Val, unit: Unit) -> Value {
    match unit {
        Unit::Flag => Value::Bool(true),
        Unit::Plain | Unit::Duration => argument.value_or("known only when it runs"),
        Unit::Seconds => match argument.gathered(DURATION) {
            Some(duration) => duration.clone(),
            None => scale(argument.value_or("known only when it runs"), 1000),
        },
    }
}

/// Sets an option on the receiver: on what is given, and on the variable that the receiver is.
pub fn set(eval: &mut Eval<'_, '_>, call: &LibraryCall, receiver: Val, option: &str, value: Value) -> Val {
    let at = eval.place(call.at);
    let val = receiver.with_option(option, value, at);
    written_back(eval, call, &val);
    val
}

/// The variable that a builder which works in place changes: the receiver, or the one that a chain of its methods begins
/// with, if all of them gave the same type.
pub fn changed(eval: &Eval<'_, '_>, receiver: &super::Argument) -> Option<String> {
    let same = |name: &&String| eval.type_of(name).is_some_and(|ty| *ty == receiver.val.ty && !ty.is_unknown());
    receiver.name.clone().or_else(|| receiver.root.as_ref().filter(same).cloned())
}

/// Where a call says that its text is.
pub fn text(call: &LibraryCall, from: Where) -> Value {
    let why = "known only when it runs";
    match from {
        Where::Argument(index) => call.arguments.get(index).map_or(Value::Absent, |argument| {
            argument
                .val
                .gathered("address")
                .cloned()
                .or_else(|| argument.val.value.clone())
                .unwrap_or_else(|| Value::Unknown(why.to_owned()))
        }),
        Where::Socket(index) => {
            call.arguments.get(index).map_or(Value::Absent, |argument| super::std::socket(&argument.val))
        }
        Where::Receiver => call.receiver.as_ref().map_or(Value::Absent, |receiver| {
            receiver
                .val
                .gathered("address")
                .cloned()
                .or_else(|| receiver.val.value.clone())
                .unwrap_or_else(|| Value::Unknown(why.to_owned()))
        }),
        Where::Gathered(name) => call
            .receiver
            .as_ref()
            .and_then(|receiver| receiver.val.gathered(name))
            .cloned()
            .unwrap_or_else(|| Value::Unknown(why.to_owned())),
        Where::Nowhere => Value::Absent,
    }
}

/// Verb and URL of a request. Of a verb that may be set later or not, what it is set to counts; one that is decided together
/// with the address, or by callers, is kept with the address.
pub fn with_verb(verb: Option<&Value>, url: Value) -> (String, Value) {
    let verb = verb.map(|verb| match verb {
        Value::OneOf(all) => {
            let set = all.iter().filter(|verb| !matches!(verb, Value::Absent)).cloned();
            set.reduce(Value::or).unwrap_or(Value::Absent)
        }
        verb => verb.clone(),
    });
    match verb {
        Some(Value::Text(verb)) => (verb.rsplit("::").next().unwrap_or(&verb).to_owned(), url),
        Some(Value::Unknown(_) | Value::Absent) | None => (String::new(), url),
        Some(verb) => (String::new(), concat(vec![verb, Value::Text(" ".to_owned()), url])),
    }
}

/// Builds a client.
pub fn open(eval: &mut Eval<'_, '_>, library: &Library, open: &Open, call: &LibraryCall) -> Val {
    let address = text(call, open.address);
    let receiver = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    let mut build = receiver.build.map_or_else(Build::default, |build| (*build).clone());
    for argument in &call.arguments {
        if let Some(more) = &argument.val.build {
            for (name, option) in &more.options {
                build.options.entry(name.clone()).or_insert_with(|| option.clone());
            }
        }
    }
    if matches!(&call.owner, Ty::Extern(path, _) if path.split("::").any(|part| part == "blocking")) {
        build.options.insert("blocking".into(), (Value::Bool(true), eval.place(call.at)));
    }
    let technology = if open.technology.is_empty() { scheme_technology(&address) } else { open.technology.to_owned() };
    let at = eval.place(call.at);
    let krate = krate(library, &build, &call.owner);
    let spec = Arc::new(Spec {
        key: vec![at.clone()],
        kind: open.kind,
        technology,
        library: krate,
        address,
        contract: None,
        build,
        lazy: open.lazy,
        pool: open.pool,
        per_worker: eval.is_per_worker(),
        at,
    });
    built(eval, spec, open.give, call)
}

/// Registers a client that was built, and gives it.
pub fn built(eval: &mut Eval<'_, '_>, spec: Arc<Spec>, give: &str, call: &LibraryCall) -> Val {
    eval.out_clients().insert(spec.key.clone(), spec.clone());
    eval.effect(What::Build { client: 0 }, &spec.library, vec![spec.clone()], call.at, &call.want);
    let mut val = Val::of(Ty::of(give));
    val.add_client(spec);
    val
}

/// The technology that the scheme of an address names.
pub fn scheme_technology(address: &Value) -> String {
    let text = match address {
        Value::Text(text) => text.as_str(),
        Value::Join(parts) => match parts.first() {
            Some(Value::Text(text)) => text.as_str(),
            _ => return String::new(),
        },
        Value::Variable { default: Some(inner), .. } | Value::Setting { default: Some(inner), .. } => {
            return scheme_technology(inner);
        }
        Value::OneOf(all) => {
            return all.iter().map(scheme_technology).find(|found| !found.is_empty()).unwrap_or_default();
        }
        _ => return String::new(),
    };
    match text.split_once(':').map_or("", |(scheme, _)| scheme) {
        "postgres" | "postgresql" => "postgres".to_owned(),
        "mysql" | "mariadb" => "mysql".to_owned(),
        "sqlite" => "sqlite".to_owned(),
        _ => String::new(),
    }
}

/// A call that waits on its thread: in async code it holds up all other tasks of that thread.
pub fn waits(eval: &mut Eval<'_, '_>, library: &str, operation: String, call: &LibraryCall) {
    eval.effect(What::Blocking { operation }, library, Vec::new(), call.at, &call.want);
}

/// The crate that a client is of: several crates share one table, and their defaults differ.
pub fn krate(library: &Library, build: &Build, owner: &Ty) -> String {
    let noted = build.texts.get("crate").and_then(Value::as_text);
    let of = noted.or(match owner {
        Ty::Extern(path, _) => path.split("::").next(),
        _ => None,
    });
    match of {
        Some(name) if library.crates.contains(&name) && !name.starts_with("sqlx_") => name.replace('_', "-"),
        _ => library.name.to_owned(),
    }
}

/// A call on a config that has a name and of which nothing was seen: its fields were set elsewhere.
pub fn with_fields_unseen(eval: &mut Eval<'_, '_>, call: &LibraryCall) -> LibraryCall {
    let mut call = call.clone();
    let at = eval.place(call.at);
    let is_unseen = |receiver: &super::Argument| receiver.name.is_some() && receiver.val.build.is_none();
    if let Some(receiver) = call.receiver.as_mut().filter(|receiver| is_unseen(receiver)) {
        receiver.val = receiver.val.clone().with_option("pool_config", Value::Bool(true), at);
    }
    call
}

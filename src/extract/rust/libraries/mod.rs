//! What third-party libraries do: one file per family, each a table from a type and a name to an [`Act`].
//!
//! A type is matched by its crate and its simple name, so that re-exports (`sqlx::PgPool`, `sqlx::postgres::PgPool`) are
//! one. To add a library: one file with its `LIBRARY`, one line in [`LIBRARIES`].

mod act;
mod actix;
mod amqp;
mod away;
mod aws;
mod axum;
mod azure;
mod azure_datalake;
mod channels;
mod clickhouse;
mod config;
mod deadpool;
mod eventsource;
mod fred;
mod google;
mod hyper;
mod iceberg;
mod kafka;
mod limes;
mod mongodb;
mod mqtt;
mod nats;
mod neo4j;
mod object_store;
mod omniqueue;
mod opendal;
mod openfga;
mod orm;
mod progenitor;
mod pulsar;
mod redis;
mod reqwest;
mod retries;
mod routerify;
mod schema_registry;
mod search;
mod sockets;
mod spanner;
mod sqlx;
mod std;
mod streams;
mod telemetry;
mod texts;
mod tokio;
mod tonic;
mod tower;
mod universal;
mod vault;
mod warp;
mod websocket;

use ::std::sync::LazyLock;
use foldhash::HashMap;

use super::interpret::{Eval, Val};
use super::tree::{Macro, Range};
use super::types::Ty;
use crate::facts::Value;
use crate::facts::rust::Step;

pub use super::interpret::want::Want;
pub use act::{Act, Unit};
pub use away::says_away;
pub use orm::{beside_struct, table_of, unresolved};
pub use progenitor::GENERATED as GENERATED_FROM_OPENAPI;
pub use tonic::camel;
pub use universal::{fills, handed, universal};

/// All libraries, in alphabetical order.
const LIBRARIES: &[&Library] = &[
    &actix::LIBRARY,
    &amqp::LIBRARY,
    &aws::LAMBDA,
    &aws::LIBRARY,
    &azure_datalake::LIBRARY,
    &axum::LIBRARY,
    &azure::LIBRARY,
    &channels::LIBRARY,
    &clickhouse::LIBRARY,
    &config::LIBRARY,
    &deadpool::LIBRARY,
    &eventsource::CLIENT,
    &eventsource::REQWEST,
    &fred::LIBRARY,
    &google::PUBSUB,
    &google::STORE,
    &hyper::LIBRARY,
    &iceberg::LIBRARY,
    &kafka::LIBRARY,
    &limes::LIBRARY,
    &mongodb::LIBRARY,
    &mqtt::LIBRARY,
    &nats::LIBRARY,
    &neo4j::LIBRARY,
    &object_store::LIBRARY,
    &omniqueue::LIBRARY,
    &opendal::LIBRARY,
    &openfga::LIBRARY,
    &orm::LIBRARY,
    &progenitor::LIBRARY,
    &pulsar::LIBRARY,
    &redis::LIBRARY,
    &reqwest::LIBRARY,
    &retries::AGAIN,
    &retries::BACKOFF,
    &retries::TRYHARD,
    &routerify::LIBRARY,
    &schema_registry::LIBRARY,
    &search::LIBRARY,
    &sockets::LIBRARY,
    &spanner::LIBRARY,
    &sqlx::LIBRARY,
    &std::LIBRARY,
    &streams::FLUVIO_LIBRARY,
    &streams::RABBITMQ_LIBRARY,
    &telemetry::METRICS,
    &telemetry::OPENTELEMETRY,
    &telemetry::PROMETHEUS,
    &telemetry::TRACING,
    &tokio::LIBRARY,
    &tonic::LIBRARY,
    &tower::LIBRARY,
    &vault::LIBRARY,
    &vault::LOGIN,
    &warp::LIBRARY,
    &websocket::LIBRARY,
];

/// What a family of libraries does.
#[derive(Debug)]
pub struct Library {
    /// Name of its main crate in the registry: what facts name.
    pub name: &'static str,
    /// Crates, as paths spell them.
    pub crates: &'static [&'static str],
    /// Its functions and methods.
    pub apis: &'static [Api],
    /// Its macros that are more than the expressions in them.
    pub macros: &'static [(&'static str, MacroAct)],
}

/// In place of a name: the struct written as a literal.
pub const LITERAL: &str = "{}";

/// What a macro does.
pub type MacroAct = for<'a> fn(&mut Eval<'_, 'a>, &'a Macro, &Want) -> Option<Val>;

/// One function or method, or several that do the same.
#[derive(Debug)]
pub struct Api {
    /// Simple name of the type; empty for free functions; `*` for any type of the crate.
    pub on: &'static str,
    /// Names.
    pub names: &'static [&'static str],
    /// What they do.
    pub act: Act,
}

/// A row of a table.
#[must_use]
pub const fn api(on: &'static str, names: &'static [&'static str], act: Act) -> Api {
    Api { on, names, act }
}

/// An argument or receiver, evaluated in a frame of its own.
#[derive(Clone, Debug, Default)]
pub struct Argument {
    /// Its value.
    pub val: Val,
    /// What evaluating it did.
    pub steps: Vec<Step>,
    /// Whether it is a closure.
    pub is_closure: bool,
    /// Its name, when it is a local variable.
    pub name: Option<String>,
    /// Whether code in it asks whether it is to end.
    pub heeds: bool,
    /// The local variable that a chain of methods begins with: `options.a().b()`.
    pub root: Option<String>,
}

/// A call of a library.
#[derive(Clone, Debug)]
pub struct LibraryCall {
    /// The type of the receiver, or the path in front of the function.
    pub owner: Ty,
    /// The function.
    pub name: String,
    /// The receiver; none for functions.
    pub receiver: Option<Argument>,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// Type arguments given.
    pub generics: Vec<Ty>,
    /// Where.
    pub at: Range,
    /// What the code around makes of it.
    pub want: Want,
}

type Key = (&'static str, &'static str, &'static str);

/// All rows by crate, type and name.
static INDEX: LazyLock<HashMap<Key, (&'static Library, &'static Act)>> = LazyLock::new(|| {
    let mut index = HashMap::default();
    for library in LIBRARIES {
        for krate in library.crates {
            for api in library.apis {
                for name in api.names {
                    index.entry((*krate, api.on, *name)).or_insert((*library, &api.act));
                }
            }
        }
    }
    index
});

/// Whether a table has a row for this very method of a third-party type: the type's own methods go before those that
/// traits of the project add.
#[must_use]
pub fn knows(path: &str, name: &str) -> bool {
    let krate = path.split("::").next().unwrap_or(path);
    let on = path.rsplit("::").next().unwrap_or(path);
    INDEX.contains_key(&(krate, on, name) as &(&str, &str, &str))
}

/// Whether a crate is one of a library that has a table.
#[must_use]
pub fn is_of_one(krate: &str) -> bool {
    LIBRARIES.iter().any(|library| library.crates.contains(&krate))
}

/// Whether a type of this crate may be a client that is said to be of a library: of its family, or of a crate of it.
#[must_use]
pub fn are_of_one(krate: &str, library: &str) -> bool {
    let of = library.replace('-', "_");
    LIBRARIES
        .iter()
        .filter(|family| family.crates.contains(&krate))
        .any(|family| family.name == library || family.crates.contains(&of.as_str()))
}

/// Does what a library's table says; `None` if no table knows the call.
pub fn apply(eval: &mut Eval<'_, '_>, call: &mut LibraryCall) -> Option<Val> {
    if let Ty::Grpc(_) = &call.owner {
        return tonic::generated(eval, call);
    }
    let Ty::Extern(path, _) = &call.owner else { return None };
    let path = path.clone();
    let krate = path.split("::").next().unwrap_or(&path);
    if krate == "proto" {
        return tonic::written_by_build(eval, call);
    }
    let last = path.rsplit("::").next().unwrap_or(&path);
    let on = if last.chars().next().is_some_and(char::is_uppercase) { last } else { "" };
    let (library, act) = lookup(krate, on, &call.name)?;
    act::perform(eval, library, act, call)
}

/// What a table says of a struct of a library that is written as a literal: its fields are arguments with their names.
pub fn apply_literal(eval: &mut Eval<'_, '_>, call: &mut LibraryCall) -> Option<Val> {
    let Ty::Extern(path, _) = &call.owner else { return None };
    let path = path.clone();
    let (krate, on) = (path.split("::").next()?, path.rsplit("::").next()?);
    let (library, act) = INDEX.get(&(krate, on, LITERAL) as &(&str, &str, &str)).copied()?;
    act::perform(eval, library, act, call)
}

/// The row for a call. What is said of a name goes before what is said of all names: a row for all methods of a type says
/// only that they change nothing.
fn lookup(krate: &str, on: &str, name: &str) -> Option<(&'static Library, &'static Act)> {
    // The keys are static: a borrowed key of the same texts finds them.
    let row = |on: &str, name: &str| INDEX.get(&(krate, on, name) as &(&str, &str, &str)).copied();
    let any = |on: &str| row(on, "*").filter(|_| !universal::combines(name));
    row(on, name).or_else(|| row("*", name)).or_else(|| any(on)).or_else(|| any("*"))
}

/// A field of a third-party struct that is given a value, in a literal or by an assignment: what the setter of that name
/// does. A field that is left out by `None` sets nothing.
pub fn field(eval: &mut Eval<'_, '_>, receiver: Argument, name: &str, val: Val, at: Range) -> Option<Val> {
    let Ty::Extern(path, _) = &receiver.val.ty else { return None };
    let krate = path.split("::").next().unwrap_or(path);
    let on = path.rsplit("::").next().unwrap_or(path);
    let row = |on: &str| INDEX.get(&(krate, on, name) as &(&str, &str, &str)).copied();
    let (library, act) = row(on).or_else(|| row("*"))?;
    let sets = matches!(act, Act::Set(..) | Act::Gather(_) | Act::Merge(_));
    if !sets || matches!(val.value, Some(Value::Absent)) {
        return None;
    }
    let mut call = LibraryCall {
        owner: receiver.val.ty.clone(),
        name: name.to_owned(),
        receiver: Some(receiver),
        arguments: vec![Argument { val, ..Argument::default() }],
        generics: Vec::new(),
        at,
        want: Want::default(),
    };
    act::perform(eval, library, act, &mut call)
}

/// Does what a library's macro does; `None` if it is no known one.
pub fn apply_macro<'a>(eval: &mut Eval<'_, 'a>, of: &'a Macro, want: &Want) -> Option<Val> {
    let name = of.path.last()?;
    let (_, act) = LIBRARIES.iter().flat_map(|library| library.macros).find(|(known, _)| known == name)?;
    act(eval, of, want)
}

/// Whether a handler that takes or gives this type keeps its connection open for what comes later.
#[must_use]
pub fn streams(ty: &Ty) -> bool {
    ty.extern_name().is_some_and(|(_, name)| matches!(name, "Sse" | "WebSocketUpgrade" | "WsResponse"))
}

/// Whether values of a type show as no free text: numbers, truth values, ids, dates.
#[must_use]
pub fn is_scalar(ty: &Ty) -> bool {
    let Some((_, name)) = ty.extern_name() else { return false };
    matches!(
        name,
        "int"
            | "float"
            | "bool"
            | "Uuid"
            | "Ulid"
            | "Decimal"
            | "NaiveDate"
            | "NaiveDateTime"
            | "NaiveTime"
            | "DateTime"
            | "Date"
            | "Time"
            | "OffsetDateTime"
            | "PrimitiveDateTime"
            | "Duration"
    )
}

/// Whether a third-party type shows as an address that ends in `/` where it has no path.
#[must_use]
pub fn ends_in_slash(ty: &Ty) -> bool {
    matches!(ty.extern_name(), Some((_, "Url" | "Uri")))
}

/// The function of a third-party trait that makes a parameter of a handler from a request; `None` for other traits.
#[must_use]
pub fn extractor(of_trait: &str) -> Option<&'static str> {
    match of_trait.rsplit("::").next() {
        Some("FromRequestParts") => Some("from_request_parts"),
        Some("FromRequest") => Some("from_request"),
        _ => None,
    }
}

/// Whether a function of that name runs what it is given on a thread where blocking holds up nobody else.
#[must_use]
pub fn leaves_runtime(name: &str) -> bool {
    matches!(name, "spawn_blocking" | "block_in_place")
}

/// The value of a third-party constant.
#[must_use]
pub fn path_value(owner: &str, name: &str) -> Option<Value> {
    let last = owner.rsplit("::").next().unwrap_or(owner);
    match (last, name) {
        ("Duration", "ZERO") => Some(Value::Millis(0)),
        ("Duration", "MAX") => Some(Value::Absent),
        ("usize" | "u64" | "int", "MAX") => Some(Value::Integer(i64::MAX)),
        ("u32", "MAX") => Some(Value::Integer(i64::from(u32::MAX))),
        ("u16", "MAX") => Some(Value::Integer(i64::from(u16::MAX))),
        ("Ipv4Addr", "UNSPECIFIED") => Some(Value::Text("0.0.0.0".to_owned())),
        ("Ipv4Addr", "LOCALHOST") => Some(Value::Text("127.0.0.1".to_owned())),
        ("Ipv6Addr", "UNSPECIFIED") => Some(Value::Text("[::]".to_owned())),
        ("Ipv6Addr", "LOCALHOST") => Some(Value::Text("[::1]".to_owned())),
        ("Method", "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "HEAD" | "OPTIONS") => {
            Some(Value::Text(name.to_owned()))
        }
        _ => None,
    }
}

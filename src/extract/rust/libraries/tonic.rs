//! tonic: generated clients and servers, channels and their limits, the server's limits, health, reflection.

use std::sync::Arc;

use super::act::{self, Act, Open, Unit, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Build, Eval, Spec, Val};
use crate::extract::rust::names::GrpcPart;
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const CHANNEL: &str = "tonic::transport::Channel";
const ENDPOINT: &str = "tonic::transport::Endpoint";
const ROUTER: &str = "tonic::transport::server::Router";
const SERVER: &str = "tonic::transport::Server";

const CONNECT: Open =
    Open { kind: "grpc", technology: "grpc", address: Where::Receiver, give: CHANNEL, lazy: false, pool: false };

/// tonic.
pub static LIBRARY: Library = Library {
    name: "tonic",
    crates: &["tonic", "tonic_health", "tonic_reflection", "tonic_web", "tonic_prost"],
    apis: &[
        api("Endpoint", &["new", "from_static", "from_shared", "try_from", "from"], Act::Custom(endpoint)),
        api("Channel", &["from_static", "from_shared", "builder"], Act::Custom(endpoint)),
        api("Endpoint", &["timeout"], Act::Set("timeout_ms", Unit::Duration)),
        api("Endpoint", &["connect_timeout"], Act::Set("connect_timeout_ms", Unit::Duration)),
        api("Endpoint", &["http2_keep_alive_interval"], Act::Set("keep_alive_interval_ms", Unit::Duration)),
        api("Endpoint", &["keep_alive_timeout"], Act::Set("keep_alive_timeout_ms", Unit::Duration)),
        api("Endpoint", &["keep_alive_while_idle"], Act::Set("keep_alive_while_idle", Unit::Plain)),
        api("Endpoint", &["concurrency_limit"], Act::Set("concurrency_limit", Unit::Plain)),
        api("Endpoint", &["rate_limit"], Act::Set("rate_limit", Unit::Plain)),
        api("Endpoint", &["tls_config"], Act::Set("tls", Unit::Flag)),
        api("Endpoint", &["origin"], Act::Gather("origin")),
        api("Endpoint", &["connect", "connect_with_connector"], Act::Custom(connect)),
        api("Endpoint", &["connect_lazy", "connect_with_connector_lazy"], Act::Custom(connect)),
        api("Endpoint", &["*"], Act::Same),
        api("Channel", &["balance_list"], Act::Custom(balanced)),
        api("Channel", &["balance_channel", "balance_channel_with_executor"], Act::Custom(balanced)),
        api("Request", &["new"], Act::Custom(request)),
        api("Request", &["set_timeout"], Act::Set("deadline_ms", Unit::Duration)),
        api("Request", &["into_inner", "get_ref", "get_mut"], Act::Give("$0")),
        api("Request", &["*"], Act::Same),
        api("Server", &["builder"], Act::Give(SERVER)),
        api("Server", &["timeout"], Act::Set("timeout_ms", Unit::Duration)),
        api("Server", &["concurrency_limit_per_connection"], Act::Set("concurrency_limit_per_connection", Unit::Plain)),
        api("Server", &["max_concurrent_streams"], Act::Set("max_concurrent_streams", Unit::Plain)),
        api("Server", &["load_shed"], Act::Set("load_shed", Unit::Plain)),
        api("Server", &["max_connection_age"], Act::Set("max_connection_age_ms", Unit::Duration)),
        api("Server", &["max_connection_age_grace"], Act::Set("max_connection_age_grace_ms", Unit::Duration)),
        api("Server", &["tls_config"], Act::Set("tls", Unit::Flag)),
        api("Server", &["layer"], Act::Custom(layer)),
        api("Server", &["add_service", "add_optional_service", "add_routes"], Act::Custom(add_service)),
        api("Router", &["add_service", "add_optional_service", "add_routes"], Act::Custom(add_service)),
        api("Routes", &["new", "add_service", "builder", "default"], Act::Custom(add_service)),
        api("RoutesBuilder", &["add_service", "routes", "default"], Act::Custom(add_service)),
        api("Router", &["serve"], Act::Custom(serve_none)),
        api("Router", &["serve_with_incoming"], Act::Custom(serve_none)),
        api("Router", &["serve_with_shutdown"], Act::Custom(serve_graceful)),
        api("Router", &["serve_with_incoming_shutdown"], Act::Custom(serve_graceful)),
        api("Server", &["serve", "serve_with_incoming"], Act::Custom(serve_none)),
        api("Server", &["serve_with_shutdown", "serve_with_incoming_shutdown"], Act::Custom(serve_graceful)),
        api("Server", &["*"], Act::Same),
        api("TcpIncoming", &["bind", "new"], Act::Custom(super::sockets::bind)),
        api("TcpIncoming", &["from", "from_listener"], Act::Pass(0)),
        api("", &["health_reporter"], Act::Custom(health_reporter)),
        api("HealthReporter", &["set_serving", "set_not_serving", "set_service_status"], Act::Custom(health)),
        api("GrpcTimeout", &["*"], Act::Same),
        api("Status", &["*"], Act::Give("tonic::Status")),
    ],
    macros: &[],
};

/// An endpoint of an address.
fn endpoint(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let argument = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let address = argument.gathered("address").cloned().or(argument.value);
    let address = address.unwrap_or_else(|| Value::Unknown("known only when it runs".to_owned()));
    Some(Val { build: argument.build, ..Val::of(Ty::of(ENDPOINT)) }.with_text("address", address))
}

/// A channel of an endpoint. One whose address is found while it runs, for the name that requests carry, is of that name.
fn connect(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let open = Open { lazy: call.name.ends_with("lazy"), ..CONNECT };
    let mut call = call.clone();
    let at = eval.place(call.at);
    let receiver = &mut call.receiver.as_mut()?.val;
    let origin = receiver.gathered("origin").filter(|origin| !is_found(origin)).cloned();
    if let Some(origin) = origin
        && receiver.gathered("address").is_none_or(is_found)
    {
        // Who finds the addresses of a name by himself has a channel for each of them.
        *receiver = receiver.clone().with_text("address", origin).with_option("balanced", Value::Bool(true), at);
    }
    Some(act::open(eval, library, &open, &call))
}

/// Whether a value is known only where it is called, or when it runs.
fn is_found(value: &Value) -> bool {
    match value {
        Value::Unknown(_) | Value::Argument(_) => true,
        Value::Join(parts) => parts.iter().any(is_found),
        Value::OneOf(all) => all.iter().all(is_found),
        _ => false,
    }
}

/// A channel over several endpoints.
fn balanced(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut call = call.clone();
    if call.name.starts_with("balance_channel") {
        call.arguments.clear();
    }
    let at = eval.place(call.at);
    let val = act::open(eval, library, &Open { address: Where::Argument(0), ..CONNECT }, &call);
    let specs: Vec<Arc<Spec>> = val
        .clients
        .iter()
        .map(|spec| {
            let mut spec = (**spec).clone();
            spec.build.options.insert("balanced".into(), (Value::Bool(true), at.clone()));
            if call.name.starts_with("balance_channel") {
                spec.address = Value::Unknown("endpoints are found while it runs".to_owned());
            }
            Arc::new(spec)
        })
        .collect();
    let mut balanced = Val::of(Ty::of(CHANNEL));
    for spec in specs {
        eval.out_clients().insert(spec.key.clone(), spec.clone());
        balanced.add_client(spec);
    }
    if call.name.starts_with("balance_channel") {
        let parts = [balanced.clone(), Val::default()];
        balanced.parts = Some(Arc::from(parts));
    }
    Some(balanced)
}

fn request(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let inner = call.arguments.first().map(|argument| argument.val.ty.clone()).unwrap_or_default();
    Some(Val::of(Ty::Extern("tonic::Request".into(), Arc::new([inner]))))
}

fn layer(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let given = call.arguments.first().map(|argument| argument.val.clone());
    Some(super::axum::with_layer(eval, receiver, given.as_ref(), call))
}

/// A service added to a server: its registration was seen where it was made.
fn add_service(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    Some(Val { value: None, ..receiver }.typed(Ty::of(ROUTER)))
}

fn serve_none(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    serve(eval, library, call, "none")
}

fn serve_graceful(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    serve(eval, library, call, "graceful")
}

fn serve(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall, shutdown: &str) -> Option<Val> {
    run_steps(eval, call);
    let address = act::text(call, Where::Socket(0));
    let what = What::Listen { protocol: "grpc".to_owned(), address, shutdown: shutdown.to_owned() };
    let id = eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    if let Some(build) = call.receiver.as_ref().and_then(|receiver| receiver.val.build.clone()) {
        for (name, (value, _)) in &build.options {
            let value = eval.known(value);
            eval.set_option(id, name, value);
        }
    }
    Some(Val::default())
}

fn health_reporter(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let what = What::Health { operation: "server".to_owned(), service: Value::Text(String::new()) };
    eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    let parts = [Val::of(Ty::of("tonic_health::server::HealthReporter")), Val::default()];
    Some(Val { parts: Some(Arc::from(parts)), ..Val::default() })
}

fn health(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let service = match call.generics.first() {
        Some(Ty::Grpc(grpc)) => Value::Text(grpc.contract.to_string()),
        _ => act::text(call, Where::Argument(0)),
    };
    let operation = call.name.trim_start_matches("set_").to_owned();
    eval.effect(What::Health { operation, service }, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

/// A call on a generated client or server.
pub fn generated(eval: &mut Eval<'_, '_>, call: &mut LibraryCall) -> Option<Val> {
    let Ty::Grpc(grpc) = call.owner.clone() else { return None };
    match grpc.part {
        GrpcPart::Client => client(eval, call, &grpc.contract),
        GrpcPart::Server => server(eval, call, &grpc.contract),
        GrpcPart::Trait => None,
    }
}

fn client(eval: &mut Eval<'_, '_>, call: &mut LibraryCall, contract: &Arc<str>) -> Option<Val> {
    run_steps(eval, call);
    match (call.name.as_str(), &call.receiver) {
        ("connect", None) => {
            let val = act::open(eval, &LIBRARY, &Open { address: Where::Argument(0), ..CONNECT }, call);
            Some(for_contract(eval, val, contract).typed(call.owner.clone()))
        }
        ("new" | "with_interceptor" | "with_origin" | "from" | "with_channel", None) => {
            let inner = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
            let mut val = act::carried(Val::default(), call);
            // The project's own service around a channel: `Client::new(Traced { inner: channel })`.
            val.clients = eval.behind_service(&inner, call.at).unwrap_or_else(|| eval.held(&inner));
            // Over an HTTP client: where it goes is said beside it.
            if call.name == "with_origin" && !val.clients.iter().any(|spec| spec.kind == "grpc") {
                val.clients = act::open(eval, &LIBRARY, &Open { address: Where::Argument(1), ..CONNECT }, call).clients;
            }
            if let Some(build) = &inner.build {
                val.build = Some(build.clone());
            }
            let mut val = for_contract(eval, val, contract).typed(call.owner.clone());
            if call.name == "with_interceptor" {
                let at = eval.place(call.at);
                let interceptor = call.arguments.get(1).map(|argument| argument.val.clone()).unwrap_or_default();
                let request = [Val::of(Ty::of("tonic::Request"))];
                let sent = eval.callback(&interceptor, &request, call.at, &call.want).unwrap_or(interceptor);
                val = intercepted(eval, val, &sent, call).with_option("interceptor", Value::Bool(true), at);
            }
            Some(val)
        }
        (
            "send_compressed"
            | "accept_compressed"
            | "max_decoding_message_size"
            | "max_encoding_message_size"
            | "clone",
            Some(receiver),
        ) => {
            let val = receiver.val.clone();
            let at = eval.place(call.at);
            Some(match call.name.as_str() {
                "max_decoding_message_size" | "max_encoding_message_size" => {
                    let value = act::text(call, Where::Argument(0));
                    val.with_option(
                        if call.name.starts_with("max_d") {
                            "max_decoding_message_size"
                        } else {
                            "max_encoding_message_size"
                        },
                        value,
                        at,
                    )
                }
                _ => val,
            })
        }
        (method, Some(receiver)) => {
            if !may_be_rpc(call) || (is_plain(method) && !takes_message(eval, call)) {
                return None;
            }
            let receiver = receiver.val.clone();
            let arguments: Vec<Val> = call.arguments.iter().map(|argument| argument.val.clone()).collect();
            let method = camel(method);
            Some(eval.grpc_call(contract, &method, Some(&receiver), &arguments, call.at, &call.want))
        }
        _ => None,
    }
}

/// A call on a type that the build writes, other than tonic's own: one that is given a client, or something of the project
/// that gives one, wraps it, and its methods are the rpcs of that client.
pub fn written_by_build(eval: &mut Eval<'_, '_>, call: &mut LibraryCall) -> Option<Val> {
    let of_contract = |spec: &Arc<Spec>| spec.kind == "grpc" && spec.contract.is_some();
    let Some(receiver) = call.receiver.as_ref().map(|receiver| receiver.val.clone()) else {
        let given: Vec<Val> = call.arguments.iter().map(|argument| argument.val.clone()).collect();
        let clients = given.iter().flat_map(|val| [eval.held(val), eval.given_by(val, call.at, &call.want)].concat());
        let mut val = Val::of(call.owner.clone());
        clients.filter(of_contract).for_each(|spec| val.add_client(spec));
        if val.clients.is_empty() {
            return None;
        }
        run_steps(eval, call);
        return Some(val);
    };
    let is_rpc = call.arguments.is_empty() || may_be_rpc(call);
    let contract = receiver.clients.iter().find_map(|spec| spec.contract.clone())?;
    if !is_rpc || call.name == "clone" || (is_plain(&call.name) && !takes_message(eval, call)) {
        return None;
    }
    run_steps(eval, call);
    let arguments: Vec<Val> = call.arguments.iter().map(|argument| argument.val.clone()).collect();
    Some(eval.grpc_call(&contract, &camel(&call.name), Some(&receiver), &arguments, call.at, &call.want))
}

/// Whether a call passes what an rpc takes: one value that is no closure, text, number or flag. What others mean
/// (`wrap_err("…")`, `inspect_err(|error| …)`), their names say.
fn may_be_rpc(call: &LibraryCall) -> bool {
    let [argument] = call.arguments.as_slice() else { return false };
    let is_plain = matches!(&argument.val.ty, Ty::Extern(path, _) if matches!(&**path, "str" | "String" | "int" | "float" | "bool" | "Duration"));
    !argument.is_closure && !is_plain
}

/// A client whose interceptor sets a deadline on what it sends: that is a limit on each of its calls.
fn intercepted(eval: &mut Eval<'_, '_>, client: Val, sent: &Val, call: &LibraryCall) -> Val {
    let deadline = sent.build.as_ref().and_then(|build| build.options.get("deadline_ms"));
    let options = deadline.map(|deadline| ("timeout_ms".into(), deadline.clone())).into_iter().collect();
    super::tower::limited(eval, &client, &Build { options, ..Build::default() }, call)
}

/// Whether a call passes exactly one message of a proto, or a request around one: then even `get` is an rpc.
fn takes_message(eval: &Eval<'_, '_>, call: &LibraryCall) -> bool {
    let [argument] = call.arguments.as_slice() else { return false };
    !argument.is_closure
        && argument.val.ty.alternatives().iter().any(|ty| match ty {
            Ty::Extern(path, _) => {
                path.starts_with("proto::") || path.starts_with("prost_types::") || &**path == "tonic::Request"
            }
            Ty::Adt(adt, _) => eval.is_message(*adt),
            _ => false,
        })
}

/// Methods that smart pointers, options, results, locks and collections have: they are no rpc.
fn is_plain(method: &str) -> bool {
    matches!(
        method,
        "as_ref"
            | "as_mut"
            | "into"
            | "unwrap"
            | "expect"
            | "ok"
            | "lock"
            | "borrow"
            | "borrow_mut"
            | "to_owned"
            | "map_err"
            | "context"
            | "with_context"
            | "await"
            | "iter"
            | "iter_mut"
            | "into_iter"
            | "get"
            | "get_mut"
            | "next"
            | "cloned"
            | "map"
            | "and_then"
            | "ok_or"
            | "ok_or_else"
            | "unwrap_or"
            | "unwrap_or_else"
            | "unwrap_or_default"
            | "key"
            | "value"
            | "value_mut"
            | "values"
            | "values_mut"
            | "insert"
            | "remove"
            | "entry"
            | "or_insert"
            | "or_insert_with"
            | "contains_key"
            | "is_some"
            | "is_none"
            | "is_ok"
            | "is_err"
            | "len"
            | "is_empty"
            | "take"
            | "replace"
            | "deref"
            | "deref_mut"
            | "read"
            | "write"
            | "load"
            | "load_full"
            | "store"
            | "push"
            | "pop"
            | "upgrade"
            | "downgrade"
            | "try_into"
            | "into_inner"
            | "get_or_init"
            | "get_or_try_init"
            | "get_or_insert_with"
            | "first"
            | "last"
            | "find"
            | "choose"
            | "filter"
            | "instrument"
            | "then"
            | "or_else"
            | "or"
            | "ok_or_default"
            | "as_deref"
            | "as_deref_mut"
            | "call"
            | "poll_ready"
            | "ready"
            | "oneshot"
    )
}

/// The clients of a value, known to be for one contract.
fn for_contract(eval: &mut Eval<'_, '_>, val: Val, contract: &Arc<str>) -> Val {
    let mut out = Val { clients: Vec::new(), ..val.clone() };
    for spec in &val.clients {
        let mut spec = (**spec).clone();
        if spec.contract.is_none() {
            spec.contract = Some(contract.clone());
        }
        let spec = Arc::new(spec);
        eval.out_clients().insert(spec.key.clone(), spec.clone());
        out.add_client(spec);
    }
    out
}

fn server(eval: &mut Eval<'_, '_>, call: &mut LibraryCall, contract: &Arc<str>) -> Option<Val> {
    run_steps(eval, call);
    match (call.name.as_str(), &call.receiver) {
        ("new" | "with_interceptor" | "from_arc" | "from" | "from_shared", None) => {
            let implementor = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
            eval.serve(contract, &implementor, call.at, &call.want);
            if let Some(interceptor) = call.arguments.get(1) {
                let interceptor = interceptor.val.clone();
                eval.callback(&interceptor, &[Val::of(Ty::of("tonic::Request"))], call.at, &call.want);
            }
            Some(Val::of(call.owner.clone()))
        }
        (_, Some(receiver)) => Some(receiver.val.clone()),
        _ => None,
    }
}

/// The proto name of a method: `get_cart` is `GetCart`.
#[must_use]
pub fn camel(method: &str) -> String {
    method
        .split('_')
        .map(|part| {
            let mut chars = part.chars();
            chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
        })
        .collect()
}

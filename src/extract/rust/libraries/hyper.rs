//! HTTP close to the wire: hyper and hyper-util, with requests and addresses of the http crate.
//!
//! A server is given one connection and what answers on it: a `service_fn`, a type of the project, a router of another
//! library. Which verbs and paths it answers is in its code, and not known.

use std::sync::Arc;

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::val::concat;
use crate::extract::rust::interpret::{Eval, RouteVal, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::{Step, What};

const BUILD: Open = Open {
    kind: "http",
    technology: "http",
    address: Where::Nowhere,
    give: "hyper_util::Client",
    lazy: true,
    pool: false,
};
const REQUEST: &str = "http::request::Builder";
const WHY: &str = "known only when it runs";

/// Ways to serve one connection.
const SERVE: &[&str] = &["serve_connection", "serve_connection_with_upgrades"];

/// hyper.
pub static LIBRARY: Library = Library {
    name: "hyper",
    crates: &["hyper_util", "hyper", "http"],
    apis: &[
        api("Client", &["builder"], Act::Give("hyper_util::ClientBuilder")),
        api("Client", &["new"], Act::Open(BUILD)),
        api("ClientBuilder", &["build", "build_http"], Act::Open(BUILD)),
        api("ClientBuilder", &["*"], Act::Same),
        api("Client", &["get"], Act::Custom(get)),
        api("Client", &["request"], Act::Custom(send)),
        api("SendRequest", &["send_request"], Act::Custom(send)),
        api("", &["handshake"], Act::Custom(handshake)),
        api("Builder", &["handshake"], Act::Custom(handshake)),
        api("Builder", &["new"], Act::Give("$self")),
        api("Http", &["new"], Act::Give("$self")),
        api("Builder", SERVE, Act::Custom(serve_connection)),
        api("Http", SERVE, Act::Custom(serve_connection)),
        api("Http", &["*"], Act::Same),
        api("", &["service_fn"], Act::Custom(service_fn)),
        api("", &["make_service_fn"], Act::Pass(0)),
        api("TowerToHyperService", &["new"], Act::Pass(0)),
        api("Request", &["builder"], Act::Give(REQUEST)),
        api("Request", &["get", "post", "put", "delete", "patch", "head"], Act::Custom(verb)),
        api("Builder", &["method"], Act::Gather("verb")),
        api("Builder", &["uri"], Act::Gather("url")),
        api("Builder", &["body"], Act::Same),
        api("Uri", &["from_static", "from_str", "try_from", "from_maybe_shared"], Act::Pass(0)),
        api("Uri", &["builder"], Act::Give("http::uri::UriBuilder")),
        api("UriBuilder", &["scheme"], Act::Gather("scheme")),
        api("UriBuilder", &["authority"], Act::Gather("authority")),
        api("UriBuilder", &["path_and_query"], Act::Gather("path")),
        api("UriBuilder", &["build"], Act::Custom(uri)),
        api("Builder", &["*"], Act::Same),
    ],
    macros: &[],
};

/// `Request::post(uri)`
fn verb(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.receiver.is_some() {
        return None;
    }
    run_steps(eval, call);
    let url = act::text(call, Where::Argument(0));
    let verb = Value::Text(call.name.to_uppercase());
    Some(Val::of(Ty::of(REQUEST)).with_text("verb", verb).with_text("url", url))
}

fn get(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let url = act::text(call, Where::Argument(0));
    let clients = call.receiver.as_ref()?.val.clients.clone();
    eval.effect(What::Http { verb: "GET".to_owned(), url }, library.name, clients, call.at, &call.want);
    Some(Val::default())
}

/// `Uri::builder().scheme("http").authority("db:80").path_and_query("/x").build()`
fn uri(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let of = call.receiver.as_ref()?.val.clone();
    let mut parts = Vec::new();
    if let Some(authority) = of.gathered("authority") {
        let scheme = of.gathered("scheme").cloned().unwrap_or_else(|| Value::Text("http".to_owned()));
        parts.extend([scheme, Value::Text("://".to_owned()), authority.clone()]);
    }
    parts.extend(of.gathered("path").cloned());
    Some(Val { value: Some(concat(parts)), ..Val::of(Ty::of("http::Uri")) })
}

/// `client.request(request)`
fn send(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let request = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let url = request.gathered("url").cloned();
    let verb = match (request.gathered("verb"), &url) {
        (Some(verb), _) => Some(verb.clone()),
        // http 1: the method of a request that names none. What others built may have any.
        (None, Some(_)) => Some(Value::Text("GET".to_owned())),
        (None, None) => None,
    };
    let clients = call.receiver.as_ref()?.val.clients.clone();
    let url = url.unwrap_or_else(|| Value::Unknown(WHY.to_owned()));
    // A connection has an address of its own, and requests on it name the path alone.
    let url = match (&url, clients.as_slice()) {
        (Value::Text(path), [client]) if path.starts_with('/') && client.address != Value::Absent => {
            concat(vec![Value::Text("http://".to_owned()), client.address.clone(), url])
        }
        _ => url,
    };
    let (verb, url) = act::with_verb(verb.as_ref(), url);
    eval.effect(What::Http { verb, url }, library.name, clients, call.at, &call.want);
    Some(Val::default())
}

/// `http1::handshake(io)`, `http2::handshake(executor, io)`: a client of one connection, and what drives it. What is asked
/// through a socket of this machine goes to no other.
fn handshake(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let address = call.arguments.last().and_then(|io| io.val.gathered("address").cloned());
    if matches!(&address, Some(address) if is_local(address)) {
        return Some(Val::of(Ty::of("hyper::client::conn::LocalRequest")));
    }
    let mut opening = call.clone();
    let target = Val::default().with_text("address", address.unwrap_or(Value::Absent));
    opening.receiver = Some(super::Argument { val: target, ..super::Argument::default() });
    opening.arguments.clear();
    let open = Open { address: Where::Receiver, give: "hyper::client::conn::SendRequest", lazy: false, ..BUILD };
    let client = act::open(eval, library, &open, &opening);
    Some(Val { parts: Some(Arc::from([client.clone(), Val::default()])), ..client })
}

fn is_local(address: &Value) -> bool {
    match address {
        Value::Text(text) => text.starts_with(super::sockets::UNIX),
        Value::Join(parts) => parts.first().is_some_and(is_local),
        _ => false,
    }
}

/// `service_fn(handle)`, `service_fn(|request| handle(request, state.clone()))`
fn service_fn(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let of = call.arguments.first()?.clone();
    let handler = of.val.ty.alternatives().iter().find_map(|ty| match ty {
        Ty::Function(id) => Some(*id),
        _ => None,
    });
    let handler = handler.or_else(|| only_call(&of.steps));
    run_steps(eval, call);
    let mut val = Val::of(Ty::of("hyper::service::ServiceFn"));
    val.routes.clone_from(&of.val.routes);
    if val.routes.is_empty() {
        if let Some(handler) = handler {
            eval.runs(handler);
        }
        val.routes.push(anything(handler, library, eval.place(call.at)));
    }
    Some(val)
}

/// The function that a closure only calls.
fn only_call(steps: &[Step]) -> Option<usize> {
    match steps {
        [Step::Call { functions, .. }] => match functions.as_slice() {
            [function] => Some(*function),
            _ => None,
        },
        _ => None,
    }
}

/// A handler that looks at verb and path itself.
fn anything(handler: Option<usize>, library: &Library, at: crate::span::Span) -> Arc<RouteVal> {
    Arc::new(RouteVal { handler, ..RouteVal::new("ANY", Value::Unknown(WHY.to_owned()), library.name, at) })
}

/// The routes of what answers requests: those that it holds, else whatever its own `call` answers.
pub fn answered(
    eval: &mut Eval<'_, '_>,
    library: &Library,
    service: &Val,
    at: crate::span::Span,
) -> Vec<Arc<RouteVal>> {
    if !service.routes.is_empty() {
        return service.routes.clone();
    }
    let handler = service.ty.alternatives().iter().find_map(|ty| eval.method(ty, "call"));
    handler.map(|handler| anything(Some(handler), library, at)).into_iter().collect()
}

/// `builder.serve_connection(io, service)`: the server is where the connection was accepted, if that was seen.
fn serve_connection(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let [io, service, ..] = call.arguments.as_slice() else { return None };
    let (service, address) = (service.val.clone(), io.val.gathered("address").cloned());
    let address = address.unwrap_or_else(|| Value::Unknown(WHY.to_owned()));
    let routes = answered(eval, library, &service, eval.place(call.at));
    let id = eval.speaks(&address, "http").unwrap_or_else(|| {
        let what = What::Listen { protocol: "http".to_owned(), address, shutdown: "unknown".to_owned() };
        eval.effect(what, library.name, Vec::new(), call.at, &call.want)
    });
    for build in service.build.iter().chain(call.receiver.as_ref().and_then(|builder| builder.val.build.as_ref())) {
        for (name, (value, _)) in &build.options {
            let value = eval.known(value);
            eval.set_option(id, name, value);
        }
    }
    for route in routes {
        eval.route(&route, call);
    }
    Some(Val::default())
}

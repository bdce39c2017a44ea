//! axum: routers, routes, layers, servers.

use std::sync::Arc;

use super::act::{self, Act, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::val::concat;
use crate::extract::rust::interpret::{Eval, RouteVal, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;
use crate::span::Span;

const ROUTER: &str = "axum::Router";
const METHOD_ROUTER: &str = "axum::routing::MethodRouter";
const VERBS: &[&str] = &[
    "get",
    "post",
    "put",
    "delete",
    "patch",
    "head",
    "options",
    "any",
    "on",
    "get_service",
    "post_service",
    "any_service",
];

/// axum, and hyper's and axum-server's ways to serve it.
pub static LIBRARY: Library = Library {
    name: "axum",
    crates: &["axum", "axum_extra", "axum_server", "aide", "utoipa_axum", "hyper", "axum_prometheus"],
    apis: &[
        api("Router", &["new", "default", "without_v07_checks"], Act::Give(ROUTER)),
        api("ApiRouter", &["new", "default"], Act::Give(ROUTER)),
        api("OpenApiRouter", &["new", "default", "with_openapi"], Act::Give(ROUTER)),
        api("Router", &["route", "route_service", "api_route", "typed_route"], Act::Custom(route)),
        api("Router", &["nest", "nest_service", "nest_api_service"], Act::Custom(nest)),
        api("Router", &["merge", "fallback_service"], Act::Custom(merge)),
        api("Router", &["layer", "route_layer"], Act::Custom(layer)),
        api("Router", &["with_state"], Act::State),
        api("", &["Extension"], Act::State),
        api("Router", &["fallback"], Act::Same),
        api(
            "Router",
            &["into_make_service", "into_make_service_with_connect_info", "into_service", "split_for_parts"],
            Act::Same,
        ),
        api("Router", &["*"], Act::Same),
        api("", VERBS, Act::Custom(method)),
        api("MethodRouter", VERBS, Act::Custom(method)),
        api("MethodRouter", &["*"], Act::Same),
        api("", &["from_fn", "from_fn_with_state"], Act::Custom(middleware)),
        api("", &["serve"], Act::Custom(serve)),
        api("Serve", &["with_graceful_shutdown"], Act::Custom(graceful)),
        api("Server", &["bind", "try_bind", "from_tcp"], Act::Custom(bind)),
        api("", &["bind", "bind_rustls", "bind_openssl"], Act::Custom(bind)),
        // axum-server: what stops it is told through a handle.
        api("Server", &["handle"], Act::Set("handle", super::Unit::Flag)),
        api("Server", &["serve"], Act::Custom(serve_on)),
        api("Builder", &["serve"], Act::Custom(serve_on)),
        api("DefaultBodyLimit", &["max"], Act::Set("max_body_bytes", super::Unit::Plain)),
        api("DefaultBodyLimit", &["disable"], Act::Give("axum::extract::DefaultBodyLimit")),
    ],
    macros: &[],
};

/// `get(handler)`, `.post(handler)`
fn method(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.receiver.is_none()
        && !matches!(&call.owner, Ty::Extern(path, _) if path.contains("routing") || &**path == "axum" || path.contains("extra"))
    {
        return None;
    }
    let (at, want) = (call.at, call.want.clone());
    let handler = call.arguments.last().map(|argument| argument.val.clone()).unwrap_or_default();
    // The handler's own steps are not those of the registration: a closure handler keeps them where it is written.
    run_steps(eval, call);
    let function = handler.ty.alternatives().iter().find_map(|ty| match ty {
        Ty::Function(id) => Some(*id),
        _ => None,
    });
    if let Some(function) = function {
        eval.runs(function);
    }
    let _ = want;
    let verb = call.name.split('_').next().unwrap_or("any").to_uppercase();
    let mut val = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    val.ty = Ty::of(METHOD_ROUTER);
    val.routes.push(Arc::new(RouteVal {
        verb,
        path: Value::Text(String::new()),
        handler: function,
        library: library.name.to_owned(),
        at: eval.place(at),
    }));
    Some(val)
}

/// `.route("/path", get(handler))`
fn route(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut val = call.receiver.as_ref()?.val.clone();
    let path = act::text(call, Where::Argument(0));
    let at = eval.place(call.at);
    let methods = call.arguments.get(1).map(|argument| argument.val.routes.clone()).unwrap_or_default();
    if methods.is_empty() {
        val.routes.push(Arc::new(RouteVal {
            verb: "ANY".to_owned(),
            path,
            handler: None,
            library: library.name.to_owned(),
            at,
        }));
    } else {
        for method in methods {
            val.routes.push(Arc::new(RouteVal { path: path.clone(), ..(*method).clone() }));
        }
    }
    written_back(eval, call, &val);
    Some(val)
}

fn written_back(eval: &mut Eval<'_, '_>, call: &LibraryCall, val: &Val) {
    if let Some(name) = call.receiver.as_ref().and_then(|receiver| receiver.name.clone()) {
        eval.update(&name, val.clone());
    }
}

/// `.nest("/prefix", router)`
fn nest(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut val = call.receiver.as_ref()?.val.clone();
    let prefix = act::text(call, Where::Argument(0));
    let inner = call.arguments.get(1).map(|argument| argument.val.routes.clone()).unwrap_or_default();
    val.routes.extend(prefixed(&prefix, &inner));
    written_back(eval, call, &val);
    Some(val)
}

/// Routes under a prefix.
pub fn prefixed(prefix: &Value, routes: &[Arc<RouteVal>]) -> Vec<Arc<RouteVal>> {
    routes
        .iter()
        .map(|route| {
            let path = match (prefix, &route.path) {
                (Value::Text(prefix), Value::Text(path)) => {
                    let joined = format!("{}/{}", prefix.trim_end_matches('/'), path.trim_start_matches('/'));
                    Value::Text(if path == "/" || path.is_empty() { prefix.clone() } else { joined })
                }
                (prefix, path) => concat(vec![prefix.clone(), path.clone()]),
            };
            Arc::new(RouteVal { path, ..(**route).clone() })
        })
        .collect()
}

fn merge(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut val = call.receiver.as_ref()?.val.clone();
    let inner = call.arguments.first().map(|argument| argument.val.routes.clone()).unwrap_or_default();
    val.routes.extend(inner);
    written_back(eval, call, &val);
    Some(val)
}

fn layer(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let name = call.arguments.first().map(|argument| type_name(eval, &argument.val)).unwrap_or_default();
    let at = eval.place(call.at);
    Some(layered(receiver, &name, call.arguments.first().map(|argument| &argument.val), at))
}

/// A value with a layer on it: its name, and the options that it carries.
pub fn layered(receiver: Val, name: &str, layer: Option<&Val>, at: Span) -> Val {
    let mut val = receiver.with_option(&format!("layer:{name}"), Value::Bool(true), at);
    if let Some(build) = layer.and_then(|layer| layer.build.as_ref()) {
        for (option, (value, at)) in &build.options {
            val = val.with_option(option, value.clone(), at.clone());
        }
    }
    val
}

/// The simple name of a value's type.
pub fn type_name(eval: &Eval<'_, '_>, val: &Val) -> String {
    match &val.ty {
        Ty::Extern(path, _) => path.rsplit("::").next().unwrap_or("").to_owned(),
        Ty::Adt(adt, _) => eval.adt_name(*adt).to_owned(),
        _ => String::new(),
    }
}

/// `middleware::from_fn(check)`: the function runs with each request.
fn middleware(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let function = call.arguments.last().map(|argument| argument.val.clone()).unwrap_or_default();
    if let [state, _] = call.arguments.as_slice() {
        let state = state.val.clone();
        eval.hands_over(&state);
    }
    let (at, want) = (call.at, call.want.clone());
    eval.callback(&function, &[], at, &want);
    Some(Val::of(Ty::of("axum::middleware::FromFn")))
}

/// `axum::serve(listener, app)`
fn serve(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    if !matches!(&call.owner, Ty::Extern(path, _) if &**path == "axum" || path.ends_with("serve")) {
        return None;
    }
    run_steps(eval, call);
    let app = call.arguments.get(1).map(|argument| argument.val.clone()).unwrap_or_default();
    let id = listen(eval, library, &app, act::text(call, Where::Argument(0)), call);
    Some(Val {
        ty: Ty::of("axum::serve::Serve"),
        value: Some(Value::Integer(i64::try_from(id).unwrap_or(0))),
        ..Val::default()
    })
}

/// `.with_graceful_shutdown(signal)` on a server that was seen.
fn graceful(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    if let Some(Value::Integer(id)) = receiver.value
        && let Ok(id) = usize::try_from(id)
    {
        eval.set_shutdown(id, "graceful");
    }
    Some(receiver)
}

fn bind(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.receiver.is_none()
        && matches!(&call.owner, Ty::Extern(path, _) if !path.starts_with("axum_server") && !path.ends_with("Server"))
    {
        return None;
    }
    run_steps(eval, call);
    let address = act::text(call, Where::Socket(0));
    Some(Val::of(Ty::of("axum::Server")).with_text("address", address))
}

/// `Server::bind(address).serve(app)`
fn serve_on(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let address = act::text(call, Where::Receiver);
    let app = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let id = listen(eval, library, &app, address, call);
    let build = call.receiver.as_ref().and_then(|receiver| receiver.val.build.as_ref());
    if build.is_some_and(|build| build.options.contains_key("handle")) {
        eval.set_shutdown(id, "graceful");
    }
    Some(Val {
        ty: Ty::of("axum::serve::Serve"),
        value: Some(Value::Integer(i64::try_from(id).unwrap_or(0))),
        ..Val::default()
    })
}

/// A server that listens with the routes of an application.
pub fn listen(eval: &mut Eval<'_, '_>, library: &Library, app: &Val, address: Value, call: &LibraryCall) -> usize {
    let what = What::Listen { protocol: "http".to_owned(), address, shutdown: "none".to_owned() };
    let id = eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    if let Some(build) = &app.build {
        for (name, (value, _)) in &build.options {
            let value = eval.known(value);
            eval.set_option(id, name, value);
        }
    }
    for route in &app.routes {
        eval.route(route, call);
    }
    id
}

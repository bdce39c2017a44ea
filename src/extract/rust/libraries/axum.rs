//! axum: routers, routes, layers, servers.

use std::sync::Arc;

use super::act::{self, Act, Where, run_steps};
use super::{Library, LibraryCall, Want, api};
use crate::extract::rust::interpret::val::concat;
use crate::extract::rust::interpret::{Eval, RouteVal, Val};
use crate::extract::rust::tree::{Attribute, ExprKind, Literal, Macro};
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
    "put_service",
    "delete_service",
    "patch_service",
    "get_with",
    "post_with",
    "put_with",
    "delete_with",
    "patch_with",
    "head_with",
    "options_with",
    "any_with",
];
/// Ways to add a route: those of aide also say how it is documented.
const ROUTES: &[&str] = &["route", "route_service", "api_route", "api_route_with", "typed_route", "route_with_tsr"];
const NESTS: &[&str] = &["nest", "nest_service", "nest_api_service", "nest_with_path_processor"];

/// axum, and hyper's and axum-server's ways to serve it.
pub static LIBRARY: Library = Library {
    name: "axum",
    crates: &["axum", "axum_extra", "axum_server", "aide", "utoipa_axum", "hyper", "axum_prometheus"],
    apis: &[
        api("Router", &["new", "default", "without_v07_checks"], Act::Give(ROUTER)),
        api("ApiRouter", &["new", "default"], Act::Give(ROUTER)),
        api("OpenApiRouter", &["new", "default", "with_openapi"], Act::Give(ROUTER)),
        api("ApiRouter", ROUTES, Act::Custom(route)),
        api("ApiRouter", NESTS, Act::Custom(nest)),
        api("ApiRouter", &["merge", "fallback_service", "routes"], Act::Custom(merge)),
        api("ApiRouter", &["layer", "route_layer"], Act::Custom(layer)),
        api("ApiRouter", &["split_for_parts"], Act::Custom(split)),
        api("ApiRouter", &["*"], Act::Same),
        api("OpenApiRouter", ROUTES, Act::Custom(route)),
        api("OpenApiRouter", NESTS, Act::Custom(nest)),
        api("OpenApiRouter", &["merge", "fallback_service", "routes"], Act::Custom(merge)),
        api("OpenApiRouter", &["layer", "route_layer"], Act::Custom(layer)),
        api("OpenApiRouter", &["split_for_parts"], Act::Custom(split)),
        api("OpenApiRouter", &["*"], Act::Same),
        api("Router", ROUTES, Act::Custom(route)),
        api("Router", NESTS, Act::Custom(nest)),
        api("Router", &["merge", "fallback_service", "routes"], Act::Custom(merge)),
        api("Router", &["split_for_parts"], Act::Custom(split)),
        api("Router", &["layer", "route_layer"], Act::Custom(layer)),
        api("Router", &["with_state"], Act::State),
        api("", &["Extension"], Act::State),
        api("Router", &["fallback"], Act::Same),
        api("Router", &["into_make_service", "into_make_service_with_connect_info", "into_service"], Act::Same),
        api("Router", &["*"], Act::Same),
        api("", VERBS, Act::Custom(method)),
        api("MethodRouter", VERBS, Act::Custom(method)),
        api("MethodRouter", &["*"], Act::Same),
        api("", &["from_fn", "from_fn_with_state"], Act::Custom(middleware)),
        api("", &["serve"], Act::Custom(serve)),
        api("Serve", &["with_graceful_shutdown"], Act::Custom(graceful)),
        api("Server", &["bind", "try_bind", "from_tcp", "builder"], Act::Custom(bind)),
        api("", &["bind", "bind_rustls", "bind_openssl"], Act::Custom(bind)),
        // axum-server: what stops it is told through a handle.
        api("Server", &["handle"], Act::Set("handle", super::Unit::Flag)),
        api("Server", &["serve"], Act::Custom(serve_on)),
        api("Builder", &["serve"], Act::Custom(serve_on)),
        api("DefaultBodyLimit", &["max"], Act::Set("max_body_bytes", super::Unit::Plain)),
        api("DefaultBodyLimit", &["disable"], Act::Give("axum::extract::DefaultBodyLimit")),
    ],
    macros: &[("routes", documented)],
};

/// `routes!(list, create)` of utoipa-axum: verb and path stand at the handlers, `#[utoipa::path(get, path = "/x")]`.
fn documented<'a>(eval: &mut Eval<'_, 'a>, of: &'a Macro, want: &Want) -> Option<Val> {
    let mut val = Val::of(Ty::of(METHOD_ROUTER));
    for argument in &of.arguments {
        let handlers = eval.expr(argument, want).ty;
        for ty in handlers.alternatives() {
            let Ty::Function(handler) = ty else { continue };
            for (verb, path) in documented_routes(eval.attributes(*handler)) {
                eval.runs(*handler);
                val.routes.push(Arc::new(RouteVal {
                    verb,
                    path: Value::Text(path),
                    handler: Some(*handler),
                    ..RouteVal::new("", Value::Absent, "utoipa-axum", eval.function_place(*handler))
                }));
            }
        }
    }
    (!val.routes.is_empty()).then_some(val)
}

/// Verbs and path of `#[utoipa::path(get, path = "/x", …)]`; several verbs are `method(get, head)`.
pub(super) fn documented_routes(attributes: &[Attribute]) -> Vec<(String, String)> {
    let mut routes = Vec::new();
    for attribute in attributes.iter().filter(|of| of.path.last().is_some_and(|last| last == "path")) {
        let mut verbs = Vec::new();
        let (mut path, mut context) = (None, String::new());
        for argument in &attribute.arguments {
            match &*argument.kind {
                ExprKind::Path(verb) => verbs.extend(verb.segments.last().map(|last| last.name.to_uppercase())),
                ExprKind::Call(_, all) => verbs.extend(all.iter().filter_map(|verb| match &*verb.kind {
                    ExprKind::Path(verb) => verb.segments.last().map(|last| last.name.to_uppercase()),
                    _ => None,
                })),
                ExprKind::Assign(_, target, value) => {
                    if let (ExprKind::Path(name), ExprKind::Literal(Literal::Text(text))) =
                        (&*target.kind, &*value.kind)
                    {
                        match name.segments.last().map(|last| last.name.as_str()) {
                            Some("path") => path = Some(text.clone()),
                            Some("context_path") => context.clone_from(text),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        let known = |verb: &String| VERBS.contains(&verb.to_lowercase().as_str());
        if let Some(path) = path {
            routes.extend(verbs.into_iter().filter(known).map(|verb| (verb, format!("{context}{path}"))));
        }
    }
    routes
}

/// `router.split_for_parts()`: the router, and its description.
fn split(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let router = call.receiver.as_ref()?.val.clone().typed(Ty::of(ROUTER));
    Some(Val { parts: Some(Arc::from([router.clone(), Val::default()])), ..router })
}

/// `get(handler)`, `.post(handler)`
fn method(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.receiver.is_none()
        && !matches!(&call.owner, Ty::Extern(path, _) if path.contains("routing") || &**path == "axum" || path.contains("extra"))
    {
        return None;
    }
    let at = call.at;
    // `get_with(handler, documentation)`, `on(filter, handler)`
    let handler = if call.name.ends_with("_with") { call.arguments.first_mut() } else { call.arguments.last_mut() };
    let handler = handler.map(|argument| eval.handler(argument, at)).unwrap_or_default();
    run_steps(eval, call);
    let verb = call.name.split('_').next().unwrap_or("any").to_uppercase();
    let mut val = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    val.ty = Ty::of(METHOD_ROUTER);
    let route = RouteVal::new(&verb, Value::Text(String::new()), library.name, eval.place(at));
    val.routes.push(Arc::new(route.handled(handler)));
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
        val.routes.push(Arc::new(RouteVal::new("ANY", path, library.name, at)));
    } else {
        for method in methods {
            val.routes.push(Arc::new(RouteVal { path: path.clone(), ..(*method).clone() }));
        }
    }
    act::written_back(eval, call, &val);
    Some(val)
}

/// `.nest("/prefix", router)`
fn nest(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut val = call.receiver.as_ref()?.val.clone();
    let prefix = act::text(call, Where::Argument(0));
    let inner = call.arguments.get(1).map(|argument| argument.val.routes.clone()).unwrap_or_default();
    val.routes.extend(prefixed(&prefix, &inner));
    act::written_back(eval, call, &val);
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
    act::written_back(eval, call, &val);
    Some(val)
}

fn layer(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let given = call.arguments.first().map(|argument| argument.val.clone());
    Some(with_layer(eval, receiver, given.as_ref(), call))
}

/// A value with a layer on it that an argument is. A layer of the project that ends what takes too long says so.
pub fn with_layer(eval: &mut Eval<'_, '_>, receiver: Val, layer: Option<&Val>, call: &LibraryCall) -> Val {
    let name = layer.map(|layer| type_name(eval, layer)).unwrap_or_default();
    let at = eval.place(call.at);
    let limits = layer.and_then(|layer| eval.ends_requests(&layer.ty));
    let val = layered(receiver, &name, layer, at.clone());
    let Some(limit) = limits else { return val };
    let val = val.with_option("layer:Timeout of the project", Value::Bool(true), at);
    match limit {
        Some((limit, at)) => val.with_option("timeout_ms", limit, at),
        None => val,
    }
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
pub(super) fn middleware(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let function = call.arguments.last().map(|argument| argument.val.clone()).unwrap_or_default();
    if let [state, _] = call.arguments.as_slice() {
        let state = state.val.clone();
        eval.hands_over(&state);
    }
    let (at, want) = (call.at, call.want.clone());
    eval.callback(&function, &[], at, &want);
    Some(Val::of(Ty::Extern("axum::middleware::FromFn".into(), Arc::new([function.ty]))))
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
    let at = eval.place(call.at);
    for route in super::hyper::answered(eval, library, app, at) {
        eval.route(&route, call);
    }
    id
}

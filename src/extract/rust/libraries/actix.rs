//! actix-web: applications, scopes, resources, routes by attribute and by builder, the server and its limits.

use std::sync::Arc;

use super::act::{self, Act, Unit, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, RouteVal, Spec, Val};
use crate::extract::rust::tree::{Attribute, ExprKind, Literal};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;
use crate::span::Span;

const APP: &str = "actix_web::App";
const SCOPE: &str = "actix_web::Scope";
const SERVER: &str = "actix_web::HttpServer";
const VERBS: &[&str] = &["get", "post", "put", "delete", "patch", "head", "trace"];

/// actix-web.
pub static LIBRARY: Library = Library {
    name: "actix-web",
    crates: &["actix_web", "actix_server", "actix_web_actors", "actix_ws", "actix_files"],
    apis: &[
        api("", &["spawn"], Act::Custom(super::tokio::task)),
        api("", &["from_fn"], Act::Custom(super::axum::middleware)),
        api("App", &["new"], Act::Give(APP)),
        api("App", &["service"], Act::Custom(service)),
        api("App", &["route"], Act::Custom(route)),
        api("App", &["configure"], Act::Custom(configure)),
        api("App", &["wrap", "wrap_fn"], Act::Custom(wrap)),
        api("App", &["app_data", "data"], Act::State),
        api("App", &["*"], Act::Same),
        api("", &["scope"], Act::Custom(scope)),
        api("Scope", &["new"], Act::Custom(scope)),
        api("Scope", &["service"], Act::Custom(service)),
        api("Scope", &["route"], Act::Custom(route)),
        api("Scope", &["configure"], Act::Custom(configure)),
        api("Scope", &["wrap"], Act::Custom(wrap)),
        api("Scope", &["app_data", "data"], Act::State),
        api("Scope", &["*"], Act::Same),
        api("", &["resource"], Act::Custom(scope)),
        api("Resource", &["route"], Act::Custom(resource_route)),
        api("Resource", &["to"], Act::Custom(to)),
        api("Resource", &["get", "post", "put", "delete", "patch", "head"], Act::Custom(resource_route)),
        api("Resource", &["*"], Act::Same),
        api("ServiceConfig", &["service"], Act::Custom(service)),
        api("ServiceConfig", &["route"], Act::Custom(route)),
        api("ServiceConfig", &["configure"], Act::Custom(configure)),
        api("ServiceConfig", &["app_data", "data"], Act::State),
        api("ServiceConfig", &["*"], Act::Same),
        api("", VERBS, Act::Custom(verb)),
        api("", &["to"], Act::Custom(to)),
        api("Route", &["to"], Act::Custom(to)),
        api("Route", &["*"], Act::Same),
        api("", &["block"], Act::Custom(block)),
        api("Data", &["new", "from"], Act::Pass(0)),
        api("HttpServer", &["new"], Act::Custom(server)),
        api(
            "HttpServer",
            &["bind", "bind_rustls", "bind_rustls_0_23", "bind_rustls_0_22", "bind_openssl", "bind_auto_h2c", "listen"],
            Act::Custom(bind),
        ),
        api("HttpServer", &["workers"], Act::Set("workers", Unit::Plain)),
        api("HttpServer", &["shutdown_timeout"], Act::Set("shutdown_timeout_ms", Unit::Seconds)),
        api("HttpServer", &["client_request_timeout"], Act::Set("client_request_timeout_ms", Unit::Duration)),
        api("HttpServer", &["max_connections"], Act::Set("max_connections", Unit::Plain)),
        api("HttpServer", &["shutdown_timeout"], Act::Set("shutdown_timeout_ms", Unit::Seconds)),
        api("HttpServer", &["disable_signals"], Act::Set("disable_signals", Unit::Flag)),
        api("HttpServer", &["run"], Act::Custom(run)),
        api("HttpServer", &["*"], Act::Same),
    ],
    macros: &[],
};

/// `web::scope("/api")`, `web::resource("/x")`
fn scope(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let prefix = act::text(call, Where::Argument(0));
    let ty = if call.name == "resource" { "actix_web::Resource" } else { SCOPE };
    Some(Val::of(Ty::of(ty)).with_text("prefix", prefix))
}

/// Routes of a scope under its prefix, of a handler with an attribute, of a resource.
pub(super) fn routes_of(eval: &mut Eval<'_, '_>, val: &Val) -> Vec<Arc<RouteVal>> {
    if let Some(prefix) = val.gathered("prefix") {
        return super::axum::prefixed(&prefix.clone(), &val.routes);
    }
    let mut routes = val.routes.clone();
    for ty in val.ty.alternatives() {
        if let Ty::Function(function) = ty {
            eval.runs(*function);
            for (verb, path) in attribute_routes(eval.attributes(*function)) {
                let route = RouteVal::new(&verb, Value::Text(path), "actix-web", eval.function_place(*function));
                routes.push(Arc::new(RouteVal { handler: Some(*function), ..route }));
            }
        }
    }
    routes
}

/// `#[get("/x")]`, `#[route("/x", method = "GET")]`
fn attribute_routes(attributes: &[Attribute]) -> Vec<(String, String)> {
    let mut routes = Vec::new();
    for attribute in attributes {
        let Some(name) = attribute.path.last() else { continue };
        let path = attribute.arguments.first().and_then(|argument| match &*argument.kind {
            ExprKind::Literal(Literal::Text(text)) => Some(text.clone()),
            _ => None,
        });
        let Some(path) = path else { continue };
        if VERBS.contains(&name.as_str()) {
            routes.push((name.to_uppercase(), path));
        } else if name == "route" {
            for argument in &attribute.arguments[1..] {
                if let ExprKind::Assign(_, _, value) = &*argument.kind
                    && let ExprKind::Literal(Literal::Text(verb)) = &*value.kind
                {
                    routes.push((verb.clone(), path.clone()));
                }
            }
        }
    }
    routes
}

fn service(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut val = call.receiver.as_ref()?.val.clone();
    for argument in call.arguments.clone() {
        let parts = argument.val.parts.clone();
        for part in parts.iter().flat_map(|parts| parts.iter()).chain(parts.is_none().then_some(&argument.val)) {
            let routes = routes_of(eval, part);
            val.routes.extend(routes);
        }
    }
    keep(eval, call, &val);
    Some(val)
}

/// Routes registered on a `ServiceConfig` that was given: they flow back to whoever configures with the function.
fn keep(eval: &mut Eval<'_, '_>, call: &LibraryCall, val: &Val) {
    if let Some(name) = call.receiver.as_ref().and_then(|receiver| receiver.name.clone()) {
        eval.update(&name, val.clone());
        if matches!(&call.owner, Ty::Extern(path, _) if path.ends_with("ServiceConfig")) {
            eval.configures(&val.routes);
        }
    } else if matches!(&call.owner, Ty::Extern(path, _) if path.ends_with("ServiceConfig")) {
        eval.configures(&val.routes);
    }
}

/// `.route("/x", web::get().to(handler))`
fn route(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut val = call.receiver.as_ref()?.val.clone();
    let path = act::text(call, Where::Argument(0));
    let routes = call.arguments.get(1).map(|argument| argument.val.routes.clone()).unwrap_or_default();
    val.routes.extend(routes.iter().map(|route| Arc::new(RouteVal { path: path.clone(), ..(**route).clone() })));
    keep(eval, call, &val);
    Some(val)
}

fn resource_route(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut val = call.receiver.as_ref()?.val.clone();
    let routes = call.arguments.first().map(|argument| argument.val.routes.clone()).unwrap_or_default();
    val.routes.extend(routes);
    Some(val)
}

/// `.configure(routes)`: the function registers on what it is given.
fn configure(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut val = call.receiver.as_ref()?.val.clone();
    let function = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let (at, want) = (call.at, call.want.clone());
    let config = Val::of(Ty::of("actix_web::web::ServiceConfig"));
    let result = eval.callback(&function, &[config], at, &want);
    val.routes.extend(result.map(|result| result.routes).unwrap_or_default());
    val.routes.extend(function.routes.iter().cloned());
    keep(eval, call, &val);
    Some(val)
}

fn wrap(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let function = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let (at, want) = (call.at, call.want.clone());
    eval.callback(&function, &[], at, &want);
    Some(super::axum::with_layer(eval, receiver, Some(&function), call))
}

/// `web::get()`
fn verb(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.receiver.is_some() {
        return None;
    }
    run_steps(eval, call);
    let mut val = Val::of(Ty::of("actix_web::Route"));
    let (verb, path) = (call.name.to_uppercase(), Value::Text(String::new()));
    val.routes.push(Arc::new(RouteVal::new(&verb, path, library.name, eval.place(call.at))));
    Some(val)
}

/// `web::get().to(handler)`
fn to(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let at = call.at;
    let handler = call.arguments.first_mut().map(|argument| eval.handler(argument, at)).unwrap_or_default();
    run_steps(eval, call);
    let mut val = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    if val.routes.is_empty() {
        val.routes.push(Arc::new(RouteVal::new("ANY", Value::Text(String::new()), library.name, eval.place(call.at))));
    }
    val.routes = val.routes.iter().map(|route| Arc::new((**route).clone().handled(handler.clone()))).collect();
    Some(val)
}

/// `web::block(|| …)`
fn block(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    super::tokio::spawned(eval, call, "blocking")
}

/// `HttpServer::new(|| App::new()…)`: the closure runs once per worker.
fn server(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    // What is built behind this place by now stands in the closure: the code after it has not been read yet.
    let at = eval.place(call.at);
    let inside = |other: &Span| other.file == at.file && (other.line, other.column) > (at.line, at.column);
    let built: Vec<Arc<Spec>> = eval.out_clients().values().filter(|spec| inside(&spec.at)).cloned().collect();
    for spec in built {
        let spec = Arc::new(Spec { per_worker: true, ..(*spec).clone() });
        let id = eval.effect(What::Build { client: 0 }, &spec.library, vec![spec.clone()], call.at, &call.want);
        eval.set_place(id, spec.at.clone());
    }
    let app = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    Some(app.typed(Ty::of(SERVER)))
}

/// `.bind("0.0.0.0:8080")`, `.bind((host, port))`
fn bind(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let address = act::text(call, Where::Socket(0));
    let id = super::axum::listen(eval, library, &receiver, address, call);
    eval.set_shutdown(id, "default");
    let mut val = receiver;
    val.routes.clear();
    val.value = Some(Value::Integer(i64::try_from(id).unwrap_or(0)));
    Some(val)
}

/// `.run()`: options set after `bind` belong to the listener too.
fn run(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    if let (Some(Value::Integer(id)), Some(build)) = (&receiver.value, &receiver.build)
        && let Ok(id) = usize::try_from(*id)
    {
        for (name, (value, _)) in &build.options {
            let value = eval.known(value);
            eval.set_option(id, name, value);
        }
    }
    Some(receiver)
}

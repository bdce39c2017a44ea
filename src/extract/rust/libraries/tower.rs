//! tower and tower-http: layers that limit what goes through them, around servers and around clients, and stacks of them.

use std::sync::Arc;

use super::act::{self, Act, Unit, run_steps};
use super::axum::{layered, type_name};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Build, Eval, Spec, Val};
use crate::facts::Value;

/// tower and tower-http.
pub static LIBRARY: Library = Library {
    name: "tower",
    crates: &["tower", "tower_http", "tower_layer"],
    apis: &[
        api("ServiceBuilder", &["new", "default"], Act::Give("tower::ServiceBuilder")),
        api("ServiceBuilder", &["layer", "option_layer"], Act::Custom(layer)),
        api("ServiceBuilder", &["timeout"], Act::Set("timeout_ms", Unit::Duration)),
        api("ServiceBuilder", &["concurrency_limit"], Act::Set("layer:ConcurrencyLimitLayer", Unit::Flag)),
        api("ServiceBuilder", &["load_shed"], Act::Set("layer:LoadShedLayer", Unit::Flag)),
        api("ServiceBuilder", &["rate_limit"], Act::Set("layer:RateLimitLayer", Unit::Flag)),
        api("ServiceBuilder", &["service"], Act::Custom(service)),
        api("ServiceBuilder", &["*"], Act::Same),
        api("TimeoutLayer", &["new", "with_status_code"], Act::Custom(timeout_layer)),
        api("Timeout", &["new"], Act::Custom(timeout)),
    ],
    macros: &[],
};

fn layer(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let given = call.arguments.first().map(|argument| &argument.val);
    let name = given.map(|given| type_name(eval, given)).unwrap_or_default();
    let at = eval.place(call.at);
    Some(layered(receiver, &name, given, at))
}

/// `stack.service(app)`: the application, or the clients, with all layers on it.
fn service(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let stack = call.receiver.as_ref()?.val.clone();
    let app = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let limits = stack.build.clone().unwrap_or_default();
    let app = if app.clients.is_empty() { app } else { limited(eval, &app, &limits, call) };
    let at = eval.place(call.at);
    Some(layered(app, "ServiceBuilder", Some(&stack), at))
}

/// `TimeoutLayer::new(limit)`, `TimeoutLayer::with_status_code(status, limit)`
fn timeout_layer(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let limit = call.arguments.last().map_or(Value::Absent, |argument| act::in_unit(&argument.val, Unit::Duration));
    let at = eval.place(call.at);
    Some(Val::of(call.owner.clone()).with_option("timeout_ms", limit, at))
}

/// `Timeout::new(service, limit)`
fn timeout(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let [inner, limit] = call.arguments.as_slice() else { return None };
    let limit = act::in_unit(&limit.val, Unit::Duration);
    let layer = Val::default().with_option("timeout_ms", limit, eval.place(call.at));
    let limits = layer.build.unwrap_or_default();
    Some(limited(eval, &inner.val, &limits, call))
}

/// Clients that were wrapped in something that may limit them: others than those inside, which may be used without it.
/// What limits them may be known only in a later round; so they are others even while nothing is known of it.
pub fn limited(eval: &mut Eval<'_, '_>, inner: &Val, limits: &Build, call: &LibraryCall) -> Val {
    let at = eval.place(call.at);
    let mut val = Val { clients: Vec::new(), ..inner.clone() };
    for spec in &inner.clients {
        let mut spec: Spec = (**spec).clone();
        spec.key.push(at.clone());
        spec.build.options.extend(limits.options.iter().map(|(name, option)| (name.clone(), option.clone())));
        let spec = Arc::new(spec);
        eval.out_clients().insert(spec.key.clone(), spec.clone());
        val.add_client(spec);
    }
    val
}

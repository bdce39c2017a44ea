//! tower and tower-http: stacks of layers, so that a server knows what it was given as one.

use super::act::{self, Act, run_steps};
use super::axum::{layered, type_name};
use super::{Library, LibraryCall, Unit, api};
use crate::extract::rust::interpret::{Eval, Val};
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
        api("TimeoutLayer", &["new"], Act::Custom(timeout)),
        api("TimeoutLayer", &["with_status_code"], Act::Custom(timeout)),
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

/// `stack.service(app)`: the application with all layers on it.
fn service(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let stack = call.receiver.as_ref()?.val.clone();
    let app = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let at = eval.place(call.at);
    Some(layered(app, "ServiceBuilder", Some(&stack), at))
}

/// `TimeoutLayer::new(limit)`, `TimeoutLayer::with_status_code(status, limit)`
fn timeout(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let limit = call.arguments.last().map_or(Value::Absent, |argument| act::in_unit(&argument.val, Unit::Duration));
    let at = eval.place(call.at);
    Some(Val::of(call.owner.clone()).with_option("timeout_ms", limit, at))
}

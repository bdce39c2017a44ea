//! tower and tower-http: layers that limit what goes through them, around servers and around clients.

use std::sync::Arc;

use super::act::{self, Act, Unit, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Build, Eval, Spec, Val};
use crate::extract::rust::types::Ty;

const BUILDER: &str = "tower::ServiceBuilder";
const TIMEOUT_LAYER: &str = "tower_http::timeout::TimeoutLayer";

/// tower.
pub static LIBRARY: Library = Library {
    name: "tower",
    crates: &["tower", "tower_http"],
    apis: &[
        api("TimeoutLayer", &["new", "with_status_code"], Act::Custom(timeout_layer)),
        api("Timeout", &["new"], Act::Custom(timeout)),
        api("ServiceBuilder", &["new"], Act::Give(BUILDER)),
        api("ServiceBuilder", &["layer"], Act::Custom(layer)),
        api("ServiceBuilder", &["timeout"], Act::Set("timeout_ms", Unit::Duration)),
        api("ServiceBuilder", &["concurrency_limit"], Act::Set("concurrency_limit", Unit::Plain)),
        api("ServiceBuilder", &["rate_limit"], Act::Set("rate_limit", Unit::Plain)),
        api("ServiceBuilder", &["service"], Act::Custom(service)),
        api("ServiceBuilder", &["*"], Act::Same),
    ],
    macros: &[],
};

/// `TimeoutLayer::new(limit)`, `TimeoutLayer::with_status_code(status, limit)`
fn timeout_layer(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let limit = act::in_unit(&call.arguments.last()?.val, Unit::Duration);
    let at = eval.place(call.at);
    Some(Val::of(Ty::of(TIMEOUT_LAYER)).with_option("timeout_ms", limit, at))
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

fn layer(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let layer = call.arguments.first().map(|argument| &argument.val);
    let name = layer.map(|layer| super::axum::type_name(eval, layer)).unwrap_or_default();
    let at = eval.place(call.at);
    Some(super::axum::layered(receiver, &name, layer, at))
}

/// `ServiceBuilder::new().layer(…).service(channel)`
fn service(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let inner = call.arguments.first()?.val.clone();
    let limits = call.receiver.as_ref().and_then(|receiver| receiver.val.build.clone()).unwrap_or_default();
    Some(limited(eval, &inner, &limits, call))
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

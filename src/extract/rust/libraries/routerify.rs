//! routerify: routes for hyper 0.14.

use std::sync::Arc;

use super::act::{self, Act, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, RouteVal, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;

const ROUTER: &str = "routerify::RouterBuilder";

/// routerify.
pub static LIBRARY: Library = Library {
    name: "routerify",
    crates: &["routerify"],
    apis: &[
        api("Router", &["builder"], Act::Give(ROUTER)),
        api("RouterBuilder", &["new", "default"], Act::Give(ROUTER)),
        api("RouterBuilder", &["get", "post", "put", "delete", "head", "patch", "options"], Act::Custom(route)),
        api("RouterBuilder", &["get_or_head", "any", "any_method", "add"], Act::Custom(route)),
        api("RouterBuilder", &["scope"], Act::Custom(scope)),
        api("RouterBuilder", &["*"], Act::Same),
        api("RouterService", &["new"], Act::Pass(0)),
        api("RequestServiceBuilder", &["new"], Act::Pass(0)),
    ],
    macros: &[],
};

/// `.get("/path", handler)`, `.any(handler)`, `.add("/path", vec![Method::GET], handler)`
fn route(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let mut val = call.receiver.as_ref()?.val.clone();
    let handler = call.arguments.last().map(|argument| argument.val.clone()).unwrap_or_default();
    run_steps(eval, call);
    let handler = handler.ty.alternatives().iter().find_map(|ty| match ty {
        Ty::Function(id) => Some(*id),
        _ => None,
    });
    if let Some(handler) = handler {
        eval.runs(handler);
    }
    let path = match call.name.as_str() {
        "any" => Value::Text("/*".to_owned()),
        _ => act::text(call, Where::Argument(0)),
    };
    let verbs = match call.name.as_str() {
        "any" | "any_method" => vec!["ANY".to_owned()],
        "get_or_head" => vec!["GET".to_owned(), "HEAD".to_owned()],
        "add" => verbs(&act::text(call, Where::Argument(1))),
        verb => vec![verb.to_uppercase()],
    };
    let at = eval.place(call.at);
    for verb in verbs {
        let route = RouteVal::new(&verb, path.clone(), library.name, at.clone());
        val.routes.push(Arc::new(RouteVal { handler, ..route }));
    }
    Some(val)
}

/// The verbs of a list of them, as far as they are known.
fn verbs(of: &Value) -> Vec<String> {
    match of {
        Value::Text(verb) => vec![verb.clone()],
        Value::OneOf(all) => all.iter().flat_map(verbs).collect(),
        _ => vec!["ANY".to_owned()],
    }
}

/// `.scope("/prefix", router)`
fn scope(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut val = call.receiver.as_ref()?.val.clone();
    let prefix = act::text(call, Where::Argument(0));
    let inner = call.arguments.get(1).map(|argument| argument.val.routes.clone()).unwrap_or_default();
    val.routes.extend(super::axum::prefixed(&prefix, &inner));
    Some(val)
}

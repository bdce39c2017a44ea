//! warp: filters that are combined to routes, and the server that answers with them.
//!
//! A filter under construction holds the path and the verb that it asks for; with a handler it becomes a route.

use std::sync::Arc;

use super::act::{self, Act, Where, run_steps};
use super::{Library, LibraryCall, Want, api};
use crate::extract::rust::interpret::val::concat;
use crate::extract::rust::interpret::{Eval, RouteVal, Val};
use crate::extract::rust::tree::{Expr, ExprKind, Literal, Macro};
use crate::extract::rust::types::Ty;
use crate::facts::Value;

const FILTER: &str = "warp::Filter";
const SERVER: &str = "warp::Server";

/// Filters.
pub static LIBRARY: Library = Library {
    name: "warp",
    crates: &["warp"],
    apis: &[
        api("", &["path"], Act::Custom(path)),
        api("", &["param"], Act::Custom(param)),
        api("", &["get", "post", "put", "delete", "patch", "head", "options"], Act::Custom(verb)),
        api("", &["any", "end", "full", "tail", "peek", "method", "ws"], Act::Give(FILTER)),
        api("", &["serve"], Act::Custom(serve)),
        api("", &["service"], Act::Pass(0)),
        api("Filter", &["and"], Act::Custom(and)),
        api("Filter", &["or"], Act::Custom(or)),
        api("Filter", &["map", "then", "and_then"], Act::Custom(handled)),
        api("Filter", &["*"], Act::Same),
        api("Server", &["run", "bind", "try_bind"], Act::Custom(run)),
        api(
            "Server",
            &["bind_with_graceful_shutdown", "try_bind_with_graceful_shutdown", "graceful"],
            Act::Custom(run_gracefully),
        ),
        api("Server", &["run_incoming", "serve_incoming", "serve_incoming_with_graceful_shutdown"], Act::Custom(run)),
        api("Server", &["*"], Act::Same),
    ],
    macros: &[("path", path_macro)],
};

fn filter(part: &str, value: Value) -> Val {
    let name = if part == "verb" { "verb" } else { "path" };
    Val::of(Ty::of(FILTER)).with_text(name, value)
}

/// `warp::path("users")`
fn path(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let segment = act::text(call, Where::Argument(0));
    Some(filter("path", concat(vec![Value::Text("/".to_owned()), segment])))
}

/// `warp::path::param::<u32>()`
fn param(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    Some(filter("path", Value::Text("/{}".to_owned())))
}

/// `warp::get()`
fn verb(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.receiver.is_some() || !call.arguments.is_empty() {
        return None;
    }
    run_steps(eval, call);
    Some(filter("verb", Value::Text(call.name.to_uppercase())))
}

/// `warp::path!("users" / u32 / "orders")`
fn path_macro<'a>(_: &mut Eval<'_, 'a>, of: &'a Macro, _: &Want) -> Option<Val> {
    if of.path.first().is_none_or(|first| first != "warp") {
        return None;
    }
    let mut text = String::new();
    if of.arguments.is_empty() {
        for word in &of.words {
            push_segment(&mut text, word.strip_prefix('"').and_then(|word| word.strip_suffix('"')));
        }
    } else {
        of.arguments.iter().for_each(|argument| push_segments(&mut text, argument));
    }
    Some(filter("path", Value::Text(text)))
}

fn push_segments(text: &mut String, expr: &Expr) {
    match &*expr.kind {
        ExprKind::Binary(_, before, last) => {
            push_segments(text, before);
            push_segments(text, last);
        }
        ExprKind::Literal(Literal::Text(segment)) => push_segment(text, Some(segment)),
        ExprKind::Range(..) => {}
        _ => push_segment(text, None),
    }
}

fn push_segment(text: &mut String, segment: Option<&str>) {
    text.push('/');
    text.push_str(segment.unwrap_or("{}"));
}

fn gathered(val: &Val, name: &str) -> Option<Value> {
    val.gathered(name).cloned()
}

/// `.and(other)`: both paths, one after the other.
fn and(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let before = call.receiver.as_ref()?.val.clone();
    let after = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let prefix = gathered(&before, "path");
    let mut both = Val::of(Ty::of(FILTER));
    both.routes.clone_from(&before.routes);
    both.routes.extend(match &prefix {
        Some(prefix) => super::axum::prefixed(prefix, &after.routes),
        None => after.routes.clone(),
    });
    let path = match (prefix, gathered(&after, "path")) {
        (Some(before), Some(after)) => Some(concat(vec![before, after])),
        (before, after) => before.or(after),
    };
    if let Some(path) = path {
        both = both.with_text("path", path);
    }
    if let Some(verb) = gathered(&after, "verb").or_else(|| gathered(&before, "verb")) {
        both = both.with_text("verb", verb);
    }
    Some(both)
}

/// `.or(other)`: the routes of both.
fn or(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut both = Val::of(Ty::of(FILTER));
    both.routes.clone_from(&call.receiver.as_ref()?.val.routes);
    for argument in &call.arguments {
        both.routes.extend(argument.val.routes.iter().cloned());
    }
    // `get().or(head())`: either verb.
    let verbs: Vec<Value> =
        call.receiver.iter().chain(&call.arguments).filter_map(|of| gathered(&of.val, "verb")).collect();
    if both.routes.is_empty()
        && let Some(path) = call.receiver.as_ref().and_then(|receiver| gathered(&receiver.val, "path"))
    {
        both = both.with_text("path", path);
    }
    if let [first, rest @ ..] = verbs.as_slice() {
        let verb = if rest.iter().all(|other| other == first) { first.clone() } else { Value::Text("ANY".to_owned()) };
        both = both.with_text("verb", verb);
    }
    Some(both)
}

/// `.and_then(handler)`: a filter that asks for a path or a verb becomes a route; others only give their handlers values.
fn handled(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let at = call.at;
    let handler = call.arguments.first_mut().map(|argument| eval.handler(argument, at)).unwrap_or_default();
    run_steps(eval, call);
    let mut val = call.receiver.as_ref()?.val.clone().typed(Ty::of(FILTER));
    let (path, verb) = (gathered(&val, "path"), gathered(&val, "verb"));
    if val.routes.is_empty() && (path.is_some() || verb.is_some()) {
        let verb = verb.as_ref().and_then(Value::as_text).unwrap_or("ANY").to_owned();
        let path = path.unwrap_or_else(|| Value::Text("/".to_owned()));
        let route = RouteVal::new(&verb, path, library.name, eval.place(call.at));
        val.routes.push(Arc::new(route.handled(handler)));
        // What is said of the path is in the route now.
        val.build = None;
    }
    Some(val)
}

/// `warp::serve(routes)`
fn serve(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let routes = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    Some(routes.typed(Ty::of(SERVER)))
}

/// `.run(address)`
fn run(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let id = listen(eval, library, call)?;
    Some(Val { value: Some(Value::Integer(i64::try_from(id).unwrap_or(0))), ..Val::of(Ty::of(SERVER)) })
}

/// `.bind_with_graceful_shutdown(address, signal)`
fn run_gracefully(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let id = listen(eval, library, call)?;
    eval.set_shutdown(id, "graceful");
    Some(Val { value: Some(Value::Integer(i64::try_from(id).unwrap_or(0))), ..Val::of(Ty::of(SERVER)) })
}

/// The listener of a server: one that was bound before (warp 0.4: `.bind(address).await.graceful(signal).run()`) has its own.
fn listen(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<usize> {
    run_steps(eval, call);
    let app = call.receiver.as_ref()?.val.clone();
    if let Some(Value::Integer(id)) = &app.value {
        return usize::try_from(*id).ok();
    }
    let address = if call.arguments.is_empty() {
        Value::Unknown("known only when it runs".to_owned())
    } else {
        act::text(call, Where::Socket(0))
    };
    Some(super::axum::listen(eval, library, &app, address, call))
}

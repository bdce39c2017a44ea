//! Clients that progenitor writes from an OpenAPI document: each method is an operation, by its id. The document of a server
//! of the project is what utoipa says at its handlers; of other operations only the server is known.

use super::act::{self, Act, Open, Where, run_steps};
use super::axum::documented_routes;
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::val::concat;
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::tree::{Attribute, ExprKind, Literal};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

/// The crate that stands for what is generated; its types are those of the document.
pub const GENERATED: &str = "progenitor_client";
const OPERATION: &str = "progenitor_client::Operation";
const OPEN: Open = Open {
    kind: "http",
    technology: "http",
    address: Where::Argument(0),
    give: "progenitor_client::Client",
    lazy: true,
    pool: false,
};

/// progenitor 0.9 and later.
pub static LIBRARY: Library = Library {
    name: "progenitor",
    crates: &[GENERATED],
    apis: &[
        api("Client", &["new"], Act::Custom(with_limits)),
        api("Client", &["new_with_client"], Act::Custom(over)),
        api("Client", &["baseurl", "client", "inner", "api_version"], Act::Same),
        api("Client", &["*"], Act::Custom(operation)),
        api("Operation", &["send"], Act::Custom(send)),
        api("Operation", &["*"], Act::Same),
    ],
    macros: &[],
};

/// `Client::new(address)` makes a client of reqwest whose connections and requests end after 15 s (progenitor-impl 0.11,
/// `lib.rs`, `generate_tokens`).
fn with_limits(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let client = act::open(eval, library, &OPEN, call);
    let at = eval.place(call.at);
    Some(act::respecified(eval, &client, OPEN.give, |spec| {
        for option in ["connect_timeout_ms", "timeout_ms"] {
            spec.build.options.insert(option.into(), (Value::Millis(15_000), at.clone()));
        }
    }))
}

/// `Client::new_with_client(address, client)`
fn over(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let given = call.arguments.get(1).map(|argument| argument.val.clone()).unwrap_or_default();
    if given.clients.is_empty() {
        return Some(act::open(eval, library, &OPEN, call));
    }
    let address = act::text(call, Where::Argument(0));
    Some(act::respecified(eval, &given, OPEN.give, |spec| spec.address = address.clone()))
}

/// `client.get_order(id)` is the request; `client.get_order()` begins one that is sent later.
fn operation(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let client = call.receiver.as_ref()?.val.clone();
    let name = call.name.clone();
    if call.arguments.is_empty() {
        return Some(client.typed(Ty::of(OPERATION)).with_text("operation", Value::Text(name)));
    }
    request(eval, library, &client, &name, call)
}

fn send(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let client = call.receiver.as_ref()?.val.clone();
    let Some(Value::Text(name)) = client.gathered("operation").cloned() else { return None };
    request(eval, library, &client, &name, call)
}

fn request(eval: &mut Eval<'_, '_>, library: &Library, client: &Val, name: &str, call: &LibraryCall) -> Option<Val> {
    let server = match client.clients.as_slice() {
        [client] => client.address.clone(),
        _ => Value::Unknown("known only when it runs".to_owned()),
    };
    let (verb, path) = documented(eval, name).unwrap_or_else(|| {
        ("ANY".to_owned(), Value::Unknown("the OpenAPI document is not part of the project".to_owned()))
    });
    let url = concat(vec![server, path]);
    eval.effect(What::Http { verb, url }, library.name, client.clients.clone(), call.at, &call.want);
    Some(Val::default())
}

/// Verb and path of an operation of the project, if there is one of that id.
fn documented(eval: &Eval<'_, '_>, id: &str) -> Option<(String, Value)> {
    let mut found =
        eval.attributed().filter(|(name, attributes)| operation_id(attributes).map_or(*name == id, |said| said == id));
    let (verb, path) = found.find_map(|(_, attributes)| documented_routes(attributes).into_iter().next())?;
    Some((verb, filled(&path)))
}

/// A path whose parameters are data: `/orders/{id}`.
fn filled(path: &str) -> Value {
    let mut segments = path.split('{');
    let mut parts = vec![Value::Text(segments.next().unwrap_or_default().to_owned())];
    for segment in segments {
        parts.push(Value::Unknown("a parameter that is data".to_owned()));
        parts.extend(segment.split_once('}').map(|(_, rest)| Value::Text(rest.to_owned())));
    }
    concat(parts)
}

/// `#[utoipa::path(…, operation_id = "get_order")]`
fn operation_id(attributes: &[Attribute]) -> Option<&str> {
    let arguments = attributes.iter().filter(|of| of.path.last().is_some_and(|last| last == "path"));
    arguments.flat_map(|of| &of.arguments).find_map(|argument| match &*argument.kind {
        ExprKind::Assign(_, target, value) => match (&*target.kind, &*value.kind) {
            (ExprKind::Path(name), ExprKind::Literal(Literal::Text(text)))
                if name.segments.last().is_some_and(|last| last.name == "operation_id") =>
            {
                Some(text.as_str())
            }
            _ => None,
        },
        _ => None,
    })
}

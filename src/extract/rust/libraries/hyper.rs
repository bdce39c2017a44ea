//! HTTP clients close to the wire: hyper and hyper-util, with requests of the http crate.

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const BUILD: Open = Open {
    kind: "http",
    technology: "http",
    address: Where::Nowhere,
    give: "hyper_util::Client",
    lazy: true,
    pool: false,
};
const REQUEST: &str = "http::request::Builder";

/// hyper's clients.
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
        api("Request", &["builder"], Act::Give(REQUEST)),
        api("Request", &["get", "post", "put", "delete", "patch", "head"], Act::Custom(verb)),
        api("Builder", &["method"], Act::Gather("verb")),
        api("Builder", &["uri"], Act::Gather("url")),
        api("Builder", &["body"], Act::Same),
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

/// `client.request(request)`
fn send(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let request = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let verb = match request.gathered("verb") {
        Some(Value::Text(verb)) => verb.rsplit("::").next().unwrap_or(verb).to_owned(),
        Some(_) => String::new(),
        // http 1: the method of a request that names none.
        None => "GET".to_owned(),
    };
    let url = request.gathered("url").cloned().unwrap_or_else(|| Value::Unknown("known only when it runs".to_owned()));
    let clients = call.receiver.as_ref()?.val.clients.clone();
    eval.effect(What::Http { verb, url }, library.name, clients, call.at, &call.want);
    Some(Val::default())
}

//! HTTP clients: reqwest, awc, ureq, reqwest-middleware.

use super::act::{self, Act, Open, Unit, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::val::{concat, joined};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::{Branch, Step, What};

const CLIENT: &str = "reqwest::Client";
const BUILDER: &str = "reqwest::ClientBuilder";
const REQUEST: &str = "reqwest::RequestBuilder";
const VERBS: &[&str] = &["get", "post", "put", "delete", "patch", "head", "options"];

const SENDS: &[&str] =
    &["send", "call", "send_json", "send_form", "send_body", "send_string", "send_bytes", "fetch", "eventsource"];

const BUILD: Open =
    Open { kind: "http", technology: "http", address: Where::Nowhere, give: CLIENT, lazy: true, pool: false };

/// HTTP clients.
pub static LIBRARY: Library = Library {
    name: "reqwest",
    crates: &["reqwest", "awc", "ureq", "reqwest_middleware", "surf", "isahc", "url"],
    apis: &[
        api("Client", &["new", "default"], Act::Open(BUILD)),
        api("Client", &["builder"], Act::Custom(builder)),
        api("ClientBuilder", &["new", "default"], Act::Custom(builder)),
        api("Agent", &["new", "new_with_defaults"], Act::Open(BUILD)),
        api("Agent", &["config_builder"], Act::Custom(builder)),
        api("AgentBuilder", &["new"], Act::Custom(builder)),
        api("Agent", &["request", "request_url"], Act::Custom(request)),
        api("", &["agent"], Act::Custom(agent)),
        api("Request", &["new"], Act::Custom(request)),
        api("ClientBuilder", &["timeout", "timeout_global"], Act::Set("timeout_ms", Unit::Duration)),
        api("ClientBuilder", &["connect_timeout", "timeout_connect"], Act::Set("connect_timeout_ms", Unit::Duration)),
        api("ClientBuilder", &["read_timeout", "timeout_read"], Act::Set("read_timeout_ms", Unit::Duration)),
        api("ClientBuilder", &["danger_accept_invalid_certs"], Act::Set("accept_invalid_certs", Unit::Plain)),
        api("ClientBuilder", &["pool_max_idle_per_host"], Act::Set("pool_max_idle_per_host", Unit::Plain)),
        api("ClientBuilder", &["with"], Act::Same),
        api("ClientBuilder", &["build", "finish"], Act::Custom(build)),
        api("ClientBuilder", &["*"], Act::Same),
        api("ClientWithMiddleware", &["new", "from"], Act::Pass(0)),
        api("Client", VERBS, Act::Custom(request)),
        api("ClientWithMiddleware", VERBS, Act::Custom(request)),
        api("Agent", VERBS, Act::Custom(request)),
        api("Client", &["request"], Act::Custom(request)),
        api("ClientWithMiddleware", &["request"], Act::Custom(request)),
        api("Client", &["execute"], Act::Custom(execute)),
        api("ClientWithMiddleware", &["execute"], Act::Custom(execute)),
        api("RequestBuilder", &["timeout"], Act::Set("deadline_ms", Unit::Duration)),
        api("ClientRequest", &["timeout"], Act::Set("deadline_ms", Unit::Duration)),
        api("RequestBuilder", SENDS, Act::Custom(send)),
        api("RequestBuilder", &["build"], Act::Give("reqwest::Request")),
        api("RequestBuilder", &["header", "insert_header", "append_header", "set"], Act::Custom(header)),
        api("RequestBuilder", &["*"], Act::Same),
        api("Response", &["json", "into_json"], Act::Custom(answer)),
        api("", VERBS, Act::Custom(direct)),
        api("Url", &["parse", "parse_with_params"], Act::Custom(parse)),
        api("Url", &["join"], Act::Custom(join)),
        api("Url", &["set_path"], Act::Custom(set_path)),
        api("Url", &["path_segments_mut"], Act::Custom(segments)),
        api("PathSegmentsMut", &["push", "extend", "pop", "pop_if_empty", "clear"], Act::Custom(segment)),
    ],
    macros: &[],
};

/// A builder of clients: it knows its crate, whether its requests wait on their thread, and the client that it wraps.
fn builder(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let Ty::Extern(path, _) = &call.owner else { return None };
    let krate = path.split("::").next().unwrap_or(path).to_owned();
    let blocks = path.split("::").any(|part| part == "blocking");
    let wrapped = call.arguments.first().map(|argument| argument.val.clients.clone()).unwrap_or_default();
    let val = Val { clients: wrapped, ..Val::of(Ty::of(BUILDER)) }.with_text("crate", Value::Text(krate));
    let at = eval.place(call.at);
    Some(if blocks { val.with_option("blocking", Value::Bool(true), at) } else { val })
}

/// `.build()`: middleware around a client is that client.
fn build(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    if receiver.clients.is_empty() {
        return Some(act::open(eval, library, &BUILD, call));
    }
    Some(Val { build: None, ..receiver }.typed(Ty::of(CLIENT)))
}

/// `ureq::agent()`
fn agent(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.owner.extern_name().is_none_or(|(krate, _)| krate != "ureq") {
        return None;
    }
    run_steps(eval, call);
    Some(act::open(eval, library, &BUILD, call))
}

/// `Url::parse(text)`
fn parse(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let text = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    Some(text.typed(Ty::of("url::Url")))
}

/// `base.join("/path")`: what begins with a slash stands behind the host, anything else behind the base.
fn join(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let base = call.receiver.as_ref()?.val.clone();
    let value = concat(vec![
        without_slash(act::text(call, Where::Receiver)),
        led_by_slash(act::text(call, Where::Argument(0))),
    ]);
    Some(Val { value: Some(value), ..base })
}

/// `url.set_path("/path")`, in place.
fn set_path(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let base = call.receiver.as_ref()?.val.clone();
    let value = concat(vec![
        without_slash(act::text(call, Where::Receiver)),
        led_by_slash(act::text(call, Where::Argument(0))),
    ]);
    if let Some(name) = call.receiver.as_ref().and_then(|receiver| receiver.name.clone()) {
        eval.update(&name, Val { value: Some(value), ..base });
    }
    Some(Val::default())
}

/// `url.path_segments_mut()`: what is pushed there changes the URL in place.
fn segments(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let url = call.receiver.as_ref()?.clone();
    let val = Val { build: None, ..url.val }.typed(Ty::of("url::PathSegmentsMut"));
    Some(match url.name {
        Some(name) => val.with_text("variable", Value::Text(name)),
        None => val,
    })
}

/// `.push("x")`, `.extend(["a", "b"])`, `.pop()`
fn segment(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let of = call.receiver.as_ref()?.clone();
    let url = of.val.value_or("known only when it runs");
    let given = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    let slash = Value::Text("/".to_owned());
    let value = match call.name.as_str() {
        "push" => concat(vec![without_slash(url), slash, act::text(call, Where::Argument(0))]),
        "extend" => {
            let all = joined(&given, &slash).unwrap_or_else(|| Value::Unknown("known only when it runs".to_owned()));
            concat(vec![without_slash(url), slash, all])
        }
        "pop_if_empty" => without_slash(url),
        // What is taken away is not known any more than what is left.
        _ => Value::Unknown("segments are taken from a path".to_owned()),
    };
    let val = Val { value: Some(value.clone()), ..of.val };
    if let Some(name) = &of.name {
        eval.update(name, val.clone());
    }
    if let Some(url) = val.gathered("variable").and_then(Value::as_text) {
        eval.update(url, Val { value: Some(value), ..Val::of(Ty::of("url::Url")) });
    }
    Some(val)
}

/// `EventSource::new(request)`
pub fn given(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let request = call.arguments.first()?.val.clone();
    sent(eval, library, &request, call);
    Some(Val::default())
}

/// `EventSource::get(url)`
pub fn got(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let url = act::text(call, Where::Argument(0));
    eval.effect(What::Http { verb: "GET".to_owned(), url }, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

/// A base without the slash that it may end in.
pub fn without_slash(base: Value) -> Value {
    match base {
        Value::Text(text) => Value::Text(text.trim_end_matches('/').to_owned()),
        Value::Join(mut parts) => {
            if let Some(Value::Text(last)) = parts.last_mut() {
                last.truncate(last.trim_end_matches('/').len());
            }
            Value::Join(parts)
        }
        base => base,
    }
}

fn led_by_slash(path: Value) -> Value {
    match path {
        Value::Text(text) if !text.starts_with('/') => Value::Text(format!("/{text}")),
        Value::Text(text) => Value::Text(text),
        Value::Join(parts) if !matches!(parts.first(), Some(Value::Text(text)) if text.starts_with('/')) => {
            concat([Value::Text("/".to_owned())].into_iter().chain(parts).collect())
        }
        path @ Value::Join(_) => path,
        path => concat(vec![Value::Text("/".to_owned()), path]),
    }
}

/// `client.get(url)`, `Request::new(verb, url)`: nothing is sent yet.
fn request(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    let (verb, url) = if matches!(call.name.as_str(), "request" | "request_url" | "new") {
        (act::text(call, Where::Argument(0)), act::text(call, Where::Argument(1)))
    } else {
        (Value::Text(call.name.to_uppercase()), act::text(call, Where::Argument(0)))
    };
    let mut val = Val { value: None, build: None, ..receiver }.typed(Ty::of(REQUEST));
    val = val.with_text("verb", verb).with_text("url", url);
    let at = eval.place(call.at);
    let mut build = val.build.as_deref().cloned().unwrap_or_default();
    build.at = Some(at);
    val.build = Some(std::sync::Arc::new(build));
    Some(val)
}

/// Option of a request that carries a key by which the callee knows it again.
const KEYED: &str = "idempotency_key";

/// `.header(name, value)`
fn header(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let name = call.arguments.first().and_then(|argument| argument.val.text()).unwrap_or_default();
    if !name.to_lowercase().contains("idempotency") {
        return Some(receiver);
    }
    Some(act::set(eval, call, receiver, KEYED, Value::Bool(true)))
}

/// `.send()`
fn send(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    sent(eval, library, &receiver, call);
    Some(Val::of(Ty::of("reqwest::Response")))
}

fn execute(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let client = call.receiver.as_ref()?.val.clone();
    let mut request = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    for spec in client.clients {
        request.add_client(spec);
    }
    sent(eval, library, &request, call);
    Some(Val::of(Ty::of("reqwest::Response")))
}

/// `response.json::<T>()`: what the other side put into it.
fn answer(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    Some(Val::from_outside(super::config::wanted(call)))
}

/// A request that is sent: where it was put together is where it stands.
fn sent(eval: &mut Eval<'_, '_>, library: &Library, request: &Val, call: &LibraryCall) {
    let requests = request.by_branch();
    if let [only] = &requests[..] {
        return sent_as(eval, library, only, call);
    }
    let branch = |request| Branch {
        guard: None,
        leaves: false,
        steps: eval.frame(|eval| sent_as(eval, library, &request, call)).1,
    };
    let branches = requests.into_iter().map(branch).collect();
    eval.add_step(Step::Choice { branches });
}

/// A request of which it is known on which branch it was put together.
fn sent_as(eval: &mut Eval<'_, '_>, library: &Library, request: &Val, call: &LibraryCall) {
    let url = request.gathered("url").cloned().unwrap_or_else(|| Value::Unknown("known only when it runs".to_owned()));
    let (verb, url) = act::with_verb(request.gathered("verb"), url);
    let waits =
        request.clients.iter().any(|spec| spec.library == "ureq" || spec.build.options.contains_key("blocking"))
            || request.gathered("crate").and_then(Value::as_text) == Some("ureq");
    if waits {
        let krate =
            if request.clients.iter().any(|spec| spec.library != "ureq") { "reqwest::blocking" } else { "ureq" };
        act::waits(eval, library.name, format!("{krate}::{}", call.name), call);
    }
    let id = eval.effect(What::Http { verb, url }, library.name, request.clients.clone(), call.at, &call.want);
    if let Some(build) = &request.build {
        if build.options.contains_key(KEYED) {
            eval.set_option(id, KEYED, Value::Bool(true));
        }
        if let Some((deadline, _)) = build.options.get("deadline_ms") {
            let deadline = eval.known(deadline);
            eval.set_option(id, "deadline_ms", deadline);
        }
        if let Some((key, _)) = build.options.get("idempotency_key") {
            eval.set_option(id, "idempotency_key", key.clone());
        }
        if let Some(at) = &build.at {
            eval.set_place(id, at.clone());
        }
    }
}

/// `reqwest::get(url)`: a client of its own for one request.
fn direct(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let Ty::Extern(path, _) = &call.owner else { return None };
    let path = path.clone();
    if !matches!(&*path, "reqwest" | "ureq" | "surf" | "isahc" | "reqwest::blocking") {
        return None;
    }
    run_steps(eval, call);
    let url = act::text(call, Where::Argument(0));
    let verb = call.name.to_uppercase();
    if &*path == "ureq" || &*path == "surf" {
        let val = Val::of(Ty::of(REQUEST)).with_text("crate", Value::Text(path.to_string()));
        return Some(val.with_text("verb", Value::Text(verb)).with_text("url", url));
    }
    let client = act::open(eval, library, &BUILD, call);
    if &*path == "reqwest::blocking" {
        act::waits(eval, library.name, format!("{path}::{}", call.name), call);
    }
    eval.effect(What::Http { verb, url }, library.name, client.clients, call.at, &call.want);
    Some(Val::of(Ty::of("reqwest::Response")))
}

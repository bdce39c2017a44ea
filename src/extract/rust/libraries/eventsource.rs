//! Server-sent events: eventsource-client, reqwest-eventsource. A request that stays open, so that its client has no limit
//! to judge.

use super::act::{self, Act, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::facts::Value;
use crate::facts::rust::What;

/// eventsource-client: GET, unless another method is set.
pub static CLIENT: Library = Library {
    name: "eventsource-client",
    crates: &["eventsource_client"],
    apis: &[
        api("ClientBuilder", &["for_url"], Act::Custom(for_url)),
        api("ClientBuilder", &["method"], Act::Gather("verb")),
        api(
            "ClientBuilder",
            &["build", "build_http", "build_with_conn", "build_with_transport"],
            Act::Give("eventsource_client::Client"),
        ),
        api("ClientBuilder", &["*"], Act::Same),
        api("Client", &["stream"], Act::Custom(stream)),
    ],
    macros: &[],
};

/// reqwest-eventsource: requests of reqwest.
pub static REQWEST: Library = Library {
    name: "reqwest-eventsource",
    crates: &["reqwest_eventsource"],
    apis: &[
        api("EventSource", &["new"], Act::Custom(super::reqwest::given)),
        api("EventSource", &["get"], Act::Custom(super::reqwest::got)),
    ],
    macros: &[],
};

fn for_url(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let url = act::text(call, Where::Argument(0));
    Some(Val::of(call.owner.clone()).with_text("url", url))
}

/// `client.stream()`
fn stream(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let client = call.receiver.as_ref()?.val.clone();
    let url = client.gathered("url").cloned().unwrap_or_else(|| Value::Unknown("known only when it runs".to_owned()));
    let get = Value::Text("GET".to_owned());
    let (verb, url) = act::with_verb(Some(client.gathered("verb").unwrap_or(&get)), url);
    eval.effect(What::Http { verb, url }, library.name, client.clients, call.at, &call.want);
    Some(Val::default())
}

//! Tokens checked with the keys of their issuer: limes.

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::val::concat;
use crate::extract::rust::interpret::{Eval, Val};
use crate::facts::Value;
use crate::facts::rust::What;

const OPEN: Open = Open {
    kind: "http",
    technology: "http",
    address: Where::Argument(0),
    give: "limes::jwks::JWKSWebAuthenticator",
    lazy: true,
    pool: false,
};

/// limes.
pub static LIBRARY: Library = Library {
    name: "limes",
    crates: &["limes"],
    apis: &[
        api("JWKSWebAuthenticator", &["new"], Act::Custom(discovery)),
        api("JWKSWebAuthenticator", &["*"], Act::Same),
    ],
    macros: &[],
};

/// `JWKSWebAuthenticator::new(issuer, …)` asks the issuer where its keys are (`jwks.rs`).
fn discovery(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let path = Value::Text("/.well-known/openid-configuration".to_owned());
    let url = concat(vec![super::reqwest::without_slash(act::text(call, Where::Argument(0))), path]);
    let client = act::open(eval, library, &OPEN, call);
    let clients = client.clients.clone();
    eval.effect(What::Http { verb: "GET".to_owned(), url }, library.name, clients, call.at, &call.want);
    Some(client)
}

//! WebSocket clients: tokio-tungstenite.

use super::act::{self, Act, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::facts::rust::What;

/// tokio-tungstenite.
pub static LIBRARY: Library = Library {
    name: "tokio-tungstenite",
    crates: &["tokio_tungstenite", "tungstenite", "async_tungstenite"],
    apis: &[api(
        "",
        &["connect_async", "connect_async_with_config", "connect_async_tls_with_config", "connect", "client_async"],
        Act::Custom(connect),
    )],
    macros: &[],
};

/// `connect_async(url)`: a request that stays open.
fn connect(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let url = act::text(call, Where::Argument(0));
    eval.effect(What::Http { verb: "WS".to_owned(), url }, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

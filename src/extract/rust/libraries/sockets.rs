//! Raw sockets: listeners whose connections are accepted one by one, and connections that are opened.
//!
//! What is spoken on them is seen where a connection is given to a server or client of a protocol.

use std::sync::Arc;

use super::act::{Act, Where, run_steps, text};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::val::concat;
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

/// In front of the path of a socket of this machine.
pub const UNIX: &str = "unix:";

/// Sockets of the runtimes, and TLS on them.
pub static LIBRARY: Library = Library {
    name: "tokio",
    crates: &["tokio", "async_std", "async_net", "smol", "tokio_rustls", "tokio_native_tls"],
    apis: &[
        api("TcpListener", &["bind"], Act::Custom(bind)),
        api("TcpListener", &["from_std"], Act::Pass(0)),
        api("TcpListener", &["accept", "next", "incoming"], Act::Custom(accept)),
        api("UnixListener", &["bind"], Act::Custom(bind)),
        api("UnixListener", &["accept", "next", "incoming"], Act::Custom(accept)),
        api("TcpStream", &["connect"], Act::Custom(connect)),
        api("UnixStream", &["connect"], Act::Custom(connect)),
        api("TlsAcceptor", &["accept"], Act::Pass(0)),
        api("TlsConnector", &["connect"], Act::Pass(1)),
    ],
    macros: &[],
};

/// The address of a socket, in whatever form it is given.
fn address(call: &LibraryCall) -> Value {
    let given = text(call, Where::Socket(0));
    match call.owner.extern_name() {
        Some((_, name)) if name.starts_with("Unix") => concat(vec![Value::Text(UNIX.to_owned()), given]),
        _ => given,
    }
}

/// `TcpListener::bind(address)`: nothing is said yet of who accepts.
pub fn bind(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.receiver.is_some() {
        return None;
    }
    run_steps(eval, call);
    Some(Val::of(call.owner.clone()).with_text("address", address(call)))
}

/// `listener.accept()`: a server of a protocol that may be seen later. Whether a signal ends its loop is not.
pub fn accept(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    call.receiver.as_ref()?;
    run_steps(eval, call);
    let address = text(call, Where::Receiver);
    let what = What::Listen { protocol: "tcp".to_owned(), address: address.clone(), shutdown: "unknown".to_owned() };
    eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    let stream = Val::of(Ty::of("tokio::net::TcpStream")).with_text("address", address);
    Some(match call.name.as_str() {
        "incoming" => Val { ty: stream.ty.clone().list(), ..stream },
        "next" => stream,
        _ => Val { parts: Some(Arc::from([stream.clone(), Val::default()])), ..stream },
    })
}

/// `TcpStream::connect(address)`: who is there is asked by what is said on it.
fn connect(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    if call.receiver.is_some() {
        return None;
    }
    run_steps(eval, call);
    Some(Val::of(call.owner.clone()).with_text("address", address(call)))
}

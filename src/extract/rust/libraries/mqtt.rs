//! MQTT: rumqttc.

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;

const OPEN: Open = Open {
    kind: "broker",
    technology: "mqtt",
    address: Where::Receiver,
    give: "rumqttc::AsyncClient",
    lazy: true,
    pool: false,
};

/// rumqttc.
pub static LIBRARY: Library = Library {
    name: "rumqttc",
    crates: &["rumqttc", "paho_mqtt"],
    apis: &[
        api("MqttOptions", &["new", "parse_url", "try_from"], Act::Custom(options)),
        api("MqttOptions", &["*"], Act::Same),
        api("AsyncClient", &["new"], Act::Custom(client)),
        api("Client", &["new"], Act::Custom(client)),
        api("AsyncClient", &["publish", "publish_bytes", "try_publish"], Act::Publish("mqtt", Where::Argument(0))),
        api("Client", &["publish", "publish_bytes", "try_publish"], Act::Publish("mqtt", Where::Argument(0))),
        api("AsyncClient", &["subscribe", "try_subscribe"], Act::Consume("mqtt", Where::Argument(0), Where::Nowhere)),
        api("Client", &["subscribe", "try_subscribe"], Act::Consume("mqtt", Where::Argument(0), Where::Nowhere)),
    ],
    macros: &[],
};

/// `MqttOptions::new(id, host, port)`
fn options(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let at = if call.name == "new" { 1 } else { 0 };
    let address = act::text(call, Where::Argument(at));
    Some(Val::of(Ty::of("rumqttc::MqttOptions")).with_text("address", address))
}

/// `AsyncClient::new(options, capacity)`: a client and the loop that drives it.
fn client(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let mut call = call.clone();
    call.receiver = call.arguments.first().cloned();
    call.arguments.clear();
    let client = act::open(eval, library, &OPEN, &call);
    let parts = [client.clone(), Val::default()];
    Some(Val { parts: Some(parts.into()), ..client })
}

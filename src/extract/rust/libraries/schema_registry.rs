//! Schema registries: schema_registry_converter, which asks the registry over HTTP for the schema of what it writes and
//! reads (5.0.0, `async_impl/schema_registry.rs`: `/subjects/{subject}/versions/latest` and `/schemas/ids/{id}`).

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::val::concat;
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const OPEN: Open = Open {
    kind: "http",
    technology: "http",
    address: Where::Receiver,
    give: "schema_registry_converter::Settings",
    lazy: true,
    pool: false,
};

/// schema_registry_converter.
pub static LIBRARY: Library = Library {
    name: "schema_registry_converter",
    crates: &["schema_registry_converter"],
    apis: &[
        api("SrSettings", &["new"], Act::Custom(settings)),
        api("SrSettings", &["new_builder"], Act::Custom(builder)),
        api("SrSettingsBuilder", &["build"], Act::Open(OPEN)),
        api("SrSettingsBuilder", &["*"], Act::Same),
        api("AvroEncoder", &["new"], Act::Custom(converter)),
        api("AvroDecoder", &["new"], Act::Custom(converter)),
        api("EasyAvroEncoder", &["new"], Act::Custom(converter)),
        api("EasyAvroDecoder", &["new"], Act::Custom(converter)),
        api("JsonEncoder", &["new"], Act::Custom(converter)),
        api("JsonDecoder", &["new"], Act::Custom(converter)),
        api("EasyJsonEncoder", &["new"], Act::Custom(converter)),
        api("EasyJsonDecoder", &["new"], Act::Custom(converter)),
        api("ProtoRawEncoder", &["new"], Act::Custom(converter)),
        api("ProtoRawDecoder", &["new"], Act::Custom(converter)),
        api("ProtoDecoder", &["new"], Act::Custom(converter)),
        api("*", &["encode", "encode_struct", "encode_value", "encode_single_message"], Act::Custom(encode)),
        api("*", &["decode", "decode_with_schema", "decode_with_context"], Act::Custom(decode)),
    ],
    macros: &[],
};

/// `SrSettings::new(url)`
fn settings(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    Some(act::open(eval, library, &Open { address: Where::Argument(0), ..OPEN }, call))
}

/// `SrSettings::new_builder(url)`
fn builder(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let address = act::text(call, Where::Argument(0));
    Some(Val::of(Ty::of("schema_registry_converter::SrSettingsBuilder")).with_text("address", address))
}

/// What is made of settings asks at their address.
fn converter(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let settings = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    Some(settings.typed(call.owner.clone()))
}

fn encode(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    ask(eval, library, call, &["/subjects/", "/versions/latest"])
}

fn decode(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    ask(eval, library, call, &["/schemas/ids/", ""])
}

fn ask(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall, path: &[&str; 2]) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let base = receiver.clients.first().map(|client| client.address.clone());
    let hole = || Value::Unknown("known only when it runs".to_owned());
    let url = concat(vec![
        base.unwrap_or_else(hole),
        Value::Text(path[0].to_owned()),
        hole(),
        Value::Text(path[1].to_owned()),
    ]);
    let what = What::Http { verb: "GET".to_owned(), url };
    eval.effect(what, library.name, receiver.clients, call.at, &call.want);
    Some(Val::default())
}

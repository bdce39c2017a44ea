//! OpenFGA: openfga-client, whose functions are one or more rpcs of `openfga.v1.OpenFGAService`.

use super::act::{Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};

const OPEN: Open = Open {
    kind: "grpc",
    technology: "grpc",
    address: Where::Argument(0),
    give: "openfga_client::OpenFgaServiceClient",
    lazy: true,
    pool: false,
};

/// openfga-client.
pub static LIBRARY: Library = Library {
    name: "openfga-client",
    crates: &["openfga_client"],
    apis: &[
        api("*", &["new_unauthenticated", "new_with_basic_auth", "new_with_client_credentials"], Act::Open(OPEN)),
        api("OpenFgaClient", &["new"], Act::Custom(client)),
        api("BasicOpenFgaClient", &["new"], Act::Custom(client)),
        api("TupleModelManager", &["new"], Act::Custom(client)),
        api("*", &["into_client", "client"], Act::Same),
        api("*", &["set_max_tuples_per_write", "set_consistency", "add_model"], Act::Same),
        api("*", FUNCTIONS, Act::Custom(call)),
    ],
    macros: &[],
};

/// A client of one store, or what keeps its model: around the client of the server.
fn client(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let inner = call.arguments.first()?.val.clone();
    Some(Val { value: None, ..inner }.typed(call.owner.clone()))
}

/// The functions below.
const FUNCTIONS: &[&str] = &[
    "get_store_by_name",
    "get_or_create_store",
    "read_all_pages",
    "write",
    "write_with_options",
    "read",
    "check",
    "check_simple",
    "batch_check",
    "expand",
    "list_objects",
    "delete_relations_to_object",
    "exists_relation_to",
    "migrate",
    "get_authorization_model_id",
    "get_existing_versions",
    "list_stores",
    "create_store",
    "get_store",
    "delete_store",
    "list_users",
    "streamed_list_objects",
    "read_changes",
    "read_authorization_model",
    "read_authorization_models",
    "write_authorization_model",
    "read_assertions",
    "write_assertions",
    "update_store",
];

/// The rpcs of a function (openfga-client 0.6: `client_ext.rs`, `model_client.rs`, `migration.rs`); others are of that name.
fn rpcs(function: &str) -> Option<&'static [&'static str]> {
    Some(match function {
        "get_store_by_name" => &["ListStores"],
        "get_or_create_store" => &["ListStores", "CreateStore"],
        "read_all_pages" | "exists_relation_to" => &["Read"],
        "write_with_options" => &["Write"],
        "check_simple" => &["Check"],
        "delete_relations_to_object" => &["Read", "Write"],
        "migrate" => &["ListStores", "CreateStore", "Read", "Write", "WriteAuthorizationModel"],
        "get_authorization_model_id" | "get_existing_versions" => &["ListStores", "Read"],
        _ => return None,
    })
}

fn call(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    let client = call.receiver.as_ref()?.val.clone();
    run_steps(eval, call);
    let own = [super::camel(&call.name)];
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    for method in rpcs(&call.name).unwrap_or(&own) {
        eval.grpc_call("openfga.v1.OpenFGAService", method, Some(&client), &[], call.at, &call.want);
    }
    Some(Val::default())
}

//! MongoDB: mongodb.

use super::act::{Act, Open, Operate, Unit, Where};
use super::{Library, api};

const OPEN: Open = Open {
    kind: "document",
    technology: "mongodb",
    address: Where::Argument(0),
    give: "mongodb::Client",
    lazy: true,
    pool: true,
};
const READ: Operate = Operate {
    kind: "document",
    technology: "mongodb",
    writes: false,
    key: Where::Gathered("collection"),
    give: "mongodb::Action",
};
const WRITE: Operate = Operate { writes: true, ..READ };

/// MongoDB.
pub static LIBRARY: Library = Library {
    name: "mongodb",
    crates: &["mongodb"],
    apis: &[
        api("Client", &["with_uri_str", "with_options"], Act::Open(OPEN)),
        api("ClientOptions", &["parse", "parse_async", "parse_with_resolver_config"], Act::Custom(options)),
        api("ClientOptions", &["builder"], Act::Same),
        api("ClientOptions", &["max_pool_size"], Act::Set("max_connections", Unit::Plain)),
        api("ClientOptions", &["min_pool_size"], Act::Set("min_connections", Unit::Plain)),
        api("ClientOptions", &["connect_timeout"], Act::Set("connect_timeout_ms", Unit::Duration)),
        api("ClientOptions", &["server_selection_timeout"], Act::Set("server_selection_timeout_ms", Unit::Duration)),
        api("Client", &["database"], Act::Narrow("database", "mongodb::Database")),
        api("Client", &["default_database"], Act::Give("mongodb::Database")),
        api("Database", &["collection", "collection_with_options"], Act::Custom(collection)),
        api("Database", &["run_command", "aggregate", "list_collection_names", "list_collections"], Act::Operate(READ)),
        api("Database", &["create_collection", "drop"], Act::Operate(WRITE)),
        api("Collection", &["clone_with_type"], Act::Same),
        api(
            "Collection",
            &[
                "find",
                "find_one",
                "aggregate",
                "count_documents",
                "estimated_document_count",
                "distinct",
                "watch",
                "list_indexes",
            ],
            Act::Operate(READ),
        ),
        api(
            "Collection",
            &[
                "insert_one",
                "insert_many",
                "update_one",
                "update_many",
                "replace_one",
                "delete_one",
                "delete_many",
                "find_one_and_update",
                "find_one_and_replace",
                "find_one_and_delete",
                "create_index",
                "create_indexes",
                "bulk_write",
                "drop",
            ],
            Act::Operate(WRITE),
        ),
        api("Action", &["*"], Act::Same),
    ],
    macros: &[],
};

/// `database.collection::<T>("orders")`
fn collection(
    eval: &mut crate::extract::rust::interpret::Eval<'_, '_>,
    _: &Library,
    call: &mut super::LibraryCall,
) -> Option<crate::extract::rust::interpret::Val> {
    super::act::run_steps(eval, call);
    let name = super::act::text(call, Where::Argument(0));
    let receiver = call.receiver.as_ref()?.val.clone();
    Some(receiver.with_text("collection", name).typed(crate::extract::rust::types::Ty::of("mongodb::Collection")))
}

/// `ClientOptions::parse(url)`: options that know their address.
fn options(
    eval: &mut crate::extract::rust::interpret::Eval<'_, '_>,
    _: &Library,
    call: &mut super::LibraryCall,
) -> Option<crate::extract::rust::interpret::Val> {
    super::act::run_steps(eval, call);
    let address = super::act::text(call, Where::Argument(0));
    let options = crate::extract::rust::types::Ty::of("mongodb::options::ClientOptions");
    Some(crate::extract::rust::interpret::Val::of(options).with_text("address", address))
}

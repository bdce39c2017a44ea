//! Search engines: elasticsearch, opensearch, meilisearch-sdk.

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const OPERATIONS: &[&str] = &[
    "search",
    "msearch",
    "index",
    "create",
    "bulk",
    "get",
    "mget",
    "update",
    "delete",
    "delete_by_query",
    "update_by_query",
    "count",
    "exists",
    "scroll",
    "reindex",
    "ping",
];

/// Search engines.
pub static LIBRARY: Library = Library {
    name: "elasticsearch",
    crates: &["elasticsearch", "opensearch", "meilisearch_sdk"],
    apis: &[
        api("Transport", &["single_node"], Act::Pass(0)),
        api("Transport", &["cloud", "static_node_list"], Act::Pass(0)),
        api("SingleNodeConnectionPool", &["new"], Act::Pass(0)),
        api("MultiNodeConnectionPool", &["*"], Act::Pass(0)),
        api("TransportBuilder", &["new"], Act::Custom(transport)),
        api("TransportBuilder", &["*"], Act::Same),
        api("Elasticsearch", &["new", "default"], Act::Custom(open)),
        api("OpenSearch", &["new", "default"], Act::Custom(open)),
        api("Elasticsearch", OPERATIONS, Act::Custom(operation)),
        api("OpenSearch", OPERATIONS, Act::Custom(operation)),
        api("Elasticsearch", &["indices", "cluster", "cat"], Act::Give("elasticsearch::Indices")),
        api("OpenSearch", &["indices", "cluster", "cat"], Act::Give("opensearch::Indices")),
        api(
            "Indices",
            &["create", "delete", "exists", "put_mapping", "refresh", "get", "health"],
            Act::Custom(operation),
        ),
        api("Operation", &["*"], Act::Same),
        api("Client", &["new"], Act::Custom(open)),
        api("Client", &["index", "get_index"], Act::Give("meilisearch_sdk::Index")),
        api(
            "Index",
            &[
                "search",
                "add_documents",
                "add_or_replace",
                "add_or_update",
                "delete_document",
                "get_document",
                "execute_query",
            ],
            Act::Custom(operation),
        ),
        api("SearchQuery", &["*"], Act::Same),
    ],
    macros: &[],
};

fn technology(call: &LibraryCall) -> &'static str {
    match call.owner.extern_name() {
        Some(("opensearch", _)) => "opensearch",
        Some(("meilisearch_sdk", _)) => "meilisearch",
        _ => "elasticsearch",
    }
}

/// `TransportBuilder::new(pool)`
fn transport(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let address = act::text(call, Where::Argument(0));
    Some(Val::of(call.owner.clone()).with_text("address", address))
}

fn open(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let technology = technology(call);
    let give = match technology {
        "opensearch" => "opensearch::OpenSearch",
        "meilisearch" => "meilisearch_sdk::Client",
        _ => "elasticsearch::Elasticsearch",
    };
    let open = Open { kind: "search", technology, address: Where::Argument(0), give, lazy: true, pool: false };
    Some(act::open(eval, library, &open, call))
}

fn operation(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let technology = technology(call);
    let reads = [
        "search",
        "msearch",
        "get",
        "mget",
        "count",
        "exists",
        "scroll",
        "ping",
        "health",
        "get_document",
        "execute_query",
    ];
    let what = What::Store {
        kind: "search".to_owned(),
        technology: technology.to_owned(),
        operation: call.name.clone(),
        writes: !reads.contains(&call.name.as_str()),
        key: Value::Absent,
    };
    eval.effect(what, library.name, receiver.clients, call.at, &call.want);
    Some(Val::of(Ty::of("elasticsearch::Operation")))
}

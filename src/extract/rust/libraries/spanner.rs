//! Cloud Spanner: gcloud-spanner (once google-cloud-spanner).

use super::act::{self, Act, Open, Operate, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;

const TECHNOLOGY: &str = "spanner";
const TRANSACTION: &str = "gcloud_spanner::Transaction";
const OPEN: Open = Open {
    kind: "sql",
    technology: TECHNOLOGY,
    address: Where::Nowhere,
    give: "gcloud_spanner::Client",
    lazy: false,
    // What it pools are sessions, which share a few connections: no database counts them.
    pool: false,
};

/// Mutations that were made before, sent together.
const APPLY: Operate =
    Operate { kind: "sql", technology: TECHNOLOGY, writes: true, key: Where::Nowhere, give: "gcloud_spanner::Result" };

/// Spanner.
pub static LIBRARY: Library = Library {
    name: "gcloud-spanner",
    crates: &["gcloud_spanner", "google_cloud_spanner"],
    apis: &[
        api("Client", &["new"], Act::Custom(open)),
        api(
            "Client",
            &[
                "single",
                "single_with_timestamp_bound",
                "read_only_transaction",
                "read_only_transaction_with_option",
                "batch_read_only_transaction",
                "begin_read_write_transaction",
            ],
            Act::Give(TRANSACTION),
        ),
        api("Client", &["read_write_transaction", "read_write_transaction_with_option"], Act::Custom(transaction)),
        api("Client", &["apply", "apply_with_option", "apply_at_least_once"], Act::Operate(APPLY)),
        api("Statement", &["new"], Act::Custom(statement)),
        api("Statement", &["add_param"], Act::Same),
        api("*", &["query", "query_with_option", "update", "update_with_option"], Act::Custom(run)),
        api("*", &["partitioned_update", "partitioned_update_with_option"], Act::Custom(run)),
        api("*", &["read", "read_row", "read_with_option"], Act::Custom(read)),
        api("*", &["buffer_write"], Act::Operate(APPLY)),
        api("", &["insert", "insert_or_update", "replace", "update", "delete"], Act::Custom(mutation)),
        api("", &["insert_map", "insert_struct", "update_map", "update_struct"], Act::Custom(mutation)),
    ],
    macros: &[],
};

/// `Client::new("projects/p/instances/i/databases/d", config)`
fn open(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let path = act::text(call, Where::Argument(0));
    let at = eval.place(call.at);
    let mut opening = call.clone();
    let mut settings = Val::default();
    if let Some(name) = database(&path) {
        settings = settings.with_option("database", name, at);
    }
    opening.receiver = Some(super::Argument { val: settings, ..super::Argument::default() });
    Some(act::open(eval, library, &OPEN, &opening))
}

/// The last segment of the path of a database.
fn database(path: &Value) -> Option<Value> {
    match path {
        Value::Text(text) => Some(Value::Text(text.rsplit_once("/databases/")?.1.to_owned())),
        Value::Join(parts) => match parts.as_slice() {
            [.., Value::Text(before), name] if before.ends_with("/databases/") => Some(name.clone()),
            [.., last @ Value::Text(_)] => database(last),
            _ => None,
        },
        _ => None,
    }
}

/// `client.read_write_transaction(|transaction| …)`: what the closure does is done where it is written.
fn transaction(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    let receiver = call.receiver.as_ref()?.val.clone();
    let function = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    run_steps(eval, call);
    let given = [receiver.typed(Ty::of(TRANSACTION))];
    let (at, want) = (call.at, call.want.clone());
    Some(eval.callback(&function, &given, at, &want).unwrap_or(Val { clients: Vec::new(), ..function }))
}

fn statement(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let text = act::text(call, Where::Argument(0));
    Some(Val::of(call.owner.clone()).with_text("statement", text))
}

/// `transaction.query(statement)`
fn run(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let clients = call.receiver.as_ref()?.val.clients.clone();
    run_steps(eval, call);
    let text = call.arguments.first().and_then(|argument| argument.val.gathered("statement").cloned());
    let text = text.unwrap_or_else(|| Value::Unknown("known only when it runs".to_owned()));
    let id = eval.sql(library.name, TECHNOLOGY, text, clients, call.at, &call.want);
    eval.set_option(id, "fetch", Value::Text("stream".to_owned()));
    Some(Val::default())
}

/// `transaction.read("orders", &["id"], keys)`: a query without a statement.
fn read(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let clients = call.receiver.as_ref()?.val.clients.clone();
    run_steps(eval, call);
    let parts = vec![Value::Text("SELECT * FROM ".to_owned()), act::text(call, Where::Argument(0))];
    let text = crate::extract::rust::interpret::val::concat(parts);
    let id = eval.sql(library.name, TECHNOLOGY, text, clients, call.at, &call.want);
    eval.set_option(id, "fetch", Value::Text("stream".to_owned()));
    Some(Val::default())
}

/// `insert("orders", columns, values)`: a change without a statement, applied with others.
fn mutation(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    if !matches!(&call.owner, Ty::Extern(path, _) if path.ends_with("mutation")) {
        return None;
    }
    run_steps(eval, call);
    let before = match call.name.split('_').next() {
        Some("update") => "UPDATE ",
        Some("delete") => "DELETE FROM ",
        _ => "INSERT INTO ",
    };
    let after = if before == "UPDATE " { " SET value = @value WHERE key = @key" } else { "" };
    let after = if before == "DELETE FROM " { " WHERE key = @key" } else { after };
    let parts =
        vec![Value::Text(before.to_owned()), act::text(call, Where::Argument(0)), Value::Text(after.to_owned())];
    let text = crate::extract::rust::interpret::val::concat(parts);
    eval.sql(library.name, TECHNOLOGY, text, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

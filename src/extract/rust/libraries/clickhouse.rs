//! ClickHouse: clickhouse.

use super::act::{self, Act, Open, Operate, Where};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::facts::Value;

const OPEN: Open = Open {
    kind: "analytics",
    technology: "clickhouse",
    address: Where::Nowhere,
    give: "clickhouse::Client",
    lazy: true,
    pool: false,
};
const QUERY: Operate = Operate {
    kind: "analytics",
    technology: "clickhouse",
    writes: false,
    key: Where::Argument(0),
    give: "clickhouse::Query",
};
const INSERT: Operate = Operate { writes: true, give: "clickhouse::Insert", ..QUERY };

/// ClickHouse.
pub static LIBRARY: Library = Library {
    name: "clickhouse",
    crates: &["clickhouse"],
    apis: &[
        api("Client", &["default", "with_http_client"], Act::Open(OPEN)),
        api("Client", &["with_url"], Act::Address),
        api("Client", &["with_database"], Act::Narrow("database", "clickhouse::Client")),
        api("Client", &["query"], Act::Custom(query)),
        api("Client", &["insert", "inserter"], Act::Operate(INSERT)),
        api("Client", &["*"], Act::Same),
        api("Query", &["*"], Act::Same),
        api("Insert", &["*"], Act::Same),
    ],
    macros: &[],
};

/// `client.query("…")`: the first word of its text says whether it changes something.
fn query(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let text = act::text(call, Where::Argument(0));
    let first = match &text {
        Value::Text(text) => text.split_whitespace().next().map(str::to_uppercase),
        Value::Join(parts) => parts
            .first()
            .and_then(Value::as_text)
            .and_then(|text| text.split_whitespace().next())
            .map(str::to_uppercase),
        _ => None,
    };
    let reads = first.as_deref().is_none_or(|word| matches!(word, "SELECT" | "WITH" | "SHOW" | "EXISTS" | "DESCRIBE"));
    act::perform(eval, library, &Act::Operate(Operate { writes: !reads, ..QUERY }), call)
}

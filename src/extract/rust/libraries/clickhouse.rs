//! ClickHouse: clickhouse.

use super::act::{Act, Open, Operate, Where};
use super::{Library, api};

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
        api("Client", &["query"], Act::Operate(QUERY)),
        api("Client", &["insert", "inserter"], Act::Operate(INSERT)),
        api("Client", &["*"], Act::Same),
        api("Query", &["*"], Act::Same),
        api("Insert", &["*"], Act::Same),
    ],
    macros: &[],
};

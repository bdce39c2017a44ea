//! Neo4j: neo4rs.

use super::act::{Act, Open, Operate, Unit, Where};
use super::{Library, api};

const OPEN: Open = Open {
    kind: "graphdb",
    technology: "neo4j",
    address: Where::Argument(0),
    give: "neo4rs::Graph",
    lazy: false,
    pool: true,
};
const QUERY: Operate =
    Operate { kind: "graphdb", technology: "neo4j", writes: true, key: Where::Argument(0), give: "neo4rs::Stream" };

/// Neo4j. Whether a query changes something is in its text, which is not read: it counts as one that may.
pub static LIBRARY: Library = Library {
    name: "neo4rs",
    crates: &["neo4rs"],
    apis: &[
        api("ConfigBuilder", &["default", "new"], Act::Give("neo4rs::ConfigBuilder")),
        api("ConfigBuilder", &["uri"], Act::Gather("address")),
        api("ConfigBuilder", &["max_connections"], Act::Set("max_connections", Unit::Plain)),
        api("ConfigBuilder", &["*"], Act::Same),
        api("Graph", &["new", "connect"], Act::Open(OPEN)),
        api("Graph", &["run", "execute", "execute_read"], Act::Operate(QUERY)),
        api("Graph", &["run_on", "execute_on"], Act::Operate(Operate { key: Where::Argument(1), ..QUERY })),
        api("Graph", &["start_txn", "start_txn_on"], Act::Give("neo4rs::Txn")),
        api("Txn", &["run", "execute", "run_queries"], Act::Operate(QUERY)),
        api("", &["query"], Act::Pass(0)),
        api("Query", &["new"], Act::Pass(0)),
        api("Query", &["*"], Act::Same),
    ],
    macros: &[],
};

//! Pools: each connection pool, store client or HTTP client, as one service opens it.

use super::reading::{column, texts};
use super::{Table, text};
use crate::analysis::Model;
use crate::analysis::opened::{self, Opened};
use crate::analysis::used_in_time;
use crate::facts::Value;
use crate::facts::rust::Client;
use crate::graph::schema::{EntityRef, Field, Kind, Reading, Type};

/// The table of pools.
pub static TABLE: Table = Table {
    kind: Kind::Pool,
    count: |model| model.opened.len(),
    id: |model, index| {
        let of = pool(model, index);
        let function = &model.facts.rust.functions[pool(model, index).function].path;
        let before = model.opened[..index].iter().filter(|other| {
            other.service == of.service && model.facts.rust.functions[other.function].path == *function
        });
        let count = match before.count() {
            0 => String::new(),
            more => format!("#{}", more + 1),
        };
        format!("pool:{}/{function}{count}", model.graph.services[of.service].name)
    },
    spans: |model, index| {
        let of = pool(model, index);
        let client = client(model, index);
        let name = &model.graph.services[of.service].name;
        let mut spans = vec![(client.at.clone(), format!("{name} opens it here"))];
        if let Some(at) = client.options_at.get("max_connections") {
            spans.push((at.clone(), "its size is set here".to_owned()));
        }
        spans
    },
    formula: |model, index, field| match field {
        "peak" => {
            let peak = pool(model, index).peak();
            Some(format!("{} = {}", peak.origin, peak.number.map_or("?".to_owned(), |number| number.to_string())))
        }
        "size" => Some(pool(model, index).size.written()),
        "copies" => Some(pool(model, index).copies.written()),
        _ => None,
    },
    columns: &[&[
        column(Field::new("service", Type::Entity(Kind::Service), "The service that opens it."), |model, index| {
            Reading::Entity(EntityRef { kind: Kind::Service, index: pool(model, index).service })
        }),
        column(
            Field::new("datastore", Type::Entity(Kind::Datastore), "The store behind it; null if not seen.").or_null(),
            |model, index| match pool(model, index).store.and_then(|node| super::datastore::index_of(model, node)) {
                Some(index) => Reading::Entity(EntityRef { kind: Kind::Datastore, index }),
                None => Reading::Null,
            },
        ),
        column(Field::new("kind", Type::Text, "The kind of its edges: `sql`, `cache` and so on."), |model, index| {
            text(&client(model, index).kind)
        }),
        column(Field::new("technology", Type::Text, "What it speaks: `postgres`, `redis`."), |model, index| {
            let of = pool(model, index);
            let known = &client(model, index).technology;
            match of.store {
                Some(node) if known.is_empty() => text(&model.graph.nodes[node].technology),
                _ => text(known),
            }
        }),
        column(Field::new("library", Type::Text, "The crate that it is of."), |model, index| {
            text(&client(model, index).library)
        }),
        column(Field::new("function", Type::Text, "The function that builds it."), |model, index| {
            text(&model.facts.rust.functions[pool(model, index).function].path)
        }),
        column(Field::new("pooled", Type::Bool, "Whether it is a pool of connections."), |model, index| {
            Reading::Bool(client(model, index).pool)
        }),
        column(Field::new("per_worker", Type::Bool, "Whether every worker builds one."), |model, index| {
            Reading::Bool(client(model, index).per_worker)
        }),
        column(Field::new("migrates_only", Type::Bool, "Whether only migrations go through it."), |model, index| {
            Reading::Bool(pool(model, index).migrates)
        }),
        column(Field::new("serves", Type::Bool, "Whether its service answers or consumes."), |model, index| {
            let entries = &model.graph.services[pool(model, index).service].entries;
            Reading::Bool(entries.iter().any(|entry| model.graph.entries[*entry].kind != "startup"))
        }),
        column(
            Field::new("size_set", Type::Bool, "Whether its size is set where it is built.").or_unknown(),
            |model, index| {
                let options = &client(model, index).options;
                match options.get("max_connections") {
                    Some(Value::Absent) => Reading::Bool(false),
                    Some(_) => Reading::Bool(true),
                    None if options.contains_key("pool_config") => pool(model, index).size.reading(),
                    None => Reading::Bool(false),
                }
            },
        ),
        column(
            Field::new("size", Type::Int, "The most connections of one copy.").unit("connections").or_unknown(),
            |model, index| pool(model, index).size.reading(),
        ),
        column(
            Field::new("copies", Type::Int, "Copies in one pod: one per worker that builds it, per container.")
                .or_unknown(),
            |model, index| pool(model, index).copies.reading(),
        ),
        column(
            Field::new("peak", Type::Int, "Connections at the peak of a roll-out: size, copies and pods multiplied.")
                .unit("connections")
                .or_unknown(),
            |model, index| pool(model, index).peak().reading(),
        ),
        column(
            Field::new("acquire_timeout_ms", Type::Int, "How long a checkout waits; null for ever.")
                .unit("ms")
                .or_null()
                .or_unknown(),
            |model, index| opened::acquire_timeout(model, pool(model, index)),
        ),
        column(
            Field::new("response_timeout_ms", Type::Int, "How long a command waits for its answer; null for ever.")
                .unit("ms")
                .or_null()
                .or_unknown(),
            |model, index| opened::response_timeout(model, pool(model, index)),
        ),
        column(
            Field::new("timeout_ms", Type::Int, "For an HTTP client, how long a request may take; null for ever.")
                .unit("ms")
                .or_null()
                .or_unknown(),
            |model, index| opened::request_timeout(model, pool(model, index)),
        ),
        column(
            Field::new("read_timeout_ms", Type::Int, "How long it waits between two reads; null for ever.")
                .unit("ms")
                .or_null()
                .or_unknown(),
            |model, index| opened::limit(model, pool(model, index), "read_timeout_ms", None),
        ),
        column(
            Field::new(
                "requests_without_limit",
                Type::List(&Type::Text),
                "For an HTTP client, the functions whose requests set no limit of their own.",
            ),
            |model, index| texts(opened::requests_without_limit(model, pool(model, index))),
        ),
        column(
            Field::new("limits_statements", Type::Bool, "Whether it limits the time of statements on the server.")
                .or_unknown(),
            |model, index| opened::limits_statements(model, pool(model, index)),
        ),
        column(
            Field::new(
                "only_waits",
                Type::Bool,
                "Whether all that goes through it waits for something to come: blocking reads, subscriptions.",
            ),
            |model, index| Reading::Bool(opened::only_waits(model, pool(model, index))),
        ),
        column(
            Field::new("used_in_time", Type::Bool, "Whether every use of it stands in a time limit, and there is one."),
            |model, index| Reading::Bool(used_in_time::used_in_time(model, pool(model, index))),
        ),
    ]],
};

fn pool<'a>(model: &'a Model<'_>, index: usize) -> &'a Opened {
    &model.opened[index]
}

fn client<'a>(model: &'a Model<'_>, index: usize) -> &'a Client {
    &model.facts.rust.clients[pool(model, index).client]
}

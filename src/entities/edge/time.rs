//! Fields of edges about time limits on calls and on connecting.

use super::super::reading::{column, texts};
use super::super::{Column, text, unknown};
use super::{SUPPLY, calls, int, reader};
use crate::analysis::unlimited::{connects_unlimited, unlimited};
use crate::graph::schema::{Field, Reading, Type};

/// The columns.
pub(super) static COLUMNS: &[Column] = &[
    column(
        Field::new(
            "shortest_deadline_ms",
            Type::Int,
            "The shortest limit on one attempt of its calls; null where no call has one.",
        )
        .unit("ms")
        .or_null()
        .or_unknown(),
        |model, index| {
            let limits: Vec<_> = calls(model, index).map(|call| reader(model).attempt(call)).collect();
            match limits.iter().find_map(|limit| limit.open.as_deref()) {
                Some(open) => unknown(&format!("a limit of the calls: {open}"), SUPPLY),
                None => int(limits.iter().filter_map(|limit| limit.ms).min()),
            }
        },
    ),
    column(
        Field::new(
            "unlimited_calls",
            Type::List(&Type::Text),
            "Calls of it that nothing ends when the other side stays silent; streams left out.",
        )
        .or_unknown(),
        |model, index| {
            let found = unlimited(model, index);
            match found.open {
                Some(why) if found.calls.is_empty() => unknown(&format!("a limit of the calls: {why}"), SUPPLY),
                _ => {
                    let mut names: Vec<String> = found.calls.into_iter().map(|(_, name)| name).collect();
                    names.sort_unstable();
                    names.dedup();
                    texts(names)
                }
            }
        },
    ),
    column(
        Field::new(
            "unlimited_connects",
            Type::List(&Type::Text),
            "Clients of it that connect without a limit: the crates that they are of.",
        )
        .or_unknown(),
        |model, index| match connects_unlimited(model, index) {
            Some(clients) => Reading::List(
                clients.iter().map(|(_, client)| text(&model.facts.rust.clients[*client].library)).collect(),
            ),
            None => unknown("the client behind a call", SUPPLY),
        },
    ),
];

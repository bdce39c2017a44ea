//! Which request has the least time while it waits for a connection of a pool.
//!
//! Only entry points that somebody waits for count: a background job may wait as long as it likes.

use super::deadlines::{Figure, Limit, Reader};
use super::walk::Calls;
use crate::facts::rust::ClientId;
use crate::graph::model::{EdgeId, EntryId};

/// A wait for a pool against the limit of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The pool.
    pub client: ClientId,
    /// How long a checkout waits.
    pub acquire: Figure,
    /// The entry point with the strictest limit.
    pub entry: EntryId,
    /// That limit.
    pub limit: Limit,
}

/// The pool behind a dependency, against the strictest limit of the entry points that use it; none without a pool or
/// without such an entry point.
#[must_use]
pub fn wait(reader: Reader<'_>, calls: &Calls<'_>, inbound: &[Limit], edge: EdgeId) -> Option<Wait> {
    let mut best: Option<Wait> = None;
    for call in calls.of_edge.get(&edge).into_iter().flatten().map(|id| &calls.all[*id]) {
        let entry = &reader.graph.entries[call.entry];
        if !call.waited || !matches!(entry.kind.as_str(), "rpc" | "endpoint") {
            continue;
        }
        let limit = &inbound[call.entry];
        for client in &reader.facts.rust.effects[call.effect].clients {
            let of = &reader.facts.rust.clients[*client];
            if !of.pool {
                continue;
            }
            let stricter = best.as_ref().is_none_or(|best| match (limit.ms, best.limit.ms) {
                (Some(new), Some(known)) => new < known,
                // A limit that cannot be read comes before none.
                (new, None) => new.is_some() || (limit.open.is_some() && best.limit.open.is_none()),
                (None, Some(_)) => false,
            });
            if stricter {
                best = Some(Wait {
                    client: *client,
                    acquire: reader.figure(entry.service, of.options.get("acquire_timeout_ms")),
                    entry: call.entry,
                    limit: limit.clone(),
                });
            }
        }
    }
    best
}

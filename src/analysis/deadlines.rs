//! Time limits: `T_out` and `T_try` of calls, `T_in` of entry points, and what a caller leaves to those below.
//!
//! A limit is the smallest of those that hold. One that cannot be read keeps the known ones as an upper bound and is
//! named. How long work takes is handed in.

use super::walk::{Call, CallId, Calls};
use crate::config::Config;
use crate::facts::rust::{ClientId, EffectId, Step, What};
use crate::facts::{Facts, Value};
use crate::graph::Graph;
use crate::graph::model::{EdgeId, EntryId, Service, ServiceId};
use crate::span::Span;

/// Where values are read.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The facts.
    pub facts: &'a Facts,
    /// The graph.
    pub graph: &'a Graph,
    /// The settings.
    pub config: &'a Config,
}

/// A number as one service sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Known not to be set.
    Absent,
    /// Known.
    Known(i64),
    /// Not known: what would tell.
    Unknown(String),
}

/// The smallest of several limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limit {
    /// The smallest known one, in milliseconds; none where none is known.
    pub ms: Option<i64>,
    /// What it is and where it is set.
    pub from: String,
    /// Where it is set.
    pub at: Option<Span>,
    /// Limits that are set and cannot be read.
    pub open: Option<String>,
}

impl Limit {
    /// Takes a further limit in.
    pub fn and(&mut self, figure: Figure, what: &str, at: &Span) {
        match figure {
            Figure::Absent => {}
            Figure::Unknown(why) => self.open = self.open.take().or(Some(why)),
            Figure::Known(ms) => {
                if self.ms.is_none_or(|known| ms < known) {
                    self.ms = Some(ms);
                    self.from = format!("{what} {ms} ms ({}:{})", at.file, at.line);
                    self.at = Some(at.clone());
                }
            }
        }
    }

    /// The smaller of two.
    #[must_use]
    pub fn min(mut self, other: Self) -> Self {
        let open = self.open.take().or_else(|| other.open.clone());
        let smaller = match (self.ms, other.ms) {
            (Some(a), Some(b)) if b < a => other,
            (None, Some(_)) => other,
            _ => self,
        };
        Self { open, ..smaller }
    }
}

impl Reader<'_> {
    /// A value as a service sees it.
    #[must_use]
    pub fn figure(&self, service: ServiceId, value: Option<&Value>) -> Figure {
        let Some(value) = value else { return Figure::Absent };
        let known = self.known(&self.graph.services[service], value);
        match known.texts.as_slice() {
            [] if known.complete => Figure::Absent,
            [one] => number(one).map_or_else(|| Figure::Unknown(format!("`{one}` is no number")), Figure::Known),
            [] => Figure::Unknown(known.held_by.or(known.why).unwrap_or_else(|| "a value".to_owned())),
            _ => Figure::Unknown("one of several values".to_owned()),
        }
    }

    /// A limit as a service sees it: of several that it may be, the largest holds whichever it is.
    #[must_use]
    pub fn limit(&self, service: ServiceId, value: Option<&Value>) -> Figure {
        let figure = self.figure(service, value);
        let (Figure::Unknown(_), Some(value)) = (&figure, value) else { return figure };
        let known = self.known(&self.graph.services[service], value);
        let numbers: Option<Vec<i64>> = known.texts.iter().map(|text| number(text)).collect();
        match numbers.and_then(|numbers| numbers.into_iter().max()).filter(|_| known.complete) {
            Some(largest) => Figure::Known(largest),
            None => figure,
        }
    }

    fn known(&self, service: &Service, value: &Value) -> crate::graph::Known {
        crate::graph::link::evaluate(self.facts, self.config, service, value)
    }

    /// The limit that an effect's own options and its clients set on one attempt.
    #[must_use]
    pub fn of_effect(&self, service: ServiceId, effect: EffectId) -> Limit {
        let of = &self.facts.rust.effects[effect];
        let mut limit = Limit::default();
        limit.and(self.figure(service, of.options.get("deadline_ms")), "deadline", &of.at);
        if of.clients.is_empty() && limit.ms.is_none() {
            limit.open = Some("the client behind the call".to_owned());
        }
        // Any of the clients may stand behind it: only what all of them set is a limit, and the largest of it holds.
        let mut largest: Option<(i64, Span)> = None;
        for client in of.clients.iter().map(|id| &self.facts.rust.clients[*id]) {
            let at = client.options_at.get("timeout_ms").unwrap_or(&client.at);
            match self.limit(service, client.options.get("timeout_ms")) {
                Figure::Known(ms) => {
                    if largest.as_ref().is_none_or(|(known, _)| ms > *known) {
                        largest = Some((ms, at.clone()));
                    }
                }
                Figure::Absent => return limit,
                Figure::Unknown(why) => {
                    limit.open = Some(why);
                    return limit;
                }
            }
        }
        if let Some((ms, at)) = largest {
            limit.and(Figure::Known(ms), "client timeout", &at);
        }
        limit
    }

    /// What limits one attempt of a call, without what encloses its retries.
    #[must_use]
    pub fn attempt(&self, call: &Call<'_>) -> Limit {
        let inner = call.around.iter().rposition(|step| matches!(step, Step::Retry { .. })).map_or(0, |at| at + 1);
        self.limited(call, &call.around[inner..], self.of_effect(self.graph.entries[call.entry].service, call.effect))
    }

    /// What limits one attempt of a call, with all that encloses it.
    #[must_use]
    pub fn out(&self, call: &Call<'_>) -> Limit {
        self.limited(call, &call.around, self.of_effect(self.graph.entries[call.entry].service, call.effect))
    }

    /// What encloses the retries of a call.
    #[must_use]
    pub fn outer(&self, call: &Call<'_>) -> Limit {
        let outer = call.around.iter().position(|step| matches!(step, Step::Retry { .. })).unwrap_or(0);
        self.limited(call, &call.around[..outer], Limit::default())
    }

    fn limited(&self, call: &Call<'_>, around: &[&Step], mut limit: Limit) -> Limit {
        for step in around {
            if let Step::Timeout { limit: value, at, .. } = step {
                let figure = self.figure(self.graph.entries[call.entry].service, Some(value));
                limit.and(figure, "time limit", at);
            }
        }
        limit
    }

    /// What the server sets on an entry point.
    #[must_use]
    pub fn within(&self, entry: EntryId) -> Limit {
        let entry = &self.graph.entries[entry];
        let protocol = match entry.kind.as_str() {
            "rpc" => "grpc",
            "endpoint" => "http",
            _ => return Limit::default(),
        };
        let mut limit = Limit::default();
        let mut first = true;
        for id in &self.graph.services[entry.service].effects {
            let effect = &self.facts.rust.effects[*id];
            let What::Listen { protocol: of, .. } = &effect.what else { continue };
            if of != protocol {
                continue;
            }
            let mut own = Limit::default();
            own.and(self.limit(entry.service, effect.options.get("timeout_ms")), "server timeout", &effect.at);
            let layered = effect.options.keys().any(|name| name.starts_with("layer:") && name.contains("Timeout"));
            if own.ms.is_none() && layered {
                own.open = Some("the limit of a timeout layer".to_owned());
            }
            // Two listeners: the entry point may stand behind the one with the larger limit, or with none.
            limit = match (first, limit.ms, own.ms) {
                (true, ..) => own,
                (false, Some(a), Some(b)) if b > a => own,
                (false, Some(_), Some(_)) => limit,
                (false, ..) => Limit { open: limit.open.or(own.open), ..Limit::default() },
            };
            first = false;
        }
        limit
    }

    /// The strictest limit under which an entry point works: its server's, and those of its callers.
    #[must_use]
    pub fn inbound(&self, calls: &Calls<'_>, entry: EntryId) -> Limit {
        let mut limit = self.within(entry);
        for id in &calls.into_entry[entry] {
            let call = &calls.all[*id];
            if call.waited {
                limit = limit.min(self.out(call));
            }
        }
        limit
    }
}

/// Milliseconds, as a number or as people write a duration.
fn number(text: &str) -> Option<i64> {
    match text.trim().parse::<f64>() {
        #[allow(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
        Ok(number) if number.is_finite() => Some(number.round() as i64),
        _ => super::figure::written_duration(text),
    }
}

/// Where a caller gives up before the entry point that it called can have finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The call.
    pub call: CallId,
    /// What limits one attempt of it.
    pub limit: Limit,
}

/// The call of a dependency whose limit is furthest below the time that its callee can need; none where no call of it has
/// a limit and an entry point that answers.
#[must_use]
pub fn tightest(reader: Reader<'_>, calls: &Calls<'_>, busy_ms: impl Fn(usize) -> i64, edge: EdgeId) -> Option<Wait> {
    let mut best: Option<(Wait, i64, i64)> = None;
    for id in calls.of_edge.get(&edge).into_iter().flatten() {
        let call = &calls.all[*id];
        let Some(callee) = call.callee.filter(|_| call.waited) else { continue };
        // A callee that is told the deadline ends with it: tonic's servers do.
        let mut clients = reader.facts.rust.effects[call.effect].clients.iter().peekable();
        let told = |id: &ClientId| reader.facts.rust.clients[*id].options.contains_key("tells_deadline");
        if clients.peek().is_some() && clients.all(told) {
            continue;
        }
        let limit = reader.attempt(call);
        let Some(ms) = limit.ms else { continue };
        let needed = busy_ms(callee);
        let tighter = best.as_ref().is_none_or(|(_, known, need)| {
            i128::from(needed) * i128::from((*known).max(1)) > i128::from(*need) * i128::from(ms.max(1))
        });
        if tighter {
            best = Some((Wait { call: *id, limit }, ms, needed));
        }
    }
    best.map(|(wait, ..)| wait)
}

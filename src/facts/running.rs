//! Facts of a running system: what its services were seen to do, each thing once, with how often and one trace that shows it.
//!
//! They come from traces and know nothing of code. Like [`Facts`](super::Facts) they are plain data with a versioned JSON form
//! ([`SCHEMA`]), and those of several runs merge. Whoever sends traces is not trusted: the number of distinct things is bounded
//! ([`MOST`]), and what did not fit is counted.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name and version of the JSON form of [`Running`].
pub const SCHEMA: &str = "loadpath.running/1";

/// Distinct things that are kept of one run, of all services together.
pub const MOST: usize = 50_000;

/// What the services of a running system were seen to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Running {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Services, by name.
    pub services: Vec<Service>,
    /// What was received and is not part of the above.
    pub left_out: LeftOut,
}

/// A service that sent traces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// Its `service.name`.
    pub name: String,
    /// Spans that it sent.
    pub spans: u64,
    /// What it was asked, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub served: Vec<Seen<Served>>,
    /// Whom and what it called, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Seen<Call>>,
}

/// Something that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Seen<T> {
    /// What.
    #[serde(flatten)]
    pub what: T,
    /// How often, and where.
    #[serde(flatten)]
    pub tally: Tally,
}

/// How often something was seen, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tally {
    /// How often.
    pub times: u64,
    /// How often it failed.
    pub failed: u64,
    /// A trace that shows it: the first in order, as hexadecimal digits.
    pub trace: String,
}

/// What a service was asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Served {
    /// An RPC.
    Rpc {
        /// The contract, with its package.
        contract: String,
        /// The method.
        method: String,
    },
    /// An HTTP route.
    Route {
        /// The verb.
        verb: String,
        /// The route as the server declares it; a path where it says none.
        path: String,
    },
}

/// What a service called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Call {
    /// An RPC.
    Grpc {
        /// Whom.
        #[serde(flatten)]
        target: Target,
        /// The contract, with its package.
        contract: String,
        /// The method.
        method: String,
    },
    /// An HTTP request.
    Http {
        /// Whom.
        #[serde(flatten)]
        target: Target,
        /// The verb.
        verb: String,
        /// The route of the server where that was seen, else the template or the path of the URL.
        path: String,
    },
    /// A service whose protocol the spans do not tell.
    Other {
        /// Whom.
        #[serde(flatten)]
        target: Target,
    },
    /// A datastore.
    Store {
        /// `postgres`, `redis`, `s3`, …
        technology: String,
        /// Its database or bucket.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// The host of its server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        server: Option<String>,
        /// The operation or command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<String>,
        /// The table or collection.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        collection: Option<String>,
    },
    /// A topic.
    Topic {
        /// Which way messages go.
        direction: Direction,
        /// `kafka`, `redis`, …
        technology: String,
        /// Its name, or the template of its names.
        topic: String,
        /// The group that consumes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    },
}

/// Which way messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The service sends.
    Send,
    /// The service receives.
    Receive,
}

/// Who was called, as far as the spans tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The service whose span answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Where none did: the name or the address that was called, `host` or `host:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// What was received and is not part of the facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LeftOut {
    /// Spans without a service name, a trace or an id of their own.
    pub nameless_spans: u64,
    /// Names and paths that were longer than any real one.
    pub long_texts: u64,
    /// Things that were seen when there were too many distinct ones already.
    pub beyond_bound: u64,
    /// Traces that were joined before all of their spans need have come, since too many were open.
    pub early_traces: u64,
    /// Requests whose caller sent no span: they came from outside, or its span was lost.
    pub callers_unseen: u64,
}

impl Tally {
    /// One time.
    #[must_use]
    pub fn once(failed: bool, trace: String) -> Self {
        Self { times: 1, failed: u64::from(failed), trace }
    }

    fn add(&mut self, other: Self) {
        self.times = self.times.saturating_add(other.times);
        self.failed = self.failed.saturating_add(other.failed);
        if self.trace.is_empty() || (!other.trace.is_empty() && other.trace < self.trace) {
            self.trace = other.trace;
        }
    }
}

impl LeftOut {
    /// Adds what another run left out.
    pub fn add(&mut self, other: Self) {
        let Self { nameless_spans, long_texts, beyond_bound, early_traces, callers_unseen } = other;
        self.nameless_spans = self.nameless_spans.saturating_add(nameless_spans);
        self.long_texts = self.long_texts.saturating_add(long_texts);
        self.beyond_bound = self.beyond_bound.saturating_add(beyond_bound);
        self.early_traces = self.early_traces.saturating_add(early_traces);
        self.callers_unseen = self.callers_unseen.saturating_add(callers_unseen);
    }

    /// Whether something that was seen may be missing from the facts.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.nameless_spans + self.long_texts + self.beyond_bound + self.early_traces > 0
    }
}

impl Running {
    /// Unites what was seen in another run with this.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let mut all = Gathered::default();
        all.append(self);
        all.append(other);
        all.into_facts()
    }
}

/// Facts while they are gathered: each thing once.
#[derive(Debug, Default)]
pub struct Gathered {
    services: BTreeMap<String, Doings>,
    kept: usize,
    /// What is not part of them.
    pub left_out: LeftOut,
}

#[derive(Debug, Default)]
struct Doings {
    spans: u64,
    served: BTreeMap<Served, Tally>,
    calls: BTreeMap<Call, Tally>,
}

impl Gathered {
    /// Adds spans that a service sent.
    pub fn spans(&mut self, service: &str, count: u64) {
        if let Some(doings) = self.of(service) {
            doings.spans = doings.spans.saturating_add(count);
        }
    }

    /// Adds what a service was asked.
    pub fn served(&mut self, service: &str, served: Served, tally: Tally) {
        let full = self.kept >= MOST;
        if let Some(doings) = self.of(service) {
            let added = put(&mut doings.served, served, tally, full);
            self.count(added);
        }
    }

    /// Adds what a service called.
    pub fn call(&mut self, service: &str, call: Call, tally: Tally) {
        let full = self.kept >= MOST;
        if let Some(doings) = self.of(service) {
            let added = put(&mut doings.calls, call, tally, full);
            self.count(added);
        }
    }

    /// The services seen so far.
    #[must_use]
    pub fn services(&self) -> usize {
        self.services.len()
    }

    /// The facts.
    #[must_use]
    pub fn into_facts(self) -> Running {
        let services = self.services.into_iter().map(|(name, doings)| Service {
            name,
            spans: doings.spans,
            served: doings.served.into_iter().map(|(what, tally)| Seen { what, tally }).collect(),
            calls: doings.calls.into_iter().map(|(what, tally)| Seen { what, tally }).collect(),
        });
        Running { schema: SCHEMA.to_owned(), services: services.collect(), left_out: self.left_out }
    }

    fn append(&mut self, facts: Running) {
        self.left_out.add(facts.left_out);
        for service in facts.services {
            self.spans(&service.name, service.spans);
            for seen in service.served {
                self.served(&service.name, seen.what, seen.tally);
            }
            for seen in service.calls {
                self.call(&service.name, seen.what, seen.tally);
            }
        }
    }

    /// A service: a new one counts as a thing by itself, since names can be made up as well.
    fn of(&mut self, service: &str) -> Option<&mut Doings> {
        if !self.services.contains_key(service) {
            if self.kept >= MOST {
                self.left_out.beyond_bound += 1;
                return None;
            }
            self.kept += 1;
        }
        Some(self.services.entry(service.to_owned()).or_default())
    }

    fn count(&mut self, added: Added) {
        match added {
            Added::New => self.kept += 1,
            Added::Known => {}
            Added::Refused => self.left_out.beyond_bound += 1,
        }
    }
}

enum Added {
    New,
    Known,
    Refused,
}

fn put<K: Ord>(map: &mut BTreeMap<K, Tally>, key: K, tally: Tally, full: bool) -> Added {
    match map.get_mut(&key) {
        Some(known) => {
            known.add(tally);
            Added::Known
        }
        None if full => Added::Refused,
        None => {
            map.insert(key, tally);
            Added::New
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str) -> Call {
        Call::Topic { direction: Direction::Send, technology: "kafka".to_owned(), topic: name.to_owned(), group: None }
    }

    fn run(service: &str, name: &str, trace: &str) -> Running {
        let mut all = Gathered::default();
        all.spans(service, 1);
        all.call(service, topic(name), Tally::once(false, trace.to_owned()));
        all.into_facts()
    }

    #[test]
    fn the_same_thing_of_two_runs_is_one_with_the_first_trace() {
        let merged = run("cart", "orders", "0b").merge(run("cart", "orders", "0a")).merge(run("pay", "orders", "01"));
        assert_eq!(merged.services.len(), 2);
        assert_eq!(merged.services[0].spans, 2);
        let [seen] = merged.services[0].calls.as_slice() else { panic!("{merged:?}") };
        assert_eq!((seen.tally.times, seen.tally.trace.as_str()), (2, "0a"));
    }

    #[test]
    fn what_is_written_as_json_is_read_as_it_was() {
        let mut all = Gathered::default();
        let target = Target { service: Some("price".to_owned()), address: None };
        let call = Call::Grpc { target, contract: "shop.Price".to_owned(), method: "Quote".to_owned() };
        all.call("cart", call, Tally::once(true, "0a".to_owned()));
        let served = Served::Route { verb: "GET".to_owned(), path: "/".to_owned() };
        all.served("cart", served, Tally::once(false, "0b".to_owned()));
        let facts = all.into_facts();
        let text = serde_json::to_string(&facts).unwrap();
        assert!(text.contains(r#""kind":"grpc","service":"price","contract":"shop.Price","method":"Quote","times":1"#));
        assert_eq!(serde_json::from_str::<Running>(&text).unwrap(), facts);
    }

    #[test]
    fn no_more_distinct_things_are_kept_than_the_bound_allows() {
        let mut all = Gathered::default();
        for number in 0..=MOST {
            all.call("cart", topic(&number.to_string()), Tally::once(false, "0a".to_owned()));
        }
        all.call("cart", topic("0"), Tally::once(false, "0a".to_owned()));
        all.spans("another", 1);
        let facts = all.into_facts();
        assert_eq!(facts.services[0].calls.len(), MOST - 1);
        assert_eq!((facts.services.len(), facts.left_out.beyond_bound), (1, 3));
        assert_eq!(facts.services[0].calls[0].tally.times, 2);
    }
}

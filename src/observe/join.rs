//! The spans of a trace, joined: who called whom.
//!
//! A server span belongs to the nearest client span above it, which the caller sent; between the two there may be spans of work
//! inside of the caller. Where the caller has no client span, its span above says at least who it was. Spans come in any order
//! and more than once: they are sorted first, so nothing here depends on when they came.

use std::collections::{BTreeMap, BTreeSet};

use super::span::{Role, Span, SpanId, TraceId};
use crate::facts::running::{Call, Gathered, Running, Served, Tally, Target};

/// Spans of work between a client span and the server span that answers, at most: more are no call.
const FARTHEST: usize = 32;

/// What services were seen to do, by all of their spans.
#[must_use]
pub fn running(spans: impl IntoIterator<Item = Span>) -> Running {
    let mut traces: BTreeMap<TraceId, Vec<Span>> = BTreeMap::new();
    for span in spans {
        traces.entry(span.trace).or_default().push(span);
    }
    let mut all = Gathered::default();
    for (_, spans) in traces {
        join(spans, &mut all);
    }
    all.into_facts()
}

/// Adds what the spans of one trace tell.
pub(super) fn join(mut spans: Vec<Span>, all: &mut Gathered) {
    spans.sort();
    spans.dedup();
    let mut by_id: BTreeMap<SpanId, &Span> = BTreeMap::new();
    for span in &spans {
        by_id.entry(span.id).or_insert(span);
    }
    let answers = answered(&spans, &by_id, all);
    for span in &spans {
        all.spans(&span.service, 1);
        let tally = || Tally::once(span.failed, hexadecimal(&span.trace));
        match &span.role {
            Role::Inside => {}
            Role::Server(served) => {
                if let Some(served) = served {
                    all.served(&span.service, (**served).clone(), tally());
                }
            }
            Role::Uses(call) => all.call(&span.service, (**call).clone(), tally()),
            Role::Client(call) => match answers.get(&span.id) {
                Some(answers) => {
                    for (service, served) in answers {
                        all.call(&span.service, to(service, *served, call.as_deref()), tally());
                    }
                }
                None => {
                    if let Some(call) = call {
                        all.call(&span.service, (**call).clone(), tally());
                    }
                }
            },
        }
    }
}

/// Services that answered, each with what it was asked.
type Answers<'s> = BTreeSet<(&'s str, Option<&'s Served>)>;

/// Who answered each client span. What was asked by a service that sent no client span is added right away.
fn answered<'s>(
    spans: &'s [Span],
    by_id: &BTreeMap<SpanId, &'s Span>,
    all: &mut Gathered,
) -> BTreeMap<SpanId, Answers<'s>> {
    let mut answers: BTreeMap<SpanId, Answers<'s>> = BTreeMap::new();
    for span in spans {
        let (Role::Server(served), Some(parent)) = (&span.role, span.parent) else { continue };
        let Some(parent) = by_id.get(&parent) else {
            all.left_out.callers_unseen += 1;
            continue;
        };
        match caller(parent, by_id) {
            Some(client) => {
                answers.entry(client.id).or_default().insert((&span.service, served.as_deref()));
            }
            None if parent.service != span.service => {
                let tally = Tally::once(span.failed, hexadecimal(&span.trace));
                all.call(&parent.service, to(&span.service, served.as_deref(), None), tally);
            }
            None => {}
        }
    }
    answers
}

/// The nearest client span, of the same service and with nothing but work inside in between.
fn caller<'s>(from: &'s Span, by_id: &BTreeMap<SpanId, &'s Span>) -> Option<&'s Span> {
    let mut at = from;
    for _ in 0..FARTHEST {
        match at.role {
            Role::Client(_) => return Some(at),
            Role::Inside => {}
            Role::Server(_) | Role::Uses(_) => return None,
        }
        at = by_id.get(&at.parent?).copied().filter(|above| above.service == from.service)?;
    }
    None
}

/// The call of a service that answered. It knows best what it was asked: a caller may know no route.
fn to(service: &str, served: Option<&Served>, call: Option<&Call>) -> Call {
    let target = Target { service: Some(service.to_owned()), address: None };
    match (served, call) {
        (Some(Served::Rpc { contract, method }), _) => {
            Call::Grpc { target, contract: contract.clone(), method: method.clone() }
        }
        (Some(Served::Route { verb, path }), _) => Call::Http { target, verb: verb.clone(), path: path.clone() },
        (None, Some(Call::Grpc { contract, method, .. })) => {
            Call::Grpc { target, contract: contract.clone(), method: method.clone() }
        }
        (None, Some(Call::Http { verb, path, .. })) => Call::Http { target, verb: verb.clone(), path: path.clone() },
        (None, _) => Call::Other { target },
    }
}

/// A trace as people look it up.
fn hexadecimal(trace: &TraceId) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * trace.len());
    for byte in trace {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

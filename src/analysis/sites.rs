//! The places in code that rules judge as effects: blocking calls, channels, listeners, signals, flushes; and the steps
//! that hold, start or repeat something: locks, transactions, connections, tasks, loops, retries. Each with its context and what is under it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::contexts::{Context, Contexts};
use super::held;
use crate::facts::rust::{EffectId, FunctionId, Step, What};
use crate::facts::{Facts, Value};
use crate::span::Span;

/// One such place.
#[derive(Clone, Debug)]
pub struct Site {
    /// `effect:<function>/<kind> <name>`, with a number where that is not enough.
    pub id: String,
    /// `blocking`, `channel`, `connection`, `listen`, `lock`, `loop`, `retry`, `signal`, `spawn`, `transaction`, …
    pub kind: &'static str,
    /// What is called or taken: `std::thread::sleep`, `tokio::sync::Mutex`.
    pub name: String,
    /// The function that does it.
    pub function: FunctionId,
    /// The effect, if it is one and no step.
    pub effect: Option<EffectId>,
    /// Where it runs.
    pub context: Context,
    /// For a task: `dropped`, `kept`, `awaited`.
    pub handle: Option<String>,
    /// For a channel: its capacity; absent if it has none.
    pub capacity: Option<Value>,
    /// For a loop over a list that is written down, how many elements that has.
    pub elements: usize,
    /// For a transaction, whether a remote write under it is followed by another one in a branch: it is taken back.
    pub compensated: bool,
    /// Whether its body goes round for ever.
    pub endless: bool,
    /// For a lock: whether it is one of several, by a key.
    pub keyed: bool,
    /// For a lock: whether its own function awaits while it is held.
    pub awaits: bool,
    /// For a retry: attempts and options of its step.
    pub retry: Option<Retry>,
    /// Effects under it.
    pub under: Vec<EffectId>,
    /// Where.
    pub at: Span,
}

/// What a retry does between attempts.
#[derive(Clone, Debug)]
pub struct Retry {
    /// Attempts, the first included; absent without an end.
    pub attempts: Value,
    /// Delays, jitter, condition.
    pub options: BTreeMap<String, Value>,
}

/// All places that a service reaches, by function and place.
#[must_use]
pub fn sites(facts: &Facts, contexts: &Contexts) -> Vec<Site> {
    let mut all = Vec::new();
    for (id, effect) in facts.rust.effects.iter().enumerate() {
        let Some(context) = contexts.effects.get(&id) else { continue };
        let (kind, name, capacity) = match &effect.what {
            What::Blocking { operation } => ("blocking", operation.clone(), None),
            What::Channel { constructor, capacity } => ("channel", constructor.clone(), Some(capacity.clone())),
            What::Listen { protocol, .. } => ("listen", protocol.clone(), None),
            What::Signal { signal } => ("signal", signal.clone(), None),
            What::Flush { target } => ("flush", target.clone(), None),
            What::Migrate { folder } => ("migrate", folder.clone(), None),
            What::Telemetry { kind, .. } => ("telemetry", kind.clone(), None),
            What::Build { client } => ("build", facts.rust.clients[*client].kind.clone(), None),
            _ => continue,
        };
        all.push(Site {
            id: String::new(),
            kind,
            name,
            function: effect.function,
            effect: Some(id),
            context: context.clone(),
            handle: None,
            capacity,
            elements: 0,
            compensated: false,
            keyed: false,
            endless: false,
            awaits: false,
            retry: None,
            under: Vec::new(),
            at: effect.at.clone(),
        });
    }
    for (function, of) in facts.rust.functions.iter().enumerate() {
        steps(facts, contexts, function, &of.steps, &mut all);
    }
    let mut all = united(facts, all);
    name(facts, &mut all);
    all
}

/// One site for each place, in the order of functions and places: a function that several binaries or types have is one
/// piece of code.
fn united(facts: &Facts, all: Vec<Site>) -> Vec<Site> {
    let mut united: BTreeMap<(&str, Span, &'static str, String), Site> = BTreeMap::new();
    for site in all {
        let path = facts.rust.functions[site.function].path.as_str();
        match united.entry((path, site.at.clone(), site.kind, site.name.clone())) {
            Entry::Vacant(entry) => {
                entry.insert(site);
            }
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.under.extend(site.under);
                known.under.sort_unstable();
                known.under.dedup();
                known.endless |= site.endless;
                known.awaits |= site.awaits;
                known.context.services.extend(site.context.services);
                known.context.polled |= site.context.polled;
                known.context.asked |= site.context.asked;
                known.context.startup |= site.context.startup;
                known.context.serving |= site.context.serving;
                known.context.on_runtime |= site.context.on_runtime;
                known.context.entry = match (known.context.entry, site.context.entry) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
        }
    }
    united.into_values().collect()
}

fn steps(facts: &Facts, contexts: &Contexts, function: FunctionId, of: &[Step], all: &mut Vec<Site>) {
    for step in of {
        let (kind, name, handle, inner, at) = match step {
            Step::Lock { lock, steps, at, .. } if lock.starts_with("tracing") => {
                ("span", lock.clone(), None, steps, at)
            }
            Step::Lock { lock, steps, at, .. } => ("lock", lock.clone(), None, steps, at),
            Step::Transaction { steps, at, .. } => ("transaction", "transaction".to_owned(), None, steps, at),
            Step::Held { steps, at, .. } => ("connection", "connection".to_owned(), None, steps, at),
            Step::Spawn { kind, handle, steps, at } => ("spawn", kind.clone(), Some(handle.clone()), steps, at),
            Step::Together { branches, .. } => {
                branches.iter().for_each(|inner| steps(facts, contexts, function, inner, all));
                continue;
            }
            Step::Choice { branches } => {
                branches.iter().for_each(|branch| steps(facts, contexts, function, &branch.steps, all));
                continue;
            }
            Step::Loop { over, steps, at, .. } => ("loop", over.clone(), None, steps, at),
            Step::Retry { options, steps, at, .. } => {
                let strategy = options.get("strategy").and_then(Value::as_text).unwrap_or_default();
                ("retry", strategy.to_owned(), None, steps, at)
            }
            Step::Timeout { steps: inner, .. } | Step::Permit { steps: inner, .. } => {
                steps(facts, contexts, function, inner, all);
                continue;
            }
            Step::Effect { .. } | Step::Call { .. } => continue,
        };
        if let Some(context) = contexts.steps.get(&(function, at.clone())) {
            let retry = match step {
                Step::Retry { attempts, options, .. } => {
                    Some(Retry { attempts: attempts.clone(), options: options.clone() })
                }
                _ => None,
            };
            let mut under = held::under(facts, inner);
            if kind == "loop" {
                // What goes round in an inner loop is that one's.
                for inner in loops(inner) {
                    held::under(facts, inner).iter().for_each(|effect| {
                        under.remove(effect);
                    });
                }
            }
            if let Step::Loop { again: Some(again), .. } = step
                && under.iter().any(|effect| held::leaves(&facts.rust.effects[*effect]))
            {
                let retry = Retry { attempts: again.attempts.clone(), options: again.options.clone() };
                all.push(by_hand(function, context, retry, &under, at));
            }
            all.push(Site {
                id: String::new(),
                kind,
                name,
                function,
                effect: None,
                context: context.clone(),
                handle,
                capacity: None,
                elements: match step {
                    Step::Loop { elements, .. } => *elements,
                    _ => 0,
                },
                keyed: matches!(step, Step::Lock { keyed: true, .. }),
                compensated: kind == "transaction" && compensated(facts, inner),
                endless: endless(inner),
                awaits: matches!(step, Step::Lock { awaits: true, .. }),
                retry,
                under: under.into_iter().collect(),
                at: at.clone(),
            });
        }
        steps(facts, contexts, function, inner, all);
    }
}

/// A loop that tries again, as a retry.
fn by_hand(function: FunctionId, context: &Context, retry: Retry, under: &BTreeSet<EffectId>, at: &Span) -> Site {
    Site {
        id: String::new(),
        kind: "retry",
        name: "loop".to_owned(),
        function,
        effect: None,
        context: context.clone(),
        handle: None,
        capacity: None,
        elements: 0,
        compensated: false,
        endless: false,
        keyed: false,
        awaits: false,
        retry: Some(retry),
        under: under.iter().copied().collect(),
        at: at.clone(),
    }
}

/// Bodies of the loops directly among steps, whatever else stands between.
fn loops(of: &[Step]) -> Vec<&[Step]> {
    of.iter()
        .flat_map(|step| match step {
            Step::Loop { steps, .. } => vec![steps.as_slice()],
            Step::Together { branches, .. } => branches.iter().flat_map(|steps| loops(steps)).collect(),
            Step::Choice { branches } => branches.iter().flat_map(|branch| loops(&branch.steps)).collect(),
            Step::Spawn { steps, .. }
            | Step::Timeout { steps, .. }
            | Step::Retry { steps, .. }
            | Step::Transaction { steps, .. }
            | Step::Lock { steps, .. }
            | Step::Permit { steps, .. }
            | Step::Held { steps, .. } => loops(steps),
            Step::Effect { .. } | Step::Call { .. } => Vec::new(),
        })
        .collect()
}

/// Whether a remote write among steps is followed by one that a branch makes.
fn compensated(facts: &Facts, of: &[Step]) -> bool {
    let mut written = false;
    for step in of {
        let effects = held::under(facts, std::slice::from_ref(step));
        let writes = effects.iter().any(|effect| held::changes(&facts.rust.effects[*effect]));
        if written && writes && matches!(step, Step::Choice { .. }) {
            return true;
        }
        written |= writes;
    }
    false
}

/// Whether steps go round for ever.
fn endless(of: &[Step]) -> bool {
    of.iter().any(|step| matches!(step, Step::Loop { over, .. } if over == "forever" || over == "stream"))
}

/// Gives each its identity: function, kind and name; those that share all three are counted in order.
fn name(facts: &Facts, all: &mut [Site]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for site in all {
        let id = format!("effect:{}/{} {}", facts.rust.functions[site.function].path, site.kind, site.name);
        let count = seen.entry(id.clone()).or_default();
        *count += 1;
        site.id = if *count == 1 { id } else { format!("{id}#{count}") };
    }
}

//! Effects to the ends of topics: each subscription with the work that its messages cause, and each client that writes,
//! with the settings that decide what a failure loses.
//!
//! Defaults were read in librdkafka 2.12.1, CONFIGURATION.md: `enable.auto.commit` true, `enable.auto.offset.store` true,
//! `acks` -1, `enable.idempotence` false, `max.in.flight.requests.per.connection` 1 000 000.

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use super::walk::Call;
use crate::facts::Value;
use crate::facts::rust::{ClientId, EffectId, Step, What};
use crate::graph::model::{EntryId, HOLE, ServiceId};

/// A subscription of a service, with the entry point that its messages reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerSite {
    /// The service.
    pub service: ServiceId,
    /// The entry point.
    pub entry: EntryId,
    /// The subscription.
    pub effect: EffectId,
}

/// A client of a service that writes to topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProducerSite {
    /// The service.
    pub service: ServiceId,
    /// The client.
    pub client: ClientId,
    /// Where it writes.
    pub effects: Vec<EffectId>,
}

/// Both ends.
#[derive(Clone, Debug, Default)]
pub struct Messaging {
    /// Subscriptions, by service and entry point.
    pub consumers: Vec<ConsumerSite>,
    /// Writing clients, by service and client.
    pub producers: Vec<ProducerSite>,
}

impl Messaging {
    /// Finds everything.
    #[must_use]
    pub fn new(model: &Model<'_>) -> Self {
        let mut found = Self::default();
        for (service, of) in model.graph.services.iter().enumerate() {
            let effects = || of.effects.iter().map(|id| (*id, &model.facts.rust.effects[*id]));
            for entry in of.entries.iter().filter(|entry| model.graph.entries[**entry].kind == "consumer") {
                let at = &model.graph.entries[*entry].at;
                let subscribes = effects().find(|(_, of)| matches!(of.what, What::Consume { .. }) && of.at == *at);
                if let Some((effect, _)) = subscribes {
                    found.consumers.push(ConsumerSite { service, entry: *entry, effect });
                }
            }
            let mut writing: BTreeMap<ClientId, Vec<EffectId>> = BTreeMap::new();
            for (id, effect) in effects().filter(|(_, of)| matches!(of.what, What::Publish { .. })) {
                for client in &effect.clients {
                    writing.entry(*client).or_default().push(id);
                }
            }
            let producers = writing.into_iter().map(|(client, effects)| ProducerSite { service, client, effects });
            found.producers.extend(producers);
        }
        found
    }
}

/// A setting of a client as a service sees it; `Err` says what holds it.
///
/// # Errors
/// The setting is there and cannot be read.
pub fn setting(model: &Model<'_>, service: ServiceId, client: ClientId, name: &str) -> Result<Option<String>, String> {
    match model.facts.rust.clients[client].options.get(name) {
        None | Some(Value::Absent) => Ok(None),
        Some(value) => {
            let known = model.known(&model.graph.services[service], value);
            match known.texts.as_slice() {
                [one] if known.complete => Ok(Some(one.clone())),
                _ => Err(known.held_by.or(known.why).unwrap_or_else(|| name.to_owned())),
            }
        }
    }
}

/// Calls that messages of a subscription cause: those in a loop that takes them.
pub fn work<'m, 'a>(model: &'m Model<'a>, of: &ConsumerSite) -> impl Iterator<Item = &'m Call<'a>> {
    let calls = model.chains.calls.of_entry[of.entry].iter().map(|id| &model.chains.calls.all[*id]);
    calls.filter(|call| {
        model.graph.edges[call.edge].kind != "consume" && call.around.iter().any(|step| takes(model, step))
    })
}

/// Whether a step is a loop that takes messages.
fn takes(model: &Model<'_>, step: &Step) -> bool {
    let Step::Loop { over, steps, .. } = step else { return false };
    over == "stream" || receives(model, steps, 0)
}

fn receives(model: &Model<'_>, steps: &[Step], depth: usize) -> bool {
    // Steps are nested as deep as code is, which its reader bounds; deeper ones are not looked at.
    depth < 64
        && steps.iter().any(|step| match step {
            Step::Effect { effect, .. } => matches!(model.facts.rust.effects[*effect].what, What::Receive { .. }),
            Step::Call { functions, .. } => functions.iter().any(|function| {
                let inner = &model.facts.rust.functions[*function].steps;
                inner.iter().any(|step| {
                    matches!(step, Step::Effect { effect, .. }
                        if matches!(model.facts.rust.effects[*effect].what, What::Receive { .. }))
                })
            }),
            Step::Together { branches, .. } => branches.iter().any(|steps| receives(model, steps, depth + 1)),
            Step::Choice { branches } => branches.iter().any(|branch| receives(model, &branch.steps, depth + 1)),
            Step::Timeout { steps, .. } | Step::Retry { steps, .. } => receives(model, steps, depth + 1),
            _ => false,
        })
}

/// Whether work puts a message aside that it cannot do: a write to a topic whose name says so. None if that is a topic
/// whose name is not known.
#[must_use]
pub fn sets_aside(model: &Model<'_>, of: &ConsumerSite) -> Option<bool> {
    let words = ["dlq", "dlx", "dead", "retry", "error", "fail", "poison", "parking"];
    let entry = &model.graph.entries[of.entry];
    let service = &model.graph.services[entry.service];
    let named = |effect: &EffectId| match &model.facts.rust.effects[*effect].what {
        What::Publish { topic, .. } => {
            let known = model.known(service, topic);
            let says = |text: &String| words.iter().any(|word| text.to_lowercase().contains(word));
            let open =
                known.texts.is_empty() || known.texts.iter().any(|text| text.contains(crate::graph::model::HOLE));
            if known.texts.iter().any(says) { Some(true) } else { (!open).then_some(false) }
        }
        _ => Some(false),
    };
    let by_policy = model.facts.rust.effects[of.effect]
        .clients
        .iter()
        .any(|client| model.facts.rust.clients[*client].options.keys().any(|name| name.contains("dead-letter")));
    let calls = model.chains.calls.of_entry[of.entry].iter().map(|id| &model.chains.calls.all[*id]);
    let all: Vec<Option<bool>> = calls.map(|call| named(&call.effect)).collect();
    if by_policy || all.contains(&Some(true)) {
        return Some(true);
    }
    (!all.contains(&None)).then_some(false)
}

/// Services of other packages that read in the same group.
///
/// # Errors
/// None are seen to, and the group of one of them is not known: what holds it.
pub fn sharing(model: &Model<'_>, of: &ConsumerSite) -> Result<BTreeSet<String>, String> {
    let package = |site: &ConsumerSite| model.graph.services[site.service].package.clone();
    let others = || model.messaging.consumers.iter().filter(|other| package(other) != package(of));
    let others = || others().filter(|other| technology(model, other) == technology(model, of));
    let Some(own) = (match group(model, of) {
        Err(held) if others().next().is_some() => return Err(held),
        own => own.ok().flatten(),
    }) else {
        return Ok(BTreeSet::new());
    };
    let mut sharing = BTreeSet::new();
    let mut open = None;
    for other in others() {
        match group(model, other) {
            // A name that the running system makes is another one in each pod, or the same in all: nobody can tell.
            Ok(Some(group)) if group == own && own.contains(HOLE) => open = Some(OPEN_GROUP.to_owned()),
            Ok(Some(group)) if group == own => {
                sharing.insert(model.graph.services[other.service].name.clone());
            }
            Ok(_) => {}
            Err(held) => open = Some(held),
        }
    }
    match open {
        Some(held) if sharing.is_empty() => Err(held),
        _ => Ok(sharing),
    }
}

fn technology<'m>(model: &'m Model<'_>, of: &ConsumerSite) -> &'m str {
    match &model.facts.rust.effects[of.effect].what {
        What::Consume { technology, .. } => technology,
        _ => "",
    }
}

/// What is said of a group whose name is not written down.
const OPEN_GROUP: &str = "a group that is computed";

/// The group of a consumer, if it reads in one; `Err` says what holds it.
fn group(model: &Model<'_>, of: &ConsumerSite) -> Result<Option<String>, String> {
    let What::Consume { group, .. } = &model.facts.rust.effects[of.effect].what else { return Ok(None) };
    if *group == Value::Absent {
        return Ok(None);
    }
    let known = model.known(&model.graph.services[of.service], group);
    match known.texts.as_slice() {
        [one] if known.complete => Ok((!one.is_empty()).then(|| one.clone())),
        _ => Err(known.held_by.or(known.why).unwrap_or_else(|| OPEN_GROUP.to_owned())),
    }
}

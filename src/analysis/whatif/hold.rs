//! What holds entry points up besides their own code: caches that answer what was read before, queues and tables in which
//! work waits until it can be done.

use std::collections::{BTreeMap, BTreeSet};

use super::level::{Level, Sum};
use super::{Hold, HoldKind, Loss, Outcome, Scenario};
use crate::analysis::Model;
use crate::analysis::messaging::{ConsumerSite, sets_aside};
use crate::analysis::walk::Call;
use crate::facts::rust::{Effect, What};
use crate::graph::model::{EdgeId, End, EntryId, ServiceId};
use crate::span::Span;

/// Topics that are named.
const MAX_NAMES: usize = 3;

/// The outcome of an entry point, from that of its steps.
pub(super) fn up(model: &Model<'_>, scenario: &Scenario, entry: EntryId, sum: Sum) -> Outcome {
    let Sum { best, worst, least_ms, most_ms, causes, holds, open, .. } = sum;
    let mut outcome = Outcome { entry, best, worst, least_ms, most_ms, causes, holds, open };
    without_source(model, &mut outcome);
    if outcome.parts() {
        cached(model, scenario, &mut outcome);
    }
    if outcome.worst == Level::Fails
        && let Some(site) = model.messaging.consumers.iter().find(|site| site.entry == entry)
    {
        waits(model, scenario, site, &mut outcome);
    }
    outcome
}

/// A cache that is passed over is one only where something stands behind it.
fn without_source(model: &Model<'_>, outcome: &mut Outcome) {
    let missed = |hold: &Hold| matches!(hold.kind, HoldKind::Miss);
    if outcome.worst >= Level::Degrades || !outcome.holds.iter().any(missed) {
        return;
    }
    let of = outcome.causes.iter().filter(|cause| cause.loss == Loss::Cached);
    let passed: BTreeSet<End> = of.map(|cause| model.graph.edges[cause.edge].to).collect();
    let mut calls = model.chains.calls.waited(model.graph, outcome.entry);
    if calls.any(|(_, call)| !passed.contains(&model.graph.edges[call.edge].to)) {
        return;
    }
    outcome.holds.iter_mut().filter(|hold| missed(hold)).for_each(|hold| {
        hold.kind = HoldKind::Value;
        hold.says = "goes on without what it would have read".to_owned();
    });
    (outcome.best, outcome.worst) = (outcome.best.max(Level::Degrades), Level::Degrades);
}

/// Some ways fail: those that find in a cache what they look for need not be among them.
fn cached(model: &Model<'_>, scenario: &Scenario, outcome: &mut Outcome) {
    let read = model.chains.calls.waited(model.graph, outcome.entry).find(|(_, call)| {
        let to = model.graph.edges[call.edge].to;
        !scenario.down.contains(&to) && reads_cache(effect(model, call))
    });
    if let Some((_, call)) = read {
        let name = model.graph.called(model.graph.edges[call.edge].to);
        let says = format!("what {name} still holds need not be asked for");
        outcome.holds.push(Hold { kind: HoldKind::Cache, says, at: effect(model, call).at.clone() });
    }
}

fn reads_cache(effect: &Effect) -> bool {
    matches!(&effect.what, What::Store { kind, writes: false, .. } if kind == "cache")
}

/// What a consumer cannot do now waits in its topic, or is set aside.
fn waits(model: &Model<'_>, scenario: &Scenario, site: &ConsumerSite, outcome: &mut Outcome) {
    let effect = &model.facts.rust.effects[site.effect];
    let What::Consume { technology, .. } = &effect.what else { return };
    // Only a log keeps what its consumers have not acknowledged for as long as it takes.
    if technology != "kafka" {
        return;
    }
    let calls = model.chains.calls.of_entry[site.entry].iter().map(|id| &model.chains.calls.all[*id]);
    let edges = calls.map(|call| &model.graph.edges[call.edge]).filter(|edge| edge.kind == "consume");
    let topics: BTreeSet<End> = edges.map(|edge| edge.to).collect();
    if topics.is_empty() || topics.iter().any(|topic| scenario.down.contains(topic)) {
        return;
    }
    let mut names: Vec<&str> = topics.iter().map(|topic| model.graph.name_of(*topic)).collect();
    if names.len() > MAX_NAMES {
        names.truncate(MAX_NAMES);
        names.push("others");
    }
    let says = match sets_aside(model, site) {
        Some(true) => format!("messages wait in {}, or are set aside", names.join(", ")),
        _ => format!("messages wait in {}", names.join(", ")),
    };
    outcome.holds.push(Hold { kind: HoldKind::Queue, says, at: effect.at.clone() });
    outcome.best = outcome.best.min(Level::Degrades);
    outcome.worst = Level::Degrades;
}

/// What is written to a table and sent by others later waits there while the topic is away: the one that writes goes on.
/// Gives the dependencies that only such a table stands behind.
pub(super) fn in_queues(model: &Model<'_>, scenario: &Scenario, outcomes: &mut [Outcome]) -> BTreeSet<EdgeId> {
    let mut held = BTreeSet::new();
    // By service and table: where it is sent. What sends and what stores stand in the same file.
    let mut sent: BTreeMap<(ServiceId, &str), &Span> = BTreeMap::new();
    for (id, edge) in model.graph.edges.iter().enumerate() {
        if edge.kind != "produce" || !scenario.down.contains(&edge.to) {
            continue;
        }
        let effects = model.graph.services[edge.from].effects.iter().map(|id| &model.facts.rust.effects[*id]);
        for effect in effects {
            let Some(at) = edge.evidence.iter().find(|at| at.file == effect.at.file) else { continue };
            for table in tables(effect) {
                sent.entry((edge.from, table)).or_insert(at);
                held.insert(id);
            }
        }
    }
    let calls = &model.chains.calls;
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.worst < Level::Fails) {
        let entry = &model.graph.entries[outcome.entry];
        if !matches!(entry.kind.as_str(), "rpc" | "endpoint" | "consumer") {
            continue;
        }
        let own = calls.of_entry[outcome.entry].iter().map(|id| effect(model, &calls.all[*id]));
        let stores = own.flat_map(|effect| tables(effect).map(move |table| (effect, table)));
        let hold = stores.filter(|(effect, table)| writes(effect, table)).find_map(|(effect, table)| {
            let sends = sent.get(&(entry.service, table))?;
            let says = format!("waits in the table {table}; {}:{} sends it later", sends.file, sends.line);
            Some(Hold { kind: HoldKind::Queue, says, at: effect.at.clone() })
        });
        outcome.holds.extend(hold);
    }
    held
}

fn effect<'m>(model: &'m Model<'_>, call: &Call<'_>) -> &'m Effect {
    &model.facts.rust.effects[call.effect]
}

fn tables(effect: &Effect) -> impl Iterator<Item = &str> {
    let statement = match &effect.what {
        What::Sql { statement, .. } => statement.as_ref(),
        _ => None,
    };
    statement.into_iter().flat_map(|statement| statement.tables.iter().map(|table| table.table.as_str()))
}

fn writes(effect: &Effect, table: &str) -> bool {
    matches!(&effect.what, What::Sql { statement: Some(statement), .. }
        if statement.tables.iter().any(|of| of.table == table && of.writes))
}

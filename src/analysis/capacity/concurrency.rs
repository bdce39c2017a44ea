//! Load to what is held at once: Little's law, `concurrency = rate × time`, against the connections of each pool.
//!
//! A rate goes down with the calls that a request makes: once for each place that calls, at least. Source: Little, "A Proof
//! for the Queuing Formula L = λW", 1961.

use std::collections::BTreeMap;

use super::{Resource, Row, Share, product, row};
use crate::analysis::Model;
use crate::analysis::connections::key;
use crate::analysis::figure::Figure;
use crate::analysis::opened::Opened;
use crate::config::Load;
use crate::graph::find::short;
use crate::graph::model::EntryId;

/// One row for each pool of a service whose load is stated or follows.
pub(super) fn rows(model: &Model<'_>) -> Vec<Row> {
    let rates = rates(model);
    if rates.values().all(|rate| *rate <= 0.0) {
        return Vec::new();
    }
    model.opened.iter().filter_map(|of| pool(model, of, &rates)).collect()
}

/// Requests per second at every entry point: those that are stated, and those that the calls of others make.
fn rates(model: &Model<'_>) -> BTreeMap<EntryId, f64> {
    let mut rates: BTreeMap<EntryId, f64> = BTreeMap::new();
    for (id, entry) in model.graph.entries.iter().enumerate() {
        let keys = [entry.id.clone(), format!("{}/{}", model.graph.services[entry.service].name, short(entry))];
        if let Some(rate) = keys.iter().find_map(|key| model.config.load.get(key).and_then(of_load)) {
            rates.insert(id, rate);
        }
    }
    // Those that call before those that answer.
    for entry in model.chains.calls.order.iter().rev() {
        let Some(own) = rates.get(entry).copied() else { continue };
        let calls = model.chains.calls.waited(model.graph, *entry);
        for callee in calls.filter_map(|(_, call)| model.chains.calls.onward(call)) {
            *rates.entry(callee).or_default() += own;
        }
    }
    rates
}

fn of_load(load: &Load) -> Option<f64> {
    load.peak_rps.as_ref().or(load.rps.as_ref()).map(|rate| rate.value)
}

/// What the requests of a service hold of a pool.
fn pool(model: &Model<'_>, of: &Opened, rates: &BTreeMap<EntryId, f64>) -> Option<Row> {
    if !model.facts.rust.clients[of.client].pool {
        return None;
    }
    let store = of.store?;
    let mut rate = 0.0;
    for entry in &model.graph.services[of.service].entries {
        let Some(own) = rates.get(entry) else { continue };
        let calls = model.chains.calls.waited(model.graph, *entry);
        let through =
            calls.filter(|(_, call)| model.facts.rust.effects[call.effect].clients.contains(&of.client)).count();
        rate += own * count(through);
    }
    if rate <= 0.0 {
        return None;
    }
    let name = key(model, store);
    let service = &model.graph.services[of.service].name;
    let demand = match latency(model, name) {
        Some(ms) => at_once(rate, ms),
        None => Figure::missing(&format!("latency of {name}"), &format!("latency.\"{name}\".mean_ms in loadpath.yaml")),
    };
    let limit = product(&[&of.size, &of.copies, &of.pods.most]);
    let share = Share {
        service: of.service,
        demand,
        // One more replica asks for no more: the load is what it is, and there is more to carry it.
        each: Figure::known(0, "the load does not grow with replicas"),
        replicas: of.pods.most.clone(),
    };
    Some(row(model, Resource::Concurrency, format!("pool of {service} to {name}"), limit, vec![share]))
}

fn latency(model: &Model<'_>, name: &str) -> Option<f64> {
    let of = model.config.latency.get(name)?;
    of.mean_ms.as_ref().or(of.p95_ms.as_ref()).map(|ms| ms.value)
}

/// `rate × time`, rounded up.
fn at_once(rate: f64, ms: f64) -> Figure {
    #[allow(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
    let number = (rate * ms / 1_000.0).ceil() as i64;
    Figure::known(number, format!("{rate}/s × {ms} ms"))
}

#[allow(clippy::cast_precision_loss, reason = "calls of one entry point are few")]
fn count(calls: usize) -> f64 {
    calls as f64
}

//! Identity, evidence and formulas of edges.

use super::{callee, edge, pool, promise};
use crate::analysis::Model;
use crate::analysis::availability::{WHOLE, declared, share};
use crate::analysis::deadlines::Figure;
use crate::analysis::{mesh, policies};
use crate::graph::model::End;

/// `edge:cart->price`; where several dependencies join the same ends, their kind and contract tell them apart.
pub(super) fn name(model: &Model<'_>, index: usize) -> String {
    let of = edge(model, index);
    let from = &model.graph.services[of.from].name;
    let to = match of.to {
        End::Service(id) => &model.graph.services[id].name,
        End::Node(id) => &model.graph.nodes[id].id,
    };
    let more = model.graph.edges.iter().filter(|other| other.from == of.from && other.to == of.to).count() > 1;
    let contract = of.contract.as_ref().map_or_else(String::new, |contract| format!(" {contract}"));
    format!("edge:{from}->{to}{}", if more { format!(" {}{contract}", of.kind) } else { String::new() })
}

/// Its evidence: places whose failure reaches the caller first, then limits, answers and retries.
pub(super) fn spans(model: &Model<'_>, index: usize) -> Vec<(crate::span::Span, String)> {
    let of = edge(model, index);
    let from = &model.graph.services[of.from].name;
    let to = model.graph.name_of(of.to);
    let mut all = Vec::new();
    // Places whose failure reaches the caller come first: they are what makes the dependency hard.
    for id in &model.chains.criticality[index].hard {
        let call = &model.chains.calls.all[*id];
        all.push((model.facts.rust.effects[call.effect].at.clone(), format!("{from} calls {to}, and fails with it")));
    }
    if let Some((why, at)) = super::network::host_problem(model, index) {
        all.push((at, why));
    }
    all.extend(of.evidence.iter().map(|span| (span.clone(), format!("{from} depends on {to}"))));
    if let Some(wait) = &model.chains.tightest[index] {
        all.extend(wait.limit.at.iter().map(|span| (span.clone(), format!("the limit: {}", wait.limit.from))));
        if let Some(callee) = callee(model, index) {
            let entry = &model.graph.entries[callee];
            all.push((entry.at.clone(), format!("{} answers", entry.name)));
            let terms = &model.chains.busy[callee].terms;
            all.extend(terms.iter().map(|(what, ms, at)| (at.clone(), format!("{what}: {ms} ms"))));
        }
    }
    if let Some(fit) = &model.chains.fits[index] {
        all.extend(fit.at.iter().map(|span| (span.clone(), format!("{} attempts", fit.attempts))));
        all.extend(fit.limit.at.iter().map(|span| (span.clone(), format!("the caller's limit: {}", fit.limit.from))));
    }
    let repeated = mesh::repeated(model, index).calls;
    all.extend(repeated.into_iter().map(|(call, at)| (at, format!("the mesh sends {call} again"))));
    if let policies::Let::Denied(denied) = policies::denied(model, index) {
        all.push((denied.at, denied.what));
    }
    if let Some(wait) = pool(model, index) {
        let client = &model.facts.rust.clients[wait.client];
        let at = client.options_at.get("acquire_timeout_ms").unwrap_or(&client.at);
        all.push((at.clone(), "the pool".to_owned()));
        all.extend(wait.limit.at.iter().map(|span| (span.clone(), format!("the limit: {}", wait.limit.from))));
    }
    all
}

/// How its derived numbers came about.
pub(super) fn formula(model: &Model<'_>, index: usize, field: &str) -> Option<String> {
    match field {
        "wait.busy_ms" | "wait.busy_least_ms" => {
            let callee = callee(model, index)?;
            let entry = &model.graph.entries[callee];
            let limit = &model.chains.tightest[index].as_ref()?.limit;
            let busy = &model.chains.busy[callee];
            let open = if busy.endless { "; work without a limit is left out" } else { "" };
            Some(format!("busy({}) = {}{open}; the caller waits: {}", entry.name, busy.formula(), limit.from))
        }
        "retry.cost_ms" | "retry.cost_least_ms" => {
            let fit = model.chains.fits[index].as_ref()?;
            let attempt = fit.attempt.ms.map_or("no limit".to_owned(), |_| fit.attempt.from.clone());
            Some(format!(
                "{} attempts × {attempt} + {} ms of delays = {} ms; the entry point has: {}",
                fit.attempts, fit.delays_ms, fit.cost_ms, fit.limit.from
            ))
        }
        "pool.limit_ms" => {
            let wait = pool(model, index)?;
            let client = &model.facts.rust.clients[wait.client];
            let at = client.options_at.get("acquire_timeout_ms").unwrap_or(&client.at);
            let set = match wait.acquire {
                Figure::Known(ms) => format!("{ms} ms"),
                _ => format!("what {} does where nothing is set", client.library),
            };
            let entry = &model.graph.entries[wait.entry];
            let (file, line) = (&at.file, at.line);
            Some(format!("wait of the pool = {set} ({file}:{line}); {} has: {}", entry.name, wait.limit.from))
        }
        "promise_ppb" => {
            let (promise, declared) =
                (promise(model, index)?, declared(model.graph, model.config, edge(model, index).to)?);
            let to = model.graph.name_of(edge(model, index).to);
            let (fails, left) = (WHOLE - declared, (WHOLE - promise) / 10);
            Some(format!(
                "1 − A({to}) = {fails} ppb; a tenth of what the promise leaves, (1 − {}) / 10 = {left} ppb",
                share(promise)
            ))
        }
        _ => None,
    }
}

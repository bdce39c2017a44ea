//! What becomes of a service when what it depends on is down, what keeps it going, and who fails with it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::document::{Page, Piece, code, listed, words};
use super::super::subject::{Home, Scope, counted};
use crate::analysis::whatif::{Outcome, Outcomes, Verdict};
use crate::graph::End;
use crate::graph::find::short;
use crate::graph::model::ServiceId;

/// Entry points that a cell names.
const NAMED: usize = 4;

pub(super) fn failure(scope: &Scope<'_>, home: &Home, page: &mut Page) {
    let graph = scope.model.graph;
    let ends: BTreeSet<End> =
        graph.out_of(home.first).map(|(_, edge)| edge.to).filter(|end| *end != End::Service(home.first)).collect();
    let mut rows = Vec::new();
    let mut unmoved = Vec::new();
    for end in ends {
        let Some(outcomes) = scope.down.get(&end) else { continue };
        let of = |verdict: Verdict| -> Vec<&Outcome> {
            of_service(scope, outcomes, home.first).filter(|outcome| outcome.verdict() == verdict).collect()
        };
        let (fails, degrades, unknown) = (of(Verdict::Fails), of(Verdict::Degrades), of(Verdict::Unknown));
        if fails.is_empty() && degrades.is_empty() && unknown.is_empty() {
            unmoved.push(scope.end(end));
            continue;
        }
        let held: BTreeSet<&str> = of_service(scope, outcomes, home.first)
            .filter(|outcome| outcome.verdict() != Verdict::Fails)
            .flat_map(|outcome| outcome.holds.iter().map(|hold| hold.kind.name()))
            .collect();
        rows.push(vec![
            vec![scope.end(end)],
            entries(scope, &fails),
            entries(scope, &degrades),
            listed(held.into_iter().map(words), NAMED),
        ]);
    }
    let below = fails_with(scope, home);
    if rows.is_empty() && unmoved.is_empty() && below.is_empty() {
        return;
    }
    page.heading("Failure modes");
    page.table(&["when this is down", "fails", "degrades", "held up by"], rows);
    if !unmoved.is_empty() {
        let mut text = vec![words("No entry point fails or degrades without: ")];
        text.extend(listed(unmoved, 12));
        text.push(words("."));
        page.text(text);
    }
    if !below.is_empty() {
        page.text(vec![words("When it is down itself:")]);
        page.table(&["service", "fails", "degrades"], below);
    }
}

/// The entry points of a service, without what happens at its start.
fn of_service<'o>(scope: &Scope<'_>, outcomes: &'o Outcomes, service: ServiceId) -> impl Iterator<Item = &'o Outcome> {
    let graph = scope.model.graph;
    outcomes.of_entry.iter().filter(move |of| {
        let entry = &graph.entries[of.entry];
        entry.service == service && entry.kind != "startup"
    })
}

fn entries(scope: &Scope<'_>, outcomes: &[&Outcome]) -> Vec<Piece> {
    match outcomes.len() {
        0 => Vec::new(),
        count => {
            let mut names: Vec<String> =
                outcomes.iter().map(|of| short(&scope.model.graph.entries[of.entry])).collect();
            names.sort();
            let mut pieces = vec![words(format!("{count}: "))];
            pieces.extend(listed(names.into_iter().map(code), NAMED));
            pieces
        }
    }
}

/// Services whose entry points fail or degrade with this one.
fn fails_with(scope: &Scope<'_>, home: &Home) -> Vec<Vec<Vec<Piece>>> {
    let graph = scope.model.graph;
    let Some(outcomes) = scope.down.get(&End::Service(home.first)) else { return Vec::new() };
    let mut counts: BTreeMap<ServiceId, (usize, usize)> = BTreeMap::new();
    for outcome in &outcomes.of_entry {
        let entry = &graph.entries[outcome.entry];
        if entry.service == home.first || entry.kind == "startup" {
            continue;
        }
        let (fails, degrades) = counts.entry(entry.service).or_default();
        match outcome.verdict() {
            Verdict::Fails => *fails += 1,
            Verdict::Degrades => *degrades += 1,
            _ => {}
        }
    }
    counts.retain(|_, (fails, degrades)| *fails + *degrades > 0);
    let says = |count: usize| match count {
        0 => Vec::new(),
        count => vec![words(counted(count, "entry point", "entry points"))],
    };
    let rows =
        counts.into_iter().map(|(id, (fails, degrades))| vec![vec![scope.service(id)], says(fails), says(degrades)]);
    rows.collect()
}

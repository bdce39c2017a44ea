//! Outcomes for a terminal: what fails first, by service, one line of reason each, and what holds up the rest.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{ORDER, counts, headline, held, is_start, longer, name, reason};
use crate::analysis::Model;
use crate::analysis::whatif::{Outcome, Outcomes, Scenario, Verdict};
use crate::reports::graph::called;
use crate::reports::text::printable;

/// What holds an entry point up, told for each at most.
const HOLDS: usize = 3;

/// Which entry points are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Those that change, and those that do not because something holds them up.
    Concerned,
    /// All.
    All,
}

/// The outcomes as text.
#[must_use]
pub fn text(model: &Model<'_>, scenario: &Scenario, outcomes: &Outcomes, shown: Shown) -> String {
    let mut out = String::new();
    // Writing to a string does not fail; so for all below.
    let _ = writeln!(out, "{}", plain(&headline(model, scenario)));
    let _ = writeln!(out, "{}", counts(model, outcomes));
    for verdict in ORDER {
        let of = |outcome: &&Outcome| {
            let concerned = verdict != Verdict::Works || shown == Shown::All || !outcome.holds.is_empty();
            outcome.verdict() == verdict && concerned && !is_start(model, outcome)
        };
        let outcomes_of: Vec<&Outcome> = outcomes.of_entry.iter().filter(of).collect();
        group(&mut out, model, outcomes, verdict, &outcomes_of);
    }
    starts(&mut out, model, outcomes);
    unseen(&mut out, model, outcomes);
    out
}

fn group(out: &mut String, model: &Model<'_>, outcomes: &Outcomes, verdict: Verdict, of: &[&Outcome]) {
    if of.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", verdict.name());
    let mut by_service: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for outcome in of {
        let service = &model.graph.services[model.graph.entries[outcome.entry].service];
        by_service.entry(&service.name).or_default().push(outcome);
    }
    for (service, of) in by_service {
        let _ = writeln!(out, "  {}", plain(service));
        let width = of.iter().map(|outcome| name(model, outcome).chars().count()).max().unwrap_or_default().min(40);
        for outcome in of {
            let mut parts = Vec::new();
            if outcome.parts() && verdict != Verdict::Unknown {
                parts.push("on some ways".to_owned());
            }
            parts.extend(longer(outcome));
            parts.extend(Some(reason(model, outcomes, outcome)).filter(|reason| !reason.is_empty()));
            let line = format!("    {:width$}  {}", plain(&name(model, outcome)), plain(&parts.join("; ")));
            let _ = writeln!(out, "{}", line.trim_end());
            let holds = if verdict == Verdict::Works { 1 } else { HOLDS };
            for hold in outcome.holds.iter().take(holds) {
                let _ = writeln!(out, "    {:width$}    {}", "", plain(&held(hold)));
            }
            if verdict == Verdict::Unknown {
                let open: Vec<&str> = outcome.open.iter().map(String::as_str).collect();
                let _ = writeln!(out, "    {:width$}    not known: {}", "", plain(&open.join("; ")));
            }
        }
    }
}

/// Services that could not begin now.
fn starts(out: &mut String, model: &Model<'_>, outcomes: &Outcomes) {
    let failing = outcomes.of_entry.iter().filter(|of| of.verdict() == Verdict::Fails && is_start(model, of));
    let failing: Vec<&Outcome> = failing.filter(|of| !of.causes.is_empty()).collect();
    if failing.is_empty() {
        return;
    }
    out.push_str("\ncannot start meanwhile\n");
    for outcome in failing {
        let service = &model.graph.services[model.graph.entries[outcome.entry].service].name;
        let _ = writeln!(out, "  {}  {}", plain(service), plain(&reason(model, outcomes, outcome)));
    }
}

fn unseen(out: &mut String, model: &Model<'_>, outcomes: &Outcomes) {
    if outcomes.unseen.is_empty() {
        return;
    }
    out.push_str("\nnot known: no call was seen of what these depend on\n");
    for edge in &outcomes.unseen {
        let edge = &model.graph.edges[*edge];
        let at = edge.evidence.first().map_or_else(String::new, |at| format!("  {}:{}", at.file, at.line));
        let from = &model.graph.services[edge.from].name;
        let line = format!("  {from}  {} {}  {}{at}", edge.kind, called(model.graph, edge.to), edge.confidence.name());
        let _ = writeln!(out, "{}", plain(&line));
    }
}

fn plain(text: &str) -> String {
    printable(text).replace('\n', " ")
}

//! What a scenario does to a system, in each of its formats: lines for a terminal, JSON, Markdown.
//!
//! Knows the model that the outcomes were found in, for names and places; decides nothing.

mod json;
mod markdown;
mod text;

pub use json::{Document, SCHEMA, document};
pub use markdown::markdown;
pub use text::{Shown, text};

use crate::analysis::Model;
use crate::analysis::whatif::{Cause, Hold, Level, Outcome, Outcomes, Scenario, Verdict, Why, way};
use crate::graph::End;
use crate::graph::find::short;
use crate::reports::graph::called;
use crate::reports::summary::counted;

/// Characters of a name, at most.
const LONGEST_NAME: usize = 60;

/// The verdicts in the order in which they are shown.
pub const ORDER: [Verdict; 5] = [Verdict::Fails, Verdict::Degrades, Verdict::Slows, Verdict::Unknown, Verdict::Works];

/// What happens, in one line: `kafka/orders is down; price takes 500 ms longer`.
#[must_use]
pub fn headline(model: &Model<'_>, scenario: &Scenario) -> String {
    let mut parts = Vec::new();
    if !scenario.down.is_empty() {
        let names: Vec<&str> = scenario.down.iter().map(|end| called(model.graph, *end)).collect();
        parts.push(format!("{} {} down", names.join(", "), if names.len() == 1 { "is" } else { "are" }));
    }
    for (end, ms) in &scenario.latency_ms {
        parts.push(format!("{} takes {ms} ms longer", called(model.graph, *end)));
    }
    if parts.is_empty() { "nothing happens".to_owned() } else { parts.join("; ") }
}

/// Entry points that answer or work for somebody; what happens at start is told apart.
#[must_use]
pub fn is_start(model: &Model<'_>, outcome: &Outcome) -> bool {
    model.graph.entries[outcome.entry].kind == "startup"
}

/// `3 fail, 2 degrade, 1 is not decided, 40 go on`
#[must_use]
pub fn counts(model: &Model<'_>, outcomes: &Outcomes) -> String {
    let parts = ORDER.iter().filter_map(|verdict| {
        let of = outcomes.of_entry.iter().filter(|of| of.verdict() == *verdict && !is_start(model, of)).count();
        let (one, many) = match verdict {
            Verdict::Fails => ("entry point fails", "entry points fail"),
            Verdict::Degrades => ("degrades", "degrade"),
            Verdict::Slows => ("slows down", "slow down"),
            Verdict::Unknown => ("is not decided", "are not decided"),
            Verdict::Works => ("goes on", "go on"),
        };
        (of > 0 || *verdict == Verdict::Fails).then(|| counted(of, one, many))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// The entry point as its service calls it.
#[must_use]
pub fn name(model: &Model<'_>, outcome: &Outcome) -> String {
    let name = short(&model.graph.entries[outcome.entry]);
    if name.chars().count() <= LONGEST_NAME {
        return name;
    }
    // A consumer is called by all of its topics.
    name.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}

/// Why an outcome is what it is: the way down, and what happens at its end.
#[must_use]
pub fn reason(model: &Model<'_>, outcomes: &Outcomes, outcome: &Outcome) -> String {
    let service = model.graph.entries[outcome.entry].service;
    let way = way(outcomes, outcome.entry);
    if way.is_empty() {
        return match outcome.worst {
            Level::Fails => {
                format!("{} is down", model.graph.name_of(End::Service(service)))
            }
            _ => String::new(),
        };
    }
    let mut parts: Vec<String> = way.iter().map(|pace| call(model, pace.cause)).collect();
    if let Some(last) = way.last() {
        let what = match &last.cause.why {
            Why::Down => "down".to_owned(),
            Why::Slow(ms) => format!("{ms} ms longer"),
            Why::Cut { limit_ms, at } => {
                let at = at.as_ref().map_or_else(String::new, |at| format!(" ({}:{})", at.file, at.line));
                format!("cut off after {limit_ms} ms{at}")
            }
            Why::Open => "who answers is not known".to_owned(),
            Why::Below(callee) => format!("{} takes longer", short(&model.graph.entries[*callee])),
        };
        parts.push(what);
    }
    parts.join(" → ")
}

fn call(model: &Model<'_>, cause: &Cause) -> String {
    let edge = &model.graph.edges[cause.edge];
    let at = &model.facts.rust.effects[cause.effect].at;
    let only = edge.methods.iter().next().filter(|_| edge.methods.len() == 1);
    let what = only.map_or_else(String::new, |method| format!(" {method}"));
    format!("{} {}{what} ({}:{})", edge.kind, called(model.graph, edge.to), at.file, at.line)
}

/// `fallback: tries something else when price fails (cart/src/api.rs:12)`
#[must_use]
pub fn held(hold: &Hold) -> String {
    format!("{}: {} ({}:{})", hold.kind.name(), hold.says, hold.at.file, hold.at.line)
}

/// How much longer it takes.
#[must_use]
pub fn longer(outcome: &Outcome) -> Option<String> {
    match (outcome.least_ms, outcome.most_ms) {
        (_, 0) => None,
        (least, most) if least == most => Some(format!("{most} ms longer")),
        (least, most) => Some(format!("{least} to {most} ms longer")),
    }
}

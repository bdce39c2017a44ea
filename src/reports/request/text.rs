//! A request as a tree for a terminal: each call with what its failure means, its deadline, and what else is to be known,
//! in columns.

use std::fmt::Write;

use super::{Around, flat, takers};
use crate::analysis::Model;
use crate::analysis::deadlines::Limit;
use crate::analysis::request::{BlockKind, Hop, Part, Request, Weight};
use crate::graph::find::short;
use crate::graph::model::{EdgeId, EntryId};
use crate::graph::{Confidence, End};
use crate::reports::graph::called;
use crate::reports::summary::counted;
use crate::reports::text::printable;
use crate::span::Span;

/// Columns of the tree itself, at most: a longer line pushes what follows to the right.
const WIDEST: usize = 64;

/// A request as text.
#[must_use]
pub fn text(model: &Model<'_>, request: &Request) -> String {
    let mut out = String::new();
    head(&mut out, model, request);
    let rows = rows(model, request);
    if rows.is_empty() {
        out.push_str("\nit calls nothing that is known\n");
        return out;
    }
    out.push('\n');
    let width = |of: fn(&Row) -> &str| rows.iter().map(|row| of(row).chars().count()).max().unwrap_or_default();
    let (tree, weight, deadline) =
        (width(|row| &row.tree).min(WIDEST), width(|row| row.weight), width(|row| &row.deadline));
    let notes = width(|row| &row.notes).min(WIDEST);
    for row in &rows {
        let line = format!(
            "{:tree$}  {:weight$}  {:deadline$}  {:notes$}  {}",
            row.tree, row.weight, row.deadline, row.notes, row.place
        );
        // Writing to a string does not fail; so for all below.
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if request.cut > 0 {
        let _ = writeln!(out, "\n{} not followed: there are too many", counted(request.cut, "call is", "calls are"));
    }
    out
}

/// Entry points that a name can mean, one line each: id, kind, place.
#[must_use]
pub fn list(model: &Model<'_>, entries: &[EntryId]) -> String {
    let all: Vec<_> = entries.iter().filter_map(|id| model.graph.entries.get(*id)).collect();
    let width = all.iter().map(|entry| entry.id.chars().count()).max().unwrap_or_default().min(WIDEST);
    let mut out = String::new();
    for entry in all {
        let place = format!("{}:{}", entry.at.file, entry.at.line);
        let _ = writeln!(out, "  {:width$}  {:8}  {}", plain(&entry.id), entry.kind, plain(&place));
    }
    out
}

fn head(out: &mut String, model: &Model<'_>, request: &Request) {
    let entry = &model.graph.entries[request.entry];
    let service = &model.graph.services[entry.service].name;
    let _ = writeln!(out, "{} {}  {}", plain(service), plain(&short(entry)), plain(&place(&entry.at)));
    let limit = match (&request.within.ms, &request.within.open) {
        (Some(_), _) => plain(&request.within.from),
        (None, Some(open)) => format!("server timeout not known: {}", plain(open)),
        (None, None) => "none".to_owned(),
    };
    if matches!(entry.kind.as_str(), "rpc" | "endpoint") {
        let _ = writeln!(out, "  limit    {limit}");
    }
    let busy = &model.chains.busy[request.entry];
    if busy.ms > 0 {
        let more = if busy.endless || !busy.open.is_empty() { ", and what has no known limit" } else { "" };
        let _ = writeln!(out, "  can take {}{more}", plain(&busy.formula()));
    } else if busy.endless {
        out.push_str("  can take any time: nothing limits it\n");
    }
    let callers = model.chains.calls.into_entry[request.entry].len();
    if callers > 0 {
        let _ = writeln!(out, "  called   at {} of the project", counted(callers, "place", "places"));
    }
}

/// One line: a call, or several that a reader could not tell apart.
#[derive(Clone, Debug)]
pub struct Row {
    /// The call, drawn as a part of the tree.
    pub tree: String,
    /// What its failure means.
    pub weight: &'static str,
    /// Its deadline, and what is left of that of the whole.
    pub deadline: String,
    /// What else is to be known.
    pub notes: String,
    /// Where it is made.
    pub place: String,
    /// The dependency.
    pub edge: EdgeId,
    /// The entry point that answers.
    pub callee: Option<EntryId>,
    /// The first place where it is made.
    pub at: Span,
}

/// The calls of a request, those that answer below those that call.
#[must_use]
pub fn rows(model: &Model<'_>, request: &Request) -> Vec<Row> {
    let mut rows = Vec::new();
    branch(model, &request.parts, "", &mut rows);
    rows
}

/// Calls that a reader could not tell apart, at one or several places.
struct Same<'r> {
    first: Around<'r>,
    places: usize,
}

/// The lines of an entry point's calls. Nesting is bounded by what a request follows.
fn branch(model: &Model<'_>, parts: &[Part], indent: &str, rows: &mut Vec<Row>) {
    let mut calls: Vec<(Same<'_>, Row)> = Vec::new();
    for call in flat(parts) {
        let row = row(model, &call);
        let equal = |(same, known): &&mut (Same<'_>, Row)| {
            same.first.hop.edge == call.hop.edge
                && (&known.tree, known.weight, &known.deadline, &known.notes)
                    == (&row.tree, row.weight, &row.deadline, &row.notes)
        };
        match calls.iter_mut().find(equal) {
            Some((same, _)) => same.places += 1,
            None => calls.push((Same { first: call, places: 1 }, row)),
        }
    }
    let last = calls.len().saturating_sub(1);
    for (index, (same, mut row)) in calls.into_iter().enumerate() {
        let (fork, below) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        row.tree = format!("{indent}{fork}{}", row.tree);
        if same.places > 1 {
            let _ = write!(row.place, " and {}", counted(same.places - 1, "other place", "other places"));
        }
        rows.push(row);
        branch(model, &same.first.hop.parts, &format!("{indent}{below}"), rows);
    }
}

fn row(model: &Model<'_>, call: &Around<'_>) -> Row {
    let hop = call.hop;
    let edge = &model.graph.edges[hop.edge];
    Row {
        tree: plain(&format!("{} {} {}", edge.kind, called(model.graph, edge.to), hop.what)).trim_end().to_owned(),
        weight: hop.weight.name(),
        deadline: if edge.is_sync() { deadline(hop) } else { String::new() },
        notes: plain(&notes(model, call).join(", ")),
        place: plain(&place(&hop.at)),
        edge: hop.edge,
        callee: hop.callee,
        at: hop.at.clone(),
    }
}

fn deadline(hop: &Hop) -> String {
    let own = written(&hop.limit);
    match (hop.limit.ms, hop.budget.ms) {
        (Some(limit), Some(budget)) if budget < limit => format!("{own}, {budget} ms left"),
        (None, Some(budget)) => format!("{own}, {budget} ms left"),
        _ => own,
    }
}

fn written(limit: &Limit) -> String {
    match (limit.ms, &limit.open) {
        (Some(ms), None) => format!("{ms} ms"),
        (Some(ms), Some(_)) => format!("at most {ms} ms"),
        (None, Some(_)) => "deadline not known".to_owned(),
        (None, None) => "no deadline".to_owned(),
    }
}

fn notes(model: &Model<'_>, call: &Around<'_>) -> Vec<String> {
    let (graph, hop) = (model.graph, call.hop);
    let edge = &graph.edges[hop.edge];
    let mut notes = Vec::new();
    if hop.attempts > 1 {
        let least = if hop.attempts_open.is_empty() { "" } else { "at least " };
        notes.push(format!("{least}{} attempts", hop.attempts));
    } else if !hop.attempts_open.is_empty() {
        notes.push("attempts not known".to_owned());
    }
    if let (Some(limit), Some(callee)) = (hop.limit.ms, hop.callee)
        && model.chains.busy[callee].ms > limit
    {
        notes.push(format!("can need {} ms", model.chains.busy[callee].ms));
    }
    if hop.falls_back {
        notes.push("falls back".to_owned());
    }
    if hop.declared_optional && hop.weight == Weight::Soft {
        notes.push("optional".to_owned());
    }
    for (kind, note) in
        [(BlockKind::Loop, "in a loop"), (BlockKind::Together, "together"), (BlockKind::Choice, "on some ways")]
    {
        if call.within(kind) {
            notes.push(note.to_owned());
        }
    }
    if edge.confidence != Confidence::Proven {
        notes.push(edge.confidence.name().to_owned());
    }
    let takers = takers(model, hop);
    if !takers.is_empty() {
        notes.push(format!("taken by {}", takers.into_iter().collect::<Vec<_>>().join(", ")));
    }
    if hop.again {
        notes.push("goes round in a circle".to_owned());
    } else if hop.callee.is_none() && edge.is_sync() && matches!(edge.to, End::Service(_)) {
        notes.push("who answers is not known".to_owned());
    }
    notes
}

fn place(at: &crate::span::Span) -> String {
    format!("{}:{}", at.file, at.line)
}

fn plain(text: &str) -> String {
    printable(text).replace('\n', " ")
}

//! What takes a while to say: the tree of calls of one entry point, and what a scenario does. Made where the model is, on a
//! thread of its own.

use super::text::{Line, Role, cut, width};
use super::thing::Thing;
use crate::analysis::Model;
use crate::analysis::request::request;
use crate::analysis::whatif::{Outcome, Scenario, Verdict, outcomes};
use crate::graph::End;
use crate::graph::model::EntryId;
use crate::reports::{mermaid, request as tree, whatif as report};

/// Columns of a tree before what stands beside it, at most.
const WIDEST: usize = 46;
/// Columns of the name of an entry point.
const NAME: usize = 34;

/// The calls of an entry point as lines that lead to those that answer.
pub fn call_tree(model: &Model<'_>, entry: EntryId) -> Vec<Line> {
    let request = request(model, entry);
    let rows = tree::rows(model, &request);
    if rows.is_empty() {
        return vec![Line::new(Role::Dim, "it calls nothing that is known")];
    }
    let wide = rows.iter().map(|row| width(&row.tree)).max().unwrap_or_default().min(WIDEST);
    let mut lines = vec![Line::new(Role::Dim, format!("{:wide$}  {:<5}  {}", "call", "fails", "deadline"))];
    lines.extend(rows.into_iter().map(|row| {
        let call = cut(&row.tree, wide);
        let pad = " ".repeat(wide.saturating_sub(width(&call)));
        let role = if row.deadline == "no deadline" { Role::Warning } else { Role::Plain };
        let weight = if row.weight == "hard" { Role::Strong } else { Role::Dim };
        let notes = if row.notes.is_empty() { String::new() } else { format!("  {}", row.notes) };
        let mut line = Line::new(Role::Plain, format!("{call}{pad}  "))
            .and(weight, format!("{:<5}  ", row.weight))
            .and(role, row.deadline)
            .and(Role::Dim, notes)
            .indented(wide + 4)
            .at(&row.at);
        line.thing = Some(row.callee.map_or(Thing::Edge(row.edge), Thing::Entry));
        line
    }));
    if request.cut > 0 {
        lines.push(Line::new(Role::Dim, format!("{} further calls are not followed", request.cut)));
    }
    lines
}

/// The same as a Mermaid sequence diagram.
pub fn sequence(model: &Model<'_>, entry: EntryId) -> Result<String, String> {
    let templates = crate::reports::Templates::new(&[]).map_err(|error| error.to_string())?;
    let request = request(model, entry);
    mermaid::sequence(&tree::sequence(model, &request), &templates).map_err(|error| error.to_string())
}

/// What a scenario does, as lines that lead to the entry points, and as Markdown.
pub fn outcome(model: &Model<'_>, scenario: &Scenario) -> (Vec<Line>, String) {
    let all = outcomes(model, scenario);
    let mut lines =
        vec![Line::title(report::headline(model, scenario)), Line::new(Role::Strong, report::counts(model, &all))];
    for verdict in report::ORDER {
        let of: Vec<&Outcome> = all
            .of_entry
            .iter()
            .filter(|outcome| outcome.verdict() == verdict && !report::is_start(model, outcome))
            .filter(|outcome| verdict != Verdict::Works || !outcome.holds.is_empty())
            .collect();
        if of.is_empty() {
            continue;
        }
        let (role, sign) = signs(verdict);
        lines.push(Line::empty());
        lines.push(Line::new(role, format!("{sign} {} ({})", verdict.name(), of.len())));
        for outcome in of {
            lines.extend(about(model, &all, outcome));
        }
    }
    if !all.unseen.is_empty() {
        lines.push(Line::empty());
        lines.push(Line::new(Role::Dim, "not known: no call was seen of what these depend on"));
        for edge in &all.unseen {
            let of = &model.graph.edges[*edge];
            let from = &model.graph.services[of.from].name;
            let words = format!("  {from}  {} {}", of.kind, model.graph.called(of.to));
            lines.push(Line::new(Role::Plain, words).to(Thing::Edge(*edge)));
        }
    }
    (lines, report::markdown(model, scenario, &all))
}

/// What an outcome looks like without colour.
fn signs(verdict: Verdict) -> (Role, &'static str) {
    match verdict {
        Verdict::Fails => (Role::Error, "✖"),
        Verdict::Degrades => (Role::Warning, "▲"),
        Verdict::Slows => (Role::Info, "◷"),
        Verdict::Unknown => (Role::Dim, "?"),
        Verdict::Works => (Role::Good, "✓"),
    }
}

fn about(model: &Model<'_>, all: &crate::analysis::whatif::Outcomes, outcome: &Outcome) -> Vec<Line> {
    let entry = &model.graph.entries[outcome.entry];
    let service = model.graph.called(End::Service(entry.service));
    let mut parts = Vec::new();
    if outcome.parts() && outcome.verdict() != Verdict::Unknown {
        parts.push("on some ways".to_owned());
    }
    parts.extend(report::longer(outcome));
    parts.extend(Some(report::reason(model, all, outcome)).filter(|reason| !reason.is_empty()));
    let name = format!("{service} {}", report::name(model, outcome));
    let mut line = Line::new(Role::Accent, format!("  {name:NAME$}  "))
        .and(Role::Plain, parts.join("; "))
        .indented(6)
        .to(Thing::Entry(outcome.entry));
    let cause = outcome.causes.first().and_then(|cause| model.facts.rust.effects.get(cause.effect));
    line.at = cause.map(|effect| effect.at.clone());
    let mut lines = vec![line];
    for hold in outcome.holds.iter().take(3) {
        lines.push(
            Line::new(Role::Good, "      held up  ").and(Role::Plain, report::held(hold)).indented(15).at(&hold.at),
        );
    }
    if outcome.verdict() == Verdict::Unknown {
        let open: Vec<&str> = outcome.open.iter().map(String::as_str).collect();
        lines.push(Line::new(Role::Dim, format!("      not known: {}", open.join("; "))).indented(8));
    }
    lines
}

//! Findings accepted, put into the baseline, given another severity or turned into a decision; nodes switched off and on.
//! What would be written is shown first, as a difference.

use std::collections::BTreeSet;

use crate::config::edit;
use crate::faces::tui::difference;
use crate::faces::tui::event::{Effect, Question};
use crate::faces::tui::project::TextFile;
use crate::faces::tui::state::{Change, Cursor, Overlay, State, Wish};
use crate::faces::tui::text::{Line, Role};
use crate::faces::tui::thing::Thing;
use crate::faces::tui::view::View;
use crate::findings::Baseline;
use crate::findings::baseline::{self, Applied};

use super::places;

/// How much longer something takes, one after the other.
const LATENCIES: [i64; 3] = [100, 500, 2_000];

/// The finding that is meant; else says that there is none.
fn finding(state: &mut State) -> Option<usize> {
    let found = state.selected_finding();
    if found.is_none() {
        state.note = Some("select a finding first".to_owned());
    }
    found
}

/// Asks for the reason why a finding is accepted.
pub fn suppress(state: &mut State) {
    if let Some(of) = finding(state) {
        state.overlay = Some(Overlay::Ask { wish: Wish::Reason(of), text: String::new() });
    }
}

/// Asks for the severity of the rule of a finding.
pub fn set_severity(state: &mut State) {
    if let Some(of) = finding(state) {
        state.overlay = Some(Overlay::Ask { wish: Wish::Severity(of), text: String::new() });
    }
}

/// Words were given.
pub fn answered(state: &mut State, wish: Wish, text: String) -> Vec<Effect> {
    let Some(book) = state.book.clone() else { return Vec::new() };
    let Some(file) = book.loaded.settings.clone() else {
        state.note = Some("a revision is reviewed: nothing can be written".to_owned());
        return Vec::new();
    };
    let before = file.text.clone().unwrap_or_default();
    let words = text.trim().to_owned();
    let (edited, says) = match wish {
        Wish::Reason(of) => {
            if words.is_empty() {
                // What was typed so far stays: an empty reason is a slip, no wish to stop.
                state.overlay = Some(Overlay::Ask { wish, text });
                state.note = Some("say why: without a reason it does not apply; esc stops".to_owned());
                return Vec::new();
            }
            let of = &book.findings[of];
            (
                edit::suppress(&file.name, &before, &of.rule, &of.entity, &words),
                format!("accept {} of {}", of.rule, of.entity),
            )
        }
        Wish::Severity(of) => {
            let rule = &book.findings[of].rule;
            let Some(severity) = ["error", "warning", "info", "off"]
                .into_iter()
                .find(|name| name.starts_with(&words) && !words.is_empty())
            else {
                state.overlay = Some(Overlay::Ask { wish, text });
                state.note =
                    Some("one of error, warning, info and off; its first letter will do; esc stops".to_owned());
                return Vec::new();
            };
            (edit::severity(&file.name, &before, rule, severity), format!("{rule} is {severity} from now on"))
        }
    };
    match edited {
        Ok(text) => confirm(state, file, text, says),
        Err(why) => state.note = Some(why.to_string()),
    }
    Vec::new()
}

/// Shows what adding a finding to the baseline would write.
pub fn baseline(state: &mut State) {
    let Some(of) = finding(state) else { return };
    let Some(book) = state.book.clone() else { return };
    let Some(file) = book.loaded.baseline.clone() else {
        state.note = Some("a revision is reviewed: nothing can be written".to_owned());
        return;
    };
    let read = match &file.text {
        Some(text) => Baseline::read(&file.name, text),
        None => Ok(Baseline::default()),
    };
    match read {
        Ok(read) => {
            let new = std::slice::from_ref(&book.findings[of]);
            let text = baseline::edited(&read, &Applied::default(), new, &BTreeSet::new());
            confirm(state, file, text, "let the finding pass from now on".to_owned());
        }
        Err(problem) => state.note = Some(problem.to_string()),
    }
}

fn confirm(state: &mut State, file: TextFile, text: String, says: String) {
    let lines = difference::lines(file.text.as_deref().unwrap_or_default(), &text);
    if lines.is_empty() {
        state.note = Some(format!("{} says so already", file.name));
        return;
    }
    state.overlay = Some(Overlay::Confirm(Change { file, text, says, lines, top: 0 }));
}

/// Shows the decision that a finding asks for; where it is shown, writes it.
pub fn propose(state: &mut State) -> Vec<Effect> {
    let Some(of) = finding(state) else { return Vec::new() };
    if state.place.view == View::Page(Thing::Proposal(of)) {
        return vec![Effect::Decide(of)];
    }
    places::to(state, Thing::Proposal(of));
    state.note = Some("a again writes it into the folder of decisions".to_owned());
    Vec::new()
}

/// The node that is switched off or slowed: the selection. From elsewhere one goes to the view that shows what it does.
fn node(state: &mut State) -> Option<crate::graph::End> {
    let end = state.selected_end();
    if end.is_none() {
        state.note = Some("select a service, datastore, topic or external first".to_owned());
    }
    end
}

/// Switches a node off, or on again.
pub fn take_down(state: &mut State) -> Vec<Effect> {
    let Some(end) = node(state) else { return Vec::new() };
    if !state.scenario.down.remove(&end) {
        state.scenario.down.insert(end);
        state.scenario.latency_ms.remove(&end);
    }
    asked(state, Some(end))
}

/// Makes a node slower, step by step, then as it was.
pub fn slow(state: &mut State) -> Vec<Effect> {
    let Some(end) = node(state) else { return Vec::new() };
    state.scenario.down.remove(&end);
    let now = state.scenario.latency_ms.remove(&end);
    let next = now.map_or(0, |now| LATENCIES.iter().position(|ms| *ms == now).map_or(LATENCIES.len(), |at| at + 1));
    if let Some(ms) = LATENCIES.get(next) {
        state.scenario.latency_ms.insert(end, *ms);
    }
    asked(state, Some(end))
}

/// Switches everything on again.
pub fn restore(state: &mut State) -> Vec<Effect> {
    state.scenario = crate::analysis::whatif::Scenario::default();
    asked(state, None)
}

fn asked(state: &mut State, on: Option<crate::graph::End>) -> Vec<Effect> {
    places::view(state, View::WhatIf);
    if let Some(end) = on {
        state.place.on = Some(Thing::End(end));
        super::listed(state);
    }
    state.outcome = None;
    state.beside = Cursor::default();
    if state.scenario.down.is_empty() && state.scenario.latency_ms.is_empty() {
        return Vec::new();
    }
    vec![Effect::Ask(Question::Outcome(state.scenario.clone()))]
}

/// What stands beside the nodes of What if.
pub fn outcome_lines(state: &State) -> Vec<Line> {
    if let Some(outcome) = &state.outcome {
        return outcome.lines.clone();
    }
    if state.scenario.down.is_empty() && state.scenario.latency_ms.is_empty() {
        return vec![
            Line::title("What if?"),
            Line::empty(),
            Line::new(Role::Plain, "d or space switches the selected node off, and on again."),
            Line::new(Role::Plain, "D makes it slower: 100 ms, 500 ms, 2 s."),
            Line::new(Role::Plain, "u switches everything on again."),
            Line::empty(),
            Line::new(
                Role::Dim,
                "Here stands then what fails, degrades and slows down, why, and what holds the rest up.",
            ),
        ];
    }
    vec![Line::new(Role::Dim, "…")]
}

//! Going from one place to another, and back.

use crate::faces::tui::event::Effect;
use crate::faces::tui::focus;
use crate::faces::tui::state::{Cursor, Place, State};
use crate::faces::tui::thing::{Heading, Thing};
use crate::faces::tui::view::View;
use crate::faces::tui::ways;
use crate::graph::End;
use crate::span::Span;

use super::{listed, triage};

/// Places that are remembered, at most.
const HISTORY: usize = 200;

/// Goes to a place; where one was is remembered.
pub fn go(state: &mut State, place: Place) {
    if state.place.view == place.view && state.place.about == place.about && state.place.filter == place.filter {
        return;
    }
    let old = std::mem::replace(&mut state.place, place);
    state.last.insert(old.view, old.clone());
    state.back.push(old);
    if state.back.len() > HISTORY {
        state.back.remove(0);
    }
    state.forward.clear();
    arrived(state);
}

fn arrived(state: &mut State) {
    state.inside = false;
    state.lines_of = None;
    state.items.clear();
    listed(state);
}

/// Goes to a view, where one was in it before.
pub fn view(state: &mut State, view: View) {
    if state.place.view == view {
        return;
    }
    let place = state.last.get(&view).cloned().unwrap_or(Place { view, ..Place::default() });
    go(state, place);
}

/// Goes to the view so many tabs on.
pub fn tab(state: &mut State, by: isize) {
    let tabs = View::TABS;
    let of = |view: View| tabs.iter().position(|tab| *tab == view);
    // From a page the next view is that after the one it was opened from.
    let at = of(state.place.view).or_else(|| state.back.iter().rev().find_map(|place| of(place.view))).unwrap_or(0);
    let next = (at + tabs.len()).saturating_add_signed(by) % tabs.len();
    view(state, tabs[next]);
}

/// Goes to a thing: to its page.
pub fn to(state: &mut State, thing: Thing) {
    match thing {
        Thing::Heading(_) => {}
        thing => go(state, Place { view: View::Page(thing), ..Place::default() }),
    }
}

/// Goes back.
pub fn back(state: &mut State) {
    if let Some(place) = state.back.pop() {
        let old = std::mem::replace(&mut state.place, place);
        state.last.insert(old.view, old.clone());
        state.forward.push(old);
        arrived(state);
    }
}

/// Goes forward again.
pub fn forward(state: &mut State) {
    if let Some(place) = state.forward.pop() {
        let old = std::mem::replace(&mut state.place, place);
        state.back.push(old);
        arrived(state);
    }
}

/// Takes the filter away, or goes back.
pub fn close(state: &mut State) -> Vec<Effect> {
    if state.inside {
        state.inside = false;
    } else if state.place.filter.is_empty() {
        back(state);
    } else {
        state.place.filter.clear();
        state.lines_of = None;
        listed(state);
    }
    Vec::new()
}

/// Opens or closes what stands below a thing.
pub fn toggle(state: &mut State, thing: Thing) {
    if !state.toggled.remove(&thing) {
        state.toggled.insert(thing);
    }
    state.place.on = Some(thing);
    listed(state);
}

/// Opens what is selected.
pub fn open(state: &mut State) -> Vec<Effect> {
    if state.inside {
        return opened(state, None);
    }
    match state.place.view {
        View::Focus => match focus::neighbour(state) {
            Some(of) => around(state, of.end),
            None => {
                if let Some(end) = state.place.about {
                    to(state, Thing::End(end));
                }
            }
        },
        View::Page(own) => return opened(state, Some(own)),
        View::Findings | View::System => {
            let Some(item) = state.items.get(state.place.cursor.line).copied() else { return Vec::new() };
            let group = item.depth == 0 && !matches!(item.thing, Thing::Finding(_));
            if group { toggle(state, item.thing) } else { to(state, item.thing) }
        }
        _ => {
            if let Some(thing) = state.selected() {
                to(state, thing);
            }
        }
    }
    Vec::new()
}

/// Opens what a line leads to: a thing, else the place in the sources.
fn opened(state: &mut State, own: Option<Thing>) -> Vec<Effect> {
    let line = state.line().cloned().unwrap_or_default();
    match (line.thing, line.at) {
        (Some(thing), _) if own != Some(thing) => to(state, thing),
        (_, Some(at)) => return vec![edit_at(&at)],
        _ => {}
    }
    Vec::new()
}

/// Opens or closes what stands below the selection; where a node is switched off and on, does that.
pub fn fold(state: &mut State) -> Vec<Effect> {
    match state.place.view {
        View::WhatIf => return triage::take_down(state),
        View::Focus | View::Matrix => {
            if let Some(thing) = state.selected() {
                to(state, thing);
            }
        }
        View::Findings | View::System => {
            let Some(line) = state.items.get(..=state.place.cursor.line) else { return Vec::new() };
            let depth = line.last().map_or(0, |item| item.depth);
            let foldable = |item: &&crate::faces::tui::state::Item| {
                item.fold != crate::faces::tui::state::Fold::Leaf && item.depth <= depth
            };
            if let Some(thing) = line.iter().rev().find(foldable).map(|item| item.thing) {
                toggle(state, thing);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Goes to what is around the selected node.
pub fn focus(state: &mut State) {
    let end = match state.place.view {
        View::Focus => focus::neighbour(state).map(|of| of.end).or(state.place.about),
        _ => state.selected_end(),
    };
    match end {
        Some(end) => around(state, end),
        None => state.note = Some("select a service, datastore, topic or external first".to_owned()),
    }
}

fn around(state: &mut State, end: End) {
    let cursor = Cursor { column: 1, ..Cursor::default() };
    go(state, Place { view: View::Focus, about: Some(end), cursor, ..Place::default() });
}

/// Marks a node, then shows the ways from it to another one.
pub fn mark(state: &mut State) {
    let Some(book) = state.book.clone() else { return };
    let end = match state.place.view {
        View::Focus => focus::neighbour(state).map(|of| of.end).or(state.place.about),
        _ => state.selected_end(),
    };
    let Some(end) = end else {
        state.note = Some("select a service, datastore, topic or external first".to_owned());
        return;
    };
    match state.between {
        (Some(from), None) if from != end => {
            state.between.1 = Some(end);
            state.ways = ways::ways(&book, from, end);
            if state.ways.is_empty() {
                // People do not always know who depends on whom: that is why they ask.
                let turned = ways::ways(&book, end, from);
                if !turned.is_empty() {
                    state.between = (Some(end), Some(from));
                    state.ways = turned;
                }
            }
            if state.place.view == View::Path {
                listed(state);
            } else {
                view(state, View::Path);
            }
        }
        _ => {
            state.between = (Some(end), None);
            state.ways.clear();
            listed(state);
            let name = book.graph().called(end);
            state.note = Some(format!("from {name}: now go to another node and press p"));
        }
    }
}

/// Opens the editor where the selection stands.
pub fn edit(state: &mut State) -> Vec<Effect> {
    match at(state) {
        Some(at) => vec![edit_at(&at)],
        None => {
            state.note = Some("no file shows it".to_owned());
            Vec::new()
        }
    }
}

fn edit_at(at: &Span) -> Effect {
    Effect::Edit(at.file.to_string(), at.line)
}

/// Where the selection stands in the sources.
pub fn at(state: &State) -> Option<Span> {
    let book = state.book.as_ref()?;
    let graph = book.graph();
    if let Some(at) = state.line().and_then(|line| line.at.clone()) {
        return Some(at);
    }
    match state.selected()? {
        Thing::End(End::Service(id)) => graph.services[id].evidence.first().cloned(),
        Thing::End(End::Node(id)) => graph.nodes[id].evidence.first().cloned(),
        Thing::Edge(id) => graph.edges[id].evidence.first().cloned(),
        Thing::Entry(id) => Some(graph.entries[id].at.clone()),
        Thing::Finding(id) | Thing::Proposal(id) => book.findings[id].span.clone(),
        Thing::Contract(id) => {
            let of = &book.contracts[id];
            Some(book.loaded.facts.proto[of.file].services[of.service].at.clone())
        }
        Thing::Decision(id) => Some(Span::line(book.loaded.decisions[id].file.as_str(), 1)),
        Thing::Heading(Heading::Way(number)) => {
            let edge = state.ways.get(number)?.first()?;
            graph.edges[*edge].evidence.first().cloned()
        }
        _ => None,
    }
}

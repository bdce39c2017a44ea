//! A new review takes the place of the old one: where one is, what is selected, open, down and marked is carried over by
//! name; what is no more is left.

use std::sync::Arc;

use crate::faces::tui::book::Book;
use crate::faces::tui::event::{Effect, Question};
use crate::faces::tui::state::{Overlay, Place, State, Wish};
use crate::faces::tui::thing::Thing;
use crate::faces::tui::view::View;
use crate::faces::tui::ways;
use crate::graph::End;

use super::{listed, overlay};

/// Files have changed: review again, now or when the review that runs has ended.
pub fn changed(state: &mut State) -> Vec<Effect> {
    if state.work.stage.is_some() {
        state.work.changed = true;
        return Vec::new();
    }
    state.work.stage = Some("reading files");
    vec![Effect::Review]
}

/// A review has ended.
pub fn reviewed(state: &mut State, result: Result<Arc<Book>, String>) -> Vec<Effect> {
    state.work.stage = None;
    let mut effects = Vec::new();
    match result {
        Ok(book) => {
            state.work.error = None;
            state.work.generation += 1;
            effects.push(Effect::Derive);
            if let Some(old) = state.book.replace(book.clone()) {
                carried(state, &old, &book);
            }
            state.derived = None;
            state.requests.clear();
            state.asked.clear();
            state.outcome = None;
            state.lines_of = None;
            listed(state);
            // What fits is of the new review now.
            overlay::searched(state);
            let nothing = state.scenario.down.is_empty() && state.scenario.latency_ms.is_empty();
            if !nothing {
                effects.push(Effect::Ask(Question::Outcome(state.scenario.clone())));
            }
        }
        Err(why) => state.work.error = Some(why),
    }
    if std::mem::take(&mut state.work.changed) {
        effects.extend(changed(state));
    }
    effects
}

fn carried(state: &mut State, old: &Book, new: &Book) {
    let end = |of: End| match new.thing(&old.key(Thing::End(of))) {
        Some(Thing::End(end)) => Some(end),
        _ => None,
    };
    let thing = |of: Thing| match of {
        Thing::Heading(_) | Thing::Limit(_) => Some(of),
        of => new.thing(&old.key(of)),
    };
    let place = |of: &Place| -> Option<Place> {
        let mut to = of.clone();
        to.on = of.on.and_then(thing);
        if let View::Page(page) = of.view {
            to.view = View::Page(thing(page)?);
        }
        if let Some(about) = of.about {
            to.about = Some(end(about)?);
        }
        Some(to)
    };
    state.back = state.back.iter().filter_map(place).collect();
    state.forward = state.forward.iter().filter_map(place).collect();
    state.last = state.last.values().filter_map(place).map(|place| (place.view, place)).collect();
    match place(&state.place) {
        Some(place) => state.place = place,
        None => {
            state.place = state.back.pop().unwrap_or_default();
            state.note = Some("what was shown here is no more".to_owned());
        }
    }
    state.toggled = state.toggled.iter().copied().filter_map(thing).collect();
    state.scenario.down = state.scenario.down.iter().copied().filter_map(end).collect();
    let slow = std::mem::take(&mut state.scenario.latency_ms);
    state.scenario.latency_ms = slow.into_iter().filter_map(|(of, ms)| Some((end(of)?, ms))).collect();
    state.between = (state.between.0.and_then(end), state.between.1.and_then(end));
    state.ways = match state.between {
        (Some(from), Some(to)) => ways::ways(new, from, to),
        _ => Vec::new(),
    };
    // A reason that is being typed is not lost because a file was saved meanwhile.
    state.overlay = match state.overlay.take() {
        Some(Overlay::Ask { wish, text }) => {
            let (Wish::Reason(of) | Wish::Severity(of)) = wish;
            let now = match thing(Thing::Finding(of)) {
                Some(Thing::Finding(now)) => Some(match wish {
                    Wish::Reason(_) => Wish::Reason(now),
                    Wish::Severity(_) => Wish::Severity(now),
                }),
                _ => None,
            };
            if now.is_none() {
                state.note = Some("the finding is no more".to_owned());
            }
            now.map(|wish| Overlay::Ask { wish, text })
        }
        other => other,
    };
}

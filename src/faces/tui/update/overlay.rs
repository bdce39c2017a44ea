//! Keys while something lies in front: palette, help, filter, a question, a change that asks for agreement.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{listed, places, triage};
use crate::faces::tui::draw::bar;
use crate::faces::tui::event::Effect;
use crate::faces::tui::fuzzy;
use crate::faces::tui::keys::{self, BINDINGS, Command};
use crate::faces::tui::state::{Hit, Overlay, Search, State};
use crate::faces::tui::thing::Thing;

/// What fits a search, at most.
const HITS: usize = 100;

/// A key was pressed while something lies in front.
pub fn pressed(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
        state.overlay = None;
        return Vec::new();
    }
    match state.overlay.take() {
        Some(Overlay::Confirm(mut change)) => {
            match key.code {
                KeyCode::Char('y') | KeyCode::Enter => return vec![Effect::Write(Box::new(change))],
                KeyCode::Char('n' | 'q') | KeyCode::Esc => {
                    state.note = Some("nothing was written".to_owned());
                    return Vec::new();
                }
                KeyCode::Down | KeyCode::Char('j') => {
                    change.top = (change.top + 1).min(change.lines.len().saturating_sub(1));
                }
                KeyCode::Up | KeyCode::Char('k') => change.top = change.top.saturating_sub(1),
                _ => {}
            }
            state.overlay = Some(Overlay::Confirm(change));
            Vec::new()
        }
        Some(overlay) => {
            state.overlay = Some(overlay);
            written(state, key)
        }
        None => Vec::new(),
    }
}

/// A key where text is typed.
fn written(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Esc => {
            if state.overlay == Some(Overlay::Filter) {
                state.place.filter.clear();
                refiltered(state);
            }
            state.overlay = None;
        }
        KeyCode::Enter => return entered(state),
        KeyCode::Up => choose(state, -1),
        KeyCode::Down => choose(state, 1),
        KeyCode::Char('p') if control => choose(state, -1),
        KeyCode::Char('n') if control => choose(state, 1),
        KeyCode::Char('u') if control => with_text(state, String::clear),
        KeyCode::Char('w') if control => with_text(state, |text| {
            let end = text.trim_end().rfind(' ').map_or(0, |at| at + 1);
            text.truncate(end);
        }),
        KeyCode::Backspace => with_text(state, |text| {
            text.pop();
        }),
        KeyCode::Char(c) if !control => with_text(state, |text| text.push(c)),
        _ => {}
    }
    Vec::new()
}

/// Text was pasted.
pub fn typed(state: &mut State, pasted: &str) {
    let line: String = pasted.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    with_text(state, |text| text.push_str(&line));
}

/// Changes the text that is being typed.
fn with_text(state: &mut State, change: impl FnOnce(&mut String)) {
    match &mut state.overlay {
        Some(Overlay::Palette(search) | Overlay::Help(search)) => {
            change(&mut search.query);
            searched(state);
        }
        Some(Overlay::Filter) => {
            change(&mut state.place.filter);
            refiltered(state);
        }
        Some(Overlay::Ask { text, .. }) => change(text),
        Some(Overlay::Confirm(_)) | None => {}
    }
}

fn refiltered(state: &mut State) {
    state.lines_of = None;
    listed(state);
}

/// Another hit, or another row behind the filter.
fn choose(state: &mut State, by: isize) {
    match &mut state.overlay {
        Some(Overlay::Palette(search) | Overlay::Help(search)) => {
            let last = search.hits.len().saturating_sub(1);
            search.selected = search.selected.saturating_add_signed(by).min(last);
        }
        Some(Overlay::Filter) => super::movement::moved(state, super::movement::Step::Lines(by)),
        _ => {}
    }
}

/// Enter: does what was chosen or typed.
fn entered(state: &mut State) -> Vec<Effect> {
    match state.overlay.take() {
        Some(Overlay::Palette(search) | Overlay::Help(search)) => chosen(state, &search),
        Some(Overlay::Ask { wish, text }) => triage::answered(state, wish, text),
        _ => Vec::new(),
    }
}

/// Does or opens the selected hit.
pub fn chosen(state: &mut State, search: &Search) -> Vec<Effect> {
    match search.hits.get(search.selected) {
        Some(Hit::Command(command)) => super::done(state, *command),
        Some(Hit::Thing(thing)) => {
            places::to(state, *thing);
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Looks anew for what fits the search in front.
pub fn searched(state: &mut State) {
    let mut overlay = state.overlay.take();
    match &mut overlay {
        Some(Overlay::Palette(search)) => search.hits = anything(state, &search.query),
        Some(Overlay::Help(search)) if search.query.trim().is_empty() => search.hits = all_commands(state),
        Some(Overlay::Help(search)) => search.hits = commands(&search.query),
        _ => {}
    }
    if let Some(Overlay::Palette(search) | Overlay::Help(search)) = &mut overlay {
        search.selected = search.selected.min(search.hits.len().saturating_sub(1));
        if !search.query.is_empty() && search.selected > 0 {
            search.selected = 0;
        }
    }
    state.overlay = overlay;
}

/// All commands: those that are most of use here first, then as the table has them.
fn all_commands(state: &State) -> Vec<Hit> {
    let here = bar::hinted(state);
    let others = BINDINGS.iter().map(|binding| binding.command).filter(|command| !here.contains(command));
    here.iter().copied().chain(others).map(Hit::Command).collect()
}

/// Commands that fit, by key, by name and by what they do.
fn commands(query: &str) -> Vec<Hit> {
    let mut found: Vec<(i64, usize)> = Vec::new();
    for (index, binding) in BINDINGS.iter().enumerate() {
        let by_key = binding.keys.contains(&query.trim()).then_some(100_000);
        let words = format!("{} {}", binding.short, binding.says);
        if let Some(score) = by_key.or_else(|| fuzzy::score(query, &words)) {
            found.push((if query.trim().is_empty() { 0 } else { score }, index));
        }
    }
    found.sort_by_key(|(score, index)| (std::cmp::Reverse(*score), *index));
    found.into_iter().map(|(_, index)| Hit::Command(BINDINGS[index].command)).collect()
}

/// Things, views and commands that fit, the best first. Commands stand behind things that fit alike.
fn anything(state: &State, query: &str) -> Vec<Hit> {
    if query.trim().is_empty() {
        let views = BINDINGS.iter().filter(|of| matches!(of.command, Command::Go(_)));
        return views
            .chain(BINDINGS.iter().filter(|of| !matches!(of.command, Command::Go(_))))
            .map(|of| Hit::Command(of.command))
            .collect();
    }
    let mut found: Vec<(i64, usize, Hit)> = Vec::new();
    if let Some(book) = &state.book {
        // What a finding asks for is found with it.
        let things = book.things().filter(|thing| !matches!(thing, Thing::Proposal(_)));
        for (order, thing) in things.enumerate() {
            let words = format!("{} {}", book.kind(thing), book.name(thing));
            if let Some(score) = fuzzy::score(query, &words) {
                found.push((score, order, Hit::Thing(thing)));
            }
        }
    }
    let behind = found.len();
    for (order, hit) in commands(query).into_iter().enumerate() {
        let Hit::Command(command) = hit else { continue };
        let words = keys::binding(command).map(|of| format!("{} {}", of.short, of.says)).unwrap_or_default();
        let score = fuzzy::score(query, &words).unwrap_or(100_000);
        found.push((score, behind + order, Hit::Command(command)));
    }
    found.sort_by(|a, b| (b.0, a.1).cmp(&(a.0, b.1)));
    found.truncate(HITS);
    found.into_iter().map(|(_, _, hit)| hit).collect()
}

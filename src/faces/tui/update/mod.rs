//! What happens to the state: an event in, what is to be done outside out. Pure: no terminal, no file, no clock.

mod copy;
mod mouse;
mod movement;
mod overlay;
mod places;
mod renew;
mod triage;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::event::{Effect, Event, Question};
use super::items;
use super::keys::{self, Command};
use super::pages;
use super::state::{Cursor, Overlay, Search, State};
use super::thing::Thing;
use super::view::View;
use crate::config::Severity;

/// Takes an event in.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = match event {
        Event::Key(key) => pressed(state, &key),
        Event::Mouse(mouse) => mouse::mouse(state, &mouse),
        Event::Paste(text) => {
            overlay::typed(state, &text);
            Vec::new()
        }
        Event::Resize(width, height) => {
            state.size = (width, height);
            Vec::new()
        }
        Event::Stage(stage) => {
            state.work.stage = Some(stage);
            Vec::new()
        }
        Event::Reviewed(result) => renew::reviewed(state, result),
        Event::Derived(generation, derived) => {
            if generation == state.work.generation {
                state.derived = Some(derived);
                listed(state);
                state.lines_of = None;
            }
            Vec::new()
        }
        Event::CallTree(generation, entry, lines) => {
            if generation == state.work.generation {
                state.requests.insert(entry, lines);
                state.lines_of = None;
            }
            Vec::new()
        }
        Event::Outcome(generation, scenario, outcome) => {
            if generation == state.work.generation && scenario == state.scenario {
                state.outcome = Some(outcome);
                state.lines_of = None;
            }
            Vec::new()
        }
        Event::Text(Ok(text)) => copy::copied(state, text),
        Event::Text(Err(why)) | Event::Note(why) => {
            state.note = Some(why);
            Vec::new()
        }
        Event::Changed => renew::changed(state),
    };
    effects.extend(settled(state));
    effects
}

fn pressed(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    state.note = None;
    let command = keys::command(key);
    if command == Some(Command::Suspend) {
        return vec![Effect::Suspend];
    }
    if command.is_none() && key.modifiers == KeyModifiers::ALT {
        // A terminal cannot tell escape and a key in quick succession from alt and that key.
        let mut effects = pressed(state, &KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
        effects.extend(pressed(state, &KeyEvent::new(key.code, KeyModifiers::NONE)));
        return effects;
    }
    if state.overlay.is_some() {
        return overlay::pressed(state, key);
    }
    command.map_or_else(Vec::new, |command| done(state, command))
}

/// Does a command.
pub fn done(state: &mut State, command: Command) -> Vec<Effect> {
    use movement::{Step, moved};
    match command {
        Command::Up => moved(state, Step::Lines(-1)),
        Command::Down => moved(state, Step::Lines(1)),
        Command::PageUp => moved(state, Step::Half(-1)),
        Command::PageDown => moved(state, Step::Half(1)),
        Command::Top => moved(state, Step::First),
        Command::Bottom => moved(state, Step::Last),
        Command::Left => movement::sideways(state, -1),
        Command::Right => movement::sideways(state, 1),
        Command::Open => return places::open(state),
        Command::Fold => return places::fold(state),
        Command::Beside => movement::beside(state, !state.inside),
        Command::Close => return places::close(state),
        Command::Back => places::back(state),
        Command::Forward => places::forward(state),
        Command::NextView => places::tab(state, 1),
        Command::PreviousView => places::tab(state, -1),
        Command::Go(view) => places::view(state, view),
        Command::Filter => state.overlay = Some(Overlay::Filter),
        Command::Palette => {
            state.overlay = Some(Overlay::Palette(Search::default()));
            overlay::searched(state);
        }
        Command::Help => {
            state.overlay = Some(Overlay::Help(Search::default()));
            overlay::searched(state);
        }
        Command::Focus => places::focus(state),
        Command::MarkPath => places::mark(state),
        Command::Deeper => state.deep = true,
        Command::Nearer => state.deep = false,
        Command::Group => {
            state.grouping = state.grouping.next();
            places::view(state, View::Findings);
            state.note = Some(format!("findings {}", state.grouping.name()));
            listed(state);
        }
        Command::Severity => {
            state.least = match state.least {
                None => Some(Severity::Warning),
                Some(Severity::Warning | Severity::Info) => Some(Severity::Error),
                Some(Severity::Error) => None,
            };
            listed(state);
        }
        Command::OnlyNew => only_new(state),
        Command::TakeDown => return triage::take_down(state),
        Command::Slow => return triage::slow(state),
        Command::Restore => return triage::restore(state),
        Command::Edit => return places::edit(state),
        Command::CopyName => return copy::name(state),
        Command::CopyPlace => return copy::place(state),
        Command::CopyMermaid => return copy::mermaid(state),
        Command::CopyMarkdown => return copy::markdown(state),
        Command::ExportSvg => return copy::svg(state),
        Command::Suppress => triage::suppress(state),
        Command::Baseline => triage::baseline(state),
        Command::SetSeverity => triage::set_severity(state),
        Command::Propose => return triage::propose(state),
        Command::Preview => state.alone = !state.alone,
        Command::Theme => {
            state.theme = state.theme.next();
            state.note = Some(format!("theme: {}", state.theme.name()));
        }
        Command::Mouse => {
            state.mouse = !state.mouse;
            let says =
                if state.mouse { "the mouse selects here" } else { "the mouse is the terminal's: it selects text" };
            state.note = Some(says.to_owned());
            return vec![Effect::Mouse(state.mouse)];
        }
        Command::Refresh => return renew::changed(state),
        Command::Suspend => return vec![Effect::Suspend],
        Command::Quit => return vec![Effect::Quit],
    }
    Vec::new()
}

fn only_new(state: &mut State) {
    let has_base = state.book.as_ref().is_some_and(|book| book.has_base);
    if has_base {
        state.only_new = !state.only_new;
        listed(state);
    } else {
        state.note = Some("nothing to compare with: start with --base REV to see what is new since then".to_owned());
    }
}

/// Makes the rows of the list anew; what was selected stays so.
pub fn listed(state: &mut State) {
    let Some(book) = state.book.clone() else { return };
    state.items = items::items(state, &book);
    let Some(on) = state.place.on else { return };
    let line = state.place.cursor.line;
    let same = state.items.iter().enumerate().filter(|(_, item)| item.thing == on);
    if let Some((nearest, _)) = same.min_by_key(|(index, _)| index.abs_diff(line)) {
        state.place.cursor.line = nearest;
    }
}

/// Brings what follows from the state up to date: what is selected is there and on the screen, what stands beside it is
/// about it.
fn settled(state: &mut State) -> Vec<Effect> {
    let Some(book) = state.book.clone() else { return Vec::new() };
    if let View::Page(thing) = state.place.view {
        fill(state, Some(thing));
    }
    movement::kept(state);
    if state.place.view.is_list() {
        state.place.on = state.items.get(state.place.cursor.line).map(|item| item.thing);
    }
    let about = match state.place.view {
        View::Page(thing) => Some(thing),
        View::WhatIf => None,
        _ => state.chosen(),
    };
    if state.place.view == View::WhatIf {
        state.lines = triage::outcome_lines(state);
    } else {
        fill(state, about);
    }
    movement::kept_beside(state);
    match about {
        Some(Thing::Entry(entry)) if book.has(Thing::Entry(entry)) && state.asked.insert(entry) => {
            vec![Effect::Ask(Question::CallTree(entry))]
        }
        _ => Vec::new(),
    }
}

/// Makes the lines about a thing, where they are not there yet.
fn fill(state: &mut State, about: Option<Thing>) {
    let Some(book) = state.book.clone() else { return };
    if about.is_some() && state.lines_of == about {
        return;
    }
    let mut lines = about.map(|thing| pages::page(state, &book, thing)).unwrap_or_default();
    if matches!(state.place.view, View::Page(_)) && !state.place.filter.is_empty() {
        let filter = state.place.filter.clone();
        lines.retain(|line| super::fuzzy::passes(&filter, &line.text()));
    }
    if state.about_before != about {
        // Another thing is read from its beginning; the same one, after a new review, from where one was.
        state.beside = Cursor::default();
        state.inside = false;
    }
    state.lines = lines;
    state.lines_of = about;
    state.about_before = about;
}

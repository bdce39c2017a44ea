//! The mouse: a click selects, a second one opens; the wheel goes up and down; tabs and hints are buttons.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{done, movement, places};
use crate::faces::tui::areas::areas;
use crate::faces::tui::draw::{bar, focus, matrix, page};
use crate::faces::tui::event::Effect;
use crate::faces::tui::state::{Overlay, State};
use crate::faces::tui::view::View;

/// Lines that one notch of the wheel goes.
const NOTCH: isize = 3;

/// The mouse did something.
pub fn mouse(state: &mut State, event: &MouseEvent) -> Vec<Effect> {
    let at = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::ScrollUp => wheel(state, at, -NOTCH),
        MouseEventKind::ScrollDown => wheel(state, at, NOTCH),
        MouseEventKind::Down(MouseButton::Left) => return clicked(state, at),
        _ => {}
    }
    Vec::new()
}

fn wheel(state: &mut State, at: Position, by: isize) {
    let over_preview = areas(state).preview.is_some_and(|preview| preview.contains(at));
    match &mut state.overlay {
        Some(Overlay::Palette(search) | Overlay::Help(search)) => {
            let last = search.hits.len().saturating_sub(1);
            search.selected = search.selected.saturating_add_signed(by).min(last);
        }
        Some(Overlay::Confirm(change)) => {
            change.top = change.top.saturating_add_signed(by).min(change.lines.len().saturating_sub(1));
        }
        _ if over_preview => movement::scrolled(state, by),
        _ => {
            state.inside = false;
            movement::moved(state, movement::Step::Lines(by));
        }
    }
}

fn clicked(state: &mut State, at: Position) -> Vec<Effect> {
    // What lies in front goes away when something else is clicked at; words that were typed stay.
    match state.overlay {
        Some(Overlay::Palette(_) | Overlay::Help(_)) => {
            state.overlay = None;
            return Vec::new();
        }
        Some(Overlay::Ask { .. } | Overlay::Confirm(_)) => return Vec::new(),
        _ => {}
    }
    let parts = areas(state);
    if parts.hints.contains(at) {
        return bar::hint_at(state, at.x).map_or_else(Vec::new, |command| done(state, command));
    }
    if parts.tabs.contains(at) {
        if let Some(view) = bar::tab_at(state, at.x) {
            places::view(state, view);
        }
        return Vec::new();
    }
    if let Some(preview) = parts.preview.filter(|preview| preview.contains(at)) {
        let Some(line) = page::line_at(state, preview, state.beside.top, at.y) else { return Vec::new() };
        let again = state.inside && state.beside.line == line;
        (state.inside, state.beside.line) = (true, line);
        return if again { places::open(state) } else { Vec::new() };
    }
    if parts.view.contains(at) {
        state.inside = false;
        return in_view(state, parts.view, at);
    }
    Vec::new()
}

fn in_view(state: &mut State, view: Rect, at: Position) -> Vec<Effect> {
    let before = (state.place.cursor.line, state.place.cursor.column);
    match state.place.view {
        View::Page(_) => {
            let Some(line) = page::line_at(state, view, state.place.cursor.top, at.y) else { return Vec::new() };
            state.place.cursor.line = line;
        }
        View::Matrix => {
            let Some((row, column)) = matrix::cell_at(state, view, at) else { return Vec::new() };
            (state.place.cursor.line, state.place.cursor.column) = (row, column);
        }
        View::Focus => {
            let Some(layer) = focus::layer_at(state, view, at.x) else { return Vec::new() };
            let top = if layer == state.place.cursor.column { state.place.cursor.top } else { 0 };
            state.place.cursor.column = layer;
            state.place.cursor.line = top + usize::from((at.y - view.y).saturating_sub(1));
        }
        _ => {
            let row = usize::from(at.y - view.y);
            let line = state.place.cursor.top + row.saturating_sub(1);
            if row == 0 || line >= state.items.len() {
                return Vec::new();
            }
            state.place.cursor.line = line;
        }
    }
    if before == (state.place.cursor.line, state.place.cursor.column) { places::open(state) } else { Vec::new() }
}

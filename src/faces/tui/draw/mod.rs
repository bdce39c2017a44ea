//! The screen as a pure function of the state. Only what is on the screen is put into words.

pub mod bar;
pub mod focus;
mod list;
pub mod matrix;
mod overlay;
pub mod page;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::areas::areas;
use super::state::State;
use super::text::{Line, Part, Role, cut, width};
use super::theme::Theme;
use super::view::View;

/// Draws the screen.
pub fn draw(state: &State, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let parts = areas(state);
    let buffer = frame.buffer_mut();
    if screen.width < 30 || screen.height < 8 {
        let line = Line::new(Role::Plain, "loadpath: make the terminal larger");
        page::lines(buffer, screen, state.theme, &[line], 0, None);
        return;
    }
    bar::title(state, buffer, parts.title.intersection(screen));
    bar::tabs(state, buffer, parts.tabs.intersection(screen));
    let view = parts.view.intersection(screen);
    match state.place.view {
        _ if state.book.is_none() => bar::waiting(state, buffer, view),
        View::Page(_) => page::page(state, buffer, view),
        View::Matrix => matrix::matrix(state, buffer, view),
        View::Focus => focus::focus(state, buffer, view),
        _ => list::list(state, buffer, view),
    }
    if let Some(preview) = parts.preview.filter(|_| state.book.is_some()) {
        rule(state, buffer, parts.rule.intersection(screen));
        let selected = state.inside.then_some(state.beside.line);
        page::lines(buffer, preview.intersection(screen), state.theme, &state.lines, state.beside.top, selected);
    }
    bar::status(state, buffer, parts.status.intersection(screen));
    bar::hints(state, buffer, parts.hints.intersection(screen));
    overlay::overlay(state, buffer, screen);
}

/// The line between view and preview.
fn rule(state: &State, buffer: &mut Buffer, area: Rect) {
    let style = state.theme.style(Role::Dim);
    let sign = if area.width > 1 { "─" } else { "│" };
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buffer.set_string(x, y, sign, style);
        }
    }
}

/// Writes parts into one row; gives the column behind them.
fn parts(buffer: &mut Buffer, area: Rect, theme: Theme, parts: &[Part], over: Style) -> u16 {
    // A terminal that just got smaller is drawn on before anybody said so.
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return area.x;
    }
    let mut x = area.x;
    for (role, text) in parts {
        let left = area.right().saturating_sub(x);
        if left == 0 {
            break;
        }
        let text = cut(text, usize::from(left));
        buffer.set_stringn(x, area.y, &text, usize::from(left), theme.style(*role).patch(over));
        x = x.saturating_add(u16::try_from(width(&text)).unwrap_or(left)).min(area.right());
    }
    x
}

/// Empties a part of the screen.
fn clear(buffer: &mut Buffer, area: Rect) {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buffer[(x, y)].reset();
        }
    }
}

/// Reverses a part of the screen: what is selected is so without any colour.
fn select(buffer: &mut Buffer, area: Rect, theme: Theme) {
    buffer.set_style(area, theme.selected());
}

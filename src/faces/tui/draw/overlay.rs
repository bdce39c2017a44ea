//! What lies in front of the view: palette, help, a change that asks for agreement.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{clear, parts, select};
use crate::faces::tui::keys;
use crate::faces::tui::state::{Change, Hit, Overlay, Search, State};
use crate::faces::tui::text::{Line, Part, Role, cut, plain, width};

/// Draws what lies in front, if anything does.
pub fn overlay(state: &State, buffer: &mut Buffer, screen: Rect) {
    match &state.overlay {
        Some(Overlay::Palette(search)) => {
            let inner = framed(buffer, screen, state, " find anything ");
            self::search(state, buffer, inner, search);
        }
        Some(Overlay::Help(search)) => {
            let inner = framed(buffer, screen, state, " keys ");
            self::search(state, buffer, inner, search);
        }
        Some(Overlay::Confirm(change)) => {
            let inner = framed(buffer, screen, state, " write this? ");
            confirm(state, buffer, inner, change);
        }
        Some(Overlay::Filter | Overlay::Ask { .. }) | None => {}
    }
}

/// Clears the middle of the screen and frames it; gives what is inside.
fn framed(buffer: &mut Buffer, screen: Rect, state: &State, title: &str) -> Rect {
    let wide = (screen.width * 4 / 5).clamp(28.min(screen.width), 110);
    let tall = (screen.height * 4 / 5).clamp(7.min(screen.height), 36);
    let area = Rect { x: (screen.width - wide) / 2, y: (screen.height - tall) / 2, width: wide, height: tall };
    clear(buffer, area);
    let across = "─".repeat(usize::from(wide.saturating_sub(2)));
    let row = |y: u16| Rect { y, height: 1, ..area };
    let line = |text: String| [(Role::Accent, text)];
    parts(buffer, row(area.y), state.theme, &line(format!("╭{across}╮")), Style::default());
    for y in area.y + 1..area.bottom().saturating_sub(1) {
        parts(buffer, row(y), state.theme, &line("│".to_owned()), Style::default());
        let end = Rect { x: area.right() - 1, y, width: 1, height: 1 };
        parts(buffer, end, state.theme, &line("│".to_owned()), Style::default());
    }
    parts(buffer, row(area.bottom() - 1), state.theme, &line(format!("╰{across}╯")), Style::default());
    let at = Rect { x: area.x + 2, width: wide.saturating_sub(4), ..row(area.y) };
    parts(buffer, at, state.theme, &[(Role::Title, title.to_owned())], Style::default());
    Rect { x: area.x + 2, y: area.y + 1, width: wide.saturating_sub(4), height: tall.saturating_sub(2) }
}

fn search(state: &State, buffer: &mut Buffer, area: Rect, search: &Search) {
    let typed = [(Role::Accent, "› ".to_owned()), (Role::Plain, search.query.clone()), (Role::Accent, "▏".to_owned())];
    parts(buffer, Rect { height: 1, ..area }, state.theme, &typed, Style::default());
    let shown = usize::from(area.height.saturating_sub(2)).max(1);
    let top = (search.selected + 1).saturating_sub(shown);
    if search.hits.is_empty() {
        let at = Rect { y: area.y + 2, height: 1, ..area };
        parts(buffer, at.intersection(area), state.theme, &[(Role::Dim, "nothing fits".to_owned())], Style::default());
    }
    for ((index, hit), y) in search.hits.iter().enumerate().skip(top).zip(area.y + 2..area.bottom()) {
        let at = Rect { y, height: 1, ..area };
        parts(buffer, at, state.theme, &words(state, hit, usize::from(area.width)), Style::default());
        if index == search.selected {
            select(buffer, at, state.theme);
        }
    }
}

/// A hit in words: of a command its keys, so that they are learnt by the way; of a thing what kind it is.
fn words(state: &State, hit: &Hit, room: usize) -> Vec<Part> {
    const FIRST: usize = 13;
    let padded = |text: &str| format!("{}{} ", cut(text, FIRST), " ".repeat(FIRST.saturating_sub(width(text))));
    match hit {
        Hit::Command(command) => {
            let Some(binding) = keys::binding(*command) else { return Vec::new() };
            vec![
                (Role::Strong, padded(&binding.keys.join(" "))),
                (Role::Plain, cut(binding.says, room.saturating_sub(FIRST + 1))),
            ]
        }
        Hit::Thing(thing) => {
            let Some(book) = state.book.as_ref().filter(|book| book.has(*thing)) else { return Vec::new() };
            let name = cut(&plain(&book.name(*thing)), room.saturating_sub(FIRST + 1));
            vec![(Role::Dim, padded(book.kind(*thing))), (Role::Plain, name)]
        }
    }
}

fn confirm(state: &State, buffer: &mut Buffer, area: Rect, change: &Change) {
    let head = [
        Line::new(Role::Strong, &change.says).indented(2),
        Line::new(Role::Dim, format!("{}{}", change.file.name, if change.file.text.is_none() { " (new)" } else { "" })),
    ];
    super::page::lines(buffer, Rect { height: 3.min(area.height), ..area }, state.theme, &head, 0, None);
    let body = Rect { y: area.y + 3, height: area.height.saturating_sub(4), ..area }.intersection(area);
    super::page::lines(buffer, body, state.theme, &change.lines, change.top, None);
    let foot = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
    let keys = [
        (Role::Strong, " y".to_owned()),
        (Role::Plain, " writes it, ".to_owned()),
        (Role::Strong, "n".to_owned()),
        (Role::Plain, " leaves the file as it is".to_owned()),
    ];
    parts(buffer, foot, state.theme, &keys, Style::default());
}

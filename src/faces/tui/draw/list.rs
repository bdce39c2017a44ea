//! A list in columns: the rows that are on the screen, and no others.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{parts, select};
use crate::faces::tui::cells::{self, Column, Width, columns};
use crate::faces::tui::state::State;
use crate::faces::tui::text::{Line, Role, width};
use crate::faces::tui::view::View;

/// Columns between two columns.
const GAP: usize = 2;

/// The view as a list.
pub fn list(state: &State, buffer: &mut Buffer, area: Rect) {
    let Some(book) = &state.book else { return };
    let columns = columns(state.place.view);
    let widths = widths(columns, usize::from(area.width));
    let row = |y: u16| Rect { y: area.y + y, height: 1, ..area };
    for (column, (x, wide)) in columns.iter().zip(&widths) {
        let title = aligned(column, column.title, *wide);
        let at = Rect { x: area.x + x, width: *wide, ..row(0) };
        parts(buffer, at, state.theme, &[(Role::Dim, title)], Style::default().add_modifier(Modifier::UNDERLINED));
    }
    if state.items.is_empty() {
        super::page::lines(
            buffer,
            Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area },
            state.theme,
            &[Line::empty(), nothing(state)],
            0,
            None,
        );
        return;
    }
    let shown = state.items.iter().enumerate().skip(state.place.cursor.top);
    for ((index, item), y) in shown.zip(1..area.height) {
        let words = cells::cells(state, book, item);
        for ((column, (role, text)), (x, wide)) in columns.iter().zip(words).zip(&widths) {
            let text = aligned(column, &text, *wide);
            let at = Rect { x: area.x + x, width: *wide, ..row(y) };
            parts(buffer, at, state.theme, &[(role, text)], Style::default());
        }
        if index == state.place.cursor.line {
            select(buffer, row(y), state.theme);
        }
    }
}

/// Why a list is empty.
fn nothing(state: &State) -> Line {
    let says = match state.place.view {
        _ if !state.place.filter.is_empty() => "  nothing fits the filter; esc takes it away",
        View::Findings => "  no findings",
        View::Path => "  press p on a node, then on another one: here stand the ways between them",
        View::Capacity if state.derived.is_none() => "  …",
        View::Capacity => "  nothing is limited that the project shows",
        View::Topics => "  no topics",
        View::Datastores => "  no datastores",
        View::Contracts => "  no contracts",
        View::Decisions => "  no decisions, and none that a finding asks for",
        _ => "  nothing here",
    };
    Line::new(Role::Dim, says)
}

fn aligned(column: &Column, text: &str, wide: u16) -> String {
    match column.width {
        Width::Number(_) => format!("{}{text}", " ".repeat(usize::from(wide).saturating_sub(width(text)))),
        _ => text.to_owned(),
    }
}

/// Where each column begins and how wide it is. Where there is no room, columns go, the last one first.
fn widths(columns: &[Column], room: usize) -> Vec<(u16, u16)> {
    let mut count = columns.len();
    let fixed = |count: usize| -> usize {
        let own = columns[..count].iter().map(|column| match column.width {
            Width::Fixed(wide) | Width::Number(wide) => wide,
            Width::Fill(..) => 0,
        });
        own.sum::<usize>() + GAP * count.saturating_sub(1)
    };
    let weights = |count: usize| -> usize {
        let own = columns[..count].iter().map(|column| match column.width {
            Width::Fill(weight, _) => weight,
            _ => 0,
        });
        own.sum()
    };
    let least = |count: usize| -> usize {
        let own = columns[..count].iter().map(|column| match column.width {
            Width::Fill(_, least) => least,
            _ => 0,
        });
        own.sum()
    };
    while count > 1 && room.saturating_sub(fixed(count)) < least(count) {
        count -= 1;
    }
    let rest = room.saturating_sub(fixed(count));
    let all = weights(count).max(1);
    let mut x = 0;
    columns[..count]
        .iter()
        .map(|column| {
            let wide = match column.width {
                Width::Fixed(wide) | Width::Number(wide) => wide,
                Width::Fill(weight, _) => rest * weight / all,
            };
            let at = x;
            x += wide + GAP;
            let fit = |columns: usize| u16::try_from(columns).unwrap_or(u16::MAX);
            (fit(at.min(room)), fit(wide.min(room.saturating_sub(at))))
        })
        .collect()
}

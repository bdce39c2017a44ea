//! Going up, down and sideways in a view; what is selected stays on the screen.

use crate::faces::tui::areas::{areas, rows};
use crate::faces::tui::focus;
use crate::faces::tui::state::{Fold, State};
use crate::faces::tui::text::{Line, height};
use crate::faces::tui::view::View;

use super::places;

/// How far.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// So many lines.
    Lines(isize),
    /// Half a screen.
    Half(isize),
    /// To the first line.
    First,
    /// To the last line.
    Last,
}

/// How many lines the view has.
pub fn count(state: &State) -> usize {
    let Some(book) = &state.book else { return 0 };
    match state.place.view {
        View::Page(_) => state.lines.len(),
        View::Matrix => book.grid.order.len(),
        View::Focus => {
            let Some(around) = state.place.about else { return 0 };
            let layers = focus::layers(book, around, state.deep);
            match state.place.cursor.column {
                0 => layers.left.len(),
                1 => 1,
                _ => layers.right.len(),
            }
        }
        _ => state.items.len(),
    }
}

/// Goes up or down.
pub fn moved(state: &mut State, step: Step) {
    if state.inside {
        state.beside.line = stepped(state.beside.line, step, state.lines.len(), rows_beside(state));
    } else {
        state.place.cursor.line = stepped(state.place.cursor.line, step, count(state), rows(state));
    }
}

fn stepped(line: usize, step: Step, count: usize, rows: usize) -> usize {
    let half = isize::try_from(rows / 2).unwrap_or(1).max(1);
    let last = count.saturating_sub(1);
    match step {
        Step::Lines(by) => line.saturating_add_signed(by),
        Step::Half(by) => line.saturating_add_signed(by * half),
        Step::First => 0,
        Step::Last => last,
    }
    .min(last)
}

fn rows_beside(state: &State) -> usize {
    areas(state).preview.map_or(1, |area| usize::from(area.height)).max(1)
}

/// Scrolls what stands beside the view.
pub fn scrolled(state: &mut State, by: isize) {
    let last = state.lines.len().saturating_sub(1);
    state.beside.top = state.beside.top.saturating_add_signed(by).min(last);
    state.beside.line = state.beside.line.max(state.beside.top);
}

/// Goes into what stands beside the view, or out of it.
pub fn beside(state: &mut State, inside: bool) {
    state.inside = inside && areas(state).preview.is_some() && !state.lines.is_empty();
}

/// Keeps what is selected beside the view on the screen.
pub fn kept_beside(state: &mut State) {
    let Some(area) = areas(state).preview else {
        state.inside = false;
        return;
    };
    let cursor = &mut state.beside;
    let last = state.lines.len().saturating_sub(1);
    cursor.line = cursor.line.min(last);
    cursor.top = cursor.top.min(last);
    if state.inside {
        let wide = usize::from(area.width).saturating_sub(2);
        cursor.top =
            cursor.top.min(cursor.line).max(first_shown(&state.lines, cursor.line, wide, usize::from(area.height)));
    }
}

/// Goes left or right: between columns, or into and out of what is folded.
pub fn sideways(state: &mut State, by: isize) {
    if state.inside {
        if by < 0 {
            state.inside = false;
        }
        return;
    }
    match state.place.view {
        View::Matrix => {
            let last = state.book.as_ref().map_or(0, |book| book.grid.order.len().saturating_sub(1));
            state.place.cursor.column = state.place.cursor.column.saturating_add_signed(by).min(last);
        }
        View::Focus => {
            let column = state.place.cursor.column.saturating_add_signed(by).min(2);
            if column != state.place.cursor.column {
                state.place.cursor.column = column;
                state.place.cursor.line = 0;
                state.place.cursor.top = 0;
            }
        }
        View::Page(_) => {}
        _ => {
            let Some(item) = state.items.get(state.place.cursor.line).copied() else { return };
            match (item.fold, by) {
                (Fold::Closed, 1) | (Fold::Open, -1) => places::toggle(state, item.thing),
                (Fold::Leaf, 1) => beside(state, true),
                // Out of a group: to what it stands below.
                (_, -1) => {
                    let above = state.items[..state.place.cursor.line].iter();
                    if let Some(parent) = above.rev().position(|other| other.depth < item.depth) {
                        state.place.cursor.line -= parent + 1;
                    }
                }
                _ => {}
            }
        }
    }
}

/// Keeps the cursor within the view and on the screen.
pub fn kept(state: &mut State) {
    let count = count(state);
    let shown = rows(state);
    let cursor = &mut state.place.cursor;
    cursor.line = cursor.line.min(count.saturating_sub(1));
    cursor.top = cursor.top.min(cursor.line);
    if let View::Page(_) = state.place.view {
        wrapped(state, shown);
        return;
    }
    // What could stand above the first line is shown, when the list got shorter.
    cursor.top = cursor
        .top
        .max((cursor.line + 1).saturating_sub(shown))
        .min(count.saturating_sub(shown).max(cursor.line + 1 - (cursor.line + 1).min(shown)));
    if state.place.view == View::Matrix {
        let wide = crate::faces::tui::draw::matrix::columns(state).max(1);
        let last = count.saturating_sub(1);
        let cursor = &mut state.place.cursor;
        cursor.column = cursor.column.min(last);
        cursor.left = cursor.left.min(cursor.column).max((cursor.column + 1).saturating_sub(wide));
    }
}

/// Lines of a page take several rows where they are long.
fn wrapped(state: &mut State, shown: usize) {
    let wide = usize::from(areas(state).view.width).saturating_sub(2);
    let first = first_shown(&state.lines, state.place.cursor.line, wide, shown);
    state.place.cursor.top = state.place.cursor.top.max(first);
}

/// The first line with which so many rows still show the one that is selected.
fn first_shown(lines: &[Line], line: usize, wide: usize, shown: usize) -> usize {
    let mut used = 0;
    let mut first = line;
    for index in (0..=line).rev() {
        used += lines.get(index).map_or(1, |line| height(line, wide));
        if used > shown {
            break;
        }
        first = index;
    }
    first
}

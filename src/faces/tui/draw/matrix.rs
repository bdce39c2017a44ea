//! The matrix on the screen: names at the left, numbers above, signs in between. It scrolls both ways; the row and the
//! column of the cursor are dotted, so that the eye finds back from a sign to its names.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::{parts, select};
use crate::faces::tui::areas::areas;
use crate::faces::tui::cells::counts;
use crate::faces::tui::state::State;
use crate::faces::tui::text::{Line, Role, cut, width};

/// Columns of a cell.
const CELL: u16 = 2;
/// Columns of a name, at most.
const LONGEST: usize = 28;

/// Columns in front of the cells: number and name.
fn names(state: &State) -> u16 {
    let Some(book) = &state.book else { return 0 };
    let longest = book.graph().services.iter().map(|service| width(&service.name)).max().unwrap_or_default();
    u16::try_from(longest.min(LONGEST) + 5).unwrap_or(8).min(areas(state).view.width / 2)
}

/// Digits of the largest number.
fn digits(state: &State) -> u16 {
    let count = state.book.as_ref().map_or(0, |book| book.grid.order.len());
    match count {
        0..=9 => 1,
        10..=99 => 2,
        100..=999 => 3,
        _ => 4,
    }
}

/// Rows above the cells: the legend, and the numbers of the columns, digit below digit.
pub fn heads(state: &State) -> u16 {
    digits(state) + 1
}

/// How many columns of the matrix are on the screen.
pub fn columns(state: &State) -> usize {
    usize::from(areas(state).view.width.saturating_sub(names(state)) / CELL)
}

/// The cell that stands at a position of the screen.
pub fn cell_at(state: &State, area: Rect, at: Position) -> Option<(usize, usize)> {
    let cursor = state.place.cursor;
    let row = cursor.top + usize::from(at.y.checked_sub(area.y + heads(state))?);
    let column = match at.x.checked_sub(area.x + names(state)) {
        Some(x) => cursor.left + usize::from(x / CELL),
        None => cursor.column,
    };
    let count = state.book.as_ref()?.grid.order.len();
    (row < count && column < count).then_some((row, column))
}

/// The matrix.
pub fn matrix(state: &State, buffer: &mut Buffer, area: Rect) {
    let Some(book) = &state.book else { return };
    let (grid, cursor, theme) = (&book.grid, state.place.cursor, state.theme);
    let legend = "row → column  G gRPC  H HTTP  T topic  * several  ! findings  small: not proven";
    super::page::lines(
        buffer,
        Rect { height: 1, ..area },
        theme,
        &[Line::new(Role::Dim, cut(legend, usize::from(area.width)))],
        0,
        None,
    );
    let (names, digits) = (names(state), digits(state));
    let shown = (cursor.left..grid.order.len()).take(columns(state));
    for (column, x) in shown.clone().zip(0_u16..) {
        let number = format!("{:>wide$}", column + 1, wide = usize::from(digits));
        for (digit, y) in number.chars().zip(1_u16..) {
            let at = Rect { x: area.x + names + x * CELL, y: area.y + y, width: 1, height: 1 };
            let role = if column == cursor.column { Role::Strong } else { Role::Dim };
            parts(buffer, at, theme, &[(role, digit.to_string())], Style::default());
        }
    }
    let first = area.y + digits + 1;
    for (row, y) in (cursor.top..grid.order.len()).zip(first..area.bottom()) {
        let service = grid.order[row];
        let here = row == cursor.line;
        let name = &book.graph().services[service].name;
        let (mark, _) = counts(book, &book.of_service[service]);
        let number = format!("{:>3} ", row + 1);
        let name = cut(&crate::faces::tui::text::plain(name), usize::from(names.saturating_sub(5)));
        let role = if here { Role::Strong } else { mark };
        let at = Rect { x: area.x, y, width: names, height: 1 };
        parts(buffer, at, theme, &[(Role::Dim, number), (role, name)], Style::default());
        for (column, x) in shown.clone().zip(0_u16..) {
            let at = Rect {
                x: area.x + names + x * CELL,
                y,
                width: CELL.min(area.right().saturating_sub(area.x + names + x * CELL)),
                height: 1,
            };
            let words = match grid.sign(book, row, column) {
                Some((sign, true)) => [(Role::Strong, sign.to_string()), (Role::Error, "!".to_owned())],
                Some((sign, false)) => [(Role::Strong, sign.to_string()), (Role::Plain, String::new())],
                None if row == column => [(Role::Dim, "╲".to_owned()), (Role::Plain, String::new())],
                None if here || column == cursor.column => [(Role::Dim, "·".to_owned()), (Role::Plain, String::new())],
                None => continue,
            };
            parts(buffer, at, theme, &words, Style::default());
        }
        if here && let Some(x) = cursor.column.checked_sub(cursor.left).and_then(|x| u16::try_from(x).ok()) {
            let at = Rect { x: area.x + names + x * CELL, y, width: CELL, height: 1 };
            select(buffer, at.intersection(area), theme);
        }
    }
}

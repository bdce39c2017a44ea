//! Lines that are broken where they are too long: pages, and what stands beside a list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{parts, select};
use crate::faces::tui::state::State;
use crate::faces::tui::text::{Line, height, wrapped};
use crate::faces::tui::theme::Theme;

/// The page that is looked at.
pub fn page(state: &State, buffer: &mut Buffer, area: Rect) {
    let cursor = state.place.cursor;
    lines(buffer, area, state.theme, &state.lines, cursor.top, Some(cursor.line));
}

/// Lines from one of them on, as far as they fit.
pub fn lines(buffer: &mut Buffer, area: Rect, theme: Theme, lines: &[Line], top: usize, selected: Option<usize>) {
    let area = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..area };
    let mut y = area.y;
    for (index, line) in lines.iter().enumerate().skip(top) {
        for row in wrapped(line, usize::from(area.width)) {
            if y >= area.bottom() {
                return;
            }
            let at = Rect { y, height: 1, ..area };
            parts(buffer, at, theme, &row, Style::default());
            if selected == Some(index) {
                select(buffer, at, theme);
            }
            y += 1;
        }
    }
}

/// The line that stands in a row of the screen.
pub fn line_at(state: &State, area: Rect, top: usize, y: u16) -> Option<usize> {
    let mut left = usize::from(y.checked_sub(area.y)?);
    let wide = usize::from(area.width).saturating_sub(2);
    for (index, line) in state.lines.iter().enumerate().skip(top) {
        let tall = height(line, wide);
        if left < tall {
            return Some(index);
        }
        left -= tall;
    }
    None
}

//! Where on the screen what stands: computed from the state alone, for whoever draws and for whoever is clicked at.

use ratatui::layout::Rect;

use super::state::State;
use super::view::View;

/// Columns from which on the preview stands beside the list and not below it.
const BESIDE: u16 = 110;
/// Rows that a preview below the list needs.
const BELOW: u16 = 12;

/// The parts of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// Name, figures, what is going on.
    pub title: Rect,
    /// The views.
    pub tabs: Rect,
    /// The view, with the heads of its columns.
    pub view: Rect,
    /// The line between view and preview.
    pub rule: Rect,
    /// What stands beside the view.
    pub preview: Option<Rect>,
    /// The filter, a note, what is being typed.
    pub status: Rect,
    /// Keys.
    pub hints: Rect,
}

/// The parts of the screen for a state.
pub fn areas(state: &State) -> Areas {
    let (w, h) = state.size;
    let row = |y: u16| if y < h { Rect::new(0, y, w, 1) } else { Rect::default() };
    if h < 6 {
        return Areas { view: Rect::new(0, 0, w, h), ..Areas::default() };
    }
    let body = Rect::new(0, 2, w, h - 4);
    let mut areas = Areas {
        title: row(0),
        tabs: row(1),
        view: body,
        rule: Rect::default(),
        preview: None,
        status: row(h - 2),
        hints: row(h - 1),
    };
    if state.alone || matches!(state.place.view, View::Page(_)) {
        return areas;
    }
    if w >= BESIDE {
        let left = match state.place.view {
            View::Matrix | View::Focus => w / 20 * 12,
            View::WhatIf => w / 20 * 8,
            _ => w / 20 * 11,
        };
        areas.view = Rect { width: left, ..body };
        areas.rule = Rect { x: left, width: 1, ..body };
        areas.preview = Some(Rect { x: left + 2, width: w - left - 2, ..body });
    } else if body.height >= BELOW {
        let top = body.height * 11 / 20;
        areas.view = Rect { height: top, ..body };
        areas.rule = Rect { y: body.y + top, height: 1, ..body };
        areas.preview = Some(Rect { y: body.y + top + 1, height: body.height - top - 1, ..body });
    }
    areas
}

/// Rows of the view that things stand in: without the heads of the columns.
pub fn rows(state: &State) -> usize {
    let view = areas(state).view;
    let heads = match state.place.view {
        View::Page(_) => 0,
        View::Matrix => super::draw::matrix::heads(state),
        _ => 1,
    };
    usize::from(view.height.saturating_sub(heads)).max(1)
}

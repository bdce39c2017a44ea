//! What is around a node on the screen: three layers beside each other, what depends at the left, what is depended on at
//! the right.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{parts, select};
use crate::faces::tui::cells::{counts, edge_words};
use crate::faces::tui::focus::{Layers, Neighbour, layers};
use crate::faces::tui::state::State;
use crate::faces::tui::text::{Part, Role, cut, plain, width};
use crate::faces::tui::thing::Thing;

/// Columns of a side without anything.
const EMPTY: u16 = 16;

/// What is around the node that the view is about.
pub fn focus(state: &State, buffer: &mut Buffer, area: Rect) {
    let (Some(book), Some(around)) = (&state.book, state.place.about) else { return };
    let layers = layers(book, around, state.deep);
    let [left, middle, right] = columns(&layers, width(book.graph().called(around)), area);
    let titles = [
        (left, format!("depend on it ({})", layers.left.len())),
        (middle, String::new()),
        (right, format!("it depends on ({})", layers.right.len())),
    ];
    for (at, title) in titles {
        parts(buffer, Rect { height: 1, ..at }, state.theme, &[(Role::Dim, title)], Style::default());
    }
    side(state, buffer, below(left), &layers.left, 0);
    side(state, buffer, below(right), &layers.right, 2);
    node(state, buffer, below(middle), &layers);
}

/// Where the three layers stand: a side without anything leaves its room to the other one.
fn columns(layers: &Layers, name: usize, area: Rect) -> [Rect; 3] {
    let box_wide = u16::try_from(name + 12).unwrap_or(area.width).max(18).min(area.width / 3 + 1);
    let rest = area.width.saturating_sub(box_wide);
    let wide = match (layers.left.is_empty(), layers.right.is_empty()) {
        (true, false) => EMPTY.min(rest / 2),
        (false, true) => rest - EMPTY.min(rest / 2),
        _ => rest / 2,
    };
    let middle = area.x + wide;
    [
        Rect { width: wide, ..area },
        Rect { x: middle, width: box_wide.min(area.right() - middle), ..area },
        Rect { x: (middle + box_wide).min(area.right()), width: rest - wide, ..area },
    ]
}

/// The layer that stands in a column of the screen.
pub fn layer_at(state: &State, area: Rect, x: u16) -> Option<usize> {
    let (book, around) = (state.book.as_ref()?, state.place.about?);
    let layers = layers(book, around, state.deep);
    let columns = columns(&layers, width(book.graph().called(around)), area);
    columns.iter().position(|column| (column.left()..column.right()).contains(&x))
}

fn below(area: Rect) -> Rect {
    Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
}

/// The node itself, in a box with arrows to both sides.
fn node(state: &State, buffer: &mut Buffer, area: Rect, layers: &Layers) {
    let (Some(book), Some(end)) = (&state.book, state.place.about) else { return };
    let thing = Thing::End(end);
    let wide = usize::from(area.width).saturating_sub(6);
    if wide < 4 || area.height < 5 {
        return;
    }
    let name = cut(&plain(book.graph().called(end)), wide);
    let (role, found) = counts(book, book.about(thing));
    let kind = book.kind(thing).to_owned();
    let rows: Vec<Part> = vec![(Role::Strong, name), (Role::Dim, cut(&kind, wide)), (role, cut(&found, wide))];
    let inner = rows.iter().map(|(_, text)| width(text)).max().unwrap_or(4).max(8).min(wide);
    let start = area.x + (area.width.saturating_sub(u16::try_from(inner + 4).unwrap_or(area.width))) / 2;
    let top = area.y + area.height.saturating_sub(5) / 2;
    let line = |buffer: &mut Buffer, y: u16, words: &[Part]| {
        let at = Rect { x: start, y, width: area.right().saturating_sub(start), height: 1 };
        parts(buffer, at, state.theme, words, Style::default());
    };
    line(buffer, top, &[(Role::Accent, format!("╭{}╮", "─".repeat(inner + 2)))]);
    for ((role, text), y) in rows.into_iter().zip(top + 1..) {
        let pad = " ".repeat(inner.saturating_sub(width(&text)));
        line(buffer, y, &[(Role::Accent, "│ ".to_owned()), (role, text), (Role::Accent, format!("{pad} │"))]);
    }
    line(buffer, top + 4, &[(Role::Accent, format!("╰{}╯", "─".repeat(inner + 2)))]);
    let arrow = |buffer: &mut Buffer, from: u16, to: u16| {
        if to > from {
            let text = format!("{}▶", "─".repeat(usize::from(to - from).saturating_sub(1)));
            let at = Rect { x: from, y: top + 2, width: to - from, height: 1 };
            parts(buffer, at, state.theme, &[(Role::Dim, text)], Style::default());
        }
    };
    let end = start + u16::try_from(inner + 4).unwrap_or(area.width);
    if !layers.left.is_empty() {
        arrow(buffer, area.x, start);
    }
    if !layers.right.is_empty() {
        arrow(buffer, end, area.right().saturating_sub(1));
    }
    if state.place.cursor.column == 1 {
        let at = Rect { x: start + 2, y: top + 1, width: u16::try_from(inner).unwrap_or(4), height: 1 };
        select(buffer, at.intersection(area), state.theme);
    }
}

fn side(state: &State, buffer: &mut Buffer, area: Rect, all: &[Neighbour], column: usize) {
    let Some(book) = &state.book else { return };
    let cursor = state.place.cursor;
    let here = cursor.column == column;
    let top = if here { cursor.top } else { 0 };
    let wide = usize::from(area.width.saturating_sub(1));
    for ((index, of), y) in all.iter().enumerate().skip(top).zip(area.y..area.bottom()) {
        let found: Vec<usize> = of.edges.iter().flat_map(|id| book.of_edge[*id].iter().copied()).collect();
        let own = book.about(Thing::End(of.end));
        // `!` on the edge, `●` on the node: which of the two has findings.
        let (edge_role, _) = counts(book, &found);
        let (node_role, _) = counts(book, own);
        let mut kinds: Vec<String> = of.edges.iter().map(|id| edge_words(book, *id)).collect();
        kinds.dedup();
        let indent = if of.steps > 1 { "  ↳ " } else { "" };
        let name = plain(book.graph().called(of.end));
        let marks = [
            (edge_role, if found.is_empty() { String::new() } else { " !".to_owned() }),
            (node_role, if own.is_empty() { String::new() } else { " ●".to_owned() }),
        ];
        let marked: usize = marks.iter().map(|(_, text)| width(text)).sum();
        let room = wide.saturating_sub(marked + width(indent));
        let name = cut(&name, room);
        let kinds = cut(&plain(&kinds.join(", ")), room.saturating_sub(width(&name) + 1));
        let mut words = vec![(Role::Dim, indent.to_owned()), (Role::Strong, name)];
        words.extend(marks);
        words.push((Role::Dim, format!(" {kinds}")));
        let at = Rect { y, height: 1, ..area };
        parts(buffer, at, state.theme, &words, Style::default());
        if here && index == cursor.line {
            select(buffer, Rect { width: area.width.saturating_sub(1), ..at }, state.theme);
        }
    }
}

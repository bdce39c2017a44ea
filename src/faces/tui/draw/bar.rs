//! The lines above and below the view: name and figures, tabs, what is being typed, keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{parts, select};
use crate::faces::tui::cells;
use crate::faces::tui::keys::{self, Command};
use crate::faces::tui::state::{Overlay, State, Wish};
use crate::faces::tui::text::{Line, Part, Role, width};
use crate::faces::tui::view::View;
use crate::graph::End;

/// Name of the project, its figures, and what the review is at.
pub fn title(state: &State, buffer: &mut Buffer, area: Rect) {
    let mut left: Vec<Part> = vec![(Role::Title, " loadpath ".to_owned())];
    if let Some(book) = &state.book {
        let all: Vec<usize> = (0..book.findings.len()).collect();
        let graph = book.graph();
        left.push((Role::Strong, format!("{} ", crate::faces::tui::text::plain(&book.loaded.name))));
        left.push((Role::Dim, format!("{} services, {} entry points  ", graph.services.len(), graph.entries.len())));
        let (role, words) = cells::counts(book, &all);
        let words = if words.is_empty() { "no findings".to_owned() } else { words };
        left.push((role, words));
        let new = book.is_new.iter().filter(|new| **new).count();
        if book.has_base {
            left.push((Role::Warning, format!("  +{new} new")));
        }
        let accepted = book.loaded.settled.suppressed.len() + book.loaded.settled.baselined.len();
        if accepted > 0 {
            left.push((Role::Dim, format!("  {accepted} accepted")));
        }
    }
    parts(buffer, area, state.theme, &left, Style::default());
    let right = match (&state.work.stage, &state.work.error) {
        (Some(stage), _) => Some((Role::Accent, format!(" ◌ {stage}… "))),
        (None, Some(_)) => Some((Role::Error, " review failed ".to_owned())),
        _ => None,
    };
    if let Some((role, text)) = right {
        let wide = u16::try_from(width(&text)).unwrap_or(area.width).min(area.width);
        let at = Rect { x: area.right() - wide, width: wide, ..area };
        parts(buffer, at, state.theme, &[(role, text)], Style::default());
    }
}

/// The tabs that fit, with that of the view among them: first and last column of each.
fn tab_columns(state: &State) -> Vec<(u16, u16, View)> {
    let tabs = View::TABS;
    let here = tabs.iter().position(|tab| *tab == state.place.view);
    // From a page its tab is the one it was opened from.
    let here =
        here.or_else(|| state.back.iter().rev().find_map(|place| tabs.iter().position(|tab| *tab == place.view)));
    let wide = |view: View| width(view.name()) + 3;
    let room = usize::from(state.size.0);
    let mut first = 0;
    if let Some(here) = here {
        while first < here && tabs[first..=here].iter().map(|tab| wide(*tab)).sum::<usize>() > room {
            first += 1;
        }
    }
    let mut x = 0;
    let mut all = Vec::new();
    for tab in &tabs[first..] {
        let next = x + wide(*tab);
        if next > room {
            break;
        }
        all.push((u16::try_from(x).unwrap_or(u16::MAX), u16::try_from(next).unwrap_or(u16::MAX), *tab));
        x = next;
    }
    all
}

/// The view whose tab stands in a column.
pub fn tab_at(state: &State, x: u16) -> Option<View> {
    tab_columns(state).into_iter().find(|(from, to, _)| (*from..*to).contains(&x)).map(|(_, _, view)| view)
}

/// The tabs.
pub fn tabs(state: &State, buffer: &mut Buffer, area: Rect) {
    for (from, to, view) in tab_columns(state) {
        let here = view == state.place.view;
        let key = keys::binding(Command::Go(view)).and_then(|of| of.keys.first()).copied().unwrap_or(" ");
        let tab = Rect { x: area.x + from, width: (to - from).min(area.width.saturating_sub(from)), ..area };
        let role = if here { Role::Strong } else { Role::Plain };
        parts(
            buffer,
            tab,
            state.theme,
            &[(Role::Dim, key.to_owned()), (role, format!(" {}", view.name()))],
            Style::default(),
        );
        if here {
            select(buffer, Rect { width: tab.width.saturating_sub(1), ..tab }, state.theme);
        }
    }
}

/// What the screen says before there is a review.
pub fn waiting(state: &State, buffer: &mut Buffer, area: Rect) {
    let lines = match &state.work.error {
        Some(why) => why.lines().map(|line| Line::new(Role::Error, line)).collect(),
        None => {
            vec![Line::empty(), Line::new(Role::Dim, format!("  {}…", state.work.stage.unwrap_or("reading files")))]
        }
    };
    super::page::lines(buffer, area, state.theme, &lines, 0, None);
}

/// Where one is, what is typed, what is to be said.
pub fn status(state: &State, buffer: &mut Buffer, area: Rect) {
    let cursor = |text: &str| vec![(Role::Plain, text.to_owned()), (Role::Accent, "▏".to_owned())];
    let line: Vec<Part> = match (&state.overlay, &state.note, &state.work.error) {
        (Some(Overlay::Filter), ..) => {
            let mut line = vec![(Role::Accent, " / ".to_owned())];
            line.extend(cursor(&state.place.filter));
            let found = if state.place.view.is_list() { state.items.len() } else { state.lines.len() };
            line.push((Role::Dim, format!("   {found} lines; enter keeps it, esc takes it away")));
            line
        }
        (Some(Overlay::Ask { wish, text }), note, _) => {
            let asks = match wish {
                Wish::Reason(_) => " accept it, because: ",
                Wish::Severity(_) => " severity (error, warning, info, off): ",
            };
            let mut line = vec![(Role::Accent, asks.to_owned())];
            line.extend(cursor(text));
            line.extend(note.iter().map(|note| (Role::Warning, format!("  {note}"))));
            line
        }
        (_, Some(note), _) => vec![(Role::Warning, format!(" {}", note.replace('\n', "; ")))],
        (_, None, Some(why)) if state.book.is_some() => {
            vec![(Role::Error, format!(" the review failed; this is the one before: {}", why.replace('\n', "; ")))]
        }
        _ => crumbs(state),
    };
    parts(buffer, area, state.theme, &line, Style::default());
}

/// The view, how it is narrowed down, and which of how many is selected.
fn crumbs(state: &State) -> Vec<Part> {
    let Some(book) = &state.book else { return Vec::new() };
    let mut words = vec![(Role::Dim, format!(" {}", state.place.view.name()))];
    match state.place.view {
        View::Page(thing) => words.push((Role::Plain, format!("  {}: {}", book.kind(thing), book.name(thing)))),
        View::Findings => {
            words.push((Role::Plain, format!("  {}", state.grouping.name())));
            if let Some(least) = state.least {
                words.push((Role::Plain, format!(", {} and graver", least.name())));
            }
            if state.only_new {
                words.push((Role::Plain, ", new ones only".to_owned()));
            }
        }
        View::Focus => {
            let name = state.place.about.map_or("", |end| book.graph().called(end));
            let steps = if state.deep { "two steps" } else { "one step" };
            words.push((Role::Plain, format!("  {steps} around {name}   ● findings on the node   ! on the edge")));
        }
        View::Path => words.push((Role::Plain, between(state))),
        View::Matrix => words.extend(cell(state)),
        _ => {}
    }
    if !state.place.filter.is_empty() {
        words.push((Role::Accent, format!("  /{}", state.place.filter)));
    }
    if state.place.view.is_list() && !state.items.is_empty() {
        words.push((Role::Dim, format!("  {} of {}", state.place.cursor.line + 1, state.items.len())));
    }
    words
}

fn between(state: &State) -> String {
    let Some(book) = &state.book else { return String::new() };
    let name = |end: Option<End>| end.map_or("?".to_owned(), |end| book.graph().called(end).to_owned());
    match state.between {
        (None, _) => "  select a node anywhere and press p, then another one".to_owned(),
        (from, None) => format!("  from {}: go to another node and press p", name(from)),
        (from, to) if state.ways.is_empty() => format!("  no way between {} and {}", name(from), name(to)),
        (from, to) => format!("  from {} to {}: {} ways", name(from), name(to), state.ways.len()),
    }
}

fn cell(state: &State) -> Vec<Part> {
    let Some(book) = &state.book else { return Vec::new() };
    let (row, column) = (state.place.cursor.line, state.place.cursor.column);
    let name = |place: usize| book.grid.order.get(place).map_or("", |id| book.graph().services[*id].name.as_str());
    let edges = book.grid.cells.get(&(row, column));
    let words: Vec<String> = edges.into_iter().flatten().take(2).map(|id| cells::edge_words(book, *id)).collect();
    let words = if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
    vec![(Role::Strong, format!("  {} → {}", name(row), name(column))), (Role::Plain, format!("  {words}"))]
}

/// Commands worth a hint here.
pub fn hinted(state: &State) -> &'static [Command] {
    use Command as C;
    const START: &[Command] = &[C::Quit, C::Help];
    const FINDINGS: &[Command] = &[
        C::Open,
        C::Edit,
        C::Filter,
        C::Group,
        C::Severity,
        C::OnlyNew,
        C::Suppress,
        C::Baseline,
        C::SetSeverity,
        C::Propose,
        C::Focus,
        C::Palette,
        C::Help,
        C::Quit,
    ];
    const WHAT_IF: &[Command] = &[
        C::TakeDown,
        C::Slow,
        C::Restore,
        C::Beside,
        C::Open,
        C::Filter,
        C::CopyMarkdown,
        C::Palette,
        C::Help,
        C::Quit,
    ];
    const FOCUS: &[Command] = &[
        C::Left,
        C::Right,
        C::Open,
        C::Beside,
        C::Deeper,
        C::Nearer,
        C::MarkPath,
        C::TakeDown,
        C::CopyMermaid,
        C::Close,
        C::Palette,
        C::Help,
        C::Quit,
    ];
    const PAGE: &[Command] = &[
        C::Open,
        C::Close,
        C::Edit,
        C::Focus,
        C::CopyMarkdown,
        C::CopyMermaid,
        C::CopyPlace,
        C::Palette,
        C::Help,
        C::Quit,
    ];
    const FINDING: &[Command] = &[
        C::Close,
        C::Open,
        C::Edit,
        C::Suppress,
        C::Baseline,
        C::SetSeverity,
        C::Propose,
        C::CopyMarkdown,
        C::Palette,
        C::Help,
        C::Quit,
    ];
    const LIST: &[Command] = &[
        C::Open,
        C::Filter,
        C::Beside,
        C::Focus,
        C::MarkPath,
        C::TakeDown,
        C::Edit,
        C::CopyMermaid,
        C::CopyMarkdown,
        C::Preview,
        C::Palette,
        C::Help,
        C::Quit,
    ];
    const INSIDE: &[Command] = &[C::Open, C::Left, C::Edit, C::Focus, C::CopyPlace, C::Palette, C::Help, C::Quit];
    match state.place.view {
        _ if state.book.is_none() => START,
        _ if state.inside => INSIDE,
        View::Findings => FINDINGS,
        View::WhatIf => WHAT_IF,
        View::Focus => FOCUS,
        View::Page(_) if state.selected_finding().is_some() => FINDING,
        View::Page(_) => PAGE,
        _ => LIST,
    }
}

/// Hints with their columns.
fn hint_columns(state: &State) -> Vec<(u16, u16, &'static keys::Binding)> {
    let wide =
        |binding: &keys::Binding| binding.keys.first().map_or(0, |key| width(key)) + 1 + width(binding.short) + 2;
    let bindings: Vec<&'static keys::Binding> =
        hinted(state).iter().filter_map(|command| keys::binding(*command)).collect();
    // How to find all others is worth more than those that do not fit.
    let last = bindings.len().saturating_sub(3);
    let kept: usize = bindings[last..].iter().map(|binding| wide(binding)).sum();
    let room = usize::from(state.size.0);
    let mut x = 1;
    let mut all = Vec::new();
    for (index, binding) in bindings.into_iter().enumerate() {
        let next = x + wide(binding);
        if next + if index < last { kept } else { 0 } > room {
            continue;
        }
        all.push((u16::try_from(x).unwrap_or(u16::MAX), u16::try_from(next).unwrap_or(u16::MAX), binding));
        x = next;
    }
    all
}

/// The command whose hint stands in a column.
pub fn hint_at(state: &State, x: u16) -> Option<Command> {
    if state.overlay.is_some() {
        return None;
    }
    hint_columns(state).into_iter().find(|(from, to, _)| (*from..*to).contains(&x)).map(|(_, _, of)| of.command)
}

/// The keys that are worth knowing here.
pub fn hints(state: &State, buffer: &mut Buffer, area: Rect) {
    let words = match &state.overlay {
        Some(Overlay::Palette(_) | Overlay::Help(_)) => Some(" type to search   ↑↓ choose   enter open   esc close"),
        Some(Overlay::Filter) => {
            Some(" words that must be there   ! in front: must not   ~ in front: letters in order")
        }
        Some(Overlay::Ask { .. }) => Some(" enter goes on   esc stops"),
        Some(Overlay::Confirm(_)) => Some(" y write it   n leave it   j k scroll"),
        None => None,
    };
    if let Some(words) = words {
        parts(buffer, area, state.theme, &[(Role::Dim, words.to_owned())], Style::default());
        return;
    }
    for (from, to, binding) in hint_columns(state) {
        let key = binding.keys.first().copied().unwrap_or_default();
        let at = Rect { x: area.x + from, width: (to - from).min(area.width.saturating_sub(from)), ..area };
        let words = [(Role::Strong, key.to_owned()), (Role::Dim, format!(" {}", binding.short))];
        parts(buffer, at, state.theme, &words, Style::default().remove_modifier(Modifier::REVERSED));
    }
}

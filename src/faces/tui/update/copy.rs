//! What is shown as text for others: a name, a place, Markdown, Mermaid, a picture.

use crate::faces::tui::cells::{self, columns};
use crate::faces::tui::event::{Effect, Question};
use crate::faces::tui::state::State;
use crate::faces::tui::thing::Thing;
use crate::faces::tui::view::View;
use crate::reports::view as drawn;
use crate::reports::{Templates, mermaid, svg};

use super::places;

/// Rows of a table, at most: what is pasted into a review is read by people.
const ROWS: usize = 300;

/// Copies a text, and says so.
pub fn copied(state: &mut State, text: String) -> Vec<Effect> {
    let first: String = text.lines().next().unwrap_or_default().chars().take(60).collect();
    let lines = text.lines().count();
    state.note =
        Some(if lines > 1 { format!("copied {lines} lines: {first} …") } else { format!("copied: {first}") });
    vec![Effect::Copy(text)]
}

/// The name of the selection.
pub fn name(state: &mut State) -> Vec<Effect> {
    let Some(book) = state.book.clone() else { return Vec::new() };
    match state.selected() {
        Some(Thing::End(end)) => copied(state, book.graph().id_of(end).to_owned()),
        Some(Thing::Entry(id)) => copied(state, book.graph().entries[id].id.clone()),
        Some(thing) => copied(state, book.name(thing)),
        None => Vec::new(),
    }
}

/// File and line of the selection.
pub fn place(state: &mut State) -> Vec<Effect> {
    match places::at(state) {
        Some(at) => copied(state, format!("{}:{}", at.file, at.line)),
        None => {
            state.note = Some("no file shows it".to_owned());
            Vec::new()
        }
    }
}

/// The part of the graph that is shown, as a Mermaid diagram; of an entry point, its sequence.
pub fn mermaid(state: &mut State) -> Vec<Effect> {
    if let View::Page(Thing::Entry(id)) = state.place.view {
        return vec![Effect::Ask(Question::Sequence(id))];
    }
    if let (View::Entries, Some(Thing::Entry(id))) = (state.place.view, state.selected()) {
        return vec![Effect::Ask(Question::Sequence(id))];
    }
    let Some(view) = diagram(state) else { return Vec::new() };
    let painted = Templates::new(&[]).and_then(|templates| mermaid::paint(view, &templates));
    match painted {
        Ok(text) => copied(state, text),
        Err(error) => {
            state.note = Some(error.to_string());
            Vec::new()
        }
    }
}

/// The part of the graph that is shown, as boxes and arrows.
fn diagram(state: &State) -> Option<drawn::View> {
    let book = state.book.as_ref()?;
    let graph = book.graph();
    let around = |end| drawn::focus(graph, &[graph.id_of(end)], if state.deep { 2 } else { 1 });
    Some(match state.place.view {
        View::Focus => around(state.place.about?),
        View::Page(Thing::End(end)) => around(end),
        View::Page(Thing::Edge(id)) => {
            let edge = &graph.edges[id];
            let from = graph.id_of(crate::graph::End::Service(edge.from));
            drawn::focus(graph, &[from, graph.id_of(edge.to)], 0)
        }
        View::Datastores => drawn::data(graph),
        View::Topics => drawn::topics(graph),
        View::Path => {
            let ends = state.ways.iter().flatten().flat_map(|id| {
                let edge = &graph.edges[*id];
                [graph.id_of(crate::graph::End::Service(edge.from)), graph.id_of(edge.to)]
            });
            let names: Vec<&str> = ends.collect();
            drawn::focus(graph, &names, 0)
        }
        _ => drawn::system(graph),
    })
}

/// What is shown, as Markdown.
pub fn markdown(state: &mut State) -> Vec<Effect> {
    let Some(book) = state.book.clone() else { return Vec::new() };
    let text = match state.place.view {
        View::Page(thing) => {
            let mut text = format!("### {}\n\n", book.name(thing));
            for line in &state.lines {
                text.push_str(line.text().trim_end());
                // A line of a page is a line of its own for whoever reads it elsewhere.
                text.push_str("  \n");
            }
            text
        }
        View::WhatIf => state.outcome.as_ref().map(|outcome| outcome.markdown.clone()).unwrap_or_default(),
        View::Capacity => state.derived.as_ref().map(|derived| derived.markdown.clone()).unwrap_or_default(),
        View::Matrix => matrix(state),
        _ => table(state),
    };
    if text.is_empty() {
        state.note = Some("there is nothing to copy yet".to_owned());
        return Vec::new();
    }
    copied(state, text)
}

/// The rows of a list as a table.
fn table(state: &State) -> String {
    let Some(book) = &state.book else { return String::new() };
    let heads = columns(state.place.view);
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = row(heads.iter().map(|column| column.title.to_owned()).collect());
    text.push_str(&row(heads.iter().map(|_| "---".to_owned()).collect()));
    for item in state.items.iter().take(ROWS) {
        let cells = cells::cells(state, book, item).into_iter();
        text.push_str(&row(cells.map(|(_, text)| text.trim().replace('|', "\\|")).collect()));
    }
    if state.items.len() > ROWS {
        text.push_str(&format!("\nand {} more\n", state.items.len() - ROWS));
    }
    if heads.is_empty() { String::new() } else { text }
}

/// The dependencies of the matrix as a list: a square of letters is none in Markdown.
fn matrix(state: &State) -> String {
    let Some(book) = &state.book else { return String::new() };
    let graph = book.graph();
    let mut text = "| service | depends on | by |\n| --- | --- | --- |\n".to_owned();
    for ((row, column), edges) in book.grid.cells.iter().take(ROWS) {
        let name = |place: usize| &graph.services[book.grid.order[place]].name;
        let mut kinds: Vec<&str> = edges.iter().map(|id| graph.edges[*id].kind.as_str()).collect();
        kinds.dedup();
        text.push_str(&format!("| {} | {} | {} |\n", name(*row), name(*column), kinds.join(", ")));
    }
    text
}

/// The part of the graph that is shown, as a picture in a file of the folder that the program runs in.
pub fn svg(state: &mut State) -> Vec<Effect> {
    let (Some(book), Some(view)) = (state.book.clone(), diagram(state)) else { return Vec::new() };
    let about = match state.place.view {
        View::Focus => state.place.about.map(|end| book.graph().called(end).to_owned()),
        View::Page(thing @ (Thing::End(_) | Thing::Edge(_))) => Some(book.name(thing)),
        _ => None,
    };
    let words = about.unwrap_or_else(|| view.title.clone());
    let plain: String = words.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let name: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    vec![Effect::Create(format!("loadpath-{}.svg", name.join("-")), svg::document(view))]
}

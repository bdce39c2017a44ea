//! A view as SVG: laid out by `graph::layout`, painted with shapes and words, without scripts, fonts or addresses of others.
//!
//! Colours are variables with values for light and dark; what a picture shows stands in its title and description as well.

mod draw;
mod measure;
mod shapes;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::view::{Arrow, View, fit};
use super::xml::escaped;
use crate::graph::layout::{Block, Frame, Sheet, Spacing, Wire, lay_out};
use measure::Words;

/// How boxes and arrows look; every colour is a variable of [`LIGHT`] and [`DARK`].
pub const STYLE: &str = include_str!("style.css");
/// Colours on a light ground.
pub const LIGHT: &str = include_str!("light.css");
/// Colours on a dark ground.
pub const DARK: &str = include_str!("dark.css");

/// Boxes of a picture.
const MOST_BOXES: usize = 400;
/// Arrows of a picture.
const MOST_ARROWS: usize = 900;
/// Arrows of a picture whose words are always shown. With more, they show where one points at an arrow.
const MOST_WORDS: usize = 32;
/// Sentences of a description.
const MOST_SENTENCES: usize = 60;

/// Where a picture is put.
pub struct Place<'a> {
    /// Begins the ids of the picture: once in a page.
    pub id: &'a str,
    /// Where a box leads to, by its key.
    pub link: &'a dyn Fn(&str) -> Option<String>,
}

/// A view as a file of its own.
#[must_use]
pub fn document(view: View) -> String {
    let style = format!(
        "<style>\n.loadpath {{\n{LIGHT}}}\n@media (prefers-color-scheme: dark) {{\n.loadpath {{\n{DARK}}}\n}}\n{STYLE}</style>\n"
    );
    picture(view, &Place { id: "loadpath", link: &|_| None }, &style)
}

/// A view within a page that has [`STYLE`] and the colours.
#[must_use]
pub fn inline(view: View, place: &Place<'_>) -> String {
    picture(view, place, "")
}

/// A view as it is drawn: with words measured, and arrows between the same boxes as one.
struct Drawn {
    view: View,
    /// The words of each box.
    boxes: Vec<Words>,
    /// The words of each arrow that shows them.
    arrows: Vec<Option<Words>>,
    /// The heading of each frame.
    frames: Vec<Words>,
}

fn picture(view: View, place: &Place<'_>, style: &str) -> String {
    let fits = |view: &View| view.nodes.len() <= MOST_BOXES && view.edges.len() <= MOST_ARROWS;
    let drawn = drawn(fit(view, &fits));
    let sheet = sheet(&drawn);
    let picture = lay_out(&sheet);
    let mut out = String::new();
    let margin = 12;
    let notes = drawn.view.notes.len() as i32 * 16;
    let least = drawn.view.notes.iter().map(|note| measure::width(note, 11)).max().unwrap_or_default();
    let (width, height) = (picture.width.max(least) + 2 * margin, picture.height + 2 * margin + notes);
    let id = escaped(place.id);
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"loadpath\" role=\"img\" aria-labelledby=\"{id}-title\" \
         aria-describedby=\"{id}-desc\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" style=\"--lp-width:{width}px\">"
    );
    let _ = writeln!(out, "<title id=\"{id}-title\">{}</title>", escaped(&drawn.view.title));
    let _ = writeln!(out, "<desc id=\"{id}-desc\">{}</desc>", escaped(&description(&drawn.view)));
    out.push_str(style);
    let _ = writeln!(out, "<g class=\"all\" transform=\"translate({margin} {margin})\">");
    draw::frames(&mut out, &drawn, &picture);
    draw::arrows(&mut out, &drawn, &picture);
    draw::boxes(&mut out, &drawn, &picture, place);
    out.push_str("</g>\n");
    for (line, note) in (1..).zip(&drawn.view.notes) {
        let y = picture.height + 2 * margin + 16 * line - 10;
        let _ = writeln!(out, "<text class=\"note\" x=\"{margin}\" y=\"{y}\">{}</text>", escaped(note));
    }
    out.push_str("</svg>\n");
    out
}

fn drawn(view: View) -> Drawn {
    let view = bundled(view);
    let shows = view.edges.len() <= MOST_WORDS;
    Drawn {
        boxes: view.nodes.iter().map(shapes::words).collect(),
        arrows: view.edges.iter().map(|edge| shows.then(|| measure::arrow(&edge.labels))).collect(),
        frames: view.groups.iter().map(|name| measure::heading(name)).collect(),
        view,
    }
}

/// One arrow for all between the same boxes that are drawn alike, with the words of all.
fn bundled(view: View) -> View {
    let mut places: BTreeMap<(usize, usize, u8, u8), usize> = BTreeMap::new();
    let mut edges: Vec<Arrow> = Vec::new();
    for edge in view.edges {
        let key = (edge.from, edge.to, edge.line as u8, edge.mark as u8);
        match places.get(&key).and_then(|place| edges.get_mut(*place)) {
            Some(arrow) => arrow.labels.extend(edge.labels),
            None => {
                places.insert(key, edges.len());
                edges.push(edge);
            }
        }
    }
    View { edges, ..view }
}

fn sheet(drawn: &Drawn) -> Sheet {
    let boxes = drawn.view.nodes.iter().zip(&drawn.boxes).map(|(node, words)| {
        let (width, height) = shapes::size(node.shape, words);
        Block { width, height, frame: node.group }
    });
    let arrows = drawn.view.edges.iter().zip(&drawn.arrows).map(|(edge, words)| {
        let label = words.as_ref().map(|words| (words.width + 8, words.height + 4));
        Wire { from: edge.from, to: edge.to, label }
    });
    let shows_words = drawn.arrows.iter().any(Option::is_some);
    Sheet {
        boxes: boxes.collect(),
        arrows: arrows.collect(),
        frames: drawn.frames.iter().map(|words| Frame { heading: words.height }).collect(),
        spacing: Spacing { layers: if shows_words { 34 } else { 72 }, boxes: 18, arrows: 10, frames: 12 },
        ..Sheet::default()
    }
}

/// The picture in words, for those who do not see it.
fn description(view: &View) -> String {
    let name = |place: usize| {
        let node = view.nodes.get(place);
        let called = node.and_then(|node| Some(format!("{} {}", shapes::class(node.shape), node.label.first()?)));
        called.unwrap_or_else(|| "?".to_owned())
    };
    let mut sentences = vec![format!("{} boxes and {} arrows.", view.nodes.len(), view.edges.len())];
    sentences.extend(
        view.edges
            .iter()
            .take(MOST_SENTENCES)
            .map(|edge| format!("{} to {}: {}.", name(edge.from), name(edge.to), edge.labels.join(", "))),
    );
    if view.edges.len() > MOST_SENTENCES {
        sentences.push(format!("And {} more.", view.edges.len() - MOST_SENTENCES));
    }
    sentences.extend(view.notes.iter().map(|note| format!("{note}.")));
    sentences.join(" ")
}

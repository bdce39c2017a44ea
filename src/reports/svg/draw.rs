//! Frames, arrows and boxes of a picture as elements.

use std::fmt::Write;

use super::super::view::{Line, Mark};
use super::super::xml::escaped;
use super::measure::{self, Words, leading};
use super::{Drawn, Place, shapes};
use crate::graph::layout::{Area, Picture, Point};

/// A step that is none.
const SMALL: i32 = 3;
/// Length and half the width of an arrowhead.
const HEAD: (i32, i32) = (9, 4);

/// The frames, behind everything else.
pub(super) fn frames(out: &mut String, drawn: &Drawn, picture: &Picture) {
    for (words, area) in drawn.frames.iter().zip(&picture.frames) {
        let Some(Area { x, y, width, height }) = *area else { continue };
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "<g class=\"frame\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>"
        );
        for (line, size) in &words.lines {
            let shown = escaped(&measure::fitting(line, width - 20, *size));
            let _ =
                write!(out, "<title>{}</title><text x=\"{}\" y=\"{}\">{shown}</text>", escaped(line), x + 10, y + 18);
        }
        out.push_str("</g>\n");
    }
}

/// The arrows with their words.
pub(super) fn arrows(out: &mut String, drawn: &Drawn, picture: &Picture) {
    let key = |place: usize| drawn.view.nodes.get(place).map_or("", |node| node.key.as_str());
    let name =
        |place: usize| drawn.view.nodes.get(place).and_then(|node| node.label.first()).map_or("", String::as_str);
    for ((edge, words), route) in drawn.view.edges.iter().zip(&drawn.arrows).zip(&picture.arrows) {
        let points = straightened(&route.points);
        let [.., before, end] = points.as_slice() else { continue };
        let line = match edge.line {
            Line::Solid => "solid",
            Line::Dashed => "dashed",
            Line::Thick => "thick",
        };
        let _ = write!(
            out,
            "<g class=\"arrow {line}{}\" data-from=\"{}\" data-to=\"{}\">",
            mark(edge.mark),
            escaped(key(edge.from)),
            escaped(key(edge.to))
        );
        let says = format!("{} → {}\n{}", name(edge.from), name(edge.to), edge.labels.join("\n"));
        let _ = write!(out, "<title>{}</title>", escaped(&says));
        let towards = if before.x <= end.x { 1 } else { -1 };
        let path = path(&points, towards);
        let _ = write!(out, "<path class=\"reach\" d=\"{path}\"/><path class=\"line\" d=\"{path}\"/>");
        let (x, y, back) = (end.x, end.y, end.x - towards * HEAD.0);
        let _ = write!(out, "<path class=\"head\" d=\"M{x} {y}L{back} {}V{}Z\"/>", y - HEAD.1, y + HEAD.1);
        if let (Some(words), Some(area)) = (words, route.label) {
            let Area { x, y, width, height } = area;
            let _ = write!(out, "<rect class=\"under\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>");
            lines(out, words, x + width / 2, y + (height - words.height) / 2);
        }
        out.push_str("</g>\n");
    }
}

/// A way without steps that are too small to mean anything.
fn straightened(points: &[Point]) -> Vec<Point> {
    let mut straight: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        let before = straight.last().filter(|before| (before.y - point.y).abs() <= SMALL);
        straight.push(Point { x: point.x, y: before.map_or(point.y, |before| before.y) });
    }
    straight
}

/// The way of an arrow: straight through layers, in a curve between them. It ends in its head.
fn path(points: &[Point], towards: i32) -> String {
    let mut path = String::new();
    let last = points.len().saturating_sub(1);
    for (index, point) in points.iter().enumerate() {
        let end = if index == last { Point { x: point.x - towards * (HEAD.0 - 1), y: point.y } } else { *point };
        let before = index.checked_sub(1).and_then(|before| points.get(before));
        let _ = match before {
            None => write!(path, "M{} {}", end.x, end.y),
            Some(before) if before.y == end.y => write!(path, "H{}", end.x),
            Some(before) if before.x == point.x => write!(path, "V{}H{}", end.y, end.x),
            Some(before) => {
                let bend = (before.x + point.x) / 2;
                write!(path, "C{bend} {} {bend} {} {} {}", before.y, end.y, end.x, end.y)
            }
        };
    }
    path
}

/// The boxes with their words.
pub(super) fn boxes(out: &mut String, drawn: &Drawn, picture: &Picture, place: &Place<'_>) {
    for ((node, words), area) in drawn.view.nodes.iter().zip(&drawn.boxes).zip(&picture.boxes) {
        let link = (place.link)(&node.key);
        if let Some(link) = &link {
            let _ = write!(out, "<a href=\"{}\">", escaped(link));
        }
        let focus = if node.focus { " focus" } else { "" };
        let class = shapes::class(node.shape);
        let _ = write!(
            out,
            "<g class=\"box {class}{focus}{}\" data-key=\"{}\"><title>{}</title>{}",
            mark(node.mark),
            escaped(&node.key),
            escaped(&format!("{class} {}", node.label.join("\n"))),
            shapes::outline(node.shape, *area)
        );
        let top = area.y + (area.height - words.height) / 2 + shapes::lower(node.shape);
        lines(out, words, area.x + area.width / 2, top);
        out.push_str("</g>");
        out.push_str(if link.is_some() { "</a>\n" } else { "\n" });
    }
}

/// Lines of words around a middle, from a top downwards.
fn lines(out: &mut String, words: &Words, middle: i32, top: i32) {
    let mut y = top;
    for (line, size) in &words.lines {
        y += leading(*size);
        let class = if *size > 12 { "name" } else { "more" };
        let _ = write!(out, "<text class=\"{class}\" x=\"{middle}\" y=\"{}\">{}</text>", y - 4, escaped(line));
    }
}

fn mark(mark: Mark) -> &'static str {
    match mark {
        Mark::None => "",
        Mark::Added => " added",
        Mark::Removed => " removed",
    }
}

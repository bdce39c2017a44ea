//! What boxes look like: their outline, the room that it takes beside the words, and the name of their kind.

use super::super::view::{Node, Shape};
use super::measure::{self, Words};
use crate::graph::layout::Area;

/// The words of a box.
pub(super) fn words(node: &Node) -> Words {
    measure::node(node)
}

/// The kind of a box, as a class and for readers.
pub(super) fn class(shape: Shape) -> &'static str {
    match shape {
        Shape::Service => "service",
        Shape::Job => "job",
        Shape::Datastore => "datastore",
        Shape::Table => "table",
        Shape::Topic => "topic",
        Shape::External => "external",
    }
}

/// Width and height of a box around its words.
pub(super) fn size(shape: Shape, words: &Words) -> (i32, i32) {
    let (sides, ends) = match shape {
        Shape::Service | Shape::Table => (24, 14),
        Shape::Job => (32, 14),
        Shape::Datastore => (24, 26),
        Shape::Topic => (40, 14),
        Shape::External => (36, 14),
    };
    ((words.width + sides).max(64), (words.height + ends).max(32))
}

/// How far below the middle of the box the middle of its words stands.
pub(super) fn lower(shape: Shape) -> i32 {
    if shape == Shape::Datastore { 5 } else { 0 }
}

/// The outline of a box.
pub(super) fn outline(shape: Shape, area: Area) -> String {
    let Area { x, y, width, height } = area;
    let (right, bottom) = (x + width, y + height);
    match shape {
        Shape::Service => format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>"),
        Shape::Table => format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"),
        Shape::Job => format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"2\"/>\
             <path class=\"inner\" d=\"M{0} {y}V{bottom}M{1} {y}V{bottom}\"/>",
            x + 6,
            right - 6
        ),
        Shape::Datastore => {
            let (rx, top, low) = (width / 2, y + 6, bottom - 6);
            format!(
                "<path d=\"M{x} {top}A{rx} 6 0 0 1 {right} {top}V{low}A{rx} 6 0 0 1 {x} {low}Z\"/>\
                 <path class=\"inner\" d=\"M{x} {top}A{rx} 6 0 0 0 {right} {top}\"/>"
            )
        }
        Shape::Topic => {
            let middle = y + height / 2;
            format!("<path d=\"M{x} {middle}L{0} {y}H{1}L{right} {middle}L{1} {bottom}H{0}Z\"/>", x + 12, right - 12)
        }
        Shape::External => {
            let round = height / 2;
            format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\"/>")
        }
    }
}

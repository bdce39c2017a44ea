//! All about one thing, as lines that lead on: what stands beside a list, and what enter opens.

mod excerpt;
mod finding;
mod node;
mod texts;

use super::book::Book;
use super::state::State;
use super::text::{Line, Role};
use super::thing::{Heading, Thing};

pub use excerpt::excerpt;
pub use texts::proposed as decision;

/// Lines of a list of others, at most, before they are only counted: a page is read, not scrolled for minutes.
const MANY: usize = 200;

/// The page of a thing.
pub fn page(state: &State, book: &Book, thing: Thing) -> Vec<Line> {
    if !book.has(thing) {
        return Vec::new();
    }
    match thing {
        Thing::End(end) => node::node(state, book, end),
        Thing::Edge(id) => node::edge(book, id),
        Thing::Entry(id) => node::entry(state, book, id),
        Thing::Contract(id) => node::contract(book, id),
        Thing::Finding(id) => finding::finding(book, id),
        Thing::Unknown(id) => finding::unknown(book, id),
        Thing::Rule(id) => finding::rule(book, id),
        Thing::Proposal(id) => texts::proposal(book, id),
        Thing::Article(id) => texts::article(book, id),
        Thing::Decision(id) => texts::decision(book, id),
        Thing::Limit(id) => {
            let limits = state.derived.as_ref().map(|derived| &derived.limits);
            limits.and_then(|limits| limits.get(id)).map(|of| of.lines.clone()).unwrap_or_default()
        }
        Thing::Heading(heading) => self::heading(heading),
    }
}

fn heading(heading: Heading) -> Vec<Line> {
    match heading {
        Heading::Undecided => vec![
            Line::title("Not decided"),
            Line::empty(),
            Line::new(
                Role::Plain,
                "Rules that an input is missing for. That is no finding and no acquittal: each says what to add, mostly to loadpath.yaml.",
            ),
        ],
        other => vec![Line::title(other.title())],
    }
}

/// Findings as lines that lead to them, under a title; nothing where there are none.
fn findings(book: &Book, lines: &mut Vec<Line>, found: &[usize]) {
    if found.is_empty() {
        return;
    }
    lines.push(Line::empty());
    lines.push(Line::title(format!("Findings ({})", found.len())));
    let mut sorted: Vec<usize> = found.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    for index in sorted.iter().take(MANY) {
        let of = &book.findings[*index];
        let mut line = Line::new(Role::of(of.severity), format!("  {:<8}", of.severity.name()))
            .and(Role::Plain, &of.message)
            .indented(10)
            .to(Thing::Finding(*index));
        line.at.clone_from(&of.span);
        lines.push(line);
    }
    rest(lines, found.len());
}

/// Says how many are not listed.
fn rest(lines: &mut Vec<Line>, all: usize) {
    if all > MANY {
        lines.push(Line::new(Role::Dim, format!("  and {} more", all - MANY)));
    }
}

//! Lines of a source around what proves something, with that marked.

use crate::faces::tui::book::Book;
use crate::faces::tui::text::{Line, Role};
use crate::span::Span;

/// Lines before and behind.
const AROUND: u32 = 2;
/// Lines of a long span that are shown.
const LONGEST: u32 = 12;

/// The lines around a span, with file and line above them.
pub fn excerpt(book: &Book, at: &Span, says: &str) -> Vec<Line> {
    let mut lines =
        vec![Line::new(Role::Accent, format!("{}:{}", at.file, at.line)).and(Role::Dim, format!("  {says}")).at(at)];
    let Some(source) = book.loaded.sources.get(&at.file) else { return lines };
    let text = source.text();
    let last = at.end_line.max(at.line).min(at.line.saturating_add(LONGEST));
    let first = at.line.saturating_sub(AROUND).max(1);
    let shown = text.lines().enumerate().skip(first as usize - 1);
    for (index, line) in shown {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if number > last.saturating_add(AROUND) {
            break;
        }
        let within = (at.line..=last).contains(&number);
        // The mark says in every theme which lines are meant.
        let mark = if within { '▌' } else { ' ' };
        let mut row = Line::new(if within { Role::Warning } else { Role::Dim }, format!("{mark}{number:>5} "));
        row.indent = 7;
        let line = line.replace('\t', "    ");
        let (from, to) = marked(&line, at, number);
        let parts = [(Role::Code, 0, from), (Role::Mark, from, to), (Role::Code, to, usize::MAX)];
        for (role, from, to) in parts {
            let words: String = line.chars().skip(from).take(to.saturating_sub(from)).collect();
            if !words.is_empty() {
                row = row.and(role, words);
            }
        }
        row.at = Some(Span::line(at.file.clone(), number));
        lines.push(row);
    }
    lines
}

/// From which column to which one a line is marked.
fn marked(line: &str, at: &Span, number: u32) -> (usize, usize) {
    if at.line != at.end_line || number != at.line || at.end_column <= at.column {
        return (0, 0);
    }
    let long = line.chars().count();
    ((at.column as usize).saturating_sub(1).min(long), (at.end_column as usize).saturating_sub(1).min(long))
}

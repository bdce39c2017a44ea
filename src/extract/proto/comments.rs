//! Comments into the text that documents a declaration, and into inline suppressions. Knows no grammar.

use std::sync::Arc;

use super::lexer::{Comment, Lexed, Token};
use crate::extract::suppression;
use crate::facts::Suppression;
use crate::span::Span;

/// The comment in front of a token: the last block comment or run of line comments with no blank line between it and
/// the token. A comment on the line where the token before ends belongs to that one.
pub(super) fn leading(text: &str, lexed: &Lexed, before: Option<&Token>, token: &Token) -> String {
    let from = before.map_or(0, |before| before.comments as usize);
    let comments = lexed.comments.get(from..token.comments as usize).unwrap_or_default();
    let floor = before.map_or(0, |before| before.line);
    let mut next_line = token.line;
    let mut first = comments.len();
    for (index, comment) in comments.iter().enumerate().rev() {
        let adjacent = comment.end_line == next_line || comment.end_line + 1 == next_line;
        let first_is_block = comments.get(first).is_some_and(|comment| comment.block);
        let other_group = first < comments.len() && (comment.block || first_is_block);
        if !adjacent || other_group || comment.line <= floor {
            break;
        }
        next_line = comment.line;
        first = index;
    }
    let lines: Vec<&str> = comments.get(first..).unwrap_or_default().iter().flat_map(|c| lines(text, c)).collect();
    lines.join("\n").trim().to_owned()
}

/// The comment behind a token, on its line; comments count up to the next token.
pub(super) fn trailing(text: &str, lexed: &Lexed, before: &Token, until: usize) -> Option<String> {
    let comment = lexed.comments.get(before.comments as usize..until)?.first()?;
    (comment.line == before.line).then(|| lines(text, comment).join("\n").trim().to_owned())
}

/// The lines of a comment without their markers.
fn lines<'a>(text: &'a str, comment: &Comment) -> Vec<&'a str> {
    let raw = text.get(comment.start as usize..comment.end as usize).unwrap_or_default();
    if !comment.block {
        let line = raw.trim_start_matches('/');
        return vec![line.strip_prefix(' ').unwrap_or(line).trim_end()];
    }
    let raw = raw.get(2..).unwrap_or_default();
    let raw = raw.strip_suffix("*/").unwrap_or(raw);
    raw.lines()
        .map(|line| {
            let line = line.trim_start().trim_start_matches('*');
            line.strip_prefix(' ').unwrap_or(line).trim_end()
        })
        .collect()
}

/// The inline suppressions of a file: `loadpath: allow(rule-id) reason until=YYYY-MM-DD` in any comment.
pub(super) fn suppressions(file: &Arc<str>, text: &str, lexed: &Lexed) -> Vec<Suppression> {
    let mut found = Vec::new();
    for comment in &lexed.comments {
        for (offset, line) in (0u32..).zip(lines(text, comment)) {
            let at = if offset == 0 && comment.line == comment.end_line {
                Span::new(file.clone(), (comment.line, comment.column), (comment.end_line, comment.end_column))
            } else {
                Span::line(file.clone(), comment.line + offset)
            };
            found.extend(suppression::suppressions(line, &at));
        }
    }
    found
}

//! From the text of a migration file to its statements, each with its place. Knows where a statement ends (quotes,
//! bodies of triggers and functions, `DELIMITER`, data of `COPY`), and which part of a file undoes the other.

use super::tokens::{Kind, Token};

/// A statement of a file: its tokens, comments left out.
pub struct Piece<'a> {
    /// Its tokens; never empty.
    pub tokens: Vec<Token<'a>>,
    /// Whether it stands in the part that undoes the migration, and where that part starts.
    pub undoes: Option<usize>,
}

/// Splits tokens of a file into statements.
pub fn split<'a>(text: &'a str, tokens: &[Token<'a>]) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    let mut current: Vec<Token<'a>> = Vec::new();
    let mut delimiter: Option<&'a str> = None;
    let mut undoes = None;
    let mut blocks = 0usize;
    // Tokens before this offset belong to something already read: a delimiter, a line of psql, the data of COPY.
    let mut skip_to = 0;
    for (index, token) in tokens.iter().enumerate() {
        if token.start < skip_to {
            continue;
        }
        if token.kind == Kind::Comment {
            let Some(marker) = marker(token.text) else {
                continue;
            };
            finish(&mut pieces, &mut current, undoes);
            blocks = 0;
            undoes = match marker {
                Marker::Up => None,
                Marker::Down => Some(token.start),
            };
            continue;
        }
        if current.is_empty() && token.is_sign('\\') {
            skip_to = line_end(text, token.start);
            continue;
        }
        if current.is_empty() && token.is("delimiter") {
            skip_to = line_end(text, token.start);
            let sign = text[token.end()..skip_to].trim();
            delimiter = (!sign.is_empty() && sign != ";").then_some(sign);
            continue;
        }
        let ends = match delimiter {
            Some(sign) => text[token.start..].starts_with(sign),
            None => token.is_sign(';') && blocks == 0,
        };
        if ends {
            skip_to = token.start + delimiter.map_or(1, str::len);
            if copies_from_stdin(&current) {
                skip_to = text[token.start..].find("\n\\.").map_or(text.len(), |end| token.start + end + 3);
            }
            finish(&mut pieces, &mut current, undoes);
            blocks = 0;
            continue;
        }
        if has_body(&current) {
            // `END IF`, `END LOOP` close what was not counted.
            let ends_other =
                || tokens.get(index + 1).is_some_and(|next| next.is_any(&["if", "loop", "while", "repeat", "for"]));
            if token.is_any(&["begin", "case"]) && !previous_is(&current, "end") {
                blocks += 1;
            } else if token.is("end") && !ends_other() {
                blocks = blocks.saturating_sub(1);
            }
        }
        current.push(*token);
    }
    finish(&mut pieces, &mut current, undoes);
    pieces
}

enum Marker {
    Up,
    Down,
}

/// The marks that goose, dbmate, sql-migrate and others put between both parts of one file.
fn marker(comment: &str) -> Option<Marker> {
    let words = comment.trim_start_matches(['-', '/', '*', '#', ' ', '\t']).trim_end_matches(['*', '/', ' ', '\r']);
    let mut words = words.split_whitespace();
    let first = words.next()?.to_ascii_lowercase();
    let second = words.next().unwrap_or_default().to_ascii_lowercase();
    match (first.as_str(), second.as_str()) {
        ("+goose" | "+migrate", "up") | ("migrate:up" | "!ups", _) => Some(Marker::Up),
        ("+goose" | "+migrate", "down") | ("migrate:down" | "!downs" | "@undo", _) => Some(Marker::Down),
        _ => None,
    }
}

fn finish<'a>(pieces: &mut Vec<Piece<'a>>, current: &mut Vec<Token<'a>>, undoes: Option<usize>) {
    if !current.is_empty() {
        pieces.push(Piece { tokens: std::mem::take(current), undoes });
    }
}

fn previous_is(current: &[Token<'_>], word: &str) -> bool {
    current.last().is_some_and(|token| token.is(word))
}

/// Whether a statement can hold others between BEGIN and END.
fn has_body(current: &[Token<'_>]) -> bool {
    current.first().is_some_and(|token| token.is("create"))
        && current.iter().take(8).any(|token| token.is_any(&["trigger", "procedure", "function", "event"]))
}

fn copies_from_stdin(current: &[Token<'_>]) -> bool {
    current.first().is_some_and(|token| token.is("copy"))
        && current.windows(2).any(|pair| pair[0].is("from") && pair[1].is("stdin"))
}

fn line_end(text: &str, from: usize) -> usize {
    text[from..].find('\n').map_or(text.len(), |end| from + end)
}

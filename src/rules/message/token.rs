//! The words inside the delimiters of a template.

use crate::rules::condition::Fault;

/// The longest template, in bytes, and the most words in its delimiters: they bound the template parser's recursion.
const MAX_BYTES: usize = 4096;
const MAX_TOKENS: usize = 300;

/// A word and its byte offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub at: usize,
    pub kind: TokenKind<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind<'a> {
    /// `a.b.c`
    Path(&'a str),
    Text,
    Number,
    Sign(char),
}

/// One pair of delimiters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Code<'a> {
    /// Whether it prints, `{{ … }}`, or decides, `{% … %}`.
    pub prints: bool,
    pub at: usize,
    pub tokens: Vec<Token<'a>>,
}

/// All code of a template, in order.
pub(super) fn tokenize(text: &str) -> Result<Vec<Code<'_>>, Fault> {
    if text.len() > MAX_BYTES {
        return Err(fault(0, format!("the message has {} bytes, expected at most {MAX_BYTES}", text.len())));
    }
    let (mut all, mut count, mut from) = (Vec::new(), 0, 0);
    while let Some(open) = text[from..].find('{').map(|offset| from + offset) {
        let rest = &text[open..];
        let prints = rest.starts_with("{{");
        if rest.starts_with("{#") {
            from = text[open..].find("#}").map_or(text.len(), |offset| open + offset + 2);
        } else if prints || rest.starts_with("{%") {
            let close = if prints { "}}" } else { "%}" };
            let (tokens, end) = words(text, open + 2, close)?;
            count += tokens.len();
            if count > MAX_TOKENS {
                return Err(fault(open, format!("the message has more than {MAX_TOKENS} words of code")));
            }
            all.push(Code { prints, at: open, tokens });
            from = end;
        } else {
            from = open + 1;
        }
    }
    Ok(all)
}

fn words<'a>(text: &'a str, from: usize, close: &str) -> Result<(Vec<Token<'a>>, usize), Fault> {
    let mut tokens = Vec::new();
    let mut at = from;
    loop {
        let rest = &text[at..];
        if let Some(tail) = rest.strip_prefix('-')
            && tail.starts_with(close)
        {
            at += 1;
            continue;
        }
        if rest.starts_with(close) {
            return Ok((tokens, at + close.len()));
        }
        let Some(c) = rest.chars().next() else {
            return Err(fault(from, format!("the code in the message does not end with `{close}`")));
        };
        let length = |belongs: fn(char) -> bool| rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let (kind, used) = match c {
            '"' | '\'' | '`' => {
                let end = rest[1..].find(c).ok_or_else(|| fault(at, "a text in the message is not closed"))?;
                (TokenKind::Text, end + 2)
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let used = length(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
                (TokenKind::Path(&rest[..used]), used)
            }
            c if c.is_ascii_digit() => (TokenKind::Number, length(|c| c.is_ascii_digit() || c == '.' || c == '_')),
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            c => (TokenKind::Sign(c), c.len_utf8()),
        };
        tokens.push(Token { at, kind });
        at += used;
    }
}

pub(super) fn fault(at: usize, message: impl Into<String>) -> Fault {
    Fault { at, message: message.into(), help: String::new() }
}

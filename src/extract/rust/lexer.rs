//! Rust text to tokens without meaning: strings, comments and lifetimes told apart, nothing built. It is what may run
//! over every file of a project, and over text that no parser has seen yet: it keeps no stack and fails on nothing. It
//! knows no grammar.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Identifier or keyword; raw ones too (`r#type`, with the prefix in the range).
    Ident,
    /// `'a`
    Lifetime,
    /// Any string: `"x"`, `r#"x"#`, `b"x"`, `c"x"`
    Text,
    /// `'x'`, `b'x'`
    Char,
    /// `1`, `0x1f_u8`, `1.5e-3`
    Number,
    /// `(`, `[`, `{`
    Open,
    /// `)`, `]`, `}`
    Close,
    /// One character of punctuation.
    Punct,
    /// An outer doc comment; other comments are no tokens.
    Doc,
}

/// A token: its kind, its range in bytes, its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// First byte of the text.
    pub first: u8,
    /// Where it starts, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
}

impl Token {
    /// Whether it is this character of punctuation, or this bracket.
    #[must_use]
    pub fn is(&self, byte: u8) -> bool {
        self.first == byte && matches!(self.kind, Kind::Punct | Kind::Open | Kind::Close)
    }

    /// Its text, without `r#` in front of a raw identifier.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> &'a str {
        let token = text.get(self.start..self.end).unwrap_or_default();
        if self.kind == Kind::Ident { token.strip_prefix("r#").unwrap_or(token) } else { token }
    }

    /// Its text when it is an identifier or a keyword, else nothing.
    #[must_use]
    pub fn ident<'a>(&self, text: &'a str) -> &'a str {
        if self.kind == Kind::Ident { self.text(text) } else { "" }
    }
}

/// The tokens of a text, one after the other.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The tokens of a text.
#[must_use]
pub fn tokens(text: &str) -> Lexer<'_> {
    let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lexer = Lexer { bytes: text.as_bytes(), at: text.len() - rest.len() };
    // The first line of a script is no Rust; an attribute of the file looks much like it.
    if let Some(rest) = rest.strip_prefix("#!")
        && !rest.trim_start().starts_with('[')
    {
        lexer.at = lexer.line_end(0);
    }
    lexer
}

/// Classes of bytes, as bits.
const SPACE: u8 = 1;
const IDENT: u8 = 2;
const DIGIT: u8 = 4;

/// Class of each byte. All bytes beyond ASCII count as part of identifiers: what else they can be outside of strings
/// and comments is no Rust.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => SPACE,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80..=0xff => IDENT,
            b'0'..=b'9' => IDENT | DIGIT,
            _ => 0,
        };
        byte += 1;
    }
    class
};

impl Lexer<'_> {
    /// Where the next token is looked for.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn has(&self, at: usize, class: u8) -> bool {
        self.bytes.get(at).is_some_and(|byte| CLASS[usize::from(*byte)] & class != 0)
    }

    fn past(&self, mut at: usize, class: u8) -> usize {
        while self.has(at, class) {
            at += 1;
        }
        at
    }

    /// Position behind a line comment that starts here, at its line break.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        rest.iter().position(|byte| *byte == b'\n').map_or(self.bytes.len(), |length| at + length)
    }

    /// Position behind a block comment that starts here; comments nest.
    fn comment_end(&self, mut at: usize) -> usize {
        let mut depth = 0usize;
        while at < self.bytes.len() {
            match (self.byte(at), self.byte(at + 1)) {
                (b'/', b'*') => {
                    depth += 1;
                    at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    at += 2;
                    if depth == 0 {
                        return at;
                    }
                }
                _ => at += 1,
            }
        }
        self.bytes.len()
    }

    /// Position behind a quoted text; `at` is behind its opening quote.
    fn quoted_end(&self, mut at: usize, quote: u8) -> usize {
        while at < self.bytes.len() {
            match self.byte(at) {
                b'\\' => at += 2,
                byte if byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        self.bytes.len()
    }

    /// Position behind a raw string whose `#`s or quote start at `at`; nothing if it is none.
    fn raw_end(&self, at: usize) -> Option<usize> {
        let mut open = at;
        while self.byte(open) == b'#' {
            open += 1;
        }
        if self.byte(open) != b'"' {
            return None;
        }
        let hashes = open - at;
        let mut from = open + 1;
        loop {
            let rest = self.bytes.get(from..).unwrap_or_default();
            let Some(length) = rest.iter().position(|byte| *byte == b'"') else { return Some(self.bytes.len()) };
            from += length + 1;
            // Counted from each quote on, at most as far as the opening has hashes: a text of quotes and hashes is not
            // read twice over, since the next quote is looked for behind the hashes that were too few.
            let mut closing = 0;
            while closing < hashes && self.byte(from + closing) == b'#' {
                closing += 1;
            }
            from += closing;
            if closing == hashes {
                return Some(from);
            }
        }
    }

    fn number_end(&self, start: usize) -> usize {
        let radix = self.byte(start) == b'0' && matches!(self.byte(start + 1), b'x' | b'o' | b'b');
        let mut at = self.past(start, IDENT);
        if radix {
            return at;
        }
        if self.byte(at) == b'.' && self.has(at + 1, DIGIT) {
            at = self.past(at + 1, IDENT);
        }
        if matches!(self.byte(at), b'+' | b'-') && matches!(self.byte(at - 1), b'e' | b'E') && self.has(at + 1, DIGIT) {
            at = self.past(at + 1, IDENT);
        }
        at
    }

    /// What starts with `'`: a lifetime or a character.
    fn apostrophe(&self, start: usize) -> (Kind, usize) {
        let next = self.byte(start + 1);
        if next == b'\\' {
            return (Kind::Char, self.quoted_end(start + 1, b'\''));
        }
        let length = match next {
            0..=0x7f => 1,
            0x80..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xff => 4,
        };
        if next != b'\'' && self.byte(start + 1 + length) == b'\'' {
            return (Kind::Char, start + length + 2);
        }
        if self.has(start + 1, IDENT) && !self.has(start + 1, DIGIT) {
            return (Kind::Lifetime, self.past(start + 1, IDENT));
        }
        (Kind::Punct, start + 1)
    }

    /// What starts like an identifier: one, or a literal with a prefix.
    fn word(&self, start: usize) -> (Kind, usize) {
        let end = self.past(start, IDENT);
        if end - start > 2 || !matches!(self.byte(end), b'"' | b'\'' | b'#') {
            return (Kind::Ident, end);
        }
        match (&self.bytes[start..end], self.byte(end)) {
            (b"b" | b"c", b'"') => (Kind::Text, self.quoted_end(end + 1, b'"')),
            (b"b", b'\'') => (Kind::Char, self.quoted_end(end + 1, b'\'')),
            (b"r" | b"br" | b"cr", b'"' | b'#') => match self.raw_end(end) {
                Some(end) => (Kind::Text, end),
                None if self.byte(start) == b'r' && self.has(end + 1, IDENT) => {
                    (Kind::Ident, self.past(end + 1, IDENT))
                }
                None => (Kind::Ident, end),
            },
            _ => (Kind::Ident, end),
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        loop {
            self.at = self.past(self.at, SPACE);
            let start = self.at;
            let first = *self.bytes.get(start)?;
            let (kind, end) = match first {
                b'/' if self.byte(start + 1) == b'/' => {
                    self.at = self.line_end(start);
                    if self.byte(start + 2) == b'/' && self.byte(start + 3) != b'/' {
                        return Some(Token { kind: Kind::Doc, first, start, end: self.at });
                    }
                    continue;
                }
                b'/' if self.byte(start + 1) == b'*' => {
                    self.at = self.comment_end(start);
                    if self.byte(start + 2) == b'*' && !matches!(self.byte(start + 3), b'*' | b'/') {
                        return Some(Token { kind: Kind::Doc, first, start, end: self.at });
                    }
                    continue;
                }
                b'"' => (Kind::Text, self.quoted_end(start + 1, b'"')),
                b'\'' => self.apostrophe(start),
                b'(' | b'[' | b'{' => (Kind::Open, start + 1),
                b')' | b']' | b'}' => (Kind::Close, start + 1),
                b'0'..=b'9' => (Kind::Number, self.number_end(start)),
                byte if CLASS[usize::from(byte)] & IDENT != 0 => self.word(start),
                _ => (Kind::Punct, start + 1),
            };
            // An escape at the very end may point behind it.
            self.at = end.min(self.bytes.len());
            return Some(Token { kind, first, start, end: self.at });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(Kind, &str)> {
        tokens(text).map(|token| (token.kind, token.text(text))).collect()
    }

    #[test]
    fn tells_lifetimes_from_characters() {
        assert_eq!(
            words("'a 'a' '\\'' '(' 'ä' '_ b'\\''"),
            [
                (Kind::Lifetime, "'a"),
                (Kind::Char, "'a'"),
                (Kind::Char, "'\\''"),
                (Kind::Char, "'('"),
                (Kind::Char, "'ä'"),
                (Kind::Lifetime, "'_"),
                (Kind::Char, "b'\\''"),
            ]
        );
    }

    #[test]
    fn reads_strings_and_comments() {
        assert_eq!(
            words("r#\"a\"b\"# \"\\\"{\" /* /* } */ ] */ br##\"\"#\"## // x }\n/// doc\n//// none\nr#type r"),
            [
                (Kind::Text, "r#\"a\"b\"#"),
                (Kind::Text, "\"\\\"{\""),
                (Kind::Text, "br##\"\"#\"##"),
                (Kind::Doc, "/// doc"),
                (Kind::Ident, "type"),
                (Kind::Ident, "r"),
            ]
        );
    }

    #[test]
    fn reads_numbers() {
        assert_eq!(
            words("1..2 1.5e-3 0xe-1 x.0.1 1_000u64"),
            [
                (Kind::Number, "1"),
                (Kind::Punct, "."),
                (Kind::Punct, "."),
                (Kind::Number, "2"),
                (Kind::Number, "1.5e-3"),
                (Kind::Number, "0xe"),
                (Kind::Punct, "-"),
                (Kind::Number, "1"),
                (Kind::Ident, "x"),
                (Kind::Punct, "."),
                (Kind::Number, "0.1"),
                (Kind::Number, "1_000u64"),
            ]
        );
    }

    #[test]
    fn the_first_line_of_a_script_is_skipped() {
        assert_eq!(words("#!/bin/it's\nx"), [(Kind::Ident, "x")]);
        assert_eq!(words("#![x]").len(), 5);
        assert_eq!(words("\u{feff}x"), [(Kind::Ident, "x")]);
    }

    #[test]
    fn ends_on_every_prefix() {
        let text = "fn é() { r##\"x\"# \"##; b'\\u{1}' /* /** */ '\\' \"\\";
        for (end, _) in text.char_indices() {
            let mut last = 0;
            for token in tokens(&text[..end]) {
                assert!(token.start >= last && token.end > token.start && token.end <= end, "{end}: {token:?}");
                last = token.end;
            }
        }
    }
}

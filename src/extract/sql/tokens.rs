//! From SQL text to words, names, literals and signs, whatever the dialect. Linear and without recursion, so that text
//! of any size can be measured before a recursive parser sees it. Knows no grammar.

/// Stands for a part of the text that is known only at run time: a hole of `format!`.
pub const HOLE: char = '\u{FFFC}';

/// The longest `{…}` that counts as a hole; anything longer is no placeholder that a person wrote.
const MAX_BRACES: usize = 120;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A bare word: keyword, name, or a name with holes in it.
    Word,
    /// A quoted name.
    Quoted,
    /// A string literal, dollar-quoted ones included.
    Text,
    /// A number.
    Number,
    /// `$1`, `?`, `?1`, `:name`, `@p1`.
    Placeholder,
    /// Any other single character.
    Sign,
    /// A comment.
    Comment,
}

/// One token: what it is, and its bytes in the text.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// As written.
    pub text: &'a str,
    /// Offset of its first byte.
    pub start: usize,
}

impl Token<'_> {
    /// Offset behind its last byte.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this keyword.
    pub fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is one of these keywords.
    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Whether it is this sign.
    pub fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign && self.text.starts_with(sign)
    }

    /// Whether nothing of it is known before run time.
    pub fn is_hole(&self) -> bool {
        self.kind == Kind::Word
            && (self.text.chars().all(|c| c == HOLE) || self.text.starts_with('{') && self.text.ends_with('}'))
    }
}

/// Splits text into tokens; white space is left out, comments are not. In MySQL and ClickHouse a backslash escapes
/// inside strings, in MySQL `#` starts a comment.
pub fn tokens<'a>(text: &'a str, dialect: &str) -> Vec<Token<'a>> {
    let backslash = matches!(dialect, "mysql" | "clickhouse");
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = match first {
            '-' if rest.starts_with("--") => (Kind::Comment, line(rest)),
            '#' if dialect == "mysql" => (Kind::Comment, line(rest)),
            '/' if rest.starts_with("/*") => (Kind::Comment, block(rest)),
            '\'' => (Kind::Text, quoted(rest, '\'', backslash)),
            '"' => (Kind::Quoted, quoted(rest, '"', backslash)),
            '`' => (Kind::Quoted, quoted(rest, '`', false)),
            'E' | 'e' if rest[1..].starts_with('\'') => (Kind::Text, 1 + quoted(&rest[1..], '\'', true)),
            '$' => dollar(rest),
            '?' | '@' => (Kind::Placeholder, 1 + name(&rest[1..])),
            ':' if rest.starts_with("::") => (Kind::Sign, 1),
            ':' if !text[..at].ends_with(is_name) && !text[..at].ends_with(':') && name(&rest[1..]) > 0 => {
                (Kind::Placeholder, 1 + name(&rest[1..]))
            }
            '{' => match braces(rest) {
                0 => (Kind::Sign, 1),
                _ => (Kind::Word, word(rest)),
            },
            _ if first.is_ascii_digit() => (Kind::Number, number(rest)),
            _ if is_name(first) => (Kind::Word, word(rest)),
            _ => (Kind::Sign, first.len_utf8()),
        };
        // A lone `@` is a sign of some operator (`@>`), no placeholder.
        let kind = if kind == Kind::Placeholder && first == '@' && length == 1 { Kind::Sign } else { kind };
        found.push(Token { kind, text: &rest[..length], start: at });
        at += length;
    }
    found
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == HOLE
}

fn name(text: &str) -> usize {
    text.find(|c| !is_name(c)).unwrap_or(text.len())
}

/// Length of a word; `{…}` may be a part of it.
fn word(text: &str) -> usize {
    let mut length = 0;
    loop {
        let rest = &text[length..];
        let step = match rest.chars().next() {
            Some(c) if is_name(c) || c == '$' && length > 0 => c.len_utf8(),
            Some('{') => braces(rest),
            _ => 0,
        };
        if step == 0 {
            return length;
        }
        length += step;
    }
}

/// Length of a `{…}` on one line without braces or semicolons in it; 0 if there is none.
fn braces(text: &str) -> usize {
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '}' => return at + 1,
            '{' | '\n' | ';' => return 0,
            _ if at > MAX_BRACES => return 0,
            _ => {}
        }
    }
    0
}

fn number(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_')).unwrap_or(text.len())
}

fn line(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// Length of a block comment; they nest in PostgreSQL, and nobody opens one inside another elsewhere.
fn block(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut open) = (0, 0usize);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => {
                open += 1;
                at += 2;
            }
            b"*/" => {
                open -= 1;
                at += 2;
                if open == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}

/// Length of a quoted text with its quotes; a doubled quote stands for itself. An unclosed one takes all the rest.
fn quoted(text: &str, quote: char, backslash: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && backslash {
            chars.next();
        } else if c == quote {
            if chars.peek().is_some_and(|(_, next)| *next == quote) {
                chars.next();
            } else {
                return at + c.len_utf8();
            }
        }
    }
    text.len()
}

/// `$1`, `$name`, or a dollar-quoted text.
fn dollar(text: &str) -> (Kind, usize) {
    let tag = 1 + name(&text[1..]);
    if text[tag..].starts_with('$') && !text[1..].starts_with(|c: char| c.is_ascii_digit()) {
        let (open, body) = text.split_at(tag + 1);
        let length = body.find(open).map_or(text.len(), |close| open.len() + close + open.len());
        return (Kind::Text, length);
    }
    if tag == 1 { (Kind::Sign, 1) } else { (Kind::Placeholder, tag) }
}

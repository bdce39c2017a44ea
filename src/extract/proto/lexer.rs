//! Text of a `.proto` file into tokens and comments with their places. Knows no grammar beyond that of single tokens.

/// At most so many tokens are read from one file: a contract that a person wrote stays far below.
const MAX_TOKENS: usize = 1_000_000;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Identifier or keyword: the language reserves none.
    Word,
    /// Integer in any base.
    Int,
    /// Number with a fraction or an exponent, and what only looks like a number.
    Float,
    /// One string literal, quotes included.
    Text,
    /// One character of punctuation.
    Symbol(u8),
    /// Something that is no token; a problem has been noted for it already.
    Broken,
}

/// One token; it never spans lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Byte range in the text.
    pub(super) start: u32,
    pub(super) end: u32,
    /// Line and column, from 1; columns count characters.
    pub(super) line: u32,
    pub(super) column: u32,
    /// How many comments of the file stand before it.
    pub(super) comments: u32,
}

/// One comment, markers included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comment {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
    pub(super) block: bool,
}

/// Something that is no token.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// A file in tokens.
#[derive(Clone, Debug, Default)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) comments: Vec<Comment>,
    pub(super) problems: Vec<Problem>,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    column: u32,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// Steps over one byte; only the first byte of a character moves the column.
    fn step(&mut self) {
        match self.peek(0) {
            Some(b'\n') => {
                self.line += 1;
                self.column = 1;
            }
            // Continuation bytes of UTF-8 belong to a character that was counted.
            Some(byte) if byte & 0xC0 == 0x80 => {}
            Some(_) => self.column += 1,
            None => return,
        }
        self.at += 1;
    }

    fn step_while(&mut self, mut wanted: impl FnMut(u8) -> bool) {
        while self.peek(0).is_some_and(&mut wanted) {
            self.step();
        }
    }
}

/// Splits a text into tokens.
pub(super) fn lex(text: &str) -> Lexed {
    let mut lexed = Lexed::default();
    // Offsets are kept in 32 bits; sources are far smaller (`sources::MAX_BYTES`), and what is beyond is not read.
    let text = if u32::try_from(text.len()).is_ok() { text } else { "" };
    let mut reader = Reader { text, at: 0, line: 1, column: 1 };
    if text.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    while let Some(byte) = reader.peek(0) {
        if lexed.tokens.len() >= MAX_TOKENS {
            let message = format!("the file has more than {MAX_TOKENS} tokens, the rest is not read");
            note(&mut lexed, &reader, (reader.line, reader.column), message, "split the file");
            break;
        }
        match byte {
            _ if byte.is_ascii_whitespace() || byte == 0x0b => reader.step(),
            b'/' if matches!(reader.peek(1), Some(b'/' | b'*')) => comment(&mut reader, &mut lexed),
            b'"' | b'\'' => string(&mut reader, &mut lexed, byte),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let start = open(&reader, &lexed);
                reader.step_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
                close(&reader, &mut lexed, start, Kind::Word);
            }
            b'0'..=b'9' => number(&mut reader, &mut lexed),
            b'.' if reader.peek(1).is_some_and(|byte| byte.is_ascii_digit()) => number(&mut reader, &mut lexed),
            0x21..=0x7e => {
                let start = open(&reader, &lexed);
                reader.step();
                if b"{}[]()<>;,:=.+-/".contains(&byte) {
                    lexed.tokens.push(finish(&reader, start, Kind::Symbol(byte)));
                } else {
                    stray(&reader, &mut lexed, start);
                }
            }
            _ => {
                let start = open(&reader, &lexed);
                // Consecutive characters outside the language are one problem, not many.
                reader.step_while(|byte| !(0x20..=0x7e).contains(&byte) && !byte.is_ascii_whitespace());
                stray(&reader, &mut lexed, start);
            }
        }
    }
    lexed
}

fn open(reader: &Reader<'_>, lexed: &Lexed) -> Token {
    Token {
        kind: Kind::Broken,
        start: narrow(reader.at),
        end: narrow(reader.at),
        line: reader.line,
        column: reader.column,
        comments: narrow(lexed.comments.len()),
    }
}

fn finish(reader: &Reader<'_>, start: Token, kind: Kind) -> Token {
    Token { kind, end: narrow(reader.at), ..start }
}

/// Ends a word or a number. One that touches the end of the file is not taken: no proto file ends with it, so the
/// file is cut off, and half a name or half a number is a wrong one.
fn close(reader: &Reader<'_>, lexed: &mut Lexed, start: Token, kind: Kind) {
    if reader.at < reader.text.len() {
        lexed.tokens.push(finish(reader, start, kind));
        return;
    }
    lexed.tokens.push(finish(reader, start, Kind::Broken));
    let met = excerpt(reader, start);
    let message = format!("the file ends with `{met}`, expected `;` or `}}` behind it");
    note(
        lexed,
        reader,
        (start.line, start.column),
        message,
        "complete the declaration: the file may have been cut off",
    );
}

fn stray(reader: &Reader<'_>, lexed: &mut Lexed, start: Token) {
    lexed.tokens.push(finish(reader, start, Kind::Broken));
    let message = format!("met `{}`, expected a declaration, a name, a number or a string", excerpt(reader, start));
    note(lexed, reader, (start.line, start.column), message, "remove it, or put it into quotes");
}

fn excerpt(reader: &Reader<'_>, start: Token) -> String {
    reader.text.get(start.start as usize..reader.at).unwrap_or_default().chars().take(40).collect()
}

fn note(lexed: &mut Lexed, reader: &Reader<'_>, at: (u32, u32), message: String, help: &'static str) {
    let (line, column) = at;
    lexed.problems.push(Problem { line, column, end_line: reader.line, end_column: reader.column, message, help });
}

fn comment(reader: &mut Reader<'_>, lexed: &mut Lexed) {
    let (start, line, column) = (reader.at, reader.line, reader.column);
    let block = reader.peek(1) == Some(b'*');
    reader.step();
    reader.step();
    let mut closed = !block;
    if block {
        while reader.peek(0).is_some() {
            if reader.peek(0) == Some(b'*') && reader.peek(1) == Some(b'/') {
                reader.step();
                reader.step();
                closed = true;
                break;
            }
            reader.step();
        }
    } else {
        reader.step_while(|byte| byte != b'\n');
    }
    lexed.comments.push(Comment {
        start: narrow(start),
        end: narrow(reader.at),
        line,
        column,
        end_line: reader.line,
        end_column: reader.column,
        block,
    });
    if !closed {
        let message = "the file ends inside a comment, expected `*/`".to_owned();
        note(lexed, reader, (line, column), message, "close the comment with `*/`");
    }
}

fn string(reader: &mut Reader<'_>, lexed: &mut Lexed, quote: u8) {
    let start = open(reader, lexed);
    reader.step();
    loop {
        match reader.peek(0) {
            None | Some(b'\n') => {
                lexed.tokens.push(finish(reader, start, Kind::Broken));
                let message = format!("the line ends inside a string, expected `{}`", char::from(quote));
                note(
                    lexed,
                    reader,
                    (start.line, start.column),
                    message,
                    "close the string on the line where it begins",
                );
                return;
            }
            Some(b'\\') if reader.peek(1).is_some_and(|byte| byte != b'\n') => {
                reader.step();
                reader.step();
            }
            Some(byte) => {
                reader.step();
                if byte == quote {
                    lexed.tokens.push(finish(reader, start, Kind::Text));
                    return;
                }
            }
        }
    }
}

fn number(reader: &mut Reader<'_>, lexed: &mut Lexed) {
    let start = open(reader, lexed);
    let hex = reader.peek(0) == Some(b'0') && matches!(reader.peek(1), Some(b'x' | b'X'));
    let mut before = 0;
    reader.step_while(|byte| {
        let exponent_sign = !hex && matches!(byte, b'+' | b'-') && matches!(before, b'e' | b'E');
        before = byte;
        byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || exponent_sign
    });
    let text = reader.text.get(start.start as usize..reader.at).unwrap_or_default();
    let kind = if integer(text).is_some() { Kind::Int } else { Kind::Float };
    close(reader, lexed, start, kind);
}

/// The value of an integer token: decimal, `0x` hexadecimal or `0` octal.
pub(super) fn integer(text: &str) -> Option<u64> {
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok();
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => u64::from_str_radix(octal, 8).ok(),
        _ => text.parse().ok(),
    }
}

/// Offsets and counts of a text below 4 GiB; `lex` reads no larger one.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

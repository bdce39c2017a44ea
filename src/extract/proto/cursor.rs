//! A place among the tokens of a file: looking, stepping, spans and diagnostics. Knows no declaration.

use std::borrow::Cow;
use std::sync::Arc;

use super::comments;
use super::lexer::{self, Kind, Lexed, Token};
use crate::facts::Diagnostic;
use crate::span::Span;

/// Messages, groups, extend blocks and aggregate values may be nested so deep. The official compiler stops at 32 for
/// messages; the bound keeps the stack safe.
pub(super) const MAX_NESTING: usize = 64;

/// The longest fully qualified name, in bytes. Names are repeated in all that they enclose, so that the bound keeps
/// the facts about as large as their sources.
pub(super) const MAX_NAME: usize = 512;

/// So many diagnostics are kept for one file; a file that is no proto at all needs no more.
const MAX_DIAGNOSTICS: usize = 100;

/// What would have been right where a declaration went wrong.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) expected: Cow<'static, str>,
    pub(super) help: &'static str,
}

/// A place in a file.
pub(super) struct Cursor<'a> {
    pub(super) file: Arc<str>,
    pub(super) text: &'a str,
    pub(super) lexed: &'a Lexed,
    pub(super) at: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// How many `{` of the file have no `}`, less those whose place has been found.
    pub(super) unclosed: usize,
}

/// A fault: shorthand for its two parts.
pub(super) fn fault<T>(expected: impl Into<Cow<'static, str>>, help: &'static str) -> Result<T, Fault> {
    Err(Fault { expected: expected.into(), help })
}

impl<'a> Cursor<'a> {
    pub(super) fn new(file: Arc<str>, text: &'a str, lexed: &'a Lexed) -> Self {
        let opened = lexed.tokens.iter().filter(|token| token.kind == Kind::Symbol(b'{')).count();
        let closed = lexed.tokens.iter().filter(|token| token.kind == Kind::Symbol(b'}')).count();
        let diagnostics = lexed
            .problems
            .iter()
            .take(MAX_DIAGNOSTICS)
            .map(|problem| Diagnostic {
                at: Span::new(file.clone(), (problem.line, problem.column), (problem.end_line, problem.end_column)),
                message: problem.message.clone(),
                help: problem.help.to_owned(),
            })
            .collect();
        Self { file, text, lexed, at: 0, diagnostics, unclosed: opened.saturating_sub(closed) }
    }

    pub(super) fn token(&self, ahead: usize) -> Option<&'a Token> {
        self.lexed.tokens.get(self.at + ahead)
    }

    pub(super) fn ended(&self) -> bool {
        self.at >= self.lexed.tokens.len()
    }

    /// Whether the file is cut off here: at its end, or in front of half a word or half a string. What stands before
    /// may have gone on.
    pub(super) fn cut_off(&self) -> bool {
        match self.token(0) {
            Some(token) => token.kind == Kind::Broken && self.token(1).is_none(),
            None => true,
        }
    }

    pub(super) fn bump(&mut self) {
        self.at += 1;
    }

    pub(super) fn slice(&self, token: &Token) -> &'a str {
        self.text.get(token.start as usize..token.end as usize).unwrap_or_default()
    }

    /// The word some tokens ahead.
    pub(super) fn word(&self, ahead: usize) -> Option<&'a str> {
        self.token(ahead).filter(|token| token.kind == Kind::Word).map(|token| self.slice(token))
    }

    pub(super) fn is_symbol(&self, ahead: usize, symbol: u8) -> bool {
        self.token(ahead).is_some_and(|token| token.kind == Kind::Symbol(symbol))
    }

    pub(super) fn eat(&mut self, symbol: u8) -> bool {
        let eaten = self.is_symbol(0, symbol);
        self.at += usize::from(eaten);
        eaten
    }

    pub(super) fn expect(&mut self, symbol: u8, help: &'static str) -> Result<(), Fault> {
        if self.eat(symbol) { Ok(()) } else { fault(format!("`{}`", char::from(symbol)), help) }
    }

    pub(super) fn name(&mut self, expected: &'static str, help: &'static str) -> Result<&'a str, Fault> {
        let Some(word) = self.word(0) else {
            return fault(expected, help);
        };
        self.bump();
        Ok(word)
    }

    /// One or more string literals, decoded and joined.
    pub(super) fn string(&mut self, expected: &'static str, help: &'static str) -> Result<String, Fault> {
        let from = self.at;
        while self.token(0).is_some_and(|token| token.kind == Kind::Text) {
            self.bump();
        }
        if from == self.at {
            return fault(expected, help);
        }
        let literals = self.lexed.tokens.get(from..self.at).unwrap_or_default();
        Ok(super::literals::decode(literals.iter().map(|token| self.slice(token))))
    }

    /// An integer with an optional minus.
    pub(super) fn integer(&mut self, expected: &'static str, help: &'static str) -> Result<i64, Fault> {
        let minus = self.is_symbol(0, b'-');
        let number = self
            .token(usize::from(minus))
            .filter(|token| token.kind == Kind::Int)
            .and_then(|token| lexer::integer(self.slice(token)))
            .and_then(|value| if minus { 0i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() });
        let Some(number) = number else {
            return fault(expected, help);
        };
        self.at += 1 + usize::from(minus);
        Ok(number)
    }

    /// A dotted name, `.a.b.C` or `b.C`, without spaces.
    pub(super) fn path(&mut self, expected: &'static str, help: &'static str) -> Result<String, Fault> {
        let mut path = String::new();
        if self.eat(b'.') {
            path.push('.');
        }
        loop {
            path.push_str(self.name(expected, help)?);
            if path.len() > MAX_NAME {
                return fault("a shorter name", "shorten the name");
            }
            if !self.eat(b'.') {
                return Ok(path);
            }
            path.push('.');
        }
    }

    /// The end of a statement. A missing `;` at the end of a line costs nothing but the diagnostic.
    pub(super) fn semicolon(&mut self) -> Result<(), Fault> {
        const HELP: &str = "end the statement with `;`";
        if self.eat(b';') {
            return Ok(());
        }
        let missed = Fault { expected: "`;`".into(), help: HELP };
        if !self.cut_off() && (self.starts_line() || self.is_symbol(0, b'}')) {
            self.report(&missed);
            return Ok(());
        }
        Err(missed)
    }

    /// Whether the token here is the first one on its line.
    pub(super) fn starts_line(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|before| self.lexed.tokens.get(before));
        match (before, self.token(0)) {
            (Some(before), Some(token)) => before.line < token.line,
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }

    /// The span from a token to the one before this place.
    pub(super) fn span_from(&self, from: usize) -> Span {
        self.span(from, self.at)
    }

    /// The span from one token to the one before another.
    pub(super) fn span(&self, from: usize, to: usize) -> Span {
        let first = self.lexed.tokens.get(from).or(self.lexed.tokens.last());
        let last = to.checked_sub(1).and_then(|last| self.lexed.tokens.get(last)).or(first);
        let (Some(first), Some(last)) = (first, last) else {
            return Span::line(self.file.clone(), 1);
        };
        Span::new(self.file.clone(), (first.line, first.column), (last.line, self.end_column(last)))
    }

    fn end_column(&self, token: &Token) -> u32 {
        token.column + u32::try_from(self.slice(token).chars().count()).unwrap_or(u32::MAX - token.column)
    }

    /// The comment in front of a token.
    pub(super) fn comment(&self, index: usize) -> String {
        let before = index.checked_sub(1).and_then(|before| self.lexed.tokens.get(before));
        self.lexed
            .tokens
            .get(index)
            .map_or_else(String::new, |token| comments::leading(self.text, self.lexed, before, token))
    }

    /// The comment behind the token before, on its line: that of a field stands as often there as in front of it.
    pub(super) fn trailing_comment(&self) -> Option<String> {
        let before = self.at.checked_sub(1).and_then(|before| self.lexed.tokens.get(before))?;
        let until = self.lexed.tokens.get(self.at).map_or(self.lexed.comments.len(), |next| next.comments as usize);
        comments::trailing(self.text, self.lexed, before, until)
    }

    /// Notes what was met here and what was expected. Silent behind a broken token: that has its diagnostic already.
    pub(super) fn report(&mut self, fault: &Fault) {
        let before = self.at.checked_sub(1).and_then(|before| self.lexed.tokens.get(before));
        if [before, self.token(0)].into_iter().flatten().any(|token| token.kind == Kind::Broken) {
            return;
        }
        let (met, at) = match self.token(0) {
            Some(token) => {
                let met: String = self.slice(token).chars().take(40).collect();
                let end = self.end_column(token);
                (format!("`{met}`"), Span::new(self.file.clone(), (token.line, token.column), (token.line, end)))
            }
            None => {
                let end = before.map_or((1, 1), |before| (before.line, self.end_column(before)));
                ("the end of the file".to_owned(), Span::new(self.file.clone(), end, end))
            }
        };
        self.note(at, format!("met {met}, expected {}", fault.expected), fault.help);
    }

    fn note(&mut self, at: Span, message: String, help: &'static str) {
        // One place is one problem, however many blocks end there.
        let repeated = self.diagnostics.last().is_some_and(|last| last.at == at);
        if !repeated && self.diagnostics.len() < MAX_DIAGNOSTICS {
            self.diagnostics.push(Diagnostic { at, message, help: help.to_owned() });
        }
    }

    /// Notes that the block that opens here is nested too deep.
    pub(super) fn too_deep(&mut self) {
        let at = self.token(0).map_or_else(
            || Span::line(self.file.clone(), 1),
            |token| Span::new(self.file.clone(), (token.line, token.column), (token.line, token.column + 1)),
        );
        self.note(at, format!("met a block nested deeper than {MAX_NESTING}, expected a flatter one"), "flatten it");
    }
}

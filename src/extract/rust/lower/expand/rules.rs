//! The text of a `macro_rules!` to its arms: what each matches and what it gives.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::extract::rust::lexer::{Kind, tokens};

/// One arm.
#[derive(Debug)]
pub(super) struct Arm {
    pub(super) matcher: Vec<Piece>,
    pub(super) body: Vec<Piece>,
}

/// A piece of a matcher or of a body.
#[derive(Debug)]
pub(super) enum Piece {
    /// A token as it is.
    Token(TokenTree),
    /// Brackets with pieces between.
    Group(Delimiter, Vec<Piece>),
    /// `$name:kind` in a matcher, `$name` in a body.
    Variable(String, String),
    /// `$( … ) separator *`
    Repeat { pieces: Vec<Piece>, separator: Vec<TokenTree>, optional: bool },
}

/// Names and texts of the macros that a file defines.
pub(super) fn definitions(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    if !text.contains("macro_rules") {
        return found;
    }
    let all: Vec<_> = tokens(text).filter(|token| token.kind != Kind::Doc).collect();
    let mut index = 0;
    while index + 3 < all.len() {
        let is_head = all[index].ident(text) == "macro_rules"
            && all[index + 1].first == b'!'
            && all[index + 2].kind == Kind::Ident
            && all[index + 3].kind == Kind::Open;
        if !is_head {
            index += 1;
            continue;
        }
        let open = &all[index + 3];
        let mut depth = 0usize;
        let close = all[index + 3..].iter().find(|token| {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        });
        if let Some(close) = close
            && let Some(inner) = text.get(open.end..close.start)
        {
            found.push((all[index + 2].text(text), inner));
        }
        index += 4;
    }
    found
}

/// The arms of a macro.
pub(super) fn arms(text: TokenStream) -> Vec<Arm> {
    let mut arms = Vec::new();
    let mut groups = text.into_iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group),
        _ => None,
    });
    while let (Some(matcher), Some(body)) = (groups.next(), groups.next()) {
        arms.push(Arm { matcher: pieces(matcher.stream(), true), body: pieces(body.stream(), false) });
    }
    arms
}

fn pieces(stream: TokenStream, matcher: bool) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut rest = stream.into_iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => match rest.next() {
                Some(TokenTree::Ident(name)) => {
                    let mut kind = String::new();
                    if matcher && matches!(rest.peek(), Some(TokenTree::Punct(colon)) if colon.as_char() == ':') {
                        rest.next();
                        kind = rest.next().map(|kind| kind.to_string()).unwrap_or_default();
                    }
                    out.push(Piece::Variable(name.to_string(), kind));
                }
                Some(TokenTree::Group(group)) => {
                    let mut separator = Vec::new();
                    let mut optional = false;
                    for token in rest.by_ref() {
                        match &token {
                            TokenTree::Punct(operator) if matches!(operator.as_char(), '*' | '+' | '?') => {
                                optional = operator.as_char() == '?';
                                break;
                            }
                            _ => separator.push(token),
                        }
                    }
                    out.push(Piece::Repeat { pieces: pieces(group.stream(), matcher), separator, optional });
                }
                _ => {}
            },
            TokenTree::Group(group) => out.push(Piece::Group(group.delimiter(), pieces(group.stream(), matcher))),
            token => out.push(Piece::Token(token)),
        }
    }
    out
}

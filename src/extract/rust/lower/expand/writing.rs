//! The body of an arm with what its variables stand for. Tokens of the call keep their places; those of the body get the
//! place of the call.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::matching::{Binding, Bindings, variables};
use super::rules::Piece;

/// Where a body is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The call.
    pub(super) at: Span,
    /// What `$crate` means there.
    pub(super) krate: &'a str,
}

/// Writes a body; nothing when it takes more tokens than allowed.
pub(super) fn write(body: &[Piece], bindings: &Bindings, place: &Place<'_>, most: usize) -> Option<TokenStream> {
    let mut left = most;
    pieces(body, bindings, place, &mut left)
}

fn pieces(body: &[Piece], bindings: &Bindings, place: &Place<'_>, left: &mut usize) -> Option<TokenStream> {
    let at = place.at;
    let mut out: Vec<TokenTree> = Vec::new();
    for piece in body {
        *left = left.checked_sub(1)?;
        match piece {
            Piece::Token(token) => {
                let mut token = token.clone();
                token.set_span(at);
                out.push(token);
            }
            Piece::Group(delimiter, inner) => out.push(group(*delimiter, pieces(inner, bindings, place, left)?, at)),
            Piece::Variable(name, _) => match bindings.get(name) {
                Some(Binding::One { tokens, whole }) => {
                    *left = left.checked_sub(size(tokens))?;
                    if *whole {
                        let first = tokens.clone().into_iter().next().map_or(at, |token| token.span());
                        out.push(group(Delimiter::None, tokens.clone(), first));
                    } else {
                        out.extend(tokens.clone());
                    }
                }
                Some(Binding::Many(_)) => return None,
                // `$crate`, or a variable of a macro that this one defines.
                None if name == "crate" => out.push(TokenTree::Ident(Ident::new(place.krate, at))),
                None => out.push(TokenTree::Ident(match name.strip_prefix("r#") {
                    Some(raw) => Ident::new_raw(raw, at),
                    None => Ident::new(name, at),
                })),
            },
            Piece::Repeat { pieces: inner, separator, .. } => {
                let mut names = Vec::new();
                variables(inner, &mut names);
                let turns = names
                    .iter()
                    .filter_map(|name| match bindings.get(*name) {
                        Some(Binding::Many(all)) => Some(all.len()),
                        _ => None,
                    })
                    .max()?;
                for turn in 0..turns {
                    if turn > 0 {
                        out.extend(separator.iter().cloned().map(|mut token| {
                            token.set_span(at);
                            token
                        }));
                    }
                    out.extend(pieces(inner, &of_turn(bindings, &names, turn), place, left)?);
                }
            }
        }
    }
    Some(out.into_iter().collect())
}

/// The bindings of one turn, of the names that it uses.
fn of_turn(bindings: &Bindings, names: &[&str], turn: usize) -> Bindings {
    let of = |name: &&str| {
        let binding = match bindings.get(*name)? {
            Binding::Many(all) => all.get(turn)?,
            one @ Binding::One { .. } => one,
        };
        Some(((*name).to_owned(), binding.clone()))
    };
    names.iter().filter_map(of).collect()
}

fn group(delimiter: Delimiter, inner: TokenStream, at: Span) -> TokenTree {
    let mut group = Group::new(delimiter, inner);
    group.set_span(at);
    TokenTree::Group(group)
}

fn size(tokens: &TokenStream) -> usize {
    tokens
        .clone()
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => 1 + size(&group.stream()),
            _ => 1,
        })
        .sum()
}

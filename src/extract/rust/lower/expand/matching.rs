//! Tokens of a call against the matcher of an arm.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};

use super::rules::Piece;

/// What a variable stands for.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    /// Tokens; those of an expression belong together.
    One { tokens: TokenStream, whole: bool },
    /// One binding per turn of a repetition.
    Many(Vec<Binding>),
}

/// What the variables of an arm stand for.
pub(super) type Bindings = BTreeMap<String, Binding>;

/// Matches all tokens.
pub(super) fn whole(matcher: &[Piece], input: &[TokenTree]) -> Option<Bindings> {
    let mut bindings = Bindings::new();
    (sequence(matcher, input, &mut bindings)? == input.len()).then_some(bindings)
}

/// Matches pieces in order: how many tokens they took.
fn sequence(matcher: &[Piece], input: &[TokenTree], bindings: &mut Bindings) -> Option<usize> {
    let mut taken = 0;
    for piece in matcher {
        let rest = &input[taken..];
        taken += match piece {
            Piece::Token(wanted) => {
                let first = rest.first()?;
                if wanted.to_string() != first.to_string() {
                    return None;
                }
                1
            }
            Piece::Group(delimiter, inner) => {
                let Some(TokenTree::Group(group)) = rest.first() else { return None };
                if group.delimiter() != *delimiter {
                    return None;
                }
                let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
                if sequence(inner, &tokens, bindings)? != tokens.len() {
                    return None;
                }
                1
            }
            Piece::Variable(name, kind) => {
                let count = fragment(kind, rest)?;
                let tokens = rest[..count].iter().cloned().collect();
                bindings.insert(name.clone(), Binding::One { tokens, whole: kind.starts_with("expr") && count > 1 });
                count
            }
            Piece::Repeat { pieces, separator, optional } => repeat(pieces, separator, *optional, rest, bindings),
        };
    }
    Some(taken)
}

/// Matches as many turns as there are.
fn repeat(
    pieces: &[Piece],
    separator: &[TokenTree],
    optional: bool,
    input: &[TokenTree],
    bindings: &mut Bindings,
) -> usize {
    let mut turns: Vec<Bindings> = Vec::new();
    let mut taken = 0;
    loop {
        let mut from = taken;
        if !turns.is_empty() {
            let separates = input.len() >= from + separator.len()
                && separator.iter().zip(&input[from..]).all(|(wanted, token)| wanted.to_string() == token.to_string());
            if !separates {
                break;
            }
            from += separator.len();
        }
        let mut turn = Bindings::new();
        match sequence(pieces, &input[from..], &mut turn) {
            Some(count) if from + count > taken => {
                taken = from + count;
                turns.push(turn);
            }
            _ => break,
        }
        if optional {
            break;
        }
    }
    let mut names = Vec::new();
    variables(pieces, &mut names);
    for name in names {
        let all = turns.iter().filter_map(|turn| turn.get(name).cloned()).collect();
        bindings.insert(name.to_owned(), Binding::Many(all));
    }
    taken
}

/// The variables that pieces name.
pub(super) fn variables<'a>(pieces: &'a [Piece], into: &mut Vec<&'a str>) {
    for piece in pieces {
        match piece {
            Piece::Variable(name, _) => into.push(name),
            Piece::Group(_, inner) | Piece::Repeat { pieces: inner, .. } => variables(inner, into),
            Piece::Token(_) => {}
        }
    }
}

/// How many tokens a fragment of a kind takes.
fn fragment(kind: &str, input: &[TokenTree]) -> Option<usize> {
    match kind {
        "tt" => return (!input.is_empty()).then_some(1),
        "ident" => return matches!(input.first(), Some(TokenTree::Ident(_))).then_some(1),
        "lifetime" => return (input.len() > 1).then_some(2),
        "block" => return matches!(input.first(), Some(TokenTree::Group(_))).then_some(1),
        _ => {}
    }
    let stream: TokenStream = input.iter().cloned().collect();
    let rest = (|input: ParseStream| {
        match kind {
            "ty" => drop(input.parse::<syn::Type>()?),
            "path" => drop(input.parse::<syn::Path>()?),
            "pat" => drop(syn::Pat::parse_multi_with_leading_vert(input)?),
            "pat_param" => drop(syn::Pat::parse_single(input)?),
            "literal" => drop(input.parse::<syn::Lit>()?),
            "stmt" => drop(input.parse::<syn::Stmt>()?),
            "item" => drop(input.parse::<syn::Item>()?),
            "vis" => drop(input.parse::<syn::Visibility>()?),
            "meta" => drop(input.parse::<syn::Meta>()?),
            _ => drop(input.parse::<syn::Expr>()?),
        }
        input.parse::<TokenStream>()
    })
    .parse2(stream)
    .ok()?;
    input.len().checked_sub(rest.into_iter().count())
}

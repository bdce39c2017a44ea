//! A file that does not parse to those of its items that do, with right lines. It knows the outer shape of items only.

use std::ops::Range;

use super::super::lexer::{Kind, tokens};
use super::super::outline;
use super::super::tree::Item;
use super::{Ctx, items, point};

/// Bodies in bodies that are split: of modules, and of the impl inside.
const MAX_SPLITS: usize = 8;

/// The items of a text that can be read one by one. What cannot is left out, for impls, traits and modules member by
/// member.
pub(super) fn items(text: &str) -> Vec<Item> {
    let mut out = Vec::new();
    let mut origin = Origin { text, from: 0, lines: 0, columns: 0 };
    for piece in outline::pieces(text) {
        let cx = origin.at(piece.start);
        let piece = text.get(piece).unwrap_or_default();
        match syn::parse_str::<syn::Item>(piece) {
            Ok(item) => items::item(cx, &item, &mut out),
            Err(_) => {
                let rest = without_broken_members(piece, MAX_SPLITS);
                if let Some(Ok(item)) = rest.map(|rest| syn::parse_str::<syn::Item>(&rest)) {
                    items::item(cx, &item, &mut out);
                }
            }
        }
    }
    out
}

/// The text of an impl, trait or module with spaces in place of those members that do not parse; `None` if it is none
/// of them.
fn without_broken_members(text: &str, splits: usize) -> Option<String> {
    let (container, inside) = body(text)?;
    let mut out = text.get(..inside.start)?.to_owned();
    let members = text.get(inside)?;
    let mut from = 0;
    for piece in outline::pieces(members) {
        let member = members.get(piece.clone())?;
        let parses = match container {
            "impl" => syn::parse_str::<syn::ImplItem>(member).is_ok(),
            "trait" => syn::parse_str::<syn::TraitItem>(member).is_ok(),
            _ => syn::parse_str::<syn::Item>(member).is_ok(),
        };
        if parses {
            continue;
        }
        out.push_str(members.get(from..piece.start)?);
        let repaired = if splits > 0 { without_broken_members(member, splits - 1) } else { None };
        match repaired.filter(|text| syn::parse_str::<syn::Item>(text).is_ok()) {
            Some(repaired) => out.push_str(&repaired),
            None => out.push_str(&outline::blank(member, std::slice::from_ref(&(0..member.len())))),
        }
        from = piece.end;
    }
    out.push_str(members.get(from..)?);
    out.push('}');
    Some(out)
}

/// The keyword of an impl, trait or module and the range between its braces; the closing one may be missing.
fn body(text: &str) -> Option<(&'static str, Range<usize>)> {
    let mut container = None;
    let mut open = None;
    let mut depth = 0usize;
    for token in tokens(text) {
        match (token.kind, open) {
            (Kind::Open, None) if depth == 0 && token.first == b'{' => open = Some(token.end),
            (Kind::Open, _) => depth += 1,
            (Kind::Close, Some(open)) if depth == 0 => return Some((container?, open..token.start)),
            (Kind::Close, _) => depth = depth.saturating_sub(1),
            (Kind::Ident, None) if depth == 0 && container.is_none() => match token.text(text) {
                "impl" => container = Some("impl"),
                "trait" => container = Some("trait"),
                "mod" => container = Some("mod"),
                "pub" | "unsafe" | "default" => {}
                _ => return None,
            },
            _ => {}
        }
    }
    Some((container?, open?..text.len()))
}

/// Positions of bytes as lines and columns, each search going on where the last one ended.
struct Origin<'a> {
    text: &'a str,
    from: usize,
    lines: u32,
    columns: u32,
}

impl Origin<'_> {
    fn at(&mut self, at: usize) -> Ctx<'static> {
        let step = point(self.text.get(self.from..at).unwrap_or_default(), usize::MAX);
        self.columns = if step.line > 1 { step.column - 1 } else { self.columns + step.column - 1 };
        self.lines += step.line - 1;
        self.from = at;
        Ctx { lines: self.lines, columns: self.columns, macros: 0, scope: None, left: None }
    }
}

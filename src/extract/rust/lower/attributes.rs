//! Attributes of syn to those of the tree; and which of them mark tests.

use super::super::outline;
use super::super::tree::{Attribute, Expr, ExprKind};
use super::{Ctx, conditions, expressions, macros, types};

/// Attributes that say nothing of what a program does.
const LEFT_OUT: [&str; 13] = [
    "allow",
    "automatically_derived",
    "clippy",
    "cold",
    "deny",
    "doc",
    "expect",
    "forbid",
    "inline",
    "must_use",
    "rustfmt",
    "track_caller",
    "warn",
];

/// Whether one of the attributes marks something that exists in tests only.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let last = path.segments.last().map(|segment| segment.ident.to_string());
        match last.as_deref() {
            None | Some("doc") => false,
            // Only a predicate needs its text.
            Some("cfg") => match &attribute.meta {
                syn::Meta::List(meta) => outline::is_test(&format!("cfg({})", meta.tokens)),
                _ => false,
            },
            Some(last) => outline::is_test(last),
        }
    })
}

/// Whether one of the attributes leaves out of a release what it stands on.
pub(super) fn is_absent(cx: Ctx, attributes: &[syn::Attribute]) -> bool {
    is_test(attributes) || cx.scope.is_some_and(|scope| conditions::excluded(attributes, scope.features))
}

/// The predicate of a `cfg`, and of one that is its opposite: `feature = "x"` and `true`, `not(feature = "x")` and `false`.
pub(super) fn condition(attributes: &[syn::Attribute]) -> Option<(String, bool)> {
    attributes.iter().find_map(|attribute| {
        let syn::Meta::List(meta) = &attribute.meta else { return None };
        if !attribute.path().is_ident("cfg") {
            return None;
        }
        let text: String = meta.tokens.to_string().split_whitespace().collect();
        let opposite = text.strip_prefix("not(").and_then(|text| text.strip_suffix(')')).map(str::to_owned);
        Some(opposite.map_or((text, true), |text| (text, false)))
    })
}

/// Attributes that matter.
pub(super) fn attributes(cx: Ctx, attributes: &[syn::Attribute]) -> Vec<Attribute> {
    attributes.iter().filter_map(|attribute| lower(cx, attribute)).collect()
}

fn lower(cx: Ctx, attribute: &syn::Attribute) -> Option<Attribute> {
    let first = attribute.path().segments.first()?;
    if LEFT_OUT.iter().any(|name| first.ident == name) {
        return None;
    }
    let arguments = match &attribute.meta {
        syn::Meta::Path(_) => Vec::new(),
        syn::Meta::NameValue(meta) => vec![expressions::expression(cx, &meta.value)],
        syn::Meta::List(meta) => macros::loose_arguments(cx, meta.tokens.clone()),
    };
    let brackets = attribute.bracket_token.span;
    Some(Attribute {
        path: types::names(attribute.path()),
        arguments,
        at: cx.range(attribute.pound_token.span, brackets.close()),
    })
}

/// The value of `#[path = "…"]`.
pub(super) fn path_of_module(attributes: &[Attribute]) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.path == ["path"])?;
    match attribute.arguments.first() {
        Some(Expr { kind, .. }) => match &**kind {
            ExprKind::Literal(super::super::tree::Literal::Text(path)) => Some(path.clone()),
            _ => None,
        },
        None => None,
    }
}

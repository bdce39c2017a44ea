//! Patterns and literals of syn to those of the tree.

use super::super::tree::{Literal, Path, Pattern, Segment};
use super::types;

/// A pattern; a type beside it is left to the caller, see [`typed`].
pub(super) fn lower(pattern: &syn::Pat) -> Pattern {
    match pattern {
        syn::Pat::Ident(pattern) => {
            let inner = pattern.subpat.as_ref().map(|(_, inner)| Box::new(lower(inner)));
            Pattern::Name(types::name(&pattern.ident), inner)
        }
        syn::Pat::Tuple(pattern) => Pattern::Tuple(pattern.elems.iter().map(lower).collect()),
        syn::Pat::TupleStruct(pattern) => Pattern::TupleStruct(
            types::path(pattern.qself.as_ref(), &pattern.path),
            pattern.elems.iter().map(lower).collect(),
        ),
        syn::Pat::Struct(pattern) => Pattern::Struct(
            types::path(pattern.qself.as_ref(), &pattern.path),
            pattern.fields.iter().map(|field| (member(&field.member), lower(&field.pat))).collect(),
        ),
        syn::Pat::Path(pattern) => Pattern::Path(types::path(pattern.qself.as_ref(), &pattern.path)),
        syn::Pat::Lit(pattern) => literal(&pattern.lit).map_or(Pattern::Wild, Pattern::Literal),
        syn::Pat::Or(pattern) => Pattern::Or(pattern.cases.iter().map(lower).collect()),
        syn::Pat::Reference(pattern) => Pattern::Reference(Box::new(lower(&pattern.pat))),
        syn::Pat::Slice(pattern) => Pattern::Slice(pattern.elems.iter().map(lower).collect()),
        syn::Pat::Paren(pattern) => lower(&pattern.pat),
        syn::Pat::Type(pattern) => lower(&pattern.pat),
        syn::Pat::Guard(pattern) => lower(&pattern.pat),
        _ => Pattern::Wild,
    }
}

/// A pattern and the type beside it: `x: T`.
pub(super) fn typed(pattern: &syn::Pat) -> (Pattern, Option<super::super::tree::Type>) {
    match pattern {
        syn::Pat::Type(typed) => (lower(&typed.pat), Some(types::lower(&typed.ty))),
        pattern => (lower(pattern), None),
    }
}

/// A pattern and its guard: `Some(x) if x > 0`.
pub(super) fn guarded(pattern: &syn::Pat) -> (Pattern, Option<&syn::Expr>) {
    match pattern {
        syn::Pat::Guard(guarded) => (lower(&guarded.pat), Some(&guarded.guard)),
        pattern => (lower(pattern), None),
    }
}

/// The name of a field; its number for tuples.
pub(super) fn member(member: &syn::Member) -> String {
    match member {
        syn::Member::Named(ident) => types::name(ident),
        syn::Member::Unnamed(index) => index.index.to_string(),
    }
}

/// A path of one name.
pub(super) fn name_path(name: String) -> Path {
    Path { segments: vec![Segment { name, ..Segment::default() }], of: None }
}

/// A literal, unless syn does not know it.
pub(super) fn literal(literal: &syn::Lit) -> Option<Literal> {
    Some(match literal {
        syn::Lit::Str(text) => Literal::Text(text.value()),
        syn::Lit::ByteStr(bytes) => Literal::Bytes(String::from_utf8_lossy(&bytes.value()).into_owned()),
        syn::Lit::CStr(text) => Literal::Text(text.value().to_string_lossy().into_owned()),
        syn::Lit::Byte(byte) => Literal::Integer(byte.value().into()),
        syn::Lit::Char(char) => Literal::Char(char.value()),
        syn::Lit::Int(integer) => Literal::Integer(saturate(integer.base10_digits())),
        syn::Lit::Float(float) => Literal::Float(float.base10_digits().parse().unwrap_or(f64::MAX)),
        syn::Lit::Bool(bool) => Literal::Bool(bool.value),
        _ => return None,
    })
}

/// A number from its decimal digits.
fn saturate(digits: &str) -> i64 {
    digits.parse().unwrap_or(if digits.starts_with('-') { i64::MIN } else { i64::MAX })
}

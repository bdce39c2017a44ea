//! Conditions of `cfg`, decided for a release with the features that a package is built with. What cannot be decided
//! counts: the code under it is read.

use std::collections::BTreeSet;

use syn::punctuated::Punctuated;
use syn::{Expr, Lit, Meta, Token};

/// Conditions nested deeper than this are not decided.
const MAX_DEPTH: usize = 16;

/// The features of a package, as far as it is known whether it is built with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Those that it is built with.
    pub on: BTreeSet<String>,
    /// Those that it declares, and is built without.
    pub off: BTreeSet<String>,
}

/// Whether a `cfg` among the attributes does not hold.
pub(super) fn excluded(attributes: &[syn::Attribute], features: &Features) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        attribute.parse_args::<Meta>().is_ok_and(|condition| holds(&condition, features, 0) == Some(false))
    })
}

fn holds(condition: &Meta, features: &Features, depth: usize) -> Option<bool> {
    if depth > MAX_DEPTH {
        return None;
    }
    match condition {
        // What is deployed is a release, and no test.
        Meta::Path(path) => (path.is_ident("debug_assertions") || path.is_ident("test")).then_some(false),
        Meta::NameValue(of) if of.path.is_ident("feature") => feature(&of.value, features),
        Meta::NameValue(_) => None,
        Meta::List(of) => {
            let inner = of.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
            let inner = inner.iter().map(|condition| holds(condition, features, depth + 1));
            combined(&of.path, inner.collect())
        }
    }
}

fn combined(operator: &syn::Path, of: Vec<Option<bool>>) -> Option<bool> {
    let decided_by = |value: bool| {
        if of.contains(&Some(value)) { Some(value) } else { (!of.contains(&None)).then_some(!value) }
    };
    if operator.is_ident("any") {
        decided_by(true)
    } else if operator.is_ident("all") {
        decided_by(false)
    } else if operator.is_ident("not") {
        of.first().copied().flatten().map(|holds| !holds)
    } else {
        None
    }
}

fn feature(name: &Expr, features: &Features) -> Option<bool> {
    let Expr::Lit(syn::ExprLit { lit: Lit::Str(name), .. }) = name else { return None };
    let name = name.value();
    if features.on.contains(&name) { Some(true) } else { features.off.contains(&name).then_some(false) }
}

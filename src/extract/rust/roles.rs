//! The enums that choose what a binary does, with the words that choose each variant on a command line.

use super::names::Program;
use super::tree;
use crate::facts::rust::{RoleEnum, RustFacts, Step};

/// The words that choose the variants of the enums that choose branches.
#[must_use]
pub fn roles(program: &Program<'_>, facts: &RustFacts) -> Vec<RoleEnum> {
    let mut wanted: Vec<&str> = Vec::new();
    for function in &facts.functions {
        guards(&function.steps, &mut wanted);
    }
    wanted.sort_unstable();
    wanted.dedup();
    wanted
        .into_iter()
        .filter_map(|path| program.adts.iter().find(|adt| adt.path == path))
        .map(|adt| RoleEnum {
            path: adt.path.clone(),
            words: adt.variants.iter().map(|variant| (variant.name.clone(), words(variant))).collect(),
        })
        .collect()
}

/// The enums that choose branches.
fn guards<'f>(steps: &'f [Step], into: &mut Vec<&'f str>) {
    for step in steps {
        if let Step::Choice { branches } = step {
            into.extend(branches.iter().filter_map(|branch| branch.guard.as_ref()).map(|guard| guard.of.as_str()));
        }
        step.inside().into_iter().for_each(|steps| guards(steps, into));
    }
}

/// The words that choose a variant: as attributes say, else its name in the usual cases.
fn words(variant: &tree::Variant) -> Vec<String> {
    let mut words = Vec::new();
    for attribute in &variant.attributes {
        for argument in &attribute.arguments {
            if let tree::ExprKind::Assign(_, target, value) = &*argument.kind
                && let tree::ExprKind::Path(name) = &*target.kind
                && name.segments.last().is_some_and(|last| {
                    matches!(last.name.as_str(), "name" | "alias" | "serialize" | "rename" | "visible_alias")
                })
                && let tree::ExprKind::Literal(tree::Literal::Text(text)) = &*value.kind
            {
                words.push(text.clone());
            }
        }
    }
    let mut kebab = String::new();
    for (index, c) in variant.name.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            kebab.push('-');
        }
        kebab.extend(c.to_lowercase());
    }
    words.push(kebab.replace('-', "_"));
    words.push(variant.name.to_lowercase());
    words.push(kebab);
    words.sort();
    words.dedup();
    words
}

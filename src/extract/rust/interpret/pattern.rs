//! Binds the names of patterns to what is known of the values that they match.

use std::sync::Arc;

use super::Eval;
use super::val::Val;
use crate::extract::rust::names::{AdtId, Def};
use crate::extract::rust::tree::{Literal, Path, Pattern};
use crate::extract::rust::types::Ty;

impl<'a> Eval<'_, 'a> {
    /// Binds the names of a pattern.
    pub(super) fn bind(&mut self, pattern: &'a Pattern, val: &Val) {
        match pattern {
            Pattern::Name(name, inner) => {
                if let Some(inner) = inner {
                    self.bind(inner, val);
                }
                // A lone capitalised name is a constant or a variant, not a binding.
                if name.chars().next().is_some_and(char::is_uppercase) {
                    return;
                }
                self.declare(name, val.clone());
            }
            Pattern::Tuple(parts) => match parts.as_slice() {
                // An entry of a map, or an element with its index: a list knows only what it holds many of.
                [_, of_value] if holds_value(val, of_value) => self.bind(of_value, val),
                parts => {
                    for (index, part) in parts.iter().enumerate() {
                        let element = element(val, index);
                        self.bind(part, &element);
                    }
                }
            },
            Pattern::TupleStruct(path, parts) => self.bind_tuple_struct(path, parts, val),
            Pattern::Struct(path, fields) => {
                let target = self.pattern_adt(path);
                for (name, inner) in fields {
                    let field = match target {
                        Some((adt, variant)) => self.field_in(adt, variant, name, &val.ty, val.from_outside),
                        None => Val::default(),
                    };
                    self.bind(inner, &field);
                }
            }
            Pattern::Or(all) => all.iter().for_each(|inner| self.bind(inner, val)),
            Pattern::Reference(inner) => self.bind(inner, val),
            Pattern::Slice(parts) => {
                let element = Val { ty: val.ty.element(), ..val.clone() };
                parts.iter().for_each(|part| self.bind(part, &element));
            }
            Pattern::Path(_) | Pattern::Literal(_) | Pattern::Wild => {}
        }
    }

    fn bind_tuple_struct(&mut self, path: &'a Path, parts: &'a [Pattern], val: &Val) {
        let name = path.segments.last().map_or("", |segment| segment.name.as_str());
        if matches!(name, "Some" | "Ok" | "Ready" | "Continue" | "Left" | "Right") {
            if let Some(part) = parts.first() {
                self.bind(part, val);
            }
            return;
        }
        if matches!(name, "Err") {
            parts.iter().for_each(|part| self.bind(part, &Val::default()));
            return;
        }
        match self.pattern_adt(path) {
            Some((adt, variant)) => {
                for (index, part) in parts.iter().enumerate() {
                    let field = self.field_in(adt, variant, &index.to_string(), &val.ty, val.from_outside);
                    self.bind(part, &field);
                }
            }
            // Extractors of web frameworks: `Path(id)`, `Json(body)`, `State(app)`, `Extension(x)`, `Data(x)`.
            None if parts.len() == 1 => self.bind(&parts[0], &extracted(name, val)),
            None => parts.iter().for_each(|part| self.bind(part, &Val::default())),
        }
    }

    /// The type, and for an enum the variant, that a pattern's path names.
    pub(super) fn pattern_adt(&self, path: &'a Path) -> Option<(AdtId, Option<usize>)> {
        let names: Vec<&str> = path.segments.iter().map(|segment| segment.name.as_str()).collect();
        if names.first() == Some(&"Self")
            && let Ty::Adt(adt, _) = self.scope.self_ty
        {
            return match names.get(1) {
                None => Some((adt, None)),
                Some(variant) => {
                    let index = self.program().adts[adt].variants.iter().position(|known| known.name == *variant)?;
                    Some((adt, Some(index)))
                }
            };
        }
        self.resolved(path).iter().find_map(|def| match def {
            Def::Adt(adt) => Some((*adt, None)),
            Def::Variant(adt, index) => Some((*adt, Some(*index))),
            Def::Alias(_) => self.program().path_adt(self.scope.module, &names).map(|adt| (adt, None)),
            _ => None,
        })
    }

    /// Texts that a pattern matches: literals, and names of variants.
    pub(super) fn pattern_words(&self, pattern: &'a Pattern, enum_of: &mut Option<AdtId>, into: &mut Vec<String>) {
        match pattern {
            Pattern::Literal(Literal::Text(text)) => into.push(text.clone()),
            Pattern::Or(all) => all.iter().for_each(|inner| self.pattern_words(inner, enum_of, into)),
            Pattern::Reference(inner) => self.pattern_words(inner, enum_of, into),
            Pattern::Path(path) | Pattern::TupleStruct(path, _) | Pattern::Struct(path, _) => {
                let name = path.segments.last().map_or("", |segment| segment.name.as_str());
                if matches!(name, "Some" | "Ok") {
                    if let Pattern::TupleStruct(_, parts) = pattern {
                        parts.iter().for_each(|inner| self.pattern_words(inner, enum_of, into));
                    }
                    return;
                }
                if let Some((adt, Some(variant))) = self.pattern_adt(path) {
                    *enum_of = Some(adt);
                    into.push(self.program().adts[adt].variants[variant].name.clone());
                }
            }
            Pattern::Name(name, None) => {
                if let Some(Def::Variant(adt, variant)) =
                    self.program().resolve(self.scope.module, &[name.as_str()]).into_iter().next()
                {
                    *enum_of = Some(adt);
                    into.push(self.program().adts[adt].variants[variant].name.clone());
                }
            }
            _ => {}
        }
    }
}

/// What a pattern takes out of a third-party type of its name: of `Path<i64>`, the number.
fn extracted(name: &str, val: &Val) -> Val {
    match &val.ty {
        Ty::Extern(path, arguments) if arguments.len() == 1 && path.rsplit("::").next() == Some(name) => {
            val.clone().typed(arguments[0].clone())
        }
        _ => val.clone(),
    }
}

/// Whether what a pair matches is the second part alone: its value is no pair of such parts.
fn holds_value(val: &Val, of_value: &Pattern) -> bool {
    match &val.ty {
        Ty::Tuple(parts) => {
            matches!(of_value, Pattern::Tuple(inner) if inner.len() == parts.len())
                && !matches!(parts.last(), Some(Ty::Tuple(_) | Ty::Unknown))
        }
        Ty::Unknown => false,
        Ty::Several(all) => val.parts.is_none() && !all.iter().any(|ty| matches!(ty, Ty::Tuple(_) | Ty::Unknown)),
        _ => val.parts.is_none(),
    }
}

/// The n-th element of a tuple.
pub(super) fn element(val: &Val, index: usize) -> Val {
    let ty = match &val.ty {
        Ty::Tuple(parts) => parts.get(index).cloned().unwrap_or_default(),
        _ => Ty::Unknown,
    };
    if let Some(part) = val.parts.as_ref().and_then(|parts| parts.get(index)) {
        // Where the part came from its type may not have been known; the tuple's type may be declared.
        return if part.ty.is_unknown() { part.clone().typed(ty) } else { part.clone() };
    }
    // What a tuple holds may be any of its parts.
    Val { ty, clients: val.clients.clone(), ..Val::default() }
}

/// A tuple of values.
pub(super) fn tuple(parts: Vec<Val>) -> Val {
    let ty = Ty::Tuple(parts.iter().map(|part| part.ty.clone()).collect());
    let mut val = Val::of(ty);
    for spec in parts.iter().flat_map(|part| &part.clients) {
        val.add_client(spec.clone());
    }
    val.parts = Some(Arc::from(parts));
    val
}

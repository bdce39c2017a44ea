//! Types, paths and generic parameters of syn to those of the tree.

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;

use super::super::tree::{Generics, Path, Segment, Type};
use super::{Ctx, Position};

/// Names of the segments of a path; a leading `::` gives a first segment `""`.
pub(super) fn names(path: &syn::Path) -> Vec<String> {
    let root = path.leading_colon.map(|_| String::new());
    root.into_iter().chain(path.segments.iter().map(|segment| name(&segment.ident))).collect()
}

/// An identifier without `r#`.
pub(super) fn name(ident: &syn::Ident) -> String {
    let text = ident.to_string();
    match text.strip_prefix("r#") {
        Some(plain) => plain.to_owned(),
        None => text,
    }
}

/// A path, with its `<T as …>` if it has one.
pub(super) fn path(of: Option<&syn::QSelf>, path: &syn::Path) -> Path {
    let root = path.leading_colon.map(|_| Segment::default());
    let segments = root.into_iter().chain(path.segments.iter().map(segment)).collect();
    Path { segments, of: of.map(|of| Box::new(lower(&of.ty))) }
}

fn segment(segment: &syn::PathSegment) -> Segment {
    let mut out = Segment { name: name(&segment.ident), ..Segment::default() };
    match &segment.arguments {
        syn::PathArguments::None => {}
        syn::PathArguments::AngleBracketed(arguments) => {
            out.generics = generic_arguments(arguments);
            out.bindings = arguments.args.iter().filter_map(binding).collect();
        }
        syn::PathArguments::Parenthesized(arguments) => {
            out.generics = arguments.inputs.iter().map(|argument| lower(&argument.ty)).collect();
            out.generics.push(result(&arguments.output));
        }
    }
    out
}

/// Type arguments of `<…>`; constants count as unknown types, so that those behind them keep their places.
pub(super) fn generic_arguments(arguments: &syn::AngleBracketedGenericArguments) -> Vec<Type> {
    arguments
        .args
        .iter()
        .filter_map(|argument| match argument {
            syn::GenericArgument::Type(of) => Some(lower(of)),
            syn::GenericArgument::Const(_) => Some(Type::Infer),
            _ => None,
        })
        .collect()
}

fn binding(argument: &syn::GenericArgument) -> Option<(String, Type)> {
    match argument {
        syn::GenericArgument::AssocType(binding) => Some((name(&binding.ident), lower(&binding.ty))),
        syn::GenericArgument::Constraint(constraint) => {
            Some((name(&constraint.ident), Type::Impl(bounds(&constraint.bounds))))
        }
        _ => None,
    }
}

/// A type.
pub(super) fn lower(of: &syn::Type) -> Type {
    match of {
        syn::Type::Path(of) => Type::Path(path(of.qself.as_ref(), &of.path)),
        syn::Type::Reference(of) if of.lifetime.as_ref().is_some_and(|of| of.ident == "static") => {
            Type::Static(Box::new(lower(&of.elem)))
        }
        syn::Type::Reference(of) => Type::Reference(Box::new(lower(&of.elem))),
        syn::Type::Ptr(of) => Type::Reference(Box::new(lower(&of.elem))),
        syn::Type::Tuple(of) => Type::Tuple(of.elems.iter().map(lower).collect()),
        syn::Type::Slice(of) => Type::Slice(Box::new(lower(&of.elem))),
        syn::Type::Array(of) => Type::Slice(Box::new(lower(&of.elem))),
        syn::Type::ImplTrait(of) => Type::Impl(bounds(&of.bounds)),
        syn::Type::TraitObject(of) => Type::Dyn(bounds(&of.bounds)),
        syn::Type::FnPtr(of) => {
            Type::Function(of.inputs.iter().map(|input| lower(&input.ty)).collect(), Box::new(result(&of.output)))
        }
        syn::Type::Never(_) => Type::Never,
        syn::Type::Paren(of) => lower(&of.elem),
        syn::Type::Group(of) => lower(&of.elem),
        _ => Type::Infer,
    }
}

/// What `-> T` says; the empty tuple if nothing.
pub(super) fn result(result: &syn::ReturnType) -> Type {
    match result {
        syn::ReturnType::Default => Type::Tuple(Vec::new()),
        syn::ReturnType::Type(_, of) => lower(of),
    }
}

/// Traits of a list of bounds: no lifetimes, no `?Sized`.
pub(super) fn bounds(bounds: &Punctuated<syn::TypeParamBound, syn::Token![+]>) -> Vec<Type> {
    bounds
        .iter()
        .filter_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) if bound.maybe.is_none() => Some(Type::Path(path(None, &bound.path))),
            _ => None,
        })
        .collect()
}

/// Generic parameters; bounds of where clauses on a parameter are merged into it.
pub(super) fn generics(generics: &syn::Generics) -> Generics {
    let mut out = Generics::default();
    for parameter in generics.type_params() {
        out.parameters.push((name(&parameter.ident), bounds(&parameter.bounds)));
    }
    for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
        let syn::WherePredicate::Type(predicate) = predicate else { continue };
        let bounds = bounds(&predicate.bounds);
        let of = lower(&predicate.bounded_ty);
        let parameter = match &of {
            Type::Path(Path { segments, of: None }) => match segments.as_slice() {
                [only] => out.parameters.iter_mut().find(|(name, _)| *name == only.name),
                _ => None,
            },
            _ => None,
        };
        match parameter {
            Some((_, merged)) => merged.extend(bounds),
            None => out.bounds.push((of, bounds)),
        }
    }
    out
}

/// Where a path starts and ends.
pub(super) fn path_extent(cx: Ctx, of: Option<&syn::QSelf>, path: &syn::Path) -> (Position, Position) {
    let first = match (of, path.leading_colon, path.segments.first()) {
        (Some(of), _, _) => of.lt_token.span,
        (None, Some(colons), _) => colons.spans[0],
        (None, None, Some(segment)) => segment.ident.span(),
        (None, None, None) => Span::call_site(),
    };
    let end = match path.segments.last() {
        Some(segment) => match &segment.arguments {
            syn::PathArguments::None => cx.end(segment.ident.span()),
            syn::PathArguments::AngleBracketed(arguments) => cx.end(arguments.gt_token.span),
            syn::PathArguments::Parenthesized(arguments) => match &arguments.output {
                syn::ReturnType::Default => cx.end(arguments.paren_token.span.close()),
                syn::ReturnType::Type(_, of) => end(cx, of),
            },
        },
        None => of.map_or(cx.end(first), |of| cx.end(of.gt_token.span)),
    };
    (cx.start(first), end)
}

/// Where a type ends.
pub(super) fn end(cx: Ctx, of: &syn::Type) -> Position {
    match of {
        syn::Type::Path(of) => path_extent(cx, of.qself.as_ref(), &of.path).1,
        of => cx.end(of.span()),
    }
}

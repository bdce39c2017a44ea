//! Items of syn to those of the tree: functions, types, impls, modules, imports. Tests are left out.

use proc_macro2::Span;
use syn::spanned::Spanned;

use super::super::tree::{
    Enum, Field, Function, Impl, Import, Item, ItemKind, Macro, Range, Struct, Trait, Type, Variant,
};
use super::{Ctx, attributes, expressions, macros, patterns, types};

/// Items of a file or module.
pub(super) fn items(cx: Ctx, items: &[syn::Item]) -> Vec<Item> {
    let mut out = Vec::with_capacity(items.len());
    for of in items {
        item(cx, of, &mut out);
    }
    out
}

/// What all kinds of items have.
struct Head<'a> {
    cx: Ctx<'a>,
    attributes: &'a [syn::Attribute],
    visibility: Option<&'a syn::Visibility>,
}

impl Head<'_> {
    fn item(&self, name: String, at: Range, kind: ItemKind) -> Option<Item> {
        if attributes::is_absent(self.cx, self.attributes) {
            return None;
        }
        let public = self.visibility.is_some_and(|visibility| !matches!(visibility, syn::Visibility::Inherited));
        Some(Item { name, attributes: attributes::attributes(self.cx, self.attributes), kind, public, at })
    }

    fn named(&self, ident: &syn::Ident, kind: ItemKind) -> Option<Item> {
        self.item(types::name(ident), self.cx.range(ident.span(), ident.span()), kind)
    }
}

/// Lowers one item; a foreign module gives one per function.
pub(super) fn item(cx: Ctx, item: &syn::Item, out: &mut Vec<Item>) {
    let head = |attributes, visibility| Head { cx, attributes, visibility };
    let lowered = match item {
        syn::Item::Fn(of) => {
            let kind = ItemKind::Function(function(cx, Some(&of.vis), &of.sig, Some(&of.block)));
            head(&of.attrs, Some(&of.vis)).named(&of.sig.ident, kind)
        }
        syn::Item::Struct(of) => {
            let kind = Struct { generics: types::generics(&of.generics), fields: fields(cx, &of.fields) };
            head(&of.attrs, Some(&of.vis)).named(&of.ident, ItemKind::Struct(kind))
        }
        syn::Item::Union(of) => {
            let fields = named_fields(cx, of.fields.named.iter());
            let kind = Struct { generics: types::generics(&of.generics), fields };
            head(&of.attrs, Some(&of.vis)).named(&of.ident, ItemKind::Struct(kind))
        }
        syn::Item::Enum(of) => {
            let variants = of.variants.iter().filter_map(|of| variant(cx, of)).collect();
            let kind = ItemKind::Enum(Enum { generics: types::generics(&of.generics), variants });
            head(&of.attrs, Some(&of.vis)).named(&of.ident, kind)
        }
        syn::Item::Trait(of) => {
            let kind = ItemKind::Trait(Trait {
                generics: types::generics(&of.generics),
                supertraits: types::bounds(&of.supertraits),
                items: of.items.iter().filter_map(|item| trait_item(cx, item)).collect(),
            });
            head(&of.attrs, Some(&of.vis)).named(&of.ident, kind)
        }
        syn::Item::TraitAlias(of) => {
            let kind = ItemKind::Trait(Trait {
                generics: types::generics(&of.generics),
                supertraits: types::bounds(&of.bounds),
                items: Vec::new(),
            });
            head(&of.attrs, Some(&of.vis)).named(&of.ident, kind)
        }
        syn::Item::Impl(of) => {
            let kind = ItemKind::Impl(Impl {
                generics: types::generics(&of.generics),
                of_trait: of.trait_.as_ref().map(|(path, _)| Type::Path(types::path(None, path))),
                of: types::lower(&of.self_ty),
                items: of.items.iter().filter_map(|item| impl_item(cx, item)).collect(),
            });
            let at = cx.range(of.impl_token.span, of.brace_token.span.close());
            head(&of.attrs, None).item(String::new(), at, kind)
        }
        syn::Item::Type(of) => {
            let kind = ItemKind::Alias(types::generics(&of.generics), types::lower(&of.ty));
            head(&of.attrs, Some(&of.vis)).named(&of.ident, kind)
        }
        syn::Item::Const(of) => head(&of.attrs, Some(&of.vis)).named(&of.ident, constant(cx, &of.ty, Some(&of.expr))),
        syn::Item::Static(of) => head(&of.attrs, Some(&of.vis)).named(&of.ident, constant(cx, &of.ty, Some(&of.expr))),
        syn::Item::Mod(of) if attributes::is_absent(cx, &of.attrs) => None,
        syn::Item::Mod(of) => {
            let kind = match &of.content {
                Some((_, content)) => ItemKind::Module(items(cx, content)),
                None => ItemKind::ModuleFile(None),
            };
            let mut item = head(&of.attrs, Some(&of.vis)).named(&of.ident, kind);
            if let Some(item) = &mut item
                && let ItemKind::ModuleFile(path) = &mut item.kind
            {
                *path = attributes::path_of_module(&item.attributes);
            }
            item
        }
        syn::Item::Use(of) => {
            let mut imports = Vec::new();
            let root = of.leading_colon.map(|_| String::new());
            flatten(&of.tree, &mut root.into_iter().collect(), &mut imports);
            let at = cx.range(of.use_token.span, of.semi_token.span);
            head(&of.attrs, Some(&of.vis)).item(String::new(), at, ItemKind::Use(imports))
        }
        syn::Item::ExternCrate(of) => {
            let name = of.rename.as_ref().map_or(&of.ident, |(_, name)| name);
            head(&of.attrs, Some(&of.vis)).named(name, ItemKind::ExternCrate(types::name(&of.ident)))
        }
        syn::Item::Macro(of) => {
            let kind = ItemKind::Macro(macros::lower(cx, &of.mac));
            match &of.ident {
                Some(ident) => head(&of.attrs, None).named(ident, kind),
                None => unnamed_macro(&head(&of.attrs, None), kind),
            }
        }
        syn::Item::ForeignMod(of) if !attributes::is_absent(cx, &of.attrs) => {
            out.extend(of.items.iter().filter_map(|item| foreign_item(cx, item)));
            None
        }
        _ => None,
    };
    out.extend(lowered);
}

fn unnamed_macro(head: &Head, kind: ItemKind) -> Option<Item> {
    let at = match &kind {
        ItemKind::Macro(Macro { at, .. }) => *at,
        _ => Range::default(),
    };
    head.item(String::new(), at, kind)
}

/// A constant or static.
pub(super) fn constant(cx: Ctx, of: &syn::Type, value: Option<&syn::Expr>) -> ItemKind {
    ItemKind::Constant(types::lower(of), value.map(|value| expressions::expression(cx, value)))
}

fn trait_item(cx: Ctx, item: &syn::TraitItem) -> Option<Item> {
    let head = |attributes| Head { cx, attributes, visibility: None };
    match item {
        syn::TraitItem::Fn(of) => {
            let kind = ItemKind::Function(function(cx, None, &of.sig, of.default.as_ref()));
            head(&of.attrs).named(&of.sig.ident, kind)
        }
        syn::TraitItem::Const(of) => {
            let value = of.default.as_ref().map(|(_, value)| value);
            head(&of.attrs).named(&of.ident, constant(cx, &of.ty, value))
        }
        syn::TraitItem::Type(of) => {
            let default = of.default.as_ref().map_or(Type::Infer, |(_, of)| types::lower(of));
            head(&of.attrs).named(&of.ident, ItemKind::Alias(types::generics(&of.generics), default))
        }
        syn::TraitItem::Macro(of) => unnamed_macro(&head(&of.attrs), ItemKind::Macro(macros::lower(cx, &of.mac))),
        _ => None,
    }
}

fn impl_item(cx: Ctx, item: &syn::ImplItem) -> Option<Item> {
    let head = |attributes, visibility| Head { cx, attributes, visibility };
    match item {
        syn::ImplItem::Fn(of) => {
            let kind = ItemKind::Function(function(cx, Some(&of.vis), &of.sig, Some(&of.block)));
            head(&of.attrs, Some(&of.vis)).named(&of.sig.ident, kind)
        }
        syn::ImplItem::Const(of) => {
            head(&of.attrs, Some(&of.vis)).named(&of.ident, constant(cx, &of.ty, Some(&of.expr)))
        }
        syn::ImplItem::Type(of) => {
            let kind = ItemKind::Alias(types::generics(&of.generics), types::lower(&of.ty));
            head(&of.attrs, Some(&of.vis)).named(&of.ident, kind)
        }
        syn::ImplItem::Macro(of) => unnamed_macro(&head(&of.attrs, None), ItemKind::Macro(macros::lower(cx, &of.mac))),
        _ => None,
    }
}

fn foreign_item(cx: Ctx, item: &syn::ForeignItem) -> Option<Item> {
    match item {
        syn::ForeignItem::Fn(of) => {
            let kind = ItemKind::Function(function(cx, Some(&of.vis), &of.sig, None));
            Head { cx, attributes: &of.attrs, visibility: Some(&of.vis) }.named(&of.sig.ident, kind)
        }
        syn::ForeignItem::Static(of) => {
            let kind = constant(cx, &of.ty, None);
            Head { cx, attributes: &of.attrs, visibility: Some(&of.vis) }.named(&of.ident, kind)
        }
        _ => None,
    }
}

fn function(
    cx: Ctx,
    visibility: Option<&syn::Visibility>,
    signature: &syn::Signature,
    body: Option<&syn::Block>,
) -> Function {
    let parameters = signature.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Typed(input) if !attributes::is_absent(cx, &input.attrs) => {
            Some((patterns::lower(&input.pat), types::lower(&input.ty)))
        }
        _ => None,
    });
    let last = match (body, &signature.output) {
        (Some(body), _) => cx.end(body.brace_token.span.close()),
        (None, syn::ReturnType::Type(_, of)) => types::end(cx, of),
        (None, syn::ReturnType::Default) => cx.end(signature.paren_token.span.close()),
    };
    Function {
        generics: types::generics(&signature.generics),
        receiver: signature.receiver().is_some(),
        parameters: parameters.collect(),
        result: types::result(&signature.output),
        is_async: signature.asyncness.is_some(),
        body: body.map(|body| expressions::block(cx, body)),
        whole: super::between(cx.start(first_token(visibility, signature)), last),
    }
}

fn first_token(visibility: Option<&syn::Visibility>, signature: &syn::Signature) -> Span {
    match visibility {
        Some(syn::Visibility::Public(token)) => return token.span,
        Some(syn::Visibility::Restricted(restricted)) => return restricted.pub_token.span,
        _ => {}
    }
    let safety = match &signature.safety {
        syn::Safety::Safe(token) => Some(token.span),
        syn::Safety::Unsafe(token) => Some(token.span),
        syn::Safety::Default => None,
    };
    let constness = signature.constness.map(|token| token.span);
    constness
        .or(signature.asyncness.map(|token| token.span))
        .or(safety)
        .or(signature.abi.as_ref().map(|abi| abi.extern_token.span))
        .unwrap_or(signature.fn_token.span)
}

fn fields(cx: Ctx, fields: &syn::Fields) -> Vec<Field> {
    named_fields(cx, fields.iter())
}

fn named_fields<'a>(cx: Ctx, fields: impl Iterator<Item = &'a syn::Field>) -> Vec<Field> {
    let fields = fields.enumerate().filter(|(_, field)| !attributes::is_absent(cx, &field.attrs));
    fields
        .map(|(index, field)| {
            let (name, span) = match &field.ident {
                Some(ident) => (types::name(ident), ident.span()),
                None => (index.to_string(), field.ty.span()),
            };
            Field {
                name,
                of: types::lower(&field.ty),
                attributes: attributes::attributes(cx, &field.attrs),
                at: cx.range(span, span),
            }
        })
        .collect()
}

fn variant(cx: Ctx, variant: &syn::Variant) -> Option<Variant> {
    (!attributes::is_absent(cx, &variant.attrs)).then(|| Variant {
        name: types::name(&variant.ident),
        fields: fields(cx, &variant.fields),
        attributes: attributes::attributes(cx, &variant.attrs),
        at: cx.range(variant.ident.span(), variant.ident.span()),
    })
}

fn flatten(tree: &syn::UseTree, path: &mut Vec<String>, out: &mut Vec<Import>) {
    match tree {
        syn::UseTree::Path(tree) => {
            path.push(types::name(&tree.ident));
            flatten(&tree.tree, path, out);
            path.pop();
        }
        syn::UseTree::Group(tree) => {
            for tree in &tree.items {
                flatten(tree, path, out);
            }
        }
        syn::UseTree::Glob(_) => out.push(Import { path: path.clone(), name: "*".to_owned() }),
        syn::UseTree::Name(tree) => out.push(leaf(path, types::name(&tree.ident), None)),
        syn::UseTree::Rename(tree) => {
            out.push(leaf(path, types::name(&tree.ident), Some(types::name(&tree.rename))));
        }
    }
}

/// `a::{self}` imports `a` itself, under its own name.
fn leaf(path: &[String], last: String, rename: Option<String>) -> Import {
    let mut path = path.to_vec();
    if last != "self" || path.is_empty() {
        path.push(last);
    }
    let name = rename.or_else(|| path.last().cloned()).unwrap_or_default();
    Import { path, name }
}

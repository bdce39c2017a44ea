//! Macro calls: tokens to arguments, branches, statements or items, as far as they can be read as such. It knows the
//! shape of what a few widely used macros take, not what they mean.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser, Result};
use syn::{Token, token};

use super::super::tree::{Block, Expr, ExprKind, Item, Literal, Macro, Range, SelectBranch, Statement};
use super::{Ctx, attributes, between, expand, expressions, items, patterns, types};

/// Macros in macros that are read; deeper ones are left as words.
const MAX_MACROS: u32 = 16;

/// What the tokens of a macro were read as.
#[derive(Default)]
struct Content {
    arguments: Vec<Expr>,
    branches: Vec<SelectBranch>,
    statements: Option<Vec<Statement>>,
    items: Vec<Item>,
}

/// A macro call.
pub(super) fn lower(cx: Ctx, of: &syn::Macro) -> Macro {
    let brackets = of.delimiter.span();
    let path = types::names(&of.path);
    let name = path.last().map_or("", String::as_str);
    let braces = matches!(of.delimiter, syn::MacroDelimiter::Brace(_));
    let inner = Ctx { macros: cx.macros + 1, ..cx };
    let content = match expansion(inner, &path, of) {
        Some(tokens) => statements(inner, &tokens),
        None if inner.macros > MAX_MACROS => None,
        None => content(inner, name, braces, &of.tokens),
    };
    let mut out = Macro {
        arguments: Vec::new(),
        branches: Vec::new(),
        block: None,
        items: Vec::new(),
        parsed: content.is_some(),
        words: Vec::new(),
        at: extent(cx, of),
        path,
    };
    match content {
        Some(content) => {
            let at = cx.range(brackets.open(), brackets.close());
            out.arguments = content.arguments;
            out.branches = content.branches;
            out.block = content.statements.map(|statements| Block { statements, at });
            out.items = content.items;
        }
        None => out.words = words(of.tokens.clone()),
    }
    out
}

/// Where a call stands.
pub(super) fn extent(cx: Ctx, of: &syn::Macro) -> Range {
    between(types::path_extent(cx, None, &of.path).0, cx.end(of.delimiter.span().close()))
}

/// What a call of one of the project's macros stands for.
fn expansion(cx: Ctx, path: &[String], of: &syn::Macro) -> Option<TokenStream> {
    let scope = cx.scope.filter(|_| cx.macros <= MAX_MACROS)?;
    let left = cx.left.filter(|left| left.get() > 0)?;
    let expanded = expand::expand(scope, path, &of.tokens, of.path.segments.last()?.ident.span());
    // One that becomes nothing was work as well.
    let size = expanded.as_ref().map_or_else(|| of.tokens.to_string().len(), |(_, size)| *size);
    left.set(left.get().saturating_sub(size));
    expanded.map(|(tokens, _)| tokens)
}

/// The statements that a call of one of the project's macros stands for, where an expression or a statement stands.
pub(super) fn expanded(cx: Ctx, of: &syn::Macro) -> Option<Vec<Statement>> {
    let cx = Ctx { macros: cx.macros + 1, ..cx };
    let tokens = expansion(cx, &types::names(&of.path), of)?;
    read(&tokens, |input| Ok(expressions::statements(cx, &syn::Block::parse_within(input)?)))
}

fn content(cx: Ctx, name: &str, braces: bool, tokens: &TokenStream) -> Option<Content> {
    match name {
        // Code of another program, or none at all.
        "macro_rules" | "quote" | "quote_spanned" | "parse_quote" | "stringify" | "html" | "view" | "rsx" => None,
        "select" | "select_biased" => {
            let branches = read(tokens, |input| select(cx, input))?;
            Some(Content { branches, ..Content::default() })
        }
        "matches" | "assert_matches" | "debug_assert_matches" => {
            let arguments = read(tokens, |input| matches(cx, input))?;
            Some(Content { arguments, ..Content::default() })
        }
        "thread_local" | "lazy_static" => {
            let items = read(tokens, |input| statics(cx, input))?;
            Some(Content { items, ..Content::default() })
        }
        "cfg_if" => conditional(cx, tokens),
        "stream" | "try_stream" => statements(cx, &without_for_await(tokens.clone())),
        _ if braces => statements(cx, tokens).or_else(|| listed(cx, tokens)),
        _ => listed(cx, tokens).or_else(|| statements(cx, tokens)),
    }
}

fn read<T>(tokens: &TokenStream, parser: impl FnOnce(ParseStream) -> Result<T>) -> Option<T> {
    parser.parse2(tokens.clone()).ok()
}

fn listed(cx: Ctx, tokens: &TokenStream) -> Option<Content> {
    let arguments = read(tokens, |input| arguments(cx, input))?;
    Some(Content { arguments, ..Content::default() })
}

fn statements(cx: Ctx, tokens: &TokenStream) -> Option<Content> {
    let statements = read(tokens, |input| {
        let statements = syn::Block::parse_within(input)?;
        Ok(expressions::statements(cx, &statements))
    })?;
    if !statements.is_empty() && statements.iter().all(|statement| matches!(statement, Statement::Item(_))) {
        let items = statements.into_iter().filter_map(|statement| match statement {
            Statement::Item(item) => Some(item),
            _ => None,
        });
        return Some(Content { items: items.collect(), ..Content::default() });
    }
    Some(Content { statements: Some(statements), ..Content::default() })
}

/// Arguments of an attribute: those that cannot be read are left out, the others kept.
pub(super) fn loose_arguments(cx: Ctx, tokens: TokenStream) -> Vec<Expr> {
    let cx = Ctx { macros: cx.macros + 1, ..cx };
    if cx.macros > MAX_MACROS {
        return Vec::new();
    }
    if let Some(arguments) = read(&tokens, |input| arguments(cx, input)) {
        return arguments;
    }
    let mut out = Vec::new();
    let mut part: Vec<TokenTree> = Vec::new();
    for token in tokens {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',') {
            out.extend(loose_argument(cx, std::mem::take(&mut part)));
        } else {
            part.push(token);
        }
    }
    out.extend(loose_argument(cx, part));
    out
}

fn loose_argument(cx: Ctx, part: Vec<TokenTree>) -> Option<Expr> {
    if let [TokenTree::Ident(ident), TokenTree::Group(group)] = part.as_slice()
        && group.delimiter() == Delimiter::Parenthesis
    {
        let kind = ExprKind::Call(name(cx, ident), loose_arguments(cx, group.stream()));
        return Some(Expr { kind: Box::new(kind), at: cx.range(ident.span(), group.span_close()) });
    }
    read(&part.into_iter().collect(), |input| argument(cx, input))
}

/// `a, b = c, "x" => d, ?e, f = %g`; also `a; n`, and `biased;` in front.
fn arguments(cx: Ctx, input: ParseStream) -> Result<Vec<Expr>> {
    skip_biased(input)?;
    let mut out = Vec::new();
    while !input.is_empty() {
        let first = argument(cx, input)?;
        if out.is_empty() && input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
            if input.is_empty() {
                return Err(input.error("expected the length of an array"));
            }
            let length = expressions::expression(cx, &input.parse()?);
            let at = super::super::tree::Range {
                end_line: length.at.end_line,
                end_column: length.at.end_column,
                ..first.at
            };
            out.push(Expr { kind: Box::new(ExprKind::Repeat(first, length)), at });
            break;
        }
        out.push(first);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(out)
}

fn argument(cx: Ctx, input: ParseStream) -> Result<Expr> {
    skip_sigil(input)?;
    if let Some(name) = argument_name(cx, input)? {
        skip_sigil(input)?;
        let value = expressions::expression(cx, &input.parse()?);
        let at = between((name.at.line, name.at.column), (value.at.end_line, value.at.end_column));
        return Ok(Expr { kind: Box::new(ExprKind::Assign(String::new(), name, value)), at });
    }
    let first = expressions::expression(cx, &input.parse()?);
    if input.peek(Token![=>]) {
        input.parse::<Token![=>]>()?;
        let second = expressions::expression(cx, &input.parse()?);
        let at = between((first.at.line, first.at.column), (second.at.end_line, second.at.end_column));
        return Ok(Expr { kind: Box::new(ExprKind::Tuple(vec![first, second])), at });
    }
    Ok(first)
}

/// `?` and `%` in front of a field of a log line.
fn skip_sigil(input: ParseStream) -> Result<()> {
    if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
    } else if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
    }
    Ok(())
}

fn skip_biased(input: ParseStream) -> Result<()> {
    if input.peek(syn::Ident) && input.peek2(Token![;]) {
        let ahead = input.fork();
        if ahead.parse::<syn::Ident>()? == "biased" {
            input.parse::<syn::Ident>()?;
            input.parse::<Token![;]>()?;
        }
    }
    Ok(())
}

/// `name =`, `a.b =`, `"x-y" =`, `target:`; keywords are names here (`type = "x"`).
fn argument_name(cx: Ctx, input: ParseStream) -> Result<Option<Expr>> {
    let ahead = input.fork();
    let name = if ahead.peek(syn::LitStr) {
        let literal: syn::LitStr = ahead.parse()?;
        let kind = ExprKind::Literal(Literal::Text(literal.value()));
        Expr { kind: Box::new(kind), at: cx.range(literal.span(), literal.span()) }
    } else if ahead.peek(syn::Ident::peek_any) {
        let first = syn::Ident::parse_any(&ahead)?;
        let mut expr = name(cx, &first);
        while ahead.peek(Token![.]) && ahead.peek2(syn::Ident::peek_any) {
            ahead.parse::<Token![.]>()?;
            let field = syn::Ident::parse_any(&ahead)?;
            let at = cx.range(first.span(), field.span());
            expr = Expr { kind: Box::new(ExprKind::Field(expr, types::name(&field))), at };
        }
        expr
    } else {
        return Ok(None);
    };
    if ahead.peek(Token![=]) && !ahead.peek(Token![==]) && !ahead.peek(Token![=>]) {
        ahead.parse::<Token![=]>()?;
    } else if ahead.peek(Token![:]) && !ahead.peek(Token![::]) {
        ahead.parse::<Token![:]>()?;
    } else {
        return Ok(None);
    }
    syn::parse::discouraged::Speculative::advance_to(input, &ahead);
    Ok(Some(name))
}

fn name(cx: Ctx, ident: &syn::Ident) -> Expr {
    let kind = ExprKind::Path(patterns::name_path(types::name(ident)));
    Expr { kind: Box::new(kind), at: cx.range(ident.span(), ident.span()) }
}

/// `e, pattern if guard`, as the condition `let pattern = e && guard` that it is.
fn matches(cx: Ctx, input: ParseStream) -> Result<Vec<Expr>> {
    let value = expressions::expression(cx, &input.parse()?);
    input.parse::<Token![,]>()?;
    let pattern = syn::Pat::parse_multi_with_leading_vert(input)?;
    let at = value.at;
    let mut condition = Expr { kind: Box::new(ExprKind::Let(patterns::lower(&pattern), value)), at };
    if input.peek(Token![if]) {
        input.parse::<Token![if]>()?;
        let guard = expressions::expression(cx, &input.parse()?);
        condition = Expr { kind: Box::new(ExprKind::Binary("&&".to_owned(), condition, guard)), at };
    }
    let mut out = vec![condition];
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
        out.extend(arguments(cx, input)?);
    }
    Ok(out)
}

/// `biased; pattern = future, if condition => body, … else => body`.
fn select(cx: Ctx, input: ParseStream) -> Result<Vec<SelectBranch>> {
    skip_biased(input)?;
    let mut out = Vec::new();
    while !input.is_empty() {
        let last = input.peek(Token![else]) || (input.peek(syn::Ident) && input.peek2(Token![=>]));
        let (pattern, future) = if last {
            let word = syn::Ident::parse_any(input)?;
            let at = cx.range(word.span(), word.span());
            (None, Expr { kind: Box::new(ExprKind::Tuple(Vec::new())), at })
        } else {
            let pattern = syn::Pat::parse_multi_with_leading_vert(input)?;
            input.parse::<Token![=]>()?;
            (Some(patterns::lower(&pattern)), expressions::expression(cx, &input.parse()?))
        };
        let mut condition = None;
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
            input.parse::<Token![if]>()?;
            condition = Some(expressions::expression(cx, &input.parse()?));
        }
        input.parse::<Token![=>]>()?;
        let body = syn::Expr::parse_with_earlier_boundary_rule(input)?;
        out.push(SelectBranch { pattern, future, condition, body: expressions::expression(cx, &body) });
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(out)
}

/// `static X: T = e;` and `static ref X: T = e;`, the last semicolon optional.
fn statics(cx: Ctx, input: ParseStream) -> Result<Vec<Item>> {
    let mut out = Vec::new();
    while !input.is_empty() {
        let attributes = syn::Attribute::parse_outer(input)?;
        let visibility: syn::Visibility = input.parse()?;
        input.parse::<Token![static]>()?;
        input.parse::<Option<Token![ref]>>()?;
        let ident: syn::Ident = input.parse()?;
        input.parse::<Token![:]>()?;
        let of: syn::Type = input.parse()?;
        input.parse::<Token![=]>()?;
        let value: syn::Expr = input.parse()?;
        if !input.is_empty() {
            input.parse::<Token![;]>()?;
        }
        if !attributes::is_absent(cx, &attributes) {
            out.push(Item {
                name: types::name(&ident),
                attributes: attributes::attributes(cx, &attributes),
                kind: items::constant(cx, &of, Some(&value)),
                public: !matches!(visibility, syn::Visibility::Inherited),
                at: cx.range(ident.span(), ident.span()),
            });
        }
    }
    Ok(out)
}

/// `if #[cfg(a)] { … } else if #[cfg(b)] { … } else { … }`: what all branches but those of tests hold.
fn conditional(cx: Ctx, tokens: &TokenStream) -> Option<Content> {
    let branches = read(tokens, |input| {
        let mut branches = Vec::new();
        while !input.is_empty() {
            input.parse::<Option<Token![else]>>()?;
            let mut attributes = Vec::new();
            if input.peek(Token![if]) {
                input.parse::<Token![if]>()?;
                attributes = syn::Attribute::parse_outer(input)?;
            }
            if !input.peek(token::Brace) {
                return Err(input.error("expected a block"));
            }
            let group: Group = input.parse()?;
            if !attributes::is_absent(cx, &attributes) {
                branches.push(group.stream());
            }
        }
        Ok(branches)
    })?;
    let mut out = Content::default();
    for branch in branches {
        let items_only = read(&branch, |input| {
            let mut found = Vec::new();
            while !input.is_empty() {
                found.push(syn::Item::parse(input)?);
            }
            Ok(items::items(cx, &found))
        });
        match items_only {
            Some(items) => out.items.extend(items),
            None => {
                let inner = statements(cx, &branch)?;
                out.items.extend(inner.items);
                out.statements.get_or_insert_default().extend(inner.statements.unwrap_or_default());
            }
        }
    }
    Some(out)
}

/// `for await x in s` as `for x in s`: what stream macros add to the language.
fn without_for_await(tokens: TokenStream) -> TokenStream {
    let mut after_for = false;
    let mut out = Vec::new();
    for token in tokens {
        let skipped = after_for && matches!(&token, TokenTree::Ident(ident) if ident == "await");
        after_for = matches!(&token, TokenTree::Ident(ident) if ident == "for");
        match token {
            _ if skipped => {}
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), without_for_await(group.stream()));
                inner.set_span(group.span());
                out.push(TokenTree::Group(inner));
            }
            token => out.push(token),
        }
    }
    out.into_iter().collect()
}

/// Identifiers and strings among the tokens, in order.
fn words(tokens: TokenStream) -> Vec<String> {
    let mut out = Vec::new();
    let mut open = vec![tokens.into_iter()];
    while let Some(tokens) = open.last_mut() {
        match tokens.next() {
            None => {
                open.pop();
            }
            Some(TokenTree::Group(group)) => open.push(group.stream().into_iter()),
            Some(TokenTree::Ident(ident)) => out.push(types::name(&ident)),
            Some(TokenTree::Literal(literal)) => {
                let text = literal.to_string();
                if text.starts_with(['"', 'r']) {
                    out.push(text);
                }
            }
            Some(TokenTree::Punct(_)) => {}
        }
    }
    out
}

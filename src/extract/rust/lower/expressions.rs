//! Expressions, blocks and statements of syn to those of the tree. Chains are followed in a loop: their length costs no
//! stack.

use syn::spanned::Spanned;

use super::super::tree::{Arm, Block, Expr, ExprKind, Pattern, Statement, Type};
use super::{Ctx, Position, attributes, between, items, macros, patterns, types};

/// An expression with its true ends: its `at` starts later when it is a method call.
struct Lowered {
    expr: Expr,
    start: Position,
    end: Position,
}

impl Lowered {
    fn new(start: Position, end: Position, kind: ExprKind) -> Self {
        Self { expr: Expr { kind: Box::new(kind), at: between(start, end) }, start, end }
    }
}

/// An expression.
pub(super) fn expression(cx: Ctx, expr: &syn::Expr) -> Expr {
    whole(cx, expr).expr
}

fn boxed(cx: Ctx, expr: Option<&syn::Expr>) -> Option<Lowered> {
    expr.map(|expr| whole(cx, expr))
}

fn list<'a>(cx: Ctx, exprs: impl IntoIterator<Item = &'a syn::Expr>) -> Vec<Expr> {
    exprs.into_iter().map(|expr| expression(cx, expr)).collect()
}

fn whole(cx: Ctx, expr: &syn::Expr) -> Lowered {
    let mut links = Vec::new();
    let mut innermost = expr;
    while let Some(operand) = operand(innermost) {
        links.push(innermost);
        innermost = operand;
    }
    let mut lowered = leaf(cx, innermost);
    while let Some(link) = links.pop() {
        lowered = wrap(cx, link, lowered);
    }
    lowered
}

/// The one operand by which an expression can become arbitrarily deep without a bracket.
fn operand(expr: &syn::Expr) -> Option<&syn::Expr> {
    Some(match expr {
        syn::Expr::MethodCall(expr) => &expr.receiver,
        syn::Expr::Call(expr) => &expr.func,
        syn::Expr::Field(expr) => &expr.base,
        syn::Expr::Index(expr) => &expr.expr,
        syn::Expr::Try(expr) => &expr.expr,
        syn::Expr::Await(expr) => &expr.base,
        syn::Expr::Cast(expr) => &expr.expr,
        syn::Expr::Binary(expr) => &expr.left,
        syn::Expr::Assign(expr) => &expr.right,
        syn::Expr::Range(expr) => return expr.start.as_deref().or(expr.end.as_deref()),
        syn::Expr::Paren(expr) => &expr.expr,
        syn::Expr::Group(expr) => &expr.expr,
        syn::Expr::Unary(expr) => &expr.expr,
        syn::Expr::Reference(expr) => &expr.expr,
        syn::Expr::RawAddr(expr) => &expr.expr,
        syn::Expr::Closure(expr) => &expr.body,
        syn::Expr::Let(expr) => &expr.expr,
        syn::Expr::Return(expr) => return expr.expr.as_deref(),
        syn::Expr::Break(expr) => return expr.expr.as_deref(),
        syn::Expr::Yield(expr) => return expr.expr.as_deref(),
        _ => return None,
    })
}

/// An expression around its lowered operand.
fn wrap(cx: Ctx, expr: &syn::Expr, inner: Lowered) -> Lowered {
    let Lowered { expr: operand, start, end } = inner;
    match expr {
        syn::Expr::MethodCall(expr) => {
            let close = cx.end(expr.paren_token.span.close());
            let kind = ExprKind::MethodCall {
                receiver: operand,
                method: types::name(&expr.method),
                generics: expr.turbofish.as_ref().map(types::generic_arguments).unwrap_or_default(),
                arguments: list(cx, &expr.args),
            };
            let at = between(cx.start(expr.method.span()), close);
            Lowered { expr: Expr { kind: Box::new(kind), at }, start, end: close }
        }
        syn::Expr::Call(expr) => {
            let close = cx.end(expr.paren_token.span.close());
            Lowered::new(start, close, ExprKind::Call(operand, list(cx, &expr.args)))
        }
        syn::Expr::Field(expr) => {
            let end = match &expr.member {
                syn::Member::Named(ident) => cx.end(ident.span()),
                syn::Member::Unnamed(index) => cx.end(index.span),
            };
            Lowered::new(start, end, ExprKind::Field(operand, patterns::member(&expr.member)))
        }
        syn::Expr::Index(expr) => {
            let close = cx.end(expr.bracket_token.span.close());
            Lowered::new(start, close, ExprKind::Index(operand, expression(cx, &expr.index)))
        }
        syn::Expr::Try(expr) => Lowered::new(start, cx.end(expr.question_token.span), ExprKind::Try(operand)),
        syn::Expr::Await(expr) => Lowered::new(start, cx.end(expr.await_token.span), ExprKind::Await(operand)),
        syn::Expr::Cast(expr) => {
            Lowered::new(start, types::end(cx, &expr.ty), ExprKind::Cast(operand, types::lower(&expr.ty)))
        }
        syn::Expr::Binary(expr) => {
            let right = whole(cx, &expr.right);
            let (symbol, assigns) = operator(&expr.op);
            let kind = if assigns {
                ExprKind::Assign(symbol.to_owned(), operand, right.expr)
            } else {
                ExprKind::Binary(symbol.to_owned(), operand, right.expr)
            };
            Lowered::new(start, right.end, kind)
        }
        syn::Expr::Assign(expr) => {
            let left = whole(cx, &expr.left);
            Lowered::new(left.start, end, ExprKind::Assign(String::new(), left.expr, operand))
        }
        syn::Expr::Range(expr) => {
            let (first, last) = match &expr.limits {
                syn::RangeLimits::HalfOpen(token) => (token.spans[0], token.spans[1]),
                syn::RangeLimits::Closed(token) => (token.spans[0], token.spans[2]),
            };
            if expr.start.is_some() {
                let right = boxed(cx, expr.end.as_deref());
                let end = right.as_ref().map_or_else(|| cx.end(last), |right| right.end);
                Lowered::new(start, end, ExprKind::Range(Some(operand), right.map(|right| right.expr)))
            } else {
                Lowered::new(cx.start(first), end, ExprKind::Range(None, Some(operand)))
            }
        }
        syn::Expr::Paren(expr) => {
            let brackets = expr.paren_token.span;
            Lowered { expr: operand, start: cx.start(brackets.open()), end: cx.end(brackets.close()) }
        }
        syn::Expr::Unary(expr) => {
            let (span, kind) = match &expr.op {
                syn::UnOp::Deref(token) => (token.span, ExprKind::Dereference(operand)),
                syn::UnOp::Not(token) => (token.span, ExprKind::Unary("!".to_owned(), operand)),
                syn::UnOp::Neg(token) => (token.span, ExprKind::Unary("-".to_owned(), operand)),
                _ => return Lowered { expr: operand, start, end },
            };
            Lowered::new(cx.start(span), end, kind)
        }
        syn::Expr::Reference(expr) => Lowered::new(cx.start(expr.and_token.span), end, ExprKind::Reference(operand)),
        syn::Expr::RawAddr(expr) => Lowered::new(cx.start(expr.and_token.span), end, ExprKind::Reference(operand)),
        syn::Expr::Closure(expr) => {
            let first = expr
                .lifetimes
                .as_ref()
                .map(|lifetimes| lifetimes.for_token.span)
                .or(expr.constness.map(|token| token.span))
                .or(expr.asyncness.map(|token| token.span))
                .or(expr.capture.map(|token| token.span))
                .unwrap_or(expr.inputs_begin.span);
            let parameters: Vec<(Pattern, Option<Type>)> = expr.inputs.iter().map(patterns::typed).collect();
            let kind = ExprKind::Closure(parameters, operand, expr.asyncness.is_some());
            Lowered::new(cx.start(first), end, kind)
        }
        syn::Expr::Let(expr) => {
            Lowered::new(cx.start(expr.let_token.span), end, ExprKind::Let(patterns::lower(&expr.pat), operand))
        }
        syn::Expr::Return(expr) => Lowered::new(cx.start(expr.return_token.span), end, ExprKind::Return(Some(operand))),
        syn::Expr::Break(expr) => Lowered::new(cx.start(expr.break_token.span), end, ExprKind::Break(Some(operand))),
        syn::Expr::Yield(expr) => {
            // A generator hands its value on and continues: like a call, unlike a return.
            let start = cx.start(expr.yield_token.span);
            let path = ExprKind::Path(patterns::name_path("yield".to_owned()));
            let name = Expr { kind: Box::new(path), at: cx.range(expr.yield_token.span, expr.yield_token.span) };
            Lowered::new(start, end, ExprKind::Call(name, vec![operand]))
        }
        // A group without brackets, and nothing else.
        _ => Lowered { expr: operand, start, end },
    }
}

/// An expression that is no link of a chain.
fn leaf(cx: Ctx, expr: &syn::Expr) -> Lowered {
    let (first, last, kind) = match expr {
        syn::Expr::Path(expr) => {
            let (start, end) = types::path_extent(cx, expr.qself.as_ref(), &expr.path);
            return Lowered::new(start, end, ExprKind::Path(types::path(expr.qself.as_ref(), &expr.path)));
        }
        syn::Expr::Macro(expr) => {
            let at = macros::extent(cx, &expr.mac);
            let (start, end) = ((at.line, at.column), (at.end_line, at.end_column));
            let kind = match macros::expanded(cx, &expr.mac) {
                Some(statements) => ExprKind::Block(Block { statements, at }),
                None => ExprKind::Macro(macros::lower(cx, &expr.mac)),
            };
            return Lowered::new(start, end, kind);
        }
        syn::Expr::If(expr) => return condition(cx, expr),
        syn::Expr::Lit(expr) => {
            let span = expr.lit.span();
            (span, span, patterns::literal(&expr.lit).map_or(ExprKind::Other, ExprKind::Literal))
        }
        syn::Expr::Match(expr) => {
            let arms = expr.arms.iter().filter(|arm| !attributes::is_absent(cx, &arm.attrs));
            let kind = ExprKind::Match(expression(cx, &expr.expr), arms.map(|of| arm(cx, of)).collect());
            (expr.match_token.span, expr.brace_token.span.close(), kind)
        }
        syn::Expr::Struct(expr) => {
            let fields = expr.fields.iter().filter(|field| !attributes::is_absent(cx, &field.attrs));
            let fields = fields.map(|field| (patterns::member(&field.member), expression(cx, &field.expr))).collect();
            let rest = expr.rest.as_ref().map(|rest| expression(cx, rest));
            let kind = ExprKind::Struct(types::path(expr.qself.as_ref(), &expr.path), fields, rest);
            let start = types::path_extent(cx, expr.qself.as_ref(), &expr.path).0;
            return Lowered::new(start, cx.end(expr.brace_token.span.close()), kind);
        }
        syn::Expr::Tuple(expr) => {
            let brackets = expr.paren_token.span;
            (brackets.open(), brackets.close(), ExprKind::Tuple(list(cx, &expr.elems)))
        }
        syn::Expr::Array(expr) => {
            let brackets = expr.bracket_token.span;
            (brackets.open(), brackets.close(), ExprKind::Array(list(cx, &expr.elems)))
        }
        syn::Expr::Repeat(expr) => {
            let brackets = expr.bracket_token.span;
            let kind = ExprKind::Repeat(expression(cx, &expr.expr), expression(cx, &expr.len));
            (brackets.open(), brackets.close(), kind)
        }
        expr => return with_block(cx, expr),
    };
    Lowered::new(cx.start(first), cx.end(last), kind)
}

/// An expression that is a keyword with a block, or a keyword alone.
fn with_block(cx: Ctx, expr: &syn::Expr) -> Lowered {
    let (first, body, kind) = match expr {
        syn::Expr::Block(expr) => {
            (expr.block.brace_token.span.open(), &expr.block, ExprKind::Block(block(cx, &expr.block)))
        }
        syn::Expr::Unsafe(expr) => (expr.unsafe_token.span, &expr.block, ExprKind::Block(block(cx, &expr.block))),
        syn::Expr::Const(expr) => (expr.const_token.span, &expr.block, ExprKind::Block(block(cx, &expr.block))),
        syn::Expr::TryBlock(expr) => (expr.try_token.span, &expr.block, ExprKind::Block(block(cx, &expr.block))),
        syn::Expr::Async(expr) => (expr.async_token.span, &expr.block, ExprKind::Async(block(cx, &expr.block))),
        syn::Expr::Loop(expr) => (expr.loop_token.span, &expr.body, ExprKind::Loop(block(cx, &expr.body))),
        syn::Expr::While(expr) => {
            let kind = ExprKind::While(expression(cx, &expr.cond), block(cx, &expr.body));
            (expr.while_token.span, &expr.body, kind)
        }
        syn::Expr::ForLoop(expr) => {
            let kind = ExprKind::For(patterns::lower(&expr.pat), expression(cx, &expr.expr), block(cx, &expr.body));
            (expr.for_token.span, &expr.body, kind)
        }
        syn::Expr::Return(_) | syn::Expr::Break(_) | syn::Expr::Continue(_) | syn::Expr::Range(_) => {
            let kind = match expr {
                syn::Expr::Return(_) => ExprKind::Return(None),
                syn::Expr::Break(_) => ExprKind::Break(None),
                syn::Expr::Range(_) => ExprKind::Range(None, None),
                _ => ExprKind::Continue,
            };
            let span = expr.span();
            return Lowered::new(cx.start(span), cx.end(span), kind);
        }
        expr => {
            let span = expr.span();
            return Lowered::new(cx.start(span), cx.end(span), ExprKind::Other);
        }
    };
    Lowered::new(cx.start(first), cx.end(body.brace_token.span.close()), kind)
}

/// `if` with all its `else if`s, the last one first.
fn condition(cx: Ctx, first: &syn::ExprIf) -> Lowered {
    let mut chain = vec![first];
    let mut last = None;
    let mut current = first;
    while let Some((_, branch)) = &current.else_branch {
        match &**branch {
            syn::Expr::If(next) => {
                chain.push(next);
                current = next;
            }
            branch => {
                last = Some(whole(cx, branch));
                break;
            }
        }
    }
    let mut result: Option<Lowered> = last;
    for link in chain.into_iter().rev() {
        let end = match &result {
            Some(result) => result.end,
            None => cx.end(link.then_branch.brace_token.span.close()),
        };
        let kind = ExprKind::If(
            expression(cx, &link.cond),
            block(cx, &link.then_branch),
            result.take().map(|result| result.expr),
        );
        result = Some(Lowered::new(cx.start(link.if_token.span), end, kind));
    }
    // The chain holds at least its first link.
    result.unwrap_or_else(|| Lowered::new((1, 1), (1, 1), ExprKind::Other))
}

fn arm(cx: Ctx, arm: &syn::Arm) -> Arm {
    let (pattern, guard) = patterns::guarded(&arm.pat);
    Arm { pattern, guard: guard.map(|guard| expression(cx, guard)), body: expression(cx, &arm.body) }
}

/// A block.
pub(super) fn block(cx: Ctx, block: &syn::Block) -> Block {
    let brackets = block.brace_token.span;
    Block { statements: statements(cx, &block.stmts), at: cx.range(brackets.open(), brackets.close()) }
}

/// Statements; those that are in no release are left out.
pub(super) fn statements(cx: Ctx, statements: &[syn::Stmt]) -> Vec<Statement> {
    let mut out = Vec::with_capacity(statements.len());
    let mut met = Vec::new();
    for statement in statements {
        if attributes::is_absent(cx, statement_attributes(statement)) {
            continue;
        }
        // Of two statements under a condition and its opposite, the one that has the feature is the program.
        if let Some((condition, holds)) = attributes::condition(statement_attributes(statement)) {
            if holds {
                met.push(condition);
            } else if met.contains(&condition) {
                continue;
            }
        }
        match statement {
            syn::Stmt::Local(local) if !attributes::is_absent(cx, &local.attrs) => out.push(local_binding(cx, local)),
            syn::Stmt::Item(item) => {
                let mut inner = Vec::new();
                items::item(cx, item, &mut inner);
                out.extend(inner.into_iter().map(Statement::Item));
            }
            syn::Stmt::Expr(expr, semicolon) if !attributes::is_absent(cx, attributes_of(expr)) => {
                out.push(Statement::Expr(expression(cx, expr), semicolon.is_some()));
            }
            syn::Stmt::Macro(statement) if !attributes::is_absent(cx, &statement.attrs) => {
                if let Some(expanded) = macros::expanded(cx, &statement.mac) {
                    out.extend(ended(expanded, statement.semi_token.is_some()));
                    continue;
                }
                let lowered = macros::lower(cx, &statement.mac);
                let at = lowered.at;
                let expr = Expr { kind: Box::new(ExprKind::Macro(lowered)), at };
                out.push(Statement::Expr(expr, statement.semi_token.is_some()));
            }
            _ => {}
        }
    }
    out
}

fn statement_attributes(statement: &syn::Stmt) -> &[syn::Attribute] {
    match statement {
        syn::Stmt::Local(local) => &local.attrs,
        syn::Stmt::Expr(expr, _) => attributes_of(expr),
        syn::Stmt::Macro(statement) => &statement.attrs,
        syn::Stmt::Item(_) => &[],
    }
}

/// The statements of a macro in place of its call: with a semicolon behind it, the last one gives no value.
fn ended(mut statements: Vec<Statement>, semicolon: bool) -> Vec<Statement> {
    if let Some(Statement::Expr(_, ends)) = statements.last_mut() {
        *ends |= semicolon;
    }
    statements
}

fn local_binding(cx: Ctx, local: &syn::Local) -> Statement {
    let (pattern, of) = patterns::typed(&local.pat);
    let otherwise = local.init.as_ref().and_then(|init| init.diverge.as_ref());
    Statement::Let {
        pattern,
        of,
        value: local.init.as_ref().map(|init| expression(cx, &init.expr)),
        otherwise: otherwise.map(|(_, otherwise)| expression(cx, otherwise)),
    }
}

/// Attributes of those expressions that stand as statements.
fn attributes_of(expr: &syn::Expr) -> &[syn::Attribute] {
    match expr {
        syn::Expr::Assign(expr) => &expr.attrs,
        syn::Expr::Async(expr) => &expr.attrs,
        syn::Expr::Await(expr) => &expr.attrs,
        syn::Expr::Binary(expr) => &expr.attrs,
        syn::Expr::Block(expr) => &expr.attrs,
        syn::Expr::Call(expr) => &expr.attrs,
        syn::Expr::ForLoop(expr) => &expr.attrs,
        syn::Expr::If(expr) => &expr.attrs,
        syn::Expr::Loop(expr) => &expr.attrs,
        syn::Expr::Macro(expr) => &expr.attrs,
        syn::Expr::Match(expr) => &expr.attrs,
        syn::Expr::MethodCall(expr) => &expr.attrs,
        syn::Expr::Return(expr) => &expr.attrs,
        syn::Expr::Try(expr) => &expr.attrs,
        syn::Expr::Unsafe(expr) => &expr.attrs,
        syn::Expr::While(expr) => &expr.attrs,
        _ => &[],
    }
}

/// The symbol of an operator, without `=` where it assigns; and whether it does.
fn operator(operator: &syn::BinOp) -> (&'static str, bool) {
    match operator {
        syn::BinOp::Add(_) => ("+", false),
        syn::BinOp::Sub(_) => ("-", false),
        syn::BinOp::Mul(_) => ("*", false),
        syn::BinOp::Div(_) => ("/", false),
        syn::BinOp::Rem(_) => ("%", false),
        syn::BinOp::And(_) => ("&&", false),
        syn::BinOp::Or(_) => ("||", false),
        syn::BinOp::BitXor(_) => ("^", false),
        syn::BinOp::BitAnd(_) => ("&", false),
        syn::BinOp::BitOr(_) => ("|", false),
        syn::BinOp::Shl(_) => ("<<", false),
        syn::BinOp::Shr(_) => (">>", false),
        syn::BinOp::Eq(_) => ("==", false),
        syn::BinOp::Lt(_) => ("<", false),
        syn::BinOp::Le(_) => ("<=", false),
        syn::BinOp::Ne(_) => ("!=", false),
        syn::BinOp::Ge(_) => (">=", false),
        syn::BinOp::Gt(_) => (">", false),
        syn::BinOp::AddAssign(_) => ("+", true),
        syn::BinOp::SubAssign(_) => ("-", true),
        syn::BinOp::MulAssign(_) => ("*", true),
        syn::BinOp::DivAssign(_) => ("/", true),
        syn::BinOp::RemAssign(_) => ("%", true),
        syn::BinOp::BitXorAssign(_) => ("^", true),
        syn::BinOp::BitAndAssign(_) => ("&", true),
        syn::BinOp::BitOrAssign(_) => ("|", true),
        syn::BinOp::ShlAssign(_) => ("<<", true),
        syn::BinOp::ShrAssign(_) => (">>", true),
        _ => ("?", false),
    }
}

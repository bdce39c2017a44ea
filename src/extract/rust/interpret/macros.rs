//! Macros that matter: formatting, joining, selecting, queries; all others by the expressions in them.

use std::sync::Arc;

use super::eval::Eval;
use super::pattern;
use super::val::{Val, concat, scalar};
use super::want::Want;
use crate::extract::rust::libraries;
use crate::extract::rust::tree::{Expr, ExprKind, Literal, Macro};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::{Failure, Step};

impl<'a> Eval<'_, 'a> {
    pub(super) fn macro_call(&mut self, of: &'a Macro, want: &Want) -> Val {
        let name = of.path.last().map_or("", String::as_str);
        match name {
            "format" | "write" | "writeln" | "concat" | "format_args" | "formatcp" | "concatcp" | "const_format" => {
                self.format(of, name)
            }
            "vec" => {
                let vals: Vec<Val> = of.arguments.iter().map(|argument| self.expr(argument, want)).collect();
                super::val::list(&vals)
            }
            "join" | "try_join" => self.together("join", of, want),
            "select" | "select_biased" => self.select(of, want),
            "env" | "option_env" => {
                let name = of.arguments.first().and_then(|argument| match &*argument.kind {
                    ExprKind::Literal(Literal::Text(text)) => Some(text.clone()),
                    _ => None,
                });
                match name.as_deref() {
                    Some("CARGO_PKG_NAME") => Val::known(Value::Text(self.package().replace('_', "-"))),
                    Some(name) => Val::known(Value::Unknown(format!("{name} is set when it is compiled"))),
                    None => Val::default(),
                }
            }
            "matches" | "assert" | "assert_eq" | "assert_ne" | "debug_assert" => {
                for argument in &of.arguments {
                    self.expr(named_value(argument), &Want::default());
                }
                Val::of(Ty::of("bool"))
            }
            _ => self.other_macro(of, want),
        }
    }

    fn other_macro(&mut self, of: &'a Macro, want: &Want) -> Val {
        if let Some(val) = libraries::apply_macro(self, of, want) {
            return val;
        }
        if let Some(block) = &of.block {
            let before = std::mem::replace(&mut self.in_async, true);
            let val = self.block(block, want);
            self.in_async = before;
            // `stream! { … }`: what it yields is not followed.
            return Val { ty: val.ty.stream(), ..val };
        }
        let mut result = Val::default();
        for argument in &of.arguments {
            result = self.expr(named_value(argument), want);
        }
        for branch in &of.branches {
            self.expr(&branch.future, want);
            self.expr(&branch.body, want);
        }
        if matches!(of.path.last().map(String::as_str), Some("pin" | "dbg" | "ready" | "try")) {
            result
        } else {
            Val::default()
        }
    }

    /// `format!("{a}/{}", b)`: a text with what is known of its parts.
    fn format(&mut self, of: &'a Macro, name: &str) -> Val {
        let skip = usize::from(matches!(name, "write" | "writeln"));
        let mut arguments = of.arguments.iter().skip(skip);
        if name == "concat" || name == "concatcp" {
            let parts =
                of.arguments.iter().map(|argument| self.expr(argument, &Want::default()).value_or("not a constant"));
            let parts = parts.collect();
            return Val::known(concat(parts));
        }
        let Some(template) = arguments.next() else { return Val::of(Ty::of("str")) };
        let template = match &*template.kind {
            ExprKind::Literal(Literal::Text(text)) => text.clone(),
            _ => {
                for argument in arguments {
                    self.expr(argument, &Want::default());
                }
                let val = self.expr(template, &Want::default());
                return Val { ty: Ty::of("str"), value: val.value, ..Val::default() };
            }
        };
        let mut positional = Vec::new();
        let mut named: Vec<(String, Val)> = Vec::new();
        for argument in arguments {
            if let ExprKind::Assign(_, target, value) = &*argument.kind
                && let Some(name) = super::guards::simple_name(target)
            {
                let val = self.expr(value, &Want::default());
                named.push((name.to_owned(), val));
            } else {
                let val = self.expr(argument, &Want::default());
                positional.push(val);
            }
        }
        let mut parts = Vec::new();
        let mut next = 0;
        let mut address = false;
        for piece in pieces(&template) {
            match piece {
                Piece::Text(text) => {
                    // An address without a path shows with the slash that it ends in: what follows is not part of its host.
                    if address && text.starts_with(char::is_alphanumeric) {
                        parts.push(Value::Text("/".to_owned()));
                    }
                    parts.push(Value::Text(text));
                    address = false;
                }
                Piece::Hole(name) => {
                    let val = match name.parse::<usize>() {
                        _ if name.is_empty() => {
                            next += 1;
                            positional.get(next - 1).cloned()
                        }
                        Ok(index) => positional.get(index).cloned(),
                        Err(_) => match named.iter().find(|(known, _)| *known == name) {
                            Some((_, val)) => Some(val.clone()),
                            None => self.local(&name).cloned().or_else(|| self.constant_named(&name)),
                        },
                    };
                    address = val.as_ref().is_some_and(|val| libraries::ends_in_slash(&val.ty) && val.text().is_none());
                    parts.push(self.shown(val.as_ref()));
                }
            }
        }
        Val::known(concat(parts))
    }

    fn constant_named(&mut self, name: &str) -> Option<Val> {
        let def = self.program().resolve(self.scope.module, &[name]).into_iter().next()?;
        match def {
            crate::extract::rust::names::Def::Constant(id) => {
                let value = self.program().constants[id].value?;
                match &*value.kind {
                    ExprKind::Literal(Literal::Text(text)) => Some(Val::known(Value::Text(text.clone()))),
                    ExprKind::Literal(Literal::Integer(number)) => Some(Val::known(Value::Integer(*number))),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// How a value shows in a text: its value, or what its `Display` writes.
    fn shown(&mut self, val: Option<&Val>) -> Value {
        let Some(val) = val else { return Value::Unknown("not a constant".to_owned()) };
        let shown = match &val.value {
            Some(value) => Some(value.clone()),
            None => self.display(val),
        };
        let shown = shown.unwrap_or_else(|| Value::Unknown("known only when it runs".to_owned()));
        if libraries::is_scalar(&val.ty) { scalar(shown) } else { shown }
    }

    /// What `Display` writes for a value of the project.
    pub(crate) fn display(&mut self, val: &Val) -> Option<Value> {
        if !matches!(val.ty, Ty::Adt(..)) {
            return None;
        }
        let functions = self.methods_of(&val.ty, "fmt");
        let program = self.program();
        let function = functions.into_iter().find(|id| {
            program.functions[*id].in_impl.is_some_and(|id| {
                matches!(&program.impls[id].of_trait, Some(crate::extract::rust::names::Def::Extern(path)) if path.ends_with("::Display"))
            })
        })?;
        self.inline_value(function, val)
    }

    /// `join!(a, b)`: each in a branch of its own.
    fn together(&mut self, kind: &str, of: &'a Macro, want: &Want) -> Val {
        let mut branches = Vec::new();
        let mut vals = Vec::new();
        for argument in &of.arguments {
            let (val, steps) = self.framed(|eval| eval.expr(argument, &want.failing(want.failure)));
            vals.push(val);
            branches.push(steps);
        }
        if branches.iter().any(|steps| !steps.is_empty()) {
            let at = self.span(of.at);
            self.step(Step::Together { branches, kind: kind.to_owned(), at });
        }
        pattern::tuple(vals)
    }

    /// `select! { … }`: futures that race, each with what follows it.
    fn select(&mut self, of: &'a Macro, want: &Want) -> Val {
        let mut branches = Vec::new();
        let mut result: Option<Val> = None;
        for branch in &of.branches {
            let (val, steps) = self.framed(|eval| {
                eval.scoped(|eval| {
                    let val = eval.expr(&branch.future, &Want { failure: Failure::Propagated, expected: None });
                    if let Some(pattern) = &branch.pattern {
                        eval.bind(pattern, &val);
                    }
                    eval.expr(&branch.body, want)
                })
            });
            branches.push(steps);
            result = Some(match result {
                Some(known) => known.join(&val),
                None => val,
            });
        }
        for argument in &of.arguments {
            let (_, steps) = self.framed(|eval| eval.expr(argument, want));
            branches.push(steps);
        }
        if branches.iter().any(|steps| !steps.is_empty()) {
            let at = self.span(of.at);
            self.step(Step::Together { branches, kind: "select".to_owned(), at });
        }
        result.unwrap_or_default()
    }

    /// What a small function of a value writes or gives, its steps dropped.
    fn inline_value(&mut self, function: usize, this: &Val) -> Option<Value> {
        if self.inlined >= 4 {
            return None;
        }
        let program = self.program();
        let body = program.functions[function].tree.body.as_ref()?;
        let scope = self.context.scope(function).clone();
        let file: Arc<str> = program.file_of(function).into();
        let marks = self.out.marks();
        let (val, _) = self.elsewhere(scope, file, |eval| {
            eval.declare("self", this.clone());
            eval.block(body, &Want::default())
        });
        self.out.effects_back_to(marks);
        val.value
    }
}

/// What is given to a macro under a name (`info!(url = u)`, `info!(name: "x")`): it names a field, and is no assignment to
/// a local variable of that name.
fn named_value(argument: &Expr) -> &Expr {
    match &*argument.kind {
        ExprKind::Assign(operator, _, value) if operator.is_empty() => value,
        _ => argument,
    }
}

/// A piece of a format template.
enum Piece {
    Text(String),
    Hole(String),
}

/// Splits a format template.
fn pieces(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '{' if chars.peek() == Some(&'{') => {
                chars.next();
                text.push('{');
            }
            '}' => {
                if chars.peek() == Some(&'}') {
                    chars.next();
                }
                text.push('}');
            }
            '{' => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                let mut inside = String::new();
                for c in chars.by_ref() {
                    if c == '}' {
                        break;
                    }
                    inside.push(c);
                }
                let name = inside.split(':').next().unwrap_or("").trim().to_owned();
                pieces.push(Piece::Hole(name));
            }
            c => text.push(c),
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

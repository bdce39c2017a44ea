//! Settings structs: which variable, flag or key of a file fills which field.

use std::sync::Arc;

use super::eval::Eval;
use super::val::Val;
use super::want::Want;
use super::{Reading, Slot};
use crate::extract::rust::names::AdtId;
use crate::extract::rust::tree::{Attribute, Expr, ExprKind, Field, Literal, Type};
use crate::extract::rust::types::Ty;
use crate::facts::Value;

/// Settings nested deeper than this are not followed.
const MAX_DEPTH: usize = 6;

/// How a struct is filled.
#[derive(Clone, Debug, Default)]
pub struct Filling {
    /// `envy`, `config`, `figment`, `clap`, `serde`, …
    pub reader: &'static str,
    /// Prefix of variables, as given: `APP`, `APP_`.
    pub prefix: Option<String>,
    /// Text between the prefix and the first key.
    pub prefix_separator: String,
    /// Text between nested keys in the name of a variable; `None`: nested keys have no variable.
    pub separator: Option<String>,
    /// Whether variables fill it at all.
    pub variables: bool,
    /// Whether files fill it.
    pub files: bool,
}

impl<'a> Eval<'_, 'a> {
    /// A value of a type that is filled from outside: its fields get symbolic values. Texts of the type itself too.
    pub fn fill(&mut self, ty: &Ty, filling: &Filling) -> Val {
        for ty in ty.alternatives() {
            if let Ty::Adt(adt, _) = ty {
                self.fill_adt(*adt, filling, &[], 0);
            }
        }
        Val::of(ty.clone())
    }

    fn fill_adt(&mut self, adt: AdtId, filling: &Filling, path: &[String], depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        self.make(adt);
        let of = &self.program().adts[adt];
        let scope = self.program().scope_of_adt(adt);
        let case = argument_text(of.attributes, "serde", "rename_all").unwrap_or_default();
        let all: Vec<(Option<usize>, &'a [Field])> = if of.variants.is_empty() {
            vec![(None, of.fields)]
        } else {
            of.variants.iter().enumerate().map(|(index, variant)| (Some(index), variant.fields.as_slice())).collect()
        };
        for (variant, fields) in all {
            for field in fields {
                let ty = self.program().ty(&scope, &field.of);
                let name =
                    argument_text(&field.attributes, "serde", "rename").unwrap_or_else(|| cased(&field.name, &case));
                let flat = has_word(&field.attributes, "serde", "flatten")
                    || has_word(&field.attributes, "command", "flatten")
                    || has_word(&field.attributes, "clap", "flatten")
                    || has_word(&field.attributes, "command", "subcommand")
                    || has_word(&field.attributes, "clap", "subcommand")
                    || variant.is_some() && field.name.parse::<usize>().is_ok();
                let mut inner = path.to_vec();
                if !flat {
                    inner.push(name);
                }
                if let Ty::Adt(nested, _) = &ty
                    && (!self.program().adts[*nested].fields.is_empty() || flat)
                    && !plain_enum(&self.program().adts[*nested])
                {
                    self.fill_adt(*nested, filling, &inner, depth + 1);
                    continue;
                }
                let value = self.field_value(field, filling, &inner);
                let required = !defaulted(&value);
                let at = field.at;
                let file: Arc<str> = self.program().modules[of.module].file.into();
                let span = crate::span::Span::new(file, (at.line, at.column), (at.end_line, at.end_column));
                self.out.variables.push(Reading {
                    value: value.clone(),
                    reader: filling.reader,
                    required,
                    passed_on: false,
                    inlined: false,
                    at: span,
                });
                let key = super::eval::slot_name(of, variant, &field.name);
                self.out.flows.push((Slot::Field(adt, key), Val { value: Some(value), ..Val::of(ty) }));
            }
        }
    }

    fn field_value(&mut self, field: &'a Field, filling: &Filling, path: &[String]) -> Value {
        let file: Arc<str> = "".into();
        let _ = file;
        let default = self.field_default(field);
        let mut variables = Vec::new();
        for library in ["arg", "clap", "structopt", "envconfig", "config"] {
            let named = argument_text(&field.attributes, library, "env")
                .or_else(|| argument_text(&field.attributes, library, "from"));
            variables.extend(named);
            if has_word(&field.attributes, library, "env") {
                variables.push(field.name.to_uppercase());
            }
        }
        if variables.is_empty() && filling.variables {
            let separator = filling.separator.as_deref();
            if path.len() <= 1 || separator.is_some() {
                let joined = path.join(separator.unwrap_or("_")).to_uppercase();
                variables.push(match &filling.prefix {
                    Some(prefix) => format!("{}{}{joined}", prefix.to_uppercase(), filling.prefix_separator),
                    None => joined,
                });
            }
        }
        let key = if filling.reader == "clap" {
            let long = argument_text(&field.attributes, "arg", "long")
                .or_else(|| argument_text(&field.attributes, "clap", "long"));
            format!("--{}", long.unwrap_or_else(|| field.name.replace('_', "-")))
        } else if filling.files {
            path.join(".")
        } else {
            String::new()
        };
        let of = field.at;
        Value::Setting { key, variables, default: default.map(Box::new), at: self.span(of) }
    }

    /// The value that a field has when nothing fills it.
    fn field_default(&mut self, field: &'a Field) -> Option<Value> {
        for library in ["arg", "clap", "structopt", "envconfig", "config"] {
            for name in ["default_value", "default_value_t", "default"] {
                if let Some(expr) = argument(&field.attributes, library, name) {
                    let (val, _) = self.framed(|eval| eval.expr(expr, &Want::default()));
                    return Some(val.value.unwrap_or_else(|| Value::Unknown("a default that is computed".to_owned())));
                }
            }
        }
        if let Some(function) = argument_text(&field.attributes, "serde", "default") {
            let names: Vec<&str> = function.split("::").collect();
            let def = self.program().resolve(self.scope.module, &names).into_iter().find_map(|def| match def {
                crate::extract::rust::names::Def::Function(id) => Some(id),
                _ => None,
            });
            let value = def.and_then(|id| {
                let val = self.call_functions(vec![id], None, Vec::new(), &[], field.at, &Want::default());
                val.value
            });
            return Some(value.unwrap_or_else(|| Value::Unknown("a default that is computed".to_owned())));
        }
        if has_word(&field.attributes, "serde", "default") {
            return Some(Value::Absent);
        }
        is_option(&field.of).then_some(Value::Absent)
    }
}

/// Whether a value has a default.
fn defaulted(value: &Value) -> bool {
    matches!(value, Value::Setting { default: Some(_), .. } | Value::Variable { default: Some(_), .. })
}

/// An enum whose variants carry nothing: a choice, not a group of settings.
fn plain_enum(of: &crate::extract::rust::names::Adt<'_>) -> bool {
    !of.variants.is_empty() && of.variants.iter().all(|variant| variant.fields.is_empty())
}

fn is_option(of: &Type) -> bool {
    matches!(of, Type::Path(path) if path.segments.last().is_some_and(|last| last.name == "Option"))
}

/// The value of `#[library(name = value)]`.
fn argument<'a>(attributes: &'a [Attribute], library: &str, name: &str) -> Option<&'a Expr> {
    attributes.iter().filter(|attribute| attribute.path.last().is_some_and(|last| last == library)).find_map(
        |attribute| {
            attribute.arguments.iter().find_map(|argument| match &*argument.kind {
                ExprKind::Assign(_, target, value) => {
                    (super::guards::simple_name(target) == Some(name)).then_some(value)
                }
                _ => None,
            })
        },
    )
}

fn argument_text(attributes: &[Attribute], library: &str, name: &str) -> Option<String> {
    match &*argument(attributes, library, name)?.kind {
        ExprKind::Literal(Literal::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

/// Whether `#[library(word)]` is there.
fn has_word(attributes: &[Attribute], library: &str, word: &str) -> bool {
    attributes
        .iter()
        .filter(|attribute| attribute.path.last().is_some_and(|last| last == library))
        .any(|attribute| attribute.arguments.iter().any(|argument| super::guards::simple_name(argument) == Some(word)))
}

/// A field name under serde's `rename_all`.
fn cased(name: &str, case: &str) -> String {
    match case {
        "kebab-case" => name.replace('_', "-"),
        "SCREAMING_SNAKE_CASE" | "UPPERCASE" => name.to_uppercase(),
        "camelCase" | "PascalCase" => {
            let mut text = String::new();
            for (index, part) in name.split('_').enumerate() {
                let mut chars = part.chars();
                match chars.next() {
                    Some(first) if index > 0 || case == "PascalCase" => {
                        text.extend(first.to_uppercase());
                        text.push_str(chars.as_str());
                    }
                    _ => text.push_str(part),
                }
            }
            text
        }
        _ => name.to_owned(),
    }
}

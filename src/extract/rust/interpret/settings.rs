//! Settings structs: which variable, flag or key of a file fills which field.

use std::sync::Arc;

use super::eval::Eval;
use super::val::Val;
use super::want::Want;
use super::{Reading, Slot};
use crate::extract::rust::names::{Adt, AdtId, Def, derives};
use crate::extract::rust::tree::{Attribute, Expr, ExprKind, Field, Literal, Path, Range, Segment, Type, Variant};
use crate::extract::rust::types::Ty;
use crate::facts::Value;

/// Settings nested deeper than this are not followed.
const MAX_DEPTH: usize = 6;

/// Names of one setting beyond this are left out.
const MAX_KEYS: usize = 8;

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

/// Where in the settings a type is filled.
#[derive(Clone, Debug, Default)]
struct Place {
    /// Keys from the outside in, each with the other names that it may have.
    path: Vec<Vec<String>>,
    /// Types around it: one that holds itself is filled once.
    within: Vec<AdtId>,
}

impl Place {
    fn under(&self, names: Option<Vec<String>>) -> Self {
        let mut inner = self.clone();
        inner.path.extend(names);
        inner
    }

    /// The path by the first name of each key.
    fn first(&self) -> Vec<&str> {
        self.path.iter().filter_map(|names| names.first().map(String::as_str)).collect()
    }

    /// Keys of files, the one of the first names first.
    fn keys(&self) -> Vec<String> {
        let mut keys = vec![String::new()];
        for names in &self.path {
            let joined = keys.iter().flat_map(|key| {
                names.iter().map(move |name| if key.is_empty() { name.clone() } else { format!("{key}.{name}") })
            });
            keys = joined.take(MAX_KEYS).collect();
        }
        keys
    }
}

impl<'a> Eval<'_, 'a> {
    /// A value of a type that is filled from outside: its fields get symbolic values. Texts of the type itself too.
    pub fn fill(&mut self, ty: &Ty, filling: &Filling) -> Val {
        for ty in ty.alternatives() {
            if let Ty::Adt(adt, _) = ty {
                self.fill_adt(*adt, filling, &Place::default());
            }
        }
        Val::of(ty.clone())
    }

    fn fill_adt(&mut self, adt: AdtId, filling: &Filling, place: &Place) {
        if place.within.len() > MAX_DEPTH || place.within.contains(&adt) {
            return;
        }
        self.make(adt);
        let of = &self.program().adts[adt];
        let mut place = place.clone();
        place.within.push(adt);
        if of.variants.is_empty() {
            let case = argument_text(of.attributes, "serde", "rename_all").unwrap_or_default();
            self.fill_fields(adt, None, &case, filling, &place);
        }
        for (index, variant) in of.variants.iter().enumerate() {
            let case = argument_text(&variant.attributes, "serde", "rename_all")
                .or_else(|| argument_text(of.attributes, "serde", "rename_all_fields"))
                .unwrap_or_default();
            let place = place.under(variant_key(of, variant));
            self.fill_fields(adt, Some(index), &case, filling, &place);
        }
    }

    /// Fills the fields of a struct, or of a variant.
    fn fill_fields(&mut self, adt: AdtId, variant: Option<usize>, case: &str, filling: &Filling, place: &Place) {
        let of = &self.program().adts[adt];
        let scope = self.program().scope_of_adt(adt);
        let fields: &'a [Field] = variant.map_or(of.fields, |index| &of.variants[index].fields);
        for field in fields {
            let ty = self.program().ty(&scope, &field.of);
            let is_newtype = fields.len() == 1 && field.name.parse::<usize>().is_ok();
            let flat = is_newtype || is_flattened(&field.attributes);
            let inner = place.under((!flat).then(|| names(&field.attributes, &cased(&field.name, case))));
            if let Ty::Adt(nested, _) = &ty
                && holds_settings(&self.program().adts[*nested], flat)
            {
                self.fill_adt(*nested, filling, &inner);
                continue;
            }
            let value = self.field_value(adt, field, filling, &inner);
            let required = !defaulted(&value);
            let span = self.field_place(adt, field);
            let value = under_other_names(value, &inner);
            self.out.variables.push(Reading {
                value: value.clone(),
                reader: filling.reader,
                required,
                passed_on: false,
                inlined: false,
                at: span,
            });
            let key = super::fields::slot_name(of, variant, &field.name);
            self.out.flows.push((Slot::Field(adt, key), Val { value: Some(value), ..Val::of(ty) }));
        }
    }

    /// Where a field stands: in the file of its type, whoever reads it.
    fn field_place(&self, adt: AdtId, field: &Field) -> crate::span::Span {
        let file: Arc<str> = self.program().modules[self.program().adts[adt].module].file.into();
        let at = field.at;
        crate::span::Span::new(file, (at.line, at.column), (at.end_line, at.end_column))
    }

    fn field_value(&mut self, adt: AdtId, field: &'a Field, filling: &Filling, place: &Place) -> Value {
        let default = self.field_default(adt, field);
        let path = place.first();
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
        Value::Setting { key, variables, default: default.map(Box::new), at: self.field_place(adt, field) }
    }

    /// The value that a field has when nothing fills it. What its attributes name stands where its type does.
    fn field_default(&mut self, adt: AdtId, field: &'a Field) -> Option<Value> {
        let computed = || Value::Unknown("a default that is computed".to_owned());
        let scope = Arc::new(self.program().scope_of_adt(adt));
        let file = self.context.file(scope.module).clone();
        for library in ["arg", "clap", "structopt", "envconfig", "config"] {
            for name in ["default_value", "default_value_t", "default"] {
                if let Some(expr) = argument(&field.attributes, library, name) {
                    let (val, _) = self.elsewhere(scope, file, |eval| eval.expr(expr, &Want::default()));
                    return Some(val.value.unwrap_or_else(computed));
                }
            }
        }
        if let Some(function) = argument_text(&field.attributes, "serde", "default") {
            let (value, steps) = self.elsewhere(scope, file, |eval| eval.default_of(&function, field.at));
            self.steps(steps);
            return Some(value.unwrap_or_else(computed));
        }
        if has_word(&field.attributes, "serde", "default") {
            return Some(Value::Absent);
        }
        is_option(&field.of).then_some(Value::Absent)
    }

    /// What a function gives that an attribute names.
    fn default_of(&mut self, function: &str, at: Range) -> Option<Value> {
        let names: Vec<&str> = function.split("::").collect();
        let mut defs = self.program().resolve(self.scope.module, &names);
        if defs.is_empty() {
            let (name, before) = names.split_last()?;
            let segment = |name: &&str| Segment { name: (*name).to_owned(), ..Segment::default() };
            let before = Path { segments: before.iter().map(segment).collect(), of: None };
            let owner = self.program().ty(&self.scope, &Type::Path(before));
            defs = self.items_of(owner, name);
        }
        let function = defs.into_iter().find_map(|def| match def {
            Def::Function(id) => Some(id),
            _ => None,
        })?;
        self.call_functions(vec![function], None, Vec::new(), &[], at, &Want::default()).value
    }
}

/// A setting that files may give under other names: where it is missing under one, it is looked for under the next.
fn under_other_names(value: Value, place: &Place) -> Value {
    let Value::Setting { key, variables, default, at } = value else { return value };
    let keys = place.keys();
    if keys.first() != Some(&key) {
        return Value::Setting { key, variables, default, at };
    }
    let mut default = default;
    for key in keys.into_iter().rev() {
        default = Some(Box::new(Value::Setting { key, variables: variables.clone(), default, at: at.clone() }));
    }
    default.map_or(Value::Absent, |value| *value)
}

/// The names under which a variant stands around what it holds, as serde writes an enum: its own where nothing else is
/// said, that of the content beside a tag, none within a tag or without one.
fn variant_key(of: &Adt<'_>, variant: &Variant) -> Option<Vec<String>> {
    if !derives(of.attributes, "Deserialize") || has_word(of.attributes, "serde", "untagged") {
        return None;
    }
    if argument(of.attributes, "serde", "tag").is_some() {
        return argument_text(of.attributes, "serde", "content").map(|content| vec![content]);
    }
    let case = argument_text(of.attributes, "serde", "rename_all").unwrap_or_default();
    Some(names(&variant.attributes, &cased_variant(&variant.name, &case)))
}

/// The name that serde reads something under, then its other names.
fn names(attributes: &[Attribute], name: &str) -> Vec<String> {
    let name = argument_text(attributes, "serde", "rename").unwrap_or_else(|| name.to_owned());
    let aliases = arguments(attributes, "serde", "alias").filter_map(text_of);
    std::iter::once(name).chain(aliases).collect()
}

/// Whether the settings of a field stand beside it.
fn is_flattened(attributes: &[Attribute]) -> bool {
    has_word(attributes, "serde", "flatten")
        || ["command", "clap"]
            .iter()
            .any(|library| has_word(attributes, library, "flatten") || has_word(attributes, library, "subcommand"))
}

/// Whether a type is a group of settings: not one value, nor a choice.
fn holds_settings(of: &Adt<'_>, flat: bool) -> bool {
    (flat || !of.fields.is_empty() || !of.variants.is_empty()) && !plain_enum(of)
}

/// Whether a value has a default.
fn defaulted(value: &Value) -> bool {
    matches!(value, Value::Setting { default: Some(_), .. } | Value::Variable { default: Some(_), .. })
}

/// An enum whose variants carry nothing: a choice, not a group of settings.
fn plain_enum(of: &Adt<'_>) -> bool {
    !of.variants.is_empty() && of.variants.iter().all(|variant| variant.fields.is_empty())
}

fn is_option(of: &Type) -> bool {
    matches!(of, Type::Path(path) if path.segments.last().is_some_and(|last| last.name == "Option"))
}

/// The value of `#[library(name = value)]`.
fn argument<'a>(attributes: &'a [Attribute], library: &str, name: &str) -> Option<&'a Expr> {
    arguments(attributes, library, name).next()
}

/// The values of all `#[library(name = value)]`.
fn arguments<'a>(attributes: &'a [Attribute], library: &str, name: &str) -> impl Iterator<Item = &'a Expr> {
    attributes
        .iter()
        .filter(move |attribute| attribute.path.last().is_some_and(|last| last == library))
        .flat_map(|attribute| &attribute.arguments)
        .filter_map(move |argument| match &*argument.kind {
            ExprKind::Assign(_, target, value) => (super::guards::simple_name(target) == Some(name)).then_some(value),
            _ => None,
        })
}

fn argument_text(attributes: &[Attribute], library: &str, name: &str) -> Option<String> {
    argument(attributes, library, name).and_then(text_of)
}

fn text_of(expr: &Expr) -> Option<String> {
    match &*expr.kind {
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

/// The name of a variant under serde's `rename_all`.
fn cased_variant(name: &str, case: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    match case {
        "lowercase" => name.to_lowercase(),
        "UPPERCASE" => name.to_uppercase(),
        "snake_case" => snake,
        "SCREAMING_SNAKE_CASE" => snake.to_uppercase(),
        "kebab-case" => snake.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => snake.to_uppercase().replace('_', "-"),
        "camelCase" => cased(&snake, "camelCase"),
        _ => name.to_owned(),
    }
}

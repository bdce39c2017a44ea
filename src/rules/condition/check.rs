//! Types and names of a [`Tree`]: the tree in, an [`Expr`] out that cannot misread a field.
//!
//! What it refuses is what would otherwise keep a rule quiet: misspelt fields, mixed numbers, comparisons that can
//! never hold, absent values without a guard.

mod calls;
mod operators;
mod types;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::expression::Expr;
use super::guard::Known;
use super::tree::{Node, Tree};
use super::value::Value;
use super::{Fault, Terms};
use crate::config::suggest;
use crate::graph::schema::{Field, Kind};

use types::Ty;

/// A checked expression and what is known about it.
#[derive(Debug)]
pub(super) struct Checked {
    pub expr: Expr,
    ty: Ty,
    /// Whether it may be null, here.
    nullable: bool,
    /// Whether it is nullable by its schema, behind a guard too.
    optional: bool,
    /// How it is written, if it is a chain of fields: the key of its guards.
    path: Option<String>,
    /// The only texts that it can be; empty where any can.
    values: &'static [&'static str],
    /// What is not null when it holds.
    pub when_true: Known,
    /// What is not null when it does not hold.
    when_false: Known,
    /// Fields of the judged entity that are read; filled for the whole expression only.
    pub fields: BTreeSet<Arc<str>>,
}

impl Checked {
    fn new(expr: Expr, ty: Ty) -> Self {
        Self {
            expr,
            ty,
            nullable: false,
            optional: false,
            path: None,
            values: &[],
            when_true: Known::default(),
            when_false: Known::default(),
            fields: BTreeSet::new(),
        }
    }
}

/// Checks an expression that is true or false.
pub(super) fn boolean(tree: &Tree, terms: Terms<'_>, known: &Known) -> Result<Checked, Vec<Fault>> {
    let mut checker = Checker::new(terms, Absent::NeedsGuard);
    let checked = checker.sure(tree, known);
    if let Some(checked) = &checked
        && checked.ty != Ty::Bool
    {
        checker.fail(tree.at, format!("the condition is {}, expected bool", checked.ty), "compare it with something");
    }
    checker.finish(checked)
}

/// Checks an expression that gives entities.
pub(super) fn relation(tree: &Tree, terms: Terms<'_>) -> Result<Checked, Vec<Fault>> {
    let mut checker = Checker::new(terms, Absent::Propagates);
    let checked = checker.check(tree, &Known::default());
    if let Some(checked) = &checked {
        let entities = match &checked.ty {
            Ty::Entity(_) => true,
            Ty::List(element) => matches!(**element, Ty::Entity(_)),
            _ => false,
        };
        if !entities {
            let message = format!("this is {}, expected an entity or a list of entities", checked.ty);
            checker.fail(tree.at, message, "name a relation");
        }
    }
    checker.finish(checked)
}

struct Checker<'a> {
    terms: Terms<'a>,
    faults: Vec<Fault>,
    fields: BTreeSet<Arc<str>>,
    /// Variables of the enclosing macros, from the outside.
    locals: Vec<(String, Ty)>,
    absent: Absent,
}

/// What a field of an absent entity is: a mistake in a condition, and simply absent in a relation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    NeedsGuard,
    Propagates,
}

impl<'a> Checker<'a> {
    fn new(terms: Terms<'a>, absent: Absent) -> Self {
        Self { terms, faults: Vec::new(), fields: BTreeSet::new(), locals: Vec::new(), absent }
    }

    fn finish(self, checked: Option<Checked>) -> Result<Checked, Vec<Fault>> {
        match checked {
            Some(checked) if self.faults.is_empty() => Ok(Checked { fields: self.fields, ..checked }),
            _ => Err(self.faults),
        }
    }

    fn fail(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        self.faults.push(Fault { at, message: message.into(), help: help.into() });
    }

    /// Checks an operand that must be there: a nullable one needs a guard.
    fn sure(&mut self, tree: &Tree, known: &Known) -> Option<Checked> {
        let checked = self.check(tree, known)?;
        if checked.ty == Ty::Null {
            self.fail(tree.at, "`null` can only be compared with `==` and `!=`", "");
            return None;
        }
        if checked.nullable {
            let (what, help) = match &checked.path {
                Some(path) => {
                    (format!("`{path}`"), format!("put `{path} != null &&` or `{path} == null ||` before it"))
                }
                None => ("this value".to_owned(), "compare it with null first".to_owned()),
            };
            self.fail(tree.at, format!("{what} may be absent (null) here"), help);
            return None;
        }
        Some(checked)
    }

    fn check(&mut self, tree: &Tree, known: &Known) -> Option<Checked> {
        let at = tree.at;
        let literal = |value, ty| Some(Checked::new(Expr::Literal(value), ty));
        match &tree.node {
            Node::Null => literal(Value::Null, Ty::Null),
            Node::Bool(value) => literal(Value::Bool(*value), Ty::Bool),
            Node::Int(value) => literal(Value::Int(*value), Ty::Int),
            Node::Double(value) => literal(Value::Double(*value), Ty::Double),
            Node::Text(value) => literal(Value::Text(Arc::clone(value)), Ty::Text),
            Node::Name(name) => self.name(at, name),
            Node::Select(..) => self.select(tree, known),
            Node::Index(list, index) => self.index(list, index, known),
            Node::List(elements) => self.list(elements, known),
            Node::Not(of) => self.not(of, known),
            Node::Negate(of) => self.negate(of, known),
            Node::And(left, right) => self.and(left, right, known),
            Node::Or(left, right) => self.or(left, right, known),
            Node::If(condition, then, otherwise) => self.choose(condition, then, otherwise, known),
            Node::Compare(comparison, left, right) => self.compare(at, *comparison, left, right, known),
            Node::Arithmetic(operation, left, right) => self.arithmetic(at, *operation, left, right, known),
            Node::In(element, list) => self.contained(at, element, list, known),
            Node::Call(target, name, args) => self.call(at, target.as_deref(), name, args, known),
        }
    }

    fn name(&mut self, at: usize, name: &str) -> Option<Checked> {
        let select = self.terms.select;
        let local = self.locals.iter().enumerate().rev().find(|(_, (local, _))| local == name);
        if let Some((slot, (_, ty))) = local {
            let checked = Checked::new(Expr::Local(slot), ty.clone());
            return Some(Checked { path: Some(name.to_owned()), ..checked });
        }
        if name == select.name() {
            let checked = Checked::new(Expr::Entity, Ty::Entity(select));
            return Some(Checked { path: Some(name.to_owned()), ..checked });
        }
        if name == "params" {
            self.fail(at, "`params` is no value by itself", "name a param: `params.…`");
            return None;
        }
        let locals = self.locals.iter().map(|(local, _)| local.as_str());
        let names = locals.chain([select.name(), "params"]);
        let help = suggest::advice(name, names);
        self.fail(at, format!("there is no `{name}` here"), help);
        None
    }

    /// A chain of fields. A field's name may have several parts, so the chain is read as a whole: at each entity the
    /// shortest name that its kind has is taken.
    fn select(&mut self, tree: &Tree, known: &Known) -> Option<Checked> {
        let mut parts: Vec<(&str, usize)> = Vec::new();
        let mut base = tree;
        while let Node::Select(of, field) = &base.node {
            parts.push((field, base.at));
            base = of;
        }
        parts.reverse();
        let mut rest = parts.as_slice();
        let mut current = match &base.node {
            Node::Name(name) if name == "params" && !self.locals.iter().any(|(local, _)| local == "params") => {
                let [(param, at), more @ ..] = rest else { return None };
                rest = more;
                self.param(*at, param)?
            }
            _ => self.check(base, known)?,
        };
        while let [(first, at), ..] = rest {
            let Ty::Entity(kind) = current.ty else {
                let message = format!("{} has no fields, so it has no `{first}`", current.ty);
                let help = if matches!(current.ty, Ty::List(_)) { "use `exists`, `all`, `map` or `sum`" } else { "" };
                self.fail(*at, message, help);
                return None;
            };
            let Some((field, used)) = self.field(kind, rest) else {
                self.misspelt(kind, rest);
                return None;
            };
            if current.nullable && self.absent == Absent::NeedsGuard {
                let path = current.path.as_deref().unwrap_or("this relation");
                self.fail(
                    *at,
                    format!("`{path}` may be absent (null) here"),
                    format!("put `{path} != null &&` before it"),
                );
                return None;
            }
            if matches!(current.expr, Expr::Entity) {
                self.fields.insert(field.name.into());
            }
            let path = current.path.map(|path| format!("{path}.{}", field.name));
            let nullable = field.nullable && !path.as_ref().is_some_and(|path| known.holds(path));
            let expr = Expr::Field(Box::new(current.expr), field.name.into());
            let checked = Checked::new(expr, Ty::from(field.of));
            current = Checked { nullable, optional: field.nullable, path, values: field.values, ..checked };
            rest = &rest[used..];
        }
        Some(current)
    }

    fn param(&mut self, at: usize, name: &str) -> Option<Checked> {
        if let Some(param) = self.terms.params.get(name) {
            return Some(Checked::new(Expr::Param(name.into()), Ty::from(param)));
        }
        let help = suggest::advice(name, self.terms.params.keys().map(String::as_str));
        self.fail(at, format!("the rule has no param `{name}`"), help);
        None
    }

    /// The field that the front of a chain names, and how many parts of it that takes.
    fn field(&self, kind: Kind, parts: &[(&str, usize)]) -> Option<(Field, usize)> {
        let mut name = String::new();
        for (used, (part, _)) in parts.iter().enumerate() {
            if used > 0 {
                name.push('.');
            }
            name.push_str(part);
            if let Some(field) = self.terms.schema.field(kind, &name) {
                return Some((*field, used + 1));
            }
        }
        None
    }

    fn misspelt(&mut self, kind: Kind, parts: &[(&str, usize)]) {
        let fields = self.terms.schema.fields(kind);
        let [(first, at), rest @ ..] = parts else { return };
        let group = format!("{first}.");
        let members: Vec<&str> = fields.iter().filter_map(|field| field.name.strip_prefix(group.as_str())).collect();
        // The group is right, so it is the second part that is misspelt or missing.
        if !members.is_empty() {
            match rest {
                [(second, at), ..] => {
                    let help = suggest::advice(second, members);
                    self.fail(*at, format!("`{kind}.{first}` has no field `{second}`"), help);
                }
                [] => {
                    let message = format!("`{kind}.{first}` is a group of fields and no value");
                    self.fail(*at, message, suggest::advice("", members));
                }
            }
            return;
        }
        let whole = parts.iter().map(|(part, _)| *part).collect::<Vec<_>>().join(".");
        let names = || fields.iter().map(|field| field.name);
        let groups = || names().filter_map(|name| name.split_once('.').map(|(group, _)| group));
        let help = match suggest::nearest(&whole, names()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => match suggest::nearest(first, groups()) {
                Some(group) => format!("did you mean `{group}`?"),
                None => suggest::advice(first, names()),
            },
        };
        self.fail(*at, format!("`{kind}` has no field `{first}`"), help);
    }

    fn index(&mut self, list: &Tree, index: &Tree, known: &Known) -> Option<Checked> {
        let (of, position) = (self.sure(list, known), self.sure(index, known));
        let (of, position) = (of?, position?);
        let Ty::List(element) = of.ty else {
            self.fail(list.at, format!("{} cannot be indexed, expected a list", of.ty), "");
            return None;
        };
        if position.ty != Ty::Int {
            self.fail(index.at, format!("the index is {}, expected int", position.ty), "");
            return None;
        }
        Some(Checked::new(Expr::Index(Box::new(of.expr), Box::new(position.expr)), *element))
    }

    fn list(&mut self, elements: &[Tree], known: &Known) -> Option<Checked> {
        let checked: Vec<Option<Checked>> = elements.iter().map(|element| self.sure(element, known)).collect();
        let checked: Vec<Checked> = checked.into_iter().collect::<Option<_>>()?;
        let mut of = Ty::Any;
        for (element, tree) in checked.iter().zip(elements) {
            let Some(united) = of.unite(&element.ty) else {
                self.fail(tree.at, format!("a list of {of} cannot hold {}", element.ty), "");
                return None;
            };
            of = united;
        }
        let exprs = checked.into_iter().map(|element| element.expr).collect();
        Some(Checked::new(Expr::List(exprs), Ty::List(Box::new(of))))
    }
}

//! Options that nothing ever fills: a field of the project in which each value that the binary makes of its type has `None`.
//! What is done only where such a field holds something is not done. That is known of the whole binary, so it is asked for no
//! caller in particular. What others fill (settings, rows, messages) and what is changed in place is not decided.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::Slot;
use super::eval::Eval;
use super::val::Val;
use crate::extract::rust::inside;
use crate::extract::rust::names::{AdtId, Program, derives};
use crate::extract::rust::tree::{Expr, ExprKind, Pattern, Type};
use crate::extract::rust::types::Ty;
use crate::facts::Value;

/// Derives of what is filled from outside.
const FILLED: &[&str] = &["Deserialize", "Parser", "Args", "FromRow", "Message", "Envconfig", "StructOpt"];

impl Eval<'_, '_> {
    /// Remembers of an optional field whether what flows into it is `None`.
    pub(super) fn tell_presence(&mut self, adt: AdtId, name: &str, val: &Val) {
        let fields = self.program().adts[adt].fields;
        if !fields.iter().any(|field| field.name == name && is_option(&field.of)) {
            return;
        }
        let presence = match &val.value {
            Some(Value::Absent) => Value::Absent,
            _ => Value::Bool(true),
        };
        self.out.flows.push((Slot::Present(adt, name.into()), Val::known(presence)));
    }

    /// Whether a condition holds, by optional fields that nothing fills; none where it asks something else.
    pub(super) fn decided_by_absence(&mut self, condition: &Expr) -> Option<bool> {
        match &*condition.kind {
            ExprKind::Binary(operator, a, b) if matches!(operator.as_str(), "&&" | "||") => {
                let one = operator == "||";
                let (a, b) = (self.decided_by_absence(a), self.decided_by_absence(b));
                match (a, b) {
                    (Some(known), _) | (_, Some(known)) if known == one => Some(one),
                    (Some(_), Some(_)) => Some(!one),
                    _ => None,
                }
            }
            ExprKind::Unary(operator, inner) if operator == "!" => self.decided_by_absence(inner).map(|holds| !holds),
            ExprKind::MethodCall { receiver, method, .. } if matches!(method.as_str(), "is_some" | "is_none") => {
                self.is_never_there(receiver).then_some(method == "is_none")
            }
            ExprKind::Let(pattern, of) => self.fits_absence(of, pattern),
            _ => None,
        }
    }

    /// Whether a pattern fits an optional field that nothing fills; none where something else is matched.
    pub(super) fn fits_absence(&mut self, scrutinee: &Expr, pattern: &Pattern) -> Option<bool> {
        let fits = match pattern {
            Pattern::TupleStruct(path, _) if path.segments.last().is_some_and(|last| last.name == "Some") => false,
            Pattern::Path(path) if path.segments.last().is_some_and(|last| last.name == "None") => true,
            Pattern::Name(name, None) if name == "None" => true,
            _ => return None,
        };
        self.is_never_there(scrutinee).then_some(fits)
    }

    /// Whether an expression is a field that nothing fills.
    fn is_never_there(&mut self, expr: &Expr) -> bool {
        let (base, name) = match &*expr.kind {
            ExprKind::Reference(inner) => return self.is_never_there(inner),
            ExprKind::MethodCall { receiver, method, arguments, .. }
                if arguments.is_empty() && matches!(method.as_str(), "as_ref" | "as_deref" | "clone" | "as_mut") =>
            {
                return self.is_never_there(receiver);
            }
            ExprKind::Field(base, name) => (base, name),
            _ => return false,
        };
        let types = self.types_of_place(base);
        !types.is_empty()
            && !self.context.changed_in_place().contains(name.as_str())
            && types.iter().all(|adt| {
                let of = &self.program().adts[*adt];
                !FILLED.iter().any(|derive| derives(of.attributes, derive))
                    && self
                        .read(Slot::Present(*adt, name.as_str().into()))
                        .is_some_and(|of| of.value == Some(Value::Absent))
            })
    }

    /// The types of the project that a variable or a field of one has.
    fn types_of_place(&mut self, place: &Expr) -> Vec<AdtId> {
        let val = match &*place.kind {
            ExprKind::Path(path) if path.of.is_none() && path.segments.len() == 1 => {
                self.local(&path.segments[0].name).cloned()
            }
            ExprKind::Reference(inner) | ExprKind::Dereference(inner) => return self.types_of_place(inner),
            ExprKind::Field(base, name) => {
                let base = self.types_of_place(base);
                let fields: Vec<Val> =
                    base.into_iter().map(|adt| self.field_of(adt, None, name, &Ty::Adt(adt, Arc::new([])))).collect();
                fields.into_iter().reduce(|all, val| all.join(&val))
            }
            _ => None,
        };
        let Some(val) = val.filter(|val| !val.from_outside) else { return Vec::new() };
        let all = val.ty.alternatives().iter().map(|ty| match ty {
            Ty::Adt(adt, _) => Some(*adt),
            _ => None,
        });
        all.collect::<Option<Vec<AdtId>>>().unwrap_or_default()
    }
}

fn is_option(of: &Type) -> bool {
    matches!(of, Type::Path(path) if path.segments.last().is_some_and(|last| last.name == "Option"))
}

/// Names of fields that code changes other than by assigning to them: those that are lent, filled by a method, or taken
/// apart and written to.
pub(super) fn changed_in_place(program: &Program<'_>) -> BTreeSet<String> {
    const FILLING: &[&str] =
        &["insert", "get_or_insert", "get_or_insert_with", "replace", "as_mut", "as_deref_mut", "iter_mut"];
    let found: RefCell<BTreeSet<String>> = RefCell::default();
    let note = |expr: &Expr| {
        let changed = match &*expr.kind {
            ExprKind::Reference(inner) => inner,
            ExprKind::MethodCall { receiver, method, .. } if FILLING.contains(&method.as_str()) => receiver,
            ExprKind::Assign(_, target, _) => match &*target.kind {
                ExprKind::Dereference(inner) => inner,
                _ => return false,
            },
            _ => return false,
        };
        match &*changed.kind {
            ExprKind::Field(_, name) => {
                found.borrow_mut().insert(name.clone());
            }
            ExprKind::Path(path) if matches!(&*expr.kind, ExprKind::Assign(..)) => {
                found.borrow_mut().extend(path.segments.last().map(|last| last.name.clone()));
            }
            _ => {}
        }
        false
    };
    for function in &program.functions {
        if let Some(body) = &function.tree.body {
            inside::any(body, &note);
        }
    }
    found.into_inner()
}

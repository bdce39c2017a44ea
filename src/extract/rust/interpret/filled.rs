//! Collections that are filled: what is put into a field flows there, what is put into an entry flows into its map.

use super::eval::Eval;
use super::guards::simple_name;
use super::val::{self, Val};
use crate::extract::rust::libraries::Argument;
use crate::extract::rust::tree::{Expr, ExprKind};
use crate::extract::rust::types::Ty;

impl<'a> Eval<'_, 'a> {
    /// What is put into a field that holds many flows there: `self.clients.push(x)`, `self.clients.lock().unwrap().push(x)`.
    pub(super) fn fill_field(&mut self, receiver: &'a Expr, list: &Val, given: Option<&Argument>, method: &str) {
        let (Some((owner, name)), Some(given)) = (field_behind(receiver), given) else { return };
        let Some(owner) = self.place_val(owner) else { return };
        let Ty::List(_, many) = &list.ty else { return };
        let empty = Val::of(Ty::Unknown.list().with_many(*many));
        let filled = val::with_element(empty, &Val { guard: None, ..given.val.clone() }, method);
        self.flow_field(&owner.ty, name, &filled);
    }

    /// What an entry is filled with flows into the map: `clients.entry(key).or_insert_with(|| …)`.
    pub(super) fn fill_entry(&mut self, entry: &'a Expr, val: &Val) {
        let ExprKind::MethodCall { receiver: map, method, .. } = &*entry.kind else { return };
        if method != "entry" {
            return;
        }
        let given = Argument { val: val.clone(), ..Argument::default() };
        if let Some(name) = simple_name(map) {
            if let Some(known) = self.local(name).cloned() {
                self.assign(name, val::with_element(known, val, "insert"));
            }
        } else {
            self.fill_field(map, &Val::of(Ty::Unknown.list()), Some(&given), "insert");
        }
    }

    /// The value of a variable, or of a field of one.
    fn place_val(&mut self, expr: &'a Expr) -> Option<Val> {
        match &*expr.kind {
            ExprKind::Field(owner, name) => {
                let owner = self.place_val(owner)?;
                Some(self.field(&owner, name))
            }
            _ => simple_name(expr).and_then(|name| self.local(name)).cloned(),
        }
    }
}

/// The field that a receiver is, locks and references looked through: its owner and its name.
fn field_behind(receiver: &Expr) -> Option<(&Expr, &str)> {
    match &*receiver.kind {
        ExprKind::Field(owner, name) => Some((owner, name)),
        ExprKind::Reference(inner) | ExprKind::Dereference(inner) | ExprKind::Await(inner) | ExprKind::Try(inner) => {
            field_behind(inner)
        }
        ExprKind::MethodCall { receiver, method, .. }
            if matches!(
                method.as_str(),
                "lock" | "write" | "unwrap" | "expect" | "borrow_mut" | "get_mut" | "as_mut" | "unwrap_or_else"
            ) =>
        {
            field_behind(receiver)
        }
        _ => None,
    }
}

//! Constants and statics: evaluated where they are used, once for all who use them, until something changes that they were
//! made from.

use std::sync::{Arc, Mutex, PoisonError};

use super::eval::{Eval, told};
use super::val::Val;
use super::want::Want;
use super::{Env, Outcome, Slot};
use crate::extract::rust::names::ConstId;
use crate::extract::rust::types::Ty;
use crate::facts::rust::Failure;

/// Constants made of constants deeper than this are taken by their type.
const MAX_DEPTH: usize = 8;

/// What is known of a constant.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<Option<Arc<Known>>>);

/// A constant as it was evaluated.
#[derive(Debug)]
struct Known {
    val: Val,
    /// What its evaluation found.
    outcome: Outcome,
    /// What it was made from, and how often that had changed.
    from: Vec<(Slot, u32)>,
    /// Types that were made, if it asked for implementors.
    live: Option<usize>,
}

impl Known {
    /// Whether all that it was made from is as it was.
    fn is_current(&self, env: &Env) -> bool {
        self.live.is_none_or(|live| live == env.live.len())
            && self.from.iter().all(|(slot, changes)| env.changes.get(slot).copied().unwrap_or(0) == *changes)
    }
}

impl Kept {
    fn current(&self, env: &Env) -> Option<Arc<Known>> {
        // A thread that panicked left no half-written constant.
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|known| known.is_current(env)).cloned()
    }

    fn keep(&self, known: Arc<Known>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}

impl Eval<'_, '_> {
    /// The value of a constant or static.
    pub(super) fn constant(&mut self, id: ConstId) -> Val {
        let of = &self.program().constants[id];
        let scope = self.context.scope_of_constant(id);
        let declared = self.context.types.get_or_find(of.of, scope, || self.program().ty(scope, of.of));
        if of.value.is_none() {
            return Val::of(declared);
        }
        if self.in_constants.contains(&id) || self.in_constants.len() >= MAX_DEPTH {
            self.is_cut = true;
            return Val::of(declared);
        }
        let known =
            self.context.constants[id].current(self.env).unwrap_or_else(|| self.evaluate_constant(id, &declared));
        self.out.absorb(&known.outcome);
        let val = known.val.clone();
        if val.ty.names_function() { val } else { Val { ty: told(&declared, &val.ty), ..val } }
    }

    /// Evaluates a constant as if nothing were around it. What was cut short, or depends on the function around, is not kept.
    fn evaluate_constant(&mut self, id: ConstId, declared: &Ty) -> Arc<Known> {
        let of = &self.program().constants[id];
        let scope = self.context.scope_of_constant(id).clone();
        let file = self.context.file(of.module).clone();
        let want = Want { failure: Failure::Panics, expected: Some(declared.clone()) };
        let out = std::mem::take(&mut self.out);
        let was_cut = std::mem::take(&mut self.is_cut);
        let around = (self.inlined, self.in_async, self.per_worker, self.off_runtime, self.exact);
        (self.inlined, self.in_async, self.per_worker, self.off_runtime, self.exact) = (0, false, false, false, true);
        self.in_constants.push(id);
        let (val, _) =
            self.elsewhere(scope, file, |eval| of.value.map_or_else(Val::default, |of| eval.expr(of, &want)));
        self.in_constants.pop();
        (self.inlined, self.in_async, self.per_worker, self.off_runtime, self.exact) = around;
        let outcome = std::mem::replace(&mut self.out, out);
        let depends = outcome.reads.iter().any(|slot| matches!(slot, Slot::TypeArgument(..)));
        let keeps = !depends && (!self.is_cut || self.in_constants.is_empty());
        self.is_cut |= was_cut;
        let changes = |slot: &Slot| self.env.changes.get(slot).copied().unwrap_or(0);
        let from = outcome.reads.iter().map(|slot| (slot.clone(), changes(slot))).collect();
        let live = (!outcome.dispatches.is_empty()).then_some(self.env.live.len());
        let known = Arc::new(Known { val, outcome, from, live });
        if keeps {
            self.context.constants[id].keep(known.clone());
        }
        known
    }
}

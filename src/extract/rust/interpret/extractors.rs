//! What a web framework runs before a handler: the extractors that the project writes for the types of its parameters.

use super::eval::Eval;
use super::want::Want;
use super::{Context, Slot};
use crate::extract::rust::libraries;
use crate::extract::rust::names::{Def, FnId};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::Failure;

use super::val::Val;

impl Context<'_> {
    /// The functions that make parameters of these types from a request.
    fn extractors(&self, parameters: &[Ty]) -> Vec<FnId> {
        let program = &self.program;
        let impls = parameters.iter().filter_map(|ty| match ty {
            Ty::Adt(adt, _) => program.callbacks.get(adt),
            _ => None,
        });
        impls
            .flatten()
            .filter_map(|id| match &program.impls[*id].of_trait {
                Some(Def::Extern(path)) => program.impls[*id].functions.get(libraries::extractor(path)?).copied(),
                _ => None,
            })
            .collect()
    }
}

impl Eval<'_, '_> {
    /// Says that a framework calls a function.
    pub(super) fn served(&mut self, function: FnId) {
        if !self.context.extractors(&self.context.signature(function).parameters).is_empty() {
            self.out.flows.push((Slot::Served(function), Val::known(Value::Bool(true))));
        }
    }

    /// Runs the extractors of a function that a framework calls.
    pub(super) fn extract(&mut self) {
        let extractors = self.context.extractors(&self.context.signature(self.function).parameters);
        if extractors.is_empty() || self.read(Slot::Served(self.function)).is_none() {
            return;
        }
        let at = self.program().functions[self.function].at;
        let want = Want { failure: Failure::Propagated, expected: None };
        for function in extractors {
            self.call_functions(vec![function], None, Vec::new(), &[], at, &want);
        }
    }
}

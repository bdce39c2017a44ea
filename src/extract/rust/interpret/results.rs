//! Results: what a call of a function of the project gives back to this caller, and what it was given.

use std::sync::Arc;

use super::eval::Eval;
use super::val::{self, Val};
use super::want::Want;
use super::{Given, Passed, Slot};
use crate::extract::rust::names::FnId;
use crate::extract::rust::tree::{self, Range};
use crate::extract::rust::types::Ty;
use crate::facts::Value;

/// Small functions with at most this many statements are followed with the very values of a call, so that what they give
/// is exact: `env_or("X", "default")`, `Topic::Orders.as_str()`.
pub(super) const MAX_SMALL: usize = 8;

/// Small functions inlined into one another deeper than this are taken by their summary.
pub(super) const MAX_INLINE: usize = 4;

impl<'a> Eval<'_, 'a> {
    /// Keeps what a call gives, for evaluations for this call alone.
    pub(super) fn passed(&mut self, functions: &[FnId], receiver: Option<&Val>, arguments: &[Val], at: Range) {
        let is_request = |val: &Val| val.build.as_ref().is_some_and(|build| !build.texts.is_empty());
        let tells = |val: &Val| {
            is_request(val)
                || val.variants.is_some()
                || val.value.as_ref().is_some_and(|value| !matches!(value, Value::Unknown(_)))
        };
        let this = receiver.filter(|val| is_request(val)).map(|val| (0, val));
        let others = arguments.iter().enumerate().map(|(index, val)| (index + 1, val)).filter(|(_, val)| tells(val));
        let bare =
            |val: &Val| Val { ty: Ty::Unknown, clients: Vec::new(), routes: Vec::new(), guard: None, ..val.clone() };
        let given: Given = this.into_iter().chain(others).map(|(index, val)| (index, bare(val))).collect();
        if !given.is_empty() {
            let at = self.span(at);
            self.out.passed.push(Passed { at, functions: functions.to_vec(), given });
        }
    }

    /// What a function gives back: declared type, type parameters filled in, values with the arguments of this call.
    pub(super) fn result_of(
        &mut self,
        function: FnId,
        owner: Option<&Val>,
        arguments: &[Val],
        generics: &[Ty],
        at: Range,
    ) -> Val {
        let known = self.read(Slot::Return(function)).cloned();
        let signature = self.context.signature(function);
        let (names, types) = self.type_arguments(function, owner, arguments, generics);
        let declared = signature.result.substitute(&names, &types);
        let mut val = match &known {
            Some(known) => self.declared(&declared, Some(known)),
            None => Val::of(declared),
        };
        // What is made of a constructor's type arguments: `Handler::new(client)` gives `Handler<Client>`.
        if let (Ty::Adt(a, _), Some(Val { ty: Ty::Adt(b, arguments), .. })) = (&val.ty, &known)
            && a == b
            && !arguments.is_empty()
        {
            val.ty = Ty::Adt(*a, arguments.clone());
        }
        let argument = |index: usize| -> Option<Value> {
            Some(match index.checked_sub(1).and_then(|index| arguments.get(index)) {
                Some(val) => val.value_or("given by the caller"),
                None => Value::Unknown("given by the caller".to_owned()),
            })
        };
        val = val.mapped(&|value| val::substitute(value, &argument));
        let specs = std::mem::take(&mut val.clients);
        for spec in specs {
            if val::has_argument(&spec.address)
                || spec.build.options.values().any(|(value, _)| val::has_argument(value))
            {
                let mut spec = (*spec).clone();
                spec.address = val::substitute(&spec.address, &argument);
                for (value, _) in spec.build.options.values_mut() {
                    *value = val::substitute(value, &argument);
                }
                if spec.key.len() < 6 {
                    let at = self.span(at);
                    spec.key.push(at);
                }
                let spec = Arc::new(spec);
                self.out.clients.insert(spec.key.clone(), spec.clone());
                val.add_client(spec);
            } else {
                val.add_client(spec);
            }
        }
        val
    }

    /// The type parameters of a function and of the impl that it stands in, with what this call fills them with.
    pub(super) fn type_arguments(
        &mut self,
        function: FnId,
        owner: Option<&Val>,
        arguments: &[Val],
        generics: &[Ty],
    ) -> (Vec<(String, Vec<tree::Type>)>, Vec<Ty>) {
        let program = self.program();
        let of = &program.functions[function];
        let signature = self.context.signature(function);
        let mut names: Vec<(String, Vec<tree::Type>)> = of.tree.generics.parameters.clone();
        let mut types: Vec<Ty> = names.iter().map(|_| Ty::Unknown).collect();
        for (index, ty) in generics.iter().enumerate().take(types.len()) {
            types[index] = ty.clone();
        }
        for (declared, actual) in signature.parameters.iter().zip(arguments) {
            if let Ty::Bound(name, _) = declared
                && let Some(index) = names.iter().position(|(known, _)| **known == **name)
                && types[index].is_unknown()
            {
                types[index] = actual.ty.clone();
            }
        }
        if let (Some(_), Some(owner)) = (of.in_impl, owner)
            && let Ty::Adt(_, actual) = &owner.ty
            && let Ty::Adt(_, declared) = &self.context.scope(function).self_ty
        {
            for (declared, actual) in declared.iter().zip(actual.iter()) {
                if let Ty::Bound(name, _) = declared {
                    names.push((name.to_string(), Vec::new()));
                    types.push(actual.clone());
                }
            }
        }
        for ((name, _), ty) in names.iter().zip(&types) {
            let filled = self.filled(ty.clone());
            if !filled.is_unknown() {
                self.out.flows.push((Slot::TypeArgument(function, name.as_str().into()), Val::of(filled)));
            }
        }
        (names, types)
    }

    /// Follows a small function with the very values of this call.
    pub(super) fn small(&mut self, function: FnId, receiver: Option<&Val>, arguments: &[Val]) -> Option<Val> {
        if self.inlined >= MAX_INLINE {
            return None;
        }
        let program = self.program();
        let of = &program.functions[function];
        let body = of.tree.body.as_ref()?;
        if body.statements.len() > MAX_SMALL {
            return None;
        }
        let signature = self.context.signature(function);
        let is_request = |val: &Val| val.build.is_some() && val.has_argument();
        if !signature.result.is_plain()
            && of.name != "fmt"
            && !self.read(Slot::Return(function)).is_some_and(is_request)
        {
            return None;
        }
        let (val, returned) = self.with_values(function, receiver, arguments, |eval| {
            let val = eval.block(body, &Want::default());
            (val, eval.take_returned())
        });
        Some(match returned {
            Some(returned) => val.join(&returned),
            None => val,
        })
    }

    /// Runs something in the place of a function, its parameters being the very values of a call.
    pub(super) fn with_values<T>(
        &mut self,
        function: FnId,
        receiver: Option<&Val>,
        arguments: &[Val],
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let of = &self.program().functions[function];
        let scope = self.context.scope(function).clone();
        let file = self.context.file(of.module).clone();
        let marks = self.out.marks();
        let (result, _) = self.elsewhere(scope, file, |eval| {
            if let Some(receiver) = receiver {
                eval.declare("self", receiver.clone());
            }
            for (index, (pattern, _)) in of.tree.parameters.iter().enumerate() {
                let val = arguments.get(index).cloned().unwrap_or_default();
                eval.bind(pattern, &val);
            }
            let exact = std::mem::replace(&mut eval.exact, true);
            let result = run(eval);
            eval.exact = exact;
            result
        });
        // Its effects are its own: they are found when it is evaluated by itself.
        self.out.effects_back_to(marks);
        result
    }
}

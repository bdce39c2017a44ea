//! Calls: to functions of the project, through traits to their implementors, to generated clients, to libraries.

use std::sync::Arc;

use super::Slot;
use super::eval::Eval;
use super::guards::{self, simple_name};
use super::val::{Spec, Val};
use super::want::Want;
use crate::extract::rust::libraries::{self, Argument, LibraryCall};
use crate::extract::rust::names::{Def, FnId};
use crate::extract::rust::tree::{self, Expr, ExprKind, Range};
use crate::extract::rust::types::{Ty, is_map};
use crate::facts::Value;
use crate::facts::rust::{Failure, Step, What};

impl<'a> Eval<'_, 'a> {
    /// `f(a, b)`
    pub(super) fn call(&mut self, callee: &'a Expr, arguments: &'a [Expr], at: Range, want: &Want) -> Val {
        let ExprKind::Path(path) = &*callee.kind else {
            let function = self.expr(callee, want);
            let arguments = arguments.iter().map(|argument| self.argument(argument, &[], want)).collect();
            return self.call_value(&function, arguments, at, want);
        };
        if path.of.is_none()
            && path.segments.len() == 1
            && let Some(local) = self.local(&path.segments[0].name).cloned()
        {
            let arguments: Vec<Argument> =
                arguments.iter().map(|argument| self.argument(argument, &[], want)).collect();
            if self.closure_arity(callee).is_some() {
                let mut vals = Vec::new();
                for argument in arguments {
                    self.steps(argument.steps);
                    vals.push(argument.val);
                }
                return self.closure_called(&path.segments[0].name, &vals).unwrap_or(local);
            }
            return self.call_value(&local, arguments, at, want);
        }
        let defs = self.value_defs(path);
        let functions: Vec<FnId> = defs
            .iter()
            .filter_map(|def| match def {
                Def::Function(id) => Some(*id),
                _ => None,
            })
            .collect();
        if !functions.is_empty() {
            return self.call_path(functions, path, arguments, at, want);
        }
        for def in defs.iter() {
            match def {
                Def::Adt(adt) => return self.construct(*adt, None, arguments, want),
                Def::Variant(adt, variant) => return self.construct(*adt, Some(*variant), arguments, want),
                Def::Extern(outer) | Def::Proto(_, outer) => {
                    // `SessionContext::remote(…)`: a trait of the project may add functions to types of others.
                    if path.segments.len() > 1
                        && let (owner @ Ty::Extern(..), name) = self.owner_and_name(path)
                    {
                        let functions = self.methods_of(&owner, &name);
                        if !functions.is_empty() {
                            return self.call_path(functions, path, arguments, at, want);
                        }
                    }
                    return self.extern_call(outer, callee, arguments, at, want);
                }
                Def::Constant(id) => {
                    let function = self.constant(*id);
                    let arguments = arguments.iter().map(|argument| self.argument(argument, &[], want)).collect();
                    return self.call_value(&function, arguments, at, want);
                }
                _ => {}
            }
        }
        // `Type::method` on a generated or third-party type that is an alias or `Self::Associated`.
        if path.segments.len() > 1 || path.of.is_some() {
            let (owner, name) = self.owner_and_name(path);
            if let Ty::Adt(adt, _) = &owner {
                let arguments: Vec<Argument> =
                    arguments.iter().map(|argument| self.argument(argument, &[], want)).collect();
                if let Some(of_trait) = self.provided(*adt, &name) {
                    return self.library(&of_trait, &name, None, arguments, Vec::new(), at, want);
                }
                for argument in arguments {
                    self.steps(argument.steps);
                }
                return self.derived(*adt, &name);
            }
            if !owner.is_unknown() {
                let arguments: Vec<Argument> =
                    arguments.iter().map(|argument| self.argument(argument, &[], want)).collect();
                return self.library(&owner, &name, None, arguments, Vec::new(), at, want);
            }
        }
        for argument in arguments {
            self.expr(argument, want);
        }
        Val::default()
    }

    /// A call of functions named by a path: `helper(x)`, `Type::new(x)`, `Trait::method(&x)`.
    fn call_path(
        &mut self,
        functions: Vec<FnId>,
        path: &'a tree::Path,
        arguments: &'a [Expr],
        at: Range,
        want: &Want,
    ) -> Val {
        let program = self.program();
        let receiver = functions.iter().any(|id| program.functions[*id].tree.receiver);
        let mut given: Vec<Argument> = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            let parameter = if receiver { index.checked_sub(1) } else { Some(index) };
            let expected =
                parameter.and_then(|index| self.context.signature(functions[0]).parameters.get(index)).cloned();
            let failure = self.given_failure(&functions, parameter, want.failure).unwrap_or_default();
            let want = Want { failure, expected };
            given.push(self.given_argument(&functions, parameter, argument, &want));
        }
        let (owner, _) = if path.segments.len() > 1 || path.of.is_some() {
            self.owner_and_name(path)
        } else {
            (Ty::Unknown, String::new())
        };
        let generics: Vec<Ty> = path
            .segments
            .last()
            .map(|segment| segment.generics.iter().map(|of| self.written(of)).collect())
            .unwrap_or_default();
        let (mut vals, mut names) = (Vec::new(), Vec::new());
        for argument in given {
            self.steps(argument.steps);
            vals.push(argument.val);
            names.push(argument.name);
        }
        if receiver && !vals.is_empty() {
            let this = vals.remove(0);
            // `Trait::method(&x)`: the receiver's type chooses the implementor.
            let name = program.functions[functions[0]].name;
            let dispatched = self.methods_of(&this.ty, name);
            let functions = if dispatched.is_empty() { functions } else { dispatched };
            return self.call_functions(functions, Some(this), vals, &generics, at, want);
        }
        let owner_val = if owner.is_unknown() { None } else { Some(Val::of(owner)) };
        let val =
            self.call_functions_of(functions.clone(), None, owner_val.as_ref(), vals.clone(), &generics, at, want);
        self.lend(&functions, None, &names, &vals);
        val
    }

    /// A call of a value: a function item or a closure that was followed where it was written.
    fn call_value(&mut self, function: &Val, arguments: Vec<Argument>, at: Range, want: &Want) -> Val {
        let mut vals = Vec::new();
        for argument in arguments {
            self.steps(argument.steps);
            vals.push(argument.val);
        }
        let functions: Vec<FnId> = function
            .ty
            .alternatives()
            .iter()
            .filter_map(|ty| match ty {
                Ty::Function(id) => Some(*id),
                _ => None,
            })
            .collect();
        // A closure that is a parameter: it is followed where it is written, with what is handed to it here.
        let answer = match function.value {
            Some(Value::Argument(parameter)) => Some(self.hand(parameter, &vals)),
            _ => None,
        };
        if !functions.is_empty() {
            let val = self.call_functions(functions, None, vals, &[], at, want);
            return match answer {
                Some(answer) => val.join(&answer),
                None => val,
            };
        }
        answer.unwrap_or_else(|| function.clone())
    }

    /// A call of a third-party path: wrappers of the language first, then libraries.
    fn extern_call(&mut self, path: &str, callee: &'a Expr, arguments: &'a [Expr], at: Range, want: &Want) -> Val {
        let name = path.rsplit("::").next().unwrap_or(path);
        if matches!(name, "Some" | "Ok" | "Err" | "Ready" | "Continue" | "Break") {
            let mut val = Val::default();
            for argument in arguments {
                val = self.expr(argument, want);
            }
            return if name == "Err" { Val::default() } else { val };
        }
        if name == "default"
            && let Some(made) = self.made_by_default(path, callee, want)
        {
            return made;
        }
        let before = self.off_runtime;
        self.off_runtime |= libraries::leaves_runtime(name);
        let given: Vec<Argument> = arguments.iter().map(|argument| self.argument(argument, &[], want)).collect();
        self.off_runtime = before;
        let generics: Vec<Ty> = match &*callee.kind {
            ExprKind::Path(path) => path
                .segments
                .last()
                .map(|segment| segment.generics.iter().map(|of| self.written(of)).collect())
                .unwrap_or_default(),
            _ => Vec::new(),
        };
        // `Type::function`: the type in front decides; `module::function`: the crate does.
        let owner_path = path.rsplit_once("::").map_or("", |(owner, _)| owner);
        let owner = match &*callee.kind {
            ExprKind::Path(written) if written.segments.len() > 1 || written.of.is_some() => {
                let (owner, _) = self.owner_and_name(written);
                if owner.is_unknown() { Ty::of(owner_path) } else { owner }
            }
            _ => Ty::of(owner_path),
        };
        let val = self.library(&owner, name, None, given, generics, at, want);
        // `HashMap::from([(key, value)])`: what it holds are the values.
        match &val.ty.element() {
            Ty::Tuple(pair) if pair.len() == 2 && is_map(owner_path) => Val { ty: pair[1].clone().list(), ..val },
            _ => val,
        }
    }

    /// `Default::default()` where the type is expected, and `Box::<T>::default()` in whatever wrapper: it makes a type of
    /// the project.
    fn made_by_default(&mut self, path: &str, callee: &'a Expr, want: &Want) -> Option<Val> {
        let written = match &*callee.kind {
            ExprKind::Path(written) if written.segments.len() > 1 || written.of.is_some() => {
                self.owner_and_name(written).0
            }
            _ => Ty::Unknown,
        };
        let is_open = path == "std::default::Default::default" || written.is_unknown();
        let ty = match (&written, &want.expected) {
            (Ty::Adt(..), _) => written,
            (_, Some(expected @ Ty::Adt(..))) if is_open => expected.clone(),
            _ => return None,
        };
        let functions = self.methods_of(&ty, "default");
        Some(match (functions.is_empty(), &ty) {
            (true, Ty::Adt(adt, _)) => self.derived(*adt, "default"),
            _ => self.call_functions(functions, None, Vec::new(), &[], callee.at, want),
        })
    }

    /// `x.m(a)`
    pub(super) fn method_call(
        &mut self,
        receiver: &'a Expr,
        method: &str,
        generics: &'a [tree::Type],
        arguments: &'a [Expr],
        at: Range,
        want: &Want,
    ) -> Val {
        let failure = receiver_failure(method, arguments, want.failure);
        // What is asked of the whole is asked of what it only unwraps: `let c: Settings = read(&text).unwrap()`.
        let expected = want.expected.clone().filter(|_| keeps_content(method));
        let (this, steps) = self.framed(|eval| eval.expr(receiver, &Want { failure, expected }));
        let functions = self.methods_of(&this.ty, method);
        let given = [libraries::handed(&this, method), Val::default()];
        let expected: Vec<Ty> = match functions.first() {
            Some(function) => self.context.signature(*function).parameters.clone(),
            None => Vec::new(),
        };
        let before = self.off_runtime;
        self.off_runtime |= functions.is_empty() && libraries::leaves_runtime(method);
        let arguments: Vec<Argument> = arguments
            .iter()
            .enumerate()
            .map(|(index, argument)| {
                let failure = self.given_failure(&functions, Some(index), want.failure).unwrap_or(want.failure);
                let want = Want { failure, expected: expected.get(index).cloned() };
                if functions.is_empty() {
                    self.argument(argument, &given, &want)
                } else {
                    self.given_argument(&functions, Some(index), argument, &want)
                }
            })
            .collect();
        self.off_runtime = before;
        let turbofish: Vec<Ty> = generics.iter().map(|of| self.written(of)).collect();
        if !functions.is_empty() {
            self.steps(steps);
            let (mut vals, mut names) = (Vec::new(), Vec::new());
            for argument in arguments {
                self.steps(argument.steps);
                vals.push(argument.val);
                names.push(argument.name);
            }
            let val = self.call_functions(functions.clone(), Some(this.clone()), vals.clone(), &turbofish, at, want);
            self.lend(&functions, Some(&this), &names, &vals);
            return val;
        }
        if matches!(this.ty, Ty::List(..)) && libraries::fills(method) {
            self.fill_field(receiver, &this, arguments.last(), method);
        }
        let name = simple_name(receiver).map(str::to_owned);
        let root = super::guards::root_name(receiver).map(str::to_owned);
        let ty = this.ty.clone();
        let given = Argument { val: this, steps, is_closure: false, name, heeds: false, root };
        let val = self.library(&ty, method, Some(given), arguments, turbofish, at, want);
        if matches!(method, "or_insert" | "or_insert_with" | "or_insert_with_key") {
            self.fill_entry(receiver, &val);
        }
        val
    }

    /// Hands a call to the libraries; what none of them knows gets the meaning that its name has everywhere.
    #[allow(clippy::too_many_arguments, reason = "a call has these parts; they are one struct from here on")]
    fn library(
        &mut self,
        owner: &Ty,
        name: &str,
        receiver: Option<Argument>,
        arguments: Vec<Argument>,
        generics: Vec<Ty>,
        at: Range,
        want: &Want,
    ) -> Val {
        let owners: Vec<Ty> = owner.alternatives().to_vec();
        let mut call = LibraryCall {
            owner: Ty::Unknown,
            name: name.to_owned(),
            receiver,
            arguments,
            generics,
            at,
            want: want.clone(),
        };
        for owner in owners {
            call.owner = owner;
            if let Some(val) = libraries::apply(self, &mut call) {
                self.taken.extend(guards::locked(&val, call.receiver.as_ref().map(|receiver| &receiver.val)));
                return val;
            }
        }
        call.owner = owner.clone();
        libraries::universal(self, call)
    }

    /// A call of functions of the project: arguments flow in, results flow back, a step is made.
    pub(super) fn call_functions(
        &mut self,
        functions: Vec<FnId>,
        receiver: Option<Val>,
        arguments: Vec<Val>,
        generics: &[Ty],
        at: Range,
        want: &Want,
    ) -> Val {
        let owner = receiver.clone();
        self.call_functions_of(functions, receiver, owner.as_ref(), arguments, generics, at, want)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of a call")]
    fn call_functions_of(
        &mut self,
        functions: Vec<FnId>,
        receiver: Option<Val>,
        owner: Option<&Val>,
        arguments: Vec<Val>,
        generics: &[Ty],
        at: Range,
        want: &Want,
    ) -> Val {
        let program = self.program();
        if let Some((contract, method)) = functions.first().and_then(|id| program.grpc_methods.get(id)) {
            let (contract, method) = (contract.clone(), method.clone());
            return self.grpc_call(&contract, &method, receiver.as_ref(), &arguments, at, want);
        }
        let out: Vec<Val> = arguments.iter().map(|val| self.outward(val)).collect();
        let this = receiver.as_ref().map(|val| self.outward(val));
        let mut result: Option<Val> = None;
        for function in &functions {
            if let Some(this) = &this {
                // A receiver of many types flows only where its type is open.
                let val = Val { ty: Ty::Unknown, routes: Vec::new(), ..this.clone() };
                let val = match &self.context.scope(*function).self_ty {
                    Ty::Adt(adt, _) => {
                        match this.ty.alternatives().iter().find(|ty| matches!(ty, Ty::Adt(id, _) if id == adt)) {
                            Some(ty) => Val { ty: ty.clone(), ..val },
                            None => val,
                        }
                    }
                    _ => Val { ty: this.ty.clone(), ..val },
                };
                self.out.flows.push((Slot::Parameter(*function, 0), val));
            }
            let declared = &self.context.signature(*function).parameters;
            for (index, val) in out.iter().enumerate() {
                let val = declared.get(index).map_or_else(|| val.clone(), |ty| val.clone().as_a(ty));
                self.out.flows.push((Slot::Parameter(*function, index + 1), val));
            }
            self.out.calls.insert(*function);
            self.ends_within(*function);
            let val = self.result_of(*function, owner, &arguments, generics, at);
            result = Some(match result {
                Some(known) => known.join(&val),
                None => val,
            });
        }
        self.passed(&functions, receiver.as_ref(), &arguments, at);
        let exact = match functions.as_slice() {
            [function] => self.small(*function, receiver.as_ref(), &arguments),
            _ => None,
        };
        let at = self.span(at);
        self.step(Step::Call { functions, failure: want.failure, at });
        let mut result = result.unwrap_or_default();
        if let Some(exact) = exact {
            if exact.value.is_some() {
                result.value = exact.value;
            }
            if exact.variants.is_some() {
                result.variants = exact.variants;
            }
            if exact.build.is_some() {
                result.build = exact.build;
            }
        }
        // An extension of a router gives that router: `router.with_metrics()`.
        if let (Some(receiver), Ty::Extern(path, _)) = (&receiver, &result.ty)
            && matches!(&receiver.ty, Ty::Extern(own, _) if own == path)
        {
            let new = receiver.routes.iter().filter(|route| !result.routes.contains(route)).cloned();
            let new: Vec<_> = new.collect();
            result.routes.extend(new);
        }
        result
    }

    /// A call of an rpc through a generated client.
    pub fn grpc_call(
        &mut self,
        contract: &str,
        method: &str,
        receiver: Option<&Val>,
        arguments: &[Val],
        at: Range,
        want: &Want,
    ) -> Val {
        let clients: Vec<Arc<Spec>> = receiver.map(|val| val.clients.clone()).unwrap_or_default();
        let what = What::Grpc { contract: contract.to_owned(), method: method.to_owned() };
        let effect = self.effect(what, "tonic", clients, at, want);
        let deadline = arguments
            .first()
            .and_then(|request| request.build.as_ref())
            .and_then(|build| build.options.get("deadline_ms"))
            .map(|(value, _)| self.expand(value));
        if let Some(deadline) = deadline {
            self.out.effects[effect].0.options.insert("deadline_ms".to_owned(), deadline);
        }
        Val::of(Ty::of("proto::Response"))
    }

    /// A gRPC service registered with the implementor that it is given.
    pub fn serve(&mut self, contract: &Arc<str>, implementor: &Val, at: Range, want: &Want) {
        let program = self.program();
        let all = program.servers.get(contract).cloned().unwrap_or_default();
        let wanted: Vec<usize> = implementor
            .ty
            .alternatives()
            .iter()
            .filter_map(|ty| match ty {
                Ty::Adt(adt, _) => Some(*adt),
                _ => None,
            })
            .collect();
        let mut impls: Vec<usize> =
            all.iter().copied().filter(|id| program.impls[*id].adt.is_some_and(|adt| wanted.contains(&adt))).collect();
        if impls.is_empty() {
            // Behind a trait object or a type parameter: any implementor that is made; without one, any at all.
            impls = all
                .iter()
                .copied()
                .filter(|id| program.impls[*id].adt.is_none_or(|adt| self.env.live.contains(&adt)))
                .collect();
        }
        if impls.is_empty() {
            impls = all;
        }
        let implementor = impls
            .first()
            .and_then(|id| program.impls[*id].adt)
            .map_or_else(String::new, |adt| program.adts[adt].path.clone());
        for id in &impls {
            self.out.calls.extend(program.impls[*id].functions.values());
        }
        let what = What::Serve { contract: contract.to_string(), implementor };
        let effect = self.effect(what, "tonic", Vec::new(), at, want);
        self.out.serves.push((effect, contract.clone(), impls));
    }

    /// Calls a function item that a library will call: a callback.
    pub fn callback(&mut self, val: &Val, given: &[Val], at: Range, want: &Want) -> Option<Val> {
        let functions: Vec<FnId> = val
            .ty
            .alternatives()
            .iter()
            .filter_map(|ty| match ty {
                Ty::Function(id) => Some(*id),
                _ => None,
            })
            .collect();
        if functions.is_empty() {
            return match val.value {
                Some(Value::Argument(parameter)) if self.arity(parameter).is_some() => {
                    Some(self.hand(parameter, given))
                }
                _ => None,
            };
        }
        let receiver = functions.iter().any(|id| self.program().functions[*id].tree.receiver);
        let mut given = given.to_vec();
        let this = if receiver && !given.is_empty() { Some(given.remove(0)) } else { None };
        Some(self.call_functions(functions, this, given, &[], at, want))
    }
}

/// Whether a method gives what its receiver holds, wrappers aside: what is expected of its result is expected of that.
fn keeps_content(method: &str) -> bool {
    matches!(
        method,
        "unwrap"
            | "expect"
            | "unwrap_or"
            | "unwrap_or_else"
            | "unwrap_or_default"
            | "ok"
            | "ok_or"
            | "ok_or_else"
            | "or"
            | "or_else"
            | "map_err"
            | "inspect_err"
            | "inspect"
            | "context"
            | "with_context"
            | "wrap_err"
            | "wrap_err_with"
            | "change_context"
            | "log_err"
            | "clone"
            | "cloned"
            | "to_owned"
            | "into_inner"
            | "flatten"
            | "transpose"
            | "instrument"
            | "in_current_span"
            | "boxed"
            | "await"
    )
}

/// What a method makes of the failure of its receiver.
pub(super) fn receiver_failure(method: &str, arguments: &[Expr], outer: Failure) -> Failure {
    match method {
        "unwrap" | "expect" | "unwrap_err" => Failure::Panics,
        "ok" | "unwrap_or" | "unwrap_or_default" | "is_ok" | "is_err" | "unwrap_or_else" | "map_or" | "map_or_else" => {
            let falls_back = arguments.iter().any(|argument| {
                matches!(&*argument.kind, ExprKind::Closure(_, body, _) if matches!(&*body.kind, ExprKind::Async(_)))
            });
            if falls_back { Failure::FallsBack } else { Failure::Defaulted }
        }
        "or_else" | "or" => Failure::FallsBack,
        "map_err" | "map" | "and_then" | "context" | "with_context" | "wrap_err" | "instrument" | "boxed"
        | "into_inner" | "clone" | "ok_or" | "ok_or_else" | "await" | "inspect_err" | "inspect" | "then"
        | "in_current_span" | "transpose" | "flatten" | "into" | "log_err" | "change_context" | "retry" | "timeout"
        | "with_cancellation" | "buffered" | "buffer_unordered" | "take_until" => outer,
        _ => Failure::Propagated,
    }
}

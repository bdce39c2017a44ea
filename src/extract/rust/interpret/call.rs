//! Calls: to functions of the project, through traits to their implementors, to generated clients, to libraries.

use std::sync::Arc;

use super::eval::Eval;
use super::guards::{self, simple_name};
use super::settings::Filling;
use super::val::{self, Spec, Val, Variants};
use super::want::Want;
use super::{Given, Passed, Slot};
use crate::extract::rust::libraries::{self, Argument, LibraryCall};
use crate::extract::rust::names::{Def, FnId, Program, TraitId, derives};
use crate::extract::rust::tree::{self, Expr, ExprKind, Range};
use crate::extract::rust::types::{Ty, is_map};
use crate::facts::Value;
use crate::facts::rust::{Failure, Step, What};

/// Small functions with at most this many statements are followed with the very values of a call, so that what they give
/// is exact: `env_or("X", "default")`, `Topic::Orders.as_str()`.
pub(super) const MAX_SMALL: usize = 8;

/// Small functions inlined into one another deeper than this are taken by their summary.
pub(super) const MAX_INLINE: usize = 4;

impl<'a> Program<'a> {
    /// What a type of the project dereferences to.
    #[must_use]
    pub fn deref_target(&self, adt: usize) -> Option<Ty> {
        self.callbacks.get(&adt)?.iter().find_map(|id| {
            let of = &self.impls[*id];
            match &of.of_trait {
                Some(Def::Extern(path)) if path.ends_with("::Deref") => {
                    of.types.get("Target").map(|ty| self.ty(&self.scope_of_impl(*id), ty))
                }
                _ => None,
            }
        })
    }

    /// The type of the project that an alias's path stands for.
    #[must_use]
    pub fn path_adt(&self, module: usize, names: &[&str]) -> Option<usize> {
        self.resolve(module, names).into_iter().find_map(|def| match def {
            Def::Adt(adt) => Some(adt),
            Def::Alias(alias) => match self.type_def(self.aliases[alias].module, self.aliases[alias].of) {
                Some(Def::Adt(adt)) => Some(adt),
                _ => None,
            },
            _ => None,
        })
    }
}

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

    /// The third-party trait whose function of a name a type of the project has without writing it, if a table knows it.
    fn provided(&self, adt: usize, name: &str) -> Option<Ty> {
        let program = self.program();
        program.callbacks.get(&adt)?.iter().find_map(|id| match &program.impls[*id].of_trait {
            Some(Def::Extern(path)) if libraries::knows(path, name) => Some(Ty::of(path)),
            _ => None,
        })
    }

    /// An associated function that a derive macro wrote: it makes the type, from outside or from defaults.
    fn derived(&mut self, adt: usize, name: &str) -> Val {
        let of = &self.program().adts[adt];
        let ty = Ty::Adt(adt, Arc::new([]));
        let filling = match name {
            "parse" | "try_parse" | "parse_from" | "try_parse_from" | "from_args"
                if derives(of.attributes, "Parser")
                    || derives(of.attributes, "StructOpt")
                    || derives(of.attributes, "Args") =>
            {
                Some(Filling { reader: "clap", ..Filling::default() })
            }
            "init_from_env" | "init" | "from_env"
                if derives(of.attributes, "Envconfig") || derives(of.attributes, "Config") =>
            {
                Some(Filling { reader: "envconfig", variables: true, ..Filling::default() })
            }
            _ => None,
        };
        if let Some(filling) = filling {
            return self.fill(&ty, &filling);
        }
        self.make_all(adt, 0);
        Val::of(ty)
    }

    /// Marks a type as made, and those of its fields: a derived `Default` makes them too.
    fn make_all(&mut self, adt: usize, depth: usize) {
        self.make(adt);
        if depth > 3 {
            return;
        }
        let scope = self.program().scope_of_adt(adt);
        for field in self.program().adts[adt].fields {
            if let Ty::Adt(inner, _) = self.program().ty(&scope, &field.of)
                && inner != adt
            {
                self.make_all(inner, depth + 1);
            }
        }
    }

    fn owner_and_name(&mut self, path: &'a tree::Path) -> (Ty, String) {
        let name = path.segments.last().map_or_else(String::new, |segment| segment.name.clone());
        let owner = self.owner_of_path(path);
        (self.filled(owner), name)
    }

    /// The type in front of the last name of a path, as it is written.
    pub(super) fn owner_of_path(&self, path: &'a tree::Path) -> Ty {
        if let Some(of) = &path.of {
            return self.written(of);
        }
        self.context.owners.get_or_find(path, &self.scope, || {
            let segments = path.segments[..path.segments.len().saturating_sub(1)].to_vec();
            self.program().ty(&self.scope, &tree::Type::Path(tree::Path { segments, of: None }))
        })
    }

    /// The type that is written.
    pub(super) fn written(&self, of: &'a tree::Type) -> Ty {
        self.context.types.get_or_find(of, &self.scope, || self.program().ty(&self.scope, of))
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
            let want = Want { failure: Failure::Propagated, expected };
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

    /// A tuple struct or variant made.
    fn construct(&mut self, adt: usize, variant: Option<usize>, arguments: &'a [Expr], want: &Want) -> Val {
        self.make(adt);
        let of = &self.program().adts[adt];
        let scope = self.program().scope_of_adt(adt);
        let fields = variant.map_or(of.fields, |index| &of.variants[index].fields);
        let mut generics: Vec<Ty> = of.generics.parameters.iter().map(|_| Ty::Unknown).collect();
        for (index, argument) in arguments.iter().enumerate() {
            let declared = fields.get(index).map(|field| self.program().ty(&scope, &field.of));
            let val = self.expr(argument, &Want { failure: want.failure, expected: declared.clone() });
            if let Some(Ty::Bound(parameter, _)) = &declared
                && let Some(position) = of.generics.parameters.iter().position(|(known, _)| **known == **parameter)
            {
                generics[position] = val.ty.clone();
            }
            let name = super::eval::slot_name(of, variant, &index.to_string());
            let val = self.outward(&val);
            self.out.flows.push((Slot::Field(adt, name), val));
        }
        Val { variants: variant.map(|index| Variants::one(adt, index)), ..Val::of(Ty::Adt(adt, generics.into())) }
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

    /// A third-party path used as a value.
    pub(super) fn extern_path(&mut self, path: &str, at: Range, want: &Want) -> Val {
        let (owner, name) = path.rsplit_once("::").unwrap_or(("", path));
        libraries::path_value(owner, name).map_or_else(
            || {
                let _ = (at, want);
                Val::of(Ty::of(path))
            },
            Val::known,
        )
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
        let failure = receiver_failure(method, arguments, want);
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
                let want = Want { failure: want.failure, expected: expected.get(index).cloned() };
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

    /// Functions of the project that a method name means on a type, implementors of traits included.
    pub(super) fn methods_of(&mut self, ty: &Ty, name: &str) -> Vec<FnId> {
        let mut found = Vec::new();
        for ty in ty.alternatives() {
            match ty {
                Ty::Adt(adt, _) => self.methods_of_adt(*adt, name, &mut found, 0),
                Ty::Bound(_, traits) => {
                    let before = found.len();
                    for id in traits.iter() {
                        self.methods_of_trait(*id, name, &mut found, 0);
                    }
                    if found.len() == before {
                        self.blanket(name, traits, &mut found);
                    }
                }
                Ty::Extern(path, _) if libraries::knows(path, name) => {}
                Ty::Extern(..) | Ty::List(..) | Ty::Tuple(_) => self.foreign(name, ty, &mut found),
                _ => {}
            }
        }
        found.dedup();
        found
    }

    fn methods_of_adt(&mut self, adt: usize, name: &str, found: &mut Vec<FnId>, depth: usize) {
        let program = self.program();
        if let Some(functions) = program.methods.get(&adt).and_then(|by_name| by_name.get(name)) {
            // Inherent methods hide those of traits.
            let inherent: Vec<FnId> = functions
                .iter()
                .copied()
                .filter(|id| program.functions[*id].in_impl.is_some_and(|id| program.impls[id].of_trait.is_none()))
                .collect();
            found.extend(if inherent.is_empty() { functions.clone() } else { inherent });
            return;
        }
        for id in program.traits_of.get(&adt).into_iter().flatten() {
            if let Some(function) = program.traits[*id].functions.get(name)
                && program.functions[*function].tree.body.is_some()
            {
                found.push(*function);
                return;
            }
        }
        if depth < 4
            && let Some(target) = self.context.deref_target(adt)
        {
            match target {
                Ty::Adt(target, _) if *target != adt => return self.methods_of_adt(*target, name, found, depth + 1),
                Ty::Bound(_, traits) => {
                    for id in traits.iter() {
                        self.methods_of_trait(*id, name, found, depth + 1);
                    }
                    return;
                }
                _ => {}
            }
        }
        let payloads = if depth == 0 { self.methods_of_payloads(adt, name, 0) } else { Vec::new() };
        if payloads.is_empty() {
            self.foreign(name, &Ty::Adt(adt, Arc::new([])), found);
        } else {
            found.extend(payloads);
        }
    }

    /// Methods of the project's traits for types of others, and of blanket impls.
    fn foreign(&mut self, name: &str, ty: &Ty, found: &mut Vec<FnId>) {
        let program = self.program();
        for function in program.foreign_methods.get(name).into_iter().flatten() {
            let Some(id) = program.functions[*function].in_impl else { continue };
            let fits = match (self.context.of_impl(id), ty) {
                (Ty::Bound(name, _), _) => !name.is_empty(),
                (Ty::Extern(a, _), Ty::Extern(b, _)) => a.rsplit("::").next() == b.rsplit("::").next(),
                (Ty::List(..), Ty::List(..)) => true,
                (Ty::Tuple(a), Ty::Tuple(b)) => a.len() == b.len(),
                _ => false,
            };
            if fits {
                found.push(*function);
            }
        }
    }

    /// Methods that an impl for all types of certain traits gives to a type of which these traits are all that is known.
    fn blanket(&self, name: &str, traits: &[TraitId], found: &mut Vec<FnId>) {
        let program = self.program();
        let has = |id: &TraitId| traits.iter().any(|of| of == id || program.traits[*of].supertraits.contains(id));
        for (of, function) in program.blanket_methods.get(name).into_iter().flatten() {
            let bound = program.ty(&program.scope_of_impl(*of), &program.impls[*of].tree.of);
            if matches!(&bound, Ty::Bound(_, traits) if traits.iter().any(has)) && !found.contains(function) {
                found.push(*function);
            }
        }
    }

    /// A method through a trait: of all implementors that are made, and the default where it is not overridden.
    fn methods_of_trait(&mut self, id: TraitId, name: &str, found: &mut Vec<FnId>, depth: usize) {
        let program = self.program();
        self.out.dispatches.insert(id);
        if !program.traits[id].functions.contains_key(name) {
            if depth < 8 {
                for supertrait in program.traits[id].supertraits.clone() {
                    self.methods_of_trait(supertrait, name, found, depth + 1);
                }
            }
            return;
        }
        let before = found.len();
        for implementor in program.implementors.get(&id).into_iter().flatten() {
            let of = &program.impls[*implementor];
            if of.adt.is_some_and(|adt| !self.env.live.contains(&adt) && !self.out.live.contains(&adt)) {
                continue;
            }
            if let Some(function) = of.functions.get(name) {
                found.push(*function);
            }
        }
        let default = program.traits[id].functions.get(name).copied();
        if let Some(default) = default
            && (program.functions[default].tree.body.is_some() || found.len() == before)
        {
            found.push(default);
        }
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
            for (index, val) in out.iter().enumerate() {
                self.out.flows.push((Slot::Parameter(*function, index + 1), val.clone()));
            }
            self.out.calls.insert(*function);
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

    /// Keeps what a call gives, for evaluations for this call alone.
    fn passed(&mut self, functions: &[FnId], receiver: Option<&Val>, arguments: &[Val], at: Range) {
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
    fn result_of(&mut self, function: FnId, owner: Option<&Val>, arguments: &[Val], generics: &[Ty], at: Range) -> Val {
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
    fn type_arguments(
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

    /// A type parameter as the types that callers fill it with; other types as they are.
    pub(super) fn filled(&mut self, ty: Ty) -> Ty {
        match &ty {
            Ty::Bound(name, _) if !name.is_empty() => {
                let known = self.read(Slot::TypeArgument(self.function, name.clone())).map(|val| val.ty.clone());
                known.map_or_else(|| ty.clone(), |known| super::eval::refine(&ty, &known))
            }
            _ => ty,
        }
    }

    /// Follows a small function with the very values of this call.
    fn small(&mut self, function: FnId, receiver: Option<&Val>, arguments: &[Val]) -> Option<Val> {
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
        if self.is_usual(function, receiver, arguments) {
            return None;
        }
        let scope = self.context.scope(function).clone();
        let file = self.context.file(program.functions[function].module).clone();
        let marks = self.out.marks();
        let ((val, returned), _) = self.elsewhere(scope, file, |eval| {
            if let Some(receiver) = receiver {
                eval.declare("self", receiver.clone());
            }
            for (index, (pattern, _)) in of.tree.parameters.iter().enumerate() {
                let val = arguments.get(index).cloned().unwrap_or_default();
                eval.bind(pattern, &val);
            }
            let exact = std::mem::replace(&mut eval.exact, true);
            let val = eval.block(body, &Want::default());
            eval.exact = exact;
            (val, eval.take_returned())
        });
        // Its effects are its own: they are found when it is evaluated by itself.
        self.out.effects_back_to(marks);
        Some(match returned {
            Some(returned) => val.join(&returned),
            None => val,
        })
    }

    /// Whether a call tells nothing of what it gives: then its result is what the function gives to all, once that is known.
    fn is_usual(&self, function: FnId, receiver: Option<&Val>, arguments: &[Val]) -> bool {
        let tells_nothing = |val: &Val| {
            val.variants.is_none()
                && val.build.is_none()
                && val.parts.is_none()
                && val.value.as_ref().is_none_or(|value| matches!(value, Value::Unknown(_)))
        };
        let known = self.env.slots.get(&Slot::Parameter(function, 0));
        let is_like_all = |val: &Val| known.is_some_and(|known| known.from_outside == val.from_outside);
        self.env.slots.contains_key(&Slot::Return(function))
            && receiver.is_none_or(|val| tells_nothing(val) && is_like_all(val))
            && arguments.iter().all(tells_nothing)
    }

    /// Whether a type of the project is a message that prost generated.
    #[must_use]
    pub fn is_message(&self, adt: usize) -> bool {
        derives(self.program().adts[adt].attributes, "Message")
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
fn receiver_failure(method: &str, arguments: &[Expr], want: &Want) -> Failure {
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
        | "with_cancellation" => want.failure,
        _ => Failure::Propagated,
    }
}

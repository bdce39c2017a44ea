//! Methods: which functions of the project a name means on a type, those of traits and of implementors included.

use std::sync::Arc;

use super::eval::Eval;
use crate::extract::rust::libraries::{self};
use crate::extract::rust::names::{Def, FnId, Program, TraitId};
use crate::extract::rust::types::Ty;

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
}

impl<'a> Eval<'_, 'a> {
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

    pub(super) fn methods_of_adt(&mut self, adt: usize, name: &str, found: &mut Vec<FnId>, depth: usize) {
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
    pub(super) fn foreign(&mut self, name: &str, ty: &Ty, found: &mut Vec<FnId>) {
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
    pub(super) fn blanket(&self, name: &str, traits: &[TraitId], found: &mut Vec<FnId>) {
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
    pub(super) fn methods_of_trait(&mut self, id: TraitId, name: &str, found: &mut Vec<FnId>, depth: usize) {
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

    /// The third-party trait whose function of a name a type of the project has without writing it, if a table knows it.
    pub(super) fn provided(&self, adt: usize, name: &str) -> Option<Ty> {
        let program = self.program();
        program.callbacks.get(&adt)?.iter().find_map(|id| match &program.impls[*id].of_trait {
            Some(Def::Extern(path)) if libraries::knows(path, name) => Some(Ty::of(path)),
            _ => None,
        })
    }
}

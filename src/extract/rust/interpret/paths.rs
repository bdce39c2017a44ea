//! Paths: what a name stands for as a value, which definitions it leads to, and the type in front of its last part.

use std::sync::Arc;

use super::Slot;
use super::eval::Eval;
use super::val::{Val, Variants};
use super::want::Want;
use crate::extract::rust::libraries::{self};
use crate::extract::rust::names::{AdtId, ConstId, Def, ImplId, Program, TraitId};
use crate::extract::rust::tree::{self, Range};
use crate::extract::rust::types::Ty;
use crate::facts::Value;

impl<'a> Program<'a> {
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
    /// A path as a value: a local variable, a constant, a function, a unit struct or variant.
    pub(super) fn path(&mut self, path: &'a tree::Path, at: Range, want: &Want) -> Val {
        if path.of.is_none() && path.segments.len() == 1 {
            let name = path.segments[0].name.as_str();
            if let Some(val) = self.local(name).cloned() {
                self.closure_given(name, &[]);
                return val;
            }
        }
        let defs = self.value_defs(path);
        if let [Def::Constant(first), Def::Constant(_), ..] = &*defs {
            // `T::PATH`: of each type that T may be.
            let mut all = self.constant(*first);
            for def in &defs[1..] {
                if let Def::Constant(id) = def {
                    all = all.join(&self.constant(*id));
                }
            }
            return all;
        }
        for def in defs.iter() {
            match def {
                Def::Constant(id) => return self.constant(*id),
                Def::Function(id) => return Val::of(Ty::Function(*id)),
                Def::Adt(adt) => {
                    self.make(*adt);
                    return Val::of(Ty::Adt(*adt, Arc::new([])));
                }
                Def::Variant(adt, index) => {
                    return Val { variants: Some(Variants::one(*adt, *index)), ..Val::of(Ty::Adt(*adt, Arc::new([]))) };
                }
                Def::Extern(path) => {
                    if path.ends_with("::None") {
                        return Val { value: Some(Value::Absent), ..Val::default() };
                    }
                    return self.extern_path(path, at, want);
                }
                _ => {}
            }
        }
        let segments: Vec<&str> = path.segments.iter().map(|segment| segment.name.as_str()).collect();
        libraries::unresolved(&segments).unwrap_or_default()
    }

    /// A path in a pattern as a value.
    pub(super) fn path_val(&mut self, path: &'a tree::Path) -> Val {
        self.path(path, Range::default(), &Want::default())
    }

    /// What a path stands for as a value, associated items of types included.
    pub(super) fn value_defs(&mut self, path: &'a tree::Path) -> Arc<[Def]> {
        if path.of.is_none() && path.segments.first().is_some_and(|first| first.name != "Self") {
            let found = self.resolved(path);
            if !found.is_empty() {
                return found;
            }
        }
        self.associated_defs(path).into()
    }

    /// What the names of a path lead to from the module around.
    pub(super) fn resolved(&self, path: &'a tree::Path) -> Arc<[Def]> {
        self.context.defs.get_or_find(path, &self.scope, || {
            let names: Vec<&str> = path.segments.iter().map(|segment| segment.name.as_str()).collect();
            self.program().resolve(self.scope.module, &names).into()
        })
    }

    pub(super) fn associated_defs(&mut self, path: &'a tree::Path) -> Vec<Def> {
        let Some((last, before)) = path.segments.split_last() else { return Vec::new() };
        let name = last.name.as_str();
        let owner = match (&path.of, before) {
            (None, [first]) if first.name == "Self" => self.scope.self_ty.clone(),
            (None, []) if name == "Self" => {
                return match self.scope.self_ty {
                    Ty::Adt(adt, _) => vec![Def::Adt(adt)],
                    _ => Vec::new(),
                };
            }
            (None, []) => return Vec::new(),
            _ => self.owner_of_path(path),
        };
        self.items_of(owner, name)
    }

    /// What a name stands for behind a type: a variant, functions, constants.
    pub(super) fn items_of(&mut self, owner: Ty, name: &str) -> Vec<Def> {
        let owner = self.filled(owner);
        if let Ty::Adt(adt, _) = &owner
            && let Some(index) = self.program().adts[*adt].variants.iter().position(|variant| variant.name == name)
        {
            return vec![Def::Variant(*adt, index)];
        }
        let functions = self.methods_of(&owner, name);
        if !functions.is_empty() {
            return functions.into_iter().map(Def::Function).collect();
        }
        match owner {
            Ty::Extern(path, _) => vec![Def::Extern(format!("{path}::{name}").into())],
            owner => self.associated_constants(&owner, name).into_iter().map(Def::Constant).collect(),
        }
    }

    /// Constants of that name of the types of the project that an owner may be: behind a trait, of those that are made.
    pub(super) fn associated_constants(&mut self, owner: &Ty, name: &str) -> Vec<ConstId> {
        let program = self.program();
        let ending = format!("::{name}");
        let named = |id: &ConstId| program.constants[*id].path.ends_with(&ending);
        let mut found = Vec::new();
        for ty in owner.alternatives() {
            let impls: Vec<ImplId> = match ty {
                Ty::Adt(adt, _) => program.impls_of.get(adt).cloned().unwrap_or_default(),
                Ty::Bound(_, traits) => traits.iter().flat_map(|of| self.made_implementors(*of)).collect(),
                _ => Vec::new(),
            };
            let mut all: Vec<ConstId> =
                impls.iter().filter_map(|id| program.constants_of.get(id)).flatten().copied().filter(named).collect();
            all.sort_unstable();
            found.extend(all.into_iter().take(if matches!(ty, Ty::Adt(..)) { 1 } else { usize::MAX }));
        }
        found
    }

    /// The impls of a trait for types that are made.
    pub(super) fn made_implementors(&mut self, of: TraitId) -> Vec<ImplId> {
        self.out.dispatches.insert(of);
        let program = self.program();
        let is_made = |adt: AdtId| self.env.live.contains(&adt) || self.out.live.contains(&adt);
        let all = program.implementors.get(&of).into_iter().flatten().copied();
        all.filter(|id| program.impls[*id].adt.is_none_or(is_made)).collect()
    }

    pub(super) fn owner_and_name(&mut self, path: &'a tree::Path) -> (Ty, String) {
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
}

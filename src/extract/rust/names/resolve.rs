//! From a path in a module to what it stands for.

use std::sync::Arc;

use super::{Def, Dependency, ModId, Program, generated, imports};
use crate::extract::rust::tree;

/// Globs of globs deeper than this are not followed.
const MAX_GLOBS: usize = 12;

/// Where a path is resolved: a module, and the impl or trait around it.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The module.
    pub module: ModId,
}

impl Program<'_> {
    /// All that a name stands for in a module: declared, imported, by globs, or from the modules around an anonymous one.
    pub fn lookup(&self, module: ModId, name: &str) -> Vec<Def> {
        self.lookup_bounded(module, name, 0, true)
    }

    fn lookup_bounded(&self, module: ModId, name: &str, depth: usize, lexical: bool) -> Vec<Def> {
        if depth > MAX_GLOBS {
            return Vec::new();
        }
        let of = &self.modules[module];
        if let Some(defs) = of.names.get(name) {
            return defs.clone();
        }
        for glob in &of.globs {
            let found = match glob {
                Def::Module(inner) if *inner != module => self.lookup_bounded(*inner, name, depth + 1, false),
                Def::Adt(adt) => self.variant(*adt, name).into_iter().collect(),
                _ => Vec::new(),
            };
            if !found.is_empty() {
                return found;
            }
        }
        if lexical
            && of.anonymous
            && let Some(parent) = of.parent
        {
            return self.lookup_bounded(parent, name, depth + 1, true);
        }
        Vec::new()
    }

    fn variant(&self, adt: usize, name: &str) -> Option<Def> {
        self.adts[adt].variants.iter().position(|variant| variant.name == name).map(|index| Def::Variant(adt, index))
    }

    /// What the path of an import stands for: nothing yet, or one definition per namespace.
    pub(super) fn import_defs(&self, module: ModId, path: &[String]) -> Vec<Def> {
        let segments: Vec<&str> = path.iter().map(String::as_str).collect();
        self.path_defs(module, &segments, true)
    }

    /// What a path stands for: empty if nothing is known of it.
    pub fn resolve(&self, module: ModId, segments: &[&str]) -> Vec<Def> {
        self.path_defs(module, segments, false)
    }

    fn path_defs(&self, module: ModId, segments: &[&str], importing: bool) -> Vec<Def> {
        let Some((first, rest)) = segments.split_first() else { return Vec::new() };
        let mut current: Vec<Def> = match *first {
            "crate" | "$crate" => vec![Def::Module(self.crates[self.modules[module].of_crate].root)],
            "self" => vec![Def::Module(self.named_module(module))],
            "super" => match self.modules[self.named_module(module)].parent {
                Some(parent) => vec![Def::Module(self.named_module(parent))],
                None => return Vec::new(),
            },
            "" => match rest.split_first() {
                Some((name, rest)) => {
                    let def = self.dependency_def(module, name);
                    return def.map_or_else(Vec::new, |def| self.descend(vec![def], rest));
                }
                None => return Vec::new(),
            },
            name => {
                let found = self.lookup(module, name);
                // `use foo::Bar;` in a module that also declares `foo` by the same import would refer to itself.
                if found.is_empty() || (importing && rest.is_empty() && found.is_empty()) {
                    match self.dependency_def(module, name) {
                        Some(def) => vec![def],
                        None => match self.outer(module, name, importing) {
                            Some(def) => vec![def],
                            None => return Vec::new(),
                        },
                    }
                } else {
                    found
                }
            }
        };
        let mut rest = rest;
        while let Some((&"super", after)) = rest.split_first() {
            current = match current.first() {
                Some(Def::Module(id)) => match self.modules[*id].parent {
                    Some(parent) => vec![Def::Module(self.named_module(parent))],
                    None => return Vec::new(),
                },
                _ => return Vec::new(),
            };
            rest = after;
        }
        self.descend(current, rest)
    }

    /// The named module around an anonymous one.
    fn named_module(&self, mut module: ModId) -> ModId {
        while self.modules[module].anonymous {
            match self.modules[module].parent {
                Some(parent) => module = parent,
                None => break,
            }
        }
        module
    }

    fn dependency_def(&self, module: ModId, name: &str) -> Option<Def> {
        let of = &self.crates[self.modules[module].of_crate];
        if let Some(dependency) = of.dependencies.get(name) {
            return Some(match dependency {
                Dependency::Local(_) => imports::dependency(self, dependency),
                Dependency::Extern(real) => Def::Extern(real.clone()),
            });
        }
        if of.name == name {
            return Some(Def::Module(of.root));
        }
        matches!(name, "std" | "core" | "alloc").then(|| Def::Extern("std".into()))
    }

    /// A name that no declaration explains: from generated code included here, from a third-party glob, or the prelude.
    fn outer(&self, module: ModId, name: &str, importing: bool) -> Option<Def> {
        let mut at = Some(module);
        let mut depth = 0;
        while let Some(id) = at {
            let of = &self.modules[id];
            if let Some(def) = self.outer_glob(id, name, 0) {
                return Some(def);
            }
            depth += 1;
            at = if of.anonymous && depth < MAX_GLOBS { of.parent } else { None };
        }
        if importing { None } else { prelude(name).map(|path| Def::Extern(path.into())) }
    }

    fn outer_glob(&self, module: ModId, name: &str, depth: usize) -> Option<Def> {
        if depth > MAX_GLOBS {
            return None;
        }
        let of = &self.modules[module];
        for glob in &of.outer_globs {
            match glob {
                Def::Proto(..) if generated::plausible(name) => return Some(extend(glob, name)),
                // A prelude brings traits and a few types; what it does not bring is not guessed to be in it.
                Def::Extern(path) if !path.starts_with("std") && prelude(name).is_none() && camel(name) => {
                    return Some(extend(glob, name));
                }
                Def::Extern(path) if in_std(path, name) => return Some(extend(glob, name)),
                _ => {}
            }
        }
        for glob in &of.globs {
            if let Def::Module(inner) = glob
                && *inner != module
                && let Some(def) = self.outer_glob(*inner, name, depth + 1)
            {
                return Some(def);
            }
        }
        None
    }

    /// A name that is looked for in a module which has it from nowhere but one third-party crate: `pub use actix_web::*`.
    fn only_glob(&self, module: ModId, name: &str) -> Option<Def> {
        let of = &self.modules[module];
        match of.outer_globs.as_slice() {
            [glob @ Def::Extern(path)] if self.guesses && of.globs.is_empty() && !path.starts_with("std") => {
                Some(extend(glob, name))
            }
            _ => None,
        }
    }

    fn descend(&self, mut current: Vec<Def>, rest: &[&str]) -> Vec<Def> {
        for (index, name) in rest.iter().enumerate() {
            if *name == "self" && index + 1 == rest.len() {
                return current;
            }
            let mut next = Vec::new();
            for def in &current {
                match def {
                    Def::Module(id) => {
                        let found = self.lookup_bounded(*id, name, 0, false);
                        if found.is_empty() {
                            next.extend(self.outer_glob(*id, name, 0).or_else(|| self.only_glob(*id, name)));
                        } else {
                            next.extend(found);
                        }
                    }
                    Def::Adt(adt) => next.extend(self.variant(*adt, name)),
                    Def::Alias(alias) => {
                        let of = &self.aliases[*alias];
                        if let Some(Def::Adt(adt)) = self.type_def(of.module, of.of) {
                            next.extend(self.variant(adt, name));
                        }
                    }
                    Def::Extern(_) | Def::Proto(..) => next.push(extend(def, name)),
                    _ => {}
                }
            }
            if next.is_empty() {
                return Vec::new();
            }
            current = next;
        }
        current
    }

    /// What a type's path stands for, aliases followed; references looked through.
    pub fn type_def(&self, module: ModId, of: &tree::Type) -> Option<Def> {
        self.type_def_bounded(module, of, 0)
    }

    fn type_def_bounded(&self, module: ModId, of: &tree::Type, depth: usize) -> Option<Def> {
        if depth > 8 {
            return None;
        }
        match of {
            tree::Type::Path(path) if path.of.is_none() => {
                let segments: Vec<&str> = path.segments.iter().map(|segment| segment.name.as_str()).collect();
                let defs = self.resolve(module, &segments);
                let def = defs.into_iter().find(|def| {
                    matches!(def, Def::Adt(_) | Def::Trait(_) | Def::Alias(_) | Def::Extern(_) | Def::Proto(..))
                })?;
                match def {
                    Def::Alias(alias) => {
                        let of = &self.aliases[alias];
                        self.type_def_bounded(of.module, of.of, depth + 1)
                    }
                    def => Some(def),
                }
            }
            tree::Type::Reference(inner) | tree::Type::Static(inner) => self.type_def_bounded(module, inner, depth + 1),
            tree::Type::Dyn(bounds) | tree::Type::Impl(bounds) => {
                bounds.first().and_then(|bound| self.type_def_bounded(module, bound, depth + 1))
            }
            _ => None,
        }
    }
}

fn camel(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}

/// A definition outside the project, one name deeper.
pub(super) fn extend(def: &Def, name: &str) -> Def {
    let join =
        |path: &str| -> Arc<str> { if path.is_empty() { name.into() } else { format!("{path}::{name}").into() } };
    match def {
        Def::Extern(path) => Def::Extern(join(path)),
        Def::Proto(package, path) => Def::Proto(package.clone(), join(path)),
        other => other.clone(),
    }
}

/// Whether a module of the standard library has a type of that name: what `use std::collections::*` brings.
fn in_std(module: &str, name: &str) -> bool {
    match module {
        "std::collections" => {
            matches!(name, "HashMap" | "BTreeMap" | "HashSet" | "BTreeSet" | "VecDeque" | "BinaryHeap" | "LinkedList")
        }
        "std::sync" => {
            matches!(
                name,
                "Arc" | "Weak" | "Mutex" | "RwLock" | "OnceLock" | "LazyLock" | "Condvar" | "Barrier" | "mpsc"
            )
        }
        "std::rc" => matches!(name, "Rc" | "Weak"),
        "std::cell" => matches!(name, "Cell" | "RefCell" | "OnceCell" | "LazyCell"),
        "std::time" => matches!(name, "Duration" | "Instant" | "SystemTime"),
        _ => false,
    }
}

/// Names that are in scope everywhere, with their canonical paths.
fn prelude(name: &str) -> Option<&'static str> {
    Some(match name {
        "Vec" => "std::vec::Vec",
        "String" => "std::string::String",
        "Box" => "std::boxed::Box",
        "Option" => "std::option::Option",
        "Some" => "std::option::Option::Some",
        "None" => "std::option::Option::None",
        "Result" => "std::result::Result",
        "Ok" => "std::result::Result::Ok",
        "Err" => "std::result::Result::Err",
        "Fn" => "std::ops::Fn",
        "FnMut" => "std::ops::FnMut",
        "FnOnce" => "std::ops::FnOnce",
        "From" => "std::convert::From",
        "Into" => "std::convert::Into",
        "TryFrom" => "std::convert::TryFrom",
        "TryInto" => "std::convert::TryInto",
        "Default" => "std::default::Default",
        "Clone" => "std::clone::Clone",
        "Drop" => "std::ops::Drop",
        "Iterator" => "std::iter::Iterator",
        "IntoIterator" => "std::iter::IntoIterator",
        "Send" => "std::marker::Send",
        "Sync" => "std::marker::Sync",
        "ToString" => "std::string::ToString",
        "ToOwned" => "std::borrow::ToOwned",
        "AsRef" => "std::convert::AsRef",
        "drop" => "std::mem::drop",
        "str" => "str",
        "bool" => "bool",
        "char" => "char",
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "int",
        "f32" | "f64" => "float",
        _ => return None,
    })
}

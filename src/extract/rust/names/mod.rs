//! Names: all items of the project's crates, and what each path stands for.
//!
//! From lowered files to one table of modules, functions, types, traits, impls and constants. A path of the project
//! leads to its item; a path of a third-party crate stays opaque but canonical (`tonic::transport::Channel`, whatever it
//! was renamed to); a path below generated gRPC code leads to the proto package that it was generated from. Knows
//! nothing of what functions do.

mod build;
mod generated;
mod imports;
mod resolve;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashMap;

use super::tree;

pub use build::{Target, build};
pub use generated::{Grpc, GrpcPart, grpc_of};
pub use resolve::Scope;

/// Index of a [`Module`].
pub type ModId = usize;
/// Index of a [`Func`].
pub type FnId = usize;
/// Index of an [`Adt`].
pub type AdtId = usize;
/// Index of a [`TraitDef`].
pub type TraitId = usize;
/// Index of an [`ImplDef`].
pub type ImplId = usize;
/// Index of a [`ConstDef`].
pub type ConstId = usize;
/// Index of an [`AliasDef`].
pub type AliasId = usize;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Def {
    /// A module of the project.
    Module(ModId),
    /// A struct, union or enum.
    Adt(AdtId),
    /// A variant of an enum.
    Variant(AdtId, usize),
    /// A trait.
    Trait(TraitId),
    /// A function.
    Function(FnId),
    /// A constant or static.
    Constant(ConstId),
    /// A type alias.
    Alias(AliasId),
    /// Something of a third-party crate, by its canonical path.
    Extern(Arc<str>),
    /// Something below generated code of a proto package: the package (empty: the path itself holds it) and the path.
    Proto(Arc<str>, Arc<str>),
}

/// All items of the project.
#[derive(Debug, Default)]
pub struct Program<'a> {
    /// Whether a name that nothing explains may be guessed: once all imports that can be resolved are.
    guesses: bool,
    /// Files that it is made of.
    pub files: BTreeSet<&'a str>,
    /// Crates: one per library and binary target.
    pub crates: Vec<Crate>,
    /// Modules.
    pub modules: Vec<Module<'a>>,
    /// Functions and methods.
    pub functions: Vec<Func<'a>>,
    /// Structs and enums.
    pub adts: Vec<Adt<'a>>,
    /// Traits.
    pub traits: Vec<TraitDef<'a>>,
    /// Impls.
    pub impls: Vec<ImplDef<'a>>,
    /// Constants and statics.
    pub constants: Vec<ConstDef<'a>>,
    /// Type aliases.
    pub aliases: Vec<AliasDef<'a>>,
    /// Methods of inherent and trait impls of a type of the project.
    pub methods: HashMap<AdtId, HashMap<&'a str, Vec<FnId>>>,
    /// Methods of impls of the project's traits for types of others, and of blanket impls, by name.
    pub foreign_methods: HashMap<&'a str, Vec<FnId>>,
    /// Methods that impls for a type parameter give to all types that are bound like it, by name: default methods of the trait
    /// included.
    pub blanket_methods: HashMap<&'a str, Vec<(ImplId, FnId)>>,
    /// Impls of each trait of the project.
    pub implementors: HashMap<TraitId, Vec<ImplId>>,
    /// Impls for each type of the project.
    pub impls_of: HashMap<AdtId, Vec<ImplId>>,
    /// Traits of the project that each type of it implements, sorted.
    pub traits_of: HashMap<AdtId, Vec<TraitId>>,
    /// Constants of each impl.
    pub constants_of: HashMap<ImplId, Vec<ConstId>>,
    /// Impls of traits of others, by type.
    pub callbacks: HashMap<AdtId, Vec<ImplId>>,
    /// Impls of generated gRPC server traits, by contract.
    pub servers: HashMap<Arc<str>, Vec<ImplId>>,
    /// The same impls: their methods run only when they are registered.
    pub server_impls: BTreeSet<ImplId>,
    /// Third-party crates by their real names: whether they hold generated gRPC code.
    pub grpc_crates: HashMap<Arc<str>, bool>,
    /// Generated clients and servers that are checked in, by type.
    pub grpc_types: HashMap<AdtId, Grpc>,
    /// Generated server traits that are checked in.
    pub grpc_traits: HashMap<TraitId, Arc<str>>,
    /// Methods of generated clients that are checked in: contract and method.
    pub grpc_methods: HashMap<FnId, (Arc<str>, Arc<str>)>,
}

/// A crate.
#[derive(Debug)]
pub struct Crate {
    /// Index of its package.
    pub package: usize,
    /// Name in paths.
    pub name: String,
    /// Its root module.
    pub root: ModId,
    /// Names of its dependencies: crates of the project by index, others by their name in the registry.
    pub dependencies: HashMap<String, Dependency>,
}

/// What the name of a dependency stands for.
#[derive(Clone, Debug)]
pub enum Dependency {
    /// A library of the project.
    Local(usize),
    /// A third-party crate, by its real name with `_`.
    Extern(Arc<str>),
}

/// A module. The body of a function that declares items or imports is an anonymous one.
#[derive(Debug)]
pub struct Module<'a> {
    /// Its crate.
    pub of_crate: usize,
    /// Its path, the crate's name first.
    pub path: String,
    /// The module around it.
    pub parent: Option<ModId>,
    /// Whether it is the body of a function: names of the module around are in scope.
    pub anonymous: bool,
    /// The file that holds it.
    pub file: &'a str,
    /// Names declared or imported.
    pub names: HashMap<&'a str, Vec<Def>>,
    /// Imports that wait to be resolved.
    pub imports: Vec<&'a tree::Import>,
    /// Modules and enums of the project whose names are imported by a glob.
    pub globs: Vec<Def>,
    /// Third-party modules imported by a glob, and generated code included.
    pub outer_globs: Vec<Def>,
}

/// A function.
#[derive(Debug)]
pub struct Func<'a> {
    /// Name.
    pub name: &'a str,
    /// Path, types in it without generics.
    pub path: String,
    /// The module whose names are in scope (its body's, if that declares any).
    pub module: ModId,
    /// The function itself.
    pub tree: &'a tree::Function,
    /// The impl that holds it.
    pub in_impl: Option<ImplId>,
    /// The trait that holds it.
    pub in_trait: Option<TraitId>,
    /// Attributes.
    pub attributes: &'a [tree::Attribute],
    /// Where its name stands.
    pub at: tree::Range,
}

/// A struct or enum.
#[derive(Debug)]
pub struct Adt<'a> {
    /// Name.
    pub name: &'a str,
    /// Path.
    pub path: String,
    /// The module that declares it.
    pub module: ModId,
    /// Generic parameters.
    pub generics: &'a tree::Generics,
    /// Fields; those of enums are in the variants.
    pub fields: &'a [tree::Field],
    /// Variants.
    pub variants: &'a [tree::Variant],
    /// Attributes.
    pub attributes: &'a [tree::Attribute],
    /// Where.
    pub at: tree::Range,
}

/// A trait.
#[derive(Debug)]
pub struct TraitDef<'a> {
    /// Name.
    pub name: &'a str,
    /// Path.
    pub path: String,
    /// The module that declares it.
    pub module: ModId,
    /// The trait itself.
    pub tree: &'a tree::Trait,
    /// Its functions by name.
    pub functions: HashMap<&'a str, FnId>,
    /// Traits of the project that it requires.
    pub supertraits: Vec<TraitId>,
}

/// An impl.
#[derive(Debug)]
pub struct ImplDef<'a> {
    /// The module that declares it.
    pub module: ModId,
    /// The impl itself.
    pub tree: &'a tree::Impl,
    /// The type, if it is one of the project.
    pub adt: Option<AdtId>,
    /// The trait.
    pub of_trait: Option<Def>,
    /// Whether its functions are called by a library that an attribute hands them to: resolvers of GraphQL.
    pub handed_over: bool,
    /// Its functions by name.
    pub functions: HashMap<&'a str, FnId>,
    /// Its associated types.
    pub types: HashMap<&'a str, &'a tree::Type>,
    /// Where.
    pub at: tree::Range,
}

/// A constant or static.
#[derive(Debug)]
pub struct ConstDef<'a> {
    /// Path.
    pub path: String,
    /// The module that declares it.
    pub module: ModId,
    /// Its impl, for associated constants.
    pub in_impl: Option<ImplId>,
    /// Declared type.
    pub of: &'a tree::Type,
    /// Value.
    pub value: Option<&'a tree::Expr>,
}

/// A type alias.
#[derive(Debug)]
pub struct AliasDef<'a> {
    /// The module that declares it.
    pub module: ModId,
    /// Generic parameters.
    pub generics: &'a tree::Generics,
    /// What it stands for.
    pub of: &'a tree::Type,
}

impl Program<'_> {
    /// The file that holds a function.
    #[must_use]
    pub fn file_of(&self, function: FnId) -> &str {
        self.modules[self.functions[function].module].file
    }
}

/// Whether a type derives a trait of this simple name.
#[must_use]
pub fn derives(attributes: &[tree::Attribute], name: &str) -> bool {
    attributes.iter().filter(|attribute| attribute.path.last().is_some_and(|last| last == "derive")).any(|attribute| {
        attribute.arguments.iter().any(|argument| {
            matches!(&*argument.kind, tree::ExprKind::Path(path) if path.segments.last().is_some_and(|last| last.name == name))
        })
    })
}

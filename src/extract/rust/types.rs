//! Types, as far as architecture needs them.
//!
//! Wrappers that only carry their content (`Arc`, `Box`, `Option`, `Result`, `web::Data`, `State`, futures …) are looked
//! through: what matters is whose method is called. Knows names; knows nothing of values or effects.

use std::sync::Arc;

use super::names::{AdtId, Def, FnId, Grpc, Program, TraitId};
use super::names::{GrpcPart, ModId};
use super::tree;

/// A type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ty {
    /// Not known.
    #[default]
    Unknown,
    /// A type of the project with its type arguments.
    Adt(AdtId, Arc<[Ty]>),
    /// A third-party type by its canonical path, with its type arguments.
    Extern(Arc<str>, Arc<[Ty]>),
    /// A generated client or server.
    Grpc(Grpc),
    /// Anything that implements these traits of the project; the name, if it is a type parameter.
    Bound(Arc<str>, Arc<[TraitId]>),
    /// Many of one type, and whether they are kept or pass by.
    List(Arc<Ty>, Many),
    /// A tuple.
    Tuple(Arc<[Ty]>),
    /// A function of the project.
    Function(FnId),
    /// One of several, as seen at the places that a value comes from. `Unknown` among them: others too.
    Several(Arc<[Ty]>),
}

/// How there are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Many {
    /// Slices, vectors, maps (of their values). They have no `map` of their own: one that is called on such a value is that
    /// of an `Option` or `Result` around it, which types do not show.
    Kept,
    /// Streams and iterators: `map` is given one after the other.
    Passing,
}

/// The most alternatives that are kept for one value.
const MAX_SEVERAL: usize = 12;

/// The most functions that are kept for one value: a wrapper of handlers is given one for each route.
const MAX_FUNCTIONS: usize = 400;

/// Types nested deeper than this are unknown.
const MAX_DEPTH: usize = 12;

impl Ty {
    /// A third-party type without arguments.
    #[must_use]
    pub fn of(path: &str) -> Self {
        Self::Extern(path.into(), Arc::new([]))
    }

    /// Many of this type that are kept.
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(Arc::new(self), Many::Kept)
    }

    /// Many of this type that pass by.
    #[must_use]
    pub fn stream(self) -> Self {
        Self::List(Arc::new(self), Many::Passing)
    }

    /// What it holds many of; itself, if it is no list.
    #[must_use]
    pub fn element(&self) -> Self {
        match self {
            Self::List(inner, _) => (**inner).clone(),
            other => other.clone(),
        }
    }

    /// The same many, passing or kept; other types as they are.
    #[must_use]
    pub fn with_many(&self, many: Many) -> Self {
        match self {
            Self::List(inner, _) => Self::List(inner.clone(), many),
            other => other.clone(),
        }
    }

    /// Crate and simple name of a third-party type.
    #[must_use]
    pub fn extern_name(&self) -> Option<(&str, &str)> {
        match self {
            Self::Extern(path, _) => {
                let krate = path.split("::").next()?;
                let name = path.rsplit("::").next()?;
                Some((krate, name))
            }
            _ => None,
        }
    }

    /// Whether nothing is known of it.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether it is a plain value: text, number, duration, flag.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(
            self.extern_name(),
            Some((_, "str" | "String" | "int" | "float" | "bool" | "Duration" | "Url" | "Uri" | "SocketAddr"))
        )
    }

    /// Whether flows from call sites can tell more about it than its declaration.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self {
            Self::Unknown | Self::Bound(..) | Self::Several(_) => true,
            Self::List(inner, _) => inner.is_open(),
            Self::Adt(_, arguments) => arguments.iter().any(Self::is_open),
            _ => false,
        }
    }

    /// Whether it tells which functions of the project are meant: more than the type of a function pointer does.
    #[must_use]
    pub fn names_function(&self) -> bool {
        match self {
            Self::Function(_) => true,
            Self::List(inner, _) => inner.names_function(),
            Self::Several(all) => all.iter().any(Self::names_function),
            _ => false,
        }
    }

    /// Unites two types that a value may have.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        if self == other || matches!(other, Self::Unknown) {
            return self.clone();
        }
        if matches!(self, Self::Unknown) {
            return other.clone();
        }
        if let (Self::List(a, kept), Self::List(b, other)) = (self, other) {
            let many = if kept == other { *kept } else { Many::Passing };
            return Self::List(Arc::new(a.join(b)), many);
        }
        let mut all: Vec<Self> = Vec::new();
        for ty in self.alternatives().iter().chain(other.alternatives()) {
            if !all.contains(ty) {
                all.push(ty.clone());
            }
        }
        if all.len() == 1 {
            return all.remove(0);
        }
        Self::Several(bounded(all).into())
    }

    /// The types that it may be.
    #[must_use]
    pub fn alternatives(&self) -> &[Self] {
        match self {
            Self::Several(all) => all,
            one => std::slice::from_ref(one),
        }
    }

    /// Replaces type parameters by name.
    #[must_use]
    pub fn substitute(&self, names: &[(String, Vec<tree::Type>)], arguments: &[Self]) -> Self {
        match self {
            Self::Bound(name, _) if !name.is_empty() => names
                .iter()
                .position(|(known, _)| **known == **name)
                .and_then(|index| arguments.get(index))
                .filter(|argument| !argument.is_unknown())
                .cloned()
                .unwrap_or_else(|| self.clone()),
            Self::List(inner, many) => Self::List(Arc::new(inner.substitute(names, arguments)), *many),
            Self::Tuple(parts) => Self::Tuple(parts.iter().map(|part| part.substitute(names, arguments)).collect()),
            Self::Adt(id, inner) => Self::Adt(*id, inner.iter().map(|ty| ty.substitute(names, arguments)).collect()),
            Self::Extern(path, inner) => {
                Self::Extern(path.clone(), inner.iter().map(|ty| ty.substitute(names, arguments)).collect())
            }
            other => other.clone(),
        }
    }
}

/// Alternatives, not too many of them. Where some are left out, `Unknown` stands for them: what is declared tells more.
fn bounded(mut all: Vec<Ty>) -> Vec<Ty> {
    let (mut functions, mut others) = (0, 0);
    let before = all.len();
    all.retain(|ty| {
        let (count, most) = match ty {
            Ty::Function(_) => (&mut functions, MAX_FUNCTIONS),
            _ => (&mut others, MAX_SEVERAL - 1),
        };
        *count += 1;
        *count <= most
    });
    if all.len() < before && !all.contains(&Ty::Unknown) {
        all.push(Ty::Unknown);
    }
    all
}

/// Where a type is read: a module, `Self`, and the type parameters around it.
#[derive(Clone, Debug)]
pub struct TyScope<'a> {
    /// The module.
    pub module: ModId,
    /// `Self`.
    pub self_ty: Ty,
    /// Generic parameters in scope, inner ones last.
    pub generics: Vec<&'a tree::Generics>,
    /// Associated types of the impl around it.
    pub in_impl: Option<usize>,
}

/// Third-party wrappers that are looked through, with the index of the argument that they carry.
const TRANSPARENT: &[(&str, usize)] = &[
    ("Arc", 0),
    ("Rc", 0),
    ("Box", 0),
    ("Option", 0),
    ("Result", 0),
    ("Pin", 0),
    ("Cow", 0),
    ("Weak", 0),
    ("OnceCell", 0),
    ("OnceLock", 0),
    ("LazyLock", 0),
    ("LazyCell", 0),
    ("Lazy", 0),
    ("RefCell", 0),
    ("Cell", 0),
    ("ArcSwap", 0),
    ("ArcSwapOption", 0),
    ("Data", 0),
    ("Extension", 0),
    ("State", 0),
    ("ReqData", 0),
    ("ThinData", 0),
    ("Response", 0),
    ("ManuallyDrop", 0),
    ("SyncWrapper", 0),
    ("BoxFuture", 0),
    ("LocalBoxFuture", 0),
    ("JoinHandle", 0),
    ("Poll", 0),
    ("PhantomData", 0),
    ("Instrumented", 0),
    ("Shared", 0),
    ("Wrapping", 0),
    ("CachePadded", 0),
    ("InterceptedService", 0),
    ("Timeout", 0),
    ("WatchReceiver", 0),
];

/// Whether a third-party type of this simple name is looked through.
#[must_use]
pub fn is_transparent(name: &str) -> bool {
    TRANSPARENT.iter().any(|(known, _)| *known == name)
}

/// Third-party types that hold many, with the index of the argument that is the element.
const LISTS: &[(&str, usize)] = &[
    ("Vec", 0),
    ("VecDeque", 0),
    ("HashSet", 0),
    ("BTreeSet", 0),
    ("BinaryHeap", 0),
    ("HashMap", 1),
    ("BTreeMap", 1),
    ("DashMap", 1),
    ("IndexMap", 1),
    ("FxHashMap", 1),
    ("AHashMap", 1),
    ("FnvHashMap", 1),
    ("SmallVec", 0),
    ("Receiver", 0),
    ("UnboundedReceiver", 0),
    ("JoinSet", 0),
    ("LruCache", 1),
];

/// Third-party types that many pass through, with the index of the argument that is the element.
const STREAMS: &[(&str, usize)] = &[
    ("Iter", 0),
    ("Streaming", 0),
    ("BoxStream", 0),
    ("LocalBoxStream", 0),
    ("ReceiverStream", 0),
    ("FuturesUnordered", 0),
    ("FuturesOrdered", 0),
];

/// Whether a third-party type without written arguments is a collection that code fills; ends of channels and sets of tasks
/// are filled by others, and their tables know them by name.
fn is_container(path: &str) -> bool {
    let name = path.rsplit("::").next().unwrap_or(path);
    let of_channels = matches!(name, "Receiver" | "UnboundedReceiver" | "JoinSet");
    !of_channels && LISTS.iter().any(|(known, _)| *known == name)
}

/// Whether a third-party type holds values by key: as a list it holds the values.
#[must_use]
pub fn is_map(path: &str) -> bool {
    let name = path.rsplit("::").next().unwrap_or(path);
    LISTS.iter().any(|(known, index)| *known == name && *index == 1)
}

impl<'a> Program<'a> {
    /// The scope of a function.
    #[must_use]
    pub fn scope_of(&self, function: FnId) -> TyScope<'a> {
        let of = &self.functions[function];
        let mut scope = TyScope { module: of.module, self_ty: Ty::Unknown, generics: Vec::new(), in_impl: of.in_impl };
        if let Some(id) = of.in_impl {
            scope = self.scope_of_impl(id);
            scope.module = of.module;
        } else if let Some(id) = of.in_trait {
            scope.generics.push(&self.traits[id].tree.generics);
            scope.self_ty = Ty::Bound("Self".into(), Arc::new([id]));
        }
        scope.generics.push(&of.tree.generics);
        scope
    }

    /// The scope of an impl.
    #[must_use]
    pub fn scope_of_impl(&self, id: usize) -> TyScope<'a> {
        let of = &self.impls[id];
        let mut scope =
            TyScope { module: of.module, self_ty: Ty::Unknown, generics: vec![&of.tree.generics], in_impl: None };
        scope.self_ty = self.ty(&scope, &of.tree.of);
        scope.in_impl = Some(id);
        scope
    }

    /// The scope of the fields of a type: its own parameters.
    #[must_use]
    pub fn scope_of_adt(&self, adt: AdtId) -> TyScope<'a> {
        let of = &self.adts[adt];
        TyScope { module: of.module, self_ty: Ty::Adt(adt, Arc::new([])), generics: vec![of.generics], in_impl: None }
    }

    /// Reads a type.
    #[must_use]
    pub fn ty(&self, scope: &TyScope<'_>, of: &tree::Type) -> Ty {
        self.ty_bounded(scope, of, 0)
    }

    fn ty_bounded(&self, scope: &TyScope<'_>, of: &tree::Type, depth: usize) -> Ty {
        if depth > MAX_DEPTH {
            return Ty::Unknown;
        }
        match of {
            tree::Type::Path(path) => self.path_ty(scope, path, depth),
            tree::Type::Reference(inner) | tree::Type::Static(inner) => self.ty_bounded(scope, inner, depth + 1),
            tree::Type::Slice(inner) => self.ty_bounded(scope, inner, depth + 1).list(),
            tree::Type::Tuple(parts) => {
                Ty::Tuple(parts.iter().map(|part| self.ty_bounded(scope, part, depth + 1)).collect())
            }
            tree::Type::Impl(bounds) | tree::Type::Dyn(bounds) => self.bounds_ty(scope, "", bounds, depth),
            tree::Type::Function(_, result) => self.ty_bounded(scope, result, depth + 1),
            tree::Type::Never | tree::Type::Infer => Ty::Unknown,
        }
    }

    /// The type of something of which only bounds are known.
    fn bounds_ty(&self, scope: &TyScope<'_>, name: &str, bounds: &[tree::Type], depth: usize) -> Ty {
        let mut traits = Vec::new();
        for bound in bounds {
            let tree::Type::Path(path) = bound else { continue };
            let Some(last) = path.segments.last() else { continue };
            match last.name.as_str() {
                "Future" | "IntoFuture" => {
                    if let Some((_, output)) = last.bindings.iter().find(|(name, _)| name == "Output") {
                        return self.ty_bounded(scope, output, depth + 1);
                    }
                }
                "Stream" | "Iterator" | "IntoIterator" => {
                    if let Some((_, item)) = last.bindings.iter().find(|(name, _)| name == "Item") {
                        return self.ty_bounded(scope, item, depth + 1).stream();
                    }
                }
                "Fn" | "FnMut" | "FnOnce" | "AsyncFn" | "AsyncFnMut" | "AsyncFnOnce" => {
                    if let Some(result) = last.generics.last() {
                        return self.ty_bounded(scope, result, depth + 1);
                    }
                }
                "Deref" => {
                    if let Some((_, target)) = last.bindings.iter().find(|(name, _)| name == "Target") {
                        return self.ty_bounded(scope, target, depth + 1);
                    }
                }
                "Into" | "AsRef" | "Borrow" | "TryInto" => {
                    if let Some(result) = last.generics.first() {
                        return self.ty_bounded(scope, result, depth + 1);
                    }
                }
                _ => {}
            }
            match self.type_def(scope.module, bound) {
                Some(Def::Trait(id)) => traits.push(id),
                Some(def @ (Def::Proto(..) | Def::Extern(_))) if name.is_empty() || bounds.len() == 1 => {
                    let path = match &def {
                        Def::Extern(path) => path.clone(),
                        Def::Proto(_, path) => path.clone(),
                        _ => continue,
                    };
                    if bounds.len() == 1 && name.is_empty() {
                        return Ty::Extern(path, Arc::new([]));
                    }
                }
                _ => {}
            }
        }
        Ty::Bound(name.into(), traits.into())
    }

    fn path_ty(&self, scope: &TyScope<'_>, path: &tree::Path, depth: usize) -> Ty {
        if let Some(of) = &path.of {
            return self.associated(scope, of, path, depth);
        }
        let Some(last) = path.segments.last() else { return Ty::Unknown };
        if path.segments.len() == 1 {
            if last.name == "Self" {
                return scope.self_ty.clone();
            }
            if let Some(ty) = self.parameter(scope, &last.name, depth) {
                return ty;
            }
        }
        if path.segments.len() == 2 && path.segments[0].name == "Self" {
            return scope
                .in_impl
                .and_then(|id| self.impls[id].types.get(last.name.as_str()))
                .map_or(Ty::Unknown, |of| self.ty_bounded(scope, of, depth + 1));
        }
        let names: Vec<&str> = path.segments.iter().map(|segment| segment.name.as_str()).collect();
        let def = self.resolve(scope.module, &names).into_iter().find(|def| {
            matches!(
                def,
                Def::Adt(_) | Def::Trait(_) | Def::Alias(_) | Def::Extern(_) | Def::Proto(..) | Def::Variant(..)
            )
        });
        let Some(def) = def else { return Ty::Unknown };
        self.def_ty(scope, &def, &last.generics, depth)
    }

    /// The type that a definition stands for, with its written arguments.
    fn def_ty(&self, scope: &TyScope<'_>, def: &Def, generics: &[tree::Type], depth: usize) -> Ty {
        let arguments = || -> Vec<Ty> { generics.iter().map(|of| self.ty_bounded(scope, of, depth + 1)).collect() };
        match def {
            Def::Adt(id) | Def::Variant(id, _) => match self.grpc_types.get(id) {
                Some(grpc) if grpc.part != GrpcPart::Trait => Ty::Grpc(grpc.clone()),
                _ => Ty::Adt(*id, arguments().into()),
            },
            Def::Trait(id) => Ty::Bound("".into(), Arc::new([*id])),
            Def::Alias(id) => {
                let of = &self.aliases[*id];
                let inner =
                    TyScope { module: of.module, self_ty: Ty::Unknown, generics: vec![of.generics], in_impl: None };
                self.ty_bounded(&inner, of.of, depth + 1).substitute(&of.generics.parameters, &arguments())
            }
            Def::Extern(path) => match self.grpc_of_extern(path) {
                Some(grpc) => Ty::Grpc(grpc),
                None => self.extern_ty(path, arguments()),
            },
            Def::Proto(_, path) => match super::names::grpc_of(def) {
                Some(grpc) if grpc.part != GrpcPart::Trait => Ty::Grpc(grpc),
                _ => Ty::Extern(format!("proto::{path}").into(), Arc::new([])),
            },
            _ => Ty::Unknown,
        }
    }

    /// A third-party type: wrappers looked through.
    fn extern_ty(&self, path: &Arc<str>, arguments: Vec<Ty>) -> Ty {
        let name = path.rsplit("::").next().unwrap_or(path);
        if let Some((_, index)) = TRANSPARENT.iter().find(|(known, _)| *known == name)
            && let Some(inner) = arguments.get(*index)
        {
            return inner.clone();
        }
        // `KafkaResult<T>`, `RedisResult<T>`: names that libraries give to a `Result` with their error.
        if name.ends_with("Result")
            && let Some(inner) = arguments.first()
        {
            return inner.clone();
        }
        if let Some((_, index)) = LISTS.iter().find(|(known, _)| *known == name)
            && let Some(inner) = arguments.get(*index)
        {
            return inner.clone().list();
        }
        if let Some((_, index)) = STREAMS.iter().find(|(known, _)| *known == name)
            && let Some(inner) = arguments.get(*index)
        {
            return inner.clone().stream();
        }
        // `Vec::new()`: of what, nothing tells yet.
        if arguments.is_empty() && is_container(path) {
            return Ty::Unknown.list();
        }
        Ty::Extern(path.clone(), arguments.into())
    }

    /// A type parameter by name.
    fn parameter(&self, scope: &TyScope<'_>, name: &str, depth: usize) -> Option<Ty> {
        for generics in scope.generics.iter().rev() {
            if let Some((_, bounds)) = generics.parameters.iter().find(|(known, _)| known == name) {
                return Some(self.bounds_ty(scope, name, bounds, depth + 1));
            }
        }
        None
    }

    /// `<T as Trait>::Name`.
    fn associated(&self, scope: &TyScope<'_>, of: &tree::Type, path: &tree::Path, depth: usize) -> Ty {
        let Some(name) = path.segments.last() else { return Ty::Unknown };
        match self.ty_bounded(scope, of, depth + 1) {
            Ty::Adt(id, _) => self
                .impls_of
                .get(&id)
                .into_iter()
                .flatten()
                .find_map(|id| self.impls[*id].types.get(name.name.as_str()).map(|ty| (*id, *ty)))
                .map_or(Ty::Unknown, |(index, ty)| self.ty_bounded(&self.scope_of_impl(index), ty, depth + 1)),
            _ => Ty::Unknown,
        }
    }
}

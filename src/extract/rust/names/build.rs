//! Builds the table of items: walks the module tree of each target and declares what it finds.

use foldhash::HashMap;
use std::sync::Arc;

use super::generated::{self, Include};
use super::{
    Adt, AdtId, AliasDef, ConstDef, Crate, Def, Dependency, FnId, Func, ImplDef, ImplId, ModId, Module, Program,
    TraitDef, TraitId, imports,
};
use crate::extract::rust::libraries;
use crate::extract::rust::tree::{self, ItemKind};
use crate::extract::rust::types::is_transparent;

/// A target to build a crate from.
#[derive(Clone, Debug)]
pub struct Target {
    /// Index of its package.
    pub package: usize,
    /// Name in paths.
    pub name: String,
    /// Root file.
    pub root: String,
    /// Names of dependencies.
    pub dependencies: HashMap<String, Dependency>,
    /// Third-party crates by their real names: whether they hold generated gRPC code.
    pub grpc_crates: Vec<(Arc<str>, bool)>,
}

/// Modules nested deeper than this are left out: no project comes near, and a cycle of `#[path]` ends here.
const MAX_DEPTH: usize = 64;

/// Gives the lowered file at a path, if the project has it, with the path as it is kept.
type Files<'f, 'a> = &'f dyn Fn(&str) -> Option<(&'a str, &'a tree::File)>;

/// Builds the program. `files` gives the lowered file at a path, if the project has it. Crates come out in the order of
/// the targets, so that a [`Dependency::Local`] can refer to them beforehand.
pub fn build<'a>(targets: Vec<Target>, files: Files<'_, 'a>) -> Program<'a> {
    let mut builder = Builder { program: Program::default(), files };
    for target in targets {
        let of_crate = builder.program.crates.len();
        let root = builder.module(of_crate, target.name.clone(), None, "", false);
        builder.program.grpc_crates.extend(target.grpc_crates);
        builder.program.crates.push(Crate {
            package: target.package,
            name: target.name,
            root,
            dependencies: target.dependencies,
        });
        if let Some((path, file)) = builder.file(&target.root) {
            builder.program.modules[root].file = path;
            let place = Place { folder: folder_of(path).to_owned(), depth: 0 };
            builder.items(root, &file.items, &place);
        }
    }
    let mut program = builder.program;
    imports::resolve_all(&mut program);
    connect(&mut program);
    generated::find_checked_in(&mut program);
    connect_servers(&mut program);
    program
}

/// Where child modules of a module live.
#[derive(Clone)]
struct Place {
    folder: String,
    depth: usize,
}

struct Builder<'f, 'a> {
    program: Program<'a>,
    files: Files<'f, 'a>,
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn join(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = if folder.is_empty() { Vec::new() } else { folder.split('/').collect() };
    for part in name.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl<'a> Builder<'_, 'a> {
    /// The file at a path.
    fn file(&mut self, path: &str) -> Option<(&'a str, &'a tree::File)> {
        let found = (self.files)(path)?;
        self.program.files.insert(found.0);
        Some(found)
    }

    fn module(
        &mut self,
        of_crate: usize,
        path: String,
        parent: Option<ModId>,
        file: &'a str,
        anonymous: bool,
    ) -> ModId {
        self.program.modules.push(Module {
            of_crate,
            path,
            parent,
            anonymous,
            file,
            names: HashMap::default(),
            imports: Vec::new(),
            globs: Vec::new(),
            outer_globs: Vec::new(),
        });
        self.program.modules.len() - 1
    }

    fn declare(&mut self, module: ModId, name: &'a str, def: Def) {
        let defs = self.program.modules[module].names.entry(name).or_default();
        if !defs.contains(&def) {
            defs.push(def);
        }
    }

    fn items(&mut self, module: ModId, items: &'a [tree::Item], place: &Place) {
        for item in items {
            self.item(module, item, place);
        }
    }

    fn item(&mut self, module: ModId, item: &'a tree::Item, place: &Place) {
        match &item.kind {
            ItemKind::Function(function) => {
                let id = self.function(module, item, function, None, None);
                self.declare(module, &item.name, Def::Function(id));
            }
            ItemKind::Struct(of) => self.adt(module, item, &of.generics, &of.fields, &[]),
            ItemKind::Enum(of) => self.adt(module, item, &of.generics, &[], &of.variants),
            ItemKind::Trait(of) => self.trait_def(module, item, of),
            ItemKind::Impl(of) => self.impl_def(module, item, of),
            ItemKind::Alias(generics, of) => {
                self.program.aliases.push(AliasDef { module, generics, of });
                self.declare(module, &item.name, Def::Alias(self.program.aliases.len() - 1));
            }
            ItemKind::Constant(of, value) => {
                let id = self.constant(module, &item.name, of, value.as_ref(), None);
                self.declare(module, &item.name, Def::Constant(id));
            }
            ItemKind::Module(items) => {
                let child = self.child(module, &item.name, self.program.modules[module].file);
                let place = Place { folder: join(&place.folder, &item.name), depth: place.depth + 1 };
                if place.depth < MAX_DEPTH {
                    self.items(child, items, &place);
                }
            }
            ItemKind::ModuleFile(path) => self.module_file(module, item, path.as_deref(), place),
            ItemKind::Use(uses) => self.program.modules[module].imports.extend(uses),
            ItemKind::ExternCrate(name) => {
                let of_crate = self.program.modules[module].of_crate;
                if let Some(dependency) =
                    self.program.crates.get(of_crate).and_then(|of| of.dependencies.get(name)).cloned()
                {
                    let def = imports::dependency(&self.program, &dependency);
                    self.declare(module, &item.name, def);
                }
            }
            ItemKind::Macro(of) => self.macro_item(module, of, place),
        }
    }

    fn child(&mut self, module: ModId, name: &'a str, file: &'a str) -> ModId {
        let parent = &self.program.modules[module];
        let (of_crate, path) = (parent.of_crate, format!("{}::{name}", parent.path));
        let child = self.module(of_crate, path, Some(module), file, false);
        self.declare(module, name, Def::Module(child));
        child
    }

    fn module_file(&mut self, module: ModId, item: &'a tree::Item, path: Option<&str>, place: &Place) {
        if place.depth >= MAX_DEPTH {
            return;
        }
        let file_folder = folder_of(self.program.modules[module].file).to_owned();
        let candidates = match path {
            Some(path) => vec![join(&file_folder, path), join(&place.folder, path)],
            None => vec![
                join(&place.folder, &format!("{}.rs", item.name)),
                join(&place.folder, &format!("{}/mod.rs", item.name)),
            ],
        };
        let Some((file_path, file)) = candidates.iter().find_map(|path| self.file(path)) else {
            return self.unwritten(module, &item.name, path);
        };
        let child = self.child(module, &item.name, file_path);
        let folder = if file_path.ends_with("/mod.rs") || path.is_some() {
            folder_of(file_path).to_owned()
        } else {
            join(&place.folder, &item.name)
        };
        self.items(child, &file.items, &Place { folder, depth: place.depth + 1 });
    }

    /// A module whose file is not there: a build script may write it into the sources, where it is not checked in. Then it
    /// has the code of the proto package that it is named after, or of all packages as a tree.
    fn unwritten(&mut self, module: ModId, name: &'a str, path: Option<&str>) {
        let child = self.child(module, name, self.program.modules[module].file);
        let file = path.map_or(name, |path| path.rsplit('/').next().unwrap_or(path));
        let package = file.trim_end_matches(".rs");
        self.program.modules[child].outer_globs.push(Def::Proto(package.into(), "".into()));
    }

    fn macro_item(&mut self, module: ModId, of: &'a tree::Macro, place: &Place) {
        self.items(module, &of.items, place);
        if let Some(block) = &of.block {
            for statement in &block.statements {
                if let tree::Statement::Item(item) = statement {
                    self.item(module, item, place);
                }
            }
        }
        let included = match generated::include(of) {
            // What a build writes for a package with this library is a client.
            Some(Include::Package(_) | Include::Tree) if self.depends_on_openapi(module) => Some(Include::OpenApi),
            included => included,
        };
        match included {
            Some(Include::OpenApi) => {
                let generated = Def::Extern(libraries::GENERATED_FROM_OPENAPI.into());
                self.program.modules[module].outer_globs.push(generated);
            }
            Some(Include::Package(package)) => {
                self.program.modules[module].outer_globs.push(Def::Proto(package.into(), "".into()));
            }
            Some(Include::Tree) => {
                self.program.modules[module].outer_globs.push(Def::Proto("".into(), "".into()));
            }
            Some(Include::File(name)) if place.depth < MAX_DEPTH => {
                let path = join(folder_of(self.program.modules[module].file), &name);
                if let Some((_, file)) = self.file(&path) {
                    self.items(module, &file.items, &Place { folder: place.folder.clone(), depth: place.depth + 1 });
                }
            }
            _ => {}
        }
        if let Some((name, path)) = libraries::table_of(of) {
            self.table(module, name, &path);
        }
    }

    /// Whether the package of a module has the library that clients from OpenAPI documents need.
    fn depends_on_openapi(&self, module: ModId) -> bool {
        let of_crate = self.program.modules[module].of_crate;
        self.program.crates.get(of_crate).is_some_and(|of| {
            of.dependencies
                .values()
                .any(|of| matches!(of, Dependency::Extern(name) if &**name == libraries::GENERATED_FROM_OPENAPI))
        })
    }

    fn adt(
        &mut self,
        module: ModId,
        item: &'a tree::Item,
        generics: &'a tree::Generics,
        fields: &'a [tree::Field],
        variants: &'a [tree::Variant],
    ) {
        let path = format!("{}::{}", self.program.modules[module].path, item.name);
        self.program.adts.push(Adt {
            name: &item.name,
            path,
            module,
            generics,
            fields,
            variants,
            attributes: &item.attributes,
            at: item.at,
        });
        self.declare(module, &item.name, Def::Adt(self.program.adts.len() - 1));
        for (name, path) in libraries::beside_struct(&item.attributes) {
            self.declare(module, name, Def::Extern(path));
        }
    }

    /// The module that a macro makes for a table: the table, and all of it by globs.
    fn table(&mut self, module: ModId, name: &'a str, path: &Arc<str>) {
        let file = self.program.modules[module].file;
        let of = self.child(module, name, file);
        self.declare(of, "table", Def::Extern(path.clone()));
        let dsl = self.child(of, "dsl", file);
        self.declare(dsl, name, Def::Extern(path.clone()));
    }

    fn constant(
        &mut self,
        module: ModId,
        name: &str,
        of: &'a tree::Type,
        value: Option<&'a tree::Expr>,
        in_impl: Option<ImplId>,
    ) -> usize {
        let path = format!("{}::{name}", self.program.modules[module].path);
        self.program.constants.push(ConstDef { path, module, in_impl, of, value });
        self.program.constants.len() - 1
    }

    fn function(
        &mut self,
        module: ModId,
        item: &'a tree::Item,
        function: &'a tree::Function,
        in_impl: Option<ImplId>,
        in_trait: Option<TraitId>,
    ) -> FnId {
        let parent = self.program.modules[module].path.clone();
        let owner = match (in_impl, in_trait) {
            (Some(id), _) => type_name(&self.program.impls[id].tree.of).map(str::to_owned),
            (None, Some(id)) => Some(self.program.traits[id].name.to_owned()),
            _ => None,
        };
        let path = match owner {
            Some(owner) => format!("{parent}::{owner}::{}", item.name),
            None => format!("{parent}::{}", item.name),
        };
        let id = self.program.functions.len();
        self.program.functions.push(Func {
            name: &item.name,
            path: path.clone(),
            module,
            tree: function,
            in_impl,
            in_trait,
            attributes: &item.attributes,
            at: item.at,
        });
        let mut inner = Vec::new();
        if let Some(body) = &function.body {
            collect_block(body, &mut inner);
        }
        if !inner.is_empty() {
            let (of_crate, file) = (self.program.modules[module].of_crate, self.program.modules[module].file);
            let body = self.module(of_crate, path, Some(module), file, true);
            self.program.functions[id].module = body;
            let place = Place { folder: folder_of(file).to_owned(), depth: MAX_DEPTH };
            for item in inner {
                self.item(body, item, &place);
            }
        }
        id
    }

    fn trait_def(&mut self, module: ModId, item: &'a tree::Item, of: &'a tree::Trait) {
        let id = self.program.traits.len();
        self.program.traits.push(TraitDef {
            name: &item.name,
            path: format!("{}::{}", self.program.modules[module].path, item.name),
            module,
            tree: of,
            functions: HashMap::default(),
            supertraits: Vec::new(),
        });
        self.declare(module, &item.name, Def::Trait(id));
        for inner in &of.items {
            if let ItemKind::Function(function) = &inner.kind {
                let function = self.function(module, inner, function, None, Some(id));
                self.program.traits[id].functions.insert(&inner.name, function);
            }
        }
    }

    fn impl_def(&mut self, module: ModId, item: &'a tree::Item, of: &'a tree::Impl) {
        let id = self.program.impls.len();
        self.program.impls.push(ImplDef {
            module,
            tree: of,
            adt: None,
            of_trait: None,
            handed_over: item.attributes.iter().any(hands_over),
            functions: HashMap::default(),
            types: HashMap::default(),
            at: item.at,
        });
        for inner in &of.items {
            match &inner.kind {
                ItemKind::Function(function) => {
                    let function = self.function(module, inner, function, Some(id), None);
                    self.program.impls[id].functions.insert(&inner.name, function);
                }
                ItemKind::Alias(_, of) => {
                    self.program.impls[id].types.insert(&inner.name, of);
                }
                ItemKind::Constant(of, value) => {
                    self.constant(module, &inner.name, of, value.as_ref(), Some(id));
                }
                _ => {}
            }
        }
    }
}

/// Items declared anywhere in a body.
fn collect_block<'a>(block: &'a tree::Block, into: &mut Vec<&'a tree::Item>) {
    for statement in &block.statements {
        match statement {
            tree::Statement::Item(item) => into.push(item),
            tree::Statement::Let { value, otherwise, .. } => {
                for expr in value.iter().chain(otherwise) {
                    collect_expr(expr, into);
                }
            }
            tree::Statement::Expr(expr, _) => collect_expr(expr, into),
        }
    }
}

fn collect_expr<'a>(expr: &'a tree::Expr, into: &mut Vec<&'a tree::Item>) {
    use tree::ExprKind as K;
    match &*expr.kind {
        K::Block(block) | K::Async(block) | K::Loop(block) => collect_block(block, into),
        K::While(condition, block) => {
            collect_expr(condition, into);
            collect_block(block, into);
        }
        K::For(_, iterated, block) => {
            collect_expr(iterated, into);
            collect_block(block, into);
        }
        K::If(condition, then, otherwise) => {
            collect_expr(condition, into);
            collect_block(then, into);
            if let Some(otherwise) = otherwise {
                collect_expr(otherwise, into);
            }
        }
        K::Match(scrutinee, arms) => {
            collect_expr(scrutinee, into);
            arms.iter().for_each(|arm| collect_expr(&arm.body, into));
        }
        K::Closure(_, body, _) => collect_expr(body, into),
        K::Call(callee, arguments) => {
            collect_expr(callee, into);
            arguments.iter().for_each(|argument| collect_expr(argument, into));
        }
        K::MethodCall { receiver, arguments, .. } => {
            collect_expr(receiver, into);
            arguments.iter().for_each(|argument| collect_expr(argument, into));
        }
        K::Try(inner) | K::Await(inner) | K::Reference(inner) => collect_expr(inner, into),
        K::Assign(_, _, value) => collect_expr(value, into),
        K::Return(Some(value)) | K::Break(Some(value)) => collect_expr(value, into),
        K::Macro(of) => {
            of.arguments.iter().for_each(|argument| collect_expr(argument, into));
            for branch in &of.branches {
                collect_expr(&branch.future, into);
                collect_expr(&branch.body, into);
            }
            if let Some(block) = &of.block {
                collect_block(block, into);
            }
        }
        _ => {}
    }
}

/// The simple name of a type, references and wrappers looked through.
fn type_name(of: &tree::Type) -> Option<&str> {
    match of {
        tree::Type::Path(path) => path.segments.last().map(|segment| segment.name.as_str()),
        tree::Type::Reference(inner) | tree::Type::Static(inner) | tree::Type::Slice(inner) => type_name(inner),
        tree::Type::Dyn(bounds) | tree::Type::Impl(bounds) => bounds.first().and_then(type_name),
        _ => None,
    }
}

/// The type of the project that an impl is for, in whatever wrapper: `impl Sink for Arc<Pusher>`.
fn adt_of(program: &Program<'_>, module: ModId, of: &tree::Type) -> Option<AdtId> {
    match (program.type_def(module, of), of) {
        (Some(Def::Adt(adt)), _) => Some(adt),
        (_, tree::Type::Reference(inner) | tree::Type::Static(inner)) => adt_of(program, module, inner),
        (Some(Def::Extern(path)), tree::Type::Path(written)) => {
            let name = path.rsplit("::").next().unwrap_or(&path);
            let inner = written.segments.last()?.generics.first()?;
            if is_transparent(name) { adt_of(program, module, inner) } else { None }
        }
        _ => None,
    }
}

/// Joins impls with their types and traits.
fn connect(program: &mut Program<'_>) {
    for id in 0..program.traits.len() {
        let of = &program.traits[id];
        let supertraits = of
            .tree
            .supertraits
            .iter()
            .filter_map(|bound| match program.type_def(of.module, bound) {
                Some(Def::Trait(id)) => Some(id),
                _ => None,
            })
            .collect();
        program.traits[id].supertraits = supertraits;
    }
    for id in 0..program.impls.len() {
        let of = &program.impls[id];
        let adt = adt_of(program, of.module, &of.tree.of);
        let of_trait = of.tree.of_trait.as_ref().and_then(|path| program.type_def(of.module, path));
        let functions: Vec<_> = of.functions.iter().map(|(name, id)| (*name, *id)).collect();
        for (name, function) in functions {
            match adt {
                Some(adt) => program.methods.entry(adt).or_default().entry(name).or_default().push(function),
                None => program.foreign_methods.entry(name).or_default().push(function),
            }
        }
        if let Some(Def::Trait(of_trait)) = &of_trait
            && is_for_parameter(of.tree)
        {
            let given = &program.traits[*of_trait].functions;
            let defaults = given.iter().filter(|(name, _)| !of.functions.contains_key(*name));
            for (name, function) in of.functions.iter().chain(defaults) {
                program.blanket_methods.entry(name).or_default().push((id, *function));
            }
        }
        match (&of_trait, adt) {
            (Some(Def::Trait(of_trait)), _) => program.implementors.entry(*of_trait).or_default().push(id),
            (Some(Def::Extern(_)), Some(adt)) => program.callbacks.entry(adt).or_default().push(id),
            (None, Some(adt)) if of.handed_over => program.callbacks.entry(adt).or_default().push(id),
            _ => {}
        }
        if let Some(adt) = adt {
            program.impls_of.entry(adt).or_default().push(id);
            if let Some(Def::Trait(of_trait)) = &of_trait {
                program.traits_of.entry(adt).or_default().push(*of_trait);
            }
        }
        program.impls[id].adt = adt;
        program.impls[id].of_trait = of_trait;
    }
    for by_name in program.methods.values_mut() {
        by_name.values_mut().for_each(|functions| functions.sort_unstable());
    }
    program.foreign_methods.values_mut().for_each(|functions| functions.sort_unstable());
    for traits in program.traits_of.values_mut() {
        traits.sort_unstable();
        traits.dedup();
    }
    for (id, of) in program.constants.iter().enumerate() {
        if let Some(in_impl) = of.in_impl {
            program.constants_of.entry(in_impl).or_default().push(id);
        }
    }
    program.blanket_methods.values_mut().for_each(|functions| functions.sort_unstable());
}

/// Whether an impl is for one of its own type parameters: `impl<T: Store> Cached for T`.
fn is_for_parameter(of: &tree::Impl) -> bool {
    let tree::Type::Path(path) = &of.of else { return false };
    let [segment] = path.segments.as_slice() else { return false };
    of.generics.parameters.iter().any(|(name, _)| *name == segment.name)
}

/// Whether an attribute gives the functions of an impl to a library: async-graphql, juniper, poem-openapi.
fn hands_over(attribute: &tree::Attribute) -> bool {
    let last = attribute.path.last().map(String::as_str);
    matches!(
        last,
        Some("Object" | "ComplexObject" | "Subscription" | "graphql_object" | "graphql_subscription" | "OpenApi")
    )
}

/// Lists the impls of generated server traits.
fn connect_servers(program: &mut Program<'_>) {
    for id in 0..program.impls.len() {
        let contract = match &program.impls[id].of_trait {
            Some(Def::Trait(of_trait)) => program.grpc_traits.get(of_trait).cloned(),
            Some(def @ (Def::Proto(..) | Def::Extern(_))) => generated::grpc_of(def)
                .filter(|grpc| grpc.part == generated::GrpcPart::Trait)
                .map(|grpc| grpc.contract)
                .or_else(|| generated::reexported_trait(program, id)),
            _ => None,
        };
        if let Some(contract) = contract {
            program.server_impls.insert(id);
            program.servers.entry(contract).or_default().push(id);
        }
    }
}

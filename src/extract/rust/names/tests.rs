//! Properties of the resolver: wherever a function stands and by whatever names it is led to, it is the one that runs.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::prelude::*;

use crate::cache::Cache;
use crate::extract::rust::extract;
use crate::facts::Value;
use crate::sources::Sources;

/// A module: below which other it stands (itself for the root), and whether it has a file of its own.
#[derive(Clone, Debug)]
struct Module {
    parent: usize,
    own_file: bool,
}

/// One more name: in which module it stands, and in which way it leads to the name before it.
#[derive(Clone, Copy, Debug)]
struct Hop {
    module: usize,
    way: Way,
}

#[derive(Clone, Copy, Debug)]
enum Way {
    /// `pub use crate::…::name as next;`
    Crate,
    /// `pub use super::super::…::name as next;`
    Super,
    /// `pub use crate::…::{self as m, name as next};`
    Group,
    /// `mod glob { pub use crate::…::*; } pub use self::glob::name as next;`
    Glob,
    /// `pub fn next() { crate::…::name() }`
    Call,
    /// `pub const next: fn() = crate::…::name;`
    Constant,
    /// A local variable of a function pointer's type.
    Pointer,
    /// A field of a struct.
    Field,
    /// A table of functions.
    Table,
    /// An argument of a generic function.
    Argument,
    /// A closure.
    Closure,
    /// An object behind a trait.
    Object,
    /// An associated function.
    Associated,
    /// A type argument whose trait has the function.
    TypeArgument,
    /// A method that a trait provides.
    Provided,
    /// A method that a trait adds to a type of the standard library.
    Extension,
    /// A boxed closure in a field.
    Boxed,
    /// A function that a builder was given.
    Builder,
    /// A thread.
    Thread,
    /// A function in an option.
    Mapped,
    /// A map of functions.
    Registry,
    /// A macro.
    Macro,
}

const WAYS: [Way; 22] = [
    Way::Crate,
    Way::Super,
    Way::Group,
    Way::Glob,
    Way::Call,
    Way::Constant,
    Way::Pointer,
    Way::Field,
    Way::Table,
    Way::Argument,
    Way::Closure,
    Way::Object,
    Way::Associated,
    Way::TypeArgument,
    Way::Provided,
    Way::Extension,
    Way::Boxed,
    Way::Builder,
    Way::Thread,
    Way::Mapped,
    Way::Registry,
    Way::Macro,
];

/// A tree of modules, the module of the function, and the names that lead to it.
fn tree() -> impl Strategy<Value = (Vec<Module>, usize, Vec<Hop>)> {
    let modules = proptest::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 1..6).prop_map(|drawn| {
        let module = |(index, (parent, own_file)): (usize, (prop::sample::Index, bool))| Module {
            parent: if index == 0 { 0 } else { parent.index(index) },
            own_file,
        };
        let mut modules: Vec<Module> = drawn.into_iter().enumerate().map(module).collect();
        // A file below an inline module stands elsewhere; that is for another test.
        for index in 1..modules.len() {
            let parent = modules[index].parent;
            modules[index].own_file &= parent == 0 || modules[parent].own_file;
        }
        modules
    });
    modules.prop_flat_map(|modules| {
        let count = modules.len();
        let hop = (0..count, prop::sample::select(WAYS.to_vec())).prop_map(|(module, way)| Hop { module, way });
        (Just(modules), 0..count, prop::collection::vec(hop, 0..6))
    })
}

fn path(modules: &[Module], module: usize) -> Vec<String> {
    if module == 0 {
        return Vec::new();
    }
    let mut path = path(modules, modules[module].parent);
    path.push(format!("m{module}"));
    path
}

fn joined(start: &str, path: &[String], name: &str) -> String {
    std::iter::once(start).chain(path.iter().map(String::as_str)).chain([name]).collect::<Vec<_>>().join("::")
}

/// What stands in a module for one more name.
fn item(modules: &[Module], hop: Hop, from: usize, name: &str, next: &str) -> String {
    let there = path(modules, from);
    let absolute = joined("crate", &there, name);
    match hop.way {
        Way::Crate => format!("pub use {absolute} as {next};\n"),
        Way::Super => {
            let up = vec!["super"; path(modules, hop.module).len()];
            let start = if up.is_empty() { "self".to_owned() } else { up.join("::") };
            format!("pub use {} as {next};\n", joined(&start, &there, name))
        }
        Way::Group if there.is_empty() => format!("pub use crate::{{{name} as {next}}};\n"),
        Way::Group => {
            let module =
                std::iter::once("crate").chain(there.iter().map(String::as_str)).collect::<Vec<_>>().join("::");
            format!("pub use {module}::{{self as of_{next}, {name} as {next}}};\n")
        }
        Way::Glob => {
            let all = joined("crate", &there, "*");
            format!("pub mod glob_{next} {{ pub use {all}; }}\npub use self::glob_{next}::{name} as {next};\n")
        }
        Way::Call => format!("pub fn {next}() {{ {absolute}() }}\n"),
        Way::Constant => format!("pub const {next}: fn() = {absolute};\n"),
        Way::Pointer => format!("pub fn {next}() {{ let f: fn() = {absolute}; f() }}\n"),
        Way::Field => format!(
            "pub struct S{next} {{ f: fn() }}\npub fn {next}() {{ let s = S{next} {{ f: {absolute} }}; (s.f)() }}\n"
        ),
        Way::Table => {
            format!("const T{next}: [fn(); 1] = [{absolute}];\npub fn {next}() {{ for f in T{next} {{ f() }} }}\n")
        }
        Way::Argument => {
            format!("fn run_{next}<F: Fn()>(run: F) {{ run() }}\npub fn {next}() {{ run_{next}({absolute}) }}\n")
        }
        Way::Closure => format!("pub fn {next}() {{ let f = || {absolute}(); f() }}\n"),
        Way::Object => format!(
            "trait T{next} {{ fn go(&self); }}\nstruct S{next};\nimpl T{next} for S{next} {{ fn go(&self) {{ {absolute}() }} }}\n\
             pub fn {next}() {{ let object: Box<dyn T{next}> = Box::new(S{next}); object.go() }}\n"
        ),
        Way::Associated => format!(
            "pub struct S{next};\nimpl S{next} {{ fn go() {{ {absolute}() }} }}\npub fn {next}() {{ S{next}::go() }}\n"
        ),
        Way::TypeArgument => format!(
            "trait G{next} {{ fn go(); }}\nstruct A{next};\nimpl G{next} for A{next} {{ fn go() {{ {absolute}() }} }}\n\
             fn run_{next}<T: G{next}>() {{ T::go() }}\npub fn {next}() {{ run_{next}::<A{next}>() }}\n"
        ),
        Way::Provided => format!(
            "trait P{next} {{ fn go(&self) {{ {absolute}() }} }}\nstruct Q{next};\nimpl P{next} for Q{next} {{}}\n\
             pub fn {next}() {{ Q{next}.go() }}\n"
        ),
        Way::Extension => format!(
            "trait E{next} {{ fn go(&self); }}\nimpl E{next} for Vec<u8> {{ fn go(&self) {{ {absolute}() }} }}\n\
             pub fn {next}() {{ let all: Vec<u8> = Vec::new(); all.go() }}\n"
        ),
        Way::Boxed => format!(
            "struct B{next} {{ run: Box<dyn Fn()> }}\nimpl B{next} {{ fn go(&self) {{ (self.run)() }} }}\n\
             pub fn {next}() {{ let boxed = B{next} {{ run: Box::new(move || {absolute}()) }}; boxed.go() }}\n"
        ),
        Way::Builder => format!(
            "#[derive(Default)]\nstruct R{next} {{ run: Option<fn()> }}\n\
             impl R{next} {{ fn with(mut self, run: fn()) -> Self {{ self.run = Some(run); self }} fn go(&self) {{ if let Some(run) = self.run {{ run() }} }} }}\n\
             pub fn {next}() {{ R{next}::default().with({absolute}).go() }}\n"
        ),
        Way::Thread => format!("pub fn {next}() {{ std::thread::spawn(|| {absolute}()).join().ok(); }}\n"),
        Way::Mapped => format!("pub fn {next}() {{ let of: Option<fn()> = Some({absolute}); of.map(|run| run()); }}\n"),
        Way::Registry => format!(
            "pub fn {next}() {{ let mut all: std::collections::HashMap<&str, fn()> = Default::default(); all.insert(\"a\", {absolute}); if let Some(run) = all.get(\"a\") {{ run() }} }}\n"
        ),
        Way::Macro => {
            format!("macro_rules! run_{next} {{ () => {{ {absolute}() }} }}\npub fn {next}() {{ run_{next}!() }}\n")
        }
    }
}

/// The files of a crate with these modules and items; every module has a function of its own that reads a variable.
fn files(modules: &[Module], items: &BTreeMap<usize, String>, main: &str) -> BTreeMap<String, String> {
    fn body(
        modules: &[Module],
        module: usize,
        items: &BTreeMap<usize, String>,
        files: &mut BTreeMap<String, String>,
    ) -> String {
        let mut text = format!("pub fn f{module}() {{ std::env::var(\"V{module}\").unwrap(); }}\n");
        text.push_str(items.get(&module).map_or("", String::as_str));
        for child in (1..modules.len()).filter(|child| modules[*child].parent == module) {
            let inner = body(modules, child, items, files);
            if modules[child].own_file {
                let file = format!("src/{}.rs", path(modules, child).join("/"));
                files.insert(file, inner);
                let _ = writeln!(text, "pub mod m{child};");
            } else {
                let _ = writeln!(text, "pub mod m{child} {{\n{inner}}}");
            }
        }
        text
    }
    let mut files = BTreeMap::new();
    let root = body(modules, 0, items, &mut files);
    files.insert("src/main.rs".to_owned(), format!("{root}fn main() {{ {main}(); }}\n"));
    files.insert(
        "Cargo.toml".to_owned(),
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2024\"\n".to_owned(),
    );
    files
}

/// The variables that a program reads.
fn reads(files: &BTreeMap<String, String>) -> Vec<String> {
    let sources = Sources::from_texts(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let extracted = extract(&sources, &Cache::default());
    assert_eq!(extracted.diagnostics, []);
    let mut names: Vec<String> = extracted
        .facts
        .reads
        .iter()
        .filter_map(|read| match &read.value {
            Value::Variable { name, .. } => Some(name.clone()),
            _ => None,
        })
        .collect();
    names.sort();
    names
}

proptest! {
    #[test]
    fn every_chain_of_names_leads_to_its_function((modules, target, hops) in tree()) {
        let mut items: BTreeMap<usize, String> = BTreeMap::new();
        let (mut module, mut name) = (target, format!("f{target}"));
        for (index, hop) in hops.iter().enumerate() {
            let next = format!("n{index}");
            items.entry(hop.module).or_default().push_str(&item(&modules, *hop, module, &name, &next));
            (module, name) = (hop.module, next);
        }
        let files = files(&modules, &items, &joined("crate", &path(&modules, module), &name));
        prop_assert_eq!(reads(&files), [format!("V{target}")], "{:#?}", files);
    }
}

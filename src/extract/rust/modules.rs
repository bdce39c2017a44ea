//! Roots of targets to module trees: which file is which module. Files that no tree reaches do not exist for the
//! compiler, nor for us. It knows no bodies and reads no file: what a file declares is handed in.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{ExprKind, Item, ItemKind, Literal, Macro};

/// The most files of one tree: a file may be declared many times over, which multiplies.
const MAX_FILES: usize = 1 << 16;
/// The deepest nesting of modules.
const MAX_DEPTH: usize = 64;

/// A file that another file declares: `mod x;` or `include!("x.rs");`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Inline modules of the declaring file around it.
    pub inside: Vec<Inline>,
    /// What is declared.
    pub target: Target,
    /// Line of the declaration.
    pub line: u32,
}

/// An inline module with its `#[path]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    /// Name.
    pub name: String,
    /// Value of `#[path]`.
    pub path: Option<String>,
}

/// What a declaration declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `mod x;`
    Module {
        /// Name.
        name: String,
        /// Value of `#[path]`.
        path: Option<String>,
    },
    /// `include!("x.rs");`
    Include(String),
}

/// A file as part of a module tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path of the module below the root of the crate; empty for the root. An included file has the path of the module
    /// that it is included in.
    pub module: Vec<String>,
    /// Path of the file, relative to the project.
    pub file: String,
    /// Whether files of its modules lie beside it (roots, `mod.rs`, files given by `#[path]`) or in a folder of its name.
    pub owns_folder: bool,
}

/// A file that is declared by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Where it may be, in the order of preference; the first that exists is it.
    pub candidates: Vec<Place>,
    /// Line of the declaration.
    pub line: u32,
}

/// A declared file that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The file that declares it.
    pub file: String,
    /// Line of the declaration.
    pub line: u32,
    /// Path of the module.
    pub module: Vec<String>,
    /// Where it was looked for.
    pub candidates: Vec<String>,
}

/// The files of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modules {
    /// The files, breadth first from the root.
    pub files: Vec<Place>,
    /// Declared files that are not there.
    pub missing: Vec<Missing>,
}

impl Place {
    /// The root of a target.
    #[must_use]
    pub fn root(file: &str) -> Self {
        Self { module: Vec::new(), file: file.to_owned(), owns_folder: true }
    }
}

/// What a lowered file declares, in order.
#[must_use]
pub fn declarations(items: &[Item]) -> Vec<Declaration> {
    let mut out = Vec::new();
    collect(items, &mut Vec::new(), &mut out);
    out
}

fn collect(items: &[Item], inside: &mut Vec<Inline>, out: &mut Vec<Declaration>) {
    for item in items {
        let target = match &item.kind {
            ItemKind::ModuleFile(path) => Target::Module { name: item.name.clone(), path: path.clone() },
            ItemKind::Module(inner) => {
                inside.push(Inline { name: item.name.clone(), path: path_of(item) });
                collect(inner, inside, out);
                inside.pop();
                continue;
            }
            ItemKind::Macro(of) => {
                collect(&of.items, inside, out);
                match included(of) {
                    Some(path) => Target::Include(path),
                    None => continue,
                }
            }
            _ => continue,
        };
        out.push(Declaration { inside: inside.clone(), target, line: item.at.line });
    }
}

fn path_of(item: &Item) -> Option<String> {
    let attribute = item.attributes.iter().find(|attribute| attribute.path == ["path"])?;
    match &*attribute.arguments.first()?.kind {
        ExprKind::Literal(Literal::Text(path)) => Some(path.clone()),
        _ => None,
    }
}

fn included(of: &Macro) -> Option<String> {
    match (of.path.last()?.as_str(), of.arguments.as_slice()) {
        ("include", [path]) => match &*path.kind {
            ExprKind::Literal(Literal::Text(path)) => Some(path.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Where the files are that a file declares.
#[must_use]
pub fn child_files(place: &Place, declarations: &[Declaration]) -> Vec<Child> {
    declarations.iter().map(|declaration| child(place, declaration)).collect()
}

fn child(place: &Place, declaration: &Declaration) -> Child {
    let (folder, name) = place.file.rsplit_once('/').unwrap_or(("", &place.file));
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    // The folder of the innermost module; the file's own name is put in before the first name that is not `#[path]`.
    let mut current = Some(folder.to_owned());
    let mut pending = (!place.owns_folder).then_some(stem);
    let mut module = place.module.clone();
    for inline in &declaration.inside {
        module.push(inline.name.clone());
        current = current.and_then(|folder| match &inline.path {
            Some(path) => join(&folder, path),
            None => {
                let folder = pending.map_or(Some(folder.clone()), |stem| join(&folder, stem));
                folder.and_then(|folder| join(&folder, &inline.name))
            }
        });
        pending = None;
    }
    let at = |file: Option<String>, module: &[String], owns_folder| {
        file.map(|file| Place { module: module.to_vec(), file, owns_folder })
    };
    let candidates = match &declaration.target {
        Target::Include(path) => vec![at(join(folder, path), &module, true)],
        Target::Module { name, path: Some(path) } => {
            module.push(name.clone());
            // Beside the file itself, unless an inline module stands between.
            vec![at(current.and_then(|folder| join(&folder, path)), &module, true)]
        }
        Target::Module { name, path: None } => {
            module.push(name.clone());
            let current = current.and_then(|folder| match pending {
                Some(stem) => join(&folder, stem),
                None => Some(folder),
            });
            let file = |name: String| current.as_ref().and_then(|folder| join(folder, &name));
            vec![at(file(format!("{name}.rs")), &module, false), at(file(format!("{name}/mod.rs")), &module, true)]
        }
    };
    Child { candidates: candidates.into_iter().flatten().collect(), line: declaration.line }
}

/// A path relative to a folder of the project; nothing if it leaves the project.
fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\0') {
        return None;
    }
    let mut out: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                out.pop()?;
            }
            part => out.push(part),
        }
    }
    Some(out.join("/"))
}

/// The module trees of all targets, from their root files.
///
/// `declared` gets the paths of one wave of files, none of them twice, and gives what each of them declares, in the same
/// order: so that a wave can be read in parallel. `exists` tells whether the project has a file.
pub fn resolve(
    roots: &[&str],
    exists: impl Fn(&str) -> bool,
    mut declared: impl FnMut(&[String]) -> Vec<Vec<Declaration>>,
) -> Vec<Modules> {
    let mut known: BTreeMap<String, Vec<Declaration>> = BTreeMap::new();
    let mut trees: Vec<Growing> = roots.iter().map(|root| Growing::new(root, &exists)).collect();
    loop {
        let wave: BTreeSet<&String> = trees.iter().flat_map(Growing::edge).map(|place| &place.file).collect();
        if wave.is_empty() {
            break;
        }
        let wave: Vec<String> = wave.into_iter().filter(|file| !known.contains_key(*file)).cloned().collect();
        if !wave.is_empty() {
            let found = declared(&wave);
            known.extend(wave.into_iter().zip(found));
        }
        for tree in &mut trees {
            tree.grow(&known, &exists);
        }
    }
    trees.into_iter().map(|tree| tree.modules).collect()
}

/// A tree whose files from `next` on have not been looked into.
#[derive(Default)]
struct Growing {
    modules: Modules,
    next: usize,
    /// Modules that each file is, to end where a file declares itself.
    seen: BTreeMap<String, Vec<Vec<String>>>,
}

impl Growing {
    fn new(root: &str, exists: &impl Fn(&str) -> bool) -> Self {
        let mut tree = Self::default();
        if exists(root) {
            tree.add(Place::root(root));
        }
        tree
    }

    fn edge(&self) -> &[Place] {
        self.modules.files.get(self.next..).unwrap_or_default()
    }

    fn add(&mut self, place: Place) {
        let seen = self.seen.entry(place.file.clone()).or_default();
        let within_itself = seen.iter().any(|module| place.module.starts_with(module));
        if !within_itself && self.modules.files.len() < MAX_FILES && place.module.len() <= MAX_DEPTH {
            seen.push(place.module.clone());
            self.modules.files.push(place);
        }
    }

    fn grow(&mut self, known: &BTreeMap<String, Vec<Declaration>>, exists: &impl Fn(&str) -> bool) {
        let edge = self.edge().to_vec();
        self.next = self.modules.files.len();
        for place in edge {
            let declarations = known.get(&place.file).map(Vec::as_slice).unwrap_or_default();
            for child in child_files(&place, declarations) {
                match child.candidates.iter().find(|candidate| exists(&candidate.file)) {
                    Some(found) => self.add(found.clone()),
                    None => self.modules.missing.push(Missing {
                        file: place.file.clone(),
                        line: child.line,
                        module: child.candidates.first().map(|place| place.module.clone()).unwrap_or_default(),
                        candidates: child.candidates.into_iter().map(|place| place.file).collect(),
                    }),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lower::lower;
    use super::*;

    fn check(files: &[(&str, &str)], roots: &[&str]) -> Vec<String> {
        let texts: BTreeMap<&str, &str> = files.iter().copied().collect();
        let mut asked: Vec<String> = Vec::new();
        let trees = resolve(
            roots,
            |path| texts.contains_key(path),
            |wave| {
                asked.extend_from_slice(wave);
                wave.iter().map(|path| declarations(&lower(texts[path.as_str()]).items)).collect()
            },
        );
        let times = asked.len();
        asked.sort();
        asked.dedup();
        assert_eq!(asked.len(), times, "a file was read twice");
        let mut out = Vec::new();
        for tree in trees {
            out.extend(tree.files.iter().map(|place| format!("{}: {}", place.module.join("::"), place.file)));
            out.extend(tree.missing.iter().map(|missing| {
                format!("missing {} at {}:{}", missing.candidates.join(" "), missing.file, missing.line)
            }));
        }
        out
    }

    #[test]
    fn both_forms_and_nested_inline_modules() {
        let files = [
            ("s/src/main.rs", "mod a;\nmod b;\nmod gone;\nmod i { mod j; }\n#[cfg(test)] mod t;"),
            ("s/src/a.rs", "mod c; mod k { mod l; }"),
            ("s/src/a/c.rs", ""),
            ("s/src/a/k/l/mod.rs", "mod m;"),
            ("s/src/a/k/l/m.rs", ""),
            ("s/src/b/mod.rs", "mod d;"),
            ("s/src/b/d.rs", ""),
            ("s/src/i/j.rs", ""),
            ("s/src/t.rs", ""),
            ("s/src/unused.rs", ""),
        ];
        assert_eq!(
            check(&files, &["s/src/main.rs"]),
            [
                ": s/src/main.rs",
                "a: s/src/a.rs",
                "b: s/src/b/mod.rs",
                "i::j: s/src/i/j.rs",
                "a::c: s/src/a/c.rs",
                "a::k::l: s/src/a/k/l/mod.rs",
                "b::d: s/src/b/d.rs",
                "a::k::l::m: s/src/a/k/l/m.rs",
                "missing s/src/gone.rs s/src/gone/mod.rs at s/src/main.rs:3",
            ]
        );
    }

    #[test]
    fn paths_and_includes() {
        let files = [
            ("src/lib.rs", "mod a; include!(\"gen/x.rs\"); #[path = \"../../out.rs\"] mod out;"),
            (
                "src/a.rs",
                "#[path = \"p/q.rs\"] mod q; mod i { #[path = \"r.rs\"] mod r; } #[path = \"z\"] mod w { mod y; }",
            ),
            ("src/p/q.rs", "mod beside;"),
            ("src/p/beside.rs", ""),
            ("src/a/i/r.rs", ""),
            ("src/z/y.rs", ""),
            ("src/gen/x.rs", "mod v;"),
            ("src/gen/v.rs", ""),
        ];
        assert_eq!(
            check(&files, &["src/lib.rs"]),
            [
                ": src/lib.rs",
                "a: src/a.rs",
                ": src/gen/x.rs",
                "a::q: src/p/q.rs",
                "a::i::r: src/a/i/r.rs",
                "a::w::y: src/z/y.rs",
                "v: src/gen/v.rs",
                "a::q::beside: src/p/beside.rs",
                "missing  at src/lib.rs:1",
            ]
        );
    }

    #[test]
    fn targets_share_files_that_are_read_once() {
        let files = [("src/lib.rs", "mod a;"), ("src/main.rs", "mod a;"), ("src/a.rs", "")];
        assert_eq!(
            check(&files, &["src/lib.rs", "src/main.rs", "src/none.rs"]),
            [": src/lib.rs", "a: src/a.rs", ": src/main.rs", "a: src/a.rs"]
        );
    }

    #[test]
    fn files_that_declare_themselves_end() {
        let files = [
            ("lib.rs", "#[path = \"lib.rs\"] mod a; include!(\"lib.rs\"); #[path = \"x.rs\"] mod x;"),
            ("x.rs", "#[path = \"y.rs\"] mod y; #[path = \"y.rs\"] mod z;"),
            ("y.rs", "#[path = \"x.rs\"] mod x;"),
        ];
        assert_eq!(check(&files, &["lib.rs"]), [": lib.rs", "x: x.rs", "x::y: y.rs", "x::z: y.rs"]);
    }
}

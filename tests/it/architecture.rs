//! Loadpath held to its own layers: who imports whom, and where third-party crates are at home. Test code is left out:
//! it may look at whatever it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;
use syn::{Attribute, Item, ItemMod, UseTree};

/// A stage, what it may import besides itself and `span`, and what it knows nothing of. In the order of the line.
struct Layer {
    module: &'static str,
    /// Modules, or parts of them: `graph::schema` allows nothing else of `graph`.
    imports: &'static [&'static str],
    ignorant: &'static str,
}

const LAYERS: &[Layer] = &[
    Layer { module: "span", imports: &[], ignorant: "everything" },
    Layer { module: "sources", imports: &[], ignorant: "any format" },
    Layer { module: "cache", imports: &[], ignorant: "what it keeps" },
    Layer { module: "config", imports: &[], ignorant: "rules, the graph, the files of a project" },
    Layer { module: "facts", imports: &[], ignorant: "files on disk, the graph, rules" },
    Layer { module: "knowledge", imports: &["config::yaml"], ignorant: "rules (but for their ids), any project" },
    Layer {
        module: "extract",
        imports: &["sources", "facts", "cache"],
        ignorant: "the graph, rules, other extractors",
    },
    Layer { module: "observe", imports: &["facts"], ignorant: "how facts are used" },
    Layer { module: "graph", imports: &["facts", "config"], ignorant: "files, parsers, rules" },
    Layer { module: "analysis", imports: &["facts", "config", "graph"], ignorant: "rules" },
    Layer { module: "entities", imports: &["facts", "config", "graph", "analysis"], ignorant: "rules" },
    Layer {
        module: "rules",
        imports: &["config", "graph::schema"],
        ignorant: "sources, how the graph is made, reports, any library's name",
    },
    Layer {
        module: "findings",
        imports: &["config", "facts", "graph::schema", "rules"],
        ignorant: "output formats, how the graph is made",
    },
    Layer {
        module: "reports",
        imports: &["config", "graph", "analysis", "entities", "rules", "findings", "knowledge"],
        ignorant: "where facts came from: excerpts of sources are handed in",
    },
    Layer {
        module: "adr",
        imports: &["config", "facts", "graph", "analysis", "entities", "rules", "findings", "reports", "knowledge"],
        ignorant: "sources, extractors, faces",
    },
    Layer {
        module: "review",
        imports: &[
            "sources",
            "cache",
            "config",
            "facts",
            "knowledge",
            "extract",
            "graph",
            "analysis",
            "entities",
            "rules",
            "findings",
            "reports",
            "adr",
        ],
        ignorant: "faces",
    },
    Layer {
        module: "faces",
        imports: &[
            "sources",
            "cache",
            "config",
            "facts",
            "knowledge",
            "extract",
            "graph",
            "analysis",
            "entities",
            "rules",
            "findings",
            "reports",
            "adr",
            "review",
            "observe",
        ],
        ignorant: "each other",
    },
];

/// Parts of one stage that know nothing of each other, and what all of them may share.
const PARTITIONS: &[(&str, &[&str])] =
    &[("extract", &["command_line", "document", "dotenv", "suppression", "yaml"]), ("faces", &[])];

/// Third-party crates that have a home: the modules that may name them.
const HOMES: &[(&str, &[&str])] = &[
    ("anyhow", &["faces"]),
    ("axum", &["observe"]),
    ("cel", &["rules::condition"]),
    ("clap", &["faces", "main"]),
    ("clap_complete", &["faces"]),
    ("crossterm", &["faces::tui"]),
    ("gix", &["sources"]),
    ("granit_parser", &["extract::yaml", "extract::document"]),
    ("ignore", &["sources"]),
    ("indicatif", &["faces"]),
    ("opentelemetry_proto", &["observe"]),
    ("petgraph", &["graph", "analysis"]),
    ("postcard", &["cache", "extract::rust"]),
    ("proc_macro2", &["extract::rust::lower"]),
    ("prost", &["observe"]),
    ("pulldown_cmark", &["reports::docs"]),
    ("ratatui", &["faces::tui"]),
    ("serde_yaml", &["config::yaml", "sources::helm"]),
    ("signal_hook", &["faces::tui"]),
    ("sqlparser", &["extract::sql"]),
    ("syn", &["extract::rust::lower"]),
    ("tera", &["rules", "reports", "adr"]),
    ("tokio", &["observe", "faces"]),
    ("tokio_stream", &["observe"]),
    ("toml", &["extract"]),
    ("tonic", &["observe"]),
    ("tower", &["observe"]),
    ("unicode_width", &["faces::tui"]),
];

/// Imports that break a rule above, each with its reason. One that nothing needs any more fails the test.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "faces::cli::tui",
    "faces::tui",
    "the command line starts the face, and hands in the project as it reads it; the face knows nothing of it",
)];

/// A path that a module names: `graph::link` names `facts::rust::Effect`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Import {
    from: String,
    to: String,
    /// Whether `to` begins with a crate of others.
    foreign: bool,
}

/// All imports of the library and the program, test code left out.
fn imports() -> BTreeSet<Import> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    collect(&root, &mut files);
    let mut reader = Reader::default();
    for (path, file) in &files {
        reader.module = module_of(path.strip_prefix(&root).unwrap());
        reader.visit_file(file);
    }
    let Reader { imports, tests, .. } = reader;
    imports.into_iter().filter(|import| !tests.iter().any(|test| within(&import.from, test))).collect()
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, syn::File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
            files.insert(path, file);
        }
    }
}

/// `graph/link/mod.rs` is the module `graph::link`.
fn module_of(path: &Path) -> Vec<String> {
    let mut module: Vec<String> =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

/// Whether a path is that one or below it.
fn within(path: &str, of: &str) -> bool {
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[derive(Default)]
struct Reader {
    module: Vec<String>,
    imports: BTreeSet<Import>,
    /// Modules that only tests have.
    tests: BTreeSet<String>,
}

impl Reader {
    fn add(&mut self, path: &[String]) {
        let Some(first) = path.first() else { return };
        let supers = path.iter().take_while(|part| *part == "super").count();
        let (target, foreign) = match first.as_str() {
            "crate" => (path[1..].to_vec(), false),
            "super" => {
                let kept = self.module.len().saturating_sub(supers);
                (self.module[..kept].iter().chain(&path[supers..]).cloned().collect(), false)
            }
            // `tokio::LIBRARY` beside `mod tokio` names that module.
            _ if self.has_module(first) => (self.module.iter().chain(path).cloned().collect(), false),
            _ if HOMES.iter().any(|(name, _)| name == first) => (path.to_vec(), true),
            _ => return,
        };
        self.imports.insert(Import { from: self.module.join("::"), to: target.join("::"), foreign });
    }

    /// Whether the module that is read has one of that name in it.
    fn has_module(&self, name: &str) -> bool {
        let path: Vec<&str> = self.module.iter().map(String::as_str).chain([name]).collect();
        is_module(&path)
    }

    fn add_use(&mut self, tree: &UseTree, mut prefix: Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.add_use(&path.tree, prefix);
            }
            UseTree::Group(group) => group.items.iter().for_each(|item| self.add_use(item, prefix.clone())),
            UseTree::Name(syn::UseName { ident, .. }) | UseTree::Rename(syn::UseRename { ident, .. }) => {
                if ident != "self" {
                    prefix.push(ident.to_string());
                }
                self.add(&prefix);
            }
            UseTree::Glob(_) => self.add(&prefix),
        }
    }

    /// Paths in what a macro is given: `write!(out, "{}", crate::config::X)`.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => colons += 1,
                TokenTree::Ident(ident) if colons == 2 => {
                    path.push(ident.to_string());
                    colons = 0;
                }
                other => {
                    if path.len() > 1 {
                        self.add(&path);
                    }
                    (path, colons) = (Vec::new(), 0);
                    match other {
                        TokenTree::Ident(ident) => path.push(ident.to_string()),
                        TokenTree::Group(group) => self.add_tokens(group.stream()),
                        _ => {}
                    }
                }
            }
        }
        if path.len() > 1 {
            self.add(&path);
        }
    }
}

/// Whether an attribute says that something exists in tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => return syn::visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        if is_test(&item.attrs) {
            self.tests.insert(self.module.join("::"));
        } else {
            syn::visit::visit_item_mod(self, item);
        }
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_use(&item.tree, Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.add(&path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>());
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.add_tokens(call.tokens.clone());
        syn::visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.add_tokens(list.tokens.clone());
        }
        syn::visit::visit_attribute(self, attribute);
    }
}

/// What is wrong with an import, or nothing.
fn fault(import: &Import) -> Option<String> {
    let Import { from, to, foreign } = import;
    if *foreign {
        let name = to.split("::").next().unwrap_or_default();
        let homes = HOMES.iter().find(|(known, _)| *known == name)?.1;
        return (!homes.iter().any(|home| within(from, home)))
            .then(|| format!("`{name}` is at home in {} only", homes.join(", ")));
    }
    let (stage, target) = (from.split("::").next()?, to.split("::").next()?);
    if stage == target {
        let (_, shared) = PARTITIONS.iter().find(|(whole, _)| *whole == stage)?;
        let (part, other) = (from.split("::").nth(1)?, to.split("::").nth(1)?);
        let is_part = |name: &str| name.chars().next().is_some_and(char::is_lowercase);
        let known = part == other || shared.contains(&other) || !is_part(other) || !is_module(&[stage, other]);
        return (!known).then(|| format!("parts of `{stage}` do not know each other"));
    }
    if !is_module(&[target]) {
        return None;
    }
    if stage == "main" {
        return (target != "faces").then(|| "the program only runs faces".to_owned());
    }
    // The crate's root lists modules and imports nothing.
    let layer = LAYERS.iter().find(|layer| layer.module == stage)?;
    let allowed = target == "span" || layer.imports.iter().any(|allowed| within(to, allowed));
    (!allowed).then(|| format!("`{stage}` knows nothing of {}", layer.ignorant))
}

fn is_module(path: &[&str]) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path.join("/"));
    path.is_dir() || path.with_extension("rs").is_file()
}

#[test]
fn stages_import_only_what_stands_before_them() {
    let imports = imports();
    assert!(imports.len() > LAYERS.len() * 10, "only {} imports were read", imports.len());
    let mut faults = Vec::new();
    let mut unused: BTreeSet<_> = EXCEPTIONS.iter().map(|(from, to, _)| (*from, *to)).collect();
    for import in &imports {
        let Some(fault) = fault(import) else { continue };
        let exceptions = EXCEPTIONS.iter().filter(|(from, to, _)| within(&import.from, from) && within(&import.to, to));
        let mut excepted = false;
        for (from, to, _) in exceptions {
            unused.remove(&(*from, *to));
            excepted = true;
        }
        if !excepted {
            faults.push(format!("src {} names {}: {fault}", import.from, import.to));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(unused.is_empty(), "exceptions that nothing needs any more: {unused:?}");
}

#[test]
fn the_reader_of_imports_sees_what_it_must_see() {
    let mut reader = Reader { module: vec!["rules".to_owned(), "judge".to_owned()], ..Reader::default() };
    let text = "
        use crate::{facts::{self, Value as V}, graph::*};
        #[derive(clap::Args)] struct A;
        fn f() { let x: super::super::sources::Sources; println!(\"{}\", crate::cache::open()); }
        #[cfg(test)] mod tests { use crate::faces::cli; }
        #[cfg(test)] use crate::review::graph;
    ";
    reader.visit_file(&syn::parse_file(text).unwrap());
    let seen: Vec<&str> = reader.imports.iter().map(|import| &*import.to).collect();
    assert_eq!(seen, ["cache::open", "clap::Args", "facts", "facts::Value", "graph", "sources::Sources"]);
    let wrong = Import { from: "rules::judge".into(), to: "sources::Sources".into(), foreign: false };
    assert!(fault(&wrong).is_some());
    let whole = Import { from: "rules::judge".into(), to: "graph::Graph".into(), foreign: false };
    assert!(fault(&whole).is_some(), "only the schema of the graph is open to rules");
    let right = Import { from: "rules::judge".into(), to: "graph::schema::Kind".into(), foreign: false };
    assert_eq!(fault(&right), None);
    let far = Import { from: "extract::proto".into(), to: "gix::open".into(), foreign: true };
    assert!(fault(&far).is_some());
}

#[test]
fn every_module_of_the_crate_is_a_layer() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let file = syn::parse_file(&text).unwrap();
    let modules: Vec<String> = file
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Mod(module) => Some(module.ident.to_string()),
            _ => None,
        })
        .collect();
    for module in modules {
        assert!(LAYERS.iter().any(|layer| layer.module == module), "`{module}` has no place in the table of layers");
    }
}

#[test]
fn the_map_shows_the_table_of_layers() {
    const BEGIN: &str = "<!-- layers: printed by tests/it/architecture.rs -->\n";
    const END: &str = "<!-- end of layers -->";
    let mut table = String::from("| module | may import | knows nothing of |\n|---|---|---|\n");
    for Layer { module, imports, ignorant } in LAYERS {
        let imports = match imports.len() {
            0 => "–".to_owned(),
            _ if *module == "review" => "everything above".to_owned(),
            _ if *module == "faces" => "everything above, `review`".to_owned(),
            _ => imports.iter().map(|import| format!("`{import}`")).collect::<Vec<_>>().join(", "),
        };
        let _ = writeln!(table, "| `{module}` | {imports} | {ignorant} |");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let expected = format!("{head}{BEGIN}{table}{END}{tail}");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &expected).unwrap();
    } else {
        assert!(text == expected, "ARCHITECTURE.md shows another table of layers; run with UPDATE=1");
    }
    assert!(expected.lines().count() < 200, "the map has grown beyond 200 lines: nobody will read it");
}

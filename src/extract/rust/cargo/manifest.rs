//! The text of one `Cargo.toml` to what it says itself, with lines. Knows no other manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::facts::Diagnostic;
use crate::span::Span;

/// Dots in one line: dotted keys nest tables, and tables are freed recursively.
const MAX_DOTS: usize = 100;

/// What a manifest says.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    /// Name of the package, if it is one.
    pub(super) name: Option<(String, Span)>,
    pub(super) version: Option<String>,
    pub(super) inherits_version: bool,
    /// `package.workspace`
    pub(super) root: Option<String>,
    pub(super) build: Build,
    pub(super) finds_lib: bool,
    pub(super) finds_bins: bool,
    pub(super) lib: Option<TargetTable>,
    pub(super) bins: Vec<TargetTable>,
    pub(super) dependencies: Vec<Requirement>,
    pub(super) build_dependencies: Vec<Requirement>,
    pub(super) features: BTreeMap<String, Vec<String>>,
    pub(super) workspace: Option<Workspace>,
}

/// What `package.build` says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Build {
    #[default]
    Default,
    None,
    Path(String),
}

/// `[lib]` or `[[bin]]`.
#[derive(Debug)]
pub(super) struct TargetTable {
    pub(super) name: Option<String>,
    pub(super) path: Option<String>,
    /// `required-features`
    pub(super) required: Vec<String>,
    pub(super) at: Span,
}

/// One line of a table of dependencies.
#[derive(Clone, Debug)]
pub(super) struct Requirement {
    pub(super) key: String,
    pub(super) package: String,
    pub(super) version: String,
    pub(super) features: BTreeSet<String>,
    pub(super) default_features: bool,
    pub(super) optional: bool,
    pub(super) path: Option<String>,
    /// Whether the path is relative to the root of the workspace.
    pub(super) path_of_workspace: bool,
    /// `workspace = true`
    pub(super) inherited: bool,
    pub(super) at: Span,
}

/// `[workspace]`
#[derive(Debug, Default)]
pub(super) struct Workspace {
    pub(super) members: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) version: Option<String>,
    pub(super) dependencies: Vec<Requirement>,
}

/// Reads a manifest.
pub(super) fn read(path: &str, text: &str) -> Result<Manifest, Diagnostic> {
    let file = File::new(path, text);
    let document = file.parse()?;
    let root = document.get_ref();
    let mut out = Manifest { finds_lib: true, finds_bins: true, ..Manifest::default() };
    if let Some(package) = table(root, "package").or_else(|| table(root, "project")) {
        out.name =
            package.get("name").and_then(|name| Some((name.get_ref().as_str()?.to_owned(), file.span(name.span()))));
        out.version = string(package, "version");
        out.inherits_version =
            table(package, "version").is_some_and(|version| boolean(version, "workspace") == Some(true));
        out.root = string(package, "workspace");
        out.build = match package.get("build").map(Spanned::get_ref) {
            Some(DeValue::String(path)) => Build::Path(path.clone().into_owned()),
            Some(DeValue::Boolean(false)) => Build::None,
            _ => Build::Default,
        };
        out.finds_lib = boolean(package, "autolib").unwrap_or(true);
        out.finds_bins = boolean(package, "autobins").unwrap_or(true);
    }
    out.lib = root.get("lib").and_then(|lib| file.target(lib));
    if let Some(bins) = root.get("bin").and_then(|bins| bins.get_ref().as_array()) {
        out.bins = bins.iter().filter_map(|bin| file.target(bin)).collect();
    }
    out.dependencies = file.requirements(root, &["dependencies"]);
    out.build_dependencies = file.requirements(root, &["build-dependencies", "build_dependencies"]);
    for platform in table(root, "target").into_iter().flat_map(|platforms| platforms.values()) {
        let Some(platform) = platform.get_ref().as_table() else { continue };
        out.dependencies.extend(file.requirements(platform, &["dependencies"]));
        out.build_dependencies.extend(file.requirements(platform, &["build-dependencies", "build_dependencies"]));
    }
    if let Some(features) = table(root, "features") {
        let features = features.keys().map(|key| (key.get_ref().to_string(), strings(features, key.get_ref())));
        out.features = features.collect();
    }
    out.workspace = table(root, "workspace").map(|workspace| Workspace {
        members: strings(workspace, "members"),
        exclude: strings(workspace, "exclude"),
        version: table(workspace, "package").and_then(|package| string(package, "version")),
        dependencies: file.requirements(workspace, &["dependencies"]),
    });
    Ok(out)
}

/// A TOML file with the beginnings of its lines.
pub(super) struct File<'a> {
    path: std::sync::Arc<str>,
    text: &'a str,
    lines: Vec<usize>,
}

impl<'a> File<'a> {
    pub(super) fn new(path: &str, text: &'a str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { path: path.into(), text, lines: std::iter::once(0).chain(starts).collect() }
    }

    /// Its tables.
    pub(super) fn parse(&self) -> Result<Spanned<DeTable<'a>>, Diagnostic> {
        let deep = self.text.lines().position(|line| line.bytes().filter(|byte| *byte == b'.').count() > MAX_DOTS);
        if let Some(line) = deep {
            let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
            return Err(self.broken(Span::line(self.path.clone(), line), "a key has too many parts"));
        }
        DeTable::parse(self.text).map_err(|error| {
            let at = error.span().unwrap_or_default();
            self.broken(self.span(at), error.message())
        })
    }

    fn broken(&self, at: Span, message: &str) -> Diagnostic {
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        Diagnostic {
            at,
            message: format!("cannot read this TOML: {message}"),
            help: "mend the file so that cargo reads it; nothing of it is known until then".to_owned(),
        }
    }

    fn position(&self, at: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..at).map_or(0, |before| before.chars().count());
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column + 1).unwrap_or(u32::MAX))
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.path.clone(), self.position(range.start), self.position(range.end))
    }

    fn target(&self, value: &Spanned<DeValue>) -> Option<TargetTable> {
        let of = value.get_ref().as_table()?;
        let at = of.get("name").map_or(value.span(), Spanned::span);
        Some(TargetTable {
            name: string(of, "name"),
            path: string(of, "path"),
            required: strings(of, "required-features"),
            at: self.span(at),
        })
    }

    fn requirements(&self, of: &DeTable, names: &[&str]) -> Vec<Requirement> {
        let tables = names.iter().filter_map(|name| table(of, name));
        tables.flat_map(|of| of.iter()).filter_map(|(key, value)| self.requirement(key, value)).collect()
    }

    fn requirement(&self, key: &Spanned<toml::de::DeString>, value: &Spanned<DeValue>) -> Option<Requirement> {
        let mut out = Requirement {
            key: key.get_ref().to_string(),
            package: key.get_ref().to_string(),
            version: String::new(),
            features: BTreeSet::new(),
            default_features: true,
            optional: false,
            path: None,
            path_of_workspace: false,
            inherited: false,
            at: self.span(key.span()),
        };
        match value.get_ref() {
            DeValue::String(version) => out.version = version.to_string(),
            DeValue::Table(of) => {
                out.package = string(of, "package").unwrap_or(out.package);
                out.version = string(of, "version").unwrap_or_default();
                out.features = strings(of, "features").into_iter().collect();
                out.default_features =
                    boolean(of, "default-features").or(boolean(of, "default_features")).unwrap_or(true);
                out.optional = boolean(of, "optional").unwrap_or(false);
                out.path = string(of, "path");
                out.inherited = boolean(of, "workspace").unwrap_or(false);
            }
            _ => return None,
        }
        Some(out)
    }
}

pub(super) fn table<'a, 'i>(of: &'a DeTable<'i>, key: &str) -> Option<&'a DeTable<'i>> {
    of.get(key)?.get_ref().as_table()
}

pub(super) fn string(of: &DeTable, key: &str) -> Option<String> {
    of.get(key)?.get_ref().as_str().map(str::to_owned)
}

fn boolean(of: &DeTable, key: &str) -> Option<bool> {
    of.get(key)?.get_ref().as_bool()
}

pub(super) fn strings(of: &DeTable, key: &str) -> Vec<String> {
    let array = of.get(key).and_then(|value| value.get_ref().as_array());
    array
        .into_iter()
        .flat_map(|array| array.iter())
        .filter_map(|value| value.get_ref().as_str().map(str::to_owned))
        .collect()
}

//! The Cargo model: packages of the project, their targets and dependencies, without running cargo.

use std::collections::{BTreeMap, HashMap};

use crate::facts::Diagnostic;
use crate::sources::{Artefact, Source, Sources};
use crate::span::Span;

/// A package of the project.
#[derive(Clone, Debug)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Folder; empty for the root.
    pub path: String,
    /// Where it is declared.
    pub at: Span,
    /// Library target.
    pub lib: Option<Target>,
    /// Binary targets.
    pub bins: Vec<Target>,
    /// Build script.
    pub build_script: Option<String>,
    /// Dependencies.
    pub dependencies: Vec<Dependency>,
}

/// A target.
#[derive(Clone, Debug)]
pub struct Target {
    /// Name.
    pub name: String,
    /// Name in paths.
    pub crate_name: String,
    /// Root file.
    pub root: String,
}

/// A dependency.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Name in paths.
    pub import: String,
    /// Name in the registry.
    pub name: String,
    /// Version of the lock file, else the requirement.
    pub version: String,
    /// Features.
    pub features: Vec<String>,
    /// Folder, if it is a package of the project.
    pub path: Option<String>,
    /// Where.
    pub at: Span,
}

/// Reads all packages.
#[must_use]
pub fn packages(sources: &Sources) -> (Vec<Package>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut manifests: BTreeMap<String, (&Source, toml::Table)> = BTreeMap::new();
    for source in sources.of(Artefact::CargoManifest) {
        let text = source.text();
        match text.parse::<toml::Table>() {
            Ok(table) => {
                manifests.insert(source.folder().to_owned(), (source, table));
            }
            Err(error) => {
                let line = error.span().map_or(1, |span| line_of(&text, span.start));
                diagnostics.push(Diagnostic {
                    at: Span::line(source.path.clone(), line),
                    message: format!("read this manifest: {}", error.message()),
                    help: "mend the TOML; the package is left out until then".to_owned(),
                });
            }
        }
    }
    let locks: BTreeMap<String, HashMap<String, Vec<String>>> =
        sources.of(Artefact::CargoLock).map(|source| (source.folder().to_owned(), lock(&source.text()))).collect();
    let by_name: HashMap<&str, &str> = manifests
        .iter()
        .filter_map(|(folder, (_, table))| {
            Some((table.get("package")?.get("name")?.as_str()?, folder.as_str()))
        })
        .collect();
    let mut packages = Vec::new();
    for (folder, (source, table)) in &manifests {
        let Some(package) = table.get("package").and_then(toml::Value::as_table) else { continue };
        let Some(name) = package.get("name").and_then(toml::Value::as_str) else { continue };
        let text = source.text();
        let lib = lib_target(sources, folder, name, table);
        let bins = bin_targets(sources, folder, name, package, table);
        let build_script = match package.get("build") {
            Some(toml::Value::String(path)) => Some(join(folder, path)),
            Some(toml::Value::Boolean(false)) => None,
            _ => Some(join(folder, "build.rs")),
        }
        .filter(|path| sources.get(path).is_some());
        let workspace = enclosing(folder).find_map(|folder| manifests.get(folder).filter(|(_, table)| table.contains_key("workspace")).map(|found| (folder, found)));
        let context = DependencyContext { folder, text: &text, source, workspace, locks: &locks, by_name: &by_name, manifests: &manifests };
        packages.push(Package {
            name: name.to_owned(),
            path: folder.clone(),
            at: Span::line(source.path.clone(), find_line(&text, "name")),
            lib,
            bins,
            build_script,
            dependencies: dependencies(table, &context),
        });
    }
    (packages, diagnostics)
}

fn line_of(text: &str, offset: usize) -> u32 {
    u32::try_from(text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1).unwrap_or(u32::MAX)
}

/// The line whose key this is: the first one, which for a dependency is its declaration.
fn find_line(text: &str, key: &str) -> u32 {
    let position = text.lines().position(|line| {
        let line = line.trim_start();
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
            || line.strip_prefix('[').is_some_and(|rest| rest.trim_end().trim_end_matches(']').ends_with(&format!(".{key}")))
    });
    position.and_then(|index| u32::try_from(index + 1).ok()).unwrap_or(1)
}

fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A folder and those around it, inner ones first.
fn enclosing(folder: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(folder);
    std::iter::from_fn(move || {
        let current = next?;
        next = if current.is_empty() { None } else { Some(current.rsplit_once('/').map_or("", |(parent, _)| parent)) };
        Some(current)
    })
}

fn lock(text: &str) -> HashMap<String, Vec<String>> {
    let mut versions: HashMap<String, Vec<String>> = HashMap::new();
    let Ok(table) = text.parse::<toml::Table>() else { return versions };
    for package in table.get("package").and_then(toml::Value::as_array).into_iter().flatten() {
        if let (Some(name), Some(version)) =
            (package.get("name").and_then(toml::Value::as_str), package.get("version").and_then(toml::Value::as_str))
        {
            versions.entry(name.to_owned()).or_default().push(version.to_owned());
        }
    }
    versions
}

fn lib_target(sources: &Sources, folder: &str, name: &str, table: &toml::Table) -> Option<Target> {
    let lib = table.get("lib").and_then(toml::Value::as_table);
    let path = lib.and_then(|lib| lib.get("path")).and_then(toml::Value::as_str).unwrap_or("src/lib.rs");
    let root = join(folder, path);
    sources.get(&root)?;
    let name = lib.and_then(|lib| lib.get("name")).and_then(toml::Value::as_str).unwrap_or(name);
    Some(Target { name: name.to_owned(), crate_name: name.replace('-', "_"), root })
}

fn bin_targets(sources: &Sources, folder: &str, name: &str, package: &toml::Table, table: &toml::Table) -> Vec<Target> {
    let mut bins: Vec<Target> = Vec::new();
    let target = |name: &str, root: String| Target { name: name.to_owned(), crate_name: name.replace('-', "_"), root };
    for bin in table.get("bin").and_then(toml::Value::as_array).into_iter().flatten() {
        let Some(bin_name) = bin.get("name").and_then(toml::Value::as_str) else { continue };
        let candidates = match bin.get("path").and_then(toml::Value::as_str) {
            Some(path) => vec![join(folder, path)],
            None => vec![
                join(folder, &format!("src/bin/{bin_name}.rs")),
                join(folder, &format!("src/bin/{bin_name}/main.rs")),
                join(folder, "src/main.rs"),
            ],
        };
        if let Some(root) = candidates.into_iter().find(|path| sources.get(path).is_some()) {
            bins.push(target(bin_name, root));
        }
    }
    if package.get("autobins").and_then(toml::Value::as_bool) == Some(false) {
        return bins;
    }
    let main = join(folder, "src/main.rs");
    let mut found = Vec::new();
    if sources.get(&main).is_some() {
        found.push((name.to_owned(), main));
    }
    let prefix = format!("{}/", join(folder, "src/bin"));
    for source in sources.of(Artefact::Rust) {
        if let Some(rest) = source.path.strip_prefix(&prefix) {
            match rest.split_once('/') {
                None => found.push((rest.trim_end_matches(".rs").to_owned(), source.path.to_string())),
                Some((name, "main.rs")) => found.push((name.to_owned(), source.path.to_string())),
                _ => {}
            }
        }
    }
    for (name, root) in found {
        if !bins.iter().any(|bin| bin.root == root || bin.name == name) {
            bins.push(target(&name, root));
        }
    }
    bins
}

/// What the dependencies of a package are resolved against.
struct DependencyContext<'a> {
    folder: &'a str,
    text: &'a str,
    source: &'a Source,
    workspace: Option<(&'a str, &'a (&'a Source, toml::Table))>,
    locks: &'a BTreeMap<String, HashMap<String, Vec<String>>>,
    by_name: &'a HashMap<&'a str, &'a str>,
    manifests: &'a BTreeMap<String, (&'a Source, toml::Table)>,
}

fn dependencies(table: &toml::Table, context: &DependencyContext<'_>) -> Vec<Dependency> {
    let mut all = Vec::new();
    let mut tables: Vec<&toml::Table> = table.get("dependencies").and_then(toml::Value::as_table).into_iter().collect();
    if let Some(targets) = table.get("target").and_then(toml::Value::as_table) {
        tables.extend(targets.values().filter_map(|target| target.get("dependencies")?.as_table()));
    }
    for dependencies in tables {
        for (import, value) in dependencies {
            all.push(dependency(import, value, context));
        }
    }
    all
}

fn dependency(import: &str, value: &toml::Value, context: &DependencyContext<'_>) -> Dependency {
    let inherited = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
    let (base, shared) = match context.workspace {
        Some((folder, (_, table))) if inherited => (
            folder,
            table.get("workspace").and_then(|workspace| workspace.get("dependencies")).and_then(|all| all.get(import)),
        ),
        _ => (context.folder, None),
    };
    let field = |name: &str| value.get(name).or_else(|| shared.and_then(|shared| shared.get(name)));
    let name = field("package").and_then(toml::Value::as_str).unwrap_or(import).to_owned();
    let path = field("path")
        .and_then(toml::Value::as_str)
        .map(|path| join(if value.get("path").is_some() { context.folder } else { base }, path))
        .filter(|path| context.manifests.contains_key(path))
        // A patched or renamed path dependency of the same project is found by its name.
        .or_else(|| field("path").and_then(|_| context.by_name.get(name.as_str())).map(|path| (*path).to_owned()));
    let requirement = value
        .as_str()
        .or_else(|| field("version").and_then(toml::Value::as_str))
        .or_else(|| shared.and_then(toml::Value::as_str))
        .unwrap_or("")
        .to_owned();
    let version = enclosing(context.folder)
        .find_map(|folder| context.locks.get(folder))
        .and_then(|lock| lock.get(&name))
        .and_then(|versions| choose(versions, &requirement))
        .unwrap_or(requirement);
    let mut features: Vec<String> = Vec::new();
    for of in [shared.and_then(|shared| shared.get("features")), value.get("features")].into_iter().flatten() {
        features.extend(of.as_array().into_iter().flatten().filter_map(|feature| feature.as_str().map(str::to_owned)));
    }
    Dependency {
        import: import.replace('-', "_"),
        name,
        version,
        features,
        path,
        at: Span::line(context.source.path.clone(), find_line(context.text, import)),
    }
}

/// The locked version that fits a requirement: the one with its leading numbers, else the highest.
fn choose(versions: &[String], requirement: &str) -> Option<String> {
    let wanted = requirement.trim_start_matches(['^', '~', '=', '>', '<', ' ']);
    let mut fitting: Vec<&String> = versions.iter().filter(|version| {
        let wanted: Vec<&str> = wanted.split('.').collect();
        let have: Vec<&str> = version.split('.').collect();
        let significant = if wanted.first() == Some(&"0") { 2 } else { 1 };
        wanted.iter().zip(&have).take(significant).all(|(a, b)| a == b)
    }).collect();
    fitting.sort();
    fitting.last().copied().or_else(|| versions.last()).cloned()
}

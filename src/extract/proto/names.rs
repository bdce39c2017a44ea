//! Imports to files, and type names as written to fully qualified ones, by the scoping rules of Protocol Buffers. Knows
//! all files of the project and the well-known ones, but nothing of their text.

use foldhash::{HashMap, HashSet};
use std::collections::BTreeMap;

use super::wellknown;
use crate::facts::proto::ProtoFile;

/// What a name stands for, as far as scoping asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A message or an enum.
    Type,
    /// A package or a service: encloses names, is no type.
    Enclosing,
}

/// All names, each with the files that define it. Project files come first, the well-known ones behind them.
#[derive(Default)]
struct Index {
    names: HashMap<String, Vec<(usize, Meaning)>>,
}

/// Fills in which imports were found, and the fully qualified names of types. A name that cannot be resolved stays as
/// written, without a leading `.`.
pub(super) fn resolve(files: &mut [ProtoFile]) {
    let targets = find_imports(files);
    let index = index(files);
    let public: Vec<Vec<usize>> = files
        .iter()
        .zip(&targets)
        .map(|(file, targets)| {
            let imports = file.imports.iter().zip(targets);
            imports
                .filter(|(import, _)| import.modifier.as_deref() == Some("public"))
                .filter_map(|(_, target)| *target)
                .collect()
        })
        .collect();
    for (number, (file, targets)) in files.iter_mut().zip(&targets).enumerate() {
        let visible = visible(number, targets.iter().flatten().copied(), &public);
        for (import, target) in file.imports.iter_mut().zip(targets) {
            import.found = target.is_some();
        }
        resolve_file(file, &Scoping { index: &index, visible: &visible });
    }
}

/// The file behind each import of each file.
fn find_imports(files: &[ProtoFile]) -> Vec<Vec<Option<usize>>> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, file) in files.iter().enumerate() {
        by_name.entry(file_name(&file.path)).or_default().push(number);
    }
    let find = |from: usize, importing: &str, import: &str| {
        let candidates = by_name.get(file_name(import)).map(Vec::as_slice).unwrap_or_default();
        let found = candidates
            .iter()
            .copied()
            .filter(|candidate| *candidate != from)
            .filter_map(|candidate| Some((candidate, files.get(candidate)?.path.as_str())))
            .filter(|(_, path)| is_suffix(path, import))
            // The nearest copy; then the one with the shortest path, then the first.
            .min_by_key(|(_, path)| (usize::MAX - shared_folders(path, importing), path.len(), *path));
        match found {
            Some((candidate, _)) => Some(candidate),
            None => wellknown::FILES.iter().position(|known| known.path == import).map(|known| files.len() + known),
        }
    };
    files
        .iter()
        .enumerate()
        .map(|(from, file)| file.imports.iter().map(|import| find(from, &file.path, &import.path)).collect())
        .collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn is_suffix(path: &str, import: &str) -> bool {
    path.strip_suffix(import).is_some_and(|root| root.is_empty() || root.ends_with('/'))
}

fn shared_folders(path: &str, other: &str) -> usize {
    let folder = |path: &'_ str| path.len() - file_name(path).len();
    let (path, other) = (path.get(..folder(path)), other.get(..folder(other)));
    let (path, other) = (path.unwrap_or_default(), other.unwrap_or_default());
    path.split_terminator('/').zip(other.split_terminator('/')).take_while(|(a, b)| a == b).count()
}

fn index(files: &[ProtoFile]) -> Index {
    let mut index = Index::default();
    for (number, file) in files.iter().enumerate() {
        index.add_package(&file.package, number);
        for name in file.messages.iter().map(|message| &message.name).chain(file.enums.iter().map(|e| &e.name)) {
            index.add(name.clone(), number, Meaning::Type);
        }
        for service in &file.services {
            index.add(service.name.clone(), number, Meaning::Enclosing);
        }
    }
    for (known, number) in wellknown::FILES.iter().zip(files.len()..) {
        index.add_package(known.package, number);
        for name in known.types.split_whitespace() {
            index.add(format!("{}.{name}", known.package), number, Meaning::Type);
        }
        for name in known.services.split_whitespace() {
            index.add(format!("{}.{name}", known.package), number, Meaning::Enclosing);
        }
    }
    index
}

impl Index {
    fn add(&mut self, name: String, file: usize, meaning: Meaning) {
        self.names.entry(name).or_default().push((file, meaning));
    }

    /// A package and all that enclose it.
    fn add_package(&mut self, package: &str, file: usize) {
        let ends = package.match_indices('.').map(|(end, _)| end).chain([package.len()]);
        for part in ends.filter_map(|end| package.get(..end)).filter(|part| !part.is_empty()) {
            self.add(part.to_owned(), file, Meaning::Enclosing);
        }
    }
}

/// A file, what it imports, and what those import publicly; cycles end where they began.
fn visible(file: usize, imports: impl Iterator<Item = usize>, public: &[Vec<usize>]) -> HashSet<usize> {
    let mut visible = HashSet::from_iter([file]);
    let mut open: Vec<usize> = imports.collect();
    while let Some(next) = open.pop() {
        if visible.insert(next) {
            open.extend(public.get(next).into_iter().flatten());
        }
    }
    visible
}

/// The names that one file sees.
struct Scoping<'a> {
    index: &'a Index,
    visible: &'a HashSet<usize>,
}

fn resolve_file(file: &mut ProtoFile, scoping: &Scoping<'_>) {
    for message in &mut file.messages {
        for field in &mut message.fields {
            field.type_name = scoping.field_type(&field.type_name, &message.name);
        }
    }
    for extension in &mut file.extensions {
        extension.extendee = scoping.name(&extension.extendee, &extension.scope);
        extension.field.type_name = scoping.field_type(&extension.field.type_name, &extension.scope);
    }
    for service in &mut file.services {
        for method in &mut service.methods {
            method.request = scoping.name(&method.request, &service.name);
            method.response = scoping.name(&method.response, &service.name);
        }
    }
}

impl Scoping<'_> {
    fn field_type(&self, written: &str, scope: &str) -> String {
        if is_scalar(written) {
            return written.to_owned();
        }
        let map = written.strip_prefix("map<").and_then(|rest| rest.strip_suffix('>'));
        match map.and_then(|inner| inner.split_once(", ")) {
            Some((key, value)) => format!("map<{key}, {}>", self.field_type(value, scope)),
            None => self.name(written, scope),
        }
    }

    /// From the innermost scope outward: the first scope that knows the first part of the name decides.
    fn name(&self, written: &str, scope: &str) -> String {
        if let Some(absolute) = written.strip_prefix('.') {
            return absolute.to_owned();
        }
        let first = written.split('.').next().unwrap_or(written);
        let is_simple = first.len() == written.len();
        let mut scope = scope;
        loop {
            let candidate = within(scope, first);
            let decides = match self.meaning(&candidate) {
                Some(Meaning::Type) => true,
                Some(Meaning::Enclosing) => !is_simple,
                None => false,
            };
            if decides {
                let full = within(scope, written);
                let known = self.meaning(&full) == Some(Meaning::Type);
                return if known { full } else { written.to_owned() };
            }
            if scope.is_empty() {
                return written.to_owned();
            }
            scope = scope.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
    }

    fn meaning(&self, name: &str) -> Option<Meaning> {
        let known = self.index.names.get(name)?.iter().filter(|(file, _)| self.visible.contains(file));
        known.map(|(_, meaning)| *meaning).min_by_key(|meaning| *meaning != Meaning::Type)
    }
}

fn within(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

fn is_scalar(name: &str) -> bool {
    matches!(
        name,
        "double"
            | "float"
            | "int32"
            | "int64"
            | "uint32"
            | "uint64"
            | "sint32"
            | "sint64"
            | "fixed32"
            | "fixed64"
            | "sfixed32"
            | "sfixed64"
            | "bool"
            | "string"
            | "bytes"
    )
}

//! Which kustomizations use which others and which files: the ones that none uses are environments.

use std::collections::{BTreeMap, BTreeSet};

use crate::extract::kubernetes::files::{Files, is_kustomization, join};
use crate::extract::kubernetes::object::entries;
use crate::extract::yaml::Node;

/// Who uses what.
pub struct Graph {
    /// Folders of the kustomizations to render.
    pub roots: Vec<String>,
    /// Files that kustomizations use.
    pub used: BTreeSet<String>,
}

/// Reads what all kustomizations name.
pub fn graph(files: &Files<'_>) -> Graph {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut components: BTreeSet<String> = BTreeSet::new();
    let mut used: BTreeSet<String> = BTreeSet::new();
    for (path, parsed) in files.all().filter(|(path, _)| is_kustomization(path) && !files.of_chart(path)) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folders = uses.entry(folder.to_owned()).or_default();
        let Some(node) = parsed.documents.first() else { continue };
        if node.str_at(&["kind"]) == Some("Component") {
            components.insert(folder.to_owned());
        }
        for said in named(node) {
            let Some(other) = join(folder, said).filter(|_| !is_remote(said)) else { continue };
            if files.kustomization(&other).is_some() {
                folders.insert(other);
            } else {
                used.insert(other);
            }
        }
    }
    let targets: BTreeSet<&String> =
        uses.iter().flat_map(|(folder, others)| others.iter().filter(move |other| *other != folder)).collect();
    let mut roots: Vec<String> =
        uses.keys().filter(|folder| !targets.contains(folder) && !components.contains(*folder)).cloned().collect();
    // Kustomizations that use each other in a circle have no root: the first of them is rendered, and says so.
    let mut reached: BTreeSet<String> = BTreeSet::new();
    for root in roots.iter().chain(components.iter().filter(|folder| !targets.contains(folder))) {
        reach(root, &uses, &mut reached);
    }
    for folder in uses.keys().filter(|folder| !components.contains(*folder)) {
        if !reached.contains(folder) {
            reach(folder, &uses, &mut reached);
            roots.push(folder.clone());
        }
    }
    roots.sort();
    Graph { roots, used }
}

fn reach(from: &str, uses: &BTreeMap<String, BTreeSet<String>>, reached: &mut BTreeSet<String>) {
    let mut open = vec![from.to_owned()];
    while let Some(folder) = open.pop() {
        if reached.insert(folder.clone()) {
            open.extend(uses.get(&folder).into_iter().flatten().cloned());
        }
    }
}

/// All paths that a kustomization names.
fn named(node: &Node) -> Vec<&str> {
    let mut paths = Vec::new();
    let lists = [
        "resources",
        "bases",
        "components",
        "patchesStrategicMerge",
        "crds",
        "configurations",
        "transformers",
        "generators",
    ];
    for key in lists {
        paths.extend(node.seq_at(&[key]).iter().filter_map(Node::str).filter(|said| !said.contains('\n')));
    }
    for key in ["patches", "patchesJson6902", "replacements"] {
        paths.extend(node.seq_at(&[key]).iter().filter_map(|entry| entry.str_at(&["path"])));
    }
    for key in ["configMapGenerator", "secretGenerator"] {
        for entry in node.seq_at(&[key]) {
            for (_, list) in entries(Some(entry)).filter(|(key, _)| matches!(*key, "files" | "envs" | "env")) {
                let all = list.seq().iter().chain(Some(list)).filter_map(Node::str);
                paths.extend(all.map(|said| said.split_once('=').map_or(said, |(_, path)| path)));
            }
        }
    }
    paths
}

/// Whether a resource is somewhere else: a URL, or a repository with a path inside of it.
pub fn is_remote(said: &str) -> bool {
    said.contains("://")
        || said.starts_with("git@")
        || said.starts_with("git::")
        || said.starts_with("github.com/")
        || said.contains("?ref=")
        || said.trim_start_matches("./").contains("//")
}

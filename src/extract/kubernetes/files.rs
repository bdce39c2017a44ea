//! The YAML files of a project, each read once, and which of them are manifests, kustomizations or parts of charts.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::extract::yaml::{self, Node, Parsed};
use crate::sources::{Artefact, Sources};

/// API groups whose objects are read by programs on a developer's machine, and not sent to a cluster.
const NOT_OF_A_CLUSTER: &[&str] =
    &["kustomize.config.k8s.io", "skaffold", "backstage.io", "kind.x-k8s.io", "k3d.io", "ctlptl.dev", "kubeadm.k8s.io"];

/// What was read.
pub struct Files<'a> {
    sources: &'a Sources,
    parsed: BTreeMap<&'a str, Parsed>,
    /// Folders of charts; no chart is inside of another.
    pub charts: BTreeSet<&'a str>,
}

impl<'a> Files<'a> {
    /// Reads all YAML files but the templates of charts, which are no YAML yet.
    pub fn read(sources: &'a Sources) -> Self {
        let charts = charts(sources);
        let paths: Vec<_> = sources
            .of(Artefact::Yaml)
            .filter(|source| !charts.iter().any(|chart| inside(&format!("{}templates", slashed(chart)), &source.path)))
            .collect();
        let parsed = paths.par_iter().map(|source| (&*source.path, yaml::read(&source.path, &source.text()))).collect();
        Self { sources, parsed, charts }
    }

    /// The files that were read, in order of their paths.
    pub fn all(&self) -> impl Iterator<Item = (&'a str, &Parsed)> {
        self.parsed.iter().map(|(path, parsed)| (*path, parsed))
    }

    /// What one file holds, whatever its name ends with; `None` if it is not there.
    pub fn get(&self, path: &str) -> Option<Cow<'_, Parsed>> {
        if let Some(parsed) = self.parsed.get(path) {
            return Some(Cow::Borrowed(parsed));
        }
        Some(Cow::Owned(yaml::read(path, &self.text(path)?)))
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<Cow<'a, str>> {
        Some(self.sources.get(path)?.text())
    }

    /// The kustomization of a folder.
    pub fn kustomization(&self, folder: &str) -> Option<(&'a str, &Parsed)> {
        let mut paths = KUSTOMIZATIONS.iter().map(|name| join(folder, name));
        paths.find_map(|path| {
            let path = path?;
            self.parsed.get_key_value(path.as_str()).map(|(path, parsed)| (*path, parsed))
        })
    }

    /// Whether a chart is for other charts only, and deploys nothing.
    pub fn is_library(&self, chart: &str) -> bool {
        let parsed = self.parsed.get(format!("{}Chart.yaml", slashed(chart)).as_str());
        let document = parsed.and_then(|parsed| parsed.documents.first());
        document.and_then(|document| document.str_at(&["type"])) == Some("library")
    }

    /// Whether a file belongs to a chart.
    pub fn of_chart(&self, path: &str) -> bool {
        self.charts.iter().any(|chart| {
            // A chart in the root of a project owns its own folders only.
            let own = ["templates", "charts", "crds"];
            if chart.is_empty() { own.iter().any(|folder| inside(folder, path)) } else { inside(chart, path) }
        })
    }
}

/// Folders with a `Chart.yaml` beside templates or with dependencies.
fn charts(sources: &Sources) -> BTreeSet<&str> {
    let mut charts: BTreeSet<&str> = BTreeSet::new();
    // Outer folders first, whatever the order of the files is.
    let mut found: Vec<&str> = Vec::new();
    for source in sources.of(Artefact::Yaml).filter(|source| source.name() == "Chart.yaml") {
        let folder = source.folder();
        let templates = format!("{}templates", slashed(folder));
        if sources.files.iter().any(|source| inside(&templates, &source.path))
            || source.text().lines().any(|line| line.trim_end() == "dependencies:")
        {
            found.push(folder);
        }
    }
    found.sort_by_key(|folder| (folder.len(), *folder));
    for folder in found {
        if !charts.iter().any(|outer| inside(outer, folder)) {
            charts.insert(folder);
        }
    }
    charts
}

/// The names that the program `kustomize` looks for, in its order (kustomize 5, `konfig.RecognizedKustomizationFileNames`).
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether a file is a kustomization.
pub fn is_kustomization(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| KUSTOMIZATIONS.contains(&name))
}

/// The objects of documents: those that a cluster takes, lists unpacked.
pub fn objects(documents: &[Node]) -> Vec<Node> {
    let mut found = Vec::new();
    for document in documents {
        unpack(document, &mut found);
    }
    found
}

fn unpack(document: &Node, found: &mut Vec<Node>) {
    let (Some(version), Some(kind)) = (document.str_at(&["apiVersion"]), document.str_at(&["kind"])) else { return };
    let group = version.split('/').next().unwrap_or_default();
    if NOT_OF_A_CLUSTER.contains(&group) {
        return;
    }
    if kind.ends_with("List") && document.get("items").is_some() {
        for item in document.seq_at(&["items"]) {
            unpack(item, found);
        }
    } else if document.at(&["metadata", "name"]).or_else(|| document.at(&["metadata", "generateName"])).is_some() {
        found.push(document.clone());
    }
}

/// Whether a path lies in a folder. The root holds everything.
pub fn inside(folder: &str, path: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn slashed(folder: &str) -> String {
    if folder.is_empty() { String::new() } else { format!("{folder}/") }
}

/// A path as a file in a folder writes it, from the root; `None` if it leads out of the project.
pub fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') || path.contains('\0') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

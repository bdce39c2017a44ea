//! Kustomizations into rendered objects, in the order in which kustomize works.
//!
//! Knows objects as trees only. Whatever cannot be rendered makes the environment partial, and is said once.

mod fields;
mod generate;
mod graph;
mod json_patch;
mod merge;
mod names;
#[cfg(test)]
mod official;
mod patch;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::files::{Files, join, objects};
use crate::extract::yaml::Node;
use crate::facts::Diagnostic;
use crate::facts::deployment::Environment;
use crate::span::Span;
use fields::Reach;
use generate::{Generated, data_key, generate};

/// The most work on one environment, in nodes that are looked at.
const MAX_WORK: usize = 20_000_000;

/// The most work on all environments of a project.
const MAX_WORK_ON_ALL: usize = 400_000_000;

/// What copying a node counts for: it takes memory, too.
const COPIED: usize = 8;

/// The longest chain of kustomizations.
const MAX_CHAIN: usize = 64;

/// What the kustomizations of a project make.
#[derive(Default)]
pub struct Rendered {
    /// One for each kustomization that no other one uses, components left out.
    pub environments: Vec<Environment>,
    /// What could not be rendered.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that kustomizations use.
    pub used: BTreeSet<String>,
}

/// An object while it is rendered.
#[derive(Clone)]
pub struct Object {
    /// The object.
    pub node: Node,
    /// Names that it had before.
    pub before: Vec<String>,
    /// Whether a file that it is generated from could not be read.
    pub unread: bool,
}

impl Object {
    fn kind(&self) -> &str {
        self.node.str_at(&["kind"]).unwrap_or_default()
    }

    fn name(&self) -> &str {
        self.node.str_at(&["metadata", "name"]).unwrap_or_default()
    }

    fn is_named(&self, name: &str) -> bool {
        self.name() == name || self.before.iter().any(|before| before == name)
    }
}

/// Renders all kustomizations.
pub fn render(files: &Files<'_>) -> Rendered {
    let graph = graph::graph(files);
    let mut rendered = Rendered { used: graph.used, ..Rendered::default() };
    let mut left = MAX_WORK_ON_ALL;
    for folder in graph.roots {
        let most = left.min(MAX_WORK);
        let mut renderer =
            Renderer { files, diagnostics: Vec::new(), because: BTreeSet::new(), work: 0, most, chain: Vec::new() };
        let objects = renderer.target(&folder, Vec::new());
        let mut environment = Environment {
            name: if folder.is_empty() { "kustomize".to_owned() } else { folder.clone() },
            path: folder,
            kind: "kustomize".to_owned(),
            partial: !renderer.because.is_empty(),
            partial_because: renderer.because.iter().cloned().collect::<Vec<_>>().join("; "),
            ..Environment::default()
        };
        for object in &objects {
            let known = environment.config_maps.len();
            super::object::read(&object.node, &mut environment);
            environment.config_maps[known..].iter_mut().for_each(|map| map.partial = object.unread);
        }
        left = left.saturating_sub(renderer.work);
        rendered.environments.push(environment);
        rendered.diagnostics.extend(renderer.diagnostics);
    }
    shorten(&mut rendered.environments);
    rendered
}

/// Names environments by the last part of their folder where that tells them apart.
fn shorten(environments: &mut [Environment]) {
    let short = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let all: Vec<String> = environments.iter().map(|of| short(&of.name)).collect();
    for environment in environments {
        let name = short(&environment.name);
        if all.iter().filter(|other| **other == name).count() == 1 {
            environment.name = name;
        }
    }
}

/// What is known while one environment is rendered.
pub struct Renderer<'a> {
    files: &'a Files<'a>,
    diagnostics: Vec<Diagnostic>,
    because: BTreeSet<String>,
    work: usize,
    most: usize,
    chain: Vec<String>,
}

impl Renderer<'_> {
    /// Something that is not rendered.
    fn report(&mut self, at: &Span, message: &str, help: &str) {
        self.because.insert(message.to_owned());
        self.note(at, message, help);
    }

    /// Something odd that leaves nothing out.
    fn note(&mut self, at: &Span, message: &str, help: &str) {
        let (message, help) = (message.to_owned(), help.to_owned());
        self.diagnostics.push(Diagnostic { at: at.clone(), message, help });
    }

    fn incomplete(&mut self, because: &str) {
        self.because.insert(because.to_owned());
    }

    /// Whether there is work left to do; says once when it is used up.
    fn spend(&mut self, nodes: usize) -> bool {
        if self.work > self.most {
            return false;
        }
        self.work = self.work.saturating_add(nodes).saturating_add(1);
        if self.work > self.most {
            let file = self.chain.last().map_or_else(String::new, |folder| format!("{folder}/kustomization.yaml"));
            self.report(&Span::line(file, 1), "kustomizations too large to render", "render fewer objects at once");
            return false;
        }
        true
    }

    /// Renders the kustomization of a folder over objects that are there already (for a component: its user's).
    fn target(&mut self, folder: &str, before: Vec<Object>) -> Vec<Object> {
        let mut objects = before;
        let Some((path, parsed)) = self.files.kustomization(folder) else { return objects };
        let Some(node) = parsed.documents.first() else {
            self.report(&Span::line(path, 1), "an empty kustomization", "say what it uses");
            return objects;
        };
        if parsed.partial {
            self.incomplete("a kustomization cannot be read wholly");
        }
        if self.chain.len() >= MAX_CHAIN || !self.spend(1) {
            self.report(&node.span, "a chain of kustomizations that is too long", "shorten it");
            return objects;
        }
        self.chain.push(folder.to_owned());
        self.accumulate(folder, node, &mut objects);
        self.transform(folder, node, &mut objects);
        self.chain.pop();
        objects
    }

    /// Resources, generated objects, components.
    fn accumulate(&mut self, folder: &str, node: &Node, objects: &mut Vec<Object>) {
        for entry in node.seq_at(&["resources"]).iter().chain(node.seq_at(&["bases"])) {
            let more = self.resource(folder, entry);
            objects.extend(more);
        }
        let options = node.get("generatorOptions");
        let mut later = Vec::new();
        for (key, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
            for entry in node.seq_at(&[key]) {
                let Some(generated) = generate(self.files, folder, kind, entry, options) else { continue };
                for (at, file) in &generated.unread {
                    let message = format!("{file} of a {key} is not there, or of a kind that is not read");
                    self.note(at, &message, "name a file of the project that holds settings");
                }
                if !self.spend(generated.work.saturating_mul(COPIED)) {
                    return;
                }
                if generated.behavior == "create" {
                    let unread = !generated.unread.is_empty();
                    objects.push(Object { node: generated.object, before: Vec::new(), unread });
                } else {
                    later.push((kind, generated));
                }
            }
        }
        for entry in node.seq_at(&["components"]) {
            let Some(said) = entry.str() else { continue };
            match self.folder(folder, said, entry) {
                Some(component) => *objects = self.target(&component, std::mem::take(objects)),
                None => self.missing(said, entry),
            }
        }
        // What components made can be merged into as well.
        for (kind, generated) in later {
            if self.spend(generated.work.saturating_mul(generated.work).saturating_add(objects.len())) {
                absorb(kind, generated, objects);
            }
        }
    }

    /// What one entry of `resources` stands for.
    fn resource(&mut self, folder: &str, entry: &Node) -> Vec<Object> {
        let Some(said) = entry.str() else { return Vec::new() };
        if let Some(base) = self.folder(folder, said, entry) {
            return self.target(&base, Vec::new());
        }
        let files = self.files;
        let parsed = if graph::is_remote(said) { None } else { join(folder, said).and_then(|path| files.get(&path)) };
        let Some(parsed) = parsed else {
            self.missing(said, entry);
            return Vec::new();
        };
        if parsed.partial {
            self.incomplete("a resource cannot be read wholly");
        }
        let found = objects(&parsed.documents);
        if !self.spend(found.iter().map(Node::size).sum::<usize>().saturating_mul(COPIED)) {
            return Vec::new();
        }
        found.into_iter().map(|node| Object { node, before: Vec::new(), unread: false }).collect()
    }

    /// The folder of another kustomization, if the text names one that is not being rendered already.
    fn folder(&mut self, folder: &str, said: &str, entry: &Node) -> Option<String> {
        if graph::is_remote(said) {
            return None;
        }
        let other = join(folder, said)?;
        self.files.kustomization(&other)?;
        if self.chain.contains(&other) {
            let message = format!("the kustomization {other} uses itself");
            self.report(&entry.span, &message, "break the cycle");
            return None;
        }
        Some(other)
    }

    fn missing(&mut self, said: &str, entry: &Node) {
        // A cycle was reported when it was met.
        if self.diagnostics.last().is_some_and(|last| last.at == entry.span) {
            return;
        }
        let (message, help) = if graph::is_remote(said) {
            (format!("{said} is remote, and not fetched"), "put a copy of it into the project")
        } else {
            (format!("{said} is not there, or not in the project"), "name a file or a kustomization of the project")
        };
        self.report(&entry.span, &message, help);
    }

    /// Patches, then names, labels and figures.
    fn transform(&mut self, folder: &str, node: &Node, objects: &mut Vec<Object>) {
        for entry in node.seq_at(&["patchesStrategicMerge"]) {
            patch::strategic(self, folder, entry, objects);
        }
        for entry in node.seq_at(&["patches"]) {
            patch::patch(self, folder, entry, objects);
        }
        let work: usize = objects.iter().map(|object| object.node.size()).sum();
        let images = (1 + node.seq_at(&["images"]).len()).saturating_mul(work / COPIED);
        let labels = ["commonLabels", "commonAnnotations"].iter().filter_map(|key| node.get(key));
        let labels = labels.chain(node.seq_at(&["labels"]).iter().filter_map(|entry| entry.get("pairs")));
        // Each is looked for among those that an object has.
        let labels: usize = labels.map(|pairs| pairs.map().len().saturating_pow(2)).sum();
        let entries = node.seq_at(&["replicas"]).len().saturating_add(labels).saturating_mul(objects.len());
        if !self.spend(work.saturating_mul(2).saturating_add(images).saturating_add(entries)) {
            return;
        }
        if let Some(namespace) = node.get("namespace").filter(|of| of.str().is_some()) {
            names::namespace(objects, namespace);
        }
        let text = |key: &str| node.str_at(&[key]).unwrap_or_default();
        names::rename(objects, text("namePrefix"), text("nameSuffix"));
        fields::labels(objects, node.get("commonLabels"), Reach::Selectors);
        for entry in node.seq_at(&["labels"]) {
            let is = |key: &str| entry.get(key).and_then(Node::bool) == Some(true);
            let reach = if is("includeSelectors") {
                Reach::Selectors
            } else if is("includeTemplates") {
                Reach::Templates
            } else {
                Reach::Object
            };
            fields::labels(objects, entry.get("pairs"), reach);
        }
        fields::annotations(objects, node.get("commonAnnotations"));
        for entry in node.seq_at(&["patchesJson6902"]) {
            patch::patch(self, folder, entry, objects);
        }
        node.seq_at(&["replicas"]).iter().for_each(|entry| fields::replicas(objects, entry));
        node.seq_at(&["images"]).iter().for_each(|entry| fields::image(objects, entry));
        names::follow(objects);
        for key in ["replacements", "vars", "transformers", "generators", "helmCharts", "helmChartInflationGenerator"] {
            if let Some(field) = node.get(key) {
                let message = format!("{key} of a kustomization, which are not rendered");
                self.report(&field.span, &message, "put the output of `kustomize build` into the project");
            }
        }
    }
}

/// Merges a generated object into the one that it names, or replaces that one's data.
fn absorb(kind: &str, generated: Generated, objects: &mut Vec<Object>) {
    let Generated { object, behavior, unread, .. } = generated;
    let unread = !unread.is_empty();
    let name = object.str_at(&["metadata", "name"]).unwrap_or_default().to_owned();
    let Some(known) = objects.iter_mut().find(|of| of.kind() == kind && of.is_named(&name)) else {
        objects.push(Object { node: object, before: Vec::new(), unread });
        return;
    };
    known.unread = unread || known.unread && behavior != "replace";
    let key = data_key(kind);
    let Some(data) = object.get(key) else { return };
    if behavior == "replace" {
        known.node.remove("data");
        known.node.set(key, data.clone());
    } else if let Some(old) = known.node.child(key, &data.span) {
        for (key, value) in super::object::entries(Some(data)) {
            old.set(key, value.clone());
        }
    }
}

//! From the layers of one compose service to its facts. Each key has its own way of uniting layers: single values are
//! replaced, lists and variables are added to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Layer;
use crate::extract::command_line::{expand, program, script_of_shell, words};
use crate::extract::document::{Content, Node};
use crate::extract::dotenv;
use crate::facts::Diagnostic;
use crate::facts::deployment::{ComposeService, EnvSource, EnvVar, Read};
use crate::sources::Sources;
use crate::span::Span;

/// The most elements of one list that are read.
const MAX_LIST: usize = 2_000;

/// What all services of a file share.
pub struct Context<'a> {
    /// The project, for `env_file`.
    pub sources: &'a Sources,
    /// Variables of the `.env` file beside the compose file.
    pub variables: &'a BTreeMap<String, String>,
    /// The compose file.
    pub file: &'a str,
}

impl Context<'_> {
    fn expanded(&self, text: &str) -> String {
        expand(text, &|name| self.variables.get(name).cloned())
    }

    fn text(&self, node: &Node) -> Option<String> {
        node.text().map(|text| self.expanded(text))
    }

    fn read(&self, layer: &Layer, node: &Node) -> Option<Read<String>> {
        Some(Read { value: self.text(node)?, at: node.span(&layer.file) })
    }
}

/// Reads a service from its layers, of which the later win.
pub fn read(
    context: &Context<'_>,
    name: &str,
    layers: &[Layer],
    at: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> ComposeService {
    let image = last(layers, "image").and_then(|(layer, node)| context.read(layer, node));
    let build = build(context, layers);
    let (entrypoint, command) = commands(context, layers);
    let replicas = layers
        .iter()
        .rev()
        .find_map(|layer| {
            let deployed = layer.node.get("deploy").and_then(|deploy| deploy.get("replicas"));
            Some((layer, deployed.or_else(|| layer.node.get("scale"))?))
        })
        .and_then(|(layer, node)| context.read(layer, node))
        .and_then(|read| Some(Read { value: read.value.parse().ok()?, at: read.at }));
    ComposeService {
        file: context.file.to_owned(),
        name: name.to_owned(),
        image,
        build_context: build.context,
        dockerfile: build.dockerfile,
        build_target: build.target,
        build_args: build.arguments,
        entrypoint,
        command,
        env: environment(context, layers, diagnostics),
        ports: ports(context, layers),
        depends_on: depends_on(layers),
        replicas,
        profiles: layers
            .iter()
            .filter_map(|layer| layer.node.get("profiles"))
            .flat_map(|profiles| profiles.elements().iter().take(MAX_LIST))
            .filter_map(|profile| context.text(profile))
            .collect(),
        completes: false,
        at,
    }
}

/// The folder of a path; empty at the root.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A path as the project knows it; `None` when it leaves the project.
pub fn project_path(folder: &str, path: &str) -> Option<String> {
    if path.starts_with(['/', '~']) {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn last<'a>(layers: &'a [Layer], key: &str) -> Option<(&'a Layer, &'a Arc<Node>)> {
    layers.iter().rev().find_map(|layer| Some((layer, layer.node.get(key)?)))
}

#[derive(Default)]
struct Build {
    context: Option<Read<String>>,
    dockerfile: Option<String>,
    target: Option<String>,
    arguments: BTreeMap<String, String>,
}

fn build(context: &Context<'_>, layers: &[Layer]) -> Build {
    let mut build = Build::default();
    let mut dockerfile = "Dockerfile".to_owned();
    let mut is_inline = false;
    for layer in layers {
        let Some(node) = layer.node.get("build") else { continue };
        let written = match &node.content {
            Content::Scalar(_) => Some(node),
            _ => node.get("context"),
        };
        // Without a context it is the folder of the compose file.
        let path = written.and_then(|written| context.text(written));
        if path.is_some() || build.context.is_none() {
            let path = path.unwrap_or_else(|| ".".to_owned());
            let is_remote = path.contains("://") || path.starts_with("git@");
            let value = if is_remote { Some(path) } else { project_path(folder(&layer.file), &path) };
            let at = written.unwrap_or(node).span(&layer.file);
            build.context = value.map(|value| Read { value, at });
        }
        if let Some(named) = node.get("dockerfile").and_then(|named| context.text(named)) {
            dockerfile = named;
        }
        is_inline |= node.get("dockerfile_inline").is_some();
        if let Some(target) = node.get("target").and_then(|target| context.text(target)) {
            build.target = Some(target);
        }
        for (name, value, _) in node.get("args").map(|args| pairs(context, args)).unwrap_or_default() {
            build.arguments.insert(name.clone(), value.unwrap_or_else(|| format!("${{{name}}}")));
        }
    }
    build.dockerfile = build
        .context
        .as_ref()
        .filter(|context| !is_inline && !context.value.contains("://") && !context.value.starts_with("git@"))
        .and_then(|context| project_path(&context.value, &dockerfile));
    build
}

/// The words of `entrypoint` and of `command`; where a shell starts a program, the words of that program.
fn commands(context: &Context<'_>, layers: &[Layer]) -> (Vec<String>, Vec<String>) {
    let [entrypoint, command] = ["entrypoint", "command"].map(|key| {
        let Some((_, node)) = last(layers, key) else { return Vec::new() };
        match &node.content {
            Content::Scalar(text) => words(&context.expanded(text)).into_iter().map(|word| word.text).collect(),
            _ => node.elements().iter().take(MAX_LIST).filter_map(|word| context.text(word)).collect(),
        }
    });
    if entrypoint.is_empty() {
        return (entrypoint, program(command).0);
    }
    // `entrypoint: [sh, -c]` gets its script from the command.
    let whole: Vec<String> = entrypoint.iter().chain(&command).cloned().collect();
    if script_of_shell(&whole).is_some() {
        return (program(whole).0, Vec::new());
    }
    (entrypoint, command)
}

fn environment(context: &Context<'_>, layers: &[Layer], diagnostics: &mut Vec<Diagnostic>) -> Vec<EnvVar> {
    let mut found: Vec<EnvVar> = Vec::new();
    let mut add = |name: String, value: String, at: Span| {
        let variable = EnvVar { name, source: EnvSource::Literal(value), at };
        match found.iter().position(|known| known.name == variable.name) {
            Some(known) => found[known] = variable,
            None if found.len() < MAX_LIST => found.push(variable),
            None => {}
        }
    };
    for layer in layers {
        for (node, required) in layer.node.get("env_file").map(env_files).unwrap_or_default() {
            let Some(written) = context.text(node) else { continue };
            let source = project_path(folder(&layer.file), &written).and_then(|path| context.sources.get(&path));
            match source {
                Some(source) => {
                    for variable in dotenv::read(&source.text()) {
                        let place = (variable.line, variable.column);
                        let value = context.expanded(&variable.value);
                        add(variable.name, value, Span::new(source.path.clone(), place, place));
                    }
                }
                None if required => diagnostics.push(Diagnostic {
                    at: node.span(&layer.file),
                    message: format!("env_file {written} is not in the project"),
                    help: "its variables are unknown; add the file, or an example of it".to_owned(),
                }),
                None => {}
            }
        }
    }
    for layer in layers {
        let Some(node) = layer.node.get("environment") else { continue };
        for (name, value, place) in pairs(context, node) {
            // Without a value it is handed on from wherever compose runs.
            let value =
                value.or_else(|| context.variables.get(&name).cloned()).unwrap_or_else(|| format!("${{{name}}}"));
            let (start, end) = place;
            add(name, value, Span::new(layer.file.clone(), start, end));
        }
    }
    found
}

/// Files of `env_file` in its three forms, and whether each has to be there.
fn env_files(node: &Arc<Node>) -> Vec<(&Node, bool)> {
    let one = std::slice::from_ref(node);
    let all = if node.elements().is_empty() { one } else { node.elements() };
    all.iter()
        .take(MAX_LIST)
        .filter_map(|file| match &file.content {
            Content::Scalar(_) => Some((&**file, true)),
            _ => {
                let required = file.get("required").and_then(|required| required.text()) != Some("false");
                Some((&**file.get("path")?, required))
            }
        })
        .collect()
}

/// A place: its start and its end.
type Place = ((u32, u32), (u32, u32));

/// Names with values, from a mapping or from a list of `NAME=value`.
fn pairs(context: &Context<'_>, node: &Node) -> Vec<(String, Option<String>, Place)> {
    let mapped = node
        .entries()
        .iter()
        .take(MAX_LIST)
        .map(|entry| (entry.key.to_string(), context.text(&entry.value), (entry.at, entry.value.end)));
    let listed = node.elements().iter().take(MAX_LIST).filter_map(|element| {
        let text = element.text()?;
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(context.expanded(value))),
            None => (text, None),
        };
        Some((name.trim().to_owned(), value, (element.start, element.end)))
    });
    mapped.chain(listed).collect()
}

fn ports(context: &Context<'_>, layers: &[Layer]) -> Vec<i64> {
    let mut found = Vec::new();
    for layer in layers {
        for key in ["ports", "expose"] {
            let Some(node) = layer.node.get(key) else { continue };
            for element in node.elements().iter().take(MAX_LIST) {
                let written = element.get("target").unwrap_or(element);
                let Some(text) = context.text(written) else { continue };
                for port in container_ports(&text) {
                    if !found.contains(&port) {
                        found.push(port);
                    }
                }
            }
        }
    }
    found
}

/// The side of the container of `127.0.0.1:8080:80/tcp`, `8080-8082:80-82`, `80`.
fn container_ports(text: &str) -> Vec<i64> {
    let inside = text.split('/').next().unwrap_or(text).rsplit(':').next().unwrap_or(text);
    let port = |text: &str| text.trim().parse::<u16>().ok().map(i64::from);
    match inside.split_once('-') {
        Some((first, last)) => match (port(first), port(last)) {
            (Some(first), Some(last)) if last >= first && last - first < 100 => (first..=last).collect(),
            _ => Vec::new(),
        },
        None => port(inside).into_iter().collect(),
    }
}

/// Services that a service waits for until they have completed.
pub fn waits_for_completion(layers: &[Layer]) -> impl Iterator<Item = String> {
    layers
        .iter()
        .filter_map(|layer| layer.node.get("depends_on"))
        .flat_map(|node| node.entries().iter().take(MAX_LIST))
        .filter(|entry| {
            let condition = entry.value.get("condition").and_then(|condition| condition.text());
            condition == Some("service_completed_successfully")
        })
        .map(|entry| entry.key.to_string())
}

fn depends_on(layers: &[Layer]) -> Vec<Read<String>> {
    let mut found: Vec<Read<String>> = Vec::new();
    for layer in layers {
        let Some(node) = layer.node.get("depends_on") else { continue };
        let listed = node
            .elements()
            .iter()
            .take(MAX_LIST)
            .filter_map(|element| Some(Read { value: element.text()?.to_owned(), at: element.span(&layer.file) }));
        let mapped = node.entries().iter().take(MAX_LIST).map(|entry| Read {
            value: entry.key.to_string(),
            at: Span::new(layer.file.clone(), entry.at, entry.value.end),
        });
        for read in listed.chain(mapped) {
            if !found.iter().any(|known| known.value == read.value) {
                found.push(read);
            }
        }
    }
    found
}

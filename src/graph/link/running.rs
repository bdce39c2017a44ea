//! What runs: the containers of workloads, and compose services, each with its image, its words and what it is called.

use super::Linker;
use super::environments::is_scaffolding;
use super::matching::{extends, image_name, is_any_part, is_known_product, same};
use crate::facts::Facts;
use crate::facts::deployment::{Container, Dockerfile, Stage, Workload};
use crate::span::Span;

/// How many stages of a Dockerfile are followed down to the first.
const MAX_STAGES: usize = 16;

/// Something that runs: a workload's container, or a compose service.
pub(super) struct Running<'a> {
    pub name: String,
    pub kind: &'static str,
    pub image: Option<&'a str>,
    /// The program that it starts, where that is not left to the image, then the words that it is given.
    pub command: Vec<&'a str>,
    /// Whether the program is left to the image.
    pub starts_image: bool,
    pub labels: Vec<&'a str>,
    /// The image, where a Dockerfile of the project makes it.
    pub built: Option<Built<'a>>,
    pub workload: Option<(usize, usize, usize)>,
    pub workload_name: Option<String>,
    pub compose: Option<usize>,
    pub at: Span,
}

/// An image that a Dockerfile makes: one of its stages.
#[derive(Clone, Copy)]
pub(super) struct Built<'a> {
    pub file: &'a Dockerfile,
    pub stage: &'a Stage,
}

impl<'a> Built<'a> {
    /// The image of a file: the stage of a name, else the last.
    fn of(file: &'a Dockerfile, target: Option<&str>) -> Option<Self> {
        let named = target.and_then(|target| file.stages.iter().find(|stage| stage.name.eq_ignore_ascii_case(target)));
        Some(Self { file, stage: named.or_else(|| file.stages.last())? })
    }

    /// The images of a file: stages that no other one builds on or copies from, and the last.
    pub fn all(file: &'a Dockerfile) -> impl Iterator<Item = Self> {
        let last = file.stages.len().saturating_sub(1);
        file.stages.iter().enumerate().filter_map(move |(index, stage)| {
            let is_used = file.stages.iter().any(|other| other.base == stage.name);
            let starts = !stage.entrypoint.is_empty() || !stage.command.is_empty();
            (index == last || (starts && !is_used)).then_some(Self { file, stage })
        })
    }

    /// The stage, then those that it is built on.
    fn stages(&self) -> Vec<&'a Stage> {
        let mut all = vec![self.stage];
        while let Some(last) = all.last()
            && all.len() < MAX_STAGES
            && let Some(base) = self.file.stages.iter().find(|stage| stage.name == last.base)
            && !all.iter().any(|known| std::ptr::eq(*known, base))
        {
            all.push(base);
        }
        all
    }

    /// `ENTRYPOINT`, perhaps of a stage below.
    pub fn entrypoint(&self) -> &'a [String] {
        self.stages()
            .into_iter()
            .map(|stage| stage.entrypoint.as_slice())
            .find(|words| !words.is_empty())
            .unwrap_or_default()
    }

    /// `CMD`, perhaps of a stage below.
    pub fn command(&self) -> &'a [String] {
        self.stages()
            .into_iter()
            .map(|stage| stage.command.as_slice())
            .find(|words| !words.is_empty())
            .unwrap_or_default()
    }

    /// The file that a program of the image is a copy of: `target/release/cart` for `/app/server`.
    pub fn origin(&self, program: &str) -> Option<&'a str> {
        let name = base_name(program);
        self.stages().into_iter().flat_map(|stage| &stage.copies).find_map(|(from, to)| {
            let is_it = base_name(to) == name || (base_name(from) == name && (to.ends_with('/') || !to.contains('.')));
            is_it.then_some(from.as_str())
        })
    }

    /// Files that were copied into the image, as they were called.
    pub fn holds(&self, is: impl Fn(&str) -> bool) -> bool {
        self.stages().into_iter().flat_map(|stage| &stage.copies).any(|(from, _)| is(base_name(from)))
    }

    /// Whether it starts a program, under the program's own name or another.
    pub fn starts(&self, program: &str) -> bool {
        self.entrypoint()
            .iter()
            .chain(self.command())
            .take(2)
            .any(|word| base_name(word) == program || self.origin(word).is_some_and(|from| base_name(from) == program))
    }
}

/// The last part of a path.
pub(super) fn base_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// All that runs, by the environments and compose files that hold.
pub(super) fn running<'a>(linker: &'a Linker<'_>) -> Vec<Running<'a>> {
    let facts = linker.facts;
    let mut all = Vec::new();
    for environment in &linker.environments {
        for (index, workload) in facts.kubernetes[*environment].workloads.iter().enumerate() {
            let main = main_container(workload);
            for (position, container) in workload.containers.iter().enumerate() {
                if container.role == "container" {
                    let place = (*environment, index, position);
                    all.push(of_container(facts, place, workload, container, main == Some(position)));
                }
            }
        }
    }
    let composed = linker.compose.iter().map(|id| of_compose(facts, *id));
    let deployed = !all.is_empty() || linker.compose.iter().any(|id| !is_scaffolding(&facts.compose[*id].file));
    all.extend(composed.filter(|of| !deployed || !is_scaffolding(&of.at.file)));
    all
}

/// The container that a workload is there for: the only one, the one of its name, else the first that is no well-known
/// product.
fn main_container(workload: &Workload) -> Option<usize> {
    let all = || workload.containers.iter().enumerate().filter(|(_, of)| of.role == "container");
    let named = all().find(|(_, of)| same(&workload.meta.name, &of.name) || extends(&workload.meta.name, &of.name));
    let own = |of: &Container| of.image.as_ref().is_none_or(|image| !is_known_product(image_name(&image.value)));
    let first = || all().find(|(_, of)| own(of)).or_else(|| all().next());
    named.or_else(first).map(|(position, _)| position)
}

fn of_container<'a>(
    facts: &'a Facts,
    place: (usize, usize, usize),
    workload: &'a Workload,
    container: &'a Container,
    is_main: bool,
) -> Running<'a> {
    let image = container.image.as_ref().map(|image| image.value.as_str());
    // The labels of a pod say what it is there for, and nothing of those beside.
    let keys: &[&str] = if is_main {
        &["app", "app.kubernetes.io/name", "app.kubernetes.io/component", "name", "component"]
    } else {
        &[]
    };
    let labels = keys
        .iter()
        .filter_map(|key| workload.pod_labels.get(*key).map(String::as_str))
        .chain([container.name.as_str()])
        .collect();
    let words = container.command.iter().chain(&container.args).map(|word| word.value.as_str()).collect();
    let namespace = if workload.meta.namespace.is_empty() { "default" } else { &workload.meta.namespace };
    let everywhere = facts.kubernetes[place.0].workloads.iter().flat_map(|of| &of.containers);
    let only = everywhere.filter(|of| of.name == container.name).count() == 1;
    let generic = is_any_part(&container.name) || matches!(container.name.as_str(), "main" | "web");
    Running {
        name: if is_main {
            workload.meta.name.clone()
        } else if only && !generic {
            container.name.clone()
        } else {
            format!("{}/{}", workload.meta.name, container.name)
        },
        kind: if matches!(workload.meta.kind.as_str(), "Job" | "CronJob") { "job" } else { "service" },
        image,
        command: words,
        starts_image: container.command.is_empty(),
        labels,
        built: image.and_then(|image| built_as(facts, image)),
        workload: Some(place),
        workload_name: Some(format!("{}/{namespace}/{}", workload.meta.kind, workload.meta.name)),
        compose: None,
        at: workload.meta.at.clone(),
    }
}

/// A compose service.
pub(super) fn of_compose(facts: &Facts, id: usize) -> Running<'_> {
    let of = &facts.compose[id];
    let by_path = |path: &str| facts.dockerfiles.iter().find(|known| known.path == path);
    let file = of.dockerfile.as_deref().and_then(by_path).or_else(|| {
        let context = of.build_context.as_ref()?;
        let path =
            if context.value.is_empty() { "Dockerfile".to_owned() } else { format!("{}/Dockerfile", context.value) };
        by_path(&path)
    });
    let image = of.image.as_ref().map(|image| image.value.as_str());
    let mut command: Vec<&str> = of.entrypoint.iter().chain(&of.command).map(String::as_str).collect();
    if command.is_empty() {
        command = of.build_args.values().map(String::as_str).collect();
    }
    Running {
        name: of.name.clone(),
        kind: if of.completes { "job" } else { "service" },
        image,
        command,
        starts_image: of.entrypoint.is_empty(),
        labels: Vec::new(),
        built: file.and_then(|file| Built::of(file, of.build_target.as_deref())),
        workload: None,
        workload_name: None,
        compose: Some(id),
        at: of.at.clone(),
    }
}

/// What an image is built from: a stage of its name, or a Dockerfile whose folder or file is named like it.
fn built_as<'a>(facts: &'a Facts, image: &str) -> Option<Built<'a>> {
    let name = image_name(image);
    let by_file = facts.dockerfiles.iter().find(|of| {
        let (folder, file) = of.path.rsplit_once('/').unwrap_or(("", &of.path));
        let folder = folder.trim_end_matches("/src").rsplit('/').next().unwrap_or("");
        let stem =
            file.trim_start_matches("Dockerfile.").trim_end_matches(".Dockerfile").trim_end_matches(".dockerfile");
        same(folder, name) || same(stem, name)
    });
    let by_stage = || {
        facts
            .dockerfiles
            .iter()
            .flat_map(Built::all)
            .find(|built| same(&built.stage.name, name) || extends(name, &built.stage.name))
    };
    by_file.and_then(|file| Built::of(file, None)).or_else(by_stage)
}

//! Workload to binary: what is deployed, which binary it runs, with which words and variables.

use std::collections::{BTreeMap, BTreeSet};

use super::Linker;
use super::environments::is_scaffolding;
use super::matching::{binary_of, by_image, entrypoint_of};
use super::running::{Built, Running, running};
use super::targets::{is_loopback, parse};
use crate::config::Config;
use crate::facts::Facts;
use crate::facts::deployment::{Container, Dockerfile, EnvSource, EnvVar, Workload};
use crate::facts::rust::{Binary, What};
use crate::graph::model::{HOLE, Service, Setting};

/// All deployable units, by name.
pub(super) fn units(linker: &Linker<'_>) -> Vec<Service> {
    let facts = linker.facts;
    let running = running(linker);
    let mut of_binary: BTreeMap<usize, Vec<&Running<'_>>> = BTreeMap::new();
    let mut others: Vec<&Running<'_>> = Vec::new();
    let by_name: Vec<Option<usize>> = running.iter().map(|of| binary_of(facts, of)).collect();
    let binaries: Vec<Option<usize>> =
        running.iter().zip(&by_name).map(|(of, known)| known.or_else(|| by_image(of, &running, &by_name))).collect();
    let by_workload: BTreeSet<usize> =
        running.iter().zip(&binaries).filter(|(of, _)| of.workload.is_some()).filter_map(|(_, id)| *id).collect();
    for (of, binary) in running.iter().zip(&binaries) {
        match *binary {
            Some(binary) => of_binary.entry(binary).or_default().push(of),
            None => others.push(of),
        }
    }
    let mut services = Vec::new();
    for (id, binary) in facts.rust.binaries.iter().enumerate() {
        let running = of_binary.remove(&id).unwrap_or_default();
        let workloads: Vec<&&Running<'_>> = running.iter().filter(|of| of.workload.is_some()).collect();
        // Compose services stand for local runs of what workloads deploy; alone, they are the deployment.
        let deciding: Vec<&&Running<'_>> = if by_workload.contains(&id) { workloads } else { running.iter().collect() };
        if deciding.is_empty() {
            if listens(facts, binary) || entrypoint_of(facts, binary) {
                services.push(of_code(linker, id, binary, &running));
            }
            continue;
        }
        let names: BTreeSet<&str> = deciding.iter().map(|of| of.name.as_str()).collect();
        if names.len() == 1 {
            services.push(deployed(linker, id, binary, &running, None));
        } else {
            for name in names {
                let own: Vec<&Running<'_>> = running.iter().copied().filter(|of| of.name == name).collect();
                services.push(deployed(linker, id, binary, &own, Some(name)));
            }
        }
    }
    for of in others {
        if let Some(service) = foreign(linker, of, &services) {
            services.push(service);
        }
    }
    rename(linker.config, facts, &mut services);
    services.sort_by(|a, b| a.name.cmp(&b.name));
    services
}

/// Whether a binary is a service by itself: it listens, consumes, or runs until it is told to stop.
fn listens(facts: &Facts, binary: &Binary) -> bool {
    let test_like = is_scaffolding(&binary.path) || is_scaffolding(&binary.name);
    let serves = binary.entry_points.iter().any(|entry| matches!(entry.kind.as_str(), "rpc" | "endpoint" | "consumer"));
    let registered = binary.entry_points.iter().filter_map(|entry| entry.registered_by).any(|id| {
        matches!(facts.rust.effects[id].what, What::Serve { .. } | What::Route { .. } | What::Consume { .. })
    });
    !test_like && (serves || registered || accepts(facts, binary) || stays(facts, binary))
}

/// Whether a binary runs until it is told to stop, as an orchestrator does it: what ends by itself has no need to listen for
/// SIGTERM. Workers that poll a store or a bucket have no other sign.
fn stays(facts: &Facts, binary: &Binary) -> bool {
    let reached = super::reach::reached(&facts.rust, binary);
    reached.iter().any(|id| matches!(&facts.rust.effects[*id].what, What::Signal { signal } if signal == "terminate"))
}

/// Whether a binary accepts connections of others: no socket of this machine alone, as tools open one for an answer.
fn accepts(facts: &Facts, binary: &Binary) -> bool {
    super::reach::reached(&facts.rust, binary).iter().any(|id| match &facts.rust.effects[*id].what {
        What::Listen { protocol, address, .. } if matches!(protocol.as_str(), "tcp" | "http") => {
            let own = |text: &str| !text.contains("0.0.0.0") && is_loopback(&parse(text).host);
            address.as_text().is_none_or(|text| !own(text))
        }
        _ => false,
    })
}

fn deployed(linker: &Linker<'_>, id: usize, binary: &Binary, running: &[&Running<'_>], name: Option<&str>) -> Service {
    let mut service = of_code(linker, id, binary, running);
    if let Some(name) = name {
        name.clone_into(&mut service.name);
    }
    let by_workload = running.iter().any(|of| of.workload.is_some());
    if running.iter().filter(|of| of.workload.is_some() || !by_workload).all(|of| of.kind == "job") {
        "job".clone_into(&mut service.kind);
    }
    service.id = format!("{}:{}", service.kind, service.name);
    service
}

/// A service of a binary, with all that runs it.
fn of_code(linker: &Linker<'_>, id: usize, binary: &Binary, running: &[&Running<'_>]) -> Service {
    let generic = matches!(binary.name.as_str(), "main" | "server" | "app" | "service" | "api" | "bin" | "worker");
    let repeated = linker.facts.rust.binaries.iter().filter(|other| other.name == binary.name).count() > 1;
    let name = if generic || repeated { &binary.package } else { &binary.name };
    let mut service = Service {
        id: format!("service:{name}"),
        name: name.clone(),
        kind: "service".to_owned(),
        path: binary.path.clone(),
        package: Some(binary.package.clone()),
        binary: Some(id),
        binary_name: Some(binary.name.clone()),
        evidence: vec![binary.at.clone()],
        ..Service::default()
    };
    attach(linker, &mut service, running);
    service
}

/// Joins what runs a service to it: workloads, compose services, words, variables.
fn attach(linker: &Linker<'_>, service: &mut Service, running: &[&Running<'_>]) {
    let facts = linker.facts;
    for of in running {
        if let Some(place) = of.workload {
            service.workloads.push(place);
            service.workload_names.extend(of.workload_name.clone());
        }
        service.compose.extend(of.compose);
        service.evidence.push(of.at.clone());
    }
    let deciding: Vec<&&Running<'_>> = if service.workloads.is_empty() {
        running.iter().collect()
    } else {
        running.iter().filter(|of| of.workload.is_some()).collect()
    };
    let image = deciding.iter().find_map(|of| of.built).or_else(|| {
        let name = service.binary_name.as_deref()?;
        facts.dockerfiles.iter().flat_map(Built::all).find(|of| of.starts(name))
    });
    if let Some(image) = image {
        set_all(&mut service.variables, &image.stage.env);
        service.shell = image.stage.shell;
    }
    // Without a unit that says how it is started, the CMD of an image is a default: it decides no role.
    if deciding.is_empty() {
        service.arguments.extend(image.iter().flat_map(|image| image.entrypoint().iter().cloned()));
    }
    for of in deciding {
        let words = started(of, image, service.binary_name.as_deref());
        service.arguments.extend(words);
        if let Some((environment, workload, container)) = of.workload {
            let workload = &facts.kubernetes[environment].workloads[workload];
            container_variables(linker, workload, &workload.containers[container], &mut service.variables);
        } else if let Some(index) = of.compose {
            set_all(&mut service.variables, &facts.compose[index].env);
        }
    }
}

/// The words that something is started with, the program first.
fn started(of: &Running<'_>, image: Option<Built<'_>>, binary: Option<&str>) -> Vec<String> {
    let said = of.command.iter().map(|word| (*word).to_owned());
    if !of.starts_image {
        return said.collect();
    }
    let mut words = image.map(|image| image.entrypoint().to_vec()).unwrap_or_default();
    if words.is_empty() {
        words.extend(binary.map(str::to_owned));
    }
    if of.command.is_empty() {
        words.extend(image.iter().flat_map(|image| image.command().iter().cloned()));
    } else {
        words.extend(said);
    }
    words
}

fn set_all(variables: &mut BTreeMap<String, Setting>, env: &[EnvVar]) {
    for of in env {
        let value = match &of.source {
            EnvSource::Literal(text) => Some(text.clone()),
            _ => None,
        };
        variables.insert(of.name.clone(), Setting { value, from: None, at: of.at.clone() });
    }
}

/// Variables of a container: `envFrom` first, then `env`, as Kubernetes does.
fn container_variables(
    linker: &Linker<'_>,
    workload: &Workload,
    container: &Container,
    variables: &mut BTreeMap<String, Setting>,
) {
    let environments = || linker.environments.iter().map(|id| &linker.facts.kubernetes[*id]);
    for from in &container.env_from {
        if from.kind == "config_map" {
            for map in environments().flat_map(|of| &of.config_maps).filter(|map| map.meta.name == from.name) {
                for (key, value) in &map.data {
                    let setting = Setting { value: Some(value.value.clone()), from: None, at: value.at.clone() };
                    variables.insert(format!("{}{key}", from.prefix), setting);
                }
            }
        } else {
            for secret in environments().flat_map(|of| &of.secrets).filter(|secret| secret.meta.name == from.name) {
                for (key, at) in &secret.keys {
                    let held = format!("{}/{key}", from.name);
                    let setting = Setting { value: secret.urls.get(key).cloned(), from: Some(held), at: at.clone() };
                    variables.insert(format!("{}{key}", from.prefix), setting);
                }
            }
        }
    }
    for of in &container.env {
        let setting = match &of.source {
            EnvSource::Literal(text) => Setting { value: Some(text.clone()), from: None, at: of.at.clone() },
            EnvSource::ConfigMap { name, key, .. } => {
                let value = environments()
                    .flat_map(|of| &of.config_maps)
                    .filter(|map| map.meta.name == *name)
                    .find_map(|map| map.data.get(key));
                match value {
                    Some(value) => Setting { value: Some(value.value.clone()), from: None, at: value.at.clone() },
                    None => Setting { value: None, from: Some(format!("{name}/{key}")), at: of.at.clone() },
                }
            }
            EnvSource::Secret { name, key, .. } => {
                let url = environments()
                    .flat_map(|of| &of.secrets)
                    .filter(|secret| secret.meta.name == *name)
                    .find_map(|secret| secret.urls.get(key).cloned());
                Setting { value: url, from: Some(format!("{name}/{key}")), at: of.at.clone() }
            }
            EnvSource::Field(field) => Setting { value: of_pod(workload, field), from: None, at: of.at.clone() },
        };
        variables.insert(of.name.clone(), setting);
    }
}

/// A field of the pod, as far as its workload tells it: a pod is called like its workload, with an ending of its own.
fn of_pod(workload: &Workload, field: &str) -> Option<String> {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let key = |kind: &str| field.strip_prefix(kind)?.strip_prefix("['")?.strip_suffix("']");
    match field {
        "metadata.name" if workload.meta.kind == "Pod" => known(&workload.meta.name),
        "metadata.name" => known(&workload.meta.name).map(|name| format!("{name}-{HOLE}")),
        "metadata.namespace" => known(&workload.meta.namespace),
        "spec.serviceAccountName" => workload.service_account.as_ref().and_then(|of| known(&of.value)),
        _ => key("metadata.labels")
            .and_then(|key| workload.pod_labels.get(key).cloned())
            .or_else(|| workload.pod_annotations.get(key("metadata.annotations")?).map(|of| of.value.clone())),
    }
}

/// A unit in another language: its image is built from a Dockerfile of the project.
fn foreign(linker: &Linker<'_>, of: &Running<'_>, known: &[Service]) -> Option<Service> {
    let dockerfile = of.built?.file;
    if known.iter().any(|service| service.name == of.name) || is_scaffolding(&of.name) {
        return None;
    }
    let language = language(dockerfile)?;
    if of.workload.is_none() && (language == "rust" || is_scaffolding(&dockerfile.path)) {
        return None;
    }
    let path = dockerfile.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut service = Service {
        id: format!("{}:{}", of.kind, of.name),
        name: of.name.clone(),
        kind: of.kind.to_owned(),
        path: path.to_owned(),
        language: Some(language.to_owned()),
        ..Service::default()
    };
    attach(linker, &mut service, &[of]);
    Some(service)
}

/// The language of what a Dockerfile builds, by its base images.
fn language(of: &Dockerfile) -> Option<&'static str> {
    const BASES: &[(&str, &str)] = &[
        ("golang", "go"),
        ("node", "javascript"),
        ("python", "python"),
        ("openjdk", "java"),
        ("temurin", "java"),
        ("gradle", "java"),
        ("maven", "java"),
        ("dotnet", "csharp"),
        ("ruby", "ruby"),
        ("php", "php"),
        ("rust", "rust"),
        ("cargo-chef", "rust"),
        ("elixir", "elixir"),
        ("gcc", "c++"),
    ];
    of.stages.iter().find_map(|stage| {
        let base = stage.base.to_lowercase();
        BASES.iter().find(|(word, _)| base.contains(word)).map(|(_, language)| *language)
    })
}

/// Names that `loadpath.yaml` gives.
fn rename(config: &Config, facts: &Facts, services: &mut [Service]) {
    for (name, of) in &config.services {
        let found = services.iter_mut().find(|service| {
            of.binary.as_ref().is_some_and(|binary| service.binary_name.as_ref() == Some(binary))
                || of.workload.as_ref().is_some_and(|workload| {
                    service
                        .workload_names
                        .iter()
                        .any(|known| known == workload || known.rsplit('/').next() == Some(workload))
                })
                || of.path.as_ref().is_some_and(|path| service.path == *path)
                || service.name == *name
        });
        if let Some(service) = found {
            service.name.clone_from(name);
            service.id = format!("{}:{name}", service.kind);
            if of.language.is_some() {
                service.language.clone_from(&of.language);
            }
        }
    }
    let _ = facts;
}

//! Manifests to what runs: containers of the project's services, the ports they listen on, the variables they are given,
//! and the Kubernetes Services and budgets in front of them.

use std::collections::BTreeMap;

use super::{Model, plain_secret};
use crate::facts::deployment::{
    ConfigMap, Container, EnvSource, Environment, KubernetesService, Read, ServicePort, Workload,
};
use crate::facts::rust::What;
use crate::graph::link::active_environments;
use crate::graph::model::ServiceId;
use crate::span::Span;

/// A container that runs a service of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerSite {
    /// The service.
    pub service: ServiceId,
    /// Index of the environment, of the workload in it, of the container in that.
    pub place: (usize, usize, usize),
}

/// A port of a Kubernetes Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortSite {
    /// Index of the environment, of the Service in it, of the port in that.
    pub place: (usize, usize, usize),
    /// Containers of the project in the pods that it selects.
    pub containers: Vec<usize>,
}

/// A variable of a container: one that its code cannot do without, or one that its manifest sets, in place or from a
/// ConfigMap; and a file of a ConfigMap that is mounted and holds a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableSite {
    /// The container: index in [`Deployed::containers`].
    pub container: usize,
    /// Its name.
    pub name: String,
    /// Where code reads it and fails without.
    pub required_at: Option<Span>,
    /// Where the manifest sets it, and to what.
    pub set: Option<(Span, EnvSource)>,
}

/// What is deployed.
#[derive(Clone, Debug, Default)]
pub struct Deployed {
    /// Containers, by service and place.
    pub containers: Vec<ContainerSite>,
    /// Ports of Services.
    pub ports: Vec<PortSite>,
    /// Variables, by container and name.
    pub variables: Vec<VariableSite>,
}

/// A socket that a service listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Host.
    pub host: String,
    /// Port.
    pub port: i64,
    /// `grpc`, `http`, …
    pub protocol: String,
    /// Where.
    pub at: Span,
}

impl Deployed {
    /// Finds everything.
    #[must_use]
    pub fn new(model: &Model<'_>) -> Self {
        let mut containers = Vec::new();
        for (service, of) in model.graph.services.iter().enumerate() {
            let mut places = of.workloads.clone();
            places.sort_unstable();
            places.dedup();
            containers.extend(places.into_iter().map(|place| ContainerSite { service, place }));
        }
        let ports = ports(model, &containers);
        let variables = containers.iter().enumerate().flat_map(|(index, site)| variables(model, index, site)).collect();
        Self { containers, ports, variables }
    }
}

/// The environment, workload and container of a site.
#[must_use]
pub fn parts<'a>(model: &Model<'a>, site: &ContainerSite) -> (&'a Environment, &'a Workload, &'a Container) {
    let environment = &model.facts.kubernetes[site.place.0];
    let workload = &environment.workloads[site.place.1];
    (environment, workload, &workload.containers[site.place.2])
}

/// The Service and port of a site.
#[must_use]
pub fn port_parts<'a>(model: &Model<'a>, site: &PortSite) -> (&'a KubernetesService, &'a ServicePort) {
    let service = &model.facts.kubernetes[site.place.0].services[site.place.1];
    (service, &service.ports[site.place.2])
}

fn ports(model: &Model<'_>, containers: &[ContainerSite]) -> Vec<PortSite> {
    let mut found = Vec::new();
    for environment in active_environments(model.facts, model.config) {
        for (service, of) in model.facts.kubernetes[environment].services.iter().enumerate() {
            let selected: Vec<usize> = (0..containers.len())
                .filter(|index| containers[*index].place.0 == environment)
                .filter(|index| selects(of, parts(model, &containers[*index]).1))
                .collect();
            for port in 0..of.ports.len() {
                found.push(PortSite { place: (environment, service, port), containers: selected.clone() });
            }
        }
    }
    found
}

/// Whether a Service selects the pods of a workload. One without a selector selects nothing.
#[must_use]
pub fn selects(service: &KubernetesService, workload: &Workload) -> bool {
    !service.selector.is_empty()
        && (service.meta.namespace.is_empty()
            || workload.meta.namespace.is_empty()
            || service.meta.namespace == workload.meta.namespace)
        && service.selector.iter().all(|(key, value)| workload.pod_labels.get(key) == Some(value))
}

/// The port of the pods that a port of a Service leads to; none if a name means nothing there.
#[must_use]
pub fn target(port: &ServicePort, workload: &Workload) -> Option<i64> {
    let Some(target) = &port.target_port else { return Some(port.port.value) };
    number(target, workload)
}

/// A port by number or by its name in the pod.
#[must_use]
pub fn number(port: &Read<String>, workload: &Workload) -> Option<i64> {
    port.value.parse().ok().or_else(|| {
        let named = workload.containers.iter().flat_map(|of| &of.ports);
        named.clone().find(|of| of.name.as_deref() == Some(&port.value)).map(|of| of.port.value)
    })
}

/// The sockets that a service listens on; none if one of them is not known.
#[must_use]
pub fn sockets(model: &Model<'_>, service: ServiceId) -> Option<Vec<Socket>> {
    let of = &model.graph.services[service];
    let mut all = Vec::new();
    for effect in &of.effects {
        let effect = &model.facts.rust.effects[*effect];
        let What::Listen { protocol, address, .. } = &effect.what else { continue };
        let known = model.known(of, address);
        if !known.complete || known.texts.is_empty() {
            return None;
        }
        for text in known.texts.iter().filter(|text| !text.starts_with("unix:")) {
            let (host, port) = text.rsplit_once(':').unwrap_or(("0.0.0.0", text));
            all.push(Socket {
                host: host.rsplit("//").next().unwrap_or(host).to_owned(),
                port: port.trim().parse().ok()?,
                protocol: protocol.clone(),
                at: effect.at.clone(),
            });
        }
    }
    Some(all)
}

/// Variables that code cannot do without, and those that the container is given in place.
fn variables(model: &Model<'_>, index: usize, site: &ContainerSite) -> Vec<VariableSite> {
    let service = &model.graph.services[site.service];
    let (_, _, container) = parts(model, site);
    let mut found: BTreeMap<String, VariableSite> = BTreeMap::new();
    let empty = |name: &str| VariableSite { container: index, name: name.to_owned(), required_at: None, set: None };
    for read in model.facts.rust.reads.iter().filter(|read| read.required && service.functions.contains(&read.function))
    {
        if let crate::facts::Value::Variable { name, default: None, at } = &read.value {
            found.entry(name.clone()).or_insert_with(|| empty(name)).required_at = Some(at.clone());
        }
    }
    for of in &container.env {
        found.entry(of.name.clone()).or_insert_with(|| empty(&of.name)).set = Some((of.at.clone(), of.source.clone()));
    }
    for (name, map, key) in from_config_maps(model, site) {
        let source = EnvSource::ConfigMap { name: map.meta.name.clone(), key: key.clone(), optional: false };
        let at = map.data.get(key).map_or_else(|| container.at.clone(), |value| value.at.clone());
        found.entry(name.clone()).or_insert_with(|| empty(&name)).set.get_or_insert((at, source));
    }
    found.into_values().collect()
}

/// What a container is given as a whole: each key of the ConfigMaps that `envFrom` names, by the name of its variable,
/// and the files of mounted ones that hold a secret.
fn from_config_maps<'a>(model: &Model<'a>, site: &ContainerSite) -> Vec<(String, &'a ConfigMap, &'a String)> {
    let (environment, workload, container) = parts(model, site);
    let map = |name: &str| environment.config_maps.iter().find(|of| of.meta.name == name);
    let mut found = Vec::new();
    for from in container.env_from.iter().filter(|of| of.kind == "config_map") {
        let keys = map(&from.name).into_iter().flat_map(|map| map.data.keys().map(move |key| (map, key)));
        found.extend(keys.map(|(map, key)| (format!("{}{key}", from.prefix), map, key)));
    }
    for volume in
        workload.volumes.iter().filter(|of| of.kind == "config_map" && container.mounts.contains_key(&of.name))
    {
        let files = map(&volume.source).into_iter().flat_map(|map| map.data.iter().map(move |file| (map, file)));
        let secret = files.filter(|(_, (key, text))| plain_secret::holds_secret(key, &text.value));
        found.extend(secret.map(|(map, (key, _))| (key.clone(), map, key)));
    }
    found
}

/// What a manifest gives a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given<'a> {
    /// This text, which stands there.
    Text(&'a str, Span),
    /// Something that no manifest shows, or nothing.
    Hidden,
    /// The value of a ConfigMap that the files do not hold.
    Missing(&'a str),
}

/// What a manifest gives a variable, through a ConfigMap as well.
#[must_use]
pub fn given<'m>(model: &'m Model<'_>, site: &'m VariableSite) -> Given<'m> {
    match &site.set {
        Some((at, EnvSource::Literal(text))) => Given::Text(text, at.clone()),
        Some((_, EnvSource::ConfigMap { name, key, .. })) => {
            let (environment, _, _) = parts(model, &model.deployed.containers[site.container]);
            let map = environment.config_maps.iter().find(|of| of.meta.name == *name);
            match map.map(|map| map.data.get(key)) {
                Some(Some(value)) => Given::Text(&value.value, value.at.clone()),
                Some(None) => Given::Hidden,
                None => Given::Missing(name),
            }
        }
        _ => Given::Hidden,
    }
}

/// Variables that the container runtime and the kubelet set in every container (Kubernetes documentation, "Container
/// Environment" and "Discovering services").
fn is_given_by_runtime(name: &str) -> bool {
    matches!(name, "HOSTNAME" | "PATH" | "HOME" | "PWD")
        || name.starts_with("KUBERNETES_")
        || name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
}

/// Whether a container is given a variable; none if that is not known.
#[must_use]
pub fn supplied(model: &Model<'_>, site: &VariableSite) -> Option<bool> {
    let container = &model.deployed.containers[site.container];
    let (environment, _, of) = parts(model, container);
    if is_given_by_runtime(&site.name)
        || site.set.is_some()
        || model.graph.services[container.service].variables.contains_key(&site.name)
    {
        return Some(true);
    }
    if environment.partial {
        return None;
    }
    for from in &of.env_from {
        let key = site.name.strip_prefix(&from.prefix);
        let (there, complete) = match from.kind.as_str() {
            "secret" => {
                let secret = environment.secrets.iter().find(|of| of.meta.name == from.name);
                let there = secret.zip(key).is_some_and(|(of, key)| of.keys.contains_key(key));
                (there, secret.is_some_and(|of| of.complete))
            }
            _ => {
                let map = environment.config_maps.iter().find(|of| of.meta.name == from.name);
                let there = map.zip(key).is_some_and(|(of, key)| of.data.contains_key(key));
                (there, map.is_some_and(|of| !of.partial))
            }
        };
        if there {
            return Some(true);
        }
        if !complete {
            return None;
        }
    }
    Some(false)
}

//! Pods to proxies: whether a mesh puts a proxy into the pods of a workload, or in front of those that it calls.
//!
//! Sources: Linkerd 2.19 documentation, "Automatic Proxy Injection" (`linkerd.io/inject`); Istio 1.31 documentation,
//! "Installing the Sidecar" (`istio-injection`, `istio.io/rev`, `sidecar.istio.io/inject`) and "Configure waypoint
//! proxies" (`istio.io/use-waypoint`). Ambient mode alone balances connections, not requests, and counts as no proxy.

use std::collections::BTreeMap;

use crate::facts::deployment::{Environment, KubernetesService, ObjectMeta, Read, Workload};

/// Whether there is a proxy that understands requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proxied {
    /// There is none.
    No,
    /// An object that the files do not hold decides.
    Open,
    /// There is one.
    Yes,
}

impl Proxied {
    /// Its name for rules.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Open => "open",
            Self::Yes => "yes",
        }
    }
}

/// Whether the pods of a workload get a proxy of their own.
#[must_use]
pub fn sidecar(environment: &Environment, workload: &Workload) -> Proxied {
    if let Some(stated) = stated(&workload.pod_labels, &workload.pod_annotations) {
        return stated;
    }
    match namespace(environment, &workload.meta.namespace) {
        Some(of) => stated(&of.labels, &of.annotations).unwrap_or(Proxied::No),
        None => Proxied::Open,
    }
}

/// Whether a waypoint stands in front of a Service.
#[must_use]
pub fn waypoint(environment: &Environment, service: &KubernetesService) -> bool {
    let uses = |meta: &ObjectMeta| meta.labels.get("istio.io/use-waypoint").is_some_and(|name| name != "none");
    uses(&service.meta) || namespace(environment, &service.meta.namespace).is_some_and(uses)
}

fn namespace<'a>(environment: &'a Environment, name: &str) -> Option<&'a ObjectMeta> {
    environment.namespaces.iter().find(|of| of.name == name)
}

fn stated(labels: &BTreeMap<String, String>, annotations: &BTreeMap<String, Read<String>>) -> Option<Proxied> {
    let annotated = |name: &str| annotations.get(name).map(|of| of.value.as_str());
    let either = |name: &str| labels.get(name).map(String::as_str).or_else(|| annotated(name));
    if let Some(linkerd) = annotated("linkerd.io/inject") {
        return Some(if matches!(linkerd, "enabled" | "ingress") { Proxied::Yes } else { Proxied::No });
    }
    if let Some(istio) = either("sidecar.istio.io/inject").or_else(|| either("istio-injection")) {
        return Some(if matches!(istio, "true" | "enabled") { Proxied::Yes } else { Proxied::No });
    }
    either("istio.io/rev").map(|_| Proxied::Yes)
}

//! Names: prefixes, suffixes and namespaces, and the references that follow them.

use std::collections::BTreeMap;

use super::Object;
use crate::extract::kubernetes::workload::template_path;
use crate::extract::yaml::{Kind, Node};

/// Kinds without a namespace.
const OF_THE_CLUSTER: &[&str] = &[
    "APIService",
    "CSIDriver",
    "ClusterIssuer",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "GatewayClass",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingWebhookConfiguration",
];

/// Puts all objects into a namespace.
pub fn namespace(objects: &mut [Object], to: &Node) {
    for object in objects {
        let kind = object.kind();
        let key = match kind {
            "Namespace" => "name",
            kind if OF_THE_CLUSTER.contains(&kind) => continue,
            _ => "namespace",
        };
        if let Some(metadata) = object.node.get_mut("metadata") {
            metadata.set(key, to.clone());
        }
    }
}

/// Puts text before and behind all names.
pub fn rename(objects: &mut [Object], prefix: &str, suffix: &str) {
    if prefix.is_empty() && suffix.is_empty() {
        return;
    }
    for object in objects {
        if matches!(object.kind(), "Namespace" | "CustomResourceDefinition" | "APIService") {
            continue;
        }
        let Some(name) = object.node.at_mut(&["metadata", "name"]) else { continue };
        let Some(old) = name.str().map(str::to_owned) else { continue };
        *name = Node::text(format!("{prefix}{old}{suffix}"), name.span.clone());
        object.before.push(old);
    }
}

/// Lets references follow the names of what they name.
pub fn follow(objects: &mut [Object]) {
    if objects.iter().all(|object| object.before.is_empty()) {
        return;
    }
    let mut names: BTreeMap<(String, String), String> = BTreeMap::new();
    for object in objects.iter() {
        for before in &object.before {
            names.entry((object.kind().to_owned(), before.clone())).or_insert_with(|| object.name().to_owned());
        }
    }
    // A name that holds today is meant as it stands.
    for object in objects.iter() {
        names.remove(&(object.kind().to_owned(), object.name().to_owned()));
    }
    for object in objects {
        let kind = object.kind().to_owned();
        references(&mut object.node, &kind, &mut |kind, name| {
            if let Some(new) = name.str().and_then(|old| names.get(&(kind.to_owned(), old.to_owned()))) {
                *name = Node::text(new.clone(), name.span.clone());
            }
        });
    }
}

/// All references of an object, with the kind of what they name.
fn references(object: &mut Node, kind: &str, visit: &mut dyn FnMut(&str, &mut Node)) {
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob" | "Pod" | "ReplicaSet" | "Rollout" => {
            one(object, &["spec", "serviceName"], "Service", visit);
            if let Some(pod) = object.at_mut(template_path(kind)).and_then(|template| template.get_mut("spec")) {
                of_pod(pod, visit);
            }
        }
        "HorizontalPodAutoscaler" | "ScaledObject" => {
            let target = object.str_at(&["spec", "scaleTargetRef", "kind"]).unwrap_or("Deployment").to_owned();
            one(object, &["spec", "scaleTargetRef", "name"], &target, visit);
        }
        "Ingress" => {
            for key in ["defaultBackend", "backend"] {
                one(object, &["spec", key, "service", "name"], "Service", visit);
                one(object, &["spec", key, "serviceName"], "Service", visit);
            }
            for rule in many(object, &["spec", "rules"]) {
                for path in many(rule, &["http", "paths"]) {
                    one(path, &["backend", "service", "name"], "Service", visit);
                    one(path, &["backend", "serviceName"], "Service", visit);
                }
            }
            for tls in many(object, &["spec", "tls"]) {
                one(tls, &["secretName"], "Secret", visit);
            }
        }
        _ => {}
    }
}

fn of_pod(pod: &mut Node, visit: &mut dyn FnMut(&str, &mut Node)) {
    one(pod, &["serviceAccountName"], "ServiceAccount", visit);
    one(pod, &["serviceAccount"], "ServiceAccount", visit);
    for secret in many(pod, &["imagePullSecrets"]) {
        one(secret, &["name"], "Secret", visit);
    }
    for key in ["containers", "initContainers"] {
        for container in many(pod, &[key]) {
            for variable in many(container, &["env"]) {
                one(variable, &["valueFrom", "configMapKeyRef", "name"], "ConfigMap", visit);
                one(variable, &["valueFrom", "secretKeyRef", "name"], "Secret", visit);
            }
            for source in many(container, &["envFrom"]) {
                one(source, &["configMapRef", "name"], "ConfigMap", visit);
                one(source, &["secretRef", "name"], "Secret", visit);
            }
        }
    }
    for volume in many(pod, &["volumes"]) {
        one(volume, &["configMap", "name"], "ConfigMap", visit);
        one(volume, &["secret", "secretName"], "Secret", visit);
        one(volume, &["persistentVolumeClaim", "claimName"], "PersistentVolumeClaim", visit);
        for source in many(volume, &["projected", "sources"]) {
            one(source, &["configMap", "name"], "ConfigMap", visit);
            one(source, &["secret", "name"], "Secret", visit);
        }
    }
}

fn one(node: &mut Node, path: &[&str], kind: &str, visit: &mut dyn FnMut(&str, &mut Node)) {
    if let Some(name) = node.at_mut(path) {
        visit(kind, name);
    }
}

fn many<'a>(node: &'a mut Node, path: &[&str]) -> &'a mut [Node] {
    match node.at_mut(path) {
        Some(Node { kind: Kind::Sequence(items), .. }) => items,
        _ => &mut [],
    }
}

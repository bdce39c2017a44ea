//! Fields that a kustomization sets on all objects it holds for: labels, annotations, images, replicas.

use super::Object;
use crate::extract::kubernetes::object::entries;
use crate::extract::kubernetes::workload::template_path;
use crate::extract::yaml::{Kind, Node};

/// Where labels go besides the object's own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nowhere else.
    Object,
    /// Into pod templates.
    Templates,
    /// Into pod templates and selectors.
    Selectors,
}

fn has_template(kind: &str) -> bool {
    matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob" | "ReplicaSet")
}

/// Sets labels.
pub fn labels(objects: &mut [Object], pairs: Option<&Node>, reach: Reach) {
    for object in objects {
        let kind = object.kind().to_owned();
        set_all(&mut object.node, &["metadata", "labels"], pairs);
        if reach != Reach::Object
            && has_template(&kind)
            && let Some(template) = object.node.at_mut(template_path(&kind))
        {
            set_all(template, &["metadata", "labels"], pairs);
        }
        if reach != Reach::Selectors {
            continue;
        }
        match kind.as_str() {
            "Service" => set_all(&mut object.node, &["spec", "selector"], pairs),
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => {
                set_all(&mut object.node, &["spec", "selector", "matchLabels"], pairs);
            }
            // Only where a selector says labels already.
            "PodDisruptionBudget" | "Job" if object.node.at(&["spec", "selector", "matchLabels"]).is_some() => {
                set_all(&mut object.node, &["spec", "selector", "matchLabels"], pairs);
            }
            "NetworkPolicy" if object.node.at(&["spec", "podSelector", "matchLabels"]).is_some() => {
                set_all(&mut object.node, &["spec", "podSelector", "matchLabels"], pairs);
            }
            _ => {}
        }
    }
}

/// Sets annotations, those of pod templates too.
pub fn annotations(objects: &mut [Object], pairs: Option<&Node>) {
    for object in objects {
        let kind = object.kind().to_owned();
        set_all(&mut object.node, &["metadata", "annotations"], pairs);
        if has_template(&kind)
            && let Some(template) = object.node.at_mut(template_path(&kind))
        {
            set_all(template, &["metadata", "annotations"], pairs);
        }
    }
}

/// Sets all pairs in the mapping at the end of a path, made where it is not there.
fn set_all(node: &mut Node, path: &[&str], pairs: Option<&Node>) {
    let Some(pairs) = pairs.filter(|pairs| !pairs.map().is_empty()) else { return };
    let mut node = node;
    for key in path {
        match node.child(key, &pairs.span) {
            Some(child) => node = child,
            None => return,
        }
    }
    for (key, value) in entries(Some(pairs)) {
        node.set(key, value.clone());
    }
}

/// Sets the number of replicas of a workload by its name.
pub fn replicas(objects: &mut [Object], entry: &Node) {
    let (Some(name), Some(count)) = (entry.str_at(&["name"]), entry.get("count")) else { return };
    for object in objects {
        if matches!(object.kind(), "Deployment" | "StatefulSet" | "ReplicaSet")
            && object.is_named(name)
            && let Some(spec) = object.node.child("spec", &count.span)
        {
            spec.set("replicas", count.clone());
        }
    }
}

/// Replaces an image wherever a container uses it.
pub fn image(objects: &mut [Object], entry: &Node) {
    let Some(name) = entry.str_at(&["name"]) else { return };
    for object in objects {
        let kind = object.kind().to_owned();
        let Some(pod) = object.node.at_mut(template_path(&kind)).and_then(|template| template.get_mut("spec")) else {
            continue;
        };
        for key in ["containers", "initContainers"] {
            let Some(Node { kind: Kind::Sequence(containers), .. }) = pod.get_mut(key) else { continue };
            for container in containers {
                if let Some(image) = container.get_mut("image")
                    && let Some(new) = image.str().and_then(|old| replaced(old, name, entry))
                {
                    let set = ["digest", "newTag", "newName", "tagSuffix"].iter().find_map(|key| entry.get(key));
                    *image = Node::text(new, set.unwrap_or(entry).span.clone());
                }
            }
        }
    }
}

fn replaced(old: &str, name: &str, entry: &Node) -> Option<String> {
    let (base, digest) = old.split_once('@').map_or((old, None), |(base, digest)| (base, Some(digest)));
    let (base, tag) = match base.rsplit_once(':') {
        Some((base, tag)) if !tag.contains('/') => (base, Some(tag)),
        _ => (base, None),
    };
    if base != name {
        return None;
    }
    let mut new = entry.str_at(&["newName"]).unwrap_or(base).to_owned();
    let (new_tag, new_digest) = (entry.str_at(&["newTag"]), entry.str_at(&["digest"]));
    let (tag, digest) = if new_tag.is_some() || new_digest.is_some() { (new_tag, new_digest) } else { (tag, digest) };
    if let Some(tag) = tag {
        new.push(':');
        new.push_str(tag);
        new.push_str(entry.str_at(&["tagSuffix"]).unwrap_or_default());
    }
    if let Some(digest) = digest {
        new.push('@');
        new.push_str(digest);
    }
    Some(new)
}

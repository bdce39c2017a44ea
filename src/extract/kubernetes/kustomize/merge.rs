//! Strategic merge: a patch in the shape of the object, its lists merged by key where Kubernetes says so.

use std::collections::BTreeMap;

use crate::extract::yaml::{Kind, Node};

/// Merges a patch into an object; whether the object stays.
pub fn merge(object: &mut Node, patch: &Node) -> bool {
    if directive(patch) == Some("delete") {
        return false;
    }
    let kind = object.str_at(&["kind"]).unwrap_or_default().to_owned();
    // Lists of objects that the cluster learns only by a definition of their own have no keys.
    let lists = Lists { kind, known: is_builtin(object.str_at(&["apiVersion"]).unwrap_or_default()) };
    // What says which object a patch is for is no part of the change: patches find objects by names of before, too.
    let own = [&["apiVersion"][..], &["kind"], &["metadata", "name"], &["metadata", "namespace"]];
    let kept: Vec<_> = own.iter().map(|path| object.at(path).cloned()).collect();
    mapping(object, patch, &lists);
    for (path, old) in own.iter().zip(kept) {
        if let (Some(now), Some(old)) = (object.at_mut(path), old) {
            *now = old;
        }
    }
    true
}

/// What decides how lists are merged.
struct Lists {
    kind: String,
    known: bool,
}

impl Lists {
    /// The key of a list's items; `None`: the list is replaced.
    fn key(&self, field: &str, items: &[Node]) -> Option<&'static str> {
        if !self.known {
            return None;
        }
        match field {
            "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env" | "imagePullSecrets" => {
                Some("name")
            }
            "secrets" if self.kind == "ServiceAccount" => Some("name"),
            "volumeMounts" => Some("mountPath"),
            "volumeDevices" => Some("devicePath"),
            "hostAliases" => Some("ip"),
            "topologySpreadConstraints" => Some("topologyKey"),
            "ports" if self.kind == "Service" => Some("port"),
            "ports" if items.iter().any(|item| item.get("containerPort").is_some()) => Some("containerPort"),
            _ => None,
        }
    }
}

fn is_builtin(version: &str) -> bool {
    match version.split_once('/') {
        None => true,
        Some((group, _)) => {
            !group.contains('.') || (group.ends_with(".k8s.io") && group != "gateway.networking.k8s.io")
        }
    }
}

fn directive(node: &Node) -> Option<&str> {
    node.str_at(&["$patch"])
}

fn is_directive(key: &Node) -> bool {
    key.str().is_some_and(|key| key.starts_with('$'))
}

fn mapping(target: &mut Node, patch: &Node, lists: &Lists) {
    let Kind::Mapping(patches) = &patch.kind else { return };
    if !matches!(target.kind, Kind::Mapping(_)) || directive(patch) == Some("replace") {
        *target = clean(patch);
        return;
    }
    let Kind::Mapping(entries) = &mut target.kind else { return };
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (index, (key, _)) in entries.iter().enumerate() {
        if let Some(key) = key.str() {
            known.insert(key.to_owned(), index);
        }
    }
    let mut gone = vec![false; entries.len()];
    for (key, value) in patches {
        let Some(name) = key.str() else { continue };
        if is_directive(key) {
            continue;
        }
        let index = known.get(name).copied();
        if value.is_null() || directive(value) == Some("delete") {
            if let Some(gone) = index.and_then(|index| gone.get_mut(index)) {
                *gone = true;
            }
            continue;
        }
        match index.and_then(|index| entries.get_mut(index)) {
            Some((_, old)) => match &value.kind {
                Kind::Mapping(_) => mapping(old, value, lists),
                Kind::Sequence(items) => match lists.key(name, items) {
                    Some(merge_key) if !old.seq().is_empty() => sequence(old, items, merge_key, lists),
                    _ => *old = clean(value),
                },
                Kind::Scalar { .. } => *old = value.clone(),
            },
            None => {
                entries.push((key.clone(), clean(value)));
                gone.push(false);
            }
        }
    }
    let mut gone = gone.into_iter();
    entries.retain(|_| !gone.next().unwrap_or(false));
}

fn sequence(target: &mut Node, patches: &[Node], key: &str, lists: &Lists) {
    let Kind::Sequence(items) = &mut target.kind else { return };
    if patches.iter().any(|of| directive(of) == Some("replace")) {
        *items = patches.iter().filter(|of| directive(of) != Some("replace")).map(clean).collect();
        return;
    }
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        if let Some(value) = item.str_at(&[key]) {
            known.entry(value.to_owned()).or_insert(index);
        }
    }
    let mut gone = vec![false; items.len()];
    for patch in patches {
        let index = patch.str_at(&[key]).and_then(|value| known.get(value)).copied();
        if directive(patch) == Some("delete") {
            if let Some(gone) = index.and_then(|index| gone.get_mut(index)) {
                *gone = true;
            }
        } else if let Some(item) = index.and_then(|index| items.get_mut(index)) {
            mapping(item, patch, lists);
        } else {
            items.push(clean(patch));
            gone.push(false);
        }
    }
    let mut gone = gone.into_iter();
    items.retain(|_| !gone.next().unwrap_or(false));
}

/// A patch as a value of its own: without directives and without what it only takes away.
fn clean(node: &Node) -> Node {
    let kind = match &node.kind {
        Kind::Scalar { .. } => node.kind.clone(),
        Kind::Sequence(items) => Kind::Sequence(items.iter().filter(|of| directive(of).is_none()).map(clean).collect()),
        Kind::Mapping(entries) => Kind::Mapping(
            entries
                .iter()
                .filter(|(key, value)| !is_directive(key) && !value.is_null() && directive(value) != Some("delete"))
                .map(|(key, value)| (key.clone(), clean(value)))
                .collect(),
        ),
    };
    Node { kind, span: node.span.clone() }
}

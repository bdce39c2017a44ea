//! Manifests that no kustomization uses and no chart holds, into environments by folder.
//!
//! All manifests below one folder of the root are one environment, unless two of its folders define the same object:
//! then these are alternatives (`deploy/staging`, `deploy/production`), and each is its own.

use std::collections::{BTreeMap, BTreeSet};

use super::files::inside;
use super::object;
use crate::extract::yaml::Node;
use crate::facts::deployment::Environment;

/// Kinds that run something.
const WORKLOADS: &[&str] = &["CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"];

/// The objects of one file.
pub struct Manifest<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its objects.
    pub objects: Vec<Node>,
}

/// The environments that the manifests form, in order of their folders.
pub fn environments(manifests: &[Manifest<'_>]) -> Vec<Environment> {
    let mut groups: BTreeMap<String, Vec<&Manifest<'_>>> = BTreeMap::new();
    let all: Vec<&Manifest<'_>> = manifests.iter().filter(|of| !of.objects.is_empty()).collect();
    // The root is never one environment with its folders.
    for (folder, members) in by_folder("", all) {
        let outer = folder.is_empty();
        split(folder, members, outer, &mut groups);
    }
    groups.into_values().map(|members| environment(&members)).collect()
}

/// One folder, or each of its folders where they are alternatives.
fn split<'a>(
    folder: String,
    members: Vec<&'a Manifest<'a>>,
    whole: bool,
    groups: &mut BTreeMap<String, Vec<&'a Manifest<'a>>>,
) {
    if whole {
        groups.entry(folder).or_default().extend(members);
        return;
    }
    let parts = by_folder(&folder, members);
    let mut owner: BTreeMap<Identity<'_>, &str> = BTreeMap::new();
    let mut alternatives = false;
    for (part, members) in &parts {
        for identity in members.iter().flat_map(|of| of.objects.iter()).map(identity) {
            alternatives |= owner.insert(identity, part).is_some_and(|other| other != part);
        }
    }
    if alternatives || parts.len() == 1 {
        for (part, members) in parts {
            let whole = part == folder;
            split(part, members, whole, groups);
        }
    } else {
        groups.entry(folder).or_default().extend(parts.into_values().flatten());
    }
}

/// Members by the next folder below; those in the folder itself under its own name.
fn by_folder<'a>(folder: &str, members: Vec<&'a Manifest<'a>>) -> BTreeMap<String, Vec<&'a Manifest<'a>>> {
    let mut parts: BTreeMap<String, Vec<&Manifest<'_>>> = BTreeMap::new();
    for member in members {
        let below = if folder.is_empty() || !inside(folder, member.path) {
            member.path
        } else {
            &member.path[folder.len() + 1..]
        };
        let part = match below.split_once('/') {
            Some((part, _)) if folder.is_empty() => part.to_owned(),
            Some((part, _)) => format!("{folder}/{part}"),
            None => folder.to_owned(),
        };
        parts.entry(part).or_default().push(member);
    }
    parts
}

type Identity<'a> = (&'a str, &'a str, &'a str);

fn identity(object: &Node) -> Identity<'_> {
    let said = |keys: &[&str]| object.str_at(keys).unwrap_or_default();
    (said(&["kind"]), said(&["metadata", "namespace"]), said(&["metadata", "name"]))
}

fn environment(members: &[&Manifest<'_>]) -> Environment {
    let mut folders: BTreeSet<Vec<&str>> = BTreeSet::new();
    for member in members {
        let folder = member.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        folders.insert(folder.split('/').filter(|part| !part.is_empty()).collect());
    }
    // Of a sorted set, what the first and the last share is shared by all.
    let path = match (folders.first(), folders.last()) {
        (Some(first), Some(last)) => {
            let shared = first.iter().zip(last).take_while(|(a, b)| a == b).map(|(a, _)| *a);
            shared.collect::<Vec<_>>().join("/")
        }
        _ => String::new(),
    };
    let name = if path.is_empty() { "manifests".to_owned() } else { path.clone() };
    let mut environment = Environment { name, path, kind: "plain".to_owned(), ..Environment::default() };
    // A workload that several files of a folder write is one: they are applied one at a time.
    let mut known: BTreeSet<Identity<'_>> = BTreeSet::new();
    for object in members.iter().flat_map(|of| &of.objects) {
        let identity = identity(object);
        if !WORKLOADS.contains(&identity.0) || known.insert(identity) {
            object::read(object, &mut environment);
        }
    }
    environment
}

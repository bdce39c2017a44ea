//! Services to those who answer for them, as labels and annotations of their workloads say.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::graph::Graph;

/// Keys of labels and annotations that name an owner: alone, or behind the domain of a team (`example.com/owner`).
/// `a8r.io/owner` is the one of "Annotations for Humans".
const KEYS: &[&str] = &["owner", "team"];

/// Who answers for a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// Name of the service.
    pub service: String,
    /// Folder of its code.
    pub path: String,
    /// Those who answer for it.
    pub owners: Vec<String>,
}

/// The services whose manifests name an owner.
#[must_use]
pub fn owners(facts: &Facts, graph: &Graph) -> Vec<Owned> {
    let mut found = Vec::new();
    for service in &graph.services {
        let mut owners = BTreeSet::new();
        for (environment, workload, _) in &service.workloads {
            let workloads = facts.kubernetes.get(*environment).map(|of| &of.workloads);
            let Some(meta) = workloads.and_then(|all| all.get(*workload)).map(|of| &of.meta) else { continue };
            let annotations = meta.annotations.iter().map(|(key, value)| (key, &value.value));
            let all = annotations.chain(meta.labels.iter());
            let named = all.filter(|(key, value)| is_owner(key) && !value.trim().is_empty());
            owners.extend(named.map(|(_, value)| value.trim().to_owned()));
        }
        if !owners.is_empty() {
            let (service, path) = (service.name.clone(), service.path.clone());
            found.push(Owned { service, path, owners: owners.into_iter().collect() });
        }
    }
    found
}

fn is_owner(key: &str) -> bool {
    KEYS.contains(&key.rsplit('/').next().unwrap_or(key))
}

//! Workloads: what runs, how many of it, how it is replaced, and the volumes it mounts. Containers: next module.

use super::container::{container, role};
use super::object::{place, reads, string, text, texts, whole};
use crate::extract::yaml::Node;
use crate::facts::deployment::{Container, ObjectMeta, Volume, Workload};

/// Where the pod template of a kind is; empty for a Pod, which is its own template.
pub fn template_path(kind: &str) -> &'static [&'static str] {
    match kind {
        "Pod" => &[],
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        _ => &["spec", "template"],
    }
}

/// A workload of any kind.
pub fn workload(meta: ObjectMeta, object: &Node) -> Workload {
    let kind = meta.kind.clone();
    let template = object.at(template_path(&kind));
    let pod = template.and_then(|template| template.get("spec"));
    let spec = object.get("spec");
    let of_spec = |keys: &[&str]| spec.and_then(|spec| spec.at(keys));
    let of_pod = |key: &str| pod.and_then(|pod| pod.get(key));
    let replicas = match kind.as_str() {
        "Job" => of_spec(&["parallelism"]),
        "CronJob" => of_spec(&["jobTemplate", "spec", "parallelism"]),
        "DaemonSet" | "Pod" => None,
        _ => of_spec(&["replicas"]),
    };
    let strategy = of_spec(&["strategy"]).or_else(|| of_spec(&["updateStrategy"]));
    // Argo Rollouts name the strategy by its key.
    let detail = strategy.and_then(|of| ["rollingUpdate", "canary", "blueGreen"].iter().find_map(|key| of.get(key)));
    let named = strategy.filter(|_| kind == "Rollout").and_then(|of| of.map().first().map(|(key, _)| key));
    let containers = |key: &'static str| pod.map_or(&[][..], |pod| pod.seq_at(&[key])).iter();
    let all: Vec<Container> = containers("containers")
        .map(|of| container(of, "container"))
        .chain(containers("initContainers").map(|of| container(of, role(of))))
        .collect();
    Workload {
        pod_labels: texts(template.and_then(|of| of.at(&["metadata", "labels"]))),
        pod_annotations: reads(template.and_then(|of| of.at(&["metadata", "annotations"]))),
        replicas: whole(replicas),
        strategy: text(strategy.and_then(|of| of.get("type")).or(named)),
        max_surge: text(detail.and_then(|of| of.get("maxSurge"))),
        max_unavailable: text(detail.and_then(|of| of.get("maxUnavailable"))),
        grace_period_seconds: whole(of_pod("terminationGracePeriodSeconds")),
        containers: all,
        host_network: of_pod("hostNetwork").and_then(Node::bool).unwrap_or(false),
        service_account: text(of_pod("serviceAccountName").or_else(|| of_pod("serviceAccount"))),
        spread: of_pod("topologySpreadConstraints").is_some_and(|of| !of.seq().is_empty())
            || of_pod("affinity").and_then(|of| of.get("podAntiAffinity")).is_some(),
        schedule: text(of_spec(&["schedule"])),
        volumes: volumes(of_pod("volumes"), of_spec(&["volumeClaimTemplates"])),
        pods_of: text(of_spec(&["workloadRef", "name"])).filter(|_| kind == "Rollout"),
        meta,
    }
}

fn volumes(volumes: Option<&Node>, claims: Option<&Node>) -> Vec<Volume> {
    let mut all = Vec::new();
    for of in volumes.map_or(&[][..], Node::seq) {
        let name = string(of, "name");
        let mut add = |kind: &str, source: Option<&str>| {
            let source = source.unwrap_or_default().to_owned();
            all.push(Volume { name: name.clone(), kind: kind.to_owned(), source, at: place(of) });
        };
        if let Some(source) = of.get("configMap") {
            add("config_map", source.str_at(&["name"]));
        } else if let Some(source) = of.get("secret") {
            add("secret", source.str_at(&["secretName"]));
        } else if let Some(source) = of.get("persistentVolumeClaim") {
            add("persistent_volume_claim", source.str_at(&["claimName"]));
        } else if of.get("emptyDir").is_some() {
            add("empty_dir", None);
        } else if let Some(projected) = of.get("projected") {
            // One volume, several sources: each is needed.
            for source in projected.seq_at(&["sources"]) {
                if let Some(source) = source.get("configMap") {
                    add("config_map", source.str_at(&["name"]));
                } else if let Some(source) = source.get("secret") {
                    add("secret", source.str_at(&["name"]));
                }
            }
        } else {
            add("other", None);
        }
    }
    for of in claims.map_or(&[][..], Node::seq) {
        let name = of.str_at(&["metadata", "name"]).unwrap_or_default().to_owned();
        let kind = "persistent_volume_claim".to_owned();
        all.push(Volume { name, kind, source: String::new(), at: place(of) });
    }
    all
}

//! Autoscalers and disruption budgets.

use super::object::{place, selector, string, text, whole};
use crate::extract::yaml::Node;
use crate::facts::deployment::{Autoscaler, DisruptionBudget, Metric, ObjectMeta};

/// A HorizontalPodAutoscaler of any version.
pub fn autoscaler(meta: ObjectMeta, object: &Node) -> Autoscaler {
    let spec = object.get("spec");
    let of = |keys: &[&str]| spec.and_then(|spec| spec.at(keys));
    let target = |key: &str| of(&["scaleTargetRef", key]).and_then(Node::str).unwrap_or_default().to_owned();
    let mut metrics: Vec<Metric> = of(&["metrics"]).map_or(&[][..], Node::seq).iter().map(metric).collect();
    // Version 1 knows one figure only.
    if let Some(cpu) = of(&["targetCPUUtilizationPercentage"]) {
        metrics.push(Metric {
            kind: "Resource".to_owned(),
            name: "cpu".to_owned(),
            target: "Utilization".to_owned(),
            at: place(cpu),
        });
    }
    Autoscaler {
        target_kind: target("kind"),
        target_name: target("name"),
        min: whole(of(&["minReplicas"])),
        max: whole(of(&["maxReplicas"])),
        metrics,
        meta,
    }
}

fn metric(of: &Node) -> Metric {
    let kind = string(of, "type");
    let detail = ["resource", "containerResource", "pods", "object", "external"].iter().find_map(|key| of.get(key));
    let target = detail.and_then(|detail| detail.get("target"));
    let name = detail.and_then(|detail| detail.str_at(&["name"]).or_else(|| detail.str_at(&["metric", "name"])));
    let old = detail.and_then(|detail| {
        let is = |key: &str| detail.get(key).is_some();
        if is("targetAverageUtilization") {
            Some("Utilization")
        } else if is("targetAverageValue") {
            Some("AverageValue")
        } else {
            is("targetValue").then_some("Value")
        }
    });
    let target = target.and_then(|target| target.str_at(&["type"])).or(old);
    Metric {
        kind,
        name: name.or_else(|| detail?.str_at(&["metricName"])).unwrap_or_default().to_owned(),
        target: target.unwrap_or_default().to_owned(),
        at: place(of),
    }
}

/// A KEDA ScaledObject.
pub fn scaled_object(meta: ObjectMeta, object: &Node) -> Autoscaler {
    let spec = object.get("spec");
    let of = |keys: &[&str]| spec.and_then(|spec| spec.at(keys));
    let triggers = of(&["triggers"]).map_or(&[][..], Node::seq).iter();
    Autoscaler {
        target_kind: of(&["scaleTargetRef", "kind"]).and_then(Node::str).unwrap_or("Deployment").to_owned(),
        target_name: of(&["scaleTargetRef", "name"]).and_then(Node::str).unwrap_or_default().to_owned(),
        min: whole(of(&["minReplicaCount"])),
        max: whole(of(&["maxReplicaCount"])),
        metrics: triggers
            .map(|trigger| {
                let metadata = |key: &str| trigger.str_at(&["metadata", key]);
                let kind = string(trigger, "type");
                let name = ["topic", "queueName", "metricName", "query"].iter().find_map(|key| metadata(key));
                let target = trigger.str_at(&["metricType"]).or_else(|| metadata("type")).unwrap_or_default();
                Metric {
                    name: name.map_or_else(|| kind.clone(), str::to_owned),
                    kind,
                    target: target.to_owned(),
                    at: place(trigger),
                }
            })
            .collect(),
        meta,
    }
}

/// A PodDisruptionBudget.
pub fn budget(meta: ObjectMeta, object: &Node) -> DisruptionBudget {
    DisruptionBudget {
        selector: selector(object.at(&["spec", "selector"])),
        min_available: text(object.at(&["spec", "minAvailable"])),
        max_unavailable: text(object.at(&["spec", "maxUnavailable"])),
        meta,
    }
}

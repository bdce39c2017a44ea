//! Consumers of a group against the partitions of their topic: one that gets no partition has nothing to do, and the group
//! gets no faster by it.

use std::collections::BTreeMap;

use super::{Resource, Row, Share, row};
use crate::analysis::Model;
use crate::analysis::figure::Figure;
use crate::analysis::pods::pods;
use crate::facts::rust::What;
use crate::graph::model::{End, NodeId, ServiceId};

/// One row for each topic of Kafka and each service that reads it: members of one group share its partitions.
pub(super) fn rows(model: &Model<'_>) -> Vec<Row> {
    let mut members: BTreeMap<(NodeId, ServiceId), i64> = BTreeMap::new();
    for edge in model.graph.edges.iter().filter(|edge| edge.kind == "consume") {
        let End::Node(topic) = edge.to else { continue };
        // Dead letters and patterns are read by hand, or not by one topic.
        if model.graph.nodes[topic].technology != "kafka" || !model.graph.nodes[topic].name_known {
            continue;
        }
        let reads = |id: &&usize| matches!(model.facts.rust.effects[**id].what, What::Consume { .. });
        let places = edge.effects.iter().filter(reads).count();
        members.insert((topic, edge.from), i64::try_from(places.max(1)).unwrap_or(i64::MAX));
    }
    let rows = members.into_iter().map(|((topic, service), each)| {
        let name = &model.graph.nodes[topic].name;
        let replicas = pods(model, service).most;
        let each = Figure::known(each, "consumers of one replica");
        let demand = super::product(&[&each, &replicas]);
        let of = format!("{name} read by {}", model.graph.services[service].name);
        let share = Share { service, demand, each, replicas };
        row(model, Resource::Partitions, of, partitions(model, name), vec![share])
    });
    rows.collect()
}

/// How many partitions a topic has: as loadpath.yaml or the object of an operator says.
fn partitions(model: &Model<'_>, topic: &str) -> Figure {
    if let Some(set) = model.config.capacities.topics.get(topic).and_then(|of| of.partitions.as_ref()) {
        return Figure::known(set.value, "loadpath.yaml");
    }
    let environments = model.facts.kubernetes.iter().filter(|of| of.name == model.graph.environment);
    let object = environments.flat_map(|of| &of.others).find(|of| {
        let called = of.fields.get("spec.topicName").map_or(of.meta.name.as_str(), |name| name.value.as_str());
        of.meta.kind == "KafkaTopic" && called == topic
    });
    match object.and_then(|of| of.fields.get("spec.partitions")) {
        Some(read) => match read.value.parse() {
            Ok(number) => Figure::known(number, format!("{}:{}", read.at.file, read.at.line)),
            Err(_) => Figure::missing("topic.partitions", &format!("a number at {}:{}", read.at.file, read.at.line)),
        },
        None => Figure::missing(
            "topic.partitions",
            &format!("capacities.topics.\"{topic}\".partitions in loadpath.yaml, or a KafkaTopic in the manifests"),
        ),
    }
}

//! Pools and pods against what each server of a datastore accepts.
//!
//! Source: the Redis documentation, "Maximum number of clients" (`maxclients` 10000).

use super::{Resource, Row, Share, product, row};
use crate::analysis::Model;
use crate::analysis::connections::{Demand, key};
use crate::analysis::figure::Figure;
use crate::facts::deployment::Container;
use crate::graph::model::NodeId;

/// One row for each server that is used.
pub(super) fn rows(model: &Model<'_>) -> Vec<Row> {
    model.demands.iter().filter(|demand| !demand.pools.is_empty()).map(|demand| of(model, demand)).collect()
}

fn of(model: &Model<'_>, demand: &Demand) -> Row {
    let shares = demand.pools.iter().map(|index| {
        let of = &model.opened[*index];
        Share {
            service: of.service,
            demand: of.peak(),
            each: product(&[&of.size, &of.copies]),
            replicas: of.pods.most.clone(),
        }
    });
    let names: Vec<&str> = demand.stores.iter().map(|store| key(model, *store)).collect();
    let server = demand.stores.iter().find_map(|store| model.graph.nodes[*store].server.as_deref());
    let name = match server {
        Some(server) => format!("{} at {server}", names.join(", ")),
        None => names.join(", "),
    };
    row(model, Resource::Connections, name, limit(model, demand), shares.collect())
}

/// What clients can have.
fn limit(model: &Model<'_>, demand: &Demand) -> Figure {
    let redis = |store: &&NodeId| model.graph.nodes[**store].technology == "redis";
    if demand.max_connections.number.is_err()
        && let Some(container) = demand.stores.iter().find(redis).and_then(|store| behind(model, *store))
    {
        return max_clients(container);
    }
    match (&demand.max_connections.number, &demand.reserved.number) {
        (Ok(most), Ok(reserved)) => Figure::known(
            most.saturating_sub(*reserved),
            format!("{} - {}", demand.max_connections.written(), demand.reserved.written()),
        ),
        (Err(_), _) => demand.max_connections.clone(),
        (_, Err(_)) => demand.reserved.clone(),
    }
}

/// The container of the manifests behind the host of a Redis.
fn behind<'a>(model: &Model<'a>, store: NodeId) -> Option<&'a Container> {
    let host = model.graph.nodes[store].server.as_deref()?.split([':', '.']).next()?;
    let environments = model.facts.kubernetes.iter().filter(|of| of.name == model.graph.environment);
    let mut containers = environments.flat_map(|environment| {
        let service = environment.services.iter().find(|service| service.meta.name == host);
        let workloads = environment.workloads.iter().filter(move |workload| {
            service.is_some_and(|service| crate::analysis::deployed::selects(service, workload))
        });
        workloads.flat_map(|workload| &workload.containers)
    });
    containers.find(|of| of.image.as_ref().is_some_and(|image| image.value.contains("redis")))
}

fn max_clients(container: &Container) -> Figure {
    let words: Vec<_> = container.command.iter().chain(&container.args).collect();
    let set = words.windows(2).find(|pair| pair[0].value == "--maxclients").map(|pair| pair[1]);
    match set {
        Some(word) => match word.value.parse() {
            Ok(number) => Figure::known(number, format!("{}:{}", word.at.file, word.at.line)),
            Err(_) => Figure::missing("maxclients", &format!("a number at {}:{}", word.at.file, word.at.line)),
        },
        None => Figure::known(10_000, "Redis default"),
    }
}

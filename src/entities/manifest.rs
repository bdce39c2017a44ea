//! Manifests: ports of Kubernetes Services, with what answers behind them.

use super::reading::column;
use super::{Table, text, unknown};
use crate::analysis::Model;
use crate::analysis::deployed::{PortSite, parts, port_parts, sockets, target};
use crate::graph::schema::{EntityRef, Field, Kind, Reading, Type};

/// The table of manifests.
pub static TABLE: Table = Table {
    kind: Kind::Manifest,
    count: |model| model.deployed.ports.len(),
    id: |model, index| {
        let (service, port) = port_parts(model, site(model, index));
        format!("manifest:Service/{}/{}/{}", service.meta.namespace, service.meta.name, port.port.value)
    },
    spans: |model, index| {
        let site = site(model, index);
        let (service, port) = port_parts(model, site);
        let at = port.target_port.as_ref().map_or(&port.port.at, |target| &target.at);
        let mut spans = vec![(at.clone(), format!("{} leads here", service.meta.name))];
        for container in &site.containers {
            for socket in sockets(model, model.deployed.containers[*container].service).unwrap_or_default() {
                spans.push((socket.at, format!("the code listens on {}:{}", socket.host, socket.port)));
            }
        }
        spans
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("kind", Type::Text, "Its kind: Service."), |_, _| text("Service")),
        column(Field::new("name", Type::Text, "Its name."), |model, index| {
            text(&port_parts(model, site(model, index)).0.meta.name)
        }),
        column(Field::new("port", Type::Int, "The port of the Service."), |model, index| {
            Reading::Int(port_parts(model, site(model, index)).1.port.value)
        }),
        column(
            Field::new("service", Type::Entity(Kind::Service), "The service of the project behind it; null if none.")
                .or_null(),
            |model, index| match site(model, index).containers.first() {
                Some(container) => Reading::Entity(EntityRef {
                    kind: Kind::Service,
                    index: model.deployed.containers[*container].service,
                }),
                None => Reading::Null,
            },
        ),
        column(
            Field::new("target", Type::Int, "The port of the pods; null if its name means nothing there.").or_null(),
            |model, index| target_of(model, index).map_or(Reading::Null, Reading::Int),
        ),
        column(
            Field::new("bound", Type::Bool, "Whether something in the pods listens on that port.").or_unknown(),
            |model, index| bound(model, index, |_| true),
        ),
        column(
            Field::new("reachable", Type::Bool, "Whether what listens there does so for more than this machine.")
                .or_unknown(),
            |model, index| bound(model, index, |host| !is_loopback(host)),
        ),
    ]],
};

fn site<'m>(model: &'m Model<'_>, index: usize) -> &'m PortSite {
    &model.deployed.ports[index]
}

fn target_of(model: &Model<'_>, index: usize) -> Option<i64> {
    let site = site(model, index);
    let (_, port) = port_parts(model, site);
    let container = site.containers.first()?;
    target(port, parts(model, &model.deployed.containers[*container]).1)
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "[::1]" | "::1") || host.starts_with("127.")
}

/// Whether the code behind a port listens on it at a host of some kind.
fn bound(model: &Model<'_>, index: usize, host: fn(&str) -> bool) -> Reading {
    let site = site(model, index);
    let not_known = || unknown("service.listen", "mappings.variables in loadpath.yaml, if a variable decides the port");
    let Some(wanted) = target_of(model, index) else { return Reading::Bool(false) };
    for container in &site.containers {
        let container = &model.deployed.containers[*container];
        let (environment, workload, _) = parts(model, container);
        // Another container of the pod may listen there.
        if workload.host_network || workload.containers.iter().filter(|of| of.role != "init").count() > 1 {
            return not_known();
        }
        match sockets(model, container.service) {
            Some(sockets) if !sockets.is_empty() => {
                if sockets.iter().any(|of| of.port == wanted && host(&of.host)) {
                    return Reading::Bool(true);
                }
            }
            _ => return not_known(),
        }
        // What is not rendered may bring the pod that listens, or another port.
        if environment.partial {
            return unknown("manifest.bound", "manifests that could not be rendered: --helm for charts");
        }
    }
    Reading::Bool(false)
}

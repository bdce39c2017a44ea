//! Containers that run the project's services: probes, time to end, what an autoscaler measures.

use super::reading::{column, texts};
use super::{Table, text, unknown};
use crate::analysis::Model;
use crate::analysis::deployed::{ContainerSite, number, parts, selects, sockets};
use crate::analysis::pods::pods;
use crate::analysis::scraped;
use crate::facts::deployment::Probe;
use crate::facts::rust::What;
use crate::graph::schema::{EntityRef, Field, Kind, Reading, Type};

/// Seconds that a pod has to end unless its manifest says otherwise (Kubernetes API, `PodSpec`).
const GRACE_PERIOD_SECONDS: i64 = 30;

/// The table of containers.
pub static TABLE: Table = Table {
    kind: Kind::Container,
    count: |model| model.deployed.containers.len(),
    id: |model, index| {
        let (_, workload, container) = parts(model, site(model, index));
        format!("container:{}/{}/{}", workload.meta.kind, workload.meta.name, container.name)
    },
    spans: |model, index| {
        let (_, _, container) = parts(model, site(model, index));
        let mut spans = vec![(container.at.clone(), format!("the container {}", container.name))];
        spans.extend(scraped::problem(model, site(model, index)).map(|(why, at)| (at, why)));
        spans
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("name", Type::Text, "Its name."), |model, index| {
            text(&parts(model, site(model, index)).2.name)
        }),
        column(Field::new("service", Type::Entity(Kind::Service), "The service that it runs."), |model, index| {
            Reading::Entity(EntityRef { kind: Kind::Service, index: site(model, index).service })
        }),
        column(Field::new("workload", Type::Text, "Name of its workload."), |model, index| {
            text(&parts(model, site(model, index)).1.meta.name)
        }),
        column(
            Field::new("runs_on", Type::Bool, "Whether it goes on, and is no init container and no job."),
            |model, index| {
                let (_, workload, container) = parts(model, site(model, index));
                Reading::Bool(container.role != "init" && !matches!(workload.meta.kind.as_str(), "Job" | "CronJob"))
            },
        ),
        column(Field::new("selected", Type::Bool, "Whether a Service selects its pod."), |model, index| {
            let (environment, workload, _) = parts(model, site(model, index));
            Reading::Bool(environment.services.iter().any(|of| !of.ports.is_empty() && selects(of, workload)))
        }),
        column(Field::new("serves", Type::Bool, "Whether its code listens."), |model, index| {
            Reading::Bool(listens(model, index).next().is_some())
        }),
        column(Field::new("readiness", Type::Bool, "Whether it has a readiness probe."), |model, index| {
            Reading::Bool(parts(model, site(model, index)).2.probes.iter().any(|of| of.kind == "readiness"))
        }),
        column(Field::new("pods", Type::Int, "The most pods that run it.").or_unknown(), |model, index| {
            match pods(model, site(model, index).service).most.number {
                Ok(number) => Reading::Int(number),
                Err(missing) => Reading::Unknown(missing),
            }
        }),
        column(
            Field::new(
                "dead_probes",
                Type::List(&Type::Text),
                "Probes of a port that nothing in the pod listens on, as `kind port`.",
            )
            .or_unknown(),
            dead_probes,
        ),
        column(
            Field::new("unshut", Type::List(&Type::Text), "Servers of its code that no signal stops: their protocols.")
                .or_unknown(),
            |model, index| {
                let mut all = Vec::new();
                for (protocol, shutdown) in listens(model, index) {
                    match shutdown {
                        "none" => all.push(protocol.to_owned()),
                        "graceful" | "default" => {}
                        _ => return unknown("service.shutdown", "the server's call in the code"),
                    }
                }
                texts(all)
            },
        ),
        column(
            Field::new(
                "scrape_problem",
                Type::Text,
                "Why its metrics are not collected; null if they are, or it has none.",
            )
            .or_null(),
            |model, index| scraped::problem(model, site(model, index)).map_or(Reading::Null, |(why, _)| text(&why)),
        ),
        column(
            Field::new(
                "unscraped",
                Type::Bool,
                "Whether it gives metrics out, and nothing asks for them, as it is done elsewhere.",
            ),
            |model, index| Reading::Bool(scraped::forgotten(model, site(model, index))),
        ),
        column(Field::new("pre_stop", Type::Bool, "Whether it has a preStop hook."), |model, index| {
            Reading::Bool(parts(model, site(model, index)).2.pre_stop.is_some())
        }),
        column(
            Field::new(
                "waits_at_end",
                Type::Bool,
                "Whether its code sleeps after the signal, before it stops to listen.",
            ),
            |model, index| Reading::Bool(waits_at_end(model, index)),
        ),
        column(
            Field::new(
                "probes_over_tls",
                Type::List(&Type::Text),
                "gRPC probes of a server that speaks TLS: their kinds.",
            ),
            |model, index| {
                let site = site(model, index);
                let effects = &model.graph.services[site.service].effects;
                let mut servers = effects
                    .iter()
                    .map(|id| &model.facts.rust.effects[*id])
                    .filter(|effect| matches!(&effect.what, What::Listen { protocol, .. } if protocol == "grpc"))
                    .peekable();
                let all = servers.peek().is_some() && servers.all(|effect| effect.options.contains_key("tls"));
                let probes = parts(model, site).2.probes.iter().filter(|of| all && of.action == "grpc");
                texts(probes.map(|of| of.kind.clone()))
            },
        ),
        column(
            Field::new(
                "liveness_calls",
                Type::List(&Type::Text),
                "What the endpoint behind its liveness probe asks: stores, services, brokers.",
            ),
            |model, index| {
                let site = site(model, index);
                let probes =
                    parts(model, site).2.probes.iter().filter(|of| of.kind == "liveness" && of.action == "http");
                let paths: Vec<&str> =
                    probes.filter_map(|of| of.path.as_ref().map(|path| path.value.as_str())).collect();
                let entries = model.graph.services[site.service].entries.iter().filter(|entry| {
                    let of = &model.graph.entries[**entry];
                    of.kind == "endpoint" && of.name.split_once(' ').is_some_and(|(_, path)| paths.contains(&path))
                });
                let calls = entries.flat_map(|entry| &model.chains.calls.of_entry[*entry]);
                texts(
                    calls.map(|id| {
                        model.graph.name_of(model.graph.edges[model.chains.calls.all[*id].edge].to).to_owned()
                    }),
                )
            },
        ),
        column(Field::new("grace_period_s", Type::Int, "Seconds that it has to end.").unit("s"), |model, index| {
            let (_, workload, _) = parts(model, site(model, index));
            Reading::Int(workload.grace_period_seconds.as_ref().map_or(GRACE_PERIOD_SECONDS, |of| of.value))
        }),
        column(
            Field::new("pre_stop_s", Type::Int, "Seconds that its preStop hook sleeps; null without one.")
                .unit("s")
                .or_null(),
            |model, index| {
                let (_, _, container) = parts(model, site(model, index));
                container.pre_stop.as_ref().and_then(|of| of.seconds).map_or(Reading::Null, Reading::Int)
            },
        ),
        column(
            Field::new(
                "unmeasured",
                Type::List(&Type::Text),
                "Resources that an autoscaler of its workload measures as a share of a request that is not there.",
            )
            .or_unknown(),
            unmeasured,
        ),
    ]],
};

fn site<'m>(model: &'m Model<'_>, index: usize) -> &'m ContainerSite {
    &model.deployed.containers[index]
}

/// Protocol and way to stop of each server.
fn listens<'m>(model: &'m Model<'_>, index: usize) -> impl Iterator<Item = (&'m str, &'m str)> {
    model.graph.services[site(model, index).service].effects.iter().filter_map(|effect| {
        match &model.facts.rust.effects[*effect].what {
            What::Listen { protocol, shutdown, .. } => Some((protocol.as_str(), shutdown.as_str())),
            _ => None,
        }
    })
}

fn dead_probes(model: &Model<'_>, index: usize) -> Reading {
    let of = site(model, index);
    let (_, workload, container) = parts(model, of);
    let probes: Vec<&Probe> = container.probes.iter().filter(|of| of.action != "exec").collect();
    if probes.is_empty() {
        return Reading::List(Vec::new());
    }
    let alone = workload.containers.iter().filter(|of| of.role != "init").count() == 1;
    let Some(sockets) = sockets(model, of.service).filter(|all| alone && !all.is_empty() && !workload.host_network)
    else {
        return unknown("service.listen", "mappings.variables in loadpath.yaml, if a variable decides the port");
    };
    texts(probes.iter().filter_map(|probe| {
        let port = probe.port.as_ref()?;
        let bound = number(port, workload).is_some_and(|port| sockets.iter().any(|of| of.port == port));
        (!bound).then(|| format!("{} {}", probe.kind, port.value))
    }))
}

fn unmeasured(model: &Model<'_>, index: usize) -> Reading {
    let (environment, workload, container) = parts(model, site(model, index));
    let mut missing = Vec::new();
    for scaler in environment.autoscalers.iter().filter(|of| of.meta.kind == "HorizontalPodAutoscaler") {
        if scaler.target_kind != workload.meta.kind || scaler.target_name != workload.meta.name {
            continue;
        }
        let measured: Vec<&str> = if scaler.metrics.is_empty() {
            vec!["cpu"]
        } else {
            let shares = scaler.metrics.iter().filter(|of| of.kind == "Resource" && of.target == "Utilization");
            shares.map(|of| of.name.as_str()).collect()
        };
        for resource in measured {
            let there =
                ["requests", "limits"].iter().any(|of| container.resources.contains_key(&format!("{of}.{resource}")));
            if !there {
                missing.push(resource.to_owned());
            }
        }
    }
    let defaulted = environment.others.iter().any(|of| of.meta.kind == "LimitRange");
    if !missing.is_empty() && (environment.partial || defaulted) {
        return unknown("container.resources", "the requests that a LimitRange or a rendered chart gives");
    }
    texts(missing)
}

/// Whether a function that waits for a signal sleeps as well.
fn waits_at_end(model: &Model<'_>, index: usize) -> bool {
    let effects = || {
        let effects = &model.graph.services[site(model, index).service].effects;
        effects.iter().map(|id| &model.facts.rust.effects[*id])
    };
    effects().filter(|effect| matches!(effect.what, What::Signal { .. })).any(|signal| {
        effects().any(|effect| effect.function == signal.function && matches!(effect.what, What::Sleep { .. }))
    })
}

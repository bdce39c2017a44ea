//! Containers that run the project's services: probes, time to end, what an autoscaler measures.

mod resources;

use std::collections::BTreeSet;

use super::reading::{column, texts};
use super::{Table, text, unknown};
use crate::analysis::Model;
use crate::analysis::deadlines::{Figure, Reader};
use crate::analysis::deployed::{ContainerSite, number, parts, selects, sockets};
use crate::analysis::pods::pods;
use crate::analysis::proxied::sidecar;
use crate::analysis::scraped::{self, Scraped};
use crate::facts::Value;
use crate::facts::deployment::Probe;
use crate::facts::rust::{Effect, What};
use crate::graph::schema::{EntityRef, Field, HOLE, Kind, Reading, Type};

/// Seconds that a pod has to end unless its manifest says otherwise (Kubernetes API, `PodSpec`).
const GRACE_PERIOD_SECONDS: i64 = 30;

const PORT_SUPPLY: &str = "mappings.variables in loadpath.yaml, if a variable decides it";

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
        if let Scraped::Problem(why, at) = scraped::problem(model, site(model, index)) {
            spans.push((at, why));
        }
        spans
    },
    formula: |_, _, _| None,
    columns: &[resources::COLUMNS, &[
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
        column(
            Field::new("selected", Type::Bool, "Whether a Service selects its pod.").or_unknown(),
            |model, index| {
                let (environment, workload, _) = parts(model, site(model, index));
                match environment.services.iter().any(|of| !of.ports.is_empty() && selects(of, workload)) {
                    false if environment.partial => {
                        unknown("container.selected", "manifests that could not be rendered: --helm for charts")
                    }
                    selected => Reading::Bool(selected),
                }
            },
        ),
        column(Field::new("serves", Type::Bool, "Whether its code listens."), |model, index| {
            Reading::Bool(servers(model, index).next().is_some())
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
                let deaf = is_deaf(model, index);
                let shell = behind_shell(model, index);
                for effect in servers(model, index) {
                    let What::Listen { protocol, shutdown, .. } = &effect.what else { continue };
                    let own_signals = effect.options.contains_key("disable_signals");
                    match shutdown.as_str() {
                        _ if shell => all.push(protocol.clone()),
                        "none" => all.push(protocol.clone()),
                        "graceful" if deaf == Some(true) => all.push(protocol.clone()),
                        "default" if own_signals && deaf.unwrap_or(true) => all.push(protocol.clone()),
                        "graceful" | "default" => {}
                        _ => return unknown("service.shutdown", "the server's call in the code"),
                    }
                }
                texts(all)
            },
        ),
        column(
            Field::new(
                "behind_shell",
                Type::Bool,
                "Whether a shell that runs a script is started in place of the program: signals end with it.",
            ),
            |model, index| Reading::Bool(behind_shell(model, index)),
        ),
        column(
            Field::new(
                "drain_s",
                Type::Int,
                "Seconds that its servers wait at most for requests when they end, as the code says; null where it does \
                 not.",
            )
            .unit("s")
            .or_null()
            .or_unknown(),
            drain,
        ),
        column(
            Field::new("server_libraries", Type::List(&Type::Text), "The crates of the servers of its code, each once."),
            |model, index| {
                let all: BTreeSet<&str> = servers(model, index).map(|effect| effect.library.as_str()).collect();
                texts(all.into_iter().map(str::to_owned))
            },
        ),
        column(
            Field::new(
                "scrape_problem",
                Type::Text,
                "Why its metrics are not collected; null if they are, or it has none.",
            )
            .or_null()
            .or_unknown(),
            |model, index| match scraped::problem(model, site(model, index)) {
                Scraped::Fine => Reading::Null,
                Scraped::Problem(why, _) => text(&why),
                Scraped::Open => unknown("service.listen", PORT_SUPPLY),
            },
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
            )
            .or_unknown(),
            probes_over_tls,
        ),
        column(
            Field::new("protocols", Type::List(&Type::Text), "What the servers of its code speak, each once."),
            |model, index| {
                let protocols = servers(model, index).filter_map(|effect| match &effect.what {
                    What::Listen { protocol, .. } => Some(protocol.as_str()),
                    _ => None,
                });
                let all: BTreeSet<&str> = protocols.collect();
                texts(all.into_iter().map(str::to_owned))
            },
        ),
        column(
            Field::new("proxied", Type::Text, "Whether a mesh puts a proxy into its pods.").one_of(&["no", "open", "yes"]),
            |model, index| {
                let (environment, workload, _) = parts(model, site(model, index));
                text(sidecar(environment, workload).name())
            },
        ),
        column(
            Field::new(
                "liveness_calls",
                Type::List(&Type::Text),
                "What the endpoint behind its liveness probe asks: stores, services, brokers.",
            )
            .or_unknown(),
            liveness_calls,
        ),
        column(Field::new("grace_period_s", Type::Int, "Seconds that it has to end.").unit("s"), |model, index| {
            let (_, workload, _) = parts(model, site(model, index));
            Reading::Int(workload.grace_period_seconds.as_ref().map_or(GRACE_PERIOD_SECONDS, |of| of.value))
        }),
        column(
            Field::new("pre_stop_s", Type::Int, "Seconds that its preStop hook sleeps; null without one.")
                .unit("s")
                .or_null()
                .or_unknown(),
            |model, index| {
                let (_, _, container) = parts(model, site(model, index));
                match container.pre_stop.as_ref().map(|of| of.seconds) {
                    None => Reading::Null,
                    Some(Some(seconds)) => Reading::Int(seconds),
                    Some(None) => unknown("container.pre_stop_s", "a hook that sleeps, in place of another program"),
                }
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

fn effects<'m>(model: &'m Model<'_>, index: usize) -> impl Iterator<Item = &'m Effect> {
    model.graph.services[site(model, index).service].effects.iter().map(|id| &model.facts.rust.effects[*id])
}

/// The servers of its code.
fn servers<'m>(model: &'m Model<'_>, index: usize) -> impl Iterator<Item = &'m Effect> {
    effects(model, index).filter(|effect| matches!(effect.what, What::Listen { .. }))
}

/// Whether a shell stands between the signals that a pod gets and the program: by the command in the manifest, else by the
/// image, as far as the manifest leaves it as it is.
fn behind_shell(model: &Model<'_>, index: usize) -> bool {
    let site = site(model, index);
    let (_, _, container) = parts(model, site);
    match (container.command.is_empty(), container.args.is_empty()) {
        (false, _) => container.shell,
        (true, false) => false,
        (true, true) => model.graph.services[site.service].shell,
    }
}

/// Whether its code waits for signals, and for none that a pod gets when it ends; none where it is not seen to wait for
/// any: something that nobody follows may do it.
fn is_deaf(model: &Model<'_>, index: usize) -> Option<bool> {
    let mut signals = effects(model, index)
        .filter_map(|effect| match &effect.what {
            What::Signal { signal } => Some(signal.as_str()),
            _ => None,
        })
        .peekable();
    signals.peek()?;
    // An image can ask for another signal than the usual one.
    let mut stages = model.facts.dockerfiles.iter().flat_map(|of| &of.stages);
    if stages.any(|stage| !matches!(stage.stop_signal.as_str(), "" | "SIGTERM" | "TERM" | "15")) {
        return None;
    }
    Some(signals.all(|signal| signal == "interrupt"))
}

/// What its liveness probes over HTTP make the code ask. A route whose path is not known may be the one behind them.
fn liveness_calls(model: &Model<'_>, index: usize) -> Reading {
    let site = site(model, index);
    let probes = parts(model, site).2.probes.iter().filter(|of| of.kind == "liveness" && of.action == "http");
    let paths: Vec<&str> = probes.filter_map(|of| of.path.as_ref().map(|path| path.value.as_str())).collect();
    let entries = model.graph.services[site.service].entries.iter().map(|entry| (*entry, &model.graph.entries[*entry]));
    let routes: Vec<(usize, &str)> = entries
        .filter(|(_, of)| of.kind == "endpoint")
        .filter_map(|(entry, of)| Some((entry, of.name.split_once(' ')?.1)))
        .collect();
    let open = paths
        .iter()
        .find(|path| !routes.iter().any(|(_, route)| route == *path) && routes.iter().any(|(_, route)| is_open(route)));
    if let Some(path) = open {
        return unknown(&format!("the route behind {path}"), "a path of the route that stands in the code");
    }
    let probed = routes.iter().filter(|(_, route)| paths.contains(route)).map(|(entry, _)| entry);
    let calls = probed.flat_map(|entry| &model.chains.calls.of_entry[*entry]);
    texts(calls.map(|id| model.graph.name_of(model.graph.edges[model.chains.calls.all[*id].edge].to).to_owned()))
}

/// Whether a part of a route's path is known only when it runs: it is a hole, or a variable `$PATH`.
fn is_open(route: &str) -> bool {
    route.contains([HOLE, '$'])
}

/// The longest of the limits that its servers have on their end.
fn drain(model: &Model<'_>, index: usize) -> Reading {
    let service = site(model, index).service;
    let reader = Reader { facts: model.facts, graph: model.graph, config: model.config };
    let mut longest = Reading::Null;
    for server in servers(model, index) {
        match reader.figure(service, server.options.get("shutdown_timeout_ms")) {
            Figure::Absent => {}
            Figure::Known(ms) => {
                let seconds = ms.div_euclid(1000);
                longest = match longest {
                    Reading::Int(known) => Reading::Int(known.max(seconds)),
                    _ => Reading::Int(seconds),
                };
            }
            Figure::Unknown(why) => return unknown(&format!("container.drain_s: {why}"), PORT_SUPPLY),
        }
    }
    longest
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
        return unknown("service.listen", PORT_SUPPLY);
    };
    texts(probes.iter().filter_map(|probe| {
        let port = probe.port.as_ref()?;
        let bound = number(port, workload).is_some_and(|port| sockets.iter().any(|of| of.port == port));
        (!bound).then(|| format!("{} {}", probe.kind, port.value))
    }))
}

/// gRPC probes of sockets that speak TLS. A server whose port is not known may be the one that is probed.
fn probes_over_tls(model: &Model<'_>, index: usize) -> Reading {
    let of = site(model, index);
    let (_, workload, container) = parts(model, of);
    let service = &model.graph.services[of.service];
    let servers: Vec<(Option<Vec<i64>>, Tls)> = service
        .effects
        .iter()
        .map(|id| &model.facts.rust.effects[*id])
        .filter_map(|effect| match &effect.what {
            What::Listen { protocol, address, .. } if protocol == "grpc" => {
                let known = model.known(service, address);
                let ports =
                    known.texts.iter().filter_map(|text| text.rsplit(':').next()?.trim().parse().ok()).collect();
                Some((known.complete.then_some(ports), tls(effect)))
            }
            _ => None,
        })
        .collect();
    let mut over_tls = Vec::new();
    for probe in container.probes.iter().filter(|of| of.action == "grpc") {
        let port = probe.port.as_ref().and_then(|port| number(port, workload));
        let fits = |ports: &Option<Vec<i64>>| match (ports, port) {
            (Some(ports), Some(port)) => ports.contains(&port),
            _ => true,
        };
        let spoken: BTreeSet<Tls> = servers.iter().filter(|(ports, _)| fits(ports)).map(|(_, tls)| *tls).collect();
        match Vec::from_iter(spoken).as_slice() {
            [Tls::Yes] => over_tls.push(probe.kind.clone()),
            [] | [Tls::No] => {}
            _ => return unknown("service.tls", "mappings.variables in loadpath.yaml, if a variable decides it"),
        }
    }
    texts(over_tls)
}

/// Whether a server speaks TLS.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tls {
    No,
    /// Under a condition.
    Open,
    Yes,
}

fn tls(server: &Effect) -> Tls {
    match server.options.get("tls") {
        None | Some(Value::Absent) => Tls::No,
        Some(Value::Unknown(_)) => Tls::Open,
        Some(Value::OneOf(all)) if all.iter().any(|one| matches!(one, Value::Absent | Value::Unknown(_))) => Tls::Open,
        Some(_) => Tls::Yes,
    }
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
    effects(model, index).filter(|effect| matches!(effect.what, What::Signal { .. })).any(|signal| {
        effects(model, index)
            .any(|effect| effect.function == signal.function && matches!(effect.what, What::Sleep { .. }))
    })
}

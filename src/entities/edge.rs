//! Edges: dependencies, from the one that depends, with what the code does about their time and their failure.

mod checked;
mod evidence;
mod network;
mod time;

use super::reading::{column, texts};
use super::{Table, list, text, unknown};
use crate::analysis::Model;
use crate::analysis::availability::{declared, hard_dependencies, promise_over, share};
use crate::analysis::deadlines::Figure;
use crate::analysis::deadlines::Reader;
use crate::analysis::depth::may_come_back;
use crate::analysis::pools;
use crate::analysis::walk::Call;
use crate::graph::Edge;
use crate::graph::model::End;
use crate::graph::schema::{EntityRef, Field, Kind, Reading, Type};

/// How to say who answers a call.
pub(super) const ANSWER: &str =
    "mappings.hosts, or mappings.variables if a variable holds the address, in loadpath.yaml";
const SUPPLY: &str = "mappings.variables in loadpath.yaml, if a variable decides it";

/// The table of edges.
pub static TABLE: Table = Table {
    kind: Kind::Edge,
    count: |model| model.graph.edges.len(),
    id: evidence::name,
    spans: evidence::spans,
    formula: evidence::formula,
    columns: &[
        &[
            column(Field::new("from", Type::Entity(Kind::Service), "The one that depends."), |model, index| {
                Reading::Entity(EntityRef { kind: Kind::Service, index: edge(model, index).from })
            }),
            column(Field::new("to", Type::Text, "The name of what it depends on."), |model, index| {
                text(model.graph.name_of(edge(model, index).to))
            }),
            column(
                Field::new(
                    "to_service",
                    Type::Entity(Kind::Service),
                    "The service that it depends on; null for others.",
                )
                .or_null(),
                |model, index| match edge(model, index).to {
                    End::Service(index) => Reading::Entity(EntityRef { kind: Kind::Service, index }),
                    End::Node(_) => Reading::Null,
                },
            ),
            column(
                Field::new("to_kind", Type::Text, "What it depends on.").one_of(&[
                    "service",
                    "job",
                    "datastore",
                    "topic",
                    "external",
                ]),
                |model, index| match edge(model, index).to {
                    End::Service(id) => text(&model.graph.services[id].kind),
                    End::Node(id) => text(&model.graph.nodes[id].kind),
                },
            ),
            column(
                Field::new("kind", Type::Text, "How it depends.").one_of(&[
                    "grpc",
                    "http",
                    "sql",
                    "cache",
                    "graphdb",
                    "analytics",
                    "search",
                    "document",
                    "object",
                    "produce",
                    "consume",
                    "publish",
                    "subscribe",
                ]),
                |model, index| text(&edge(model, index).kind),
            ),
            column(
                Field::new("contract", Type::Text, "The contract, for gRPC; null for others.").or_null(),
                |m, index| edge(m, index).contract.as_deref().map_or(Reading::Null, text),
            ),
            column(
                Field::new("methods", Type::List(&Type::Text), "Methods, requests or operations."),
                |model, index| texts(edge(model, index).methods.iter().cloned()),
            ),
            column(
                Field::new("confidence", Type::Text, "How sure it is.").one_of(&["proven", "likely", "declared"]),
                |model, index| text(edge(model, index).confidence.name()),
            ),
            column(Field::new("sync", Type::Bool, "Whether the caller waits for an answer."), |model, index| {
                Reading::Bool(edge(model, index).is_sync())
            }),
            column(
                Field::new("criticality", Type::Text, "Whether the caller's code fails with it at one place at least.")
                    .or_unknown()
                    .one_of(&["hard", "soft"]),
                |model, index| match model.chains.criticality[index].in_code() {
                    Some(criticality) => text(criticality),
                    None => unknown("edge.criticality", "the code of the caller"),
                },
            ),
            column(
                Field::new(
                    "optional",
                    Type::Bool,
                    "Whether `loadpath.yaml` says that the caller survives its failure.",
                ),
                |model, index| Reading::Bool(model.chains.criticality[index].declared_optional),
            ),
            column(
                Field::new("falls_back", Type::Bool, "Whether something else is tried when it fails."),
                |model, index| Reading::Bool(model.chains.criticality[index].falls_back),
            ),
            column(
                Field::new(
                    "cycle",
                    Type::List(&Type::Text),
                    "Services that wait for each other in a circle, as a shortest way round; only \
                 at the first dependency of it, empty elsewhere.",
                )
                .or_unknown(),
                |model, index| match cycle(model, index) {
                    Some(edges) => {
                        let first = edges.first().into_iter().chain(edges).enumerate();
                        let names = first.map(|(at, id)| {
                            let edge = edge(model, *id);
                            if at == 0 { &*model.graph.services[edge.from].name } else { model.graph.name_of(edge.to) }
                        });
                        Reading::List(names.map(text).collect())
                    }
                    None if may_come_back(model.graph, index) => {
                        let from = &model.graph.services[edge(model, index).from].name;
                        unknown(&format!("who answers a call of {from}"), ANSWER)
                    }
                    None => Reading::List(Vec::new()),
                },
            ),
            column(
                Field::new("cycle_edges", Type::List(&Type::Entity(Kind::Edge)), "The dependencies of that circle."),
                |model, index| list(Kind::Edge, cycle(model, index).into_iter().flatten().copied()),
            ),
            column(
                Field::new(
                    "wait.deadline_ms",
                    Type::Int,
                    "The limit that the caller sets on one attempt, at the call where it is \
                 furthest below the time that the callee can need; null where no call has \
                 both.",
                )
                .unit("ms")
                .or_null()
                .or_unknown(),
                |model, index| match &model.chains.tightest[index] {
                    Some(wait) => int(wait.limit.ms),
                    None => match open_limit(model, index) {
                        Some(open) => unknown(&format!("the limit of the caller: {open}"), SUPPLY),
                        None => Reading::Null,
                    },
                },
            ),
            column(
                Field::new("wait.callee", Type::Text, "The entry point that answers there; null where there is none.")
                    .or_null(),
                |model, index| match callee(model, index) {
                    Some(callee) => text(&model.graph.entries[callee].name),
                    None => Reading::Null,
                },
            ),
            column(
                Field::new(
                    "wait.busy_least_ms",
                    Type::Int,
                    "How long that entry point can need at least: the sum of what is known; 0 \
                 where no call has both.",
                )
                .unit("ms"),
                |model, index| match callee(model, index) {
                    Some(callee) => Reading::Int(model.chains.busy[callee].ms),
                    None => Reading::Int(0),
                },
            ),
            column(
                Field::new(
                    "wait.busy_ms",
                    Type::Int,
                    "The same, if all limits below it can be read; work without a limit is left \
                 out; 0 where no call has both.",
                )
                .unit("ms")
                .or_unknown(),
                |model, index| match callee(model, index).map(|callee| &model.chains.busy[callee]) {
                    None => Reading::Int(0),
                    Some(cost) => match cost.open.first() {
                        Some(open) => unknown(&format!("the limit of the callee's work: {open}"), SUPPLY),
                        None => Reading::Int(cost.ms),
                    },
                },
            ),
            column(
                Field::new("wait.dominating", Type::Text, "What takes longest there; null where nothing is known.")
                    .or_null(),
                |model, index| {
                    let cost = callee(model, index).map(|callee| &model.chains.busy[callee]);
                    cost.and_then(|cost| cost.dominating()).map_or(Reading::Null, |(what, ..)| text(what))
                },
            ),
            column(
                Field::new(
                    "retry.attempts",
                    Type::Int,
                    "Attempts, the first included, of the retried call that exceeds the time of \
                 its entry point most; null where nothing is retried under a limit.",
                )
                .or_null(),
                |model, index| int(model.chains.fits[index].as_ref().map(|fit| fit.attempts)),
            ),
            column(
                Field::new(
                    "retry.cost_least_ms",
                    Type::Int,
                    "What all attempts and the delays between them take at least: the sum of what \
                 is known; 0 where nothing is retried.",
                )
                .unit("ms"),
                |model, index| Reading::Int(model.chains.fits[index].as_ref().map_or(0, |fit| fit.cost_ms)),
            ),
            column(
                Field::new(
                    "retry.cost_ms",
                    Type::Int,
                    "The same, if all of it can be read; 0 where nothing is retried.",
                )
                .unit("ms")
                .or_unknown(),
                |model, index| match &model.chains.fits[index] {
                    None => Reading::Int(0),
                    Some(fit) => match fit.open.first() {
                        Some(open) => unknown(&format!("the schedule of the retry: {open}"), SUPPLY),
                        None => Reading::Int(fit.cost_ms),
                    },
                },
            ),
            column(
                Field::new(
                    "retry.limit_ms",
                    Type::Int,
                    "The time that the entry point has: by its server, or by its callers; 0 where \
                 nothing is retried.",
                )
                .unit("ms")
                .or_unknown(),
                |model, index| match &model.chains.fits[index] {
                    None => Reading::Int(0),
                    Some(fit) => match (fit.limit.ms, &fit.limit.open) {
                        (Some(ms), _) => Reading::Int(ms),
                        (None, open) => unknown(open.as_deref().unwrap_or("the limit of the entry point"), SUPPLY),
                    },
                },
            ),
            column(
                Field::new(
                    "pool.acquire_timeout_ms",
                    Type::Int,
                    "How long a checkout of the pool behind it waits; null where that is not set.",
                )
                .unit("ms")
                .or_null()
                .or_unknown(),
                |model, index| match pool(model, index).map(|wait| wait.acquire) {
                    None | Some(Figure::Absent) => Reading::Null,
                    Some(Figure::Known(ms)) => Reading::Int(ms),
                    Some(Figure::Unknown(why)) => unknown(&format!("the pool's wait: {why}"), SUPPLY),
                },
            ),
            column(
                Field::new("pool.library", Type::Text, "The crate of the pool; null without a pool.").or_null(),
                |model, index| match pool(model, index) {
                    Some(wait) => text(&model.facts.rust.clients[wait.client].library),
                    None => Reading::Null,
                },
            ),
            column(
                Field::new(
                    "pool.limit_ms",
                    Type::Int,
                    "The strictest limit on a request that waits for the pool: its server's, or \
                 its callers'; null where there is none.",
                )
                .unit("ms")
                .or_null()
                .or_unknown(),
                |model, index| match pool(model, index).map(|wait| wait.limit) {
                    Some(limit) => match (limit.ms, limit.open) {
                        (None, Some(open)) => unknown(&format!("the limit of the request: {open}"), SUPPLY),
                        (ms, _) => int(ms),
                    },
                    None => Reading::Null,
                },
            ),
            column(
                Field::new("pool.entry", Type::Text, "The entry point with that limit; null where there is none.")
                    .or_null(),
                |model, index| match pool(model, index) {
                    Some(wait) => text(&model.graph.entries[wait.entry].name),
                    None => Reading::Null,
                },
            ),
            column(
                Field::new(
                    "availability_ppb",
                    Type::Int,
                    "The declared availability of what it depends on, in parts per billion.",
                )
                .unit("ppb")
                .or_unknown(),
                |model, index| match declared(model.graph, model.config, edge(model, index).to) {
                    Some(parts) => Reading::Int(parts),
                    None => unknown("edge.availability", &supply_availability(model, index)),
                },
            ),
            column(Field::new("availability", Type::Double, "The same as a share.").or_unknown(), |model, index| {
                match declared(model.graph, model.config, edge(model, index).to) {
                    Some(parts) => Reading::Double(share(parts)),
                    None => unknown("edge.availability", &supply_availability(model, index)),
                }
            }),
            column(
                Field::new(
                    "promise_ppb",
                    Type::Int,
                    "The strictest availability that the caller promises with it, in parts per \
                 billion; null without a promise.",
                )
                .unit("ppb")
                .or_null(),
                |model, index| int(promise(model, index)),
            ),
            column(
                Field::new("promise", Type::Double, "The same as a share; null without a promise.").or_null(),
                |model, index| promise(model, index).map_or(Reading::Null, |parts| Reading::Double(share(parts))),
            ),
            column(
                Field::new(
                    "hard_dependencies",
                    Type::Int,
                    "How many things the caller cannot do without, this one included.",
                ),
                |model, index| {
                    let optional = optional(model);
                    count(hard_dependencies(model.graph, &model.chains.calls, &optional, edge(model, index).from))
                },
            ),
            column(
                Field::new(
                    "load_rps",
                    Type::Double,
                    "The load that is declared for the caller or for an entry point that makes the \
                 call; null without one.",
                )
                .unit("rps")
                .or_null(),
                |model, index| load(model, index).map_or(Reading::Null, Reading::Double),
            ),
            column(
                Field::new("caller_crates", Type::List(&Type::Text), "Crates that the caller's package depends on."),
                |model, index| {
                    let service = &model.graph.services[edge(model, index).from];
                    let packages = model.facts.rust.packages.iter();
                    let own = packages.filter(|package| service.package.as_deref() == Some(&*package.name));
                    texts(own.flat_map(|package| package.dependencies.iter().map(|of| of.name.clone())))
                },
            ),
            column(
                Field::new("through", Type::List(&Type::Text), "Functions on the way from entry points to its calls."),
                |model, index| {
                    let through = calls(model, index).flat_map(|call| call.through.iter());
                    texts(through.map(|function| model.facts.rust.functions[*function].path.clone()))
                },
            ),
            column(
                Field::new(
                    "longest_deadline_ms",
                    Type::Int,
                    "The longest limit on one attempt of its calls; null where a call has none.",
                )
                .unit("ms")
                .or_null()
                .or_unknown(),
                longest_deadline,
            ),
            column(Field::new("retried", Type::Bool, "Whether one of its calls is tried again."), |model, index| {
                let retry = |step: &&crate::facts::rust::Step| matches!(step, crate::facts::rust::Step::Retry { .. });
                Reading::Bool(calls(model, index).any(|call| call.around.iter().any(&retry)))
            }),
            column(
                Field::new(
                    "bounded",
                    Type::Bool,
                    "Whether how many of its calls are under way is bounded: by its clients, or by a permit that each \
                     call needs.",
                ),
                |model, index| {
                    let mut all = calls(model, index).peekable();
                    Reading::Bool(all.peek().is_some() && all.all(|call| bounded(model, call)))
                },
            ),
            column(
                Field::new(
                    "answering",
                    Type::Bool,
                    "Whether an entry point that somebody waits for makes one of its calls.",
                ),
                |model, index| {
                    let answers = |call: &Call<'_>| {
                        matches!(model.graph.entries[call.entry].kind.as_str(), "rpc" | "endpoint") && call.waited
                    };
                    Reading::Bool(calls(model, index).any(answers))
                },
            ),
        ],
        time::COLUMNS,
        network::COLUMNS,
        checked::COLUMNS,
    ],
};

fn edge<'a>(model: &'a Model<'_>, index: usize) -> &'a Edge {
    &model.graph.edges[index]
}

fn reader<'a>(model: &Model<'a>) -> Reader<'a> {
    Reader { facts: model.facts, graph: model.graph, config: model.config }
}

fn calls<'m, 'a>(model: &'m Model<'a>, index: usize) -> impl Iterator<Item = &'m Call<'a>> {
    let of = model.chains.calls.of_edge.get(&index).into_iter().flatten();
    of.map(|id| &model.chains.calls.all[*id])
}

fn int(value: Option<i64>) -> Reading {
    value.map_or(Reading::Null, Reading::Int)
}

fn count(value: usize) -> Reading {
    Reading::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

/// The longest limit on one attempt of the calls of an edge; unknown where one that is set cannot be read.
fn longest_deadline(model: &Model<'_>, index: usize) -> Reading {
    let limits: Vec<_> = calls(model, index).map(|call| reader(model).attempt(call)).collect();
    if limits.iter().any(|limit| limit.ms.is_none() && limit.open.is_none()) {
        return Reading::Null;
    }
    match limits.iter().find(|limit| limit.ms.is_none()).and_then(|limit| limit.open.as_deref()) {
        Some(open) => unknown(&format!("a limit of the calls: {open}"), SUPPLY),
        None => int(limits.iter().filter_map(|limit| limit.ms).max()),
    }
}

/// Whether something bounds how many calls of one place are under way.
fn bounded(model: &Model<'_>, call: &Call<'_>) -> bool {
    let clients = &model.facts.rust.effects[call.effect].clients;
    let limited = |client: &usize| model.facts.rust.clients[*client].options.contains_key("concurrency_limit");
    call.around.iter().any(|step| matches!(step, crate::facts::rust::Step::Permit { .. }))
        || (!clients.is_empty() && clients.iter().all(limited))
}

fn cycle<'m>(model: &'m Model<'_>, index: usize) -> Option<&'m Vec<usize>> {
    model.chains.cycles.iter().find(|cycle| cycle.first() == Some(&index))
}

/// Why the limit of a call that an entry point answers cannot be read.
fn open_limit(model: &Model<'_>, index: usize) -> Option<String> {
    calls(model, index).filter(|call| call.waited && call.callee.is_some()).find_map(|call| {
        let limit = reader(model).attempt(call);
        limit.open.filter(|_| limit.ms.is_none())
    })
}

fn callee(model: &Model<'_>, index: usize) -> Option<usize> {
    let wait = model.chains.tightest[index].as_ref()?;
    model.chains.calls.all[wait.call].callee
}

fn pool(model: &Model<'_>, index: usize) -> Option<pools::Wait> {
    pools::wait(reader(model), &model.chains.calls, &model.chains.inbound, index)
}

fn optional(model: &Model<'_>) -> Vec<bool> {
    model.chains.criticality.iter().map(|of| of.declared_optional).collect()
}

fn promise(model: &Model<'_>, index: usize) -> Option<i64> {
    promise_over(model.graph, model.config, &model.chains.calls, index)
}

fn supply_availability(model: &Model<'_>, index: usize) -> String {
    match edge(model, index).to {
        End::Node(id) if model.graph.nodes[id].kind == "external" => {
            format!("externals.\"{}\".availability in loadpath.yaml", model.graph.nodes[id].name)
        }
        to => {
            let id = model.graph.id_of(to);
            format!("slo.\"{}\".availability in loadpath.yaml", id.split_once(':').map_or(id, |(_, name)| name))
        }
    }
}

fn load(model: &Model<'_>, index: usize) -> Option<f64> {
    let of = |key: &str| {
        let load = model.config.load.get(key)?;
        load.peak_rps.as_ref().or(load.rps.as_ref()).map(|rps| rps.value)
    };
    let entries = calls(model, index).filter_map(|call| of(&model.graph.entries[call.entry].id));
    let all = entries.chain(of(&model.graph.services[edge(model, index).from].name));
    all.fold(None, |most: Option<f64>, rps| Some(most.map_or(rps, |most| most.max(rps))))
}

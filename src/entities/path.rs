//! Paths: one request from its entry point down, with what its chains of calls amount to.

use super::edge::ANSWER;
use super::reading::{column, texts};
use super::{Table, list, text, unknown};
use crate::analysis::Model;
use crate::analysis::availability::{WHOLE, parts, share};
use crate::analysis::depth::Depth;
use crate::analysis::held;
use crate::analysis::walk::{Call, CallId};
use crate::graph::EntryPoint;
use crate::graph::model::End;
use crate::graph::schema::{EntityRef, Field, HOLE, Kind, Reading, Type};

const SUPPLY: &str = "mappings.variables in loadpath.yaml, if a variable decides it";

/// The table of paths.
pub static TABLE: Table = Table {
    kind: Kind::Path,
    count: |model| model.graph.entries.len(),
    id: |model, index| format!("path:{}", entry(model, index).id),
    spans: |model, index| {
        let of = entry(model, index);
        vec![(of.at.clone(), format!("{} enters {}", of.name, model.graph.services[of.service].name))]
    },
    formula,
    columns: &[&[
        column(Field::new("service", Type::Entity(Kind::Service), "The service that it enters."), |model, index| {
            Reading::Entity(EntityRef { kind: Kind::Service, index: entry(model, index).service })
        }),
        column(
            Field::new("name", Type::Text, "The entry point: contract and method, verb and path, topic or function."),
            |m, index| text(&entry(m, index).name),
        ),
        column(
            Field::new("kind", Type::Text, "The kind of the entry point.")
                .one_of(&["rpc", "endpoint", "consumer", "task", "startup"]),
            |model, index| text(&entry(model, index).kind),
        ),
        column(Field::new("callers", Type::Int, "How many places in the project call it."), |model, index| {
            count(model.chains.calls.into_entry[index].len())
        }),
        column(
            Field::new(
                "depth_least",
                Type::Int,
                "Calls of the longest chain below it whose failure reaches it, as far as it is known who answers.",
            )
            .unit("calls"),
            |model, index| count(model.chains.depths[index].chain.len()),
        ),
        column(
            Field::new("depth", Type::Int, "The same, if it is known who answers every call of its chains.")
                .unit("calls")
                .or_unknown(),
            |model, index| match &model.chains.depths[index] {
                Depth { open: Some(service), .. } => {
                    unknown(&format!("who answers a call of {}", model.graph.services[*service].name), ANSWER)
                }
                of => count(of.chain.len()),
            },
        ),
        column(
            Field::new("chain", Type::List(&Type::Text), "Who is called along that chain, in order."),
            |m, index| {
                Reading::List(names(m, &m.chains.depths[index].chain).into_iter().map(|name| text(&name)).collect())
            },
        ),
        column(
            Field::new(
                "chain_edges",
                Type::List(&Type::Entity(Kind::Edge)),
                "The dependencies of that chain, in order.",
            ),
            |model, index| edges(model, &model.chains.depths[index].chain),
        ),
        column(
            Field::new(
                "fan_out_least",
                Type::Int,
                "Services and externals that it calls itself and waits for, without those that \
                 it can do without and calls together with others; all whose names are not known count as one.",
            )
            .unit("services"),
            |model, index| count(model.chains.depths[index].targets.len()),
        ),
        column(
            Field::new("fan_out_most", Type::Int, "The same, where each whose name is not known counts by itself.")
                .unit("services"),
            |model, index| count(model.chains.depths[index].targets_most),
        ),
        column(
            Field::new("fan_out", Type::Int, "The same, if the names of all that are called are known.")
                .unit("services")
                .or_unknown(),
            |model, index| match &model.chains.depths[index] {
                of if of.targets.len() == of.targets_most => count(of.targets.len()),
                _ => unknown(&format!("whom {} calls", entry(model, index).name), ANSWER),
            },
        ),
        column(Field::new("targets", Type::List(&Type::Text), "Their names."), |model, index| {
            texts(model.chains.depths[index].targets.iter().map(|end| model.graph.name_of(*end).to_owned()))
        }),
        column(
            Field::new(
                "attempts_least",
                Type::Int,
                "How often one request can try a call at the end of a chain, by the retries \
                 that are known.",
            )
            .unit("attempts"),
            |model, index| Reading::Int(model.chains.amplifications[index].least),
        ),
        column(
            Field::new("attempts", Type::Int, "The same, if all attempts below it can be read.")
                .unit("attempts")
                .or_unknown(),
            |model, index| {
                let of = &model.chains.amplifications[index];
                match of.open.first() {
                    Some(open) => unknown(&format!("path.attempts: {open}"), SUPPLY),
                    None => Reading::Int(of.least),
                }
            },
        ),
        column(Field::new("attempts_factors", Type::Text, "The factors of it: `3 × 3`."), |model, index| {
            let factors: Vec<String> =
                model.chains.amplifications[index].factors.iter().map(|(of, ..)| of.to_string()).collect();
            text(&factors.join(" × "))
        }),
        column(
            Field::new(
                "attempts_first",
                Type::Bool,
                "Whether no entry point before it, of those that nothing in the project calls, multiplies by the same \
                 retries.",
            ),
            |model, index| Reading::Bool(!(0..index).any(|other| multiplies_alike(model, other, index))),
        ),
        column(
            Field::new(
                "attempts_edges",
                Type::List(&Type::Entity(Kind::Edge)),
                "The dependencies of that chain, in order.",
            ),
            |model, index| edges(model, &model.chains.amplifications[index].chain),
        ),
        column(
            Field::new(
                "promise",
                Type::Double,
                "The availability that is promised: its own, or that of its service if it is \
                 the weakest entry point of it; null without a promise.",
            )
            .or_null(),
            |model, index| match model.chains.availabilities[index].promise {
                Some(promise) => Reading::Double(share(promise)),
                None => Reading::Null,
            },
        ),
        column(
            Field::new("promise_ppb", Type::Int, "The same in parts per billion; null without a promise.")
                .unit("ppb")
                .or_null(),
            |model, index| model.chains.availabilities[index].promise.map_or(Reading::Null, Reading::Int),
        ),
        column(
            Field::new(
                "availability_most",
                Type::Double,
                "The product over the things that it cannot do without, as far as their \
                 availability is declared: it cannot be better.",
            ),
            |model, index| Reading::Double(model.chains.availabilities[index].at_most()),
        ),
        column(
            Field::new("availability_most_ppb", Type::Int, "The same in parts per billion.").unit("ppb"),
            |model, index| Reading::Int(parts(model.chains.availabilities[index].at_most())),
        ),
        column(
            Field::new("availability_ppb", Type::Int, "The same, if all of them are declared.")
                .unit("ppb")
                .or_unknown(),
            |model, index| {
                let of = &model.chains.availabilities[index];
                match of.open.first() {
                    Some(open) => unknown(
                        &format!("the availability of {}", model.graph.name_of(*open)),
                        "slo or externals in loadpath.yaml",
                    ),
                    None => Reading::Int(parts(of.at_most())),
                }
            },
        ),
        column(
            Field::new(
                "weakest",
                Type::List(&Type::Text),
                "The three things that cost it most availability, the worst first.",
            ),
            |model, index| {
                Reading::List(
                    weakest(model, index)
                        .iter()
                        .map(|(name, part)| text(&format!("{name} {}", percent(*part))))
                        .collect(),
                )
            },
        ),
        column(
            Field::new(
                "limit_ms",
                Type::Int,
                "The strictest limit that it works under: its server's, or its callers'; null \
                 without one.",
            )
            .unit("ms")
            .or_null(),
            |model, index| model.chains.inbound[index].ms.map_or(Reading::Null, Reading::Int),
        ),
        column(
            Field::new(
                "busy_least_ms",
                Type::Int,
                "How long it can hold its caller at least: the sum of what is known.",
            )
            .unit("ms"),
            |model, index| Reading::Int(model.chains.busy[index].ms),
        ),
        column(
            Field::new("writes", Type::List(&Type::Text), "Tables that it writes itself; some may be unknown.")
                .or_unknown(),
            writes,
        ),
        column(
            Field::new(
                "publishes",
                Type::List(&Type::Text),
                "Topics that it writes to itself. Left out are hints: channels without a log whose listeners read a table that it \
                 writes, so that what is missed is found there.",
            ),
            |model, index| texts(published(model, index).map(|call| name_of(model, call))),
        ),
        column(
            Field::new(
                "lasting_publishes",
                Type::List(&Type::Text),
                "Those of them whose messages wait for who reads them; others are heard only by those who listen.",
            ),
            |model, index| {
                let lasting = published(model, index)
                    .filter(|call| !model.facts.rust.effects[call.effect].options.contains_key("fleeting"));
                texts(lasting.map(|call| name_of(model, call)))
            },
        ),
        column(
            Field::new("write_sites", Type::List(&Type::Entity(Kind::Edge)), "The dependencies behind both."),
            |model, index| {
                let own = calls(model, index)
                    .map(|call| call.edge)
                    .filter(|edge| matches!(model.graph.edges[*edge].kind.as_str(), "sql" | "produce" | "publish"));
                let all: std::collections::BTreeSet<usize> = own.collect();
                list(Kind::Edge, all)
            },
        ),
        column(
            Field::new("functions", Type::List(&Type::Text), "Functions on the way to what it calls itself."),
            |model, index| {
                let through = calls(model, index).flat_map(|call| call.through.iter());
                texts(through.map(|function| model.facts.rust.functions[*function].path.clone()))
            },
        ),
        column(
            Field::new("edges", Type::List(&Type::Entity(Kind::Edge)), "Dependencies that it calls itself."),
            |model, index| edges(model, &model.chains.calls.of_entry[index]),
        ),
    ]],
};

fn name_of(model: &Model<'_>, call: &Call<'_>) -> String {
    model.graph.name_of(model.graph.edges[call.edge].to).to_owned()
}

/// Its calls that publish something of which nothing else tells.
fn published<'m, 'a>(model: &'m Model<'a>, index: usize) -> impl Iterator<Item = &'m Call<'a>> {
    let tables: Vec<String> = calls(model, index)
        .filter(|call| model.graph.edges[call.edge].kind == "sql")
        .flat_map(|call| held::written(&model.facts.rust.effects[call.effect]))
        .collect();
    calls(model, index).filter(move |call| match model.graph.edges[call.edge].kind.as_str() {
        "produce" => true,
        "publish" => !is_looked_up(model, model.graph.edges[call.edge].to, &tables),
        _ => false,
    })
}

/// Whether somebody who listens to a channel reads one of these tables.
fn is_looked_up(model: &Model<'_>, channel: End, tables: &[String]) -> bool {
    let mut listens = model.graph.edges.iter().filter(|edge| edge.kind == "subscribe" && edge.to == channel);
    listens.any(|edge| {
        let effects = model.graph.services[edge.from].effects.iter().map(|id| &model.facts.rust.effects[*id]);
        effects.flat_map(held::read).any(|table| tables.contains(&table))
    })
}

/// Tables that an entry point writes. One whose name is put together when it runs may be any.
fn writes(model: &Model<'_>, index: usize) -> Reading {
    let edges = model.graph.edges.as_slice();
    let calls = calls(model, index).filter(|call| edges[call.edge].kind == "sql");
    let all = calls.flat_map(|call| held::written(&model.facts.rust.effects[call.effect]));
    let (open, known): (Vec<String>, Vec<String>) = all.partition(|table| table.contains(HOLE));
    let Reading::List(mut tables) = texts(known) else { return Reading::List(Vec::new()) };
    if let Some(table) = open.into_iter().min() {
        tables.push(unknown(&format!("the table `{table}`"), "a name of the table that stands in the code"));
    }
    Reading::List(tables)
}

fn entry<'a>(model: &'a Model<'_>, index: usize) -> &'a EntryPoint {
    &model.graph.entries[index]
}

fn count(value: usize) -> Reading {
    Reading::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

fn names(model: &Model<'_>, calls: &[CallId]) -> Vec<String> {
    let edges = calls.iter().map(|id| &model.graph.edges[model.chains.calls.all[*id].edge]);
    edges.map(|edge| model.graph.name_of(edge.to).to_owned()).collect()
}

/// The dependencies of calls, in order, each once.
fn edges(model: &Model<'_>, calls: &[CallId]) -> Reading {
    let mut seen = std::collections::BTreeSet::new();
    let edges = calls.iter().map(|id| model.chains.calls.all[*id].edge).filter(|edge| seen.insert(*edge));
    list(Kind::Edge, edges.collect::<Vec<_>>())
}

fn weakest(model: &Model<'_>, index: usize) -> Vec<(String, i64)> {
    let mut all: Vec<(End, i64)> =
        model.chains.availabilities[index].parts.iter().map(|(end, part)| (*end, *part)).collect();
    all.sort_by_key(|(end, part)| (*part, *end));
    all.into_iter().take(3).map(|(end, part)| (model.graph.name_of(end).to_owned(), part)).collect()
}

fn percent(part: i64) -> String {
    let text = format!("{}.{:07}", part / (WHOLE / 100), part % (WHOLE / 100));
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Whether an entry point that nothing calls makes as many attempts as another one, by the same retries.
fn multiplies_alike(model: &Model<'_>, index: usize, other: usize) -> bool {
    let of = |index: usize| &model.chains.amplifications[index];
    let places = |index: usize| of(index).factors.iter().map(|(attempts, _, at)| (attempts, at));
    entry(model, index).kind != "startup"
        && !of(other).factors.is_empty()
        && of(index).least == of(other).least
        && places(index).eq(places(other))
        && model.chains.calls.into_entry[index].is_empty()
}

fn formula(model: &Model<'_>, index: usize, field: &str) -> Option<String> {
    match field {
        "depth" | "depth_least" => {
            let from = model.graph.services[entry(model, index).service].name.clone();
            let chain: Vec<String> =
                [from].into_iter().chain(names(model, &model.chains.depths[index].chain)).collect();
            Some(chain.join(" → "))
        }
        "attempts" | "attempts_least" => {
            let of = &model.chains.amplifications[index];
            let factors: Vec<String> = of
                .factors
                .iter()
                .map(|(attempts, what, at)| format!("{attempts} ({what}, {}:{})", at.file, at.line))
                .collect();
            Some(format!("{} = {} attempts", factors.join(" × "), of.least))
        }
        "availability_most_ppb" => {
            let of = &model.chains.availabilities[index];
            let parts: Vec<String> = of
                .parts
                .iter()
                .map(|(end, part)| format!("{} {}", model.graph.name_of(*end), percent(*part)))
                .collect();
            let open: Vec<&str> = of.open.iter().map(|end| model.graph.name_of(*end)).collect();
            let open = if open.is_empty() { String::new() } else { format!("; not declared: {}", open.join(", ")) };
            let most = percent(crate::analysis::availability::parts(of.at_most()));
            Some(format!("{} = {most}{open}", parts.join(" × ")))
        }
        _ => None,
    }
}

fn calls<'m, 'a>(model: &'m Model<'a>, index: usize) -> impl Iterator<Item = &'m Call<'a>> {
    model.chains.calls.of_entry[index].iter().map(|id| &model.chains.calls.all[*id])
}

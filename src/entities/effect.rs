//! Effects: places in code that block, queue, listen, wait for signals, hold or start something.

use super::reading::{column, texts};
use super::{Table, list, text, unknown};
use crate::analysis::Model;
use crate::analysis::idempotency::Twice;
use crate::analysis::sites::Site;
use crate::analysis::{held, idempotency, pods, unlimited};
use crate::facts::Value;
use crate::graph::schema::{Field, Kind, Reading, Type};

const SUPPLY: &str = "mappings.variables in loadpath.yaml, if a variable decides it";

/// The table of effects.
pub static TABLE: Table = Table {
    kind: Kind::Effect,
    count: |model| model.sites.len(),
    id: |model, index| model.sites[index].id.clone(),
    spans: |model, index| {
        let site = &model.sites[index];
        let mut spans = vec![(site.at.clone(), format!("{} is here", site.name))];
        for id in &site.under {
            let effect = &model.facts.rust.effects[*id];
            if let Some(call) = held::remote_call(effect) {
                spans.push((effect.at.clone(), format!("{call} happens inside")));
            }
        }
        spans
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(
            Field::new("kind", Type::Text, "What it is.").one_of(&[
                "blocking",
                "build",
                "channel",
                "connection",
                "flush",
                "listen",
                "lock",
                "loop",
                "migrate",
                "retry",
                "signal",
                "span",
                "spawn",
                "telemetry",
                "transaction",
            ]),
            |model, index| text(model.sites[index].kind),
        ),
        column(
            Field::new("name", Type::Text, "What is called, taken or started, by its canonical path."),
            |model, index| text(&model.sites[index].name),
        ),
        column(Field::new("function", Type::Text, "The function that does it."), |model, index| {
            text(&model.facts.rust.functions[model.sites[index].function].path)
        }),
        column(
            Field::new(
                "limits",
                Type::List(&Type::Text),
                "For a server, the limits and layers that are set on it: `timeout_ms`, `layer:TimeoutLayer`.",
            ),
            |model, index| texts(options(model, index).filter(|(_, of)| !of.may_be_absent()).map(|(name, _)| name)),
        ),
        column(
            Field::new(
                "perhaps_limits",
                Type::List(&Type::Text),
                "For a server, the limits and layers that are set on it under a condition.",
            ),
            |model, index| texts(options(model, index).filter(|(_, of)| of.may_be_absent()).map(|(name, _)| name)),
        ),
        column(
            Field::new("perhaps_holds", Type::Bool, "Whether the conditions of those limits hold.").or_unknown(),
            |model, index| {
                if options(model, index).any(|(_, of)| of.may_be_absent()) {
                    return unknown("the condition under which a limit is set", SUPPLY);
                }
                Reading::Bool(false)
            },
        ),
        column(
            Field::new(
                "answers",
                Type::Bool,
                "For a server, whether it answers more than questions of health and metrics; streams left out, which \
                 last as long as they are listened to.",
            ),
            |model, index| Reading::Bool(answers(model, &model.sites[index])),
        ),
        column(
            Field::new(
                "reached_in_time",
                Type::Bool,
                "For a server, whether all routes that lead to it, in the mesh and from outside, limit their requests.",
            ),
            |model, index| {
                let services = &model.sites[index].context.services;
                let all = services.iter().all(|service| unlimited::reached_in_time(model, *service));
                Reading::Bool(!services.is_empty() && all)
            },
        ),
        column(
            Field::new(
                "asked_in_time",
                Type::Bool,
                "For a gRPC server, whether all calls of it that are known carry a deadline, and there is one.",
            ),
            |model, index| {
                let site = &model.sites[index];
                let services = &site.context.services;
                let all = services.iter().all(|service| unlimited::asked_in_time(model, *service));
                Reading::Bool(site.name == "grpc" && !services.is_empty() && all)
            },
        ),
        column(Field::new("startup", Type::Bool, "Whether it runs before the service serves."), |model, index| {
            Reading::Bool(model.sites[index].context.startup)
        }),
        column(Field::new("serving", Type::Bool, "Whether it runs while the service serves."), |model, index| {
            Reading::Bool(model.sites[index].context.serving)
        }),
        column(
            Field::new("on_runtime", Type::Bool, "Whether it serves on a thread of the async runtime."),
            |model, index| Reading::Bool(model.sites[index].context.on_runtime),
        ),
        column(
            Field::new("entry", Type::Text, "The first entry point that reaches it; null before the service serves.")
                .or_null(),
            |model, index| match model.sites[index].context.entry {
                Some(entry) => text(&model.graph.entries[entry].name),
                None => Reading::Null,
            },
        ),
        column(
            Field::new("entry_kind", Type::Text, "The kind of that entry point; null before the service serves.")
                .or_null()
                .one_of(&["rpc", "endpoint", "consumer", "task", "startup"]),
            |model, index| match model.sites[index].context.entry {
                Some(entry) => text(&model.graph.entries[entry].kind),
                None => Reading::Null,
            },
        ),
        column(
            Field::new(
                "used_once",
                Type::Bool,
                "For a client that is built, whether the same function uses it, and builds it without a condition.",
            ),
            |model, index| Reading::Bool(used_once(model, &model.sites[index])),
        ),
        column(
            Field::new("handle", Type::Text, "For a task, what becomes of its handle; null for others.")
                .or_null()
                .one_of(&["dropped", "heeding", "kept", "awaited"]),
            |model, index| match &model.sites[index].handle {
                Some(handle) => text(handle),
                None => Reading::Null,
            },
        ),
        column(
            Field::new("capacity", Type::Int, "For a channel, how much it holds; null without a limit.")
                .or_null()
                .or_unknown(),
            |model, index| capacity(model, &model.sites[index]),
        ),
        column(
            Field::new(
                "unbounded_labels",
                Type::Text,
                "For a metric, its labels whose values have no limit; null without one.",
            )
            .or_null(),
            |model, index| {
                let effect = model.sites[index].effect.map(|id| &model.facts.rust.effects[id]);
                let labels = effect.and_then(|effect| effect.options.get("unbounded")).and_then(Value::as_text);
                labels.map_or(Reading::Null, text)
            },
        ),
        column(
            Field::new("signal_only", Type::Bool, "For a channel, whether its messages have no content."),
            |model, index| {
                let effect = model.sites[index].effect.map(|id| &model.facts.rust.effects[id]);
                Reading::Bool(effect.is_some_and(|effect| effect.options.contains_key("signal")))
            },
        ),
        column(
            Field::new("over", Type::Text, "For a loop, what it runs over; null for others.").or_null().one_of(&[
                "batches",
                "collection",
                "condition",
                "forever",
                "literal",
                "range",
                "stream",
            ]),
            |model, index| {
                let site = &model.sites[index];
                if site.kind == "loop" { text(&site.name) } else { Reading::Null }
            },
        ),
        column(
            Field::new(
                "elements",
                Type::Int,
                "For a loop over a list that is written down, how many elements that has; 0 for others.",
            )
            .unit("elements"),
            |model, index| Reading::Int(i64::try_from(model.sites[index].elements).unwrap_or(i64::MAX)),
        ),
        column(
            Field::new(
                "polled",
                Type::Bool,
                "Whether it runs only in tasks that look for work again and again: one pass of them is a unit of work.",
            ),
            |model, index| {
                let context = &model.sites[index].context;
                Reading::Bool(context.polled && !context.asked)
            },
        ),
        column(
            Field::new(
                "attempts",
                Type::Int,
                "For a retry, attempts with the first; null for others and without an end.",
            )
            .or_null()
            .or_unknown(),
            |model, index| match &model.sites[index].retry {
                Some(retry) => number(model, &model.sites[index], &retry.attempts, "effect.attempts"),
                None => Reading::Null,
            },
        ),
        column(
            Field::new("jitter", Type::Bool, "For a retry, whether its delays are random; null for others.")
                .or_null()
                .or_unknown(),
            |model, index| match &model.sites[index].retry {
                None => Reading::Null,
                Some(retry) => match retry.options.get("jitter") {
                    Some(Value::Bool(jitter)) => Reading::Bool(*jitter),
                    _ => unknown(
                        "effect.jitter",
                        "a strategy that is built, or delays that are made, where they are used",
                    ),
                },
            },
        ),
        column(
            Field::new(
                "conditional",
                Type::Bool,
                "For a retry, whether it looks at the failure before it tries again.",
            ),
            |model, index| {
                let retry = model.sites[index].retry.as_ref();
                Reading::Bool(retry.is_some_and(|retry| retry.options.contains_key("condition")))
            },
        ),
        column(
            Field::new(
                "unsafe_calls",
                Type::List(&Type::Text),
                "Remote calls inside that do more when they are made twice: no asking or \
                 replacing method, no key that makes them one.",
            )
            .or_unknown(),
            unsafe_calls,
        ),
        column(
            Field::new(
                "compensated",
                Type::Bool,
                "For a transaction, whether a remote write inside is followed by another one in a branch: it is taken back.",
            ),
            |model, index| Reading::Bool(model.sites[index].compensated),
        ),
        column(
            Field::new(
                "batch_methods",
                Type::List(&Type::Text),
                "Methods of the same contracts that take several at once.",
            ),
            |model, index| texts(effects(model, index).flat_map(|of| idempotency::batches(model.facts, of))),
        ),
        column(Field::new("endless", Type::Bool, "Whether its body goes round for ever."), |model, index| {
            Reading::Bool(model.sites[index].endless)
        }),
        column(
            Field::new("awaits", Type::Bool, "For a lock, whether its own function awaits something under it."),
            |model, index| Reading::Bool(model.sites[index].awaits),
        ),
        column(
            Field::new("keyed", Type::Bool, "For a lock, whether it is one of several, by a key."),
            |model, index| Reading::Bool(model.sites[index].keyed),
        ),
        column(
            Field::new("waits", Type::Bool, "Whether async code inside waits for something outside or for time."),
            |model, index| Reading::Bool(effects(model, index).any(held::waits)),
        ),
        column(
            Field::new("remote_calls", Type::List(&Type::Text), "Calls of other services and systems inside."),
            |model, index| texts(effects(model, index).filter_map(held::remote_call)),
        ),
        column(
            Field::new("remote_writes", Type::List(&Type::Text), "Remote calls that change something there."),
            |model, index| {
                let writes = effects(model, index).filter(|effect| held::changes(effect));
                texts(writes.filter_map(held::remote_call))
            },
        ),
        column(
            Field::new(
                "calls_of_one",
                Type::List(&Type::Text),
                "Those of them that go to the same place each time, and not to one of several \
                 peers.",
            ),
            |model, index| {
                let calls = effects(model, index).filter(|effect| held::goes_to_one_place(model.facts, effect));
                texts(calls.filter_map(held::remote_call))
            },
        ),
        column(
            Field::new("store_calls", Type::List(&Type::Text), "Statements and commands inside, by technology."),
            |model, index| texts(effects(model, index).filter_map(shared_store)),
        ),
        column(
            Field::new("writes", Type::List(&Type::Text), "Tables and keys that are written inside."),
            |model, index| texts(effects(model, index).flat_map(held::written)),
        ),
        column(
            Field::new("publishes", Type::Int, "How many places inside write to a topic.").unit("places"),
            |model, index| {
                let count = effects(model, index)
                    .filter(|effect| matches!(effect.what, crate::facts::rust::What::Publish { .. }))
                    .count();
                Reading::Int(i64::try_from(count).unwrap_or(i64::MAX))
            },
        ),
        column(Field::new("sleeps", Type::Bool, "Whether something inside sleeps."), |model, index| {
            let mut inside = effects(model, index);
            Reading::Bool(inside.any(|effect| matches!(effect.what, crate::facts::rust::What::Sleep { .. })))
        }),
        column(
            Field::new("library", Type::Text, "The crate that does it; empty for steps of the language and runtime."),
            |model, index| {
                let effect = model.sites[index].effect.map(|id| &model.facts.rust.effects[id]);
                text(effect.map_or("", |effect| effect.library.as_str()))
            },
        ),
        column(
            Field::new("pods", Type::Int, "The most pods of one serving service that do it when they start.")
                .or_unknown(),
            starting,
        ),
        column(
            Field::new(
                "killed_while_it_starts",
                Type::Bool,
                "Whether a liveness probe can end it before a start-up has passed.",
            ),
            |model, index| {
                let services = &model.sites[index].context.services;
                Reading::Bool(services.iter().any(|service| pods::is_killed_while_it_starts(model, *service)))
            },
        ),
        column(
            Field::new("services", Type::List(&Type::Entity(Kind::Service)), "Services that reach it."),
            |model, index| list(Kind::Service, model.sites[index].context.services.iter().copied()),
        ),
    ]],
};

/// Remote calls inside that must not be made twice. One that may be such a call leaves it open, where no other is.
fn unsafe_calls(model: &Model<'_>, index: usize) -> Reading {
    let (mut unsafe_calls, mut open) = (Vec::new(), None);
    for effect in &model.sites[index].under {
        match idempotency::twice(model, *effect) {
            Twice::Safe => {}
            Twice::Unsafe => unsafe_calls.extend(held::remote_call(&model.facts.rust.effects[*effect])),
            Twice::Unknown(missing) => open = open.or(Some(missing)),
        }
    }
    match open {
        Some((what, supply)) if unsafe_calls.is_empty() => unknown(&what, supply),
        _ => texts(unsafe_calls),
    }
}

/// What is set on the effect behind it.
fn options<'m>(model: &'m Model<'_>, index: usize) -> impl Iterator<Item = (String, &'m Value)> {
    let effect = model.sites[index].effect.map(|id| &model.facts.rust.effects[id]);
    effect.into_iter().flat_map(|effect| effect.options.iter().map(|(name, value)| (name.clone(), value)))
}

/// The most pods that do it: of services that serve, jobs and containers that end before the pod starts left out.
fn starting(model: &Model<'_>, index: usize) -> Reading {
    let mut most = 0;
    for id in &model.sites[index].context.services {
        let service = &model.graph.services[*id];
        let serves = service.entries.iter().any(|entry| model.graph.entries[*entry].kind != "startup");
        if service.kind == "job" || !serves || pods::is_init_only(model, *id) {
            continue;
        }
        match pods::pods(model, *id).most.number {
            Ok(number) => most = most.max(number),
            Err(missing) => return Reading::Unknown(missing),
        }
    }
    Reading::Int(most)
}

/// Whether the service behind a server has entry points of the server's protocol besides health and metrics.
fn answers(model: &Model<'_>, site: &Site) -> bool {
    let kind = if site.name == "grpc" { "rpc" } else { "endpoint" };
    let plumbing = ["health", "metrics", "live", "ready", "startup", "ping", "version", "grpc.reflection"];
    site.kind == "listen"
        && site.context.services.iter().any(|service| {
            model.graph.services[*service].entries.iter().any(|entry| {
                let entry = &model.graph.entries[*entry];
                let streams = entry.streams
                    || entry.name.split_once('/').is_some_and(|(contract, method)| {
                        entry.kind == "rpc" && unlimited::is_streaming(model, contract, method)
                    });
                entry.kind == kind && !streams && !plumbing.iter().any(|word| entry.name.contains(word))
            })
        })
}

/// Whether a client is built each time its function runs, and used by that function: it is not kept for the next time.
fn used_once(model: &Model<'_>, site: &Site) -> bool {
    use crate::facts::rust::{Step, What};
    let Some(built) = site.effect else { return false };
    let What::Build { client } = model.facts.rust.effects[built].what else { return false };
    let rust = &model.facts.rust;
    let steps = &rust.functions[site.function].steps;
    let always = |step: &Step| match step {
        Step::Effect { effect, .. } => *effect == built,
        Step::Timeout { steps, .. } | Step::Retry { steps, .. } => {
            steps.iter().any(|step| matches!(step, Step::Effect { effect, .. } if *effect == built))
        }
        _ => false,
    };
    let uses = |id: usize| {
        let effect = &rust.effects[id];
        effect.function == site.function
            && effect.clients.contains(&client)
            && !matches!(effect.what, What::Build { .. } | What::Migrate { .. })
    };
    // What runs in a task of its own is no part of the request.
    steps.iter().any(always) && model.chains.calls.all.iter().any(|call| call.waited && uses(call.effect))
}

fn effects<'a>(model: &'a Model<'_>, index: usize) -> impl Iterator<Item = &'a crate::facts::rust::Effect> {
    model.sites[index].under.iter().map(|id| &model.facts.rust.effects[*id])
}

/// The technology of a store that is asked through something that others could share: a connection of its own, such as
/// a socket or a transaction, cannot be shared, and a lock around it is in its place.
fn shared_store(effect: &crate::facts::rust::Effect) -> Option<String> {
    use crate::facts::rust::What;
    match &effect.what {
        What::Sql { technology, .. } => {
            let own = effect.options.get("executor").and_then(Value::as_text).is_some_and(|name| {
                name.contains("Connection") || name.contains("Transaction") || name.contains("Client")
            });
            (!own).then(|| if technology.is_empty() { "sql".to_owned() } else { technology.clone() })
        }
        What::Store { technology, .. } => Some(technology.clone()),
        _ => None,
    }
}

fn capacity(model: &Model<'_>, site: &Site) -> Reading {
    match &site.capacity {
        Some(value) => number(model, site, value, "effect.capacity"),
        None => Reading::Null,
    }
}

/// The largest number that a value is for the services that reach it.
fn number(model: &Model<'_>, site: &Site, value: &Value, what: &str) -> Reading {
    if matches!(value, Value::Absent) {
        return Reading::Null;
    }
    let known = site.context.services.iter().map(|service| model.known(&model.graph.services[*service], value));
    let numbers: Vec<i64> = known.flat_map(|known| known.texts).filter_map(|text| text.parse().ok()).collect();
    match numbers.iter().max() {
        Some(number) => Reading::Int(*number),
        None => unknown(what, "mappings.variables in loadpath.yaml, if a variable decides it"),
    }
}

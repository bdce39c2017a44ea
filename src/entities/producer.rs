//! Producers: clients of services that write to topics, with the settings that decide what a failure loses.

use super::reading::{column, texts};
use super::{Table, text, unknown};
use crate::analysis::Model;
use crate::analysis::messaging::{ProducerSite, setting};
use crate::facts::Value;
use crate::facts::rust::{Client, What};
use crate::graph::schema::{EntityRef, Field, Kind, Reading, Type};

/// The table of producers.
pub static TABLE: Table = Table {
    kind: Kind::Producer,
    count: |model| model.messaging.producers.len(),
    id: |model, index| {
        let site = site(model, index);
        let service = &model.graph.services[site.service].name;
        let before = model.messaging.producers[..index].iter().filter(|other| other.service == site.service).count();
        let count = if before == 0 { String::new() } else { format!("#{}", before + 1) };
        format!("producer:{service}{count}")
    },
    spans: |model, index| {
        let client = client(model, index);
        let mut spans = Vec::new();
        for name in ["acks", "request.required.acks"] {
            spans.extend(client.options_at.get(name).map(|at| (at.clone(), format!("`{name}` is set here"))));
        }
        spans.push((client.at.clone(), "the producer is built here".to_owned()));
        let effects = site(model, index).effects.iter().map(|id| &model.facts.rust.effects[*id]);
        spans.extend(effects.map(|effect| (effect.at.clone(), "it writes here".to_owned())));
        spans
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("service", Type::Entity(Kind::Service), "The service that writes."), |model, index| {
            Reading::Entity(EntityRef { kind: Kind::Service, index: site(model, index).service })
        }),
        column(Field::new("technology", Type::Text, "The broker: kafka, nats, …"), |model, index| {
            text(&client(model, index).technology)
        }),
        column(Field::new("library", Type::Text, "The crate that it is of."), |model, index| {
            text(&client(model, index).library)
        }),
        column(
            Field::new("topics", Type::List(&Type::Text), "Topics that it writes to, as far as they are known."),
            |model, index| {
                let site = site(model, index);
                let service = &model.graph.services[site.service];
                texts(site.effects.iter().flat_map(|id| match &model.facts.rust.effects[*id].what {
                    What::Publish { topic, .. } => model.known(service, topic).texts,
                    _ => Vec::new(),
                }))
            },
        ),
        column(Field::new("keyed", Type::Bool, "Whether a message of it has a key."), |model, index| {
            let keyed = |id: &usize| model.facts.rust.effects[*id].options.get("keyed") == Some(&Value::Bool(true));
            Reading::Bool(site(model, index).effects.iter().any(keyed))
        }),
        column(
            Field::new("acks", Type::Text, "Replicas that it waits for: `0`, `1`, `all`.").or_unknown(),
            |model, index| {
                let first = read(model, index, "acks");
                let of = if matches!(first, Ok(None)) { read(model, index, "request.required.acks") } else { first };
                match of {
                    Ok(Some(value)) if value == "-1" => text("all"),
                    Ok(Some(value)) => text(&value),
                    Ok(None) => text("all"),
                    Err(held) => unknown("acks", &supply(&held)),
                }
            },
        ),
        column(
            Field::new(
                "in_order",
                Type::Bool,
                "Whether what it tries again keeps its place: idempotence, one request under way, or no other try.",
            )
            .or_unknown(),
            |model, index| {
                let stated = [
                    ("enable.idempotence", "true"),
                    ("max.in.flight", "1"),
                    ("max.in.flight.requests.per.connection", "1"),
                    ("retries", "0"),
                    ("message.send.max.retries", "0"),
                ];
                let mut open = None;
                for (name, keeps) in stated {
                    match read(model, index, name) {
                        Ok(Some(value)) if value == keeps => return Reading::Bool(true),
                        Ok(_) => {}
                        Err(held) => open = Some((name, held)),
                    }
                }
                let transactional = read(model, index, "transactional.id").ok().flatten().is_some();
                match open {
                    _ if transactional => Reading::Bool(true),
                    Some((name, held)) => unknown(name, &supply(&held)),
                    None => Reading::Bool(false),
                }
            },
        ),
    ]],
};

fn site<'m>(model: &'m Model<'_>, index: usize) -> &'m ProducerSite {
    &model.messaging.producers[index]
}

fn client<'m>(model: &'m Model<'_>, index: usize) -> &'m Client {
    &model.facts.rust.clients[site(model, index).client]
}

fn read(model: &Model<'_>, index: usize, name: &str) -> Result<Option<String>, String> {
    let site = site(model, index);
    setting(model, site.service, site.client, name)
}

fn supply(held: &str) -> String {
    format!("mappings.variables.{held} in loadpath.yaml, if a variable holds it")
}

//! Consumers: subscriptions of services, with what their messages cause.

use super::reading::{column, texts};
use super::{Table, text, unknown};
use crate::analysis::Model;
use crate::analysis::messaging::{ConsumerSite, sets_aside, setting, sharing, work};
use crate::facts::rust::{Effect, What};
use crate::graph::schema::{EntityRef, Field, Kind, Reading, Type};

/// The table of consumers.
pub static TABLE: Table = Table {
    kind: Kind::Consumer,
    count: |model| model.messaging.consumers.len(),
    id: |model, index| format!("consumer:{}", model.graph.entries[site(model, index).entry].id),
    spans: |model, index| {
        let site = site(model, index);
        let mut spans = vec![(effect(model, index).at.clone(), "messages are asked for here".to_owned())];
        for client in &effect(model, index).clients {
            spans.push((model.facts.rust.clients[*client].at.clone(), "with this client".to_owned()));
        }
        spans.extend(work(model, site).map(|call| {
            let to = model.graph.name_of(model.graph.edges[call.edge].to);
            (model.facts.rust.effects[call.effect].at.clone(), format!("a message causes a call of {to}"))
        }));
        spans
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("service", Type::Entity(Kind::Service), "The service that reads."), |model, index| {
            Reading::Entity(EntityRef { kind: Kind::Service, index: site(model, index).service })
        }),
        column(Field::new("name", Type::Text, "The topic, as far as it is known."), |model, index| {
            text(&model.graph.entries[site(model, index).entry].name)
        }),
        column(Field::new("technology", Type::Text, "The broker: kafka, nats, …"), |model, index| {
            match &effect(model, index).what {
                What::Consume { technology, .. } => text(technology),
                _ => text(""),
            }
        }),
        column(
            Field::new(
                "acknowledged_first",
                Type::Bool,
                "Whether a message can count as done before its work is: the client stores and commits positions on \
                 its own.",
            )
            .or_unknown(),
            acknowledged_first,
        ),
        column(Field::new("commits", Type::List(&Type::Text), "Calls that acknowledge messages."), |model, index| {
            let service = &model.graph.services[site(model, index).service];
            let clients = &effect(model, index).clients;
            let effects = service.effects.iter().map(|id| &model.facts.rust.effects[*id]);
            let own = effects.filter(|of| of.clients.iter().any(|client| clients.contains(client)));
            texts(own.filter_map(|of| match &of.what {
                What::Acknowledge { operation, .. } => Some(operation.clone()),
                _ => None,
            }))
        }),
        column(Field::new("work", Type::List(&Type::Text), "What is called outside for a message."), |model, index| {
            let edges = work(model, site(model, index)).map(|call| &model.graph.edges[call.edge]);
            texts(edges.map(|edge| model.graph.name_of(edge.to).to_owned()))
        }),
        column(
            Field::new("sets_aside", Type::Bool, "Whether a message that cannot be done is put where it can be seen.")
                .or_unknown(),
            |model, index| match sets_aside(model, site(model, index)) {
                Some(aside) => Reading::Bool(aside),
                None => {
                    unknown("the topic that it writes", "mappings.variables in loadpath.yaml, if a variable names it")
                }
            },
        ),
        column(
            Field::new("shared_with", Type::List(&Type::Text), "Other services that read in the same group.")
                .or_unknown(),
            |model, index| match sharing(model, site(model, index)) {
                Ok(services) => texts(services),
                Err(held) => unknown(
                    "the group of a consumer",
                    &format!("mappings.variables.{held} in loadpath.yaml, if a variable holds it"),
                ),
            },
        ),
    ]],
};

fn site<'m>(model: &'m Model<'_>, index: usize) -> &'m ConsumerSite {
    &model.messaging.consumers[index]
}

fn effect<'m>(model: &'m Model<'_>, index: usize) -> &'m Effect {
    &model.facts.rust.effects[site(model, index).effect]
}

fn acknowledged_first(model: &Model<'_>, index: usize) -> Reading {
    let site = site(model, index);
    let of = effect(model, index);
    if of.library != "rdkafka" {
        return Reading::Bool(false);
    }
    let [client] = of.clients.as_slice() else {
        return unknown("the consumer's client", "a client that is built where it can be followed");
    };
    let mut open = None;
    for name in ["enable.auto.commit", "enable.auto.offset.store"] {
        match setting(model, site.service, *client, name) {
            Ok(value) if value.as_deref() == Some("false") => return Reading::Bool(false),
            Ok(_) => {}
            Err(held) => open = Some((name, held)),
        }
    }
    match open {
        Some((name, held)) => {
            unknown(name, &format!("mappings.variables.{held} in loadpath.yaml, if a variable holds it"))
        }
        None => Reading::Bool(true),
    }
}

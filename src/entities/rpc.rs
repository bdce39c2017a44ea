//! Methods of contracts, with what their requests and answers hold.

use super::reading::{column, texts};
use super::{Table, text, unknown};
use crate::analysis::Model;
use crate::analysis::idempotency::answers_once;
use crate::analysis::protos::{ContractSite, is_vendored};
use crate::facts::proto::{self, Message, Method};
use crate::graph::schema::{Field, Kind, Reading, Type};

/// Names of fields that say how many are wanted.
const SIZES: &[&str] = &["page_size", "limit", "max_results", "top_k", "per_page", "count", "max_count", "first"];
/// Names of fields that say where to go on.
const POSITIONS: &[&str] = &["page_token", "cursor", "offset", "page", "after", "continuation_token", "next_token"];

/// The table of methods.
pub static TABLE: Table = Table {
    kind: Kind::Rpc,
    count: |model| model.protos.rpcs.len(),
    id: |model, index| format!("rpc:{}", name(model, index)),
    spans: |model, index| {
        let (contract, method) = site(model, index);
        let mut spans = vec![(method.at.clone(), format!("{} is here", method.name))];
        let contract = contract.name();
        let calls = model
            .graph
            .edges
            .iter()
            .filter(|edge| edge.contract.as_deref() == Some(contract) && edge.methods.contains(&method.name));
        spans.extend(calls.filter_map(|edge| {
            let from = &model.graph.services[edge.from].name;
            edge.evidence.first().map(|at| (at.clone(), format!("{from} calls it")))
        }));
        spans
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("name", Type::Text, "Contract and method."), |model, index| text(&name(model, index))),
        column(Field::new("method", Type::Text, "The method."), |model, index| text(&site(model, index).1.name)),
        column(Field::new("vendored", Type::Bool, "Whether it is of somebody else."), |model, index| {
            Reading::Bool(is_vendored(site(model, index).0.file))
        }),
        column(Field::new("streams", Type::Bool, "Whether one of its sides is a stream."), |model, index| {
            let method = site(model, index).1;
            Reading::Bool(method.client_streaming || method.server_streaming)
        }),
        column(
            Field::new("lists", Type::Bool, "Whether its answer is one list of messages, totals and cursors apart."),
            |model, index| Reading::Bool(lists(model, site(model, index).1)),
        ),
        column(
            Field::new("sized", Type::Bool, "Whether its request says how many are wanted.").or_unknown(),
            |model, index| asks(model, index, SIZES),
        ),
        column(
            Field::new("positioned", Type::Bool, "Whether its request says where to go on.").or_unknown(),
            |model, index| asks(model, index, POSITIONS),
        ),
        column(
            Field::new(
                "by_ids",
                Type::Bool,
                "Whether its request carries a list, of the keys of what is wanted or the like.",
            ),
            |model, index| {
                let request = request(model, index);
                Reading::Bool(request.is_some_and(|of| of.fields.iter().any(|field| field.label == "repeated")))
            },
        ),
        column(
            Field::new(
                "of_one_owner",
                Type::Bool,
                "Whether its request has one field, the id of somebody: such lists are small.",
            ),
            |model, index| {
                let request = request(model, index);
                Reading::Bool(request.is_some_and(|of| of.fields.len() == 1 && of.fields[0].name.ends_with("_id")))
            },
        ),
        column(
            Field::new(
                "bounded",
                Type::Bool,
                "Whether the list in its answer says that it has an end: in its comment, or by an option.",
            ),
            |model, index| {
                let answer = model.protos.message(&site(model, index).1.response);
                Reading::Bool(
                    answer
                        .is_some_and(|of| of.fields.iter().any(|field| field.label == "repeated" && is_bounded(field))),
                )
            },
        ),
        column(
            Field::new("creates", Type::Bool, "Whether its name says that each call adds something."),
            |model, index| {
                let verbs = ["Create", "Place", "Charge", "Pay", "Transfer", "Send", "Submit", "Issue", "Add"];
                let method = &site(model, index).1.name;
                let starts = |verb: &&str| {
                    method.strip_prefix(verb).is_some_and(|rest| rest.chars().next().is_none_or(char::is_uppercase))
                };
                Reading::Bool(verbs.iter().any(starts))
            },
        ),
        column(
            Field::new(
                "keyed",
                Type::Bool,
                "Whether a second call with the same request is known as one: a key, an id that the caller chooses, or \
                 an option of the method, a key of the table that it inserts into.",
            )
            .or_unknown(),
            |model, index| match request(model, index) {
                Some(request) => Reading::Bool(keyed(model, index, request) || inserts_once(model, index)),
                None if is_stated(site(model, index).1) => Reading::Bool(true),
                None => no_request(model, index),
            },
        ),
        column(Field::new("callers", Type::List(&Type::Text), "Services that call it."), |model, index| {
            texts(calls(model, index).map(|(from, _)| from))
        }),
        column(Field::new("retried", Type::Bool, "Whether a caller tries it again."), |model, index| {
            Reading::Bool(calls(model, index).any(|(_, retried)| retried))
        }),
    ]],
};

fn site<'m, 'a>(model: &'m Model<'a>, index: usize) -> (&'m ContractSite<'a>, &'a Method) {
    let (contract, method) = model.protos.rpcs[index];
    (&model.protos.contracts[contract], method)
}

fn name(model: &Model<'_>, index: usize) -> String {
    let (contract, method) = site(model, index);
    format!("{}/{}", contract.name(), method.name)
}

fn request<'a>(model: &Model<'a>, index: usize) -> Option<&'a Message> {
    model.protos.message(&site(model, index).1.request)
}

/// A request that no proto of the project describes may hold anything; there is nothing to say of a well-known one.
fn no_request(model: &Model<'_>, index: usize) -> Reading {
    let name = site(model, index).1.request.trim_start_matches('.');
    if name.starts_with("google.protobuf.") {
        return Reading::Bool(true);
    }
    unknown(&format!("the message {name}"), "the proto file that declares it")
}

/// Whether a request asks for something by a field of these names; one that holds a message for it asks there.
fn asks(model: &Model<'_>, index: usize, names: &[&str]) -> Reading {
    let Some(request) = request(model, index) else { return no_request(model, index) };
    Reading::Bool(request.fields.iter().any(|field| {
        names.contains(&field.name.as_str())
            || field.name.contains("pagination")
            || field.name == "paging"
            || model
                .protos
                .message(&field.type_name)
                .is_some_and(|inner| inner.fields.iter().any(|field| names.contains(&field.name.as_str())))
    }))
}

fn lists(model: &Model<'_>, method: &Method) -> bool {
    let Some(answer) = model.protos.message(&method.response) else { return false };
    if !crate::analysis::held::asks(&method.name) {
        return false;
    }
    let mut messages = answer.fields.iter().filter(|of| of.label == "repeated");
    let one = messages.next().is_some_and(|of| model.protos.message(&of.type_name).is_some());
    let rest = answer.fields.iter().filter(|of| of.label != "repeated").all(|of| {
        ["total", "count", "next", "cursor", "token", "page", "has_more"].iter().any(|word| of.name.contains(word))
    });
    one && messages.next().is_none() && rest
}

/// Whether an option of a method says that a second call changes nothing.
fn is_stated(method: &Method) -> bool {
    method.options.iter().any(|of| {
        of.name.contains("idempotency_level") && matches!(of.value.as_str(), "IDEMPOTENT" | "NO_SIDE_EFFECTS")
    })
}

fn keyed(model: &Model<'_>, index: usize, request: &Message) -> bool {
    let (_, method) = site(model, index);
    let verbs = ["Create", "Place", "Charge", "Pay", "Transfer", "Send", "Submit", "Issue", "Add"];
    let created = verbs.iter().find_map(|verb| method.name.strip_prefix(verb)).unwrap_or_default();
    let own = format!("{}_id", snake(created));
    let is_key = |name: &str| {
        name.contains("idempotency") || name == "request_id" || name == "client_token" || name == own || name == "id"
    };
    // A request that holds nothing but ids puts a pair into a set: a second call changes nothing.
    let pair = !request.fields.is_empty() && request.fields.iter().all(|field| field.name.ends_with("_id"));
    let holds_key = |field: &proto::Field| {
        is_key(&field.name)
            || model
                .protos
                .message(&field.type_name)
                .is_some_and(|inner| inner.fields.iter().any(|field| is_key(&field.name)))
    };
    is_stated(method) || pair || request.fields.iter().any(holds_key)
}

/// Whether a list says how long it can be: `// bounded: at most 20`, `(buf.validate.field).repeated.max_items`.
fn is_bounded(list: &proto::Field) -> bool {
    let comment = format!("{} {}", list.comment, list.trailing).to_lowercase();
    let says = ["bounded", "at most", "no more than", "never more than", "maximum of"];
    says.iter().any(|words| comment.contains(words) && !comment.contains("unbounded"))
        || list.options.iter().any(|of| of.name.contains("max_items") || of.value.contains("max_items"))
}

/// Whether the code behind a method finds what it inserts there the second time.
fn inserts_once(model: &Model<'_>, index: usize) -> bool {
    let name = name(model, index);
    let entries = model.graph.entries.iter().enumerate();
    let mut handlers = entries.filter(|(_, entry)| entry.kind == "rpc" && entry.name == name).peekable();
    handlers.peek().is_some() && handlers.all(|(entry, _)| answers_once(model, entry))
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for (index, c) in name.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            text.push('_');
        }
        text.extend(c.to_lowercase());
    }
    text
}

/// Services that call a method, and whether they try again.
fn calls(model: &Model<'_>, index: usize) -> impl Iterator<Item = (String, bool)> {
    use crate::facts::rust::{Step, What};
    let (contract, method) = site(model, index);
    let (contract, method) = (contract.name(), method.name.clone());
    let edges = model.graph.edges.iter().enumerate();
    edges.filter(move |(_, edge)| edge.contract.as_deref() == Some(contract) && edge.methods.contains(&method)).map(
        move |(id, edge)| {
            let wanted = &site(model, index).1.name;
            let calls = model.chains.calls.of_edge.get(&id).into_iter().flatten();
            let own = calls.map(|call| &model.chains.calls.all[*call]).filter(|call| {
                matches!(&model.facts.rust.effects[call.effect].what, What::Grpc { method, .. } if method == wanted)
            });
            let mut around = own.flat_map(|call| &call.around);
            (model.graph.services[edge.from].name.clone(), around.any(|step| matches!(step, Step::Retry { .. })))
        },
    )
}

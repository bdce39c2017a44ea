//! Whether a remote call may be made twice: by its verb, by what its proto says of it, by a key in its request, or by what
//! the code that answers inserts.
//!
//! Names of methods follow the Google API design guide: what asks, replaces or deletes does no more the second time.
//! Source: RFC 9110 section 9.2.2; `idempotency_level` of protobuf's descriptor.proto.

use super::walk::Call;
use super::{Model, held, statements};
use crate::facts::Facts;
use crate::facts::proto::{Message, Method};
use crate::facts::rust::{Effect, EffectId, What};
use crate::facts::sql::Statement;
use crate::graph::model::EntryId;

/// First words of methods that leave the same state behind however often they are called.
const REPLACING: &[&str] = &["Delete", "Put", "Replace", "Set", "Update", "Upsert"];
/// Parts of a field's name by which the callee knows a request again.
const KEYS: &[&str] = &["idempotency", "request_id", "client_token", "dedup"];

/// Code and protos spell contracts and methods differently.
fn squash(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

fn begins_with(method: &str, word: &str) -> bool {
    method.strip_prefix(word).is_some_and(|rest| rest.chars().next().is_none_or(|c| !c.is_lowercase()))
}

fn methods<'a>(facts: &'a Facts, contract: &str) -> impl Iterator<Item = &'a Method> {
    let contract = squash(contract);
    let services = facts.proto.iter().flat_map(|file| &file.services);
    services.filter(move |service| squash(&service.name) == contract).flat_map(|service| &service.methods)
}

fn message<'a>(facts: &'a Facts, name: &str) -> Option<&'a Message> {
    let name = name.trim_start_matches('.');
    facts.proto.iter().flat_map(|file| &file.messages).find(|message| message.name.trim_start_matches('.') == name)
}

/// What a second time does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Twice {
    /// No more than the first.
    Safe,
    /// More.
    Unsafe,
    /// That depends on this, which can be supplied so.
    Unknown((String, &'static str)),
}

/// What a remote call does when it is made twice: by what it says of itself, or by what the one who answers does.
#[must_use]
pub fn twice(model: &Model<'_>, effect: EffectId) -> Twice {
    let by_itself = by_itself(model.facts, &model.facts.rust.effects[effect]);
    if by_itself == Twice::Safe {
        return Twice::Safe;
    }
    let mut calls = model.chains.calls.all.iter().filter(|call| call.effect == effect).peekable();
    let once = |call: &Call<'_>| call.callee.is_some_and(|entry| answers_once(model, entry));
    if calls.peek().is_some() && calls.all(once) { Twice::Safe } else { by_itself }
}

/// Whether the code behind an entry point inserts, and finds whatever it inserts there the second time: the statement says
/// what to do then, or a key of the table is given by the request.
#[must_use]
pub fn answers_once(model: &Model<'_>, entry: EntryId) -> bool {
    let name = &model.graph.entries[entry].name;
    let method = model.protos.rpcs.iter().find(|(contract, method)| {
        name.strip_prefix(model.protos.contracts[*contract].name()).and_then(|rest| rest.strip_prefix('/'))
            == Some(method.name.as_str())
    });
    let request = method.and_then(|(_, method)| model.protos.message(&method.request));
    let given = |column: &str| request.is_some_and(|of| of.fields.iter().any(|field| field.name == column));
    let calls = model.chains.calls.of_entry[entry].iter();
    let effects = calls.map(|call| &model.facts.rust.effects[model.chains.calls.all[*call].effect]);
    let mut inserts = effects
        .filter_map(|effect| match &effect.what {
            What::Sql { statement, .. } => statement.as_ref().filter(|of| of.verb == "insert"),
            _ => None,
        })
        .peekable();
    inserts.peek().is_some() && inserts.all(|insert| replaces(insert) || statements::has_key_of(model, insert, &given))
}

/// Whether an insert says what to do with a row that is there, and adds nothing to it.
fn replaces(insert: &Statement) -> bool {
    let text = insert.text.to_uppercase();
    insert.on_conflict && !text.split("ON CONFLICT").nth(1).is_some_and(|then| then.contains('+'))
}

fn by_itself(facts: &Facts, effect: &Effect) -> Twice {
    match &effect.what {
        What::Http { .. } if effect.options.contains_key("idempotency_key") => Twice::Safe,
        What::Http { verb, .. } => match verb.as_str() {
            "POST" | "PATCH" => Twice::Unsafe,
            "" => Twice::Unknown(("the verb of a request".to_owned(), "a verb that stands in the code")),
            _ => Twice::Safe,
        },
        What::Grpc { contract, method } => {
            if !held::changes(effect) || REPLACING.iter().any(|word| begins_with(method, word)) {
                return Twice::Safe;
            }
            let wanted = squash(method);
            let declared = methods(facts, contract).find(|of| squash(&of.name) == wanted);
            let Some(declared) = declared else {
                return Twice::Unknown((format!("what {contract}/{method} takes"), "the proto file of the contract"));
            };
            rpc_twice(facts, declared)
        }
        _ => Twice::Safe,
    }
}

/// By what the proto says of a method, or by a key in its request.
fn rpc_twice(facts: &Facts, method: &Method) -> Twice {
    let stated = method.options.iter().any(|option| {
        option.name == "idempotency_level" && matches!(option.value.as_str(), "IDEMPOTENT" | "NO_SIDE_EFFECTS")
    });
    if stated {
        return Twice::Safe;
    }
    match message(facts, &method.request) {
        Some(request) if request.fields.iter().any(|field| KEYS.iter().any(|key| field.name.contains(key))) => {
            Twice::Safe
        }
        None if !method.request.trim_start_matches('.').starts_with("google.protobuf.") => {
            Twice::Unknown((format!("the message {}", method.request), "the proto file that declares it"))
        }
        _ => Twice::Unsafe,
    }
}

/// Methods of the contract of a call that take several at once: `BatchGetPrices` beside `GetPrice`.
#[must_use]
pub fn batches(facts: &Facts, effect: &Effect) -> Vec<String> {
    match &effect.what {
        What::Grpc { contract, .. } => methods(facts, contract)
            .filter(|method| begins_with(&method.name, "Batch"))
            .map(|method| method.name.clone())
            .collect(),
        _ => Vec::new(),
    }
}

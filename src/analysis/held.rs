//! What happens under a lock, in a transaction, with a connection held, in a task: all effects of the steps inside,
//! through every function that they call. Tasks that are started inside are left out, for nobody waits for them.

use std::collections::BTreeSet;

use crate::facts::rust::{Effect, EffectId, FunctionId, Step, What};
use crate::facts::{Facts, Value};

/// Effects of steps and of all that they call, in order of their ids.
#[must_use]
pub fn under(facts: &Facts, steps: &[Step]) -> BTreeSet<EffectId> {
    let mut found = Found::default();
    let mut work: Vec<FunctionId> = Vec::new();
    collect(steps, &mut found.effects, &mut work);
    while let Some(function) = work.pop() {
        if found.functions.insert(function) {
            collect(&facts.rust.functions[function].steps, &mut found.effects, &mut work);
        }
    }
    found.effects
}

#[derive(Default)]
struct Found {
    effects: BTreeSet<EffectId>,
    functions: BTreeSet<FunctionId>,
}

fn collect(steps: &[Step], effects: &mut BTreeSet<EffectId>, work: &mut Vec<FunctionId>) {
    for step in steps {
        match step {
            Step::Effect { effect, .. } => {
                effects.insert(*effect);
            }
            Step::Call { functions, .. } => work.extend(functions),
            Step::Together { branches, .. } => branches.iter().for_each(|steps| collect(steps, effects, work)),
            Step::Choice { branches } => branches.iter().for_each(|branch| collect(&branch.steps, effects, work)),
            Step::Spawn { kind, steps, .. } => {
                if kind == "blocking" {
                    collect(steps, effects, work);
                }
            }
            Step::Loop { steps, .. }
            | Step::Timeout { steps, .. }
            | Step::Retry { steps, .. }
            | Step::Transaction { steps, .. }
            | Step::Lock { steps, .. }
            | Step::Permit { steps, .. }
            | Step::Held { steps, .. } => collect(steps, effects, work),
        }
    }
}

/// First words of methods that only ask, by the naming conventions of the Google API design guide.
const ASKING: &[&str] =
    &["Get", "List", "Search", "Check", "Watch", "BatchGet", "Find", "Lookup", "Query", "Count", "Exists", "Stream"];

/// The name of a call of another service or system, if the effect is one: `shop.price.v1.Price/Quote`, `POST`.
#[must_use]
pub fn remote_call(effect: &Effect) -> Option<String> {
    match &effect.what {
        What::Grpc { contract, method } => Some(format!("{contract}/{method}")),
        What::Http { verb, .. } if verb.is_empty() => Some("an HTTP request".to_owned()),
        What::Http { verb, .. } => Some(format!("an HTTP {verb}")),
        _ => None,
    }
}

/// Whether a remote call goes to the same place each time it is made: its address does not come from what is at hand
/// there. A call of each of several peers does not.
#[must_use]
pub fn goes_to_one_place(facts: &Facts, effect: &Effect) -> bool {
    match &effect.what {
        What::Grpc { .. } => effect.clients.iter().any(|client| is_settled(&facts.rust.clients[*client].address)),
        What::Http { url, .. } => is_settled(url),
        _ => false,
    }
}

/// Whether an effect asks something outside of the program: another service or system, a store, a broker.
#[must_use]
pub fn leaves(effect: &Effect) -> bool {
    matches!(effect.what, What::Sql { .. } | What::Store { .. } | What::Publish { .. }) || remote_call(effect).is_some()
}

/// Whether the host of an address is written down, in the code or in settings.
fn is_settled(address: &Value) -> bool {
    match address {
        Value::Text(_) | Value::Variable { .. } | Value::Setting { .. } => true,
        Value::OneOf(all) => all.iter().any(is_settled),
        Value::Join(parts) => {
            for (index, part) in parts.iter().enumerate() {
                match part {
                    Value::Text(text) => {
                        let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
                        if rest.contains('/') {
                            return true;
                        }
                    }
                    Value::Variable { .. } | Value::Setting { .. } if index == 0 => return true,
                    Value::Variable { .. } | Value::Setting { .. } => {}
                    _ => return false,
                }
            }
            true
        }
        _ => false,
    }
}

/// Whether the name of a method says that it only asks.
#[must_use]
pub fn asks(method: &str) -> bool {
    ASKING
        .iter()
        .any(|word| method.strip_prefix(word).is_some_and(|rest| rest.chars().next().is_none_or(|c| !c.is_lowercase())))
}

/// Whether a remote call changes something on the other side, by its verb. An HTTP verb that is not known does not.
#[must_use]
pub fn changes(effect: &Effect) -> bool {
    match &effect.what {
        What::Grpc { method, .. } => !asks(method),
        What::Http { verb, .. } => matches!(verb.as_str(), "POST" | "PUT" | "PATCH" | "DELETE"),
        _ => false,
    }
}

/// Whether the effect waits in `async` code for something outside or for time.
#[must_use]
pub fn waits(effect: &Effect) -> bool {
    let outward = matches!(
        effect.what,
        What::Grpc { .. }
            | What::Http { .. }
            | What::Sql { .. }
            | What::Store { .. }
            | What::Publish { .. }
            | What::Receive { .. }
            | What::Sleep { .. }
    );
    outward && effect.in_async
}

/// The tables that a statement only reads.
#[must_use]
pub fn read(effect: &Effect) -> Vec<String> {
    match &effect.what {
        What::Sql { statement: Some(statement), .. } => {
            statement.tables.iter().filter(|table| !table.writes).map(|table| table.table.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// What a statement or command writes: tables, or the technology and operation of another store.
#[must_use]
pub fn written(effect: &Effect) -> Vec<String> {
    match &effect.what {
        What::Sql { statement: Some(statement), .. } => {
            statement.tables.iter().filter(|table| table.writes).map(|table| table.table.clone()).collect()
        }
        What::Store { technology, operation, writes: true, .. } => vec![format!("{technology} {operation}")],
        _ => Vec::new(),
    }
}

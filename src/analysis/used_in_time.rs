//! Steps to one answer per pool: whether every use of it stands in a time limit of the code around.
//!
//! A walk from `main` and from each entry point; a task of its own leaves the limit of the one that starts it.

use std::collections::BTreeSet;

use super::Model;
use super::opened::Opened;
use crate::facts::rust::{ClientId, EffectId, FunctionId, Step, What};

/// Whether every use of a client stands in a time limit, and there is one. Of a pool that is checked out, the checkout
/// is the use.
#[must_use]
pub fn used_in_time(model: &Model<'_>, of: &Opened) -> bool {
    let service = &model.graph.services[of.service];
    let client = &model.facts.rust.clients[of.client];
    let alone = service.clients.iter().filter(|id| model.facts.rust.clients[**id].kind == client.kind).count() == 1;
    let mut walk = Walk {
        model,
        of,
        alone,
        by_checkout: client.library.starts_with("deadpool") || client.library.starts_with("bb8"),
        inside: 0,
        outside: 0,
        seen: BTreeSet::new(),
        work: Vec::new(),
    };
    if let Some(binary) = service.binary {
        walk.work.push((model.facts.rust.binaries[binary].main, false));
    }
    walk.work.extend(service.entries.iter().map(|entry| (model.graph.entries[*entry].function, false)));
    while let Some((function, limited)) = walk.work.pop() {
        if walk.seen.insert((function, limited)) {
            walk.steps(&model.facts.rust.functions[function].steps, limited);
        }
    }
    walk.inside > 0 && walk.outside == 0
}

struct Walk<'w, 'a> {
    model: &'w Model<'a>,
    of: &'w Opened,
    alone: bool,
    by_checkout: bool,
    inside: usize,
    outside: usize,
    seen: BTreeSet<(FunctionId, bool)>,
    work: Vec<(FunctionId, bool)>,
}

impl Walk<'_, '_> {
    fn steps(&mut self, steps: &[Step], limited: bool) {
        // A limit around a checkout alone stands right before what is held.
        let mut checked = false;
        for step in steps {
            match step {
                Step::Effect { effect, .. } => self.effect(*effect, limited),
                Step::Held { clients, steps, .. } => {
                    if self.by_checkout && self.is_it(clients) {
                        self.note(limited || checked);
                    }
                    self.steps(steps, limited);
                }
                Step::Timeout { steps, .. } => self.steps(steps, true),
                Step::Together { branches, .. } => branches.iter().for_each(|steps| self.steps(steps, limited)),
                Step::Choice { branches } => branches.iter().for_each(|branch| self.steps(&branch.steps, limited)),
                Step::Loop { steps, .. }
                | Step::Retry { steps, .. }
                | Step::Transaction { steps, .. }
                | Step::Permit { steps, .. }
                | Step::Lock { steps, .. } => self.steps(steps, limited),
                Step::Spawn { steps, .. } => self.steps(steps, false),
                Step::Call { functions, .. } => {
                    self.work.extend(functions.iter().map(|function| (*function, limited)));
                }
            }
            checked = matches!(step, Step::Timeout { steps, .. } if steps.is_empty());
        }
    }

    fn effect(&mut self, id: EffectId, limited: bool) {
        let effect = &self.model.facts.rust.effects[id];
        let kind = match &effect.what {
            What::Sql { .. } => "sql",
            What::Http { .. } => "http",
            What::Store { kind, .. } => kind.as_str(),
            _ => return,
        };
        let same = kind == self.model.facts.rust.clients[self.of.client].kind;
        if same && !self.by_checkout && self.is_it(&effect.clients) {
            self.note(limited);
        }
    }

    /// Whether a use is one of this client; where the client is not seen, it is the only one of its kind.
    fn is_it(&self, clients: &[ClientId]) -> bool {
        clients.contains(&self.of.client) || (clients.is_empty() && self.alone)
    }

    fn note(&mut self, limited: bool) {
        if limited {
            self.inside += 1;
        } else {
            self.outside += 1;
        }
    }
}

//! Binary to effects: what a service's code reaches from `main`, under the roles that its deployment chooses.

use std::collections::BTreeSet;

use super::Linker;
use crate::facts::rust::{Binary, Branch, Guard, RustFacts, Step, What};
use crate::graph::model::Service;

/// Fills in what each service reaches.
pub(super) fn reach(linker: &mut Linker<'_>) {
    let facts = linker.facts;
    for id in 0..linker.graph.services.len() {
        let Some(binary) = linker.graph.services[id].binary else { continue };
        let binary = &facts.rust.binaries[binary];
        let mut walk = Walk {
            facts: &facts.rust,
            binary,
            service: &linker.graph.services[id],
            functions: BTreeSet::new(),
            effects: BTreeSet::new(),
            entries: BTreeSet::new(),
        };
        walk.run();
        let Walk { functions, effects, entries, .. } = walk;
        let clients = effects.iter().flat_map(|effect| facts.rust.effects[*effect].clients.iter().copied()).collect();
        let service = &mut linker.graph.services[id];
        service.functions = functions;
        service.effects = effects;
        service.clients = clients;
        for entry in entries {
            linker.add_entry(id, &binary.entry_points[entry]);
        }
    }
}

/// The effects that a binary reaches whatever deploys it.
pub(super) fn reached(facts: &RustFacts, binary: &Binary) -> BTreeSet<usize> {
    let service = Service::default();
    let mut walk = Walk {
        facts,
        binary,
        service: &service,
        functions: BTreeSet::new(),
        effects: BTreeSet::new(),
        entries: BTreeSet::new(),
    };
    walk.run();
    walk.effects
}

struct Walk<'a> {
    facts: &'a RustFacts,
    binary: &'a Binary,
    service: &'a Service,
    functions: BTreeSet<usize>,
    effects: BTreeSet<usize>,
    entries: BTreeSet<usize>,
}

impl Walk<'_> {
    fn run(&mut self) {
        let mut work = vec![self.binary.main];
        while let Some(function) = work.pop() {
            if self.functions.insert(function) {
                let facts = self.facts;
                self.steps(&facts.functions[function].steps, &mut work);
            }
        }
        // Entry points without a registration of their own: tasks and consumers of functions that are reached.
        for (index, entry) in self.binary.entry_points.iter().enumerate() {
            let allowed = entry.guards.iter().all(|guard| self.allows(guard) != Some(false));
            let registered = entry.registered_by.is_none_or(|effect| self.effects.contains(&effect));
            if allowed && registered && self.functions.contains(&entry.function) {
                self.entries.insert(index);
            }
        }
    }

    fn steps(&mut self, steps: &[Step], work: &mut Vec<usize>) {
        for step in steps {
            match step {
                Step::Effect { effect, .. } => self.effect(*effect, work),
                Step::Call { functions, .. } => work.extend(functions),
                Step::Together { branches, .. } => branches.iter().for_each(|steps| self.steps(steps, work)),
                Step::Choice { branches } => {
                    for branch in self.chosen(branches) {
                        self.steps(&branch.steps, work);
                    }
                }
                Step::Spawn { steps, at, .. } => {
                    // A task that is written where it is spawned has a function that nothing calls.
                    let tasks = self.binary.entry_points.iter().filter(|entry| entry.kind == "task" && entry.at == *at);
                    work.extend(tasks.map(|entry| entry.function));
                    self.steps(steps, work);
                }
                Step::Loop { steps, .. }
                | Step::Timeout { steps, .. }
                | Step::Retry { steps, .. }
                | Step::Transaction { steps, .. }
                | Step::Lock { steps, .. }
                | Step::Permit { steps, .. }
                | Step::Held { steps, .. } => self.steps(steps, work),
            }
        }
    }

    fn effect(&mut self, effect: usize, work: &mut Vec<usize>) {
        if !self.effects.insert(effect) {
            return;
        }
        match &self.facts.effects[effect].what {
            What::Serve { .. } => {
                let handlers = self.binary.entry_points.iter().filter(|entry| entry.registered_by == Some(effect));
                work.extend(handlers.map(|entry| entry.function));
            }
            What::Route { handler: Some(handler), .. } => work.push(*handler),
            _ => {}
        }
    }

    /// The branches that the deployment leaves: those that its role chooses, or all if it says nothing.
    fn chosen<'b>(&self, branches: &'b [Branch]) -> Vec<&'b Branch> {
        let chosen: Vec<&Branch> = branches
            .iter()
            .filter(|branch| branch.guard.as_ref().is_some_and(|guard| self.allows(guard) == Some(true)))
            .collect();
        if !chosen.is_empty() {
            return chosen;
        }
        branches
            .iter()
            .filter(|branch| branch.guard.as_ref().is_none_or(|guard| self.allows(guard) != Some(false)))
            .collect()
    }

    /// Whether the deployment chooses a role; `None` if it does not say.
    fn allows(&self, guard: &Guard) -> Option<bool> {
        if let Some(variable) = guard.of.strip_prefix('$') {
            let value = match variable.strip_prefix("--") {
                Some(_) => {
                    let arguments = &self.service.arguments;
                    let position = arguments.iter().position(|word| word.split('=').next() == Some(variable))?;
                    arguments[position]
                        .split_once('=')
                        .map(|(_, value)| value)
                        .or(arguments.get(position + 1).map(String::as_str))?
                }
                None => self.service.variables.get(variable)?.value.as_deref()?,
            };
            return Some(guard.one_of.iter().any(|word| word.eq_ignore_ascii_case(value)));
        }
        let role = self.facts.roles.iter().find(|role| role.path == guard.of)?;
        let said = |words: &[String]| {
            let arguments = self.service.arguments.iter().flat_map(|word| word.split([' ', '='])).skip(1);
            let mut values = self.service.variables.values().filter_map(|setting| setting.value.as_deref());
            arguments.clone().any(|word| words.iter().any(|known| known == word))
                || values.any(|value| words.iter().any(|known| known == value))
        };
        let chosen: Vec<&String> =
            role.words.iter().filter(|(_, words)| said(words)).map(|(variant, _)| variant).collect();
        if chosen.is_empty() {
            return None;
        }
        Some(chosen.iter().any(|variant| guard.one_of.contains(variant)))
    }
}

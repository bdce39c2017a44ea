//! Functions as their callers make them.
//!
//! A function is evaluated once for all of its callers. Where what it does to the outside depends on what it is given
//! (`fn send(&self, verb: Method, path: &str)`), that would lay the words of one caller into the mouth of another. Such a
//! function is evaluated again for each call that gives it something else, and so are the functions that it passes its
//! arguments on to. Knows the run of a binary; nothing of facts.

use std::collections::BTreeSet;

use foldhash::HashMap;
use rayon::prelude::*;

use super::interpret::{Context, Eval, Given, Outcome, Passed, Run, Slot};
use super::names::FnId;
use crate::facts::Value;
use crate::facts::rust::{Effect, Step, What};
use crate::span::Span;

/// Calls inside of calls for one caller alone are followed to this depth; deeper functions are those of all callers.
const MAX_DEPTH: usize = 8;

/// The most functions of one binary, copies included, beyond its functions themselves.
const MAX_COPIES: usize = 20_000;

/// Functions, each for all callers or for some.
#[derive(Debug, Default)]
pub struct Copies<'r> {
    /// The copies; those of one function follow each other, in the order of functions.
    pub all: Vec<Copy<'r>>,
    /// For all callers: index by function.
    pub base: HashMap<FnId, usize>,
}

/// A function, for all callers or for some.
#[derive(Debug)]
pub struct Copy<'r> {
    /// The function.
    pub function: FnId,
    /// What it does.
    pub outcome: Kept<'r>,
    /// Which copy each of its calls is of.
    calls: HashMap<(Span, FnId), usize>,
}

/// What a copy does: as the run says, or its own.
#[derive(Debug)]
pub enum Kept<'r> {
    /// Of the run.
    Run(&'r Outcome),
    /// Of this copy.
    Own(Box<Outcome>),
}

impl Kept<'_> {
    /// It.
    pub fn get(&self) -> &Outcome {
        match self {
            Self::Run(outcome) => outcome,
            Self::Own(outcome) => outcome,
        }
    }
}

impl Copies<'_> {
    /// The copy that a call is of.
    pub fn called(&self, copy: usize, at: &Span, function: FnId) -> Option<usize> {
        let known = self.all[copy].calls.get(&(at.clone(), function));
        known.or_else(|| self.base.get(&function)).copied()
    }
}

/// A value with what all callers pass in place of arguments.
pub fn expanded(run: &Run, function: FnId, value: &Value) -> Value {
    super::interpret::val::expanded(value, &|index| {
        run.env.slots.get(&Slot::Parameter(function, index)).and_then(|val| val.value.clone())
    })
}

/// Follows the calls of a binary from its roots; only functions that matter are kept. `more` gives what else a function
/// leads to: its handlers and callbacks.
pub fn copies<'r>(
    context: &Context<'_>,
    run: &'r Run,
    matters: &BTreeSet<FnId>,
    main: FnId,
    more: &dyn Fn(FnId, &Outcome) -> Vec<FnId>,
) -> Copies<'r> {
    let mut building = Building {
        run,
        matters,
        depends: dependencies(run, matters),
        all: Vec::new(),
        base: HashMap::default(),
        given: HashMap::default(),
        waiting: Vec::new(),
    };
    building.base(main);
    let mut next = 0;
    while next < building.all.len() || !building.waiting.is_empty() {
        let waiting = std::mem::take(&mut building.waiting);
        let outcomes: Vec<Outcome> =
            waiting.into_par_iter().map(|(function, given)| Eval::given(context, &run.env, function, given)).collect();
        let mut outcomes = outcomes.into_iter();
        // Copies without an outcome wait in the order in which they were found.
        let until = building.all.len();
        for index in next..until {
            if building.all[index].outcome.is_none() {
                building.all[index].outcome = outcomes.next().map(|outcome| Kept::Own(Box::new(outcome)));
            }
            building.follow(index, more);
        }
        next = until;
    }
    building.sorted()
}

struct Draft<'r> {
    function: FnId,
    outcome: Option<Kept<'r>>,
    calls: HashMap<(Span, FnId), usize>,
    depth: usize,
}

struct Building<'r, 'm> {
    run: &'r Run,
    matters: &'m BTreeSet<FnId>,
    depends: HashMap<FnId, BTreeSet<usize>>,
    all: Vec<Draft<'r>>,
    base: HashMap<FnId, usize>,
    /// Copies by function and what it is given, in words.
    given: HashMap<(FnId, String), usize>,
    waiting: Vec<(FnId, Given)>,
}

impl Building<'_, '_> {
    /// The function for all callers.
    fn base(&mut self, function: FnId) -> usize {
        if let Some(index) = self.base.get(&function) {
            return *index;
        }
        let index = self.all.len();
        let outcome = match self.run.outcomes.get(&function) {
            Some(outcome) => Kept::Run(outcome),
            None => Kept::Own(Box::default()),
        };
        self.all.push(Draft { function, outcome: Some(outcome), calls: HashMap::default(), depth: 0 });
        self.base.insert(function, index);
        index
    }

    /// The function for callers that give it this.
    fn copy(&mut self, function: FnId, given: Given, depth: usize) -> usize {
        if depth > MAX_DEPTH || self.given.len() >= MAX_COPIES {
            return self.base(function);
        }
        let key = (function, format!("{given:?}"));
        if let Some(index) = self.given.get(&key) {
            return *index;
        }
        let index = self.all.len();
        self.all.push(Draft { function, outcome: None, calls: HashMap::default(), depth });
        self.given.insert(key, index);
        self.waiting.push((function, given));
        index
    }

    /// Finds the copies that one leads to.
    fn follow(&mut self, index: usize, more: &dyn Fn(FnId, &Outcome) -> Vec<FnId>) {
        let Some(outcome) = self.all[index].outcome.take() else { return };
        let function = self.all[index].function;
        let depth = self.all[index].depth + 1;
        let known = outcome.get();
        let mut calls: HashMap<(Span, FnId), usize> = HashMap::default();
        for passed in &known.passed {
            for callee in &passed.functions {
                if let Some(given) = self.given_to(*callee, passed, function) {
                    // Two calls at one place, by a macro: the function for all callers stands for both.
                    let copy = self.copy(*callee, given, depth);
                    let key = (passed.at.clone(), *callee);
                    if calls.get(&key).is_some_and(|other| *other != copy) {
                        let base = self.base(*callee);
                        calls.insert(key, base);
                    } else {
                        calls.insert(key, copy);
                    }
                }
            }
        }
        let mut seen: BTreeSet<FnId> = BTreeSet::new();
        each_call(&known.steps, &mut |at, callee| {
            seen.insert(callee);
            if self.matters.contains(&callee) && !calls.contains_key(&(at.clone(), callee)) {
                self.base(callee);
            }
        });
        let others = known.calls.iter().copied().filter(|callee| !seen.contains(callee)).chain(more(function, known));
        for callee in others.filter(|callee| self.matters.contains(callee)).collect::<Vec<_>>() {
            self.base(callee);
        }
        self.all[index].outcome = Some(outcome);
        self.all[index].calls = calls;
    }

    /// What a call gives a function whose effects depend on it; `None`: they do not.
    fn given_to(&self, callee: FnId, passed: &Passed, caller: FnId) -> Option<Given> {
        let depends = self.depends.get(&callee).filter(|_| self.matters.contains(&callee))?;
        let mut given: Given = passed
            .given
            .iter()
            .map(|(index, val)| (*index, val.clone().mapped(&|value| expanded(self.run, caller, value))))
            .collect();
        for index in depends {
            let val = given.entry(*index).or_default();
            if val.value.is_none() && val.build.is_none() {
                val.value = Some(Value::Unknown("given by the caller".to_owned()));
            }
        }
        Some(given)
    }
}

impl<'r> Building<'r, '_> {
    /// All copies in the order of functions.
    fn sorted(self) -> Copies<'r> {
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        order.sort_by_key(|index| (self.all[*index].function, *index));
        let mut places = vec![0; order.len()];
        for (place, index) in order.iter().enumerate() {
            places[*index] = place;
        }
        let mut drafts: Vec<Option<Draft<'r>>> = self.all.into_iter().map(Some).collect();
        let all = order
            .iter()
            .filter_map(|index| drafts[*index].take())
            .map(|draft| Copy {
                function: draft.function,
                outcome: draft.outcome.unwrap_or_else(|| Kept::Own(Box::default())),
                calls: draft.calls.into_iter().map(|(call, copy)| (call, places[copy])).collect(),
            })
            .collect();
        let base = self.base.into_iter().map(|(function, index)| (function, places[index])).collect();
        Copies { all, base }
    }
}

/// The parameters that the effects of each function depend on, by itself or through functions that it passes them to.
fn dependencies(run: &Run, matters: &BTreeSet<FnId>) -> HashMap<FnId, BTreeSet<usize>> {
    let mut all: HashMap<FnId, BTreeSet<usize>> = HashMap::default();
    let mut callers: HashMap<FnId, Vec<(FnId, &Given)>> = HashMap::default();
    let mut work: BTreeSet<FnId> = BTreeSet::new();
    for (function, outcome) in &run.outcomes {
        let mut own = BTreeSet::new();
        for (effect, _) in &outcome.effects {
            each_value(effect, &mut |value| arguments(value, &mut own));
        }
        for reading in &outcome.variables {
            arguments(&reading.value, &mut own);
        }
        for passed in &outcome.passed {
            for callee in passed.functions.iter().filter(|callee| matters.contains(callee)) {
                callers.entry(*callee).or_default().push((*function, &passed.given));
                // What a request under construction holds matters to whoever sends it.
                let requests = passed.given.iter().filter(|(_, val)| val.build.is_some()).map(|(index, _)| *index);
                let known = all.entry(*callee).or_default();
                let before = known.len();
                known.extend(requests);
                if known.len() > before {
                    work.insert(*callee);
                }
            }
        }
        if !own.is_empty() {
            all.entry(*function).or_default().extend(own);
            work.insert(*function);
        }
    }
    while let Some(function) = work.pop_first() {
        let depends = all.get(&function).cloned().unwrap_or_default();
        for (caller, given) in callers.get(&function).into_iter().flatten() {
            let mut through = BTreeSet::new();
            for index in &depends {
                if let Some(val) = given.get(index) {
                    val.each_value(&mut |value| arguments(value, &mut through));
                }
            }
            let known = all.entry(*caller).or_default();
            let before = known.len();
            known.extend(through);
            if known.len() > before {
                work.insert(*caller);
            }
        }
    }
    all.retain(|_, depends| !depends.is_empty());
    all
}

/// The values of an effect that say what it does to the outside.
fn each_value(effect: &Effect, found: &mut dyn FnMut(&Value)) {
    effect.options.values().for_each(&mut *found);
    match &effect.what {
        What::Http { url: value, .. }
        | What::Sql { text: value, .. }
        | What::Store { key: value, .. }
        | What::Publish { topic: value, .. } => found(value),
        What::Consume { topic, group, .. } => {
            found(topic);
            found(group);
        }
        _ => {}
    }
}

/// The arguments in a value.
fn arguments(value: &Value, found: &mut BTreeSet<usize>) {
    match value {
        Value::Argument(index) => {
            found.insert(*index);
        }
        Value::Join(values) | Value::OneOf(values) => values.iter().for_each(|value| arguments(value, found)),
        Value::Variable { default: Some(inner), .. } | Value::Setting { default: Some(inner), .. } => {
            arguments(inner, found);
        }
        Value::Scaled { value, .. } | Value::Offset { value, .. } | Value::Scalar(value) => arguments(value, found),
        _ => {}
    }
}

/// The calls in steps.
fn each_call(steps: &[Step], found: &mut dyn FnMut(&Span, FnId)) {
    for step in steps {
        if let Step::Call { functions, at, .. } = step {
            functions.iter().for_each(|function| found(at, *function));
        }
        step.inside().into_iter().for_each(|steps| each_call(steps, found));
    }
}

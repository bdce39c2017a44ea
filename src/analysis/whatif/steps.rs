//! Steps to their outcome: what a call meets, what the code makes of its failure, which ways part, what a limit cuts off.
//!
//! Each function is judged once per entry point. A collection that is gone through is taken to hold something: an empty list
//! asks for nothing, and says nothing about a failure.

use std::collections::{BTreeMap, BTreeSet};

use super::level::{Level, Sum};
use super::{Cause, Hold, HoldKind, Loss, Outcome, Scenario, Why};
use crate::analysis::deadlines::{Limit, Reader};
use crate::analysis::walk::edges_by_effect;
use crate::analysis::{Model, held, mesh, retries};
use crate::facts::rust::{Branch, Effect, EffectId, Failure, FunctionId, Step, What};
use crate::graph::model::{EdgeId, End, EntryId, ServiceId};
use crate::span::Span;

/// Functions that call each other are followed this far: deeper ones add nothing.
const MAX_DEPTH: usize = 64;

/// Judges steps.
pub(super) struct Work<'m, 'a> {
    model: &'m Model<'a>,
    scenario: &'m Scenario,
    reader: Reader<'m>,
    affected: &'m BTreeSet<EntryId>,
    edges: BTreeMap<(ServiceId, EffectId), Vec<EdgeId>>,
    callees: BTreeMap<(EdgeId, EffectId), EntryId>,
    known: BTreeMap<(ServiceId, FunctionId), Sum>,
    /// Functions on the way to here.
    stack: Vec<FunctionId>,
    /// How often something was not followed: what rests on it is not kept.
    refused: usize,
    service: ServiceId,
    entry: EntryId,
}

/// Steps that were judged: the ways that go on, and those that leave the function early.
struct Ways {
    on: Option<Sum>,
    left: Option<Sum>,
}

impl<'m, 'a> Work<'m, 'a> {
    pub fn new(model: &'m Model<'a>, scenario: &'m Scenario, affected: &'m BTreeSet<EntryId>) -> Self {
        let calls = model.chains.calls.all.iter();
        Self {
            model,
            scenario,
            reader: Reader { facts: model.facts, graph: model.graph, config: model.config },
            affected,
            edges: edges_by_effect(model.graph),
            callees: calls.filter_map(|call| Some(((call.edge, call.effect), call.callee?))).collect(),
            known: BTreeMap::new(),
            stack: Vec::new(),
            refused: 0,
            service: 0,
            entry: 0,
        }
    }

    /// What an entry point does, with the outcomes of those that answer it.
    pub fn entry(&mut self, entry: EntryId, outcomes: &[Outcome]) -> Sum {
        // What nobody waits for can be judged before those that answer it: nothing of it is kept for others.
        self.known.clear();
        self.entry = entry;
        self.service = self.model.graph.entries[entry].service;
        let mut sum = self.function(self.model.graph.entries[entry].function, outcomes);
        let answers = matches!(self.model.graph.entries[entry].kind.as_str(), "rpc" | "endpoint");
        let own = self.scenario.latency_ms.get(&End::Service(self.service)).filter(|ms| answers && **ms > 0);
        if let Some(ms) = own {
            sum = Sum { best: Level::Slows, worst: Level::Slows, least_ms: *ms, most_ms: *ms, ..Sum::default() }
                .then(sum);
        }
        let within = self.reader.within(entry);
        self.within(sum, &within)
    }

    fn function(&mut self, function: FunctionId, outcomes: &[Outcome]) -> Sum {
        if let Some(known) = self.known.get(&(self.service, function)) {
            return known.clone();
        }
        if self.stack.len() >= MAX_DEPTH || self.stack.contains(&function) {
            self.refused += 1;
            return Sum::default();
        }
        let refused = self.refused;
        self.stack.push(function);
        let facts = self.model.facts;
        let sum = self.all(&facts.rust.functions[function].steps, outcomes);
        self.stack.pop();
        // What goes round in a circle is whole only where the circle begins.
        if self.refused == refused || self.stack.is_empty() {
            self.known.insert((self.service, function), sum.clone());
        }
        sum
    }

    /// All ways through steps, those that leave early included.
    fn all(&mut self, steps: &[Step], outcomes: &[Outcome]) -> Sum {
        let ways = self.steps(steps, outcomes);
        match (ways.on, ways.left) {
            (Some(on), Some(left)) => on.or(left),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => Sum::default(),
        }
    }

    fn steps(&mut self, steps: &[Step], outcomes: &[Outcome]) -> Ways {
        let mut on = Sum::default();
        let mut left: Option<Sum> = None;
        for step in steps {
            if on.best == Level::Fails {
                break;
            }
            let ways = match step {
                Step::Choice { branches } => self.choice(branches, std::mem::take(&mut on.fell_back), outcomes),
                _ => {
                    on.fell_back = false;
                    Ways { on: Some(self.step(step, outcomes)), left: None }
                }
            };
            if let Some(early) = ways.left {
                let way = on.clone().then(early);
                left = Some(match left {
                    Some(known) => known.or(way),
                    None => way,
                });
            }
            match ways.on {
                Some(next) => on = on.then(next),
                None => return Ways { on: None, left },
            }
        }
        Ways { on: Some(on), left }
    }

    /// Branches that exclude each other. After something failed that is tried in another way, that way is taken.
    fn choice(&mut self, branches: &[Branch], fell_back: bool, outcomes: &[Outcome]) -> Ways {
        let reached = branches.iter().filter(|branch| branch.guard.is_none() || self.is_reached(&branch.steps));
        let reached: Vec<&Branch> = reached.collect();
        let mut ways = Ways { on: None, left: None };
        for branch in &reached {
            if fell_back && branch.steps.is_empty() {
                continue;
            }
            let inner = self.steps(&branch.steps, outcomes);
            join(&mut ways.left, inner.left);
            if branch.leaves {
                join(&mut ways.left, inner.on);
            } else {
                join(&mut ways.on, inner.on);
            }
        }
        // A single branch is an `if` without an `else`: the other way does nothing.
        if branches.len() == 1 && !fell_back {
            join(&mut ways.on, Some(Sum::default()));
        }
        if ways.on.is_none() && ways.left.is_none() {
            ways.on = Some(Sum::default());
        }
        ways
    }

    /// Whether the roles of the deployment choose these steps: the service reaches an effect of them.
    fn is_reached(&self, steps: &[Step]) -> bool {
        let effects = held::under(self.model.facts, steps);
        effects.is_empty() || effects.iter().any(|id| self.model.graph.services[self.service].effects.contains(id))
    }

    fn step(&mut self, step: &Step, outcomes: &[Outcome]) -> Sum {
        match step {
            Step::Effect { effect, failure } => self.effect(*effect, *failure, outcomes),
            Step::Call { functions, failure, at } => {
                let ways = functions.iter().map(|function| self.function(*function, outcomes)).reduce(Sum::or);
                self.handled(ways.unwrap_or_default(), *failure, at)
            }
            Step::Together { branches, kind, .. } => {
                let sums: Vec<Sum> = branches.iter().map(|steps| self.all(steps, outcomes)).collect();
                let put = if kind == "select" { Sum::or } else { Sum::beside };
                sums.into_iter().reduce(put).unwrap_or_default()
            }
            // Only inside other steps: the ways that leave early leave those.
            Step::Choice { branches } => match self.choice(branches, false, outcomes) {
                Ways { on: Some(on), left: Some(left) } => on.or(left),
                Ways { on, left } => on.or(left).unwrap_or_default(),
            },
            Step::Spawn { kind, handle, steps, at } => {
                let sum = self.all(steps, outcomes);
                if kind == "blocking" || handle == "awaited" {
                    return sum;
                }
                apart(sum, at)
            }
            Step::Timeout { limit, steps, at } => {
                let sum = self.all(steps, outcomes);
                let mut of = Limit::default();
                of.and(self.reader.figure(self.service, Some(limit)), "time limit", at);
                self.within(sum, &of)
            }
            Step::Retry { steps, .. } => {
                let sum = self.all(steps, outcomes);
                self.retried(sum, step)
            }
            Step::Loop { steps, .. }
            | Step::Transaction { steps, .. }
            | Step::Lock { steps, .. }
            | Step::Permit { steps, .. }
            | Step::Held { steps, .. } => self.all(steps, outcomes),
        }
    }

    fn effect(&mut self, id: EffectId, failure: Failure, outcomes: &[Outcome]) -> Sum {
        // What the service does not reach is left out by the roles that its deployment chooses.
        if !self.model.graph.services[self.service].effects.contains(&id) {
            return Sum::default();
        }
        let edges = self.edges.get(&(self.service, id)).cloned().unwrap_or_default();
        let sums: Vec<Sum> = edges.iter().map(|edge| self.call(*edge, id, outcomes)).collect();
        let Some(sum) = sums.into_iter().reduce(Sum::or) else { return Sum::default() };
        let at = self.model.facts.rust.effects[id].at.clone();
        self.handled(sum, failure, &at)
    }

    /// What a call meets, before the code makes something of it.
    fn call(&self, edge: EdgeId, effect: EffectId, outcomes: &[Outcome]) -> Sum {
        let of = &self.model.facts.rust.effects[effect];
        let to = self.model.graph.edges[edge].to;
        let cause = |level, why| Cause { edge, effect, level, why, loss: loss(of) };
        let mut sum = if self.scenario.down.contains(&to) {
            let mut sum = Sum::always(Level::Fails, cause(Level::Fails, Why::Down));
            if mesh::breaks(self.model, edge) {
                let says = format!("the mesh stops calls of {} while they fail", self.model.graph.called(to));
                sum.holds.push(Hold { kind: HoldKind::Breaker, says, at: of.at.clone() });
            }
            sum
        } else {
            match self.callees.get(&(edge, effect)) {
                Some(callee) => self.below(*callee, &outcomes[*callee], cause),
                None => self.answered_by_any(to, cause),
            }
        };
        let slow = self.scenario.latency_ms.get(&to).copied().filter(|ms| *ms > 0 && sum.best < Level::Fails);
        if let Some(ms) = slow.filter(|_| !matches!(of.what, What::Consume { .. } | What::Receive { .. }))
            // The latency of a service is in the outcome of the entry point that answers.
            && !self.callees.contains_key(&(edge, effect))
        {
            sum = Sum { least_ms: ms, most_ms: ms, ..Sum::always(Level::Slows, cause(Level::Slows, Why::Slow(ms))) }
                .then(sum);
        }
        if sum.most_ms > 0 {
            let limit = self.reader.of_effect(self.service, effect);
            sum = self.within(sum, &limit);
        }
        if self.model.chains.criticality[edge].declared_optional {
            sum = softened(
                sum,
                &Hold {
                    kind: HoldKind::Declared,
                    says: format!("loadpath.yaml says that it does without {}", self.model.graph.called(to)),
                    at: of.at.clone(),
                },
            );
        }
        sum
    }

    /// The outcome of the entry point that answers, as its caller meets it.
    fn below(&self, callee: EntryId, outcome: &Outcome, cause: impl Fn(Level, Why) -> Cause) -> Sum {
        let calls = &self.model.chains.calls;
        if outcome.worst == Level::Works || calls.circle[callee] == calls.circle[self.entry] {
            return Sum::default();
        }
        Sum {
            best: outcome.best,
            least_ms: outcome.least_ms,
            most_ms: outcome.most_ms,
            open: outcome.open.clone(),
            ..Sum::always(outcome.worst, cause(outcome.worst, Why::Below(callee)))
        }
    }

    /// Where it is not known who answers, it may be one that fails.
    fn answered_by_any(&self, to: End, cause: impl Fn(Level, Why) -> Cause) -> Sum {
        let End::Service(service) = to else { return Sum::default() };
        let of = &self.model.graph.services[service];
        if !of.entries.iter().any(|entry| self.affected.contains(entry)) {
            return Sum::default();
        }
        let why = format!("which entry point of {} answers", of.name);
        let open = BTreeSet::from([why]);
        Sum { best: Level::Works, open, ..Sum::always(Level::Fails, cause(Level::Fails, Why::Open)) }
    }

    /// What a time limit makes of what takes longer.
    fn within(&self, mut sum: Sum, limit: &Limit) -> Sum {
        if sum.most_ms == 0 || sum.best == Level::Fails {
            return sum;
        }
        let Some(ms) = limit.ms else {
            if let Some(open) = &limit.open {
                sum.worst = Level::Fails;
                sum.answer |= sum.causes.iter().any(|cause| cause.loss == Loss::Answer);
                sum.open.insert(open.clone());
            }
            return sum;
        };
        if sum.most_ms < ms {
            if let Some(at) = &limit.at {
                let says = format!("{} leaves {} ms to the rest", limit.from, ms.saturating_sub(sum.most_ms));
                sum.holds.push(Hold { kind: HoldKind::Limit, says, at: at.clone() });
            }
            return sum;
        }
        sum.worst = Level::Fails;
        if sum.least_ms >= ms {
            sum.best = Level::Fails;
        }
        for cause in &mut sum.causes {
            cause.level = Level::Fails;
            sum.answer |= cause.loss == Loss::Answer;
            if matches!(cause.why, Why::Slow(_)) {
                cause.why = Why::Cut { limit_ms: ms, at: limit.at.clone() };
            }
        }
        sum.least_ms = sum.least_ms.min(ms);
        sum.most_ms = sum.most_ms.min(ms);
        sum
    }

    /// What fails in the end has been tried as often as the retry says.
    fn retried(&self, mut sum: Sum, step: &Step) -> Sum {
        if sum.worst < Level::Fails || sum.most_ms == 0 {
            return sum;
        }
        let Some(schedule) = retries::schedule(self.reader, self.service, step) else { return sum };
        let times = |ms: i64| {
            let attempts = schedule.attempts.unwrap_or(1).max(1);
            ms.saturating_mul(attempts).saturating_add(schedule.delays_ms.unwrap_or(0))
        };
        sum.most_ms = times(sum.most_ms);
        if sum.best == Level::Fails {
            sum.least_ms = times(sum.least_ms);
        }
        sum
    }

    /// What the code makes of a failure.
    fn handled(&self, sum: Sum, failure: Failure, at: &Span) -> Sum {
        if failure.is_hard() || sum.worst == Level::Works {
            return sum;
        }
        let what = sum.causes.first().map(|cause| self.model.graph.called(self.model.graph.edges[cause.edge].to));
        let what = what.unwrap_or_default();
        let cached = !sum.causes.is_empty() && sum.causes.iter().all(|cause| cause.loss == Loss::Cached);
        let (kind, says) = match failure {
            Failure::FallsBack => (HoldKind::Fallback, format!("tries something else when {what} fails")),
            _ if cached => (HoldKind::Miss, format!("passes over {what}, which only saves time")),
            Failure::Defaulted => (HoldKind::Value, format!("goes on with another value when {what} fails")),
            _ => (HoldKind::Without, format!("goes on when {what} fails")),
        };
        let mut sum = softened(sum, &Hold { kind, says, at: at.clone() });
        sum.fell_back = failure == Failure::FallsBack;
        sum
    }
}

fn join(known: &mut Option<Sum>, other: Option<Sum>) {
    *known = match (known.take(), other) {
        (Some(a), Some(b)) => Some(a.or(b)),
        (a, b) => a.or(b),
    };
}

/// A failure that ends here: what was asked for is missing, and nothing is where only a change or a cache was lost.
fn softened(mut sum: Sum, hold: &Hold) -> Sum {
    let most = if sum.answer { Level::Degrades } else { Level::Slows };
    let soften = |level: Level, ms: i64| match level.min(most) {
        Level::Slows if ms == 0 => Level::Works,
        level => level,
    };
    if sum.worst > most {
        sum.holds.push(hold.clone());
    }
    sum.best = soften(sum.best, sum.least_ms);
    sum.worst = soften(sum.worst, sum.most_ms);
    for cause in &mut sum.causes {
        cause.level = soften(cause.level, sum.most_ms);
    }
    // What is decided by nothing but the code's way on needs nothing else to decide it.
    if sum.best == sum.worst {
        sum.open.clear();
    }
    sum
}

/// Work of a task: nobody waits for it, and nobody fails with it.
fn apart(sum: Sum, at: &Span) -> Sum {
    let mut apart = Sum::default();
    if sum.worst > Level::Slows {
        let says = "a task of its own does it, and nobody waits".to_owned();
        apart.holds.push(Hold { kind: HoldKind::Apart, says, at: at.clone() });
    }
    apart
}

/// What is lost with an effect.
fn loss(effect: &Effect) -> Loss {
    match &effect.what {
        What::Store { writes: true, .. } | What::Publish { .. } => Loss::Change,
        What::Store { kind, .. } if kind == "cache" => Loss::Cached,
        What::Sql { .. } if !held::written(effect).is_empty() => Loss::Change,
        What::Grpc { .. } | What::Http { .. } if held::changes(effect) => Loss::Change,
        _ => Loss::Answer,
    }
}

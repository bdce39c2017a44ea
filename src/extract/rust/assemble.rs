//! From the run of a binary to its facts: functions that reach an effect, entry points with the roles that they need,
//! clients with what is known of their addresses.

use foldhash::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::copies::{self, Copies};
use super::interpret::{Context, Outcome, RouteVal, Run, Spec, callbacks, has_argument};
use super::names::FnId;
use super::survived;
use super::tree::{Block, Expr, ExprKind, Range, Statement};
use crate::facts::Value;
use crate::facts::rust::{
    Binary, Branch, Client, Effect, EntryPoint, Function, Guard, Implementation, RustFacts, Step, VariableRead, What,
};
use crate::span::Span;

/// Names of a binary.
#[derive(Clone, Debug)]
pub struct Named {
    /// Name of the binary.
    pub binary: String,
    /// Name of its package.
    pub package: String,
    /// Folder of its package.
    pub folder: String,
}

/// Ways through the code are followed to this depth when entry points are collected; deeper chains of calls add nothing.
const MAX_DEPTH: usize = 128;

/// Makes the facts of one binary.
pub fn assemble(context: &Context<'_>, run: &Run, main: FnId, named: &Named) -> RustFacts {
    let callbacks = callback_calls(context, run);
    let matters = effectful(context, run, &callbacks, main);
    let leads_to = |function: FnId, outcome: &Outcome| -> Vec<FnId> {
        handlers(context, outcome).chain(callbacks.get(&function).into_iter().flatten().copied()).collect()
    };
    let copies = copies::copies(context, run, &matters, main, &leads_to);
    let mut facts = RustFacts::default();
    let mut clients = Clients::of(copies.all.iter().map(|copy| copy.outcome.get()));
    let mut waiting: Vec<(usize, Arc<Spec>)> = Vec::new();
    let mut left_open: Vec<survived::LeftOpen> = Vec::new();
    let mut offsets: Vec<usize> = Vec::with_capacity(copies.all.len());
    let closures = closure_handlers(&copies);
    for (id, copy) in copies.all.iter().enumerate() {
        offsets.push(facts.effects.len());
        let outcome = copy.outcome.get();
        let expand = |value: &Value| copies::expanded(run, copy.function, value);
        for (effect, specs) in &outcome.effects {
            let mut effect = effect.clone();
            effect.function = id;
            let (shared, own): (Vec<_>, Vec<_>) = specs.iter().partition(|spec| clients.is_shared(spec, &effect.what));
            effect.clients = own.iter().map(|spec| clients.id(spec, id, &expand)).collect();
            waiting.extend(shared.into_iter().map(|spec| (facts.effects.len(), spec.clone())));
            expand_effect(&mut effect, &expand);
            if let What::Route { handler, .. } = &mut effect.what {
                *handler = handler.and_then(|id| copies.base.get(&id).copied());
            }
            facts.effects.push(effect);
        }
        for (route, at) in &outcome.closure_routes {
            if let Some(What::Route { handler, .. }) = facts.effects.get_mut(offsets[id] + route).map(|of| &mut of.what)
            {
                *handler = closures.get(at).map(|closure| closure.id);
            }
        }
        for reading in &outcome.variables {
            left_open.push(survived::LeftOpen::of(reading));
            facts.reads.push(VariableRead {
                value: expand(&reading.value),
                function: id,
                required: reading.required,
                reader: reading.reader.to_owned(),
                at: reading.at.clone(),
            });
        }
    }
    for (effect, spec) in waiting {
        facts.effects[effect].clients.extend(clients.derived(&spec.key));
    }
    for effect in &mut facts.effects {
        effect.clients.sort_unstable();
        effect.clients.dedup();
        if let What::Build { client } = &mut effect.what {
            *client = effect.clients.first().copied().unwrap_or_default();
        }
    }
    for copy in &copies.all {
        let expand = |value: &Value| copies::expanded(run, copy.function, value);
        copy.outcome.get().clients.values().for_each(|spec| clients.tell(spec, &expand));
    }
    let loose = loose_routes(run, &copies, &closures, &mut facts);
    for (id, copy) in copies.all.iter().enumerate() {
        let of = &context.program.functions[copy.function];
        let called = |at: &Span, function: FnId| copies.called(id, at, function);
        let mut steps = renumber(&copy.outcome.get().steps, &called, offsets[id]);
        if let Some(calls) = callbacks.get(&copy.function) {
            let functions: Vec<usize> = calls.iter().filter_map(|id| copies.base.get(id).copied()).collect();
            if !functions.is_empty() {
                let at = place(context, copy.function, of.at);
                steps.push(Step::Call { functions, failure: crate::facts::rust::Failure::default(), at });
            }
        }
        steps.extend(
            loose
                .get(&id)
                .into_iter()
                .flatten()
                .map(|effect| Step::Effect { effect: *effect, failure: crate::facts::rust::Failure::default() }),
        );
        facts.functions.push(Function {
            path: of.path.clone(),
            steps,
            is_async: of.tree.is_async,
            at: place(context, copy.function, of.at),
        });
    }
    for (at, closure) in in_order(&closures) {
        let copy = &copies.all[closure.copy];
        let called = |at: &Span, function: FnId| copies.called(closure.copy, at, function);
        let steps = renumber(closure.steps, &called, offsets[closure.copy]);
        each_effect(&steps, &mut |effect| facts.effects[effect].function = closure.id);
        let path = format!("{}::{{closure}}", context.program.functions[copy.function].path);
        facts.functions.push(Function { path, steps, is_async: true, at: at.clone() });
    }
    facts.clients = clients.all;
    let serves = implementations(context, &copies, &offsets, &mut facts);
    let tasks = inline_tasks(&mut facts.functions);
    let main_id = copies.base.get(&main).copied().unwrap_or_default();
    survived::settle(&mut facts, &left_open, main_id);
    let mut walk = Walk { facts: &facts, serves: &serves, tasks, entries: BTreeMap::new(), seen: BTreeSet::new() };
    walk.function(main_id, &[], 0);
    let entry_points = walk.entries.into_values().collect();
    facts.binaries.push(Binary {
        name: named.binary.clone(),
        package: named.package.clone(),
        path: named.folder.clone(),
        main: main_id,
        entry_points,
        at: place(context, main, context.program.functions[main].at),
    });
    facts
}

/// Tasks that are written where they are spawned become functions of their own, beside the code around: what that code
/// does before and after is no part of them. By the function that spawns them, and the place.
fn inline_tasks(functions: &mut Vec<Function>) -> BTreeMap<(usize, Span), usize> {
    let mut tasks = BTreeMap::new();
    for id in 0..functions.len() {
        let mut found = Vec::new();
        spawned_inline(&functions[id].steps, &mut found);
        for (at, steps) in found {
            let path = functions[id].path.clone();
            tasks.entry((id, at.clone())).or_insert(functions.len());
            functions.push(Function { path, steps, is_async: true, at });
        }
    }
    tasks
}

fn spawned_inline(steps: &[Step], found: &mut Vec<(Span, Vec<Step>)>) {
    for step in steps {
        if let Step::Spawn { kind, steps, at, .. } = step
            && kind != "blocking"
            && called_first(steps).is_none()
        {
            found.push((at.clone(), steps.clone()));
        }
        for inner in step.inside() {
            spawned_inline(inner, found);
        }
    }
}

/// A closure that handles a route: it becomes a function of its own.
struct ClosureHandler<'r> {
    /// Its number among the functions of the facts: behind all that have a name.
    id: usize,
    /// The function that it is written in.
    copy: usize,
    steps: &'r [Step],
}

/// Closures that handle routes, by their place. Of a function that is followed for several callers, the closure of the
/// first stands for all.
fn closure_handlers<'r>(copies: &'r Copies<'_>) -> BTreeMap<&'r Span, ClosureHandler<'r>> {
    let mut found: BTreeMap<&Span, ClosureHandler<'_>> = BTreeMap::new();
    let mut next = copies.all.len();
    for (copy, of) in copies.all.iter().enumerate() {
        // What was read twice, as the body of a loop is, counts as it was read last.
        for (at, steps) in of.outcome.get().closures.iter().rev() {
            found.entry(at).or_insert_with(|| {
                next += 1;
                ClosureHandler { id: next - 1, copy, steps }
            });
        }
    }
    found
}

fn in_order<'c, 'r>(closures: &'c BTreeMap<&'r Span, ClosureHandler<'r>>) -> Vec<(&'r Span, &'c ClosureHandler<'r>)> {
    let mut all: Vec<_> = closures.iter().map(|(at, closure)| (*at, closure)).collect();
    all.sort_by_key(|(_, closure)| closure.id);
    all
}

/// Shows the effects in steps, those of functions that are called left out.
fn each_effect(steps: &[Step], found: &mut dyn FnMut(usize)) {
    for step in steps {
        if let Step::Effect { effect, .. } = step {
            found(*effect);
        }
        step.inside().into_iter().for_each(|steps| each_effect(steps, found));
    }
}

/// The function that stands for a task: the one that it calls.
fn called_first(steps: &[Step]) -> Option<usize> {
    steps.iter().find_map(|step| match step {
        Step::Call { functions, .. } => functions.first().copied(),
        _ => None,
    })
}

/// Routes that no known server registers: whatever they were given to serves them. Effects by function.
fn loose_routes(
    run: &Run,
    copies: &Copies<'_>,
    closures: &BTreeMap<&Span, ClosureHandler<'_>>,
    facts: &mut RustFacts,
) -> BTreeMap<usize, Vec<usize>> {
    // What a macro makes stands at one place.
    type Key = (Span, String, Option<usize>);
    let registered: BTreeSet<Key> = facts
        .effects
        .iter()
        .filter_map(|effect| match &effect.what {
            What::Route { verb, handler, .. } => Some((effect.at.clone(), verb.clone(), *handler)),
            _ => None,
        })
        .collect();
    // Of one route that is given on under ever longer prefixes, the last is the whole.
    let mut found: BTreeMap<Key, (usize, &RouteVal)> = BTreeMap::new();
    for (id, copy) in copies.all.iter().enumerate() {
        for route in &copy.outcome.get().loose {
            let own = route.closure.as_ref().and_then(|at| closures.get(at)).map(|closure| closure.id);
            let handler = route.handler.and_then(|id| copies.base.get(&id).copied()).or(own);
            let key = (route.at.clone(), route.verb.clone(), handler);
            let longer = |known: &RouteVal| shown(&route.path).len() > shown(&known.path).len();
            if !registered.contains(&key) && found.get(&key).is_none_or(|(_, known)| longer(known)) {
                found.insert(key, (id, route));
            }
        }
    }
    let mut effects: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for ((at, _, handler), (function, route)) in found {
        effects.entry(function).or_default().push(facts.effects.len());
        let path = copies::expanded(run, copies.all[function].function, &route.path);
        let streams = route.streams;
        facts.effects.push(Effect {
            what: What::Route { verb: route.verb.clone(), path, handler },
            function,
            library: route.library.clone(),
            clients: Vec::new(),
            in_async: false,
            options: streams.then(|| ("streams".to_owned(), Value::Bool(true))).into_iter().collect(),
            at,
        });
    }
    effects
}

fn place(context: &Context<'_>, function: FnId, at: Range) -> Span {
    let file: Arc<str> = context.program.file_of(function).into();
    Span::new(file, (at.line, at.column), (at.end_line, at.end_column))
}

/// Third-party callbacks of the types that each function is the first to make.
fn callback_calls(context: &Context<'_>, run: &Run) -> BTreeMap<FnId, Vec<FnId>> {
    let mut made = BTreeSet::new();
    let mut calls: BTreeMap<FnId, Vec<FnId>> = BTreeMap::new();
    for (function, outcome) in &run.outcomes {
        for adt in &outcome.live {
            if made.insert(*adt) {
                let functions = callbacks(&context.program, *adt);
                if !functions.is_empty() {
                    calls.entry(*function).or_default().extend(functions);
                }
            }
        }
    }
    calls
}

/// Functions that reach an effect, read a variable or stand behind an entry point, in order; `main` always.
fn effectful(context: &Context<'_>, run: &Run, callbacks: &BTreeMap<FnId, Vec<FnId>>, main: FnId) -> BTreeSet<FnId> {
    let mut callers: HashMap<FnId, Vec<FnId>> = HashMap::default();
    let mut work: Vec<FnId> = vec![main];
    let mut kept: BTreeSet<FnId> = BTreeSet::from([main]);
    for (function, outcome) in &run.outcomes {
        for callee in &outcome.calls {
            callers.entry(*callee).or_default().push(*function);
        }
        for callee in callbacks.get(function).into_iter().flatten() {
            callers.entry(*callee).or_default().push(*function);
        }
        let reaches = !outcome.effects.is_empty() || !outcome.variables.is_empty() || !outcome.loose.is_empty();
        for id in reaches.then_some(*function).into_iter().chain(handlers(context, outcome)) {
            if kept.insert(id) {
                work.push(id);
            }
        }
    }
    while let Some(function) = work.pop() {
        for caller in callers.get(&function).into_iter().flatten() {
            if kept.insert(*caller) {
                work.push(*caller);
            }
        }
    }
    kept.retain(|id| run.outcomes.contains_key(id) || *id == main);
    kept
}

/// Functions behind the entry points that a function registers.
fn handlers<'a>(context: &'a Context<'_>, outcome: &'a Outcome) -> impl Iterator<Item = FnId> + 'a {
    let routes = outcome.effects.iter().filter_map(|(effect, _)| match effect.what {
        What::Route { handler, .. } => handler,
        _ => None,
    });
    let impls = outcome.serves.iter().flat_map(|(_, _, impls)| impls);
    routes
        .chain(outcome.loose.iter().filter_map(|route| route.handler))
        .chain(impls.flat_map(|id| context.program.impls[*id].functions.values().copied()))
}

fn expand_effect(effect: &mut Effect, expand: &impl Fn(&Value) -> Value) {
    for value in effect.options.values_mut() {
        *value = expand(value);
    }
    match &mut effect.what {
        What::Http { url: value, .. }
        | What::Sql { text: value, .. }
        | What::Store { key: value, .. }
        | What::Publish { topic: value, .. }
        | What::Route { path: value, .. }
        | What::Listen { address: value, .. }
        | What::Sleep { duration: value }
        | What::Channel { capacity: value, .. }
        | What::Telemetry { name: value, .. }
        | What::Health { service: value, .. } => *value = expand(value),
        What::Consume { topic, group, .. } => {
            *topic = expand(topic);
            *group = expand(group);
        }
        _ => {}
    }
}

/// Clients by key. Functions that are followed for each of their callers build one for each address.
#[derive(Default)]
struct Clients {
    ids: BTreeMap<Vec<Span>, Vec<usize>>,
    keys: BTreeSet<Vec<Span>>,
    all: Vec<Client>,
}

impl Clients {
    /// The clients that functions use.
    fn of<'o>(outcomes: impl Iterator<Item = &'o Outcome>) -> Self {
        let specs = outcomes.flat_map(|outcome| &outcome.effects).flat_map(|(_, specs)| specs);
        Self { keys: specs.map(|spec| spec.key.clone()).collect(), ..Self::default() }
    }

    /// Whether a client is built in a function whose callers, which give it its address, use one each: it is none of its
    /// own. What is done with one that is also used as it was built stays with it.
    fn is_shared(&self, spec: &Spec, what: &What) -> bool {
        let mut values = spec.build.options.values().map(|(value, _)| value).chain([&spec.address]);
        if !matches!(what, What::Build { .. }) && !values.any(has_argument) {
            return false;
        }
        use std::ops::Bound::{Excluded, Unbounded};
        self.keys.range((Excluded(spec.key.clone()), Unbounded)).next().is_some_and(|next| next.starts_with(&spec.key))
    }

    /// The clients of the callers of the function that builds one.
    fn derived<'c>(&'c self, key: &'c [Span]) -> impl Iterator<Item = usize> + 'c {
        self.ids
            .range(key.to_vec()..)
            .take_while(|(of, _)| of.starts_with(key))
            .flat_map(|(_, ids)| ids.iter().copied())
    }

    /// A client that is there already, whatever is known of its options.
    fn known(&self, spec: &Spec, address: &Value) -> Option<usize> {
        let same = |known: &Client| known.address == *address || is_vague(&known.address) || is_vague(address);
        // Of a pool, all that is opened at one place is one.
        let own = |id: &usize| !matches!(spec.kind, "grpc" | "http") || same(&self.all[*id]);
        self.ids.get(&spec.key)?.iter().copied().find(own)
    }

    /// What a function told a client after it was built, whether or not a use of it was seen.
    fn tell(&mut self, spec: &Spec, expand: &impl Fn(&Value) -> Value) {
        if let Some(id) = self.known(spec, &expand(&spec.address)) {
            add_options(&mut self.all[id], spec, expand);
        }
    }

    fn id(&mut self, spec: &Spec, function: usize, expand: &impl Fn(&Value) -> Value) -> usize {
        let address = expand(&spec.address);
        if let Some(id) = self.known(spec, &address) {
            // The same client seen where less was known of it.
            let client = &mut self.all[id];
            client.per_worker |= spec.per_worker;
            if is_vague(&client.address) && !is_vague(&address) {
                client.address = address;
            } else if client.address != address && !is_vague(&address) {
                client.address = client.address.clone().or(address);
            }
            if client.contract.is_none() {
                client.contract = spec.contract.as_ref().map(ToString::to_string);
            }
            add_options(client, spec, expand);
            return id;
        }
        let id = self.all.len();
        self.ids.entry(spec.key.clone()).or_default().push(id);
        self.all.push(Client {
            kind: spec.kind.to_owned(),
            technology: spec.technology.clone(),
            library: spec.library.clone(),
            address,
            contract: spec.contract.as_ref().map(ToString::to_string),
            options: spec.build.options.iter().map(|(name, (value, _))| (name.to_string(), expand(value))).collect(),
            options_at: spec.build.options.iter().map(|(name, (_, at))| (name.to_string(), at.clone())).collect(),
            lazy: spec.lazy,
            pool: spec.pool,
            per_worker: spec.per_worker,
            function,
            at: spec.at.clone(),
        });
        id
    }
}

fn is_vague(address: &Value) -> bool {
    matches!(address, Value::Unknown(_) | Value::Absent)
}

fn add_options(client: &mut Client, spec: &Spec, expand: &impl Fn(&Value) -> Value) {
    for (name, (value, at)) in &spec.build.options {
        client.options.entry(name.to_string()).or_insert_with(|| expand(value));
        client.options_at.entry(name.to_string()).or_insert_with(|| at.clone());
    }
}

/// Steps with the numbers of the facts; calls of functions that reach nothing are left out, and what is empty then.
fn renumber(steps: &[Step], called: &dyn Fn(&Span, FnId) -> Option<usize>, offset: usize) -> Vec<Step> {
    let inner = |steps: &[Step]| renumber(steps, called, offset);
    steps
        .iter()
        .filter_map(|step| {
            let step = match step {
                Step::Effect { effect, failure } => Step::Effect { effect: effect + offset, failure: *failure },
                Step::Call { functions, failure, at } => {
                    let mut functions: Vec<usize> = functions.iter().filter_map(|id| called(at, *id)).collect();
                    functions.sort_unstable();
                    functions.dedup();
                    if functions.is_empty() {
                        return None;
                    }
                    Step::Call { functions, failure: *failure, at: at.clone() }
                }
                Step::Together { branches, kind, at } => {
                    let branches: Vec<Vec<Step>> =
                        branches.iter().filter_map(|steps| non_empty(inner(steps))).collect();
                    if branches.is_empty() {
                        return None;
                    }
                    Step::Together { branches, kind: kind.clone(), at: at.clone() }
                }
                Step::Choice { branches } => {
                    let branches: Vec<Branch> = branches
                        .iter()
                        .map(|branch| Branch { steps: inner(&branch.steps), ..branch.clone() })
                        .collect();
                    if branches.iter().all(|branch| branch.steps.is_empty() && !branch.leaves) {
                        return None;
                    }
                    Step::Choice { branches }
                }
                Step::Loop { over, elements, again, steps, at } => Step::Loop {
                    over: over.clone(),
                    elements: *elements,
                    again: again.clone(),
                    steps: non_empty(inner(steps))?,
                    at: at.clone(),
                },
                Step::Spawn { kind, handle, steps, at } => Step::Spawn {
                    kind: kind.clone(),
                    handle: handle.clone(),
                    steps: non_empty(inner(steps))?,
                    at: at.clone(),
                },
                // A limit around a checkout alone has nothing in it; what is held follows.
                Step::Timeout { limit, steps, at } if steps.is_empty() => {
                    Step::Timeout { limit: limit.clone(), steps: Vec::new(), at: at.clone() }
                }
                Step::Timeout { limit, steps, at } => {
                    Step::Timeout { limit: limit.clone(), steps: non_empty(inner(steps))?, at: at.clone() }
                }
                Step::Retry { attempts, options, steps, at } => Step::Retry {
                    attempts: attempts.clone(),
                    options: options.clone(),
                    steps: non_empty(inner(steps))?,
                    at: at.clone(),
                },
                Step::Transaction { clients, steps, at } => {
                    Step::Transaction { clients: clients.clone(), steps: non_empty(inner(steps))?, at: at.clone() }
                }
                Step::Lock { keyed, lock, steps, awaits, at } => Step::Lock {
                    keyed: *keyed,
                    lock: lock.clone(),
                    steps: non_empty(inner(steps))?,
                    awaits: *awaits,
                    at: at.clone(),
                },
                Step::Permit { steps, at } => Step::Permit { steps: non_empty(inner(steps))?, at: at.clone() },
                Step::Held { clients, steps, at } => {
                    Step::Held { clients: clients.clone(), steps: non_empty(inner(steps))?, at: at.clone() }
                }
            };
            Some(step)
        })
        .collect()
}

/// Steps that do something: ways out alone do nothing.
fn non_empty(steps: Vec<Step>) -> Option<Vec<Step>> {
    let only_leaves = |step: &Step| matches!(step, Step::Choice { branches } if branches.iter().all(|branch| branch.steps.is_empty()));
    (!steps.iter().all(only_leaves)).then_some(steps)
}

/// Registered implementations by the effect that registers them: contract, method and function.
type Serves = HashMap<usize, Vec<(String, String, usize, Span)>>;

fn implementations(context: &Context<'_>, copies: &Copies<'_>, offsets: &[usize], facts: &mut RustFacts) -> Serves {
    let program = &context.program;
    let mut serves: Serves = HashMap::default();
    let mut known: BTreeMap<(String, String), Implementation> = BTreeMap::new();
    for (copy, offset) in copies.all.iter().zip(offsets) {
        for (effect, contract, impls) in &copy.outcome.get().serves {
            for id in impls {
                let of = &program.impls[*id];
                let implementor = of.adt.map_or_else(String::new, |adt| program.adts[adt].path.clone());
                let file: Arc<str> = program.modules[of.module].file.into();
                let at = Span::new(file, (of.at.line, of.at.column), (of.at.end_line, of.at.end_column));
                let mut methods = BTreeMap::new();
                let mut refused = BTreeSet::new();
                for (name, method) in &of.functions {
                    let Some(id) = copies.base.get(method) else { continue };
                    let camel = super::libraries::camel(name);
                    let at = place(context, *method, program.functions[*method].at);
                    serves.entry(effect + offset).or_default().push((contract.to_string(), camel.clone(), *id, at));
                    if program.functions[*method].tree.body.as_ref().is_some_and(refuses) {
                        refused.insert(camel.clone());
                    }
                    methods.insert(camel, *id);
                }
                known.entry((contract.to_string(), implementor.clone())).or_insert(Implementation {
                    contract: contract.to_string(),
                    implementor,
                    methods,
                    refused,
                    at,
                });
            }
        }
    }
    for methods in serves.values_mut() {
        methods.sort();
        methods.dedup();
    }
    facts.implementations.extend(known.into_values());
    serves
}

/// Whether the body of an rpc only answers that it is not implemented: `Err(Status::unimplemented("…"))`.
fn refuses(body: &Block) -> bool {
    let Some((Statement::Expr(answer, false), before)) = body.statements.split_last() else { return false };
    let ends = |callee: &Expr, names: &[&str]| match &*callee.kind {
        ExprKind::Path(path) => {
            path.segments.iter().rev().zip(names.iter().rev()).all(|(segment, name)| segment.name == *name)
        }
        _ => false,
    };
    let status = match &*answer.kind {
        ExprKind::Call(callee, arguments) if ends(callee, &["Err"]) => arguments.first(),
        _ => None,
    };
    let is_unimplemented = status.is_some_and(|status| match &*status.kind {
        ExprKind::Call(callee, arguments) => {
            ends(callee, &["Status", "unimplemented"])
                || (ends(callee, &["Status", "new"])
                    && arguments.first().is_some_and(|code| ends(code, &["Code", "Unimplemented"])))
        }
        _ => false,
    });
    // What may answer before says that there is more to it.
    is_unimplemented
        && before.iter().all(|statement| matches!(statement, Statement::Expr(_, true) | Statement::Item(_)))
}

/// Collects entry points on the ways from `main`, with the roles that choose them.
struct Walk<'f> {
    facts: &'f RustFacts,
    serves: &'f Serves,
    /// See [`inline_tasks`].
    tasks: BTreeMap<(usize, Span), usize>,
    entries: BTreeMap<(String, String, Vec<Guard>), EntryPoint>,
    seen: BTreeSet<(usize, Vec<Guard>)>,
}

impl Walk<'_> {
    fn function(&mut self, function: usize, guards: &[Guard], depth: usize) {
        if depth > MAX_DEPTH || !self.seen.insert((function, guards.to_vec())) {
            return;
        }
        // What is reached without any role needs no second visit under one.
        if !guards.is_empty() && self.seen.contains(&(function, Vec::new())) {
            return;
        }
        let facts = self.facts;
        self.steps(&facts.functions[function].steps, function, guards, depth);
    }

    fn steps(&mut self, steps: &[Step], function: usize, guards: &[Guard], depth: usize) {
        for step in steps {
            match step {
                Step::Effect { effect, .. } => self.effect(*effect, function, guards, depth),
                Step::Call { functions, .. } => {
                    for callee in functions {
                        self.function(*callee, guards, depth + 1);
                    }
                }
                Step::Together { branches, .. } => {
                    for steps in branches {
                        self.steps(steps, function, guards, depth);
                    }
                }
                Step::Choice { branches } => {
                    for branch in branches {
                        let mut guards = guards.to_vec();
                        if let Some(guard) = &branch.guard
                            && !guards.contains(guard)
                            && guards.len() < 4
                        {
                            guards.push(guard.clone());
                        }
                        self.steps(&branch.steps, function, &guards, depth);
                    }
                }
                Step::Spawn { steps, at, kind, .. } => {
                    self.task(steps, function, guards, at, kind);
                    self.steps(steps, function, guards, depth);
                }
                Step::Loop { steps, .. }
                | Step::Timeout { steps, .. }
                | Step::Retry { steps, .. }
                | Step::Transaction { steps, .. }
                | Step::Lock { steps, .. }
                | Step::Permit { steps, .. }
                | Step::Held { steps, .. } => self.steps(steps, function, guards, depth),
            }
        }
    }

    fn task(&mut self, steps: &[Step], function: usize, guards: &[Guard], at: &Span, kind: &str) {
        if kind == "blocking" {
            return;
        }
        let inline = || self.tasks.get(&(function, at.clone())).copied();
        let handler = called_first(steps).or_else(inline).unwrap_or(function);
        let name = self.facts.functions[handler].path.clone();
        self.entry("task", name, None, handler, guards, None, at.clone());
    }

    fn effect(&mut self, effect: usize, function: usize, guards: &[Guard], depth: usize) {
        let facts = self.facts;
        let of = &facts.effects[effect];
        match &of.what {
            What::Serve { .. } => {
                for (contract, method, handler, at) in self.serves.get(&effect).into_iter().flatten() {
                    let name = format!("{contract}/{method}");
                    self.entry("rpc", name, Some(contract.clone()), *handler, guards, Some(effect), at.clone());
                    self.function(*handler, guards, depth + 1);
                }
            }
            What::Route { verb, path, handler } => {
                let path = shown(path);
                let name = format!("{verb} {path}");
                let at = handler.map_or_else(|| of.at.clone(), |handler| facts.functions[handler].at.clone());
                self.entry("endpoint", name, None, handler.unwrap_or(function), guards, Some(effect), at);
                if let Some(handler) = handler {
                    self.function(*handler, guards, depth + 1);
                }
            }
            What::Consume { topic, .. } => {
                let name = shown(topic);
                self.entry("consumer", name, None, function, guards, Some(effect), of.at.clone());
            }
            _ => {}
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of an entry point")]
    fn entry(
        &mut self,
        kind: &str,
        name: String,
        contract: Option<String>,
        function: usize,
        guards: &[Guard],
        registered_by: Option<usize>,
        at: Span,
    ) {
        let key = (kind.to_owned(), name.clone(), guards.to_vec());
        self.entries.entry(key).or_insert(EntryPoint {
            kind: kind.to_owned(),
            name,
            contract,
            function,
            guards: guards.to_vec(),
            registered_by,
            streams: registered_by.is_some_and(|effect| self.facts.effects[effect].options.contains_key("streams")),
            at,
        });
    }
}

/// A value as it shows in a name: holes are `*`.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Join(parts) => parts.iter().map(shown).collect(),
        Value::OneOf(all) => all.iter().map(shown).collect::<Vec<_>>().join("|"),
        Value::Variable { name, .. } => format!("${name}"),
        Value::Setting { key, variables, .. } => {
            variables.first().map_or_else(|| format!("${key}"), |variable| format!("${variable}"))
        }
        _ => "*".to_owned(),
    }
}

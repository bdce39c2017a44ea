//! Follows the code of one binary from its `main`: which functions run, what they do outward, and which values, types
//! and clients reach which place.
//!
//! A whole-program interpretation over abstract values ([`val::Val`]), in rounds: each function that runs is evaluated
//! against what is known of its parameters, of fields and of results ([`Env`]); what it learns flows back; functions
//! whose inputs changed are evaluated again. Calls through traits go to the implementors that are really made. Knows
//! libraries only through `libraries`.

mod absent;
mod access;
mod again;
mod call;
mod closures;
mod constants;
mod control;
mod convert;
mod decide;
mod dispatch;
mod eval;
mod extractors;
mod fate;
mod fields;
mod filled;
mod guards;
mod lent;
mod limits;
mod macros;
mod memo;
mod methods;
mod paths;
mod pattern;
mod results;
pub mod settings;
mod statements;
pub mod val;
pub mod want;

use foldhash::{HashMap, HashSet};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::names::{AdtId, ConstId, Def, FnId, ImplId, ModId, Program, TraitId};
use super::types::{Ty, TyScope};
use crate::facts::rust::{Effect, Step};
use crate::span::Span;

pub use decide::asked;
pub use eval::Eval;
pub use val::{Build, Held, RouteVal, Spec, Val, has_argument};

/// Rounds after which what is known is taken as it is. What comes to rest needs a few per link of the longest chain of calls.
const MAX_ROUNDS: usize = 4096;

/// Changes of a slot after which its symbolic value stays as it is: a value that grows on each way round a recursion
/// would never come to rest.
const MAX_VALUE_CHANGES: u32 = 8;

/// Changes of a slot after which nothing more flows into it.
const MAX_CHANGES: u32 = 32;

/// Routes of a slot beyond which no more flow into it once it has changed that often.
const MAX_ROUTES: usize = 2048;

/// Types and parameter types of functions, read once.
#[derive(Debug)]
pub struct Signature {
    /// Types of the parameters, without `self`.
    pub parameters: Vec<Ty>,
    /// Type of the result.
    pub result: Ty,
}

/// What all binaries share: the program, and what is read from it once.
#[derive(Debug)]
pub struct Context<'a> {
    /// The items.
    pub program: Program<'a>,
    /// Signatures, as they are asked for.
    signatures: Vec<OnceLock<Signature>>,
    /// Where the types of each function are read, as they are asked for.
    scopes: Vec<OnceLock<Arc<TyScope<'a>>>>,
    /// Where the type and value of each constant are read, as they are asked for.
    constant_scopes: Vec<OnceLock<Arc<TyScope<'a>>>>,
    /// Types of the fields of each struct, as they are asked for.
    fields: Vec<OnceLock<Vec<Ty>>>,
    /// The file of each module.
    files: Vec<Arc<str>>,
    /// What paths stand for.
    pub(super) defs: memo::Memo<Arc<[Def]>>,
    /// What written types are.
    pub(super) types: memo::Memo<Ty>,
    /// The types in front of the last name of paths.
    pub(super) owners: memo::Memo<Ty>,
    /// The type that each impl is for, as they are asked for.
    of_impls: Vec<OnceLock<Ty>>,
    /// What types of the project dereference to, as they are asked for.
    dereferenced: Vec<OnceLock<Option<Ty>>>,
    /// What is known of each constant.
    constants: Vec<constants::Kept>,
    /// Names of fields that are changed in place, once they are asked for.
    changed_in_place: OnceLock<BTreeSet<String>>,
    /// Conversions between types, once one is asked for.
    conversions: OnceLock<Vec<convert::Conversion>>,
    /// What the derives of the project write, once it is asked for.
    derives: OnceLock<dispatch::Derives<'a>>,
    /// Per package: versions of its dependencies by crate name.
    pub versions: Vec<HashMap<String, String>>,
    /// Per package: its folder.
    pub folders: Vec<String>,
}

impl<'a> Context<'a> {
    /// A context.
    #[must_use]
    pub fn new(program: Program<'a>, versions: Vec<HashMap<String, String>>, folders: Vec<String>) -> Self {
        let signatures = program.functions.iter().map(|_| OnceLock::new()).collect();
        let scopes = program.functions.iter().map(|_| OnceLock::new()).collect();
        let constant_scopes = program.constants.iter().map(|_| OnceLock::new()).collect();
        let constants = program.constants.iter().map(|_| constants::Kept::default()).collect();
        let fields = program.adts.iter().map(|_| OnceLock::new()).collect();
        let files = program.modules.iter().map(|module| module.file.into()).collect();
        let of_impls = program.impls.iter().map(|_| OnceLock::new()).collect();
        let dereferenced = program.adts.iter().map(|_| OnceLock::new()).collect();
        Self {
            program,
            signatures,
            scopes,
            constant_scopes,
            constants,
            fields,
            files,
            defs: memo::Memo::default(),
            types: memo::Memo::default(),
            owners: memo::Memo::default(),
            of_impls,
            dereferenced,
            changed_in_place: OnceLock::new(),
            conversions: OnceLock::new(),
            derives: OnceLock::new(),
            versions,
            folders,
        }
    }

    /// Where the types of a function are read.
    pub fn scope(&self, function: FnId) -> &Arc<TyScope<'a>> {
        self.scopes[function].get_or_init(|| Arc::new(self.program.scope_of(function)))
    }

    /// Where the type and value of a constant are read.
    pub fn scope_of_constant(&self, id: ConstId) -> &Arc<TyScope<'a>> {
        self.constant_scopes[id].get_or_init(|| {
            let of = &self.program.constants[id];
            Arc::new(match of.in_impl {
                Some(id) => self.program.scope_of_impl(id),
                None => TyScope { module: of.module, self_ty: Ty::Unknown, generics: Vec::new(), in_impl: None },
            })
        })
    }

    /// The file of a module.
    pub fn file(&self, module: ModId) -> &Arc<str> {
        &self.files[module]
    }

    /// The type that an impl is for.
    pub fn of_impl(&self, id: ImplId) -> &Ty {
        self.of_impls[id].get_or_init(|| self.program.scope_of_impl(id).self_ty)
    }

    /// What a type of the project dereferences to.
    pub fn deref_target(&self, adt: AdtId) -> Option<&Ty> {
        self.dereferenced[adt].get_or_init(|| self.program.deref_target(adt)).as_ref()
    }

    /// The types of the fields of a struct.
    pub fn fields(&self, adt: AdtId) -> &[Ty] {
        self.fields[adt].get_or_init(|| {
            let scope = self.program.scope_of_adt(adt);
            self.program.adts[adt].fields.iter().map(|field| self.program.ty(&scope, &field.of)).collect()
        })
    }

    /// Names of fields that are changed in place.
    pub fn changed_in_place(&self) -> &BTreeSet<String> {
        self.changed_in_place.get_or_init(|| absent::changed_in_place(&self.program))
    }

    /// The conversions that the project writes.
    pub fn conversions(&self) -> &[convert::Conversion] {
        self.conversions.get_or_init(|| convert::conversions(&self.program))
    }

    /// What the derives of the project write.
    pub fn derives(&self) -> &dispatch::Derives<'a> {
        self.derives.get_or_init(|| dispatch::written_by_derives(&self.program))
    }

    /// The signature of a function.
    pub fn signature(&self, function: FnId) -> &Signature {
        self.signatures[function].get_or_init(|| {
            let scope = self.scope(function);
            let of = self.program.functions[function].tree;
            Signature {
                parameters: of.parameters.iter().map(|(_, ty)| self.program.ty(scope, ty)).collect(),
                result: self.program.ty(scope, &of.result),
            }
        })
    }
}

/// A place that values flow to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// A parameter: 0 is `self`, others count from 1.
    Parameter(FnId, usize),
    /// A field of a type of the project.
    Field(AdtId, Arc<str>),
    /// The result of a function.
    Return(FnId),
    /// What a function hands to the closure that is its parameter: function, parameter, position.
    Handed(FnId, usize, usize),
    /// What the closure that is a parameter of a function gives back.
    Answer(FnId, usize),
    /// Clients that a server is given for its handlers, which ask for them by type: `State<PgPool>`, `web::Data<Client>`.
    State,
    /// Whether a function calls the closure that is its parameter on a thread of its own: there alone, or also elsewhere.
    OffRuntime(FnId, usize),
    /// The types that a type parameter of a function, or of the impl that it stands in, is filled with.
    TypeArgument(FnId, Arc<str>),
    /// Whether a framework calls a function that has parameters which the project extracts from requests.
    Served(FnId),
    /// Whether an optional field of a type of the project is ever filled: absent as long as all that flows into it is `None`.
    Present(AdtId, Arc<str>),
    /// The time limits that a function puts around what it hands on.
    Limit(FnId),
    /// Whether a function tells the other side how long it waits.
    TellsDeadline(FnId),
}

/// What is known so far.
#[derive(Debug, Default)]
pub struct Env {
    /// Values by slot.
    pub slots: HashMap<Slot, Val>,
    /// How often each has changed.
    pub changes: HashMap<Slot, u32>,
    /// Types of the project that are made somewhere.
    pub live: HashSet<AdtId>,
}

/// What the evaluation of one function gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Values that flow elsewhere.
    pub flows: Vec<(Slot, Val)>,
    /// Slots that were read.
    pub reads: HashSet<Slot>,
    /// Parameters, by their number, whose symbolic values were asked for: of what callers pass the rest is always.
    pub expands: BTreeSet<usize>,
    /// Traits whose implementors were asked for.
    pub dispatches: BTreeSet<TraitId>,
    /// Functions that run because of it.
    pub calls: BTreeSet<FnId>,
    /// Types that it makes.
    pub live: BTreeSet<AdtId>,
    /// Its steps; effects count within the function.
    pub steps: Vec<Step>,
    /// Its effects, with the clients behind each.
    pub effects: Vec<(Effect, Vec<Arc<Spec>>)>,
    /// Clients that it builds.
    pub clients: BTreeMap<Vec<Span>, Arc<Spec>>,
    /// gRPC services that it registers: index of the effect, contract, impls.
    pub serves: Vec<(usize, Arc<str>, Vec<usize>)>,
    /// Variables and settings that it reads.
    pub variables: Vec<Reading>,
    /// HTTP routes given to something of which nothing is known: a server, unless they are registered elsewhere.
    pub loose: Vec<Arc<RouteVal>>,
    /// What its calls give, where that is more than types.
    pub passed: Vec<Passed>,
    /// Closures that it registers as handlers of routes, by their place: what each does when a request comes.
    pub closures: Vec<(Span, Vec<Step>)>,
    /// Routes whose handler is a closure: index of the effect, place of the closure.
    pub closure_routes: Vec<(usize, Span)>,
}

/// What a call gives to parameters, by their number: 0 is `self`, others count from 1. Values may be arguments of the
/// function that calls.
pub type Given = BTreeMap<usize, Val>;

/// What one call gives.
#[derive(Clone, Debug)]
pub struct Passed {
    /// The call.
    pub at: Span,
    /// Functions that it may be of.
    pub functions: Vec<FnId>,
    /// What they are given.
    pub given: Given,
}

/// How much an evaluation has found so far.
#[derive(Clone, Copy, Debug)]
pub struct Marks {
    effects: usize,
    serves: usize,
    variables: usize,
    passed: usize,
    closures: usize,
}

impl Outcome {
    /// How much there is.
    #[must_use]
    pub fn marks(&self) -> Marks {
        Marks {
            effects: self.effects.len(),
            serves: self.serves.len(),
            variables: self.variables.len(),
            passed: self.passed.len(),
            closures: self.closures.len(),
        }
    }

    /// Adds what another evaluation found, but for its steps.
    pub fn absorb(&mut self, other: &Self) {
        let effects = self.effects.len();
        self.flows.extend(other.flows.iter().cloned());
        self.reads.extend(other.reads.iter().cloned());
        self.expands.extend(&other.expands);
        self.dispatches.extend(&other.dispatches);
        self.calls.extend(&other.calls);
        self.live.extend(&other.live);
        self.effects.extend(other.effects.iter().cloned());
        self.clients.extend(other.clients.iter().map(|(key, spec)| (key.clone(), spec.clone())));
        let serves = other.serves.iter().cloned();
        self.serves.extend(serves.map(|(effect, contract, impls)| (effects + effect, contract, impls)));
        self.variables.extend(other.variables.iter().cloned());
        self.loose.extend(other.loose.iter().filter(|route| !self.loose.contains(route)).cloned().collect::<Vec<_>>());
        self.passed.extend(other.passed.iter().cloned());
        self.closures.extend(other.closures.iter().cloned());
        let routes = other.closure_routes.iter();
        self.closure_routes.extend(routes.map(|(effect, closure)| (effects + effect, closure.clone())));
    }

    /// Forgets what was found since: it is found again.
    pub fn back_to(&mut self, marks: Marks) {
        self.effects_back_to(marks);
        self.serves.truncate(marks.serves);
        self.variables.truncate(marks.variables);
    }

    /// Forgets the effects and calls found since: they are those of another function, and found there. The variables
    /// that it reads for this one may be known here alone.
    pub fn effects_back_to(&mut self, marks: Marks) {
        self.effects.truncate(marks.effects);
        self.passed.truncate(marks.passed);
        self.closures.truncate(marks.closures);
        self.closure_routes.retain(|(effect, _)| *effect < marks.effects);
    }
}

/// A variable or setting read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The value.
    pub value: crate::facts::Value,
    /// How.
    pub reader: &'static str,
    /// Whether the program fails without it.
    pub required: bool,
    /// Whether that is for the callers to say: the function passes the failure on.
    pub passed_on: bool,
    /// Whether the function that reads it was followed from within another one, and is read by itself as well.
    pub inlined: bool,
    /// Where.
    pub at: Span,
}

/// The run of one binary.
#[derive(Debug, Default)]
pub struct Run {
    /// What each function that runs does.
    pub outcomes: BTreeMap<FnId, Outcome>,
    /// What was known at the end.
    pub env: Env,
}

/// Traits of others whose methods have no architecture in them: their impls are not followed as callbacks.
const PLAIN_TRAITS: &[&str] = &[
    "Debug",
    "Display",
    "Clone",
    "Copy",
    "Default",
    "From",
    "Into",
    "TryFrom",
    "TryInto",
    "PartialEq",
    "Eq",
    "Hash",
    "Ord",
    "PartialOrd",
    "Serialize",
    "Deserialize",
    "Error",
    "Deref",
    "DerefMut",
    "AsRef",
    "AsMut",
    "Borrow",
    "FromStr",
    "Index",
    "IndexMut",
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Neg",
    "Not",
    "Send",
    "Sync",
    "Visitor",
    "IntoIterator",
    "Extend",
    "FromIterator",
    "Message",
    "ToSchema",
    "JsonSchema",
    "IntoResponse",
    "ResponseError",
    "Responder",
    "FromRow",
    "Type",
    "Encode",
    "Decode",
    "ValueEnum",
    "NamedService",
    "Iterator",
    "DeserializeSeed",
];

/// Follows a binary from its `main`.
pub fn run(context: &Context<'_>, main: FnId) -> Run {
    let mut state = Run::default();
    let mut readers: HashMap<Slot, BTreeSet<FnId>> = HashMap::default();
    let mut dispatchers: HashMap<TraitId, BTreeSet<FnId>> = HashMap::default();
    let mut dirty: BTreeSet<FnId> = BTreeSet::from([main]);
    for _ in 0..MAX_ROUNDS {
        if dirty.is_empty() {
            break;
        }
        let work = ready(&mut dirty, &state.outcomes);
        let results: Vec<(FnId, Outcome)> =
            work.into_par_iter().map(|function| (function, Eval::function(context, &state.env, function))).collect();
        // All readers of the round are known before anything flows: each saw what was there before the round.
        for (function, outcome) in &results {
            for slot in &outcome.reads {
                readers.entry(slot.clone()).or_default().insert(*function);
            }
            for id in &outcome.dispatches {
                dispatchers.entry(*id).or_default().insert(*function);
            }
        }
        for (function, mut outcome) in results {
            for adt in outcome.live.clone() {
                if state.env.live.insert(adt) {
                    let callbacks = callbacks(&context.program, adt);
                    outcome.calls.extend(callbacks);
                    for id in traits_of(&context.program, adt) {
                        dirty.extend(dispatchers.get(&id).into_iter().flatten());
                    }
                }
            }
            for callee in &outcome.calls {
                if !state.outcomes.contains_key(callee) {
                    dirty.insert(*callee);
                }
            }
            for (slot, val) in std::mem::take(&mut outcome.flows) {
                let known = state.env.slots.get(&slot);
                if known == Some(&val) {
                    continue;
                }
                let val = val.without_what_nobody_asks();
                let changed = state.env.changes.get(&slot).copied().unwrap_or(0);
                let outgrown = known.filter(|known| slot == Slot::Return(function) && outgrows(&val, known));
                let without = outgrown.map(|known| Val { build: None, ..known.clone() });
                let Some(joined) = flown(without.as_ref().or(known), val, changed) else { continue };
                if known != Some(&joined) {
                    state.env.changes.insert(slot.clone(), changed + 1);
                    let callee = match &slot {
                        Slot::Parameter(callee, _) => Some(callee),
                        _ => None,
                    };
                    let all = readers.get(&slot).into_iter().flatten().chain(callee);
                    let asked = Asked { context, slot: &slot, before: known, now: &joined };
                    let all = all.filter(|of| asked.matters(state.outcomes.get(of)));
                    dirty.extend(all);
                    state.env.slots.insert(slot, joined);
                }
            }
            state.outcomes.insert(function, outcome);
        }
    }
    state
}

/// Takes the functions that are to be evaluated now: those that never were, since they lead to others. Then a caller waits for those that it calls, since what they give back
/// would have it evaluated once more. Where all wait for one another, none does.
fn ready(dirty: &mut BTreeSet<FnId>, outcomes: &BTreeMap<FnId, Outcome>) -> Vec<FnId> {
    let (new, known): (BTreeSet<FnId>, BTreeSet<FnId>) =
        dirty.iter().copied().partition(|function| !outcomes.contains_key(function));
    if !new.is_empty() {
        *dirty = known;
        return new.into_iter().collect();
    }
    let waits = |function: &FnId| {
        outcomes
            .get(function)
            .is_some_and(|known| known.calls.iter().any(|callee| callee != function && dirty.contains(callee)))
    };
    let (waiting, ready): (BTreeSet<FnId>, BTreeSet<FnId>) = dirty.iter().copied().partition(waits);
    if ready.is_empty() {
        return std::mem::take(dirty).into_iter().collect();
    }
    *dirty = waiting;
    ready.into_iter().collect()
}

/// A slot that holds more than before: who is to be evaluated again.
struct Asked<'c, 'a> {
    context: &'c Context<'a>,
    slot: &'c Slot,
    before: Option<&'c Val>,
    now: &'c Val,
}

impl Asked<'_, '_> {
    /// Whether a reader would find something else than it did.
    fn matters(&self, reader: Option<&Outcome>) -> bool {
        let Some(reader) = reader else { return true };
        match (self.slot, self.before) {
            // Inside of a function a parameter stands for itself; what callers pass is asked for where it flows on.
            (Slot::Parameter(_, index), Some(before)) => {
                reader.expands.contains(index) || !before.differs_in_value_only(self.now)
            }
            (Slot::Return(function), None) => !self.tells_only(&self.context.signature(*function).result),
            (Slot::Field(adt, name), None) => {
                let fields = self.context.program.adts[*adt].fields;
                let index = fields.iter().position(|field| field.name == **name);
                !index.is_some_and(|index| self.tells_only(&self.context.fields(*adt)[index]))
            }
            _ => true,
        }
    }

    /// Whether all that is known is the type that is declared: a reader took that already.
    fn tells_only(&self, declared: &Ty) -> bool {
        !declared.is_open() && *self.now == Val::of(declared.clone())
    }
}

/// Whether the options of what a function gives are all that were known before of what it gives, and more: then they are the
/// same, as they are seen now that more is known of what they are made of, and not others under a condition.
fn outgrows(now: &Val, before: &Val) -> bool {
    let (Some(now), Some(before)) = (&now.build, &before.build) else { return false };
    before.options.keys().all(|option| now.options.contains_key(option))
}

/// What a slot holds when a value flows in; `None` when it has changed so often that it is left alone.
fn flown(known: Option<&Val>, val: Val, changed: u32) -> Option<Val> {
    let Some(known) = known else { return Some(val) };
    if changed >= MAX_CHANGES {
        return still_flows(known, &val);
    }
    let mut joined = known.clone().join(&val);
    if changed >= MAX_VALUE_CHANGES {
        joined.value.clone_from(&known.value);
        joined.parts.clone_from(&known.parts);
    }
    Some(joined)
}

/// What flows on into a slot that has changed often. Functions of the project are not made on the way, and routes hardly: their
/// number comes to rest by itself, however many functions put a server together.
fn still_flows(known: &Val, val: &Val) -> Option<Val> {
    let mut now = known.clone();
    if val.ty.names_function() {
        now.ty = known.ty.join(&val.ty);
    }
    for route in &val.routes {
        if now.routes.len() < MAX_ROUTES && !now.routes.contains(route) {
            now.routes.push(route.clone());
        }
    }
    (now != *known).then_some(now)
}

/// Functions of a type that third-party code calls when the type is made: middleware, extractors, actors.
#[must_use]
pub fn callbacks(program: &Program<'_>, adt: AdtId) -> Vec<FnId> {
    let mut functions: Vec<FnId> = program
        .callbacks
        .get(&adt)
        .into_iter()
        .flatten()
        .filter(|id| match &program.impls[**id].of_trait {
            Some(Def::Extern(path)) => {
                let name = path.rsplit("::").next().unwrap_or(path);
                !PLAIN_TRAITS.contains(&name) && !program.server_impls.contains(id)
            }
            _ => program.impls[**id].handed_over,
        })
        .flat_map(|id| program.impls[*id].functions.values().copied())
        .collect();
    functions.sort_unstable();
    functions
}

/// Traits of the project that a type implements.
fn traits_of(program: &Program<'_>, adt: AdtId) -> Vec<TraitId> {
    program.traits_of.get(&adt).cloned().unwrap_or_default()
}

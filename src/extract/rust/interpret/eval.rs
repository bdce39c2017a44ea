//! Evaluates the body of one function: statements and expressions to values, and what they do to steps.

use foldhash::HashMap;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::closures::Bound;
use super::decide;
use super::guards::{self};
use super::pattern;
use super::val::{self, Held, Spec, Val, concat};
use super::want::Want;
use super::{Context, Env, Given, Outcome, Slot};
use crate::extract::rust::libraries::{self, Argument};
use crate::extract::rust::names::{AdtId, ConstId, FnId, Program};
use crate::extract::rust::tree::{Expr, ExprKind, Literal, Range};
use crate::extract::rust::types::{Ty, TyScope};
use crate::facts::Value;
use crate::facts::rust::{Effect, Failure, Step, What};
use crate::span::Span;

/// Loops in loops deeper than this are gone through once.
const MAX_REPEATED: usize = 2;

/// The local variables of one scope: few, so that looking through them is faster than a hash.
#[derive(Debug, Default)]
pub(super) struct Locals<'a>(Vec<(&'a str, Val)>);

impl<'a> Locals<'a> {
    fn insert(&mut self, name: &'a str, val: Val) {
        match self.get_mut(name) {
            Some(known) => *known = val,
            None => self.0.push((name, val)),
        }
    }

    fn get(&self, name: &str) -> Option<&Val> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, val)| val)
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut Val> {
        self.0.iter_mut().find(|(known, _)| *known == name).map(|(_, val)| val)
    }

    /// Whether a name is declared here.
    pub(super) fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// What one turn of a loop leaves for the next.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// Index of the first scope inside the loop.
    from: usize,
    /// Index of the outermost scope in which a variable was changed.
    changed: Option<usize>,
    /// Loops around.
    depth: usize,
}

/// The evaluation of one function.
pub struct Eval<'p, 'a> {
    /// What all evaluations share.
    pub(super) context: &'p Context<'a>,
    /// What is known.
    pub(super) env: &'p Env,
    /// The function.
    pub(super) function: FnId,
    /// What one caller gives it, if it is evaluated for that caller alone.
    pub(super) given: Given,
    /// Where types are read.
    pub(super) scope: Arc<TyScope<'a>>,
    /// The file.
    file: Arc<str>,
    /// Local variables, inner scopes last.
    pub(super) locals: Vec<Locals<'a>>,
    /// Steps, inner frames last.
    pub(super) frames: Vec<Vec<Step>>,
    /// What it gives.
    pub(super) out: Outcome,
    /// Parameters whose symbolic values were asked for.
    expands: RefCell<BTreeSet<usize>>,
    /// Returned values.
    returned: Option<Val>,
    /// Closures and async blocks around: what returns inside them does not leave the function.
    pub(super) in_closures: usize,
    /// What the loops around give by `break`, inner ones last.
    broken: Vec<Option<Val>>,
    /// Where the scopes inside the innermost loop begin, and whether a variable outside was changed in it.
    pub(super) carried: Carried,
    /// Constants that are evaluated around.
    pub(super) in_constants: Vec<ConstId>,
    /// Whether a constant that is evaluated around was cut short: it refers to itself.
    pub(super) is_cut: bool,
    /// How deep bodies are inlined.
    pub(super) inlined: usize,
    /// Whether the code around is async.
    pub(super) in_async: bool,
    /// Whether the code around runs once per worker.
    pub(super) per_worker: bool,
    /// Whether the code around is given to a thread of its own.
    pub(super) off_runtime: bool,
    /// How often the code so far has awaited, that of closures and async blocks left out.
    pub(super) awaited: usize,
    /// How often the code so far has asked whether it is to end.
    pub(super) heeded: usize,
    /// Locks that the statement so far has taken, given that it has not ended: they are held until it does.
    pub(super) taken: Vec<Held>,
    /// Closures that are bound to a name, by the depth of its scope: what they do is done where the name is used.
    pub(super) closures: HashMap<(usize, String), Bound<'a>>,
    /// Whether what is given is that of one call alone, so that conditions on it are decided.
    pub(super) exact: bool,
}

impl<'p, 'a> Eval<'p, 'a> {
    /// Evaluates a function for all its callers at once.
    #[must_use]
    pub fn function(context: &'p Context<'a>, env: &'p Env, function: FnId) -> Outcome {
        Self::given(context, env, function, Given::new())
    }

    /// Evaluates a function with what one of its callers gives it.
    #[must_use]
    pub fn given(context: &'p Context<'a>, env: &'p Env, function: FnId, given: Given) -> Outcome {
        let program = &context.program;
        let mut eval = Self {
            context,
            env,
            function,
            exact: !given.is_empty(),
            given,
            scope: context.scope(function).clone(),
            file: context.file(program.functions[function].module).clone(),
            locals: vec![Locals::default()],
            frames: vec![Vec::new()],
            out: Outcome::default(),
            expands: RefCell::default(),
            returned: None,
            in_closures: 0,
            broken: Vec::new(),
            carried: Carried::default(),
            in_constants: Vec::new(),
            is_cut: false,
            inlined: 0,
            in_async: program.functions[function].tree.is_async,
            per_worker: false,
            off_runtime: false,
            awaited: 0,
            heeded: 0,
            taken: Vec::new(),
            closures: HashMap::default(),
        };
        eval.run();
        eval.out.expands = eval.expands.take();
        eval.out
    }

    fn run(&mut self) {
        let of = self.program().functions[self.function].tree;
        let signature = self.context.signature(self.function);
        if of.receiver {
            let known = self.read(Slot::Parameter(self.function, 0));
            let mut val = Val { value: None, ..self.declared(&self.scope.self_ty.clone(), known) };
            if let Some(given) = self.given.get(&0) {
                val.build.clone_from(&given.build);
            }
            self.declare("self", val);
        }
        for (index, (pattern, _)) in of.parameters.iter().enumerate() {
            let known = self.read(Slot::Parameter(self.function, index + 1));
            let unasked = known.is_none();
            let mut val = self.declared(&signature.parameters[index], known);
            if unasked {
                // Nothing of the project calls it: a framework does, with what it was given by type.
                val.clients = self.handed(&val.ty);
            }
            val.value = Some(Value::Argument(index + 1));
            if let Some(given) = self.given.get(&(index + 1)) {
                let given = given.clone().as_a(&signature.parameters[index]);
                val = Val {
                    ty: val.ty,
                    clients: val.clients,
                    routes: val.routes,
                    value: given.value.clone().or(val.value),
                    ..given.clone()
                };
            }
            self.bind(pattern, &val);
        }
        let Some(body) = &of.body else { return };
        self.extract();
        let want = Want { failure: Failure::Propagated, expected: Some(signature.result.clone()) };
        let mut result = self.block(body, &want);
        if let Some(returned) = self.returned.take() {
            result = result.join(&returned);
        }
        self.out.steps = self.frames.pop().unwrap_or_default();
        self.out.flows.push((Slot::Return(self.function), result));
    }

    /// The program.
    pub(super) fn program(&self) -> &'p Program<'a> {
        &self.context.program
    }

    /// A span of the file.
    pub(super) fn span(&self, at: Range) -> Span {
        Span::new(self.file.clone(), (at.line, at.column), (at.end_line, at.end_column))
    }

    /// Reads a slot, and remembers that it was read.
    pub(super) fn read(&mut self, slot: Slot) -> Option<&'p Val> {
        let env = self.env;
        let val = env.slots.get(&slot);
        self.out.reads.insert(slot);
        val
    }

    /// A declared type, refined by what flows in.
    pub(super) fn declared(&self, ty: &Ty, known: Option<&Val>) -> Val {
        let Some(known) = known else { return Val::of(ty.clone()) };
        let ty = match &known.ty {
            actual if actual.names_function() => actual.clone(),
            actual if ty.is_open() && !actual.is_unknown() => refine(ty, actual),
            _ => ty.clone(),
        };
        Val { ty, ..known.clone() }
    }

    /// A value without arguments of this function: what callers pass stands in their place.
    pub(super) fn expand(&self, value: &Value) -> Value {
        val::expanded(value, &|index| {
            self.expands.borrow_mut().insert(index);
            self.env.slots.get(&Slot::Parameter(self.function, index)).and_then(|val| val.value.clone())
        })
    }

    /// A value as it flows out of this function.
    pub(super) fn outward(&self, val: &Val) -> Val {
        let mut out = val.clone().mapped(&|value| self.expand(value));
        out.guard = None;
        if out.clients.iter().any(|spec| val::has_argument(&spec.address)) {
            let clients = std::mem::take(&mut out.clients);
            for spec in clients {
                out.add_client(Arc::new(Spec { address: self.expand(&spec.address), ..(*spec).clone() }));
            }
        }
        out
    }

    /// Declares a local variable.
    pub(super) fn declare(&mut self, name: &'a str, val: Val) {
        if let Some(scope) = self.locals.last_mut() {
            scope.insert(name, val);
        }
    }

    /// A local variable.
    pub(super) fn local(&self, name: &str) -> Option<&Val> {
        self.locals.iter().rev().find_map(|scope| scope.get(name))
    }

    /// Changes a local variable where it is declared; in an inner scope the old value remains possible.
    pub(super) fn assign(&mut self, name: &str, val: Val) {
        let innermost = self.locals.len();
        for (index, scope) in self.locals.iter_mut().enumerate().rev() {
            if let Some(known) = scope.get_mut(name) {
                let val = if index + 1 == innermost || known.ty.is_unknown() {
                    val
                } else {
                    val.with_options_open(known).join(known)
                };
                if index < self.carried.from && *known != val {
                    self.carried.changed = Some(self.carried.changed.map_or(index, |outermost| outermost.min(index)));
                }
                *known = val;
                return;
            }
        }
    }

    /// A local variable is given where a type is declared. If only that tells what it holds (`HashMap::new()`, filled by the
    /// function that it is given to), it has that type from here on.
    pub(super) fn tell(&mut self, given: &Expr, declared: Option<&Ty>) {
        let Some(declared) = declared.filter(|ty| !ty.is_open()) else { return };
        let Some(name) = guards::lent_name(given) else { return };
        if let Some(local) = self.locals.iter_mut().rev().find_map(|scope| scope.get_mut(name))
            && local.ty.element().is_unknown()
        {
            local.ty = declared.clone();
        }
    }

    /// Runs something in a scope of its own.
    pub(super) fn scoped<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.locals.push(Locals::default());
        let result = run(self);
        self.locals.pop();
        result
    }

    /// Runs something and gives the steps that it made.
    pub(super) fn framed<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> (T, Vec<Step>) {
        self.frames.push(Vec::new());
        let result = run(self);
        (result, self.frames.pop().unwrap_or_default())
    }

    /// Adds a step.
    pub(super) fn step(&mut self, step: Step) {
        if let Some(frame) = self.frames.last_mut() {
            frame.push(step);
        }
    }

    /// Adds steps that were framed.
    pub(super) fn steps(&mut self, steps: Vec<Step>) {
        if let Some(frame) = self.frames.last_mut() {
            frame.extend(steps);
        }
    }

    /// Adds an effect and its step.
    pub fn effect(&mut self, what: What, library: &str, clients: Vec<Arc<Spec>>, at: Range, want: &Want) -> usize {
        let id = self.out.effects.len();
        let effect = Effect {
            what,
            function: 0,
            clients: Vec::new(),
            library: library.to_owned(),
            in_async: self.in_async,
            options: std::collections::BTreeMap::new(),
            at: self.span(at),
        };
        self.out.effects.push((effect, clients));
        self.step(Step::Effect { effect: id, failure: want.failure });
        id
    }

    /// A span of the file: for libraries.
    #[must_use]
    pub fn place(&self, at: Range) -> Span {
        self.span(at)
    }

    /// Adds steps that were framed: for libraries.
    pub fn add_steps(&mut self, steps: Vec<Step>) {
        self.steps(steps);
    }

    /// Adds a step: for libraries.
    pub fn add_step(&mut self, step: Step) {
        self.step(step);
    }

    /// Changes a local variable: for builders that work in place.
    pub fn update(&mut self, name: &str, val: Val) {
        self.assign(name, val);
    }

    /// Whether the code around runs once per worker.
    #[must_use]
    pub fn is_per_worker(&self) -> bool {
        self.per_worker
    }

    /// Clients built in this function.
    pub fn out_clients(&mut self) -> &mut std::collections::BTreeMap<Vec<Span>, Arc<Spec>> {
        &mut self.out.clients
    }

    /// Marks a type as made.
    pub(super) fn make(&mut self, adt: AdtId) {
        self.out.live.insert(adt);
    }

    /// Remembers a returned value.
    fn returns(&mut self, val: Val) {
        self.returned = Some(match self.returned.take() {
            Some(known) => known.join(&val),
            None => val,
        });
    }

    /// Evaluates an expression.
    pub fn expr(&mut self, expr: &'a Expr, want: &Want) -> Val {
        match &*expr.kind {
            ExprKind::Literal(literal) => literal_val(literal),
            ExprKind::Path(path) => self.path(path, expr.at, want),
            ExprKind::Call(callee, arguments) => self.call(callee, arguments, expr.at, want),
            ExprKind::MethodCall { receiver, method, generics, arguments } => {
                self.method_call(receiver, method, generics, arguments, expr.at, want)
            }
            ExprKind::Field(base, name) => {
                let base = self.expr(base, &Want::default());
                self.field(&base, name)
            }
            ExprKind::Index(base, index) => {
                self.expr(index, &Want::default());
                let base = self.expr(base, &Want::default());
                Val { ty: base.ty.element(), value: None, ..base }
            }
            ExprKind::Try(inner) => self.expr(inner, &want.failing(Failure::Propagated)),
            ExprKind::Await(inner) => {
                let val = self.expr(inner, want);
                self.awaited += 1;
                val
            }
            ExprKind::Reference(inner) => self.expr(guards::without_dereference(inner), want),
            // What is behind a guard is copied, and the guard gone with the statement.
            ExprKind::Dereference(inner) => Val { guard: None, ..self.expr(inner, want) },
            ExprKind::Unary(operator, inner) => {
                let val = self.expr(inner, want);
                let value = match (operator.as_str(), &val.value) {
                    ("!", Some(Value::Bool(holds))) => Some(Value::Bool(!holds)),
                    ("-", Some(Value::Integer(number))) => number.checked_neg().map(Value::Integer),
                    _ => None,
                };
                Val { value, ..val }
            }
            ExprKind::Cast(inner, ty) => {
                let val = self.expr(inner, want);
                let ty = self.written(ty);
                if ty.is_unknown() { val } else { Val { ty, ..val } }
            }
            ExprKind::Binary(operator, a, b) => self.binary(operator, a, b),
            ExprKind::Assign(operator, target, value) => self.assignment(operator, target, value),
            ExprKind::Range(from, to) => {
                for bound in from.iter().chain(to) {
                    self.expr(bound, &Want::default());
                }
                Val::of(Ty::of("int").stream())
            }
            ExprKind::Block(block) => self.block(block, want),
            ExprKind::Async(block) => {
                let before = std::mem::replace(&mut self.in_async, true);
                let val = self.returning(|eval| eval.block(block, want));
                self.in_async = before;
                val
            }
            ExprKind::Closure(parameters, body, is_async) => self.closure(parameters, body, *is_async, &[], want),
            ExprKind::If(condition, then, otherwise) => self.if_expr(condition, then, otherwise.as_ref(), want),
            ExprKind::Let(pattern, value) => {
                let val = self.expr(value, want);
                self.bind(pattern, &val);
                Val::of(Ty::of("bool"))
            }
            ExprKind::Match(scrutinee, arms) => self.match_expr(scrutinee, arms, want),
            ExprKind::Loop(body) => self.loop_expr("forever", body, expr.at, want),
            ExprKind::While(condition, body) => self.while_expr(condition, body, expr.at),
            ExprKind::For(pattern, iterated, body) => self.for_expr(pattern, iterated, body, expr.at),
            ExprKind::Struct(path, fields, base) => self.struct_expr(path, fields, base.as_ref(), want),
            ExprKind::Tuple(parts) => {
                let parts = parts.iter().map(|part| self.expr(part, want)).collect();
                pattern::tuple(parts)
            }
            ExprKind::Array(parts) => {
                let vals: Vec<Val> = parts.iter().map(|part| self.expr(part, want)).collect();
                val::list(&vals)
            }
            ExprKind::Repeat(value, count) => {
                self.expr(count, &Want::default());
                let val = self.expr(value, want);
                Val { ty: val.ty.clone().list(), ..val }
            }
            ExprKind::Return(value) => {
                if let Some(value) = value {
                    let expected = Some(self.context.signature(self.function).result.clone());
                    let val = self.expr(value, &Want { failure: Failure::Propagated, expected });
                    self.returns(val);
                }
                Val::default()
            }
            ExprKind::Break(value) => match value {
                Some(value) => {
                    let val = self.expr(value, want);
                    if let Some(broken) = self.broken.last_mut() {
                        *broken = Some(match broken.take() {
                            Some(known) => known.join(&val),
                            None => val,
                        });
                    }
                    Val::default()
                }
                None => Val::default(),
            },
            ExprKind::Macro(of) => self.macro_call(of, want),
            ExprKind::Continue | ExprKind::Other => Val::default(),
        }
    }

    /// Evaluates something in another place: its scope and file, none of the local variables here. Gives the value and
    /// the steps, which the caller may drop.
    pub(super) fn elsewhere<T>(
        &mut self,
        scope: Arc<TyScope<'a>>,
        file: Arc<str>,
        run: impl FnOnce(&mut Self) -> T,
    ) -> (T, Vec<Step>) {
        let scope = std::mem::replace(&mut self.scope, scope);
        let file = std::mem::replace(&mut self.file, file);
        let locals = std::mem::replace(&mut self.locals, vec![Locals::default()]);
        let closures = std::mem::take(&mut self.closures);
        let returned = self.returned.take();
        let taken = std::mem::take(&mut self.taken);
        self.inlined += 1;
        let result = self.framed(run);
        self.inlined -= 1;
        self.taken = taken;
        self.returned = returned;
        self.closures = closures;
        self.locals = locals;
        self.file = file;
        self.scope = scope;
        result
    }

    /// Runs the body of a loop, and once more when it changed a variable of the code around: what one turn leaves is what
    /// the next one begins with. Gives what it breaks with.
    pub(super) fn turns(&mut self, run: impl Fn(&mut Self)) -> (Val, Vec<Step>) {
        let inner = Carried { from: self.locals.len(), changed: None, depth: self.carried.depth + 1 };
        let outer = std::mem::replace(&mut self.carried, inner);
        self.broken.push(None);
        let marks = self.out.marks();
        let ((), mut steps) = self.framed(&run);
        if self.carried.changed.is_some() && self.carried.depth <= MAX_REPEATED {
            self.out.back_to(marks);
            ((), steps) = self.framed(&run);
        }
        let broken = self.broken.pop().flatten().unwrap_or_default();
        let changed = self.carried.changed;
        self.carried = outer;
        if let Some(index) = changed.filter(|index| *index < self.carried.from) {
            self.carried.changed = Some(self.carried.changed.map_or(index, |outermost| outermost.min(index)));
        }
        (broken, steps)
    }

    /// Runs the body of a closure or async block: what it returns is its own.
    pub(super) fn returning(&mut self, run: impl FnOnce(&mut Self) -> Val) -> Val {
        let (outer, awaited) = (self.returned.take(), self.awaited);
        let taken = std::mem::take(&mut self.taken);
        self.in_closures += 1;
        let val = run(self);
        self.in_closures -= 1;
        self.taken = taken;
        self.awaited = awaited;
        let val = match self.returned.take() {
            Some(returned) => val.join(&returned),
            None => val,
        };
        self.returned = outer;
        val
    }

    /// Takes what was returned, inside [`elsewhere`](Self::elsewhere).
    pub(super) fn take_returned(&mut self) -> Option<Val> {
        self.returned.take()
    }

    fn binary(&mut self, operator: &str, a: &'a Expr, b: &'a Expr) -> Val {
        let left = self.expr(a, &Want::default());
        let right = self.expr(b, &Want::default());
        let value = match (operator, left.value, right.value) {
            ("==", Some(a), Some(b)) => decide::equal(&a, &b).map(Value::Bool),
            ("!=", Some(a), Some(b)) => decide::equal(&a, &b).map(|equal| Value::Bool(!equal)),
            ("&&", Some(Value::Bool(a)), Some(Value::Bool(b))) => Some(Value::Bool(a && b)),
            ("||", Some(Value::Bool(a)), Some(Value::Bool(b))) => Some(Value::Bool(a || b)),
            ("+", Some(Value::Integer(a)), Some(Value::Integer(b))) => Some(Value::Integer(a.saturating_add(b))),
            ("-", Some(Value::Integer(a)), Some(Value::Integer(b))) => Some(Value::Integer(a.saturating_sub(b))),
            ("*", Some(Value::Integer(a)), Some(Value::Integer(b))) => Some(Value::Integer(a.saturating_mul(b))),
            ("/", Some(Value::Integer(a)), Some(Value::Integer(b))) => a.checked_div(b).map(Value::Integer),
            ("<<", Some(Value::Integer(a)), Some(Value::Integer(b))) => {
                u32::try_from(b).ok().and_then(|b| a.checked_shl(b)).map(Value::Integer)
            }
            ("+", Some(a @ (Value::Text(_) | Value::Join(_))), Some(b)) => Some(concat(vec![a, b])),
            // `base.to_string() + path`
            ("+", Some(a), Some(b)) if is_text(&left.ty) || matches!(b, Value::Text(_) | Value::Join(_)) => {
                Some(concat(vec![a, b]))
            }
            ("+", Some(value), Some(Value::Integer(by))) if !matches!(value, Value::Unknown(_)) => {
                Some(Value::Offset { value: Box::new(value), by })
            }
            ("*", Some(Value::Millis(a)), Some(Value::Integer(b))) => Some(Value::Millis(a.saturating_mul(b))),
            ("/", Some(Value::Millis(a)), Some(Value::Integer(b))) => a.checked_div(b).map(Value::Millis),
            // `Instant::now() + limit`
            ("+", Some(Value::Millis(0)), value) if is_instant(&left.ty) => value,
            _ => None,
        };
        let ty = if matches!(operator, "==" | "!=" | "<" | ">" | "<=" | ">=" | "&&" | "||") {
            Ty::of("bool")
        } else {
            left.ty
        };
        Val { ty, value, ..Val::default() }
    }

    fn assignment(&mut self, operator: &str, target: &'a Expr, value: &'a Expr) -> Val {
        let val = self.expr(value, &Want::default());
        if !operator.is_empty() {
            self.expr(target, &Want::default());
            return Val::default();
        }
        match &*target.kind {
            ExprKind::Path(path) if path.segments.len() == 1 => self.assign(&path.segments[0].name, val),
            ExprKind::Field(of, name) => {
                let base = self.expr(of, &Want::default());
                self.flow_field(&base.ty, name, &val);
                let variable = guards::simple_name(of).map(str::to_owned);
                let receiver = Argument { val: base, name: variable, ..Argument::default() };
                libraries::field(self, receiver, name, val, target.at);
            }
            ExprKind::Dereference(inner) => {
                if let ExprKind::Path(path) = &*inner.kind
                    && path.segments.len() == 1
                {
                    self.assign(&path.segments[0].name, val);
                }
            }
            _ => {}
        }
        Val::default()
    }
}

/// A declared type, made more exact by an actual one.
pub(super) fn refine(declared: &Ty, actual: &Ty) -> Ty {
    match (declared, actual) {
        (_, Ty::Unknown) => declared.clone(),
        (Ty::List(a, many), Ty::List(b, _)) => Ty::List(Arc::new(refine(a, b)), *many),
        // A third-party type that stands where many are declared holds them: it tells nothing of what they are.
        (Ty::List(..), Ty::Extern(..)) => declared.clone(),
        (Ty::Adt(a, _), Ty::Adt(b, _)) if a == b => actual.clone(),
        (Ty::Adt(..), _) => declared.clone(),
        (Ty::List(inner, _), _) if matches!(**inner, Ty::Adt(..) | Ty::Grpc(_)) => declared.clone(),
        // A value of the bound's own kind tells nothing new; others tell who implements it, but perhaps not all.
        (Ty::Bound(..), Ty::Bound(..)) => declared.clone(),
        (Ty::Bound(..), Ty::Several(all)) if all.iter().any(|ty| matches!(ty, Ty::Bound(..) | Ty::Unknown)) => {
            declared.clone()
        }
        _ => actual.clone(),
    }
}

/// The type of a variable with a written type: what is written, where what is given to it is not more exact. A third-party type
/// tells nothing where a trait of the project is written.
pub(super) fn told(written: &Ty, actual: &Ty) -> Ty {
    match (written, actual) {
        (Ty::Bound(_, traits), Ty::Extern(..)) if !traits.is_empty() => written.clone(),
        (Ty::List(a, many), Ty::List(b, _)) if written.is_open() => Ty::List(Arc::new(told(a, b)), *many),
        _ if written.is_open() => refine(written, actual),
        _ => written.clone(),
    }
}

/// Whether a type is text.
fn is_instant(ty: &Ty) -> bool {
    matches!(ty.extern_name(), Some((_, "Instant")))
}

fn is_text(ty: &Ty) -> bool {
    matches!(ty.extern_name(), Some((_, "str" | "String")))
}

fn literal_val(literal: &Literal) -> Val {
    match literal {
        Literal::Text(text) | Literal::Bytes(text) => Val::known(Value::Text(text.clone())),
        Literal::Integer(number) => Val::known(Value::Integer(*number)),
        Literal::Float(number) => Val::known(Value::Float(*number)),
        Literal::Bool(value) => Val::known(Value::Bool(*value)),
        Literal::Char(c) => Val::known(Value::Text(c.to_string())),
    }
}

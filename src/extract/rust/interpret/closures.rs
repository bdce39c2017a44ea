//! Closures: they are followed where they are written, with what is handed to them where they are called. One that is bound to
//! a name waits for its name; one that is given to functions of the project is told what they hand to it, and they are told
//! what it answers, through as many functions as it is given on.

use super::Slot;
use super::eval::Eval;
use super::guards::simple_name;
use super::val::Val;
use super::want::Want;
use crate::extract::rust::libraries::Argument;
use crate::extract::rust::names::FnId;
use crate::extract::rust::tree::{self, Expr, ExprKind};
use crate::facts::Value;
use crate::facts::rust::{Branch, Failure, Step};

/// Closures that call one another by name deeper than this are not entered.
const MAX_INLINE: usize = 4;

/// A closure that is bound to a name: what it does, it does wherever the name is called or given away, with what it is given
/// there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound<'a> {
    closure: &'a Expr,
    /// What becomes of its failure.
    failure: Failure,
    /// Whether something was seen to call it, or to take it away.
    used: bool,
}

impl<'a> Eval<'_, 'a> {
    /// Binds a closure: what it does waits for its name.
    pub(super) fn bind_closure(&mut self, name: &str, closure: &'a Expr, want: &Want) -> Val {
        let depth = self.locals.len();
        let marks = self.out.marks();
        let (val, _) = self.framed(|eval| eval.expr(closure, want));
        self.out.back_to(marks);
        let bound = Bound { closure, failure: want.failure, used: false };
        let before = self.closures.insert((depth, name.to_owned()), bound);
        // One of the same name that nothing used: it may have been used where that is not seen.
        if let Some(before) = before.filter(|bound| !bound.used) {
            self.run_closure(before, depth, &[]);
        }
        val
    }

    /// The closure that a name is bound to, in the innermost scope that has the name; it is used from here on.
    fn bound(&mut self, name: &str) -> Option<(Bound<'a>, usize)> {
        if self.closures.is_empty() {
            return None;
        }
        let scope = self.locals.iter().rposition(|scope| scope.contains_key(name))? + 1;
        let bound = self.closures.get_mut(&(scope, name.to_owned()))?;
        bound.used = true;
        Some((*bound, scope))
    }

    /// Does what a closure does, for what it is given, with the variables of the scope that it was bound in.
    fn run_closure(&mut self, bound: Bound<'a>, scope: usize, given: &[Val]) -> Option<Val> {
        let ExprKind::Closure(parameters, body, is_async) = &*bound.closure.kind else { return None };
        if self.inlined >= MAX_INLINE {
            return None;
        }
        let inner = self.locals.split_off(scope.min(self.locals.len()));
        let inner_closures: Vec<_> = self.closures.extract_if(|(of, _), _| *of > scope).collect();
        self.inlined += 1;
        let want = Want { failure: bound.failure, expected: None };
        let val = self.closure(parameters, body, *is_async, given, &want);
        self.inlined -= 1;
        self.closures.extend(inner_closures);
        self.locals.extend(inner);
        Some(val)
    }

    /// Does what the closure of a name does for the very values of a call, and gives what it gives.
    pub(super) fn closure_called(&mut self, name: &str, arguments: &[Val]) -> Option<Val> {
        let (bound, scope) = self.bound(name)?;
        let exact = std::mem::replace(&mut self.exact, true);
        let val = self.run_closure(bound, scope, arguments);
        self.exact = exact;
        val
    }

    /// Does what the closure of a name does where something takes it that gives it these values.
    pub(super) fn closure_given(&mut self, name: &str, given: &[Val]) -> Option<Val> {
        let (bound, scope) = self.bound(name)?;
        self.run_closure(bound, scope, given)
    }

    /// How many parameters a closure has: one that is written here, or one that is bound to a name.
    pub(super) fn closure_arity(&self, expr: &Expr) -> Option<usize> {
        if let ExprKind::Closure(parameters, ..) = &*expr.kind {
            return Some(parameters.len());
        }
        let name = simple_name(expr).filter(|_| !self.closures.is_empty())?;
        let scope = self.locals.iter().rposition(|scope| scope.contains_key(name))? + 1;
        match &*self.closures.get(&(scope, name.to_owned()))?.closure.kind {
            ExprKind::Closure(parameters, ..) => Some(parameters.len()),
            _ => None,
        }
    }

    /// Ends the closures of the innermost scope. What one does that nothing was seen to use is done here.
    pub(super) fn end_closures(&mut self) {
        if self.closures.is_empty() {
            return;
        }
        let depth = self.locals.len();
        let mut ended: Vec<(String, Bound)> =
            self.closures.extract_if(|(of, _), _| *of == depth).map(|((_, name), bound)| (name, bound)).collect();
        ended.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (_, bound) in ended.into_iter().filter(|(_, bound)| !bound.used) {
            self.run_closure(bound, depth, &[]);
        }
    }

    /// Evaluates an argument in a frame of its own, so that a wrapper can put its steps where they belong.
    pub(super) fn argument(&mut self, expr: &'a Expr, given: &[Val], want: &Want) -> Argument {
        let is_closure = self.closure_arity(expr).is_some();
        let heeded = self.heeded;
        let (val, steps) = self.framed(|eval| match (&*expr.kind, simple_name(expr)) {
            (ExprKind::Closure(parameters, body, is_async), _) => {
                eval.closure(parameters, body, *is_async, given, &Want { failure: want.failure, expected: None })
            }
            (_, Some(name)) if is_closure => eval.closure_given(name, given).unwrap_or_default(),
            _ => eval.expr(expr, want),
        });
        let heeds = self.heeded > heeded;
        Argument { val, steps, is_closure, name: simple_name(expr).map(str::to_owned), heeds, root: None }
    }

    /// Evaluates an argument of functions of the project: a closure is given what they hand to it, and they are given
    /// what it answers. The parameter counts from 0, without `self`.
    pub(super) fn given_argument(
        &mut self,
        functions: &[FnId],
        parameter: Option<usize>,
        expr: &'a Expr,
        want: &Want,
    ) -> Argument {
        let (Some(arity), Some(parameter)) = (self.closure_arity(expr), parameter) else {
            let argument = self.argument(expr, &[], want);
            self.tell(expr, want.expected.as_ref());
            if let (Some(Value::Argument(own)), Some(parameter)) = (&argument.val.value, parameter) {
                self.hand_on(functions, parameter + 1, *own);
            }
            return argument;
        };
        let mut given: Vec<Val> = Vec::new();
        for position in 0..arity {
            let mut all: Option<Val> = None;
            for function in functions {
                if let Some(val) = self.read(Slot::Handed(*function, parameter + 1, position)) {
                    all = Some(all.map_or_else(|| val.clone(), |known| known.join(val)));
                }
            }
            given.push(all.unwrap_or_default());
        }
        let mut argument = self.argument(expr, &given, want);
        if !argument.steps.is_empty() && functions.iter().all(|function| self.is_off_runtime(*function, parameter + 1))
        {
            let steps = std::mem::take(&mut argument.steps);
            let at = self.span(expr.at);
            let step = Step::Spawn { kind: "blocking".to_owned(), handle: "awaited".to_owned(), steps, at };
            argument.steps = vec![step];
        }
        if !argument.steps.is_empty() && !functions.iter().all(|function| self.runs_always(*function, parameter)) {
            let steps = std::mem::take(&mut argument.steps);
            argument.steps = vec![Step::Choice { branches: vec![Branch { guard: None, leaves: false, steps }] }];
        }
        let answer = Val { routes: Vec::new(), ..self.outward(&argument.val) };
        for function in functions {
            self.out.flows.push((Slot::Answer(*function, parameter + 1), answer.clone()));
        }
        argument
    }

    /// Whether a function calls its closure on a thread of its own, and nowhere else.
    fn is_off_runtime(&mut self, function: FnId, parameter: usize) -> bool {
        self.read(Slot::OffRuntime(function, parameter)).is_some_and(|val| val.value == Some(Value::Bool(true)))
    }

    /// A parameter of this function that may be a closure is given to other functions: whoever wrote the closure gives it what
    /// they hand to it, and they are given what it answers.
    fn hand_on(&mut self, functions: &[FnId], parameter: usize, own: usize) {
        let Some(arity) = self.arity(own) else { return };
        for function in functions {
            for position in 0..arity {
                if let Some(val) = self.read(Slot::Handed(*function, parameter, position)).cloned() {
                    self.out.flows.push((Slot::Handed(self.function, own, position), val));
                }
            }
            if let Some(answer) = self.read(Slot::Answer(self.function, own)).cloned() {
                self.out.flows.push((Slot::Answer(*function, parameter), answer));
            }
            if let Some(off_runtime) = self.read(Slot::OffRuntime(*function, parameter)).cloned() {
                self.out.flows.push((Slot::OffRuntime(self.function, own), off_runtime));
            }
        }
    }

    /// How many arguments a parameter of this function takes, if it can be called.
    pub(super) fn arity(&self, parameter: usize) -> Option<usize> {
        let of = self.program().functions[self.function].tree;
        let (_, ty) = of.parameters.get(parameter.checked_sub(1)?)?;
        callable(ty, &self.context.scope(self.function).generics)
    }

    /// Hands values to the closure that is a parameter of this function; gives what it answers.
    pub(super) fn hand(&mut self, parameter: usize, vals: &[Val]) -> Val {
        for (position, val) in vals.iter().enumerate() {
            let val = Val { routes: Vec::new(), ..self.outward(val) };
            self.out.flows.push((Slot::Handed(self.function, parameter, position), val));
        }
        let off_runtime = Val::known(Value::Bool(self.off_runtime));
        self.out.flows.push((Slot::OffRuntime(self.function, parameter), off_runtime));
        self.read(Slot::Answer(self.function, parameter)).cloned().unwrap_or_default()
    }
}

/// How many arguments a parameter takes, if what is written of its type says that it can be called: `impl Fn(A) -> B`, `F` with
/// `F: FnOnce(A) -> B`, `Box<dyn Fn(A)>`, `fn(A) -> B`.
fn callable(of: &tree::Type, generics: &[&tree::Generics]) -> Option<usize> {
    match of {
        tree::Type::Function(arguments, _) => Some(arguments.len()),
        tree::Type::Reference(inner) | tree::Type::Static(inner) => callable(inner, generics),
        tree::Type::Impl(bounds) | tree::Type::Dyn(bounds) => bounds.iter().find_map(|bound| callable(bound, generics)),
        tree::Type::Path(path) => {
            let last = path.segments.last()?;
            if matches!(last.name.as_str(), "Fn" | "FnMut" | "FnOnce" | "AsyncFn" | "AsyncFnMut" | "AsyncFnOnce") {
                return Some(last.generics.len());
            }
            if matches!(last.name.as_str(), "Box" | "Arc" | "Rc") {
                return last.generics.first().and_then(|inner| callable(inner, generics));
            }
            let is_parameter = |known: &&(String, Vec<tree::Type>)| path.segments.len() == 1 && known.0 == last.name;
            let (_, bounds) = generics.iter().rev().find_map(|of| of.parameters.iter().find(is_parameter))?;
            bounds.iter().find_map(|bound| match bound {
                tree::Type::Path(path) if path.segments.last().is_some_and(|last| last.name.contains("Fn")) => {
                    callable(bound, &[])
                }
                _ => None,
            })
        }
        _ => None,
    }
}

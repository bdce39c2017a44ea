//! Statements: blocks, what their variables hold, and the guards that are held until one ends.

use std::sync::Arc;

use super::control::else_failure;
use super::eval::{Eval, Locals, told};
use super::fate::{fate, may_be_result};
use super::guards::{self, Taken};
use super::val::{Held, Val};
use super::want::Want;
use crate::extract::rust::tree::{self, Block, Expr, ExprKind, Statement};
use crate::extract::rust::types::Ty;
use crate::facts::rust::{Failure, Step};

impl<'a> Eval<'_, 'a> {
    /// Evaluates a block. Guards bound in it hold what follows.
    pub(super) fn block(&mut self, block: &'a Block, want: &Want) -> Val {
        self.locals.push(Locals::default());
        let mut held: Vec<Taken> = Vec::new();
        let mut result = Val::of(Ty::Tuple(Arc::new([])));
        let last = block.statements.len().saturating_sub(1);
        let taken = self.taken.len();
        for (index, statement) in block.statements.iter().enumerate() {
            self.taken.truncate(taken);
            match statement {
                Statement::Let { pattern, of, value, otherwise } => {
                    let expected = of.as_ref().map(|of| self.written(of));
                    let failure = match (pattern, otherwise) {
                        (_, Some(otherwise)) => else_failure(otherwise),
                        (tree::Pattern::Wild, None) => Failure::Ignored,
                        (tree::Pattern::Name(name, None), None) if value.as_ref().is_some_and(may_be_result) => {
                            let rest = &block.statements[index + 1..];
                            fate(name, rest, want.failure, &|guard| self.covers(guard)).unwrap_or_default()
                        }
                        _ => Failure::Propagated,
                    };
                    let want = Want { failure, expected: expected.clone() };
                    let mut val = match (value, pattern) {
                        (Some(value), tree::Pattern::Name(name, _))
                            if matches!(&*value.kind, ExprKind::Closure(..)) =>
                        {
                            self.bind_closure(name, value, &want)
                        }
                        (Some(value), _) => self.expr(value, &want),
                        (None, _) => Val::default(),
                    };
                    if let Some(expected) = expected.filter(|_| !val.ty.names_function()) {
                        val.ty = told(&expected, &val.ty);
                    }
                    if let Some(otherwise) = otherwise {
                        self.else_block(otherwise);
                    }
                    if let (Some(guard), tree::Pattern::Name(name, _), Some(value)) = (&val.guard, pattern, value) {
                        held.push(Taken {
                            name: name.clone(),
                            held: (**guard).clone(),
                            clients: val.clients.clone(),
                            at: value.at,
                            awaited: self.awaited,
                        });
                        self.frames.push(Vec::new());
                        val.guard = None;
                    }
                    self.bind(pattern, &val);
                }
                Statement::Expr(expr, semicolon) => {
                    // What may be dropped in a branch is taken as dropped: whether it is held after it is not known.
                    while held.last().is_some_and(|last| guards::drops_inside(expr, &last.name)) {
                        held.pop().into_iter().for_each(|last| self.release(last));
                    }
                    if let Some(name) = guards::released(expr)
                        && held.last().is_some_and(|last| last.name == name)
                    {
                        self.expr(expr, &Want::default());
                        if let Some(last) = held.pop() {
                            self.release(last);
                        }
                        continue;
                    }
                    let is_result = index == last && !semicolon;
                    let want = if is_result { want.clone() } else { Want { failure: dropped(expr), expected: None } };
                    let val = self.expr(expr, &want);
                    if is_result {
                        result = val;
                    }
                }
                Statement::Item(_) => {}
            }
        }
        self.taken.truncate(taken);
        self.end_closures();
        while let Some(last) = held.pop() {
            self.release(last);
        }
        self.locals.pop();
        result
    }

    /// Runs what a lock that its head took is held over: the arms of a `match`, the block of an `if let`. `before` is the
    /// number of locks before the head; those that the code lets go of itself are not followed further.
    pub(super) fn held_over<T>(
        &mut self,
        before: usize,
        head: &'a Expr,
        is_let_go: bool,
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let lock = self.taken.drain(before..).next_back();
        let Some(held) = lock.filter(|_| !is_let_go) else { return run(self) };
        let taken = Taken { name: String::new(), held, clients: Vec::new(), at: head.at, awaited: self.awaited };
        self.frames.push(Vec::new());
        let result = run(self);
        self.release(taken);
        result
    }

    /// Closes the frame of a guard.
    pub(super) fn release(&mut self, Taken { held, clients, at, awaited, .. }: Taken) {
        let steps = self.frames.pop().unwrap_or_default();
        let span = self.span(at);
        // The clients are joined to the step by the place: see `assemble`.
        for spec in clients {
            self.out.clients.insert(spec.key.clone(), spec);
        }
        let keyed = matches!(held, Held::LockOfKey(_));
        let step = match held {
            Held::Lock(lock) | Held::LockOfKey(lock) => {
                let awaits = self.awaited > awaited || guards::joins(&steps);
                Step::Lock { keyed, lock, steps, awaits, at: span }
            }
            Held::Transaction => Step::Transaction { clients: Vec::new(), steps, at: span },
            Held::Permit => Step::Permit { steps, at: span },
            Held::Connection => Step::Held { clients: Vec::new(), steps, at: span },
        };
        self.step(step);
    }
}

/// What happens to the failure of a statement's expression whose value is dropped.
pub(super) fn dropped(expr: &Expr) -> Failure {
    match &*expr.kind {
        ExprKind::Await(_) | ExprKind::Call(..) | ExprKind::MethodCall { .. } => Failure::Ignored,
        _ => Failure::Propagated,
    }
}

//! Time limits that services of the project put around what they hand on: `tokio::time::timeout` in the function that calls
//! what is within, or in one that it calls. Such a service stands around a server (a layer, a middleware) or around the
//! channel of a client.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Slot;
use super::eval::Eval;
use super::val::{Spec, Val};
use crate::extract::rust::inside;
use crate::extract::rust::names::{AdtId, FnId};
use crate::extract::rust::tree::{Expr, ExprKind, Range};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::span::Span;

/// The name under which a value carries a limit, with its place.
const LIMIT: &str = "limit";

/// Types of the project that are looked into for the channel of a service.
const MAX_TYPES: usize = 64;

impl Eval<'_, '_> {
    /// The function around ends something after a time. Where it also hands on what it is called with, that is what it ends.
    pub fn ends(&mut self, limit: &Value, at: Range) {
        let body = self.program().functions[self.function].tree.body.as_ref();
        if !body.is_some_and(|body| inside::any(body, &hands_on)) {
            return;
        }
        let Some(limit) = bounding(limit) else { return };
        let limit = Val::known(limit.clone()).with_option(LIMIT, limit, self.place(at));
        let limit = self.outward(&limit);
        self.out.flows.push((Slot::Limit(self.function), limit));
    }

    /// The function around tells the other side how long it waits: `headers.insert("grpc-timeout", …)`.
    pub fn tells_deadline(&mut self) {
        self.out.flows.push((Slot::TellsDeadline(self.function), Val::known(Value::Bool(true))));
    }

    /// The function around is limited as one that it calls, where both are of one crate: the parts of one service.
    pub(super) fn ends_within(&mut self, callee: FnId) {
        let crate_of = |function: FnId| {
            let program = self.program();
            program.modules[program.functions[function].module].of_crate
        };
        if callee == self.function || crate_of(callee) != crate_of(self.function) {
            return;
        }
        if let Some(limit) = self.read(Slot::Limit(callee)).cloned() {
            self.out.flows.push((Slot::Limit(self.function), limit));
        }
        if self.read(Slot::TellsDeadline(callee)).is_some() {
            self.tells_deadline();
        }
    }

    /// Whether what runs around requests ends those that take too long: a function, or the service that a layer makes; and
    /// after which time, where that is known.
    pub fn ends_requests(&mut self, layer: &Ty) -> Option<Option<(Value, Span)>> {
        let functions = self.around_requests(layer);
        if let Some(limit) = self.limit_of(&functions) {
            return Some(Some(limit));
        }
        let ends = functions.iter().any(|function| {
            let body = self.program().functions[*function].tree.body.as_ref();
            body.is_some_and(|body| inside::any(body, &limits_time))
        });
        ends.then_some(None)
    }

    fn around_requests(&mut self, layer: &Ty) -> Vec<FnId> {
        match layer {
            Ty::Function(function) => vec![*function],
            Ty::Extern(path, arguments) if path.ends_with("middleware::FromFn") => arguments
                .iter()
                .filter_map(|ty| match ty {
                    Ty::Function(function) => Some(*function),
                    _ => None,
                })
                .collect(),
            Ty::Adt(..) => match self.associated(layer, &["Service"]) {
                Some(service) => self.methods_of(&service, "call"),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The largest of the limits that functions put around what they hand on is not known here: all of them, as one value.
    fn limit_of(&mut self, functions: &[FnId]) -> Option<(Value, Span)> {
        let mut found: Option<(Value, Span)> = None;
        for function in functions {
            let limit = self.read(Slot::Limit(*function)).cloned()?;
            let (_, at) = limit.build.as_ref()?.options.get(LIMIT)?.clone();
            let value = bounding(limit.value.as_ref()?)?;
            found = Some(match found {
                Some((known, at)) => (known.or(value), at),
                None => (value, at),
            });
        }
        found
    }

    /// The channels inside of a service of the project, as its callers have them: with the limit that it puts around each
    /// call. They are others than those inside, even while nothing is known of a limit. None of what is no such service.
    pub fn behind_service(&mut self, service: &Val, at: Range) -> Option<Vec<Arc<Spec>>> {
        let functions = match &service.ty {
            Ty::Adt(..) => self.methods_of(&service.ty, "call"),
            _ => Vec::new(),
        };
        if functions.is_empty() {
            return None;
        }
        let mut inside = Val::default();
        self.channels(service, &mut inside, &mut BTreeSet::new());
        let limit = self.limit_of(&functions);
        let tells = functions.iter().all(|function| self.read(Slot::TellsDeadline(*function)).is_some());
        let at = self.place(at);
        let mut all = Vec::new();
        for spec in &inside.clients {
            let mut spec: Spec = (**spec).clone();
            spec.key.push(at.clone());
            if let Some(limit) = &limit {
                spec.build.options.insert("timeout_ms".into(), limit.clone());
            }
            if tells {
                spec.build.options.insert("tells_deadline".into(), (Value::Bool(true), at.clone()));
            }
            let spec = Arc::new(spec);
            self.out_clients().insert(spec.key.clone(), spec.clone());
            all.push(spec);
        }
        Some(all)
    }

    /// The gRPC channels that are for no contract yet, of a value and of what its fields hold, however deep.
    fn channels(&mut self, val: &Val, into: &mut Val, seen: &mut BTreeSet<AdtId>) {
        for spec in val.clients.iter().filter(|spec| spec.kind == "grpc" && spec.contract.is_none()) {
            into.add_client(spec.clone());
        }
        let mut types = Vec::new();
        own_types(&val.ty, &mut types, 0);
        for ty in types {
            let Ty::Adt(adt, _) = &ty else { continue };
            if seen.len() >= MAX_TYPES || !seen.insert(*adt) {
                continue;
            }
            for field in self.program().adts[*adt].fields {
                let held = self.field_of(*adt, None, &field.name, &ty);
                self.channels(&held, into, seen);
            }
        }
    }
}

/// The types of the project in a type: itself, or what containers of others hold.
fn own_types(ty: &Ty, found: &mut Vec<Ty>, depth: usize) {
    if depth > 8 {
        return;
    }
    match ty {
        Ty::Adt(..) => found.push(ty.clone()),
        Ty::List(inner, _) => own_types(inner, found, depth + 1),
        Ty::Extern(_, parts) | Ty::Tuple(parts) | Ty::Several(parts) => {
            parts.iter().for_each(|part| own_types(part, found, depth + 1));
        }
        _ => {}
    }
}

/// What is left of a limit when all is left out that is no bound: what is not known, what is not there, and now itself. The
/// smallest of several holds, so a known one is a bound whatever the others are.
fn bounding(limit: &Value) -> Option<Value> {
    match limit {
        Value::OneOf(all) => all.iter().filter_map(bounding).reduce(Value::or),
        Value::Absent | Value::Millis(0) => None,
        known if is_open(known) => None,
        known => Some(known.clone()),
    }
}

fn is_open(value: &Value) -> bool {
    match value {
        Value::Unknown(_) => true,
        Value::Scaled { value, .. } | Value::Offset { value, .. } | Value::Scalar(value) => is_open(value),
        Value::Join(parts) => parts.iter().any(is_open),
        _ => false,
    }
}

/// `inner.call(request)`, `next.run(request)`
fn hands_on(expr: &Expr) -> bool {
    matches!(&*expr.kind, ExprKind::MethodCall { method, arguments, .. }
        if arguments.len() == 1 && matches!(method.as_str(), "call" | "run" | "oneshot"))
}

/// `tokio::time::timeout(limit, …)`
fn limits_time(expr: &Expr) -> bool {
    let ExprKind::Call(callee, _) = &*expr.kind else { return false };
    let ExprKind::Path(path) = &*callee.kind else { return false };
    path.segments.last().is_some_and(|last| matches!(last.name.as_str(), "timeout" | "timeout_at"))
}

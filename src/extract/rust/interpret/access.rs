//! What libraries may ask of an evaluation and do to it.

use std::sync::Arc;

use super::eval::Eval;
use super::val::{Handler, RouteVal, Spec, Val};
use super::want::Want;
use super::{Reading, Slot};
use crate::extract::rust::libraries::{self, Argument, LibraryCall};
use crate::extract::rust::names::{AdtId, Def, FnId};
use crate::extract::rust::tree::{Attribute, Expr, ExprKind, Pattern, Range, Type};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::{Step, What};
use crate::facts::sql::Statement;
use crate::span::Span;

/// How deep the state of a server is searched for clients: the state, and parts that it is made of.
const MAX_STATE_DEPTH: usize = 2;

impl<'a> Eval<'_, 'a> {
    /// A value without arguments of the function: what callers pass stands in their place.
    #[must_use]
    pub fn known(&self, value: &Value) -> Value {
        self.expand(value)
    }

    /// Remembers a variable that is read.
    pub fn reads_variable(&mut self, reading: Reading) {
        self.out.variables.push(Reading { inlined: self.inlined > 0, ..reading });
    }

    /// Runs something and gives the steps that it made.
    pub fn frame<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> (T, Vec<Step>) {
        self.framed(run)
    }

    /// Says whether the code that follows is async; gives what it was.
    pub fn set_async(&mut self, is_async: bool) -> bool {
        std::mem::replace(&mut self.in_async, is_async)
    }

    /// Says whether the code that follows runs on a thread of its own; gives what it was.
    pub fn set_off_runtime(&mut self, off_runtime: bool) -> bool {
        std::mem::replace(&mut self.off_runtime, off_runtime)
    }

    /// How a value of the project shows as a text.
    pub fn shown_value(&mut self, val: &Val) -> Option<Value> {
        self.display(val)
    }

    /// Remembers that the code asks whether it is to end.
    pub fn heed(&mut self) {
        self.heeded += 1;
    }

    /// The effect that was found last.
    #[must_use]
    pub fn last_effect(&self) -> Option<usize> {
        self.out.effects.len().checked_sub(1)
    }

    /// Sets an option of an effect.
    pub fn set_option(&mut self, effect: usize, name: &str, value: Value) {
        if let Some((effect, _)) = self.out.effects.get_mut(effect) {
            effect.options.insert(name.to_owned(), value);
        }
    }

    /// Says what a statement does whose text is not seen.
    pub fn set_statement(&mut self, effect: usize, of: Statement) {
        if let Some((effect, _)) = self.out.effects.get_mut(effect)
            && let What::Sql { statement, .. } = &mut effect.what
        {
            *statement = Some(of);
        }
    }

    /// Sets the place of an effect.
    pub fn set_place(&mut self, effect: usize, at: Span) {
        if let Some((effect, _)) = self.out.effects.get_mut(effect) {
            effect.at = at;
        }
    }

    /// Sets how a listener stops.
    pub fn set_shutdown(&mut self, effect: usize, how: &str) {
        if let Some((effect, _)) = self.out.effects.get_mut(effect)
            && let What::Listen { shutdown, .. } = &mut effect.what
        {
            how.clone_into(shutdown);
        }
    }

    /// Says what is spoken on a listener of this function that accepts at an address; gives it.
    pub fn speaks(&mut self, at: &Value, protocol: &str) -> Option<usize> {
        let id = self.out.effects.iter().rposition(|(effect, _)| {
            matches!(&effect.what, What::Listen { protocol: known, address, .. }
                if address == at && (known == "tcp" || known == protocol))
        })?;
        if let What::Listen { protocol: known, .. } = &mut self.out.effects[id].0.what {
            protocol.clone_into(known);
        }
        Some(id)
    }

    /// The type of a local variable.
    #[must_use]
    pub fn type_of(&self, name: &str) -> Option<&Ty> {
        self.local(name).map(|val| &val.ty)
    }

    /// The method of a type of the project that a library will call.
    pub fn method(&mut self, of: &Ty, name: &str) -> Option<FnId> {
        if !matches!(of, Ty::Adt(..)) {
            return None;
        }
        self.methods_of(of, name).first().copied()
    }

    /// What a type of the project says that it gives, by the name of the associated type of a trait of others.
    #[must_use]
    pub fn associated(&self, of: &Ty, names: &[&str]) -> Option<Ty> {
        let Ty::Adt(adt, _) = of else { return None };
        let program = self.program();
        program.callbacks.get(adt)?.iter().find_map(|id| {
            let types = &program.impls[*id].types;
            let ty = names.iter().find_map(|name| types.get(*name))?;
            Some(program.ty(&program.scope_of_impl(*id), ty))
        })
    }

    /// A function that a library will run.
    pub fn runs(&mut self, function: FnId) {
        self.out.calls.insert(function);
        self.served(function);
    }

    /// Attributes of a function.
    #[must_use]
    pub fn attributes(&self, function: FnId) -> &'a [Attribute] {
        self.program().functions[function].attributes
    }

    /// The functions of the project that have attributes: their names, and those.
    pub fn attributed(&self) -> impl Iterator<Item = (&str, &[Attribute])> {
        let functions = self.program().functions.iter().filter(|function| !function.attributes.is_empty());
        functions.map(|function| (function.path.rsplit("::").next().unwrap_or_default(), function.attributes))
    }

    /// Whether an expression names a function of the project.
    #[must_use]
    pub fn is_own_function(&self, callee: &Expr) -> bool {
        let ExprKind::Path(path) = &*callee.kind else { return false };
        let names: Vec<&str> = path.segments.iter().map(|segment| segment.name.as_str()).collect();
        let defs = self.program().resolve(self.scope.module, &names);
        path.of.is_none() && defs.iter().any(|def| matches!(def, Def::Function(_)))
    }

    /// Whether a name is a parameter of the function around whose texts stand in the program: `name: &'static str`.
    #[must_use]
    pub fn is_text_of_the_program(&self, name: &str) -> bool {
        let parameters = &self.program().functions[self.function].tree.parameters;
        parameters
            .iter()
            .any(|(pattern, ty)| matches!(pattern, Pattern::Name(of, _) if of == name) && matches!(ty, Type::Static(_)))
    }

    /// Where a function stands.
    #[must_use]
    pub fn function_place(&self, function: FnId) -> Span {
        let of = &self.program().functions[function];
        let file: Arc<str> = self.program().file_of(function).into();
        Span::new(file, (of.at.line, of.at.column), (of.at.end_line, of.at.end_column))
    }

    /// Name of a type of the project.
    #[must_use]
    pub fn adt_name(&self, adt: AdtId) -> &'a str {
        self.program().adts[adt].name
    }

    /// Whether values of a type of the project hold nothing: a unit struct, an enum of mere names.
    #[must_use]
    pub fn is_bare(&self, adt: AdtId) -> bool {
        let of = &self.program().adts[adt];
        of.fields.is_empty() && of.variants.iter().all(|variant| variant.fields.is_empty())
    }

    /// Routes registered on a configuration that was given: they flow back with the result.
    pub fn configures(&mut self, routes: &[Arc<RouteVal>]) {
        self.gives_away(routes);
        let val = Val { routes: routes.to_vec(), ..Val::default() };
        self.out.flows.push((Slot::Return(self.function), val));
    }

    /// Routes given to something of which nothing is known.
    pub fn gives_away(&mut self, routes: &[Arc<RouteVal>]) {
        for route in routes {
            if !self.out.loose.contains(route) {
                self.out.loose.push(route.clone());
            }
        }
    }

    /// A server is given state for its handlers.
    pub fn hands_over(&mut self, state: &Val) {
        let clients = self.held(state);
        if !clients.is_empty() {
            let held = self.outward(&Val { clients, ..Val::default() });
            self.out.flows.push((Slot::State, held));
        }
    }

    /// The clients of a value, those of its fields included.
    pub fn held(&mut self, val: &Val) -> Vec<Arc<Spec>> {
        let mut held = Val::default();
        self.held_clients(val, &mut held, 0);
        held.clients
    }

    /// The clients of a value and, where it is a type of the project, of its fields.
    fn held_clients(&mut self, val: &Val, into: &mut Val, depth: usize) {
        for spec in &val.clients {
            into.add_client(spec.clone());
        }
        if depth >= MAX_STATE_DEPTH {
            return;
        }
        for ty in val.ty.alternatives() {
            let Ty::Adt(adt, _) = ty else { continue };
            for field in self.program().adts[*adt].fields {
                let held = self.field_of(*adt, None, &field.name, ty);
                self.held_clients(&held, into, depth + 1);
            }
        }
    }

    /// The clients that a value of the project gives to code which is not there: what the methods of its traits give back.
    /// That code calls them.
    pub fn given_by(&mut self, val: &Val, at: Range, want: &Want) -> Vec<Arc<Spec>> {
        let mut given = Val::default();
        for ty in val.ty.alternatives() {
            let Ty::Adt(adt, _) = ty else { continue };
            let methods = self.program().methods.get(adt).into_iter().flat_map(|by_name| by_name.values().flatten());
            let of_trait = |id: &&usize| {
                let of = self.program().functions[**id].in_impl.map(|id| &self.program().impls[id]);
                of.is_some_and(|of| matches!(of.of_trait, Some(Def::Trait(_))))
            };
            let mut functions: Vec<usize> = methods.filter(of_trait).copied().collect();
            functions.sort_unstable();
            for function in &functions {
                self.out.calls.insert(*function);
                let answer = self.read(Slot::Return(*function)).map(|answer| answer.clients.clone());
                answer.into_iter().flatten().for_each(|spec| given.add_client(spec));
            }
            if !functions.is_empty() {
                let at = self.span(at);
                self.add_steps(vec![Step::Call { functions, failure: want.failure, at }]);
            }
        }
        given.clients
    }

    /// The clients among the state of servers that may be of a third-party type: those of its crate, else of its family.
    pub fn handed(&mut self, ty: &Ty) -> Vec<Arc<Spec>> {
        let Some((krate, _)) = ty.extern_name() else { return Vec::new() };
        let known = self.read(Slot::State).map(|state| state.clients.clone()).unwrap_or_default();
        let of_crate = |spec: &&Arc<Spec>| spec.library.replace('-', "_") == krate;
        let own: Vec<Arc<Spec>> = known.iter().filter(of_crate).cloned().collect();
        if !own.is_empty() {
            return own;
        }
        known.into_iter().filter(|spec| libraries::are_of_one(krate, &spec.library)).collect()
    }

    /// A path inside the function's package, from the project's root.
    #[must_use]
    pub fn in_package(&self, path: &str) -> String {
        let of_crate = self.program().modules[self.scope.module].of_crate;
        let package = self.program().crates[of_crate].package;
        let folder = self.context.folders.get(package).map_or("", String::as_str);
        let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        parts.join("/")
    }

    /// The name of the crate that the code is in.
    #[must_use]
    pub fn package(&self) -> &str {
        &self.context.program.crates[self.program().modules[self.scope.module].of_crate].name
    }

    /// A statement on a relational database.
    pub fn sql(
        &mut self,
        library: &str,
        technology: &str,
        text: Value,
        clients: Vec<Arc<Spec>>,
        at: Range,
        want: &Want,
    ) -> usize {
        let what = What::Sql { technology: technology.to_owned(), text, statement: None };
        self.effect(what, library, clients, at, want)
    }

    /// A route of a server.
    pub fn route(&mut self, route: &RouteVal, call: &LibraryCall) {
        let what = What::Route { verb: route.verb.clone(), path: route.path.clone(), handler: route.handler };
        let effect = self.effect(what, &route.library, Vec::new(), call.at, &call.want);
        self.set_place(effect, route.at.clone());
        if route.streams {
            self.set_option(effect, "streams", Value::Bool(true));
        }
        if let Some(closure) = &route.closure {
            self.out.closure_routes.push((effect, closure.clone()));
        }
    }

    /// What handles a route. What a closure does is taken out of the code around: it is done when a request comes, and
    /// not where the route is registered.
    pub fn handler(&mut self, argument: &mut Argument, at: Range) -> Handler {
        let function = argument.val.ty.alternatives().iter().find_map(|ty| match ty {
            Ty::Function(id) => Some(*id),
            _ => None,
        });
        if let Some(function) = function {
            self.runs(function);
            let signature = self.context.signature(function);
            let streams = signature.parameters.iter().chain([&signature.result]).any(libraries::streams);
            return Handler { function: Some(function), closure: None, streams };
        }
        if !argument.is_closure && (argument.name.is_none() || argument.steps.is_empty()) {
            return Handler::default();
        }
        let at = self.span(at);
        self.out.closures.push((at.clone(), std::mem::take(&mut argument.steps)));
        Handler { function: None, closure: Some(at), streams: libraries::streams(&argument.val.ty) }
    }
}

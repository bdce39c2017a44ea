//! A checked expression and an entity into a value. Kleene's logic: an unknown input makes the result unknown unless
//! the rest decides it. Never panics; work is bounded by a number of steps.

use std::cell::Cell;

use super::Scope;
use super::arithmetic::{all, any, arithmetic, compare, equal, negate, not};
use super::expression::{Each, Expr};
use super::functions::call;
use super::value::{Value, unknown};

/// The most steps of one evaluation: nested macros over long lists end in unknown, not in a hang.
const MAX_STEPS: u32 = 1_000_000;

pub(super) fn evaluate(expr: &Expr, scope: Scope<'_>) -> Value {
    let machine = Machine { scope, steps: Cell::new(0) };
    machine.value(expr, &mut Vec::new())
}

struct Machine<'a> {
    scope: Scope<'a>,
    steps: Cell<u32>,
}

impl Machine<'_> {
    fn value(&self, expr: &Expr, locals: &mut Vec<Value>) -> Value {
        if self.steps.get() >= MAX_STEPS {
            return Value::because(format!("an evaluation of more than {MAX_STEPS} steps"));
        }
        self.steps.set(self.steps.get() + 1);
        match expr {
            Expr::Literal(value) => value.clone(),
            Expr::Entity => Value::Entity(self.scope.entity),
            Expr::Param(name) => {
                self.scope.params.get(&**name).map_or_else(|| Value::because(format!("params.{name}")), Value::from)
            }
            Expr::Local(slot) => locals.get(*slot).cloned().unwrap_or(Value::Null),
            Expr::Field(of, name) => match self.value(of, locals) {
                Value::Entity(entity) => self.scope.model.read(entity, name).into(),
                Value::Null => Value::Null,
                Value::Unknown(missing) => Value::Unknown(missing),
                _ => Value::because(format!("field `{name}` of what is no entity")),
            },
            Expr::Index(list, index) => self.index(list, index, locals),
            Expr::List(elements) => Value::List(elements.iter().map(|element| self.value(element, locals)).collect()),
            Expr::Not(of) => not(&self.value(of, locals)),
            Expr::Negate(of) => negate(&self.value(of, locals)),
            Expr::And(left, right) => match self.value(left, locals) {
                Value::Bool(false) => Value::Bool(false),
                left => all(&[left, self.value(right, locals)]),
            },
            Expr::Or(left, right) => match self.value(left, locals) {
                Value::Bool(true) => Value::Bool(true),
                left => any(&[left, self.value(right, locals)]),
            },
            Expr::If(condition, then, otherwise) => self.choose(condition, then, otherwise, locals),
            Expr::Compare(comparison, left, right) => {
                compare(*comparison, &self.value(left, locals), &self.value(right, locals))
            }
            Expr::Arithmetic(operation, left, right) => {
                arithmetic(*operation, &self.value(left, locals), &self.value(right, locals))
            }
            Expr::In(element, list) => self.contained(element, list, locals),
            Expr::Each(each, range, body) => self.each(*each, range, body, locals),
            Expr::Call(function, args) => {
                let args: Vec<Value> = args.iter().map(|arg| self.value(arg, locals)).collect();
                call(*function, &args)
            }
            Expr::Matches(text, pattern) => match self.value(text, locals) {
                Value::Text(text) => Value::Bool(pattern.is_match(&text)),
                Value::Unknown(missing) => Value::Unknown(missing),
                _ => Value::because("an absent text"),
            },
        }
    }

    fn index(&self, list: &Expr, index: &Expr, locals: &mut Vec<Value>) -> Value {
        let (list, index) = (self.value(list, locals), self.value(index, locals));
        match (&list, &index) {
            (Value::Unknown(_), _) | (_, Value::Unknown(_)) => unknown([&list, &index]),
            (Value::List(values), Value::Int(at)) => usize::try_from(*at)
                .ok()
                .and_then(|at| values.get(at))
                .cloned()
                .unwrap_or_else(|| Value::because(format!("element {at} of a list of {}", values.len()))),
            _ => Value::because("an absent list"),
        }
    }

    /// With an unknown condition the result is known only where both branches agree.
    fn choose(&self, condition: &Expr, then: &Expr, otherwise: &Expr, locals: &mut Vec<Value>) -> Value {
        match self.value(condition, locals) {
            Value::Bool(true) => self.value(then, locals),
            Value::Bool(false) => self.value(otherwise, locals),
            condition => {
                let (then, otherwise) = (self.value(then, locals), self.value(otherwise, locals));
                if equal(&then, &otherwise) == Value::Bool(true) {
                    return then;
                }
                let Value::Unknown(_) = condition else {
                    return Value::because("an absent value before `?`");
                };
                unknown([&condition, &then, &otherwise])
            }
        }
    }

    fn contained(&self, element: &Expr, list: &Expr, locals: &mut Vec<Value>) -> Value {
        let (element, list) = (self.value(element, locals), self.value(list, locals));
        match &list {
            Value::List(values) => {
                let found: Vec<Value> = values.iter().map(|value| equal(&element, value)).collect();
                any(&found)
            }
            Value::Unknown(_) => unknown([&element, &list]),
            _ => Value::because("an absent list"),
        }
    }

    fn each(&self, each: Each, range: &Expr, body: &Expr, locals: &mut Vec<Value>) -> Value {
        let values = match self.value(range, locals) {
            Value::List(values) => values,
            Value::Unknown(missing) => return Value::Unknown(missing),
            _ => return Value::because("an absent list"),
        };
        let mut results = Vec::with_capacity(values.len());
        for value in values.iter() {
            locals.push(value.clone());
            let result = self.value(body, locals);
            locals.pop();
            let decided = match each {
                Each::Exists => result == Value::Bool(true),
                Each::All => result == Value::Bool(false),
                Each::ExistsOne | Each::Filter | Each::Map => false,
            };
            results.push(result);
            if decided {
                break;
            }
        }
        match each {
            Each::Exists => any(&results),
            Each::All => all(&results),
            Each::ExistsOne => one(&results),
            // Whether an element stays is part of the list: with one such question open, the list is.
            Each::Filter if results.iter().any(|result| !matches!(result, Value::Bool(_))) => unknown(&results),
            Each::Filter => Value::List(
                values
                    .iter()
                    .zip(&results)
                    .filter(|(_, keep)| **keep == Value::Bool(true))
                    .map(|(value, _)| value.clone())
                    .collect(),
            ),
            Each::Map => Value::List(results.into()),
        }
    }
}

fn one(results: &[Value]) -> Value {
    let hits = results.iter().filter(|result| **result == Value::Bool(true)).count();
    if hits > 1 {
        return Value::Bool(false);
    }
    if results.iter().any(Value::is_unknown) {
        return unknown(results);
    }
    Value::Bool(hits == 1)
}

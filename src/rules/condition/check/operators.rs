//! Operators: which types they take, and what is known not to be null behind them.

use super::types::Ty;
use super::{Checked, Checker};
use crate::config::suggest;
use crate::rules::condition::expression::Expr;
use crate::rules::condition::guard::Known;
use crate::rules::condition::tree::{Comparison, Node, Operation, Tree};

const MIXED: &str = "write `double(…)` around the int, or `ceil(…)` around the double";

impl Checker<'_> {
    fn truth(&mut self, tree: &Tree, known: &Known, place: &str) -> Option<Checked> {
        let checked = self.sure(tree, known)?;
        if checked.ty != Ty::Bool {
            self.fail(tree.at, format!("{place} is {}, expected bool", checked.ty), "");
            return None;
        }
        Some(checked)
    }

    pub(super) fn not(&mut self, of: &Tree, known: &Known) -> Option<Checked> {
        let of = self.truth(of, known, "what follows `!`")?;
        let (when_true, when_false) = (of.when_false, of.when_true);
        Some(Checked { when_true, when_false, ..Checked::new(Expr::Not(Box::new(of.expr)), Ty::Bool) })
    }

    pub(super) fn negate(&mut self, of: &Tree, known: &Known) -> Option<Checked> {
        let checked = self.sure(of, known)?;
        if !checked.ty.is_number() {
            self.fail(of.at, format!("what follows `-` is {}, expected a number", checked.ty), "");
            return None;
        }
        Some(Checked::new(Expr::Negate(Box::new(checked.expr)), checked.ty))
    }

    pub(super) fn and(&mut self, left: &Tree, right: &Tree, known: &Known) -> Option<Checked> {
        let checked = self.truth(left, known, "the left side of `&&`");
        let behind = checked.as_ref().map_or_else(|| known.clone(), |left| known.and(&left.when_true));
        let right = self.truth(right, &behind, "the right side of `&&`")?;
        let left = checked?;
        Some(Checked {
            when_true: left.when_true.and(&right.when_true),
            when_false: left.when_false.or(&right.when_false),
            ..Checked::new(Expr::And(Box::new(left.expr), Box::new(right.expr)), Ty::Bool)
        })
    }

    pub(super) fn or(&mut self, left: &Tree, right: &Tree, known: &Known) -> Option<Checked> {
        let checked = self.truth(left, known, "the left side of `||`");
        let behind = checked.as_ref().map_or_else(|| known.clone(), |left| known.and(&left.when_false));
        let right = self.truth(right, &behind, "the right side of `||`")?;
        let left = checked?;
        Some(Checked {
            when_true: left.when_true.or(&right.when_true),
            when_false: left.when_false.and(&right.when_false),
            ..Checked::new(Expr::Or(Box::new(left.expr), Box::new(right.expr)), Ty::Bool)
        })
    }

    pub(super) fn choose(&mut self, condition: &Tree, then: &Tree, otherwise: &Tree, known: &Known) -> Option<Checked> {
        let decider = self.truth(condition, known, "what stands before `?`")?;
        let yes = self.check(then, &known.and(&decider.when_true));
        let no = self.check(otherwise, &known.and(&decider.when_false));
        let (yes, no) = (yes?, no?);
        let ty = match (&yes.ty, &no.ty) {
            (Ty::Null, ty) | (ty, Ty::Null) => Some(ty.clone()),
            (a, b) => a.unite(b),
        };
        let Some(ty) = ty else {
            self.fail(otherwise.at, format!("the branches are {} and {}, expected one type", yes.ty, no.ty), MIXED);
            return None;
        };
        let nullable = yes.nullable || no.nullable || yes.ty == Ty::Null || no.ty == Ty::Null;
        let expr = Expr::If(Box::new(decider.expr), Box::new(yes.expr), Box::new(no.expr));
        Some(Checked { nullable, optional: nullable, ..Checked::new(expr, ty) })
    }

    pub(super) fn compare(
        &mut self,
        at: usize,
        comparison: Comparison,
        left: &Tree,
        right: &Tree,
        known: &Known,
    ) -> Option<Checked> {
        let operand = |checker: &mut Self, tree: &Tree| {
            if comparison.is_equality() { checker.check(tree, known) } else { checker.sure(tree, known) }
        };
        let (a, b) = (operand(self, left), operand(self, right));
        let (a, b) = (a?, b?);
        if let Some(path) = self.compared_with_null(at, &a, &b)? {
            let known = Known::one(&path);
            let expr = Expr::Compare(comparison, Box::new(a.expr), Box::new(b.expr));
            let checked = Checked::new(expr, Ty::Bool);
            return Some(if comparison == Comparison::Equal {
                Checked { when_false: known, ..checked }
            } else {
                Checked { when_true: known, ..checked }
            });
        }
        if a.ty.unite(&b.ty).is_none() {
            let help = if a.ty.is_number() && b.ty.is_number() { MIXED } else { "" };
            self.fail(at, format!("`{}` compares {} with {}", comparison.sign(), a.ty, b.ty), help);
            return None;
        }
        let ordered = matches!(a.ty, Ty::Int | Ty::Double | Ty::Text);
        if !comparison.is_equality() && !ordered {
            self.fail(at, format!("`{}` orders numbers and texts, and this is {}", comparison.sign(), a.ty), "");
            return None;
        }
        self.vocabulary(a.values, right);
        self.vocabulary(b.values, left);
        let mut checked = Checked::new(Expr::Compare(comparison, Box::new(a.expr), Box::new(b.expr)), Ty::Bool);
        // What equals something that is there, is there.
        let equal = match (a.nullable, b.nullable) {
            (true, false) => a.path.as_deref().map(Known::one).unwrap_or_default(),
            (false, true) => b.path.as_deref().map(Known::one).unwrap_or_default(),
            _ => Known::default(),
        };
        match comparison {
            Comparison::Equal => checked.when_true = equal,
            Comparison::NotEqual => checked.when_false = equal,
            _ => {}
        }
        Some(checked)
    }

    /// The path that is compared with null, if one is. Outer `None`: the comparison can never hold.
    #[allow(clippy::option_option, reason = "the outer one is the checker's way to say that it failed")]
    fn compared_with_null(&mut self, at: usize, a: &Checked, b: &Checked) -> Option<Option<String>> {
        let value = match (&a.ty, &b.ty) {
            (Ty::Null, Ty::Null) => {
                self.fail(at, "null is compared with null", "");
                return None;
            }
            (Ty::Null, _) => b,
            (_, Ty::Null) => a,
            _ => return Some(None),
        };
        if !value.optional {
            let path = value.path.as_deref().unwrap_or("this value");
            let help = "leave the comparison out; an unknown field needs no test";
            self.fail(at, format!("`{path}` is never null"), help);
            return None;
        }
        Some(Some(value.path.clone().unwrap_or_default()))
    }

    /// A text that a field can never be makes a rule quiet for ever.
    pub(super) fn vocabulary(&mut self, values: &'static [&'static str], literal: &Tree) {
        if values.is_empty() {
            return;
        }
        match &literal.node {
            Node::Text(text) if !values.contains(&&**text) => {
                let help = suggest::advice(text, values.iter().copied());
                self.fail(literal.at, format!("it is never \"{text}\""), help);
            }
            Node::List(elements) => {
                for element in elements {
                    if matches!(element.node, Node::Text(_)) {
                        self.vocabulary(values, element);
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn arithmetic(
        &mut self,
        at: usize,
        operation: Operation,
        left: &Tree,
        right: &Tree,
        known: &Known,
    ) -> Option<Checked> {
        let (a, b) = (self.sure(left, known), self.sure(right, known));
        let (a, b) = (a?, b?);
        let texts = operation == Operation::Add && a.ty == Ty::Text && b.ty == Ty::Text;
        if a.ty != b.ty || !(a.ty.is_number() || texts) {
            let help = if a.ty.is_number() && b.ty.is_number() { MIXED } else { "" };
            self.fail(
                at,
                format!("`{}` takes two numbers of one type, and met {} and {}", operation.sign(), a.ty, b.ty),
                help,
            );
            return None;
        }
        let expr = Expr::Arithmetic(operation, Box::new(a.expr), Box::new(b.expr));
        Some(Checked::new(expr, a.ty))
    }

    pub(super) fn contained(&mut self, at: usize, element: &Tree, list: &Tree, known: &Known) -> Option<Checked> {
        let (a, b) = (self.check(element, known), self.sure(list, known));
        let (a, b) = (a?, b?);
        let Ty::List(of) = &b.ty else {
            let help = if b.ty == Ty::Text { "use `text.contains(part)`" } else { "" };
            self.fail(at, format!("`in` looks into a list, and this is {}", b.ty), help);
            return None;
        };
        if a.ty == Ty::Null || of.unite(&a.ty).is_none() {
            self.fail(at, format!("{} is never in {}", a.ty, b.ty), "");
            return None;
        }
        self.vocabulary(a.values, list);
        let when_true =
            if a.nullable { a.path.as_deref().map(Known::one).unwrap_or_default() } else { Known::default() };
        Some(Checked { when_true, ..Checked::new(Expr::In(Box::new(a.expr), Box::new(b.expr)), Ty::Bool) })
    }
}

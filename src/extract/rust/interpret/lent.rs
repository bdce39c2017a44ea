//! What a function puts into a text or a statement that it is lent (`fn filter(text: &mut String, …)`): the variable of the
//! caller holds it from there on. Only small functions are followed for it, with the very values of the call.

use super::eval::Eval;
use super::results::{MAX_INLINE, MAX_SMALL};
use super::val::Val;
use super::want::Want;
use crate::extract::rust::names::FnId;
use crate::extract::rust::tree::{Block, Pattern, Statement, Type};

/// Types that are put together bit by bit.
const GROWING: &[&str] = &["String", "QueryBuilder"];

impl<'a> Eval<'_, 'a> {
    /// Gives back to the variables of these names what the function has put into them.
    pub(super) fn lend(&mut self, functions: &[FnId], this: Option<&Val>, names: &[Option<String>], vals: &[Val]) {
        let [function] = functions else { return };
        let of = &self.program().functions[*function];
        let lent: Vec<(&str, &str)> = of
            .tree
            .parameters
            .iter()
            .zip(names)
            .filter_map(|((pattern, ty), name)| match (pattern, name) {
                (Pattern::Name(parameter, None), Some(name)) if grows(ty) => Some((name.as_str(), parameter.as_str())),
                _ => None,
            })
            .collect();
        let Some(body) = of.tree.body.as_ref().filter(|body| body.statements.len() <= MAX_SMALL) else { return };
        if lent.is_empty() || self.inlined >= MAX_INLINE {
            return;
        }
        let after = self.with_values(*function, this, vals, |eval| {
            eval.in_place(body);
            let ends = lent.iter().map(|(name, parameter)| (*name, eval.local(parameter).cloned()));
            ends.collect::<Vec<_>>()
        });
        for (name, after) in after {
            let (Some(before), Some(after)) = (self.local(name).cloned(), after) else { continue };
            if (&before.value, &before.build) != (&after.value, &after.build) {
                self.assign(name, Val { value: after.value, build: after.build, ..before });
            }
        }
    }

    /// The statements of a body in the scope of its parameters: no branch stands between, so what they change is changed.
    fn in_place(&mut self, body: &'a Block) {
        for statement in &body.statements {
            match statement {
                Statement::Let { pattern, value: Some(value), .. } => {
                    let val = self.expr(value, &Want::default());
                    self.bind(pattern, &val);
                }
                Statement::Expr(expr, _) => {
                    self.expr(expr, &Want::default());
                }
                Statement::Let { value: None, .. } | Statement::Item(_) => {}
            }
        }
    }
}

/// Whether a parameter is lent something that grows.
fn grows(ty: &Type) -> bool {
    let Type::Reference(of) = ty else { return false };
    matches!(&**of, Type::Path(path) if path.segments.last().is_some_and(|last| GROWING.contains(&last.name.as_str())))
}

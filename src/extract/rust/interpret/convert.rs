//! Conversions that the project writes: `.into()`, `.try_into()` and `.parse()` run an impl of `From`, `TryFrom` or `FromStr`,
//! also one for `Box<dyn Trait>`. Which one is told by the type of the receiver and by the type that is expected.

use super::eval::Eval;
use super::val::Val;
use super::want::Want;
use crate::extract::rust::names::{Def, FnId, Program};
use crate::extract::rust::tree::Range;
use crate::extract::rust::types::{Ty, TyScope};

/// An impl of a conversion.
#[derive(Debug)]
pub struct Conversion {
    /// `from`, `try_from`, `from_str`.
    method: &'static str,
    /// The function.
    function: FnId,
    /// What it takes.
    from: Ty,
    /// What it makes.
    to: Ty,
}

/// The traits with their functions.
const TRAITS: &[(&str, &str)] = &[("From", "from"), ("TryFrom", "try_from"), ("FromStr", "from_str")];

/// All conversions of a program.
pub(super) fn conversions(program: &Program<'_>) -> Vec<Conversion> {
    let mut all = Vec::new();
    for (id, of) in program.impls.iter().enumerate() {
        let Some(Def::Extern(path)) = &of.of_trait else { continue };
        let name = path.rsplit("::").next().unwrap_or(path);
        let Some((_, method)) = TRAITS.iter().find(|(known, _)| *known == name) else { continue };
        let Some(function) = of.functions.get(method).copied() else { continue };
        let Some((_, from)) = program.functions[function].tree.parameters.first() else { continue };
        let scope: TyScope<'_> = program.scope_of(function);
        let from = program.ty(&scope, from);
        all.push(Conversion { method, function, from, to: program.scope_of_impl(id).self_ty });
    }
    all
}

impl Eval<'_, '_> {
    /// What the project's own conversion makes of a value; `None` if there is none that fits.
    pub fn converted(&mut self, this: &Val, name: &str, expected: Option<&Ty>, at: Range, want: &Want) -> Option<Val> {
        let methods: &[&str] = match name {
            "into" => &["from"],
            "try_into" => &["try_from", "from"],
            _ => &["from_str"],
        };
        let expected = expected.filter(|ty| !ty.is_unknown());
        for method in methods {
            let functions = self.fitting(method, &this.ty, expected);
            if !functions.is_empty() {
                return Some(self.call_functions(functions, None, vec![this.clone()], &[], at, want));
            }
        }
        None
    }

    fn fitting(&self, method: &str, from: &Ty, to: Option<&Ty>) -> Vec<FnId> {
        let all = self.context.conversions().iter().filter(|of| of.method == method);
        let mut found: Vec<&Conversion> = Vec::new();
        for of in all {
            let takes = method == "from_str" || from.alternatives().iter().any(|ty| same(&of.from, ty));
            let fits = match to {
                // Without an expected type, only a type of the project tells which conversions of it there are.
                None | Some(Ty::Bound(_, _) | Ty::Several(_)) if method != "from_str" => {
                    let meant = to.is_none_or(|to| !matches!(of.to, Ty::Bound(..)) || same(&of.to, to));
                    takes && meant && matches!(of.from, Ty::Adt(..))
                }
                Some(to) => (takes || from.is_unknown()) && same(&of.to, to),
                None => false,
            };
            if fits {
                found.push(of);
            }
        }
        // Of a value that nothing is known of, the only one that makes what is expected.
        if from.is_unknown() && found.len() > 1 && method != "from_str" {
            return Vec::new();
        }
        found.iter().map(|of| of.function).collect()
    }
}

/// Whether two types are the same as far as they matter here.
fn same(declared: &Ty, actual: &Ty) -> bool {
    match (declared, actual) {
        (Ty::Adt(a, _), Ty::Adt(b, _)) => a == b,
        (Ty::Bound(_, a), Ty::Bound(_, b)) => !a.is_empty() && a == b,
        (Ty::Extern(a, _), Ty::Extern(b, _)) => a == b || (is_text(declared) && is_text(actual)),
        (Ty::List(a, _), Ty::List(b, _)) => same(a, b),
        (Ty::Tuple(a), Ty::Tuple(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b)),
        (Ty::Grpc(a), Ty::Grpc(b)) => a == b,
        _ => false,
    }
}

fn is_text(ty: &Ty) -> bool {
    matches!(ty.extern_name(), Some((_, "str" | "String")))
}

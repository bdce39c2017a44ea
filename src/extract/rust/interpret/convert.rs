//! Conversions that the project writes: which `From` impl an `into` means.

use foldhash::HashMap;

use super::{Context, Eval};
use crate::extract::rust::names::{AdtId, Def, FnId};
use crate::extract::rust::types::Ty;

/// Conversions by the type of the project that they take: function, and the type that it gives.
pub type Conversions = HashMap<AdtId, Vec<(FnId, Ty)>>;

impl Context<'_> {
    fn conversions(&self) -> &Conversions {
        self.conversions.get_or_init(|| {
            let mut found = Conversions::default();
            for (id, of) in self.program.impls.iter().enumerate() {
                let Some(Def::Extern(path)) = &of.of_trait else { continue };
                let name = match path.rsplit("::").next() {
                    Some("From") => "from",
                    Some("TryFrom") => "try_from",
                    _ => continue,
                };
                let Some(function) = of.functions.get(name) else { continue };
                if let Some(Ty::Adt(taken, _)) = self.signature(*function).parameters.first() {
                    let given = self.program.scope_of_impl(id).self_ty;
                    found.entry(*taken).or_default().push((*function, given));
                }
            }
            found
        })
    }
}

impl Eval<'_, '_> {
    /// The functions that `x.into()` calls: those of the type that is expected; where none is known, the only one.
    pub(super) fn conversions(&self, from: &Ty, expected: Option<&Ty>) -> Vec<FnId> {
        let Ty::Adt(from, _) = from else { return Vec::new() };
        let all = self.context.conversions().get(from).map_or(&[][..], Vec::as_slice);
        match (expected.filter(|ty| !ty.is_open()), all) {
            (Some(expected), _) => {
                all.iter().filter(|(_, given)| same(given, expected)).map(|(function, _)| *function).collect()
            }
            (None, [(function, _)]) => vec![*function],
            (None, _) => Vec::new(),
        }
    }
}

/// Whether two types are one, their arguments aside.
fn same(a: &Ty, b: &Ty) -> bool {
    match (a, b) {
        (Ty::Adt(a, _), Ty::Adt(b, _)) => a == b,
        (Ty::Extern(a, _), Ty::Extern(b, _)) => a.rsplit("::").next() == b.rsplit("::").next(),
        (a, b) => a == b,
    }
}

//! Functions to whether the program fails with them: all of their callers may go on without what they give.

use std::collections::{BTreeMap, BTreeSet};

use super::interpret::Reading;
use crate::facts::rust::{Failure, Function, FunctionId, RustFacts, Step};
use crate::span::Span;

/// What a read of a variable leaves to others to say.
#[derive(Clone, Copy, Debug)]
pub enum LeftOpen {
    /// Nothing.
    No,
    /// Whether the program fails without it: to the callers of the function.
    ToCallers,
    /// The same, to the read of the function by itself: this one is it again, within another function.
    ToItself,
}

impl LeftOpen {
    /// What a reading leaves open.
    #[must_use]
    pub fn of(reading: &Reading) -> Self {
        match (reading.passed_on, reading.inlined) {
            (false, _) => Self::No,
            (true, false) => Self::ToCallers,
            (true, true) => Self::ToItself,
        }
    }
}

/// Settles which variables the program fails without.
pub fn settle(facts: &mut RustFacts, left_open: &[LeftOpen], main: FunctionId) {
    let fatal = fatal(&facts.functions, main);
    let mut survived: BTreeSet<Span> = BTreeSet::new();
    let mut needed: BTreeSet<Span> = BTreeSet::new();
    for (read, _) in facts.reads.iter_mut().zip(left_open).filter(|(_, open)| matches!(open, LeftOpen::ToCallers)) {
        read.required &= fatal[read.function];
        let of = if read.required { &mut needed } else { &mut survived };
        of.insert(read.at.clone());
    }
    for (read, _) in facts.reads.iter_mut().zip(left_open).filter(|(_, open)| matches!(open, LeftOpen::ToItself)) {
        read.required &= needed.contains(&read.at) || !survived.contains(&read.at);
    }
}

/// By function, whether a failure that it passes on ends what the program does. One that nothing is seen to call (a
/// handler, a callback) ends that.
fn fatal(functions: &[Function], main: FunctionId) -> Vec<bool> {
    let mut callers: BTreeMap<FunctionId, Vec<(FunctionId, Failure)>> = BTreeMap::new();
    for (caller, of) in functions.iter().enumerate() {
        calls(&of.steps, &mut |callee, failure| callers.entry(callee).or_default().push((caller, failure)));
    }
    let mut fatal: Vec<bool> = (0..functions.len()).map(|id| id == main || !callers.contains_key(&id)).collect();
    loop {
        let found: Vec<FunctionId> = callers
            .iter()
            .filter(|(callee, of)| {
                !fatal[**callee] && of.iter().any(|(caller, failure)| ends(*failure, *caller, main, &fatal))
            })
            .map(|(callee, _)| *callee)
            .collect();
        if found.is_empty() {
            return fatal;
        }
        found.into_iter().for_each(|id| fatal[id] = true);
    }
}

/// Whether a caller fails with what it calls. A `main` that only logs a failure has nothing left to do.
fn ends(failure: Failure, caller: FunctionId, main: FunctionId, fatal: &[bool]) -> bool {
    match failure {
        Failure::Panics => true,
        Failure::Propagated => fatal[caller],
        Failure::Logged => caller == main,
        Failure::Defaulted | Failure::Ignored | Failure::FallsBack => false,
    }
}

fn calls(steps: &[Step], see: &mut dyn FnMut(FunctionId, Failure)) {
    for step in steps {
        if let Step::Call { functions, failure, .. } = step {
            functions.iter().for_each(|callee| see(*callee, *failure));
        }
        step.inside().into_iter().for_each(|steps| calls(steps, see));
    }
}

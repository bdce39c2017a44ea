//! What is known not to be absent at a place of a condition, because a comparison with null stands before it.

use std::collections::BTreeSet;

/// Paths that are known not to be null, as they are written: `edge.deadline_ms`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(BTreeSet<String>);

impl Known {
    pub(super) fn one(path: &str) -> Self {
        Self(BTreeSet::from([path.to_owned()]))
    }

    pub(super) fn holds(&self, path: &str) -> bool {
        self.0.contains(path)
    }

    /// What is known when both hold.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }

    /// What is known when one of two holds, whichever.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }
}

//! What the code around an expression makes of it.

use crate::extract::rust::types::Ty;
use crate::facts::rust::Failure;

/// What the code around an expression makes of it.
#[derive(Clone, Debug, Default)]
pub struct Want {
    /// What happens to its failure.
    pub failure: Failure,
    /// The type that is expected, if it is declared.
    pub expected: Option<Ty>,
}

impl Want {
    /// The same, with another failure.
    #[must_use]
    pub fn failing(&self, failure: Failure) -> Self {
        Self { failure, expected: self.expected.clone() }
    }
}

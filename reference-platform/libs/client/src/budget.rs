//! Retries in proportion to calls: when a callee is down, its callers must not hit it several times as hard.

use std::sync::{Mutex, PoisonError};

/// Tokens at hand when nothing failed for a while, so that a rare caller can retry too.
const RESERVE: f64 = 10.0;

/// Each call brings `ratio` of a token, each retry takes one.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    ratio: f64,
    tokens: Mutex<f64>,
}

impl RetryBudget {
    pub(crate) fn new(ratio: f64) -> Self {
        Self { ratio, tokens: Mutex::new(RESERVE) }
    }

    pub(crate) fn deposit(&self) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        *tokens = (*tokens + self.ratio).min(RESERVE);
    }

    /// Whether a retry may be made; it is paid for then.
    pub(crate) fn withdraw(&self) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = *tokens >= 1.0;
        if enough {
            *tokens -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callee_that_always_fails_sees_a_tenth_more() {
        let budget = RetryBudget::new(0.1);
        let retries = (0..1000)
            .filter(|_| {
                budget.deposit();
                budget.withdraw()
            })
            .count();
        assert!((108..=110).contains(&retries), "{retries}");
    }
}

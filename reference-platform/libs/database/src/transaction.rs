//! Transactions that are run again when another one was in the way.

use std::time::Duration;

use crate::{Error, Result, error};

const ATTEMPTS: u32 = 4;
/// Longest wait before the second attempt; it doubles from then on.
const WAIT: Duration = Duration::from_millis(20);

/// Runs `work`, which begins and commits a transaction, and runs it again from the beginning after a serialization failure or a
/// deadlock: four times at most, with random waits. A commit whose answer was lost is not repeated, it may have happened.
/// `work` has no effect outside of its transaction.
pub async fn retry<T, Work, Done>(mut work: Work) -> Result<T>
where
    Work: FnMut() -> Done,
    Done: Future<Output = Result<T>>,
{
    for attempt in 0..ATTEMPTS - 1 {
        match work().await {
            Err(Error::Database(error)) if error::conflicts(&error) => {
                metrics::counter!("db_transaction_retries_total").increment(1);
                tracing::debug!(attempt, %error, "transaction is run again");
                tokio::time::sleep(rand::random_range(Duration::ZERO..WAIT * 2_u32.pow(attempt))).await;
            }
            done => return done,
        }
    }
    work().await
}

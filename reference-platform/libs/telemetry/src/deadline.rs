//! When the answer to the request that is being served is of no use any more. The server sets it, clients pass on what is left.
//! It holds for the task that serves the request: what is spawned from it has none, nor has the body of a stream.

use std::time::{Duration, Instant};

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Runs `serving` with a deadline, or with the one around it where that is earlier.
pub async fn scope<F: Future>(deadline: Instant, serving: F) -> F::Output {
    let earliest = current().map_or(deadline, |outer| outer.min(deadline));
    DEADLINE.scope(earliest, serving).await
}

/// The deadline of the request that is being served.
pub fn current() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}

/// What is left of it: zero when it has passed, `None` when there is no deadline.
pub fn remaining() -> Option<Duration> {
    current().map(|deadline| deadline.saturating_duration_since(Instant::now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_earlier_deadline_counts() {
        let now = Instant::now();
        let (early, late) = (now + Duration::from_secs(1), now + Duration::from_secs(9));
        let inner = scope(early, async { scope(late, async { current() }).await }).await;
        assert_eq!(inner, Some(early));
        assert_eq!(remaining(), None);
    }
}

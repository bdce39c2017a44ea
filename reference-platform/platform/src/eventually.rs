//! Waiting for what comes by events.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::{Instant, sleep};

const PAUSE: Duration = Duration::from_millis(100);

/// What `look` gives as soon as it gives something; when it has given nothing within `limit`, its last error and `what` was waited for.
pub async fn eventually<T>(what: &str, limit: Duration, look: impl AsyncFn() -> Result<T>) -> Result<T> {
    let until = Instant::now() + limit;
    loop {
        match look().await {
            Ok(seen) => return Ok(seen),
            Err(error) if Instant::now() >= until => {
                return Err(error).with_context(|| format!("{what}: not within {} s", limit.as_secs()));
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use anyhow::bail;

    use super::*;

    #[tokio::test]
    async fn the_last_error_says_what_is_missing() {
        let looks = Cell::new(0);
        let third = async || {
            looks.set(looks.get() + 1);
            if looks.get() < 3 { bail!("look {}", looks.get()) } else { Ok(looks.get()) }
        };
        assert_eq!(eventually("the third", Duration::from_secs(5), third).await.unwrap(), 3);
        let error = eventually("a feed", Duration::ZERO, async || -> Result<()> { bail!("empty") }).await.unwrap_err();
        assert_eq!(format!("{error:#}"), "a feed: not within 0 s: empty");
    }
}

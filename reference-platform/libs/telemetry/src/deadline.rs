//! When the answer to the request that is being served is of no use any more. The server sets it, clients pass on what is left.
//! It holds for the task that serves the request: what is spawned from it has none, nor has the body of a stream.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue};

/// By which the protocol tells how much is left.
pub const HEADER: &str = "grpc-timeout";

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

/// The value of `grpc-timeout`: at most eight digits and a unit. Nothing when there is none, or one that cannot be read.
pub fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// `timeout` as a header, in the finest unit that eight digits have room for.
pub fn header(timeout: Duration) -> HeaderValue {
    const LARGEST: u128 = 99_999_999;
    let (number, unit) = if timeout.as_micros() <= LARGEST {
        (timeout.as_micros(), 'u')
    } else if timeout.as_millis() <= LARGEST {
        (timeout.as_millis(), 'm')
    } else {
        (u128::from(timeout.as_secs()).min(LARGEST), 'S')
    };
    // Digits and a letter can always stand in a header.
    HeaderValue::try_from(format!("{number}{unit}")).unwrap_or(HeaderValue::from_static("0u"))
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

    fn read(value: &'static str) -> Option<Duration> {
        timeout(&HeaderMap::from_iter([(http::HeaderName::from_static(HEADER), HeaderValue::from_static(value))]))
    }

    #[test]
    fn timeouts_are_read_as_the_protocol_has_them() {
        assert_eq!(read("250m"), Some(Duration::from_millis(250)));
        assert_eq!(read("2H"), Some(Duration::from_secs(7200)));
        assert_eq!(read("99999999u"), Some(Duration::from_micros(99_999_999)));
        for wrong in ["", "m", "12", "123456789m", "-1S", "+1S", "1x"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn timeouts_are_written_as_they_are_read() {
        for timeout in [0, 1, 999, 99_999_999, 100_000_000_000].map(Duration::from_micros) {
            let headers = HeaderMap::from_iter([(http::HeaderName::from_static(HEADER), header(timeout))]);
            assert_eq!(super::timeout(&headers), Some(timeout));
        }
    }
}

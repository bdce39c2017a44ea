//! Leaves a provider alone that fails again and again, so that pushes wait instead of using up their attempts.

use std::time::{Duration, Instant};

/// Opens after some failures in a row, for a while; then one attempt tries.
#[derive(Debug)]
pub struct Breaker {
    most_failures: u32,
    pause: Duration,
    failures: u32,
    open_until: Option<Instant>,
}

/// How many attempts may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    All,
    /// One, to see whether it goes well again.
    One,
    NoneUntil(Instant),
}

impl Breaker {
    /// Closed.
    pub fn new(most_failures: u32, pause: Duration) -> Self {
        Self { most_failures, pause, failures: 0, open_until: None }
    }

    /// What may be done now, until the next attempt is told.
    pub fn leave(&self, now: Instant) -> Leave {
        match self.open_until {
            None => Leave::All,
            Some(until) if now < until => Leave::NoneUntil(until),
            Some(_) => Leave::One,
        }
    }

    /// Whether the provider works, as an attempt has shown.
    pub fn tell(&mut self, works: bool, now: Instant) {
        if works {
            self.failures = 0;
            self.open_until = None;
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= self.most_failures {
            self.open_until = Some(now + self.pause);
        }
    }

    /// Whether it is open, for the metric.
    pub fn is_open(&self) -> bool {
        self.open_until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_after_one_success() {
        let (pause, start) = (Duration::from_secs(10), Instant::now());
        let mut breaker = Breaker::new(3, pause);
        for works in [false, false, true, false, false] {
            breaker.tell(works, start);
        }
        assert_eq!(breaker.leave(start), Leave::All);
        breaker.tell(false, start);
        assert_eq!(breaker.leave(start), Leave::NoneUntil(start + pause));
        let later = start + pause;
        assert_eq!(breaker.leave(later), Leave::One);
        breaker.tell(false, later);
        assert_eq!(breaker.leave(later), Leave::NoneUntil(later + pause));
        assert_eq!(breaker.leave(later + pause), Leave::One);
        breaker.tell(true, later + pause);
        assert_eq!((breaker.leave(later + pause), breaker.is_open()), (Leave::All, false));
    }
}

//! A circuit breaker for one callee: when most attempts fail, no more are made for a while, and then a few.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use metrics::gauge;
use tokio::time::Instant;

/// The window is ten slots of one second.
const SLOTS: usize = 10;
const SLOT: Duration = Duration::from_secs(1);
/// Attempts that try a callee after a failure at the same time, and how many of them must succeed one after the other.
const PROBES: u32 = 3;

#[derive(Debug)]
pub(crate) struct Breaker {
    callee: &'static str,
    calls: u32,
    ratio: f64,
    open_for: Duration,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: State,
    /// Counts changes of state: what an attempt of an earlier one tells is not heard.
    generation: u64,
}

#[derive(Debug)]
enum State {
    Closed(Window),
    Open { until: Instant },
    HalfOpen { running: u32, succeeded: u32 },
}

impl Breaker {
    pub(crate) fn new(callee: &'static str, calls: u32, ratio: f64, open_for: Duration) -> Arc<Self> {
        let inner = Inner { state: State::Closed(Window::new(Instant::now())), generation: 0 };
        let breaker = Self { callee, calls, ratio, open_for, inner: Mutex::new(inner) };
        gauge!("grpc_client_breaker_state", "callee" => callee).set(0.0);
        Arc::new(breaker)
    }

    /// Leave for one attempt; nothing while the callee is to be left alone.
    pub(crate) fn admit(self: &Arc<Self>, now: Instant) -> Option<Permit> {
        let mut inner = self.lock();
        if let State::Open { until } = inner.state
            && now >= until
        {
            self.change(&mut inner, State::HalfOpen { running: 0, succeeded: 0 });
        }
        match &mut inner.state {
            State::Closed(_) => {}
            State::Open { .. } => return None,
            State::HalfOpen { running, .. } if *running >= PROBES => return None,
            State::HalfOpen { running, .. } => *running += 1,
        }
        Some(Permit { breaker: self.clone(), generation: inner.generation, told: false })
    }

    fn tell(&self, generation: u64, failed: Option<bool>, now: Instant) {
        let mut inner = self.lock();
        if inner.generation != generation {
            return;
        }
        let next = match (&mut inner.state, failed) {
            (State::Closed(window), Some(failed)) => {
                let (calls, failures) = window.add(failed, now);
                let open = failed && calls >= self.calls && f64::from(failures) >= self.ratio * f64::from(calls);
                open.then_some(State::Open { until: now + self.open_for })
            }
            (State::HalfOpen { .. }, Some(true)) => Some(State::Open { until: now + self.open_for }),
            (State::HalfOpen { running, succeeded }, Some(false)) => {
                *running -= 1;
                *succeeded += 1;
                (*succeeded >= PROBES).then(|| State::Closed(Window::new(now)))
            }
            (State::HalfOpen { running, .. }, None) => {
                *running -= 1;
                None
            }
            (State::Closed(_), None) | (State::Open { .. }, _) => None,
        };
        if let Some(next) = next {
            self.change(&mut inner, next);
        }
    }

    fn change(&self, inner: &mut Inner, next: State) {
        let (value, name) = match next {
            State::Closed(_) => (0.0, "closed"),
            State::HalfOpen { .. } => (1.0, "half open"),
            State::Open { .. } => (2.0, "open"),
        };
        tracing::warn!(callee = self.callee, breaker = name, "the breaker changed");
        gauge!("grpc_client_breaker_state", "callee" => self.callee).set(value);
        inner.state = next;
        inner.generation += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leave for one attempt. Dropped without a word, it says nothing about the callee.
#[derive(Debug)]
pub(crate) struct Permit {
    breaker: Arc<Breaker>,
    generation: u64,
    told: bool,
}

impl Permit {
    pub(crate) fn tell(mut self, failed: bool, now: Instant) {
        self.told = true;
        self.breaker.tell(self.generation, Some(failed), now);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.told {
            self.breaker.tell(self.generation, None, Instant::now());
        }
    }
}

/// Attempts and failures of the last seconds, one slot for each second.
#[derive(Debug)]
struct Window {
    slots: [(u32, u32); SLOTS],
    current: usize,
    /// When the current slot began.
    since: Instant,
}

impl Window {
    fn new(now: Instant) -> Self {
        Self { slots: [(0, 0); SLOTS], current: 0, since: now }
    }

    /// Counts one more and gives all attempts and failures in the window.
    fn add(&mut self, failed: bool, now: Instant) -> (u32, u32) {
        let passed = now.saturating_duration_since(self.since).as_secs();
        for _ in 0..passed.min(SLOTS as u64) {
            self.current = (self.current + 1) % SLOTS;
            self.slots[self.current] = (0, 0);
        }
        self.since += SLOT * u32::try_from(passed).unwrap_or(u32::MAX);
        let slot = &mut self.slots[self.current];
        slot.0 += 1;
        slot.1 += u32::from(failed);
        self.slots.iter().fold((0, 0), |sum, slot| (sum.0 + slot.0, sum.1 + slot.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A breaker and the time, which passes when the test says so.
    struct Bench {
        breaker: Arc<Breaker>,
        now: Instant,
    }

    impl Bench {
        fn new() -> Self {
            Self { breaker: Breaker::new("callee", 4, 0.5, Duration::from_secs(5)), now: Instant::now() }
        }

        fn admit(&self) -> Option<Permit> {
            self.breaker.admit(self.now)
        }

        fn tell(&self, outcomes: &[bool]) {
            for failed in outcomes {
                self.admit().expect("admitted").tell(*failed, self.now);
            }
        }
    }

    #[test]
    fn it_opens_at_the_ratio_and_not_below_the_least_number() {
        let bench = Bench::new();
        bench.tell(&[true, true, false, false, false]);
        assert!(bench.admit().is_some(), "two of five");
        bench.tell(&[true]);
        assert!(bench.admit().is_none(), "three of six");
    }

    #[test]
    fn what_is_older_than_the_window_counts_no_more() {
        let mut bench = Bench::new();
        bench.tell(&[true, true, true]);
        bench.now += SLOT * SLOTS as u32;
        bench.tell(&[true]);
        assert!(bench.admit().is_some());
    }

    #[test]
    fn it_closes_after_probes_that_succeed() {
        let mut bench = Bench::new();
        let late = bench.admit().expect("admitted");
        bench.tell(&[true, true, true, true]);
        assert!(bench.admit().is_none(), "open");
        bench.now += Duration::from_secs(5);
        let mut probes: Vec<Permit> = std::iter::from_fn(|| bench.admit()).collect();
        assert_eq!(probes.len(), 3, "half open");
        late.tell(true, bench.now);
        drop(probes.pop());
        assert!(bench.admit().is_some(), "one that tells nothing makes room, one of an earlier state is not heard");
        probes.into_iter().for_each(|probe| probe.tell(false, bench.now));
        bench.tell(&[false]);
        let many: Vec<Permit> = (0..10).filter_map(|_| bench.admit()).collect();
        assert_eq!(many.len(), 10, "closed");
    }

    #[test]
    fn one_probe_that_fails_opens_it_again() {
        let mut bench = Bench::new();
        bench.tell(&[true, true, true, true]);
        bench.now += Duration::from_secs(5);
        bench.tell(&[true]);
        assert!(bench.admit().is_none());
        bench.now += Duration::from_secs(5);
        assert!(bench.admit().is_some());
    }
}

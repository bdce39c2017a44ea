//! A time and its equal steps, in microseconds since 1970.

use social_runtime::validate::Validation;
use time::{Duration, OffsetDateTime};

/// Steps of one time.
pub const MOST_STEPS: i64 = 1000;

/// A time and its steps. The last step is shorter when the time is no multiple of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub begin_us: i64,
    /// Not included.
    pub end_us: i64,
    pub step_us: i64,
}

impl Window {
    /// Checks a time; what is absent or no time is `None`. An empty window where it is wrong: use it after
    /// [`Validation::finish`] only.
    pub fn check(
        request: &mut Validation,
        begin: Option<OffsetDateTime>,
        end: Option<OffsetDateTime>,
        step: Option<Duration>,
    ) -> Self {
        let begin = request.present("window.begin_time", begin.as_ref()).copied();
        let end = request.present("window.end_time", end.as_ref()).copied();
        let step = request.present("window.step", step.as_ref()).copied();
        let mut window = Self { begin_us: 0, end_us: 0, step_us: 1 };
        let (Some(begin), Some(end), Some(step)) = (begin, end, step) else { return window };
        request.check("window.step", step >= Duration::SECOND, "must be at least one second");
        request.check("window.end_time", end > begin, "must be after begin_time");
        if step < Duration::SECOND || end <= begin {
            return window;
        }
        // A step that does not fit is longer than all times.
        let step_us = i64::try_from(step.whole_microseconds()).unwrap_or(i64::MAX);
        window = Self { begin_us: micros(begin), end_us: micros(end), step_us };
        request.check("window.step", window.steps() <= MOST_STEPS, "must be at most 1000 times in the window");
        window
    }

    /// How many steps there are.
    pub fn steps(&self) -> i64 {
        let length = self.end_us - self.begin_us;
        length / self.step_us + i64::from(length % self.step_us > 0)
    }

    /// Where a step begins, for steps that there are.
    pub fn begin_of(&self, step: i64) -> i64 {
        self.begin_us + step * self.step_us
    }

    /// How long a step is, in seconds.
    pub fn seconds_of(&self, step: i64) -> f64 {
        let end = self.end_us.min(self.begin_of(step).saturating_add(self.step_us));
        (end - self.begin_of(step)) as f64 / 1e6
    }
}

/// Microseconds since 1970; the years 1 to 9999 fit.
pub fn micros(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos().div_euclid(1000)).unwrap_or(i64::MAX)
}

/// The time that many microseconds after 1970.
pub fn time_of(micros: i64) -> OffsetDateTime {
    // Only micros of windows come here, which were times before.
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(seconds: i64, step: Duration) -> social_runtime::Result<Window> {
        let mut request = Validation::new();
        let begin = OffsetDateTime::UNIX_EPOCH;
        let window = Window::check(&mut request, Some(begin), Some(begin + Duration::seconds(seconds)), Some(step));
        request.finish().map(|()| window)
    }

    #[test]
    fn the_last_step_may_be_shorter() {
        let window = window(25, Duration::seconds(10)).unwrap();
        assert_eq!((window.steps(), window.begin_of(2), window.seconds_of(2)), (3, 20_000_000, 5.0));
        assert_eq!(window.seconds_of(1), 10.0);
    }

    #[test]
    fn bounds_hold() {
        assert!(window(1000, Duration::SECOND).is_ok());
        assert!(window(1001, Duration::SECOND).is_err());
        assert!(window(0, Duration::SECOND).is_err());
        assert!(window(10, Duration::milliseconds(999)).is_err());
        assert_eq!(window(10, Duration::MAX).unwrap().steps(), 1);
        assert_eq!(window(10, Duration::MAX).unwrap().seconds_of(0), 10.0);
        let mut request = Validation::new();
        Window::check(&mut request, None, None, None);
        assert_eq!(request.finish().unwrap_err().field_violations().len(), 3);
    }

    #[test]
    fn times_come_back() {
        let time = OffsetDateTime::UNIX_EPOCH - Duration::microseconds(1);
        assert_eq!(time_of(micros(time)), time);
        assert_eq!(micros(time - Duration::nanoseconds(1)), -2);
    }
}

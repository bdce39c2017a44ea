//! Numbers that can be asked for.

use std::time::Duration;

/// Numbers of the product. The numbers are those of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductMetric {
    /// Users who did anything, each once in a step.
    ActiveUsers = 1,
    Registrations = 2,
    Posts = 3,
    /// Reactions that were set or changed.
    Reactions = 4,
    Messages = 5,
    MinutesWatched = 6,
}

impl TryFrom<i32> for ProductMetric {
    type Error = ();

    fn try_from(number: i32) -> Result<Self, ()> {
        match number {
            1 => Ok(Self::ActiveUsers),
            2 => Ok(Self::Registrations),
            3 => Ok(Self::Posts),
            4 => Ok(Self::Reactions),
            5 => Ok(Self::Messages),
            6 => Ok(Self::MinutesWatched),
            _ => Err(()),
        }
    }
}

/// Rate, errors and duration of one service in one step.
#[derive(Clone, Debug, PartialEq)]
pub struct RedPoint {
    /// Number of the step.
    pub step: i64,
    pub service: String,
    /// Requests per second.
    pub rate: f64,
    /// 0 to 1.
    pub error_ratio: f64,
    pub p50: Duration,
    pub p95: Duration,
    pub p99: Duration,
}

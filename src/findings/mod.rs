//! Verdicts in, findings out: located, explained, suppressed, compared with a base, and the gate's exit code.
//!
//! `settle -> compare -> exit_code`. Knows rules and the published schema; knows no output format. Today's date
//! and the texts of files are handed in.

pub mod baseline;
mod compare;
mod finding;
mod gate;
mod named;
mod owned;
mod settle;
mod suppress;

#[cfg(test)]
mod tests;

pub use baseline::Baseline;
pub use compare::{Compared, Known, compare, new_findings};
pub use finding::{Finding, Notice, NoticeKind, Related, Settled, Suppressed, Unknown};
pub use gate::{FailOn, exit_code};
pub use named::named;
pub use owned::{OfService, only, own};
pub use settle::{Inputs, settle};

pub use crate::config::Severity;

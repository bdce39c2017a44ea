//! Verdicts in, findings out: located, explained, suppressed, compared with a base, and the gate's exit code.
//!
//! `settle -> new_findings -> exit_code`. Knows rules and the published schema; knows no output format. Today's date
//! and the texts of files are handed in.

mod compare;
mod finding;
mod gate;
mod named;
mod settle;
mod suppress;

#[cfg(test)]
mod tests;

pub use compare::new_findings;
pub use finding::{Finding, Notice, NoticeKind, Related, Settled, Suppressed, Unknown};
pub use gate::{FailOn, exit_code};
pub use named::named;
pub use settle::{Inputs, settle};

pub use crate::config::Severity;

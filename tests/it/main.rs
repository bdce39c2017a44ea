//! The one test binary: whole stages over cases, properties and oracles.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod architecture;
mod cli;
mod determinism;
mod docs;
mod exports;
mod findings;
mod graph;
mod history;
mod proto;
mod readme;
mod robust;
mod rules;
mod sabotage;
mod schemas;
mod tui;
mod whatif;

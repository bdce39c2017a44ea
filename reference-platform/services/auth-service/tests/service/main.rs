//! The service through its edges, against the real stores. One binary, because linking takes longer than the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod accounts;
mod any_input;
mod common;
mod login;
mod rest;
mod tokens;

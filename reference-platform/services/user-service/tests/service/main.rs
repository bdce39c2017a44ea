//! The service as others see it, on the real stores.

#![forbid(unsafe_code)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod accounts;
mod arbitrary;
mod edges;
mod graph;
mod profiles;
mod refusals;
mod rest;
mod world;

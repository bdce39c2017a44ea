//! The service as others see it, on the real stores.

#![forbid(unsafe_code)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod arbitrary;
mod failures;
mod ingest;
mod proxy;
mod queries;
mod rest;
mod schemas;
mod sweep;
mod throughput;
mod world;

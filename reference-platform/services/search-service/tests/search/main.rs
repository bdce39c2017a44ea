//! The service over its edges, against the real log and disk. user-service is a fake that speaks its contract.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod arbitrary;
mod events;
mod outages;
mod queries;
mod rebuilds;
mod refusals;
mod rest;
mod tags;
mod world;

//! The service as others see it, on the real stores, with providers of pushes that fail as real ones do.

#![forbid(unsafe_code)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod arbitrary;
mod dead_letters;
mod erasure;
mod events;
mod inbox;
mod make;
mod outages;
mod preferences;
mod provider;
mod push;
mod refusals;
mod rest;
mod templates;
mod users;
mod world;

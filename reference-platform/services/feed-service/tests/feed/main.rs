//! The service over its edges, against the real stores. Neighbours are fakes that speak their contract.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod arbitrary;
mod events;
mod fakes;
mod outages;
mod pages;
mod popular;
mod refusals;
mod rest;
mod world;

//! The service over its edges, against the real stores. Neighbours are fakes that speak their contract.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod arbitrary;
mod chat;
mod events;
mod fakes;
mod harness;
mod ingest;
mod playlists;
mod projections;
mod purge;
mod refusals;
mod rest;
mod streams;
mod viewers;

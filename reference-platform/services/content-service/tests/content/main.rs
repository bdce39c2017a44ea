//! The service over its edges, against the real stores. Neighbours are fakes that speak their contract. Tests have threads
//! to spare: dropping a database blocks one, and PostgreSQL waits meanwhile for whoever is just connecting to it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod arbitrary;
mod comments;
mod events;
mod fakes;
mod harness;
mod migrations;
mod outages;
mod posts;
mod purge;
mod reactions;
mod rest;
mod visibility;

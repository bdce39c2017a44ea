//! The service over its edges, against the real stores and a folder of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod arbitrary;
mod events;
mod fetch;
mod files;
mod harness;
mod lists;
mod processing;
mod rest;
mod s3;
mod sweep;
mod uploads;
mod videos;

//! The service over its edges, against the real stores; where it matters, two replicas of it. Neighbours are fakes that speak their
//! contract.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by it")]

mod arbitrary;
mod conversations;
mod devices;
mod events;
mod fakes;
mod live;
mod messages;
mod order;
mod outages;
mod presence;
mod rest;
mod sockets;
mod world;

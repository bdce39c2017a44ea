//! Loadpath: architecture knowledge assistant and design reviewer for Rust microservices.
//!
//! `sources -> facts -> graph -> analysis -> rules -> findings -> reports`

pub mod adr;
pub mod analysis;
pub mod cache;
pub mod config;
pub mod entities;
pub mod extract;
pub mod faces;
pub mod facts;
pub mod findings;
pub mod graph;
pub mod knowledge;
pub mod observe;
pub mod reports;
pub mod review;
pub mod rules;
pub mod sources;
pub mod span;

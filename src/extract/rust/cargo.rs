//! Cargo.

//! Rust: from the files of Cargo packages to facts, without a compiler.

pub mod interpret;
mod libraries;
pub mod names;
pub mod tree;
pub mod types;

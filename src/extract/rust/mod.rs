//! Rust: from the files of Cargo packages to facts, without a compiler.

pub mod interpret;
pub mod lexer;
mod libraries;
pub mod lower;
pub mod names;
pub mod outline;
pub mod tree;
pub mod types;

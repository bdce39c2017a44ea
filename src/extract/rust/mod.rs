//! Rust: from the files of Cargo packages to facts, without a compiler.

pub mod cargo;
pub mod index;
pub mod interpret;
pub mod lexer;
mod libraries;
pub mod lower;
pub mod modules;
pub mod names;
pub mod outline;
pub mod tree;
pub mod types;

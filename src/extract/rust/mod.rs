//! Rust: from the files of Cargo packages to facts, without a compiler.

pub mod cargo;
pub mod index;
pub mod lexer;
pub mod lower;
pub mod modules;
pub mod outline;
pub mod tree;

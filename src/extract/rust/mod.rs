//! Rust: from the files of Cargo packages to facts, without a compiler.

pub mod lexer;
pub mod lower;
pub mod outline;
pub mod tree;

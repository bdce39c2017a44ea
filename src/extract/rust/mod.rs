//! Rust: from the files of Cargo packages to facts, without a compiler.

pub mod tree;

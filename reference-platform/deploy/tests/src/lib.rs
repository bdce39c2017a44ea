//! Reads the manifests of `deploy`, the tools and schemas that check them, and what of the code they must fit. Knows no rule: those are
//! the tests.

#![forbid(unsafe_code)]

pub mod code;
pub mod manifest;
pub mod schema;
pub mod tools;

use std::path::{Path, PathBuf};

/// The folder of the platform.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder of the manifests.
pub fn deploy() -> PathBuf {
    root().join("deploy")
}

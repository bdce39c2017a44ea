//! Facts of settings files.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::span::Span;

/// One settings file, flattened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingsFile {
    /// Path relative to the project root.
    pub path: String,
    /// `toml`, `yaml`, `json`, `env`.
    pub format: String,
    /// Its leaves, in file order.
    pub entries: Vec<Entry>,
}

/// One leaf of a settings file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// Dotted key: `database.max_connections`; list elements by index: `brokers.0`.
    pub key: String,
    /// The scalar, as written without quotes; a value that looks like a secret is replaced by `<secret>`.
    pub value: String,
    /// Where the value stands.
    pub at: Span,
}

//! File, line and column range: every claim that Loadpath makes carries one. Open to all stages; knows nothing.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A range of text in one file of the project. Lines and columns count from 1; columns count characters; the end
/// is exclusive in columns and inclusive in lines. The path is relative to the project root, `/` separated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// Path of the file, relative to the project root.
    pub file: Arc<str>,
    /// First line, from 1.
    pub line: u32,
    /// First column, from 1.
    pub column: u32,
    /// Last line, from 1.
    pub end_line: u32,
    /// Column behind the last character, from 1.
    pub end_column: u32,
}

impl Span {
    /// A span that covers the start of one line.
    #[must_use]
    pub fn line(file: impl Into<Arc<str>>, line: u32) -> Self {
        Self { file: file.into(), line, column: 1, end_line: line, end_column: 1 }
    }

    /// A span from its four numbers.
    #[must_use]
    pub fn new(file: impl Into<Arc<str>>, start: (u32, u32), end: (u32, u32)) -> Self {
        Self { file: file.into(), line: start.0, column: start.1, end_line: end.0, end_column: end.1 }
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

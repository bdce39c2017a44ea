//! What is wrong with a typed file, where, and what to do: one shape for `loadpath.yaml` and for rule files.

use crate::span::Span;

/// One problem of a typed file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{at}: {message}{}", help_line(.help))]
pub struct Problem {
    /// Where.
    pub at: Span,
    /// What was met and what was expected: lower case, no full stop.
    pub message: String,
    /// What to do about it; may be empty.
    pub help: String,
}

impl Problem {
    /// A problem at a place.
    #[must_use]
    pub fn new(at: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: help.into() }
    }
}

/// Problems as text, one below the other.
pub(super) fn lines(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn help_line(help: &str) -> String {
    if help.is_empty() { String::new() } else { format!("; {help}") }
}

//! What a command gets from the process: where the result goes, whether it has colours, which day it is.

use std::ffi::OsStr;
use std::io::Write;

use clap::ValueEnum;

use super::Progress;
use crate::config::Date;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What a command gets from the process.
pub struct Context<'a> {
    /// Where the result goes.
    pub out: &'a mut dyn Write,
    /// Whether the result has colours.
    pub color: bool,
    /// The day.
    pub today: Date,
    /// Whether only the result and errors are wanted.
    pub quiet: bool,
    /// Shows what the program is at.
    pub progress: Progress,
}

impl ColorChoice {
    /// Whether an output has colours, by the variables NO_COLOR and TERM, and by whether it is a terminal.
    #[must_use]
    pub fn decide(self, no_color: Option<&OsStr>, term: Option<&OsStr>, terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            // An empty NO_COLOR counts as not set: https://no-color.org
            Self::Auto => terminal && no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb"),
        }
    }
}

impl Context<'_> {
    /// A heading.
    pub fn bold(&self, text: &str) -> String {
        if self.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

//! `loadpath path`: one request from its entry point down.

use std::path::PathBuf;

use clap::ValueEnum;

use super::format::Output;
use super::project::Inputs;

/// Arguments of `path`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The entry point: `Service.Method`, `GET /route`, or the end of either
    #[arg(value_name = "ENTRY")]
    pub entry: String,
    /// Folders of the project
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// How the project is read
    #[command(flatten)]
    pub inputs: Inputs,
    /// What to write, and where; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub format: Vec<Output<Format>>,
}

/// What a path can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A tree with deadlines
    Text,
    /// For programs
    Json,
    /// A Mermaid sequence diagram
    Mermaid,
}

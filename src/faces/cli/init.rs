//! `loadpath init`: a first loadpath.yaml, inferred from what is there.

use std::path::PathBuf;

/// Arguments of `init`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project; a loadpath.yaml that it has is not overwritten
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// Write to standard output instead of the project
    #[arg(long)]
    pub stdout: bool,
}

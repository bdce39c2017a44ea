//! What a command ends with: its exit code, and the line that says why.

use std::io::{ErrorKind, Write};

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Clean,
    /// There are findings at or above the threshold, or what runs is not what is written.
    Findings,
    /// Arguments or settings are wrong, or the project cannot be read at all.
    Usage,
    /// An input could not be read, and that is not to be accepted.
    Inputs,
}

impl Exit {
    /// The exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Inputs => 3,
        }
    }
}

/// How a command ended. Whoever closes the other end of the pipe has seen enough: that is success.
#[must_use]
pub fn settle(result: &anyhow::Result<Exit>) -> Exit {
    match result {
        Ok(exit) => *exit,
        Err(error) if is_broken_pipe(error) => Exit::Clean,
        Err(_) => Exit::Usage,
    }
}

/// Writes why a command failed. Nobody is left to be told when that fails as well.
pub fn report(result: &anyhow::Result<Exit>, mut to: impl Write) {
    if let Err(error) = result
        && !is_broken_pipe(error)
    {
        let _ = writeln!(to, "loadpath: failed to {error:#}");
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe))
}

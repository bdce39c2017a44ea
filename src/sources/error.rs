//! Why a project cannot be read at all. What fails for single files is listed in [`Sources::unread`](super::Sources).

use std::path::PathBuf;

use super::MAX_BYTES;

/// Why a project cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path does not exist or is not a folder.
    #[error("read {path}: {why}; name a folder that holds a project")]
    NotAFolder {
        /// The path as given.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The folder lies in no git repository.
    #[error("read a revision in {path}: {why}; name a folder of a git work tree, or leave the revision out")]
    NotARepository {
        /// The path as given.
        path: PathBuf,
        /// What was met.
        why: String,
    },
    /// The revision is not there.
    #[error("find the revision `{revision}`: {help}")]
    Revision {
        /// The revision as given.
        revision: String,
        /// What to do.
        help: String,
    },
    /// The history ends before what was asked for.
    #[error(
        "find `{revision}` in a shallow clone: its history is cut off; fetch all of it (`git fetch --unshallow`, or \
         `fetch-depth: 0` in actions/checkout)"
    )]
    Shallow {
        /// The revision as given.
        revision: String,
    },
    /// The two share no history.
    #[error("find where `{revision}` and what is read part: they share no commit; name a revision of the same history")]
    Unrelated {
        /// The revision as given.
        revision: String,
    },
    /// The index is damaged.
    #[error("read what is staged: {why}; look at the repository with `git status`")]
    Index {
        /// What was met.
        why: String,
    },
    /// The object database is damaged.
    #[error("read the revision `{revision}`: {why}; look at the repository with `git fsck`")]
    Objects {
        /// The revision as given.
        revision: String,
        /// What was met.
        why: String,
    },
    /// Standard input cannot be read.
    #[error("read standard input: {0}; hand in at most {MAX_BYTES} bytes of YAML or of a proto file")]
    Stdin(String),
}

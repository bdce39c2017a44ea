//! Architecture decision records: the ones that a project has, new ones, proposals made from findings, what becomes of them,
//! what is wrong among them, and what they assert about the graph. Reads MADR and the records of adr-tools; writes MADR 4.
//!
//! The text comes from a template that a team can replace. Today's date is handed in. Nothing that exists is overwritten; of
//! a record that is accepted, superseded or linked, only the lines that say so change.

mod assertion;
mod change;
mod check;
mod clash;
mod create;
mod decision;
mod edit;
mod folder;
mod links;
mod markdown;
mod named;
mod pattern;
mod propose;
mod record;
mod relations;
mod stage;
mod stated;
mod template;
#[cfg(test)]
mod tests;
mod write;

use std::path::PathBuf;

pub use assertion::{asserted, asserts};
pub use change::{Done, Successor, accept, link_to, supersede};
pub use check::{Fault, FaultKind, faults};
pub use clash::{Branches, clashes};
pub use create::{Ids, Style, create, text};
pub use decision::{Choice, Decision};
pub use folder::{Document, Folder, documents, find, find_among, list, records};
pub use named::named;
pub use propose::{Evidence, Proposal, propose};
pub use record::Record;
pub use stage::Stage;
pub use template::{Template, template};

/// Why a decision cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("read {path}: {why}")]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// A file or folder cannot be written.
    #[error("write {path}: {why}")]
    Write {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// There is one with that name.
    #[error("write {path}: it exists; give the decision another title, or edit that file")]
    Exists {
        /// Which one.
        path: PathBuf,
    },
    /// The template is none, or asks for what a decision does not have.
    #[error("fill the template {path}: {why}")]
    Template {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The title is empty.
    #[error("name the decision: the title is empty; say what is decided in a few words")]
    NoTitle,
    /// No decision goes by that name.
    #[error("find the decision `{name}`: there is none; `loadpath adr list` shows all")]
    NoRecord {
        /// What was asked for.
        name: String,
    },
    /// Several decisions go by that name.
    #[error("choose between the decisions that `{name}` can be: {files}; name the file")]
    Several {
        /// What was asked for.
        name: String,
        /// Those that it can be.
        files: String,
    },
    /// A decision has come too far for that.
    #[error("change the status of {file}: it is {status}; {help}")]
    Stage {
        /// Which one.
        file: String,
        /// What it is.
        status: String,
        /// What to do.
        help: &'static str,
    },
    /// A decision and itself.
    #[error("relate {file} to itself: name two decisions")]
    Itself {
        /// Which one.
        file: String,
    },
    /// A record without a title or front matter.
    #[error("write a status into {file}: it has neither a title (`# …`) nor front matter; add one")]
    NoPlace {
        /// Which one.
        file: String,
    },
    /// A relation whose other direction has no known name.
    #[error(
        "link back from what `{relation}`: say what the other record shall be told, as in `adr link 12 Amends 10 \"Amended by\"`"
    )]
    NoInverse {
        /// The relation.
        relation: String,
    },
}

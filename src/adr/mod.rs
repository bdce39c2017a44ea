//! Architecture decision records: the ones that a project has, new ones, and proposals made from findings. MADR 4.
//!
//! The text comes from a template that a team can replace. Today's date is handed in; nothing that exists is
//! overwritten.

mod create;
mod decision;
mod folder;
mod markdown;
mod propose;
mod record;
mod template;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use create::{create, text};
pub use decision::{Choice, Decision};
pub use folder::{Folder, find, list};
pub use propose::{Evidence, Proposal, propose};
pub use record::Record;
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
}

//! What can be selected, opened and come back to: a thing of the review, by its place in it.
//!
//! A place holds for one review only; [`super::book::Book::key`] and [`super::book::Book::thing`] carry it to the next.

use crate::config::Severity;
use crate::graph::End;
use crate::graph::model::{EdgeId, EntryId};

/// A thing of the review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// A service, datastore, topic or external.
    End(End),
    /// A dependency.
    Edge(EdgeId),
    /// An entry point.
    Entry(EntryId),
    /// A finding.
    Finding(usize),
    /// What could not be decided.
    Unknown(usize),
    /// A rule.
    Rule(usize),
    /// An article.
    Article(usize),
    /// A decision that the project has.
    Decision(usize),
    /// The decision that could be made because of a finding.
    Proposal(usize),
    /// A contract.
    Contract(usize),
    /// Something that is there only so often.
    Limit(usize),
    /// A heading that others stand under.
    Heading(Heading),
}

/// What others stand under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Heading {
    /// Findings of one severity.
    Severity(Severity),
    /// What is of no service.
    NoService,
    /// What could not be decided.
    Undecided,
    /// Services.
    Services,
    /// Jobs.
    Jobs,
    /// Datastores.
    Datastores,
    /// Topics.
    Topics,
    /// Systems that are not ours.
    Externals,
    /// The first ways between two nodes, by their place.
    Way(usize),
}

impl Heading {
    /// Its words.
    pub fn title(self) -> String {
        match self {
            Self::Severity(severity) => severity.name().to_owned(),
            Self::NoService => "no service".to_owned(),
            Self::Undecided => "not decided".to_owned(),
            Self::Services => "services".to_owned(),
            Self::Jobs => "jobs".to_owned(),
            Self::Datastores => "datastores".to_owned(),
            Self::Topics => "topics".to_owned(),
            Self::Externals => "externals".to_owned(),
            Self::Way(number) => format!("way {}", number + 1),
        }
    }
}

//! The word of a status to what it means for those who are bound by the decision.

use crate::config::suggest;

/// How far a decision has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is still talked about.
    Proposed,
    /// It binds.
    Accepted,
    /// It was turned down.
    Rejected,
    /// It binds no more, and nothing took its place.
    Deprecated,
    /// Another one took its place.
    Superseded,
    /// A word of the team's own, or none.
    Other,
}

/// The words that teams use, each with what it means.
const WORDS: &[(&str, Stage)] = &[
    ("accepted", Stage::Accepted),
    ("adopted", Stage::Accepted),
    ("approved", Stage::Accepted),
    ("decided", Stage::Accepted),
    ("declined", Stage::Rejected),
    ("deprecated", Stage::Deprecated),
    ("draft", Stage::Proposed),
    ("obsolete", Stage::Deprecated),
    ("open", Stage::Proposed),
    ("pending", Stage::Proposed),
    ("proposed", Stage::Proposed),
    ("rejected", Stage::Rejected),
    ("replaced", Stage::Superseded),
    ("retired", Stage::Deprecated),
    ("superceded", Stage::Superseded),
    ("superseded", Stage::Superseded),
];

impl Stage {
    /// What a status means.
    #[must_use]
    pub fn of(status: Option<&str>) -> Self {
        let word = status.map(word).unwrap_or_default();
        WORDS.iter().find(|(known, _)| *known == word).map_or(Self::Other, |(_, stage)| *stage)
    }
}

/// The word that a status was meant to begin with, where it is misspelt.
pub(super) fn meant(status: &str) -> Option<&'static str> {
    let word = word(status);
    if word.is_empty() || WORDS.iter().any(|(known, _)| *known == word) {
        return None;
    }
    suggest::nearest(&word, WORDS.iter().map(|(known, _)| *known))
}

fn word(status: &str) -> String {
    let letters = status.trim_start().chars().take_while(|letter| letter.is_alphabetic());
    letters.flat_map(char::to_lowercase).collect()
}

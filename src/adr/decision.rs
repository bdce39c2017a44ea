//! What a decision record says, as the template gets it.

use serde::Serialize;

/// A decision: each text is a line or a paragraph of Markdown. What is empty stays open, with a hint of what belongs
/// there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What is decided, in a few words.
    pub title: String,
    /// `proposed`, `accepted` and so on.
    pub status: String,
    /// The day on which the record was last changed.
    pub date: String,
    /// The situation, and the question that it raises.
    pub context: String,
    /// What speaks for one option or another.
    pub drivers: Vec<String>,
    /// What was considered.
    pub options: Vec<Choice>,
    /// The title of the option that was chosen.
    pub chosen: String,
    /// Why: what follows "because", without a full stop.
    pub because: String,
    /// What follows from it: "Good, because …", "Bad, because …".
    pub consequences: Vec<String>,
    /// How it is seen that the decision is kept.
    pub confirmation: String,
    /// Where to learn more.
    pub links: Vec<String>,
}

/// One of the options.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What would be done.
    pub title: String,
    /// "Good, because …", "Neutral, because …", "Bad, because …".
    pub trade_offs: Vec<String>,
}

impl Decision {
    /// An open decision: only title, date and status.
    #[must_use]
    pub fn open(title: &str, date: &str) -> Self {
        Self {
            title: super::markdown::line(title),
            status: "proposed".to_owned(),
            date: date.to_owned(),
            ..Self::default()
        }
    }
}

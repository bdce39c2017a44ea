//! What reaches the state, and what it asks to be done. Between the two stands [`super::update`], which does nothing itself.

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};

use super::book::Book;
use super::derived::Derived;
use super::state::{Change, Outcome};
use super::text::Line;
use crate::analysis::whatif::Scenario;
use crate::graph::model::EntryId;

/// Something that happened.
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(u16, u16),
    /// The review says what it is at.
    Stage(&'static str),
    /// The review has ended.
    Reviewed(Result<Arc<Book>, String>),
    /// Figures were derived from a review.
    Derived(u64, Arc<Derived>),
    /// A call tree that was asked for.
    CallTree(u64, EntryId, Arc<Vec<Line>>),
    /// What a scenario does.
    Outcome(u64, Scenario, Arc<Outcome>),
    /// A text that was asked for, to be copied, or why there is none.
    Text(Result<String, String>),
    /// A file of the project has changed.
    Changed,
    /// Something is to be said.
    Note(String),
}

/// Something that is to be done outside of the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// End.
    Quit,
    /// Review the project.
    Review,
    /// Derive figures from the review.
    Derive,
    /// Say what takes a while to say.
    Ask(Question),
    /// Open the editor at a line of a file of the project.
    Edit(String, u32),
    /// Copy a text.
    Copy(String),
    /// Write a change that was agreed to.
    Write(Box<Change>),
    /// Write a file of that name into the folder that the program runs in; where it is there, under the next name.
    Create(String, String),
    /// Write a decision.
    Decide(usize),
    /// Take or release the mouse.
    Mouse(bool),
    /// Give the terminal back until somebody wakes us.
    Suspend,
}

/// What takes a while to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The calls of an entry point.
    CallTree(EntryId),
    /// The same as a diagram.
    Sequence(EntryId),
    /// What a scenario does.
    Outcome(Scenario),
}

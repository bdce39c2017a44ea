//! The state of the face as plain data: what was reviewed, where one is, what lies in front. It says what the screen shows;
//! it knows no terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::book::Book;
use super::derived::Derived;
use super::keys::Command;
use super::project::TextFile;
use super::text::Line;
use super::theme::Theme;
use super::thing::Thing;
use super::view::View;
use crate::analysis::whatif::Scenario;
use crate::config::Severity;
use crate::graph::End;
use crate::graph::model::{EdgeId, EntryId};

/// Where one is, and what is selected there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The view.
    pub view: View,
    /// The node that it is about, for what is around one.
    pub about: Option<End>,
    /// What is selected.
    pub cursor: Cursor,
    /// The thing that is selected in a list: rows may come and go around it.
    pub on: Option<Thing>,
    /// What is shown of it.
    pub filter: String,
}

/// What is selected, and what of the view is on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The line, or the row of a matrix.
    pub line: usize,
    /// The column, where there are several.
    pub column: usize,
    /// The first line on the screen.
    pub top: usize,
    /// The first column on the screen.
    pub left: usize,
}

/// A row of a list: the thing, how deep it stands, and whether something stands below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The thing.
    pub thing: Thing,
    /// How many others it stands below.
    pub depth: usize,
    /// Whether something stands below it, and is shown.
    pub fold: Fold,
}

/// Whether something stands below a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Nothing does.
    Leaf,
    /// It is shown.
    Open,
    /// It is not shown.
    Closed,
}

/// How findings are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// By rule.
    #[default]
    Rule,
    /// By service.
    Service,
    /// By severity.
    Severity,
}

impl Grouping {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule => "by rule",
            Self::Service => "by service",
            Self::Severity => "by severity",
        }
    }

    /// The next one.
    pub fn next(self) -> Self {
        match self {
            Self::Rule => Self::Service,
            Self::Service => Self::Severity,
            Self::Severity => Self::Rule,
        }
    }
}

/// What lies in front of the view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// Anything, by a few of its letters.
    Palette(Search),
    /// Commands, by a few letters.
    Help(Search),
    /// The filter of the view is being typed.
    Filter,
    /// Words are asked for.
    Ask {
        /// What for.
        wish: Wish,
        /// What was typed.
        text: String,
    },
    /// A change of a file is shown, and agreement asked for.
    Confirm(Change),
}

/// Something is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// What was typed.
    pub query: String,
    /// What fits, the best first.
    pub hits: Vec<Hit>,
    /// Which of them is selected.
    pub selected: usize,
}

/// What fits a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A command.
    Command(Command),
    /// A thing.
    Thing(Thing),
}

/// What words are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The reason why a finding is accepted.
    Reason(usize),
    /// The severity of the rule of a finding.
    Severity(usize),
}

/// A change of a file that was not made yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file as it was read.
    pub file: TextFile,
    /// What it would say.
    pub text: String,
    /// What was asked for, in words.
    pub says: String,
    /// The difference, for the eye.
    pub lines: Vec<Line>,
    /// The first line of it on the screen.
    pub top: usize,
}

/// What the review is at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// The stage; nothing while nothing runs.
    pub stage: Option<&'static str>,
    /// Whether files have changed since it began.
    pub changed: bool,
    /// Why the last one failed.
    pub error: Option<String>,
    /// How many reviews there were: answers to questions about an earlier one are dropped.
    pub generation: u64,
}

/// All of it.
#[derive(Default)]
pub struct State {
    /// The review, when there is one.
    pub book: Option<Arc<Book>>,
    /// What was derived from it, when it is.
    pub derived: Option<Arc<Derived>>,
    /// Where one is.
    pub place: Place,
    /// Where one was.
    pub back: Vec<Place>,
    /// Where one was before going back.
    pub forward: Vec<Place>,
    /// Where one was in each view that has a tab.
    pub last: BTreeMap<View, Place>,
    /// Rows of a list.
    pub items: Vec<Item>,
    /// Lines of a page, or of what stands beside a list.
    pub lines: Vec<Line>,
    /// What these lines are about.
    pub lines_of: Option<Thing>,
    /// What they were about the last time: it is not another thing because its lines are made anew.
    pub about_before: Option<Thing>,
    /// What stands open or closed otherwise than at first.
    pub toggled: BTreeSet<Thing>,
    /// How findings are grouped.
    pub grouping: Grouping,
    /// The mildest severity that is shown.
    pub least: Option<Severity>,
    /// Whether only new findings are shown.
    pub only_new: bool,
    /// Whether two steps around a node are shown.
    pub deep: bool,
    /// What is down or slow.
    pub scenario: Scenario,
    /// What that does; nothing while it is not known.
    pub outcome: Option<Arc<Outcome>>,
    /// Between which nodes ways are looked for.
    pub between: (Option<End>, Option<End>),
    /// The ways, the shortest first.
    pub ways: Vec<Vec<EdgeId>>,
    /// What lies in front.
    pub overlay: Option<Overlay>,
    /// Whether one is in what stands beside the view.
    pub inside: bool,
    /// What is selected there.
    pub beside: Cursor,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Its colours.
    pub theme: Theme,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// Whether the preview is hidden.
    pub alone: bool,
    /// What the review is at.
    pub work: Work,
    /// Something to be said, until the next key.
    pub note: Option<String>,
    /// Call trees that were asked for.
    pub requests: BTreeMap<EntryId, Arc<Vec<Line>>>,
    /// Entry points whose call trees were asked for.
    pub asked: BTreeSet<EntryId>,
}

/// What a scenario does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// For the eye.
    pub lines: Vec<Line>,
    /// For others.
    pub markdown: String,
}

impl State {
    /// What is selected, in the view or beside it.
    pub fn selected(&self) -> Option<Thing> {
        let beside = self.inside.then(|| self.lines.get(self.beside.line).and_then(|line| line.thing)).flatten();
        beside.or_else(|| self.chosen())
    }

    /// The line that is selected on a page, or beside a view.
    pub fn line(&self) -> Option<&Line> {
        match self.place.view {
            _ if self.inside => self.lines.get(self.beside.line),
            View::Page(_) => self.lines.get(self.place.cursor.line),
            _ => None,
        }
    }

    /// What is selected in the view.
    pub fn chosen(&self) -> Option<Thing> {
        let line = self.place.cursor.line;
        match self.place.view {
            View::Page(thing) => {
                // A page is about something even where its lines lead nowhere.
                self.lines.get(line).and_then(|line| line.thing).or(Some(thing))
            }
            View::Matrix => super::matrix::selected(self),
            View::Focus => super::focus::selected(self),
            _ => self.items.get(line).map(|item| item.thing),
        }
    }

    /// The node that the selection is, or belongs to.
    pub fn selected_end(&self) -> Option<End> {
        let book = self.book.as_ref()?;
        match self.selected()? {
            Thing::End(end) => Some(end),
            Thing::Edge(id) => Some(book.graph().edges[id].to),
            Thing::Entry(id) => Some(End::Service(book.graph().entries[id].service)),
            Thing::Finding(id) | Thing::Proposal(id) => book.home[id].map(End::Service),
            Thing::Contract(id) => book.contracts[id].servers.first().copied().map(End::Service),
            _ => None,
        }
    }

    /// The finding that the selection is, or that the page is about.
    pub fn selected_finding(&self) -> Option<usize> {
        let of = |thing| match thing {
            Thing::Finding(id) | Thing::Proposal(id) => Some(id),
            _ => None,
        };
        let page = match self.place.view {
            View::Page(thing) => of(thing),
            _ => None,
        };
        self.selected().and_then(of).or(page)
    }
}

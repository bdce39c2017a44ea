//! How well something goes on, and how outcomes are put together: one after another, one or the other, at the same time.

use std::collections::BTreeSet;

use super::{Cause, Hold, Loss};

/// Causes that an outcome keeps to show.
const MAX_CAUSES: usize = 12;
/// What holds up or is missing, kept to show.
const MAX_HOLDS: usize = 12;

/// How well an entry point goes on, from the best.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As always.
    #[default]
    Works,
    /// It takes longer.
    Slows,
    /// It answers, and something is missing or old.
    Degrades,
    /// It answers with a failure, or not in time.
    Fails,
}

impl Level {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Slows => "slows",
            Self::Degrades => "degrades",
            Self::Fails => "fails",
        }
    }
}

/// What becomes of an entry point, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Every way fails.
    Fails,
    /// Some ways fail, or what is answered lacks something.
    Degrades,
    /// It takes longer.
    Slows,
    /// It cannot be decided.
    Unknown,
    /// Nothing changes.
    Works,
}

impl Verdict {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fails => "fails",
            Self::Degrades => "degrades",
            Self::Slows => "slows",
            Self::Unknown => "unknown",
            Self::Works => "works",
        }
    }
}

/// The outcome of some steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub best: Level,
    pub worst: Level,
    pub least_ms: i64,
    pub most_ms: i64,
    pub causes: Vec<Cause>,
    pub holds: Vec<Hold>,
    pub open: BTreeSet<String>,
    /// Whether something failed that is followed by another try.
    pub fell_back: bool,
    /// Whether an answer is lost with what fails.
    pub answer: bool,
}

impl Sum {
    /// What happens in any case.
    pub fn always(level: Level, cause: Cause) -> Self {
        let answer = cause.loss == Loss::Answer && level >= Level::Degrades;
        Self { best: level, worst: level, causes: vec![cause], answer, ..Self::default() }
    }

    /// One after the other. What comes behind a failure is not reached.
    pub fn then(self, other: Self) -> Self {
        if self.best == Level::Fails {
            return self;
        }
        let (best, worst) = (self.best.max(other.best), self.worst.max(other.worst));
        let least_ms = self.least_ms.saturating_add(other.least_ms);
        let most_ms = self.most_ms.saturating_add(other.most_ms);
        Self { best, worst, least_ms, most_ms, ..self.with(other) }
    }

    /// Either one or the other.
    pub fn or(self, other: Self) -> Self {
        let (best, worst) = (self.best.min(other.best), self.worst.max(other.worst));
        let (least_ms, most_ms) = (self.least_ms.min(other.least_ms), self.most_ms.max(other.most_ms));
        Self { best, worst, least_ms, most_ms, ..self.with(other) }
    }

    /// Both at the same time.
    pub fn beside(self, other: Self) -> Self {
        let (best, worst) = (self.best.max(other.best), self.worst.max(other.worst));
        let (least_ms, most_ms) = (self.least_ms.max(other.least_ms), self.most_ms.max(other.most_ms));
        Self { best, worst, least_ms, most_ms, ..self.with(other) }
    }

    /// What both of them say, without the figures.
    fn with(mut self, other: Self) -> Self {
        for cause in other.causes {
            if !self.causes.contains(&cause) {
                self.causes.push(cause);
            }
        }
        self.causes.sort_by_key(|cause| std::cmp::Reverse(cause.level));
        self.causes.truncate(MAX_CAUSES);
        for hold in other.holds {
            if self.holds.len() < MAX_HOLDS && !self.holds.contains(&hold) {
                self.holds.push(hold);
            }
        }
        self.open.extend(other.open);
        while self.open.len() > MAX_HOLDS {
            self.open.pop_last();
        }
        self.fell_back |= other.fell_back;
        self.answer |= other.answer;
        self
    }
}

//! The views, by the names that people ask for them with.

use super::thing::Thing;

/// What is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// Services and jobs.
    #[default]
    Services,
    /// The system as a tree.
    System,
    /// Who depends on whom, as a square.
    Matrix,
    /// Findings.
    Findings,
    /// Entry points.
    Entries,
    /// Datastores.
    Datastores,
    /// Topics.
    Topics,
    /// What fails when something is down or slow.
    WhatIf,
    /// Demand against limit.
    Capacity,
    /// Contracts.
    Contracts,
    /// The ways between two nodes.
    Path,
    /// Decisions.
    Decisions,
    /// Articles.
    Knowledge,
    /// Rules.
    Rules,
    /// What is around one node.
    Focus,
    /// All about one thing.
    Page(Thing),
}

impl View {
    /// Those that have a tab, in order.
    pub const TABS: [Self; 14] = [
        Self::Services,
        Self::System,
        Self::Matrix,
        Self::Findings,
        Self::Entries,
        Self::Datastores,
        Self::Topics,
        Self::WhatIf,
        Self::Capacity,
        Self::Contracts,
        Self::Path,
        Self::Decisions,
        Self::Knowledge,
        Self::Rules,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Services => "Services",
            Self::System => "System",
            Self::Matrix => "Matrix",
            Self::Findings => "Findings",
            Self::Entries => "Entry points",
            Self::Datastores => "Datastores",
            Self::Topics => "Topics",
            Self::WhatIf => "What if",
            Self::Capacity => "Capacity",
            Self::Contracts => "Contracts",
            Self::Path => "Path",
            Self::Decisions => "Decisions",
            Self::Knowledge => "Knowledge",
            Self::Rules => "Rules",
            Self::Focus => "Focus",
            Self::Page(_) => "Page",
        }
    }

    /// Whether it is a list with a preview beside it.
    pub fn is_list(self) -> bool {
        !matches!(self, Self::Matrix | Self::Focus | Self::Page(_))
    }
}

//! Types and rules of profiles, settings and the social graph. Knows no framework, store or message.

pub mod graph;
pub mod page;
pub mod profile;
pub mod settings;

use uuid::Uuid;

/// For whom something is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// A user, from whom those are hidden with whom a block stands.
    User(Uuid),
    /// A service on its own behalf, from which nobody is hidden.
    Service,
}

impl Viewer {
    /// The user, or none for a service.
    pub fn user_id(self) -> Option<Uuid> {
        match self {
            Self::User(user_id) => Some(user_id),
            Self::Service => None,
        }
    }
}

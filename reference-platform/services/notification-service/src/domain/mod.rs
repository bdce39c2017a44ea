//! Types and rules of what is told to whom, when and in which words. Knows no framework, store or message of a contract.

pub mod breaker;
pub mod locale;
pub mod news;
pub mod push;
pub mod quiet;
pub mod template;

/// What a notification is about. The numbers are those of the contract and of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i16)]
pub enum Kind {
    Followed = 1,
    Commented = 2,
    Reacted = 3,
    Message = 4,
    Media = 5,
    Live = 6,
}

impl Kind {
    /// In the order of their numbers.
    pub const ALL: [Self; 6] = [Self::Followed, Self::Commented, Self::Reacted, Self::Message, Self::Media, Self::Live];

    /// The kind of a number, or none when it is unknown.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| i32::from(kind.number()) == number)
    }

    /// As the contract and the columns have it.
    pub fn number(self) -> i16 {
        self as i16
    }

    /// For metrics and for data of pushes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Followed => "followed",
            Self::Commented => "commented",
            Self::Reacted => "reacted",
            Self::Message => "message",
            Self::Media => "media",
            Self::Live => "live",
        }
    }
}

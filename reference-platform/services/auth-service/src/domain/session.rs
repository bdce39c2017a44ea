//! A session: one login on one device, which is one family of refresh tokens.

use time::OffsetDateTime;
use uuid::Uuid;

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct Session {
    pub session_id: Uuid,
    pub client_id: String,
    pub user_agent: String,
    pub create_time: OffsetDateTime,
    pub last_used_time: OffsetDateTime,
}

/// Why sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Logout,
    PasswordChanged,
    /// A spent refresh token or code came again.
    ReuseDetected,
}

/// Cuts what a client tells about itself at 200 characters; without control characters, since it is shown to people.
pub fn user_agent(told: &str) -> String {
    told.chars().filter(|character| !character.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_cut_and_cleaned() {
        assert_eq!(user_agent(&"ä".repeat(300)), "ä".repeat(200));
        assert_eq!(user_agent("a\r\n\u{1b}b"), "ab");
    }
}

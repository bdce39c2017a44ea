//! An account and what names it. Each type can only be made from valid input; what is wrong is told as a sentence without the input.

use uuid::Uuid;

use super::Secret;

/// An account as it is stored.
pub struct Account {
    pub account_id: Uuid,
    /// Argon2id, in PHC format.
    pub password_hash: Secret,
}

/// 3 to 30 characters of `[a-z0-9_]`, unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle(String);

/// An address by RFC 5321, in lower case, at most 254 characters, unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

/// What a person types to name an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    Handle(Handle),
    Email(Email),
    /// Neither could ever be registered, so no account has it. Not told apart from an unknown account.
    Impossible(String),
}

/// A password that may be set: 12 to 128 characters.
pub struct NewPassword(Secret);

/// Longer ones are refused before they are hashed.
pub const MAX_PASSWORD: usize = 128;

/// The longest valid login is an address.
pub const MAX_LOGIN: usize = 254;

impl Handle {
    pub fn parse(value: &str) -> Result<Self, &'static str> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if (3..=30).contains(&value.len()) && value.bytes().all(allowed) {
            Ok(Self(value.to_owned()))
        } else {
            Err("must be 3 to 30 characters of [a-z0-9_]")
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Email {
    /// Accepts the addresses that the mail of today uses: a dot-atom (RFC 5321, 4.1.2) at a domain name. Quoted local parts and address
    /// literals are refused.
    pub fn parse(value: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "must be an address such as name@example.org";
        if value.len() > 254 {
            return Err("must be at most 254 characters");
        }
        let (local, domain) = value.rsplit_once('@').ok_or(WRONG)?;
        let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
        let local_is_right =
            local.len() <= 64 && local.split('.').all(|part| !part.is_empty() && part.bytes().all(atom));
        if local_is_right && is_domain(domain) { Ok(Self(value.to_ascii_lowercase())) } else { Err(WRONG) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// At least two labels of letters, digits and hyphens.
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(label)
}

impl Login {
    pub fn parse(value: &str) -> Self {
        if let Ok(handle) = Handle::parse(value) {
            return Self::Handle(handle);
        }
        match Email::parse(value) {
            Ok(email) => Self::Email(email),
            Err(_) => Self::Impossible(value.to_owned()),
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Handle(handle) => handle.as_str(),
            Self::Email(email) => email.as_str(),
            Self::Impossible(value) => value,
        }
    }
}

impl NewPassword {
    pub fn parse(value: String) -> Result<Self, &'static str> {
        match value.chars().count() {
            12..=MAX_PASSWORD => Ok(Self(Secret::new(value))),
            _ => Err("must be 12 to 128 characters"),
        }
    }

    pub fn into_secret(self) -> Secret {
        self.0
    }
}

/// What can be a password of somebody; an older rule may have allowed a shorter one.
pub fn entered_password(value: String) -> Result<Secret, &'static str> {
    match value.chars().count() {
        0 => Err("is required"),
        1..=MAX_PASSWORD => Ok(Secret::new(value)),
        _ => Err("must be at most 128 characters"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn handles() {
        for good in ["abc", "a_1", &"x".repeat(30)] {
            assert!(Handle::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "ab", "Abc", "a b", "a-b", "äöü", &"x".repeat(31)] {
            assert!(Handle::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses() {
        assert_eq!(Email::parse("Ann.Lee+x@Example.ORG").unwrap().as_str(), "ann.lee+x@example.org");
        let long = format!("{}@{}.org", "a".repeat(64), "b".repeat(186));
        for bad in [
            "",
            "@",
            "a@",
            "@b.org",
            "a@b",
            "a..b@c.org",
            ".a@c.org",
            "a b@c.org",
            "a@-c.org",
            "a@b..org",
            "a@b.org\n",
            &long,
        ] {
            assert!(Email::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_login_is_a_handle_or_an_address_in_any_case() {
        assert_eq!(Login::parse("ann"), Login::Handle(Handle::parse("ann").unwrap()));
        assert_eq!(Login::parse("Ann@b.org").as_str(), "ann@b.org");
        assert!(matches!(Login::parse("Ann"), Login::Impossible(_)));
    }

    #[test]
    fn lengths_of_passwords_are_counted_in_characters() {
        assert!(NewPassword::parse("ä".repeat(12)).is_ok());
        assert!(NewPassword::parse("ä".repeat(128)).is_ok());
        assert!(NewPassword::parse("a".repeat(11)).is_err());
        assert!(NewPassword::parse("a".repeat(129)).is_err());
        assert!(entered_password(String::new()).is_err());
        assert!(entered_password("a".to_owned()).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_accepted_fits_into_the_tables(value in "\\PC{0,300}") {
            if let Ok(email) = Email::parse(&value) {
                prop_assert!(email.as_str().len() <= 254 && email.as_str().is_ascii());
            }
            prop_assert!(!matches!(Login::parse(&value), Login::Handle(handle) if !(3..=30).contains(&handle.as_str().len())));
        }
    }
}

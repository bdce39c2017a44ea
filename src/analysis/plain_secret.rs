//! Whether a setting holds a secret in the clear: by the last word of its name, or by the shape of its value.
//!
//! Sources: the Kubernetes documentation, good practices for Secrets; the OWASP Secrets Management Cheat Sheet.

/// Last words of a name that stand for a secret.
const NOUNS: &[&str] = &["PASSWORD", "PASSWD", "SECRET", "TOKEN", "APIKEY", "CREDENTIAL", "CREDENTIALS"];

/// Whether a value that is written down is a secret.
#[must_use]
pub fn is_secret(name: &str, value: &str) -> bool {
    let value = value.trim();
    if value.is_empty() || is_placeholder(value) {
        return false;
    }
    has_user_and_password(value)
        || value.contains("-----BEGIN ") && value.contains("PRIVATE KEY")
        || is_named_secret(name) && looks_random_enough(value)
}

/// `scheme://user:password@host`
fn has_user_and_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty() && !is_placeholder(password))
}

fn is_named_secret(name: &str) -> bool {
    let name = name.to_uppercase().replace('-', "_");
    if name.starts_with("ALLOW") || name.starts_with("HIDE") {
        return false;
    }
    let mut words = name.rsplit('_');
    let last = words.next().unwrap_or_default();
    let before = words.next().unwrap_or_default();
    NOUNS.contains(&last) || last == "KEY" && matches!(before, "API" | "PRIVATE" | "ACCESS" | "SIGNING")
}

/// Values that are no secret whatever their name: flags, numbers, paths, plain addresses.
fn looks_random_enough(value: &str) -> bool {
    let plain = matches!(value.to_lowercase().as_str(), "true" | "false" | "none" | "null" | "yes" | "no");
    !plain && value.parse::<f64>().is_err() && !value.starts_with('/') && !value.contains("://")
}

fn is_placeholder(value: &str) -> bool {
    let lower = value.to_lowercase();
    lower == "changeme"
        || lower.contains("placeholder")
        || value.starts_with('<')
        || value.contains("${")
        || value.contains("$(")
        || value.contains("{{")
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn by_name_and_by_value() {
        assert!(is_secret("DB_PASSWORD", "hunter2"));
        assert!(is_secret("STRIPE_API_KEY", "sk_live_x"));
        assert!(is_secret("DATABASE_URL", "postgres://app:hunter2@db/shop"));
        assert!(!is_secret("DATABASE_URL", "postgres://db/shop"));
        assert!(!is_secret("DATABASE_URL", "postgres://app:$(PASSWORD)@db/shop"));
        assert!(!is_secret("TOKEN_TTL", "3600"));
        assert!(!is_secret("TOKEN_URL", "https://id.example/token"));
        assert!(!is_secret("AUTH_SECRET", "/var/run/secret"));
        assert!(!is_secret("MAX_TOKENS", "many"));
        assert!(!is_secret("DB_PASSWORD", "changeme"));
    }
}

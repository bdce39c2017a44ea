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
        || is_signed_token(value)
        || is_named_secret(name) && looks_random_enough(value)
}

/// Whether a file that is written down holds a secret: a private key, or a line that gives one to a name, as settings do.
#[must_use]
pub fn holds_secret(name: &str, text: &str) -> bool {
    line_of_secret(name, text).is_some()
}

/// The line of a text that makes it hold a secret, from 0.
#[must_use]
pub fn line_of_secret(name: &str, text: &str) -> Option<usize> {
    if !text.trim().contains('\n') {
        return is_secret(name, text).then_some(0);
    }
    text.lines().position(|line| {
        line.contains("-----BEGIN ") && line.contains("PRIVATE KEY")
            || assignment(line).is_some_and(|(name, value)| is_secret(name, value))
    })
}

/// `db.password = "x"`, `password: x`: the last part of the name, and the value without quotes.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with(['#', ';']) || line.starts_with("//") {
        return None;
    }
    let (name, value) = line.split_once([':', '='])?;
    let quotes = |c: char| matches!(c, '"' | '\'' | ',') || c.is_whitespace();
    let value = value.trim_matches(quotes).split(" #").next().unwrap_or_default().trim_matches(quotes);
    let name = name.trim_matches(quotes);
    Some((name.rsplit('.').next().unwrap_or(name), value))
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

/// Whether the last word of a name stands for a secret.
#[must_use]
pub fn is_named_secret(name: &str) -> bool {
    let name = name.to_uppercase().replace('-', "_");
    if name.starts_with("ALLOW") || name.starts_with("HIDE") {
        return false;
    }
    let mut words = name.rsplit('_');
    let last = words.next().unwrap_or_default();
    let before = words.next().unwrap_or_default();
    NOUNS.contains(&last) || last == "KEY" && matches!(before, "API" | "PRIVATE" | "ACCESS" | "SIGNING")
}

/// Values that are no secret whatever their name: flags, numbers, durations, algorithms, paths, plain addresses.
fn looks_random_enough(value: &str) -> bool {
    let plain = matches!(value.to_lowercase().as_str(), "true" | "false" | "none" | "null" | "yes" | "no");
    !plain
        && value.parse::<f64>().is_err()
        && !is_duration(value)
        && !is_algorithm(value)
        && !is_path(value)
        && !is_host(value)
        && !value.contains("://")
}

/// `15m`, `1h30m`, `250ms`
fn is_duration(value: &str) -> bool {
    let units = ["ns", "us", "ms", "s", "m", "h", "d", "w"];
    let mut rest = value;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |length| digits + length);
        if digits == 0 || !units.contains(&&rest[digits..unit]) {
            return false;
        }
        rest = &rest[unit..];
    }
    true
}

/// `HS256`, `aes-256-gcm`: the name of a family, then sizes and modes.
fn is_algorithm(value: &str) -> bool {
    let families = ["hs", "rs", "es", "ps", "sha", "hmac", "aes", "rsa", "ecdsa", "eddsa", "ed", "argon", "bcrypt"];
    let modes = ["", "gcm", "cbc", "ctr", "hmac", "sha", "id", "i", "d", "pss", "oaep", "with"];
    let lower = value.to_lowercase();
    let mut words = lower.split(['-', '_', '/']).map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()));
    words.next().is_some_and(|first| families.contains(&first))
        && words.all(|word| modes.contains(&word) || families.contains(&word))
}

/// `/run/secret`, `./key.pem`, `secrets/db.txt`: base 64 has slashes too, but no ending behind the last of them.
fn is_path(value: &str) -> bool {
    let ending = |name: &str| name.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && is_word(ending));
    value.starts_with(['/', '~'])
        || value.starts_with("./")
        || value.rsplit_once('/').is_some_and(|(_, name)| ending(name))
}

/// `vault.default.svc`, `localhost:8200`: labels of lower case letters, the last one without digits.
fn is_host(value: &str) -> bool {
    let (host, port) = value.rsplit_once(':').unwrap_or((value, "1"));
    let mut labels = host.split('.').rev();
    let label = |label: &str| {
        !label.is_empty()
            && label.len() < 20
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    let known = host == "localhost" || host.contains('.');
    known && port.parse::<u16>().is_ok() && labels.next().is_some_and(is_word) && labels.all(label)
}

fn is_word(text: &str) -> bool {
    (1..10).contains(&text.len()) && text.chars().all(|c| c.is_ascii_lowercase())
}

/// A JSON Web Token: three parts of base 64, the first of which begins an object.
fn is_signed_token(value: &str) -> bool {
    let parts: Vec<&str> = value.split('.').collect();
    let encoded =
        |part: &&str| part.len() > 8 && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    parts.len() == 3 && parts.iter().all(encoded) && parts[..2].iter().all(|part| part.starts_with("eyJ"))
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
    use super::{holds_secret, is_secret};

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

    #[test]
    fn files_by_their_lines() {
        assert!(holds_secret("app.toml", "port = 80\n[db]\npassword = \"hunter2\" # of the pool\n"));
        assert!(holds_secret("app.yaml", "db:\n  url: postgres://app:hunter2@db/shop\n"));
        assert!(holds_secret("app.properties", "a=1\nspring.db.password=hunter2\n"));
        assert!(holds_secret("tls.key", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"));
        assert!(holds_secret("api-key", "sk_live_x\n"));
        assert!(!holds_secret("app.toml", "# password = \"hunter2\"\npassword_file = \"/run/secret\"\n"));
        assert!(!holds_secret("app.yaml", "db:\n  password: ${DB_PASSWORD}\n  url: postgres://db/shop\n"));
        assert!(!holds_secret("ca.crt", "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n"));
    }

    #[test]
    fn what_has_the_shape_of_something_else_is_none() {
        for value in
            ["15m", "1h30m", "250ms", "HS256", "aes-256-gcm", "secrets/db.txt", "./key", "~/key", "localhost:80"]
        {
            assert!(!is_secret("TOKEN", value), "{value}");
        }
        assert!(!is_secret("DB_PASSWORD", "vault.default.svc"));
        for value in ["m15", "hs256abc", "wJalrXUtnFEMI/K7MDENG/bPxRfiCY", "S3cret.Word", "15mx", "correct-horse"] {
            assert!(is_secret("TOKEN", value), "{value}");
        }
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        assert!(is_secret("SESSION", token));
        assert!(!is_secret("SESSION", "v1.2.3"));
    }
}

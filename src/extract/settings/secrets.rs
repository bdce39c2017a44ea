//! From a value of a settings file to what may be kept of it: secrets never enter the facts.

/// Stands for what is not kept.
pub const SECRET: &str = "<secret>";

/// Words of a key that say its value is secret.
const NOUNS: &[&str] =
    &["password", "passwd", "passphrase", "secret", "secrets", "token", "apikey", "credential", "credentials"];

/// Pairs of words that do.
const PAIRS: &[(&str, &str)] =
    &[("api", "key"), ("private", "key"), ("access", "key"), ("secret", "key"), ("signing", "key")];

/// Last words of keys that speak about a secret and hold none: `token_ttl`, `password_file`.
const ABOUT: &[&str] = &[
    "algorithm",
    "audience",
    "bytes",
    "days",
    "duration",
    "enabled",
    "endpoint",
    "expiration",
    "expiry",
    "file",
    "header",
    "hours",
    "interval",
    "issuer",
    "kind",
    "length",
    "lifetime",
    "max",
    "minutes",
    "millis",
    "ms",
    "name",
    "path",
    "prefix",
    "ref",
    "required",
    "seconds",
    "secs",
    "size",
    "timeout",
    "ttl",
    "type",
    "uri",
    "url",
    "validity",
];

/// What may be kept of the value of a key.
pub fn kept(key: &str, value: &str) -> String {
    // Elements of a list belong to the key of the list.
    let last = key.rsplit('.').find(|part| !part.chars().all(|c| c.is_ascii_digit())).unwrap_or(key);
    let is_reference = value.starts_with('$') && !value.contains(":-") && value.len() < 200;
    // No secret is a truth value: `allow-credentials = true` only speaks about some.
    if value.is_empty() || is_reference || matches!(value, "true" | "false") {
        return value.to_owned();
    }
    if is_secret(last) || value.contains("-----BEGIN") {
        return SECRET.to_owned();
    }
    without_assignments(&without_user(value))
}

fn is_secret(key: &str) -> bool {
    let words = words(key);
    if words.last().is_some_and(|last| ABOUT.contains(&last.as_str())) {
        return false;
    }
    words.iter().any(|word| NOUNS.contains(&word.as_str()))
        || words.windows(2).any(|pair| PAIRS.iter().any(|(first, second)| pair[0] == *first && pair[1] == *second))
}

/// Words of a key in lower case: `apiKey`, `api_key`, `API-KEY` are all two.
fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut after_lower = false;
    for c in key.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && after_lower {
            words.push(std::mem::take(&mut current));
        }
        if c.is_alphanumeric() {
            current.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    words.push(current);
    words.retain(|word| !word.is_empty());
    words
}

/// Takes `user:password@` out of every URL in a text.
fn without_user(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find("://") {
        let (scheme, behind) = rest.split_at(at + 3);
        out.push_str(scheme);
        let end = behind.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';')).unwrap_or(behind.len());
        // The next of several URLs in a list is looked at by itself.
        let end = behind[..end].find("://").map_or(end, |next| behind[..next].rfind(',').unwrap_or(end));
        let (url, after) = behind.split_at(end);
        let authority = url.find(['/', '?', '#']).unwrap_or(url.len());
        let user = match url[..authority].rfind('@') {
            Some(user) => Some(user),
            // A password with a `/` in it: what looks like a port is none.
            None => url[..authority]
                .rsplit_once(':')
                .filter(|(_, port)| !port.chars().all(|c| c.is_ascii_digit()) && !port.starts_with(['$', '{']))
                .and_then(|_| url.rfind('@')),
        };
        out.push_str(&url[user.map_or(0, |user| user + 1)..]);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Replaces the values of `password=…` and the like in connection strings and queries.
fn without_assignments(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('=') {
        let (before, behind) = rest.split_at(at + 1);
        out.push_str(before);
        rest = behind;
        let name = before[..at].rsplit(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))).next();
        if name.is_some_and(|name| name.eq_ignore_ascii_case("pwd") || is_secret(name)) {
            let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '&' | ';')).unwrap_or(rest.len());
            if end > 0 {
                out.push_str(SECRET);
            }
            rest = &rest[end..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_replaced() {
        for (key, value, expected) in [
            ("db.password", "x", SECRET),
            ("DB_PASSWORD", "x", SECRET),
            ("auth.apiKey", "x", SECRET),
            ("auth.clientSecret", "x", SECRET),
            ("tokens.token.0", "x", SECRET),
            ("aws.secret_access_key", "x", SECRET),
            ("auth.token_ttl_secs", "30", "30"),
            ("auth.password_file", "/run/x", "/run/x"),
            ("cors.allow-credentials", "true", "true"),
            ("tokenizer", "en", "en"),
            ("db.password", "${DB_PASSWORD}", "${DB_PASSWORD}"),
            ("db.password", "", ""),
            ("db.url", "postgres://u:p@h:5432/d?sslmode=require", "postgres://h:5432/d?sslmode=require"),
            ("db.url", "postgres://u:p/w@h/d", "postgres://h/d"),
            ("db.url", "mongodb://u:p@a:1,b:2/d", "mongodb://a:1,b:2/d"),
            ("urls", "redis://u:p@a,redis://:q@b", "redis://a,redis://b"),
            ("url", "http://h:80/a@b", "http://h:80/a@b"),
            ("url", "http://${HOST}:${PORT}/a@b", "http://${HOST}:${PORT}/a@b"),
            ("dsn", "host=h password=p port=1", "host=h password=<secret> port=1"),
            ("url", "redis://h?Password=p&x=1", "redis://h?Password=<secret>&x=1"),
            ("cert", "-----BEGIN PRIVATE KEY-----\nx", SECRET),
            ("name", "plain", "plain"),
        ] {
            assert_eq!(kept(key, value), expected, "{key}");
        }
    }
}

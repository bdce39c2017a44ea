//! ConfigMaps with their values; Secrets by their key names only: no secret value leaves this module.

use std::collections::BTreeMap;

use super::object::{entries, reads, text};
use crate::extract::yaml::Node;
use crate::facts::deployment::{ConfigMap, ObjectMeta, Secret};

/// A ConfigMap.
pub fn config_map(meta: ObjectMeta, object: &Node) -> ConfigMap {
    ConfigMap { meta, data: reads(object.get("data")), partial: false }
}

/// A Secret with `data` or `stringData`.
pub fn secret(meta: ObjectMeta, object: &Node) -> Secret {
    let mut secret = Secret { meta, keys: BTreeMap::new(), complete: true, urls: BTreeMap::new() };
    for (key, value) in entries(object.get("data")) {
        secret.keys.insert(key.to_owned(), value.span.clone());
        if let Some(url) = value.str().and_then(decoded).and_then(|text| bare_url(&text)) {
            secret.urls.insert(key.to_owned(), url);
        }
    }
    for (key, value) in entries(object.get("stringData")) {
        secret.keys.insert(key.to_owned(), value.span.clone());
        if let Some(url) = value.str().and_then(bare_url) {
            secret.urls.insert(key.to_owned(), url);
        }
    }
    secret
}

/// An ExternalSecret: keys that it names; with `dataFrom` there may be more.
pub fn external_secret(mut meta: ObjectMeta, object: &Node) -> Secret {
    if let Some(name) = object.str_at(&["spec", "target", "name"]) {
        meta.name = name.to_owned();
    }
    let mut keys = BTreeMap::new();
    for item in object.seq_at(&["spec", "data"]) {
        if let Some(key) = text(item.get("secretKey")) {
            keys.insert(key.value, key.at);
        }
    }
    let template = object.at(&["spec", "target", "template", "data"]);
    for (key, value) in entries(template) {
        keys.insert(key.to_owned(), value.span.clone());
    }
    let complete = object.seq_at(&["spec", "dataFrom"]).is_empty() && !keys.is_empty();
    Secret { meta, keys, complete, urls: BTreeMap::new() }
}

/// A SealedSecret.
pub fn sealed_secret(mut meta: ObjectMeta, object: &Node) -> Secret {
    if let Some(name) = object.str_at(&["spec", "template", "metadata", "name"]) {
        meta.name = name.to_owned();
    }
    let sealed =
        entries(object.at(&["spec", "encryptedData"])).chain(entries(object.at(&["spec", "template", "data"])));
    let keys = sealed.map(|(key, value)| (key.to_owned(), value.span.clone())).collect();
    Secret { meta, keys, complete: true, urls: BTreeMap::new() }
}

/// `scheme://host:port/path` of a connection URL; user, password, query and fragment fall away.
pub fn bare_url(text: &str) -> Option<String> {
    let (scheme, rest) = text.trim().split_once("://")?;
    let proper = |of: char| of.is_ascii_alphanumeric() || matches!(of, '+' | '-' | '.');
    if scheme.is_empty() || scheme.len() > 32 || !scheme.chars().all(proper) || rest.contains(char::is_whitespace) {
        return None;
    }
    let (rest, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    // A password may hold `/`, `?` and `@` where it is not encoded: what cannot be told apart is not shown.
    if query.contains('@') {
        return None;
    }
    let rest = rest.rsplit_once('@').map_or(rest, |(_, behind)| behind);
    let host = rest.split('/').next().unwrap_or_default();
    // Paths of HTTP URLs hold tokens, those of others the name of a database.
    let shown = if scheme.starts_with("http") { host } else { rest };
    (!host.is_empty() && host.split(',').all(is_host)).then(|| format!("{scheme}://{shown}"))
}

/// Whether a text is a host name with or without a port, which may be a variable.
fn is_host(text: &str) -> bool {
    let (name, port) = text.rsplit_once(':').unwrap_or((text, ""));
    let variable = |of: char| matches!(of, '$' | '{' | '}' | '(' | ')' | '_');
    let of_name = |of: char| of.is_ascii_alphanumeric() || variable(of) || matches!(of, '.' | '-');
    let of_port = |of: char| of.is_ascii_digit() || (port.starts_with('$') && of_name(of));
    !name.is_empty() && name.chars().all(of_name) && port.chars().all(of_port)
}

/// Text behind base64; `None` if it is none.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for of in text.bytes().filter(|of| !of.is_ascii_whitespace() && *of != b'=') {
        let value = match of {
            b'A'..=b'Z' => of - b'A',
            b'a'..=b'z' => of - b'a' + 26,
            b'0'..=b'9' => of - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFF_FFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}

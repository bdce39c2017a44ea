//! What functions of texts make of a text that is known: `trim_matches`, `strip_prefix`, `replace` …

use crate::facts::Value;

/// Whether a method makes a text from a text.
pub fn changes(name: &str) -> bool {
    matches!(
        name,
        "trim"
            | "trim_start"
            | "trim_end"
            | "trim_matches"
            | "trim_start_matches"
            | "trim_end_matches"
            | "strip_prefix"
            | "strip_suffix"
            | "replace"
            | "to_uppercase"
            | "to_ascii_uppercase"
            | "to_lowercase"
            | "to_ascii_lowercase"
    )
}

/// The text that comes out, as far as it is known.
pub fn changed(text: &Value, name: &str, given: &[Value]) -> Option<Value> {
    match text {
        Value::Text(text) => changed_text(text, name, given).map(Value::Text),
        Value::OneOf(all) => {
            let mut all = all.iter().map(|text| changed(text, name, given));
            let first = all.next()??;
            all.try_fold(first, |known, text| text.map(|text| known.or(text)))
        }
        Value::Join(parts) => changed_parts(parts, name, given),
        // Trimmed, a text that is set elsewhere is still that text as far as it matters.
        other if name.starts_with("trim") || name.ends_with("lowercase") => Some(other.clone()),
        _ => None,
    }
}

/// A text with holes: only its ends are looked at, and only where they are known.
fn changed_parts(parts: &[Value], name: &str, given: &[Value]) -> Option<Value> {
    let mut parts = parts.to_vec();
    let (start, end) = match name {
        "trim" => (Some("trim_start"), Some("trim_end")),
        "trim_matches" => (Some("trim_start_matches"), Some("trim_end_matches")),
        "trim_start" | "trim_start_matches" | "strip_prefix" => (Some(name), None),
        "trim_end" | "trim_end_matches" | "strip_suffix" => (None, Some(name)),
        name if name.ends_with("lowercase") => return Some(Value::Join(parts)),
        _ => return None,
    };
    if let Some(name) = start {
        change_end(parts.first_mut()?, name, given)?;
    }
    if let Some(name) = end {
        change_end(parts.last_mut()?, name, given)?;
    }
    Some(crate::extract::rust::interpret::val::concat(parts))
}

/// One end of a text with holes. Whether a hole begins with a prefix that is stripped is not known.
fn change_end(end: &mut Value, name: &str, given: &[Value]) -> Option<()> {
    match end {
        Value::Text(text) => *text = changed_text(text, name, given)?,
        _ if name.starts_with("trim") => {}
        _ => return None,
    }
    Some(())
}

fn changed_text(text: &str, name: &str, given: &[Value]) -> Option<String> {
    let first = given.first().and_then(Value::as_text);
    let any = given.first().map(pattern).unwrap_or_default();
    Some(match name {
        "trim" => text.trim().to_owned(),
        "trim_start" => text.trim_start().to_owned(),
        "trim_end" => text.trim_end().to_owned(),
        "trim_matches" if !any.is_empty() => trimmed_end(trimmed_start(text, &any), &any).to_owned(),
        "trim_start_matches" if !any.is_empty() => trimmed_start(text, &any).to_owned(),
        "trim_end_matches" if !any.is_empty() => trimmed_end(text, &any).to_owned(),
        "strip_prefix" => text.strip_prefix(first?)?.to_owned(),
        "strip_suffix" => text.strip_suffix(first?)?.to_owned(),
        "replace" if !first?.is_empty() => text.replace(first?, given.get(1).and_then(Value::as_text)?),
        "to_uppercase" => text.to_uppercase(),
        "to_ascii_uppercase" => text.to_ascii_uppercase(),
        "to_lowercase" => text.to_lowercase(),
        "to_ascii_lowercase" => text.to_ascii_lowercase(),
        _ => return None,
    })
}

/// The texts that a pattern means: `'/'`, `"/v1"`, `['/', ' ']`. None where it is not known, or a function.
fn pattern(of: &Value) -> Vec<&str> {
    let all = match of {
        Value::OneOf(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let texts: Option<Vec<&str>> = all.iter().map(|value| value.as_text().filter(|text| !text.is_empty())).collect();
    texts.unwrap_or_default()
}

fn trimmed_start<'t>(mut text: &'t str, any: &[&str]) -> &'t str {
    while let Some(rest) = any.iter().find_map(|of| text.strip_prefix(of)) {
        text = rest;
    }
    text
}

fn trimmed_end<'t>(mut text: &'t str, any: &[&str]) -> &'t str {
    while let Some(rest) = any.iter().find_map(|of| text.strip_suffix(of)) {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::changed;
    use crate::facts::Value;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn known_texts_are_changed() {
        let cases = [
            ("/v1/", "trim_matches", vec![text("/")], Some("v1")),
            ("/v1/", "trim_start_matches", vec![text("/")], Some("v1/")),
            (" v1 ", "trim_end", vec![], Some(" v1")),
            ("/v1", "strip_prefix", vec![text("/")], Some("v1")),
            ("v1", "strip_prefix", vec![text("/")], None),
            ("a-b", "replace", vec![text("-"), text("_")], Some("a_b")),
            ("get", "to_uppercase", vec![], Some("GET")),
            ("/v1/", "trim_matches", vec![Value::Argument(1)], None),
        ];
        for (from, name, given, to) in cases {
            assert_eq!(changed(&text(from), name, &given), to.map(text), "{from}.{name}");
        }
    }

    #[test]
    fn holes_keep_their_place() {
        let parts = Value::Join(vec![text("/v1/"), Value::Argument(1), text("/")]);
        assert_eq!(
            changed(&parts, "trim_matches", &[text("/")]),
            Some(Value::Join(vec![text("v1/"), Value::Argument(1)]))
        );
        assert_eq!(changed(&parts, "replace", &[text("/"), text("")]), None);
        let open = Value::Join(vec![Value::Argument(1), text("/x")]);
        assert_eq!(changed(&open, "strip_prefix", &[text("/")]), None);
        assert_eq!(changed(&open, "trim_start_matches", &[text("/")]), Some(open.clone()));
    }
}

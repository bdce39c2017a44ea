//! `cart -> datastore:postgres/*`: a dependency as a person writes it, into a condition of the dialect.

/// The kinds that the end of a dependency can be said to be.
const KINDS: [&str; 5] = ["service", "job", "datastore", "topic", "external"];

/// One end: a name in which `*` stands for any letters, and its kind if it is stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub kind: Option<&'static str>,
    pub name: String,
}

/// Both ends of a dependency.
///
/// # Errors
/// What was met, and what to do.
pub(super) fn read(text: &str) -> Result<(Pattern, Pattern), (String, String)> {
    let help = || "write `cart -> price`, or `* -> datastore:postgres/orders`".to_owned();
    let Some((from, to)) = text.split_once("->").filter(|(_, to)| !to.contains("->")) else {
        return Err((format!("`{text}` is no dependency"), help()));
    };
    let (from, to) = (end(from), end(to));
    if from.name.is_empty() || to.name.is_empty() {
        return Err((format!("`{text}` lacks one of its ends"), help()));
    }
    match from.kind {
        None | Some("service" | "job") => Ok((from, to)),
        Some(kind) => Err((format!("a {kind} depends on nothing"), "a service or a job stands on the left".to_owned())),
    }
}

fn end(text: &str) -> Pattern {
    let text = text.trim();
    let stated = text.split_once(':').and_then(|(kind, name)| {
        let kind = KINDS.into_iter().find(|known| *known == kind.trim())?;
        Some(Pattern { kind: Some(kind), name: name.trim().to_owned() })
    });
    stated.unwrap_or_else(|| Pattern { kind: None, name: text.to_owned() })
}

/// Whether the edge of that name is this dependency.
pub(super) fn edge(variable: &str, from: &Pattern, to: &Pattern, kind: Option<&str>) -> String {
    let mut parts = vec![service(&format!("{variable}.from"), from)];
    // What is surely known comes first; a name that is open makes the rest unknown.
    parts.extend(kind.map(|kind| format!("{variable}.kind == {}", quoted(kind))));
    parts.extend(to.kind.map(|kind| format!("{variable}.to_kind == {}", quoted(kind))));
    parts.push(name(&format!("{variable}.to_name"), &to.name));
    parts.retain(|part| part != "true");
    if parts.is_empty() { "true".to_owned() } else { parts.join(" && ") }
}

/// Whether the service of that name is this one.
pub(super) fn service(variable: &str, of: &Pattern) -> String {
    let kind = of.kind.map(|kind| format!("{variable}.kind == {}", quoted(kind)));
    let name = Some(name(&format!("{variable}.name"), &of.name)).filter(|name| name != "true");
    let parts: Vec<String> = kind.into_iter().chain(name).collect();
    if parts.is_empty() { "true".to_owned() } else { parts.join(" && ") }
}

fn name(field: &str, pattern: &str) -> String {
    if pattern.chars().all(|letter| letter == '*') {
        return "true".to_owned();
    }
    if !pattern.contains('*') {
        return format!("{field} == {}", quoted(pattern));
    }
    let parts: Vec<String> = pattern.split('*').map(regex::escape).collect();
    format!("{field}.matches({})", quoted(&format!("^{}$", parts.join(".*"))))
}

/// A text of the dialect.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(text: &str, kind: Option<&str>) -> String {
        read(text).map_or_else(|(message, _)| message, |(from, to)| edge("edge", &from, &to, kind))
    }

    #[test]
    fn a_dependency_becomes_a_condition() {
        assert_eq!(condition("cart -> price", None), r#"edge.from.name == "cart" && edge.to_name == "price""#);
        assert_eq!(
            condition("job:*-migrate->datastore:postgres/*", Some("sql")),
            r#"edge.from.kind == "job" && edge.from.name.matches("^.*\\-migrate$") && edge.kind == "sql" && edge.to_kind == "datastore" && edge.to_name.matches("^postgres/.*$")"#
        );
        assert_eq!(
            condition("* -> topic:shop.orders.v1", None),
            r#"edge.to_kind == "topic" && edge.to_name == "shop.orders.v1""#
        );
        assert_eq!(condition("* -> *", None), "true");
        assert_eq!(condition(r#"a"\ -> b"#, None), r#"edge.from.name == "a\"\\" && edge.to_name == "b""#);
        assert_eq!(condition("cart", None), "`cart` is no dependency");
        assert_eq!(condition("cart ->", None), "`cart ->` lacks one of its ends");
        assert_eq!(condition("topic:x -> cart", None), "a topic depends on nothing");
    }
}

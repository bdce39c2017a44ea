//! A setting written into the text of `loadpath.yaml`, of which every other line, comments included, stays as it is.
//!
//! Lines are added or changed by their indentation; then the text is read as settings, and is given out only if it says
//! what was asked for and all else as before. What a line cannot show (a list in brackets) is left to the person.

use super::{Config, Override, load};

/// Why a setting was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write into {file}: {why}; add it by hand:\n{wanted}")]
pub struct NotWritten {
    /// The file.
    file: String,
    /// What is in the way.
    why: String,
    /// What was to be added.
    wanted: String,
}

/// Accepts the findings of a rule about one entity.
///
/// # Errors
/// When the text holds no settings, or a list in a form that lines cannot be added to.
pub fn suppress(file: &str, text: &str, rule: &str, entity: &str, reason: &str) -> Result<String, NotWritten> {
    let pattern = globset::escape(entity);
    let item =
        [format!("- rule: {rule}"), format!("  entity: {}", quoted(&pattern)), format!("  reason: {}", quoted(reason))];
    let says = |before: &Config, after: &Config| {
        let last = after.suppressions.last();
        after.suppressions.len() == before.suppressions.len() + 1
            && after.suppressions.starts_with_same(&before.suppressions)
            && last.is_some_and(|of| {
                of.rule.value == rule
                    && of.reason.value == reason
                    && of.entity.as_ref().is_some_and(|of| of.value == pattern)
            })
            && after.severities.len() == before.severities.len()
    };
    written(file, text, ("suppressions", &item), None, says)
}

/// Sets the severity of a rule: `error`, `warning`, `info` or `off`.
///
/// # Errors
/// When the text holds no settings, or a map in a form that lines cannot be added to.
pub fn severity(file: &str, text: &str, rule: &str, severity: &str) -> Result<String, NotWritten> {
    let line = [format!("{rule}: {severity}")];
    let says = |before: &Config, after: &Config| {
        after.severities.get(rule).is_some_and(|of| name(of.value) == severity)
            && after.suppressions.len() == before.suppressions.len()
            && before
                .severities
                .iter()
                .all(|(id, of)| id == rule || after.severities.get(id).is_some_and(|now| now.value == of.value))
    };
    written(file, text, ("severities", &line), Some(rule), says)
}

fn name(severity: Override) -> &'static str {
    severity.severity().map_or("off", |of| of.name())
}

/// Whether a list begins with the same suppressions as another one, wherever they stand in the file.
trait Same {
    fn starts_with_same(&self, other: &Self) -> bool;
}

impl Same for Vec<super::Suppression> {
    fn starts_with_same(&self, other: &Self) -> bool {
        self.iter().zip(other).all(|(a, b)| a.rule.value == b.rule.value && a.reason.value == b.reason.value)
    }
}

/// A text in quotes: JSON's are YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Lines put under a key of the file, or in the place of the line that begins with a key of their own.
fn written(
    file: &str,
    text: &str,
    (key, added): (&str, &[String]),
    own: Option<&str>,
    says: impl Fn(&Config, &Config) -> bool,
) -> Result<String, NotWritten> {
    let fail = |why: String| {
        let wanted: Vec<String> = added.iter().map(|line| format!("  {line}")).collect();
        NotWritten { file: file.to_owned(), why, wanted: format!("{key}:\n{}", wanted.join("\n")) }
    };
    let before = load(file, text).map_err(|problem| fail(problem.to_string()))?;
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match lines.iter().position(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':'))) {
        Some(at) => under(&mut lines, at, added, own).map_err(|why| fail(why.to_owned()))?,
        None => {
            lines.push(format!("{key}:"));
            lines.extend(added.iter().map(|line| format!("  {line}")));
        }
    }
    let mut edited = lines.join(end);
    edited.push_str(end);
    let after = load(file, &edited).map_err(|problem| fail(problem.to_string()))?;
    if says(&before, &after) {
        Ok(edited)
    } else {
        Err(fail("its lines are not in a form that can be added to".to_owned()))
    }
}

/// Puts lines at the end of what stands under a key, or in the place of one that is there.
fn under(lines: &mut Vec<String>, at: usize, added: &[String], own: Option<&str>) -> Result<(), &'static str> {
    let value = lines[at].split_once(':').map_or("", |(_, value)| value);
    let (value, comment) = match value.find('#') {
        Some(comment) if value[..comment].trim().is_empty() || value[..comment].ends_with(' ') => {
            value.split_at(comment)
        }
        _ => (value, ""),
    };
    match value.trim() {
        "" => {}
        "[]" | "{}" | "~" | "null" => {
            let key = lines[at].split_once(':').map_or("", |(key, _)| key);
            lines[at] = format!("{key}: {comment}").trim_end().to_owned();
        }
        _ => return Err("it is written in brackets"),
    }
    let belongs = |line: &&String| line.is_empty() || line.starts_with([' ', '\t', '#', '-', '\r']);
    let block = lines[at + 1..].iter().take_while(belongs).count();
    let within = &lines[at + 1..at + 1 + block];
    let is_content = |line: &&String| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let first = within.iter().find(is_content);
    let indent: String =
        first.map_or_else(|| "  ".to_owned(), |line| line.chars().take_while(|c| c.is_whitespace()).collect());
    if let Some(own) = own {
        let key = |line: &String| {
            let line = line.trim_start();
            let (key, _) = line.split_once(':')?;
            Some(key.trim().trim_matches(['"', '\'']).to_owned())
        };
        let there = within.iter().position(|line| key(line).as_deref() == Some(own));
        if let (Some(place), Some(new)) = (there, added.first()) {
            let line = &lines[at + 1 + place];
            // What was said behind the value stays.
            let comment = line.find(" #").map_or_else(String::new, |from| line[from..].to_owned());
            lines[at + 1 + place] = format!("{indent}{new}{comment}");
            return Ok(());
        }
    }
    let last = within.iter().rposition(|line| is_content(&line)).map_or(0, |last| last + 1);
    let new = added.iter().map(|line| format!("{indent}{line}"));
    lines.splice(at + 1 + last..at + 1 + last, new);
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{severity, suppress};

    fn accepted(text: &str) -> String {
        suppress("loadpath.yaml", text, "a/b", "edge:x->y", "we know: \"fine\"").unwrap()
    }

    const ITEM: &str = "  - rule: a/b\n    entity: \"edge:x->y\"\n    reason: \"we know: \\\"fine\\\"\"\n";

    #[test]
    fn a_first_suppression_begins_the_list() {
        assert_eq!(accepted(""), format!("suppressions:\n{ITEM}"));
        assert_eq!(accepted("suppressions: [] # none\nname: x\n"), format!("suppressions: # none\n{ITEM}name: x\n"));
    }

    #[test]
    fn comments_and_order_stay() {
        let text = "# top\nsuppressions:\n# why\n- rule: c/d   # old\n  reason: r\n\n# about the name\nname: x\n";
        let after = accepted(text);
        assert_eq!(
            after,
            "# top\nsuppressions:\n# why\n- rule: c/d   # old\n  reason: r\n- rule: a/b\n  entity: \"edge:x->y\"\n  \
             reason: \"we know: \\\"fine\\\"\"\n\n# about the name\nname: x\n"
        );
    }

    #[test]
    fn an_entity_is_no_pattern() {
        let after = suppress("loadpath.yaml", "", "a/b", "endpoint:GET /cart/{id}", "known").unwrap();
        assert!(after.contains("[{]id[}]"), "{after}");
    }

    #[test]
    fn a_severity_takes_the_place_of_the_one_before() {
        let text = "severities:\n  a/b: error # strict\n  c/d: off\n";
        assert_eq!(severity("f", text, "a/b", "info").unwrap(), "severities:\n  a/b: info # strict\n  c/d: off\n");
        assert_eq!(severity("f", text, "e/f", "off").unwrap(), format!("{text}  e/f: off\n"));
    }

    #[test]
    fn brackets_are_left_to_the_person() {
        let error = suppress("f", "suppressions: [{rule: c/d, reason: r}]\n", "a/b", "x", "y").unwrap_err();
        assert!(error.to_string().contains("brackets") && error.to_string().contains("rule: a/b"), "{error}");
        assert!(severity("f", "nonsense: 1\n", "a/b", "off").is_err());
    }
}

//! Comments of YAML files into suppressions: `# loadpath: allow(rule-id) reason until=YYYY-MM-DD`.

use crate::extract::yaml::Comment;
use crate::facts::Suppression;

/// The suppressions that a comment states: one per rule that it names.
pub fn suppressions(comment: &Comment) -> Vec<Suppression> {
    let Some(rest) = comment.text.trim().strip_prefix("loadpath:") else { return Vec::new() };
    let Some((rules, rest)) = rest.trim().strip_prefix("allow(").and_then(|rest| rest.split_once(')')) else {
        return Vec::new();
    };
    let mut until = None;
    let mut words = Vec::new();
    for word in rest.split_whitespace() {
        match word.strip_prefix("until=") {
            Some(date) => until = Some(date.to_owned()),
            None => words.push(word),
        }
    }
    let reason = (!words.is_empty()).then(|| words.join(" "));
    rules
        .split(',')
        .map(str::trim)
        .filter(|rule| !rule.is_empty())
        .map(|rule| Suppression {
            at: comment.at.clone(),
            rule: rule.to_owned(),
            reason: reason.clone(),
            until: until.clone(),
        })
        .collect()
}

//! The text of a comment into suppressions: `loadpath: allow(rule-id) reason until=YYYY-MM-DD`. Knows no language.

use crate::facts::Suppression;
use crate::span::Span;

/// The suppressions that one line of a comment states: one per rule that it names.
#[must_use]
pub fn suppressions(line: &str, at: &Span) -> Vec<Suppression> {
    let Some((rules, tail)) = allowance(line) else { return Vec::new() };
    let mut until = None;
    let mut words = Vec::new();
    for word in tail.split_whitespace() {
        match word.strip_prefix("until=") {
            Some(day) => until = Some(day.to_owned()),
            None => words.push(word),
        }
    }
    let words = words.join(" ");
    let words = words.trim_start_matches([':', '-', ' ']).trim_end();
    let reason = (!words.is_empty()).then(|| words.to_owned());
    let rules = rules.split(',').map(str::trim).filter(|rule| !rule.is_empty());
    rules
        .map(|rule| Suppression { at: at.clone(), rule: rule.to_owned(), reason: reason.clone(), until: until.clone() })
        .collect()
}

/// The rules between the parentheses, and what follows them.
fn allowance(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start().strip_prefix("loadpath:")?;
    let rest = rest.trim_start().strip_prefix("allow")?;
    rest.trim_start().strip_prefix('(')?.split_once(')')
}

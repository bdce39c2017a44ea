//! The text of a baseline with entries added, brought up to date and taken away. Every other line stays as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

use super::{Applied, Baseline, Entry, SCHEMA};
use crate::findings::Finding;

const HEAD: &str = "# Findings that were there when this was written: `loadpath check --baseline` lets them pass and fails on others.\n\
                    # `loadpath baseline update` adds and takes away; what you write here, a `reason:` or a comment, stays.\n";

/// The text with what is new added, what passes brought up to date, and the entries at some places taken away.
#[must_use]
pub fn edited(baseline: &Baseline, applied: &Applied, new: &[Finding], remove: &BTreeSet<usize>) -> String {
    let mut lines: Vec<Vec<String>> = baseline.text.lines().map(|line| vec![line.to_owned()]).collect();
    let mut open: Vec<&Finding> = Vec::new();
    for finding in new {
        // A finding that got worse has an entry already.
        match baseline.entries.iter().position(|entry| entry.fingerprint == finding.fingerprint) {
            Some(place) => refresh(&mut lines, baseline, place, finding),
            None => open.push(finding),
        }
    }
    for (finding, place) in &applied.passed {
        refresh(&mut lines, baseline, *place, finding);
    }
    for place in remove {
        for line in baseline.lines.get(*place).cloned().unwrap_or_default() {
            lines[line].clear();
        }
    }
    open.sort_by_key(|finding| order(&finding.rule, &finding.entity, &finding.fingerprint));
    let end = baseline.lines.last().map(|range| range.end).or_else(|| {
        let list = baseline.text.lines().position(is_list)?;
        lines[list] = vec![lines[list].concat().replace("[]", "").trim_end().to_owned()];
        Some(list + 1)
    });
    let mut text = String::new();
    let mut added: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let end = end.unwrap_or_else(|| {
        lines.push(vec![format!("{HEAD}schema: {SCHEMA}"), "findings:".to_owned()]);
        lines.len()
    });
    for finding in open {
        let key = order(&finding.rule, &finding.entity, &finding.fingerprint);
        let next = baseline.entries.iter().position(|of| order(&of.rule, &of.entity, &of.fingerprint) > key);
        // Above what is said about the one that follows.
        let at =
            next.and_then(|place| baseline.lines.get(place)).map(|range| comments_above(&baseline.text, range.start));
        added.entry(at.unwrap_or(end)).or_default().extend(entry(finding));
    }
    for number in 0..=lines.len() {
        let own = lines.get(number).into_iter().flatten();
        for line in added.get(&number).into_iter().flatten().chain(own) {
            text.push_str(line);
            text.push('\n');
        }
    }
    if items(&text).is_empty() { text.replace("findings:\n", "findings: []\n") } else { text }
}

fn order(rule: &str, entity: &str, fingerprint: &str) -> (String, String, String) {
    (rule.to_owned(), entity.to_owned(), fingerprint.to_owned())
}

/// The key of the list, with entries below it or without any.
fn is_list(line: &str) -> bool {
    let value = line.strip_prefix("findings:").map(|rest| rest.split('#').next().unwrap_or_default().replace(' ', ""));
    matches!(value.as_deref(), Some("" | "[]"))
}

/// An entry as lines.
fn entry(finding: &Finding) -> Vec<String> {
    let mut lines = vec![
        format!("  - rule: {}", finding.rule),
        format!("    entity: {}", quoted(&finding.entity)),
        format!("    severity: {}", finding.severity.name()),
        format!("    fingerprint: {}", quoted(&finding.fingerprint)),
    ];
    lines.extend(finding.span.as_ref().map(|span| format!("    file: {}", quoted(&span.file))));
    lines.extend(finding.code.as_ref().map(|code| format!("    code: {}", quoted(code))));
    lines
}

/// A text in double quotes, as JSON and YAML both read it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Writes what has changed of a finding into the lines of its entry.
fn refresh(lines: &mut [Vec<String>], baseline: &Baseline, place: usize, finding: &Finding) {
    let (Some(entry), Some(range)) = (baseline.entries.get(place), baseline.lines.get(place)) else { return };
    let file = finding.span.as_ref().map(|span| span.file.to_string());
    let Entry { entity, severity, fingerprint, file: old_file, code, .. } = entry;
    let values = [
        ("entity", *entity != finding.entity, Some(quoted(&finding.entity))),
        ("severity", *severity != finding.severity, Some(finding.severity.name().to_owned())),
        ("fingerprint", *fingerprint != finding.fingerprint, Some(quoted(&finding.fingerprint))),
        ("file", *old_file != file, file.as_deref().map(quoted)),
        ("code", *code != finding.code, finding.code.as_deref().map(quoted)),
    ];
    for (key, changed, value) in values {
        let Some(value) = value.filter(|_| changed) else { continue };
        let found = range.clone().find_map(|line| {
            let text = lines[line].last()?;
            let bare = text.trim_start().trim_start_matches("- ").trim_start();
            bare.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')).then_some(line)
        });
        match found {
            Some(line) => {
                if let Some(text) = lines[line].last_mut() {
                    let start = text.find(key).map_or(0, |at| at + key.len() + 1);
                    let remark = comment_of(&text[start..]).map(str::to_owned);
                    text.truncate(start);
                    // Writing to a string does not fail.
                    let _ = write!(text, " {value}{}", remark.map_or_else(String::new, |of| format!(" {of}")));
                }
            }
            None => {
                let indent: String =
                    " ".repeat(baseline.text.lines().nth(range.start).map_or(4, |line| indent(line) + 2));
                lines[range.end - 1].push(format!("{indent}{key}: {value}"));
            }
        }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The comment behind a value.
fn comment_of(value: &str) -> Option<&str> {
    let value = value.trim_start();
    let from = match value.chars().next() {
        Some('"') => value[1..].find('"').map_or(value.len(), |end| end + 2),
        Some('\'') => value[1..].find('\'').map_or(value.len(), |end| end + 2),
        _ => 0,
    };
    let rest = value.get(from..)?;
    if from == 0 && rest.starts_with('#') {
        return Some(rest);
    }
    rest.find(" #").map(|at| rest[at..].trim())
}

/// Whether a comment stands in the lines of an entry, or right above them.
pub(super) fn has_comment(text: &str, range: &Range<usize>) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let inside = lines.get(range.clone()).unwrap_or_default().iter().any(|line| {
        line.trim_start().starts_with('#') || line.split_once(':').is_some_and(|(_, value)| comment_of(value).is_some())
    });
    inside || comments_above(text, range.start) < range.start
}

/// The first line of the comment that stands right above a line, or the line itself. What stands above the list is about
/// the file.
fn comments_above(text: &str, line: usize) -> usize {
    let lines: Vec<&str> = text.lines().take(line).collect();
    let comments = lines.iter().rev().take_while(|line| line.trim_start().starts_with('#')).count();
    line - comments
}

/// The lines of each entry, from 0: from its dash to its last key, comments and empty lines behind it left out.
pub(super) fn items(text: &str) -> Vec<Range<usize>> {
    let lines: Vec<&str> = text.lines().collect();
    let Some(list) = lines.iter().position(|line| is_list(line)) else { return Vec::new() };
    let dash = |line: &str| line.trim_start().starts_with("- ");
    let Some(width) = lines[list + 1..].iter().find(|line| dash(line)).map(|line| indent(line)) else {
        return Vec::new();
    };
    let speaks = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let mut found: Vec<Range<usize>> = Vec::new();
    for (number, line) in lines.iter().enumerate().skip(list + 1).filter(|(_, line)| speaks(line)) {
        if dash(line) && indent(line) == width {
            found.push(number..number + 1);
        } else if indent(line) <= width {
            break;
        } else if let Some(last) = found.last_mut() {
            last.end = number + 1;
        }
    }
    found
}

//! A review as test results, in the XML of JUnit that servers of continuous integration read: a suite per category, a case
//! per finding, and one that passes for each rule that found nothing.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::xml::escaped;
use crate::findings::{FailOn, Finding, Settled, exit_code};
use crate::rules::Rule;

/// What became of a rule, or of one of its entities.
struct Case<'a> {
    rule: &'a str,
    name: String,
    /// The element within the case; none where it passes without a word.
    inner: Option<String>,
}

/// The results of a review. Findings below the threshold pass, and say what they are on the case's output.
#[must_use]
pub fn report(settled: &Settled, rules: &[Rule], fail_on: FailOn) -> String {
    let mut suites: BTreeMap<&str, Vec<Case<'_>>> = BTreeMap::new();
    for rule in rules {
        let findings = settled.findings.iter().filter(|finding| *finding.rule == *rule.id);
        let unknown = settled.unknown.iter().filter(|unknown| *unknown.rule == *rule.id);
        let mut cases: Vec<Case<'_>> = findings.map(|finding| case(finding, fail_on)).collect();
        cases.extend(unknown.map(|unknown| {
            let why = format!("not decided: missing {}; supply {}", unknown.missing.join(", "), unknown.supply);
            Case {
                rule: &unknown.rule,
                name: unknown.entity.clone(),
                inner: Some(format!("<skipped message=\"{}\"/>", escaped(&why))),
            }
        }));
        if cases.is_empty() {
            cases.push(Case { rule: &rule.id, name: rule.title.clone(), inner: None });
        }
        suites.entry(rule.category()).or_default().extend(cases);
    }
    let count = |word: &str| {
        let has = |case: &&Case<'_>| case.inner.as_ref().is_some_and(|inner| inner.starts_with(word));
        suites.values().flatten().filter(has).count()
    };
    let all: usize = suites.values().map(Vec::len).sum();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string does not fail; so for all below.
    let _ = writeln!(text, "<testsuites name=\"loadpath\" tests=\"{all}\" failures=\"{}\">", count("<failure"));
    for (category, cases) in &suites {
        let within =
            |word: &str| cases.iter().filter(|of| of.inner.as_ref().is_some_and(|of| of.starts_with(word))).count();
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
            escaped(category),
            cases.len(),
            within("<failure"),
            within("<skipped"),
        );
        for case in cases {
            let (rule, name) = (escaped(case.rule), escaped(&case.name));
            let _ = match &case.inner {
                None => writeln!(text, "    <testcase classname=\"{rule}\" name=\"{name}\"/>"),
                Some(inner) => writeln!(text, "    <testcase classname=\"{rule}\" name=\"{name}\">{inner}</testcase>"),
            };
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn case(finding: &Finding, fail_on: FailOn) -> Case<'_> {
    let place = finding.span.as_ref().map_or_else(String::new, |span| format!("{}:{}\n", span.file, span.line));
    let related: String =
        finding.related.iter().map(|related| format!("{}: {}\n", related.span, related.message)).collect();
    let formula = finding.formula.as_ref().map_or_else(String::new, |formula| format!("{formula}\n"));
    let body = escaped(&format!("{place}{related}{formula}Fix: {}\n{}", finding.fix, finding.help));
    let (severity, message) = (finding.severity.name(), escaped(&finding.message));
    let inner = if exit_code([finding], fail_on) == 0 {
        format!("<system-out>{severity}: {message}&#10;{body}</system-out>")
    } else {
        format!("<failure type=\"{severity}\" message=\"{message}\">{body}</failure>")
    };
    Case { rule: &finding.rule, name: finding.entity.clone(), inner: Some(inner) }
}

//! Examples of a rule: small projects, run through the whole line, with what is expected of this one rule.
//!
//! How a project is reviewed is handed in; nothing here knows sources or the graph.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::rule::Rule;

/// The examples of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Examples {
    /// Projects that violate the rule.
    pub violating: Vec<Example>,
    /// Projects that do not: one near miss for each thing that clears the rule.
    pub passing: Vec<Example>,
    /// Projects for which it cannot be decided.
    pub unknown: Vec<Example>,
}

/// A small project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub title: Option<String>,
    /// Its files: name and content.
    pub files: BTreeMap<String, String>,
    /// Files of the base revision that differ: name and content; an empty content says that there was no such file. With
    /// this, the example is a change and is judged as one.
    pub base: BTreeMap<String, String>,
    /// Its `loadpath.yaml`, as text.
    pub config: Option<String>,
    /// Where findings of the rule are expected.
    pub expect: Vec<Expected>,
}

/// The place of an expected finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The file.
    pub file: String,
    /// The line of the finding, from 1.
    pub line: u32,
}

/// What a review of an example gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// What could not be read at all: the example itself is wrong.
    pub problem: Option<String>,
    /// Rule and place of each finding.
    pub findings: Vec<(String, Expected)>,
    /// The rule of each unknown verdict.
    pub unknown: Vec<String>,
}

/// An example that did not turn out as expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {example}: {why}")]
pub struct Failure {
    /// The rule.
    pub rule: String,
    /// Which example: `violating 1`, or its title.
    pub example: String,
    /// What was expected and what was met.
    pub why: String,
}

/// Runs the examples of a rule through a review.
pub fn run(rule: &Rule, mut review: impl FnMut(&Example) -> Observed) -> Vec<Failure> {
    let mut failures = Vec::new();
    let examples = &rule.examples;
    for (list, name) in
        [(&examples.violating, "violating"), (&examples.passing, "passing"), (&examples.unknown, "unknown")]
    {
        for (index, example) in list.iter().enumerate() {
            let observed = review(example);
            if let Some(why) = judge(rule, name, example, &observed) {
                let number = format!("{name} {}", index + 1);
                let title = example.title.as_ref().map_or_else(String::new, |title| format!(" ({title})"));
                failures.push(Failure { rule: rule.id.to_string(), example: number + &title, why });
            }
        }
    }
    failures
}

impl Examples {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.violating.len() + self.passing.len() + self.unknown.len()
    }
}

impl Example {
    /// All of its files.
    #[must_use]
    pub fn project(&self) -> BTreeMap<String, String> {
        let mut files = self.files.clone();
        if let Some(config) = &self.config {
            files.insert("loadpath.yaml".to_owned(), config.clone());
        }
        files
    }

    /// All of its files at the base revision; nothing if it is no change.
    #[must_use]
    pub fn base(&self) -> Option<BTreeMap<String, String>> {
        if self.base.is_empty() {
            return None;
        }
        let mut files = self.project();
        files.extend(self.base.clone());
        files.retain(|_, text| !text.is_empty());
        Some(files)
    }
}

fn judge(rule: &Rule, list: &str, example: &Example, observed: &Observed) -> Option<String> {
    if let Some(problem) = &observed.problem {
        return Some(problem.clone());
    }
    let mut met: Vec<&Expected> =
        observed.findings.iter().filter(|(id, _)| rule.is_called(id)).map(|(_, place)| place).collect();
    met.sort();
    let unknown = observed.unknown.iter().filter(|id| rule.is_called(id)).count();
    let places = |places: &[&Expected]| {
        let places: Vec<String> = places.iter().map(|place| format!("{}:{}", place.file, place.line)).collect();
        if places.is_empty() { "none".to_owned() } else { places.join(", ") }
    };
    match list {
        "violating" => {
            let mut expected: Vec<&Expected> = example.expect.iter().collect();
            expected.sort();
            if expected.is_empty() && !met.is_empty() {
                return None;
            }
            (met != expected || met.is_empty())
                .then(|| format!("expected findings at {}, met {}", places(&expected), places(&met)))
        }
        _ if !met.is_empty() => Some(format!("expected no finding, met {}", places(&met))),
        "passing" if unknown > 0 => Some("expected a decision, met unknown".to_owned()),
        "unknown" if unknown == 0 => Some("expected unknown, met a decision or nothing to judge".to_owned()),
        _ => None,
    }
}

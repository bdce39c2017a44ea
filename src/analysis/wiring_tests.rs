//! The examples of the embedded rules, each run through the whole line.

use std::collections::BTreeMap;

use crate::config::{self, Config, Date, Profile};
use crate::entities::EntitySchema;
use crate::review::{Subject, review};
use crate::rules::examples::{Expected, Observed, run};
use crate::rules::{Rule, load_all};
use crate::sources::Sources;

fn observe(rules: &[Rule], files: &BTreeMap<String, String>) -> Observed {
    let sources = Sources::from_texts(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let config = files.get("loadpath.yaml").map(|text| config::load("loadpath.yaml", text).expect("a valid config"));
    let config = Config { profile: Profile::Strict, ..config.unwrap_or_default() };
    let subject = Subject {
        name: "example",
        sources: &sources,
        base: None,
        config: &config,
        config_file: "loadpath.yaml",
        rules,
        today: Date::new(2026, 1, 1).expect("a day"),
    };
    let settled = review(&subject).settled;
    if std::env::var_os("SHOW").is_some() {
        for finding in &settled.findings {
            eprintln!("  {} {:?} {}", finding.rule, finding.span.as_ref().map(ToString::to_string), finding.message);
        }
        for unknown in &settled.unknown {
            eprintln!("  unknown {} {} {:?}", unknown.rule, unknown.entity, unknown.missing);
        }
    }
    Observed {
        findings: settled
            .findings
            .iter()
            .filter_map(|finding| {
                let span = finding.span.as_ref()?;
                Some((finding.rule.clone(), Expected { file: span.file.to_string(), line: span.line }))
            })
            .collect(),
        unknown: settled.unknown.iter().map(|unknown| unknown.rule.clone()).collect(),
    }
}

#[test]
fn examples_of_rules_turn_out_as_they_say() {
    let rules = load_all(&[], &EntitySchema).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    let only = std::env::var("RULE").ok();
    let mut failures = Vec::new();
    for rule in &rules {
        if only.as_ref().is_some_and(|only| !rule.id.contains(only.as_str())) {
            continue;
        }
        assert!(!rule.examples.violating.is_empty(), "{}: no violating example", rule.id);
        assert!(!rule.examples.passing.is_empty(), "{}: no passing example", rule.id);
        let found = run(rule, |files| observe(std::slice::from_ref(rule), files));
        failures.extend(found.iter().map(ToString::to_string));
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

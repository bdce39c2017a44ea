//! All rules on all small systems: what they find in `tests/cases/graph/NAME/input` stands in
//! `tests/cases/graph/NAME/findings.txt`, one line each: severity, rule, entity, place. With UPDATE=1 the lists are written
//! anew, to be read in the diff.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use loadpath::{config, review, rules, sources};

fn found(case: &Path, rules: &[rules::Rule]) -> String {
    let sources = sources::walk(&case.join("input")).unwrap();
    let settings = sources.get("loadpath.yaml").map(|source| source.text().into_owned()).unwrap_or_default();
    let config = config::load("loadpath.yaml", &settings).unwrap();
    let review = review::review(&review::Subject {
        name: case.file_name().unwrap().to_str().unwrap(),
        sources: &sources,
        cache: &loadpath::cache::Cache::default(),
        base: None,
        config: &config,
        config_file: "loadpath.yaml",
        rules,
        today: "2026-01-01".parse().unwrap(),
        stage: &|_| {},
    });
    let mut text = String::new();
    for finding in &review.settled.findings {
        let at = finding.span.as_ref().map_or_else(String::new, |at| format!(" {}:{}", at.file, at.line));
        writeln!(text, "{:?} {} {}{at}", finding.severity, finding.rule, finding.entity).unwrap();
    }
    for unknown in &review.settled.unknown {
        writeln!(text, "unknown {} {}", unknown.rule, unknown.entity).unwrap();
    }
    text
}

#[test]
fn all_rules_judge_all_systems() {
    let rules =
        rules::load_all(&[], &loadpath::entities::EntitySchema).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let mut different = Vec::new();
    for case in super::graph::cases() {
        let expected = case.join("findings.txt");
        let met = found(&case, &rules);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &met).unwrap();
        } else if fs::read_to_string(&expected).ok().as_ref() != Some(&met) {
            different.push(format!("{}:\n{met}", case.display()));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

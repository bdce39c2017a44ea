//! What servers of continuous integration read.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};

use super::hostile::NAMES;
use super::{finding, rules, settled};
use crate::findings::{FailOn, Settled, Severity};
use crate::reports::{checkstyle, gitlab, junit};
use crate::span::Span;

/// The settled review with words that try to be markup in every place of a finding.
fn hostile() -> Vec<Settled> {
    let with = |name: &&str| {
        let mut finding = finding("timeout/none", Severity::Error, name, name, Some(Span::line(*name, 3)));
        finding.fix = (*name).to_owned();
        Settled { findings: vec![finding], ..Settled::default() }
    };
    NAMES.iter().map(with).collect()
}

fn names<'a>(node: &Node<'a, 'a>) -> BTreeSet<&'a str> {
    node.attributes().map(|attribute| attribute.name()).collect()
}

/// What Jenkins' schema of JUnit (`junit-10.xsd`) lets stand where, as far as it is written.
fn assert_junit(text: &str) {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    assert!(names(&root).is_subset(&["name", "time", "tests", "failures", "disabled", "errors"].into()));
    let mut failures = 0;
    for suite in root.children().filter(Node::is_element) {
        assert_eq!(suite.tag_name().name(), "testsuite");
        assert!(["name", "tests", "failures", "errors", "skipped"].into_iter().all(|name| suite.has_attribute(name)));
        let cases: Vec<Node<'_, '_>> = suite.children().filter(Node::is_element).collect();
        assert_eq!(suite.attribute("tests"), Some(&*cases.len().to_string()));
        for case in cases {
            assert_eq!((case.tag_name().name(), names(&case)), ("testcase", ["classname", "name"].into()));
            let inner: Vec<Node<'_, '_>> = case.children().filter(Node::is_element).collect();
            assert!(inner.len() < 2);
            for of in inner {
                match of.tag_name().name() {
                    "failure" => {
                        failures += 1;
                        assert_eq!(names(&of), ["message", "type"].into());
                    }
                    "skipped" => assert_eq!(names(&of), ["message"].into()),
                    other => assert_eq!((other, of.attributes().len()), ("system-out", 0)),
                }
            }
        }
    }
    assert_eq!(root.attribute("failures"), Some(&*failures.to_string()));
}

/// What `checkstyle` writes itself: files, and errors with these attributes.
fn assert_checkstyle(text: &str) {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let root = document.root_element();
    assert_eq!((root.tag_name().name(), names(&root)), ("checkstyle", ["version"].into()));
    for file in root.children().filter(Node::is_element) {
        assert_eq!((file.tag_name().name(), names(&file)), ("file", ["name"].into()));
        for error in file.children().filter(Node::is_element) {
            assert_eq!(error.tag_name().name(), "error");
            assert_eq!(names(&error), ["column", "line", "message", "severity", "source"].into());
            assert!(["ignore", "info", "warning", "error"].contains(&error.attribute("severity").unwrap()));
            assert!(error.attribute("line").unwrap().parse::<u32>().unwrap() > 0);
        }
    }
}

#[test]
fn checkstyle() {
    let text = checkstyle::report(&settled(), "loadpath.yaml");
    assert_checkstyle(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn junit() {
    let text = junit::report(&settled(), &rules(), FailOn::Error);
    assert_junit(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_below_the_threshold_is_no_failure_of_a_test() {
    assert!(junit::report(&settled(), &rules(), FailOn::Error).contains("failures=\"1\""));
    let passing = junit::report(&settled(), &rules(), FailOn::Never);
    assert_junit(&passing);
    assert!(!passing.contains("<failure") && passing.contains("<system-out>error: cart waits for price"), "{passing}");
    let clean = junit::report(&Settled::default(), &rules(), FailOn::Info);
    assert!(clean.contains("<testcase classname=\"timeout/none\" name=\"No deadline\"/>"), "{clean}");
}

#[test]
fn gitlab() {
    let issues = serde_json::to_value(gitlab::issues(&settled(), "loadpath.yaml")).unwrap();
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/schemas/gitlab-code-quality.json")).unwrap();
    assert!(jsonschema::is_valid(&schema, &issues), "{issues:#}");
    assert_eq!(
        issues[0]["location"],
        serde_json::json!({ "path": "services/cart/src/api.rs", "lines": { "begin": 4 } })
    );
    assert_eq!(issues[2]["location"]["path"], "loadpath.yaml", "an entity that no file shows");
    let severities: Vec<&str> = (0..3).map(|place| issues[place]["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["critical", "major", "info"], "the most important first");
    let mut wrong = issues;
    wrong[0]["severity"] = "error".into();
    assert!(!jsonschema::is_valid(&schema, &wrong));
}

#[test]
fn words_of_a_project_are_no_markup() {
    for settled in hostile() {
        let (name, message) = (settled.findings[0].entity.clone(), settled.findings[0].message.clone());
        let text = checkstyle::report(&settled, "loadpath.yaml");
        assert_checkstyle(&text);
        let document = Document::parse(&text).unwrap();
        let error = document.descendants().find(|node| node.has_tag_name("error")).unwrap();
        let plain: String =
            message.chars().map(|c| if c < ' ' && !"\n\r\t".contains(c) { '\u{fffd}' } else { c }).collect();
        assert!(error.attribute("message").unwrap().starts_with(plain.trim_end_matches('.')), "{name:?}\n{text}");
        assert_junit(&junit::report(&settled, &rules(), FailOn::Error));
    }
}

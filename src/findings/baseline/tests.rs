use std::collections::BTreeSet;

use super::{Applied, Baseline, edited};
use crate::config::Severity;
use crate::findings::{Finding, Settled, Unknown};
use crate::rules::Precision;
use crate::span::Span;

fn finding(rule: &str, entity: &str, fingerprint: &str, line: u32) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity: Severity::Warning,
        precision: Precision::High,
        entity: entity.to_owned(),
        message: String::new(),
        span: Some(Span::line("src/main.rs", line)),
        related: Vec::new(),
        fingerprint: fingerprint.to_owned(),
        owners: Vec::new(),
        code: Some(format!("code of {entity}")),
        formula: None,
        why: String::new(),
        fix: String::new(),
        help: String::new(),
        knowledge: None,
    }
}

/// The baseline that lets these findings pass.
fn written(findings: &[Finding]) -> String {
    edited(&Baseline::default(), &Applied::default(), findings, &BTreeSet::new())
}

fn read(text: &str) -> Baseline {
    Baseline::read("baseline.yaml", text).unwrap_or_else(|problem| panic!("{problem}\n{text}"))
}

fn settled(findings: &[Finding]) -> Settled {
    Settled { findings: findings.to_vec(), ..Settled::default() }
}

#[test]
fn what_is_written_lets_pass_what_it_was_written_from() {
    let findings = [finding("b/two", "edge:a->b \"x\" # y", "2", 9), finding("a/one", "pool:a/main", "1", 3)];
    let text = written(&findings);
    insta::assert_snapshot!(text);
    let mut settled = settled(&findings);
    let applied = read(&text).apply(&mut settled, &[]);
    assert_eq!((settled.findings.len(), settled.baselined.len(), applied.stale.len()), (0, 2, 0));
    let lower = written(&[Finding { span: Some(Span::line("src/main.rs", 700)), ..findings[0].clone() }]);
    assert_eq!(written(&findings[..1]), lower, "no line number");
}

#[test]
fn nothing_at_all_is_an_empty_list() {
    let text = written(&[]);
    assert!(text.ends_with("findings: []\n"), "{text}");
    let one = finding("a/one", "e", "1", 1);
    let with = edited(&read(&text), &Applied::default(), std::slice::from_ref(&one), &BTreeSet::new());
    assert_eq!(with, written(&[one]));
    let without = edited(&read(&with), &Applied::default(), &[], &BTreeSet::from([0]));
    assert_eq!(without, text);
}

const OWN: &str = "# The words of the team.
schema: loadpath.baseline/1

findings: # yes
  # Nobody dares to touch it.
  - rule: a/one   # since 2019
    entity: \"pool:a/main\"
    severity: warning
    fingerprint: '1'  # ours
    reason: it goes away with SHOP-1

  - fingerprint: \"2\"
    rule: b/two
    entity: edge:a->b
    severity: warning
# The end.
";

#[test]
fn every_word_of_a_person_stays() {
    let baseline = read(OWN);
    assert_eq!((baseline.has_words(0), baseline.has_words(1)), (true, false));
    let moved = Finding { fingerprint: "9".to_owned(), ..finding("a/one", "pool:a/start", "9", 4) };
    let applied = Applied { passed: vec![(moved, 0)], stale: vec![1] };
    let new = [finding("c/three", "e", "3", 1), finding("a/zero", "e", "0", 1), finding("b/one", "e", "4", 1)];
    let text = edited(&baseline, &applied, &new, &BTreeSet::from([1]));
    insta::assert_snapshot!(text);
    for line in OWN.lines().filter(|line| line.contains('#')) {
        let words = line.split('#').nth(1).unwrap();
        assert!(text.contains(words), "{words}\n{text}");
    }
    assert_eq!(read(&text).entries().len(), 4);
}

#[test]
fn an_entry_is_stale_when_its_finding_is_gone_and_nothing_is_open() {
    let findings = [finding("a/one", "x", "1", 3), finding("a/one", "y", "2", 4)];
    let baseline = read(&written(&findings));
    let mut rest = settled(&findings[..1]);
    assert_eq!(baseline.apply(&mut rest, &[]).stale, [1]);
    let notices = baseline.notices(&[1]);
    assert_eq!(notices[0].at.line, 11, "{notices:?}");
    let unknown = |rule: &str, entity: &str| Unknown {
        rule: rule.to_owned(),
        entity: entity.to_owned(),
        missing: Vec::new(),
        supply: String::new(),
    };
    let mut open = settled(&findings[..1]);
    open.unknown = vec![unknown("a/one", "y")];
    assert_eq!(baseline.apply(&mut open, &[]).stale, [0; 0]);
}

#[test]
fn a_worse_finding_does_not_pass_until_it_is_written_anew() {
    let mild = finding("a/one", "x", "1", 3);
    let worse = Finding { severity: Severity::Error, ..mild.clone() };
    let baseline = read(&written(&[mild]));
    let mut settled = settled(std::slice::from_ref(&worse));
    let applied = baseline.apply(&mut settled, &[]);
    assert_eq!((settled.findings.len(), applied.stale.len()), (1, 0));
    let text = edited(&baseline, &applied, &settled.findings, &BTreeSet::new());
    assert_eq!(text, written(&[worse]));
}

#[test]
fn what_is_no_baseline_is_an_error_with_its_place() {
    let problem = |text: &str| Baseline::read("baseline.yaml", text).unwrap_err().to_string();
    assert!(problem("schema: loadpath.baseline/2\nfindings: []\n").starts_with("baseline.yaml:1:9: the schema is"));
    assert!(problem("schema: loadpath.baseline/1\nfindings:\n  - rule: a\n").contains("`entity` is missing"));
    let flow = "schema: loadpath.baseline/1\nfindings: [{ rule: a, entity: b, severity: info, fingerprint: c }]\n";
    assert!(problem(flow).contains("a key a line"), "{}", problem(flow));
    assert!(problem("schema: loadpath.baseline/1\nfindigs: []\n").contains("did you mean `findings`?"));
}

use std::sync::Arc;

use super::{FailOn, Finding, Inputs, Known, Settled, compare, exit_code, settle};
use crate::config::{self, Config, Date, Severity};
use crate::facts::Suppression;
use crate::graph::schema::{EntityRef, Kind, Reading};
use crate::rules::mock::{Mock, missing};
use crate::rules::{Rule, Settings, judge, load};
use crate::span::Span;

const RULE: &str = r#"id: timeout/none
title: No deadline
severity: warning
precision: medium
profiles: [recommended, strict]
since: "0.1"
aliases: [timeout/old]
select: edge
violated: edge.deadline_ms == null
message: "{{ edge.from.name }} waits for {{ edge.to.name }}"
why: It waits for ever.
fix: Set a deadline.
knowledge: timeouts/deadlines
"#;

/// `edge.rs` of the shop, around its edge at line 88.
const EDGE_LINE: u32 = 88;

fn settled(mock: &Mock, inline: &[Suppression], config: &str, code: &[(u32, &str)]) -> Settled {
    let rules: Vec<Rule> = vec![load("rules/timeout/none.yaml", RULE, mock).unwrap()];
    let config: Config = config::load("loadpath.yaml", config).unwrap();
    let judgement = judge(&rules, mock, &Settings::from(&config));
    let lines: Vec<&str> = (1..=100)
        .map(|number| code.iter().find(|(line, _)| *line == number).map_or("code();", |(_, text)| *text))
        .collect();
    let text: Arc<str> = lines.join("\n").into();
    settle(&Inputs {
        rules: &rules,
        model: mock,
        judgement: &judgement,
        inline,
        config: &config,
        config_file: "loadpath.yaml",
        environment: Some("production"),
        today: Date::new(2026, 11, 23).unwrap(),
        text: &|file| (file == "edge.rs").then(|| Arc::clone(&text)),
    })
}

fn allow(line: u32, column: u32, reason: Option<&str>) -> Suppression {
    Suppression {
        at: Span::new("edge.rs", (line, column), (line, column + 20)),
        rule: "timeout/none".to_owned(),
        reason: reason.map(str::to_owned),
        until: None,
    }
}

fn notices(settled: &Settled) -> Vec<String> {
    settled.notices.iter().map(|notice| format!("{} {}; {}", notice.at, notice.message, notice.help)).collect()
}

#[test]
fn a_finding_carries_everything_that_a_report_needs() {
    let settled = settled(&Mock::shop(), &[], "", &[]);
    let [finding] = settled.findings.as_slice() else { panic!("{settled:?}") };
    let json = serde_json::to_value(finding).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "rule": "timeout/none", "severity": "warning", "precision": "medium", "entity": "edge:cart->price",
            "message": "cart waits for price",
            "file": "edge.rs", "line": 88, "column": 1, "end_line": 88, "end_column": 1,
            "related": [{ "file": "deploy.yaml", "line": 40, "column": 1, "end_line": 40, "end_column": 1,
                          "message": "edge:cart->price in its manifest" }],
            "fingerprint": finding.fingerprint, "why": "It waits for ever.", "fix": "Set a deadline.",
            "help": "loadpath explain timeout/none", "knowledge": "timeouts/deadlines",
        })
    );
    let schema = serde_json::to_value(schemars::schema_for!(Settled)).unwrap();
    let both = serde_json::json!(settled);
    assert!(jsonschema::is_valid(&schema, &both), "{schema:#}\n{both:#}");
}

#[test]
fn a_fingerprint_knows_no_line_and_survives_a_rename_of_the_rule() {
    let print = |mock: &Mock| settled(mock, &[], "", &[]).findings[0].fingerprint.clone();
    let mut mock = Mock::shop();
    let before = print(&mock);
    assert_eq!(before.len(), 32);
    let edge = EntityRef { kind: Kind::Edge, index: 0 };
    mock.place(edge, Some(Span::line("edge.rs", 5)));
    assert_eq!(before, print(&mock));
    mock.place(edge, None);
    let settled = settled(&mock, &[], "", &[]);
    assert_eq!(settled.findings[0].fingerprint, before);
    assert_eq!(settled.findings[0].span, Some(Span::line("deploy.yaml", 40)), "other evidence stands in");
    assert_eq!(before, blake3::hash(b"timeout/old\nedge:cart->price\n0").to_hex()[..32]);
}

#[test]
fn what_cannot_be_decided_is_listed_with_the_way_to_supply_it() {
    let mut mock = Mock::shop();
    mock.set(EntityRef { kind: Kind::Edge, index: 0 }, "deadline_ms", missing("edge.deadline_ms"));
    let settled = settled(&mock, &[], "", &[]);
    assert_eq!(settled.findings, []);
    let [unknown] = settled.unknown.as_slice() else { panic!() };
    assert_eq!(
        (unknown.missing.as_slice(), unknown.supply.as_str()),
        (["edge.deadline_ms".to_owned()].as_slice(), "state edge.deadline_ms")
    );
}

#[test]
fn an_inline_suppression_covers_its_line_or_the_next_code() {
    let mock = Mock::shop();
    type Code = &'static [(u32, &'static str)];
    let cases: [(u32, u32, Code, bool); 7] = [
        (EDGE_LINE, 30, &[], true),
        (87, 5, &[(87, "    // loadpath: allow")], true),
        (85, 1, &[(85, "// loadpath: allow"), (86, "    // more"), (87, "#[must_use]")], true),
        (85, 1, &[(85, "// loadpath: allow"), (86, ""), (87, "")], true),
        (86, 1, &[(86, "// loadpath: allow")], false),
        (87, 12, &[(87, "let x = 1; // loadpath: allow")], false),
        (89, 1, &[(89, "// loadpath: allow")], false),
    ];
    for (line, column, code, suppressed) in cases {
        let settled = settled(&mock, &[allow(line, column, Some("known"))], "", code);
        assert_eq!(settled.suppressed.len(), usize::from(suppressed), "{line} {code:?}");
        assert_eq!(settled.findings.len(), usize::from(!suppressed), "{line} {code:?}");
        assert_eq!(notices(&settled).is_empty(), suppressed, "{line}: a suppression that matches nothing is stale");
    }
    // A related place counts too.
    let manifest = Suppression { at: Span::line("deploy.yaml", 39), ..allow(1, 1, Some("known")) };
    let settled = settled(&mock, &[manifest], "", &[]);
    assert_eq!(settled.suppressed[0].reason, "known");
    assert_eq!(settled.suppressed[0].said_at, Span::line("deploy.yaml", 39));
}

#[test]
fn a_suppression_needs_a_reason_a_rule_and_a_day_to_come() {
    let mock = Mock::shop();
    let until = |day: &str| Suppression { until: Some(day.to_owned()), ..allow(EDGE_LINE, 30, Some("known")) };
    for (suppression, expected) in [
        (
            allow(EDGE_LINE, 30, None),
            "edge.rs:88:30 the suppression of `timeout/none` has no reason, so it does not apply; say why: loadpath: allow(timeout/none) because …",
        ),
        (
            allow(EDGE_LINE, 30, Some("  ")),
            "edge.rs:88:30 the suppression of `timeout/none` has no reason, so it does not apply; say why: loadpath: allow(timeout/none) because …",
        ),
        (
            until("2026-11-22"),
            "edge.rs:88:30 the suppression of `timeout/none` ended after 2026-11-22; mend what it accepts, or set a new day",
        ),
        (
            until("soon"),
            "edge.rs:88:30 the suppression of `timeout/none` does not apply: `soon` is no day of the form YYYY-MM-DD; mend what it accepts, or set a new day",
        ),
        (
            Suppression { rule: "timeout/non".to_owned(), ..allow(EDGE_LINE, 30, Some("known")) },
            "edge.rs:88:30 the suppression names `timeout/non`, which is no rule; did you mean `timeout/none`?",
        ),
    ] {
        let settled = settled(&mock, &[suppression], "", &[]);
        assert_eq!(notices(&settled), [expected]);
        assert_eq!((settled.findings.len(), settled.suppressed.len()), (1, 0), "{expected}");
    }
    for suppression in [until("2026-11-23"), Suppression { rule: "timeout/old".to_owned(), ..until("2027-01-01") }] {
        let settled = settled(&mock, &[suppression], "", &[]);
        assert_eq!((settled.findings.len(), settled.suppressed.len(), settled.notices.len()), (0, 1, 0));
    }
}

#[test]
fn settings_suppress_by_rule_entity_and_environment() {
    let mock = Mock::shop();
    let with = |entry: &str| {
        settled(&mock, &[], &format!("suppressions:\n  - {{ rule: timeout/none, reason: known, {entry} }}\n"), &[])
    };
    for (entry, suppressed, notice) in [
        ("owner: team", 1, ""),
        ("entity: 'edge:cart->*'", 1, ""),
        ("entity: 'edge:*price'", 1, ""),
        (
            "entity: 'edge:price->*'",
            0,
            "loadpath.yaml:2:13 the suppression of `timeout/none` matches no finding; remove it",
        ),
        ("environment: production", 1, ""),
        ("environment: staging", 0, ""),
        ("until: 2026-11-23", 1, ""),
        (
            "until: 2026-11-01",
            0,
            "loadpath.yaml:2:13 the suppression of `timeout/none` ended after 2026-11-01; mend what it accepts, or set a new day",
        ),
    ] {
        let settled = with(entry);
        assert_eq!(settled.suppressed.len(), suppressed, "{entry}");
        assert_eq!(notices(&settled).join(""), notice, "{entry}");
    }
}

#[test]
fn a_suppression_of_what_is_open_or_was_not_asked_is_not_stale() {
    let mut mock = Mock::shop();
    let edge = EntityRef { kind: Kind::Edge, index: 0 };
    let entry = "suppressions: [{ rule: timeout/none, reason: known, entity: 'edge:cart->*' }]\n";
    let inline = [allow(EDGE_LINE, 30, Some("known"))];
    mock.set(edge, "deadline_ms", missing("edge.deadline_ms"));
    assert_eq!(notices(&settled(&mock, &inline, entry, &[])).len(), 0);
    mock.set(edge, "deadline_ms", Reading::Int(5));
    assert_eq!(notices(&settled(&mock, &inline, entry, &[])).len(), 2);
    let off = format!("{entry}severities: {{ timeout/none: off }}\n");
    assert_eq!(notices(&settled(&mock, &inline, &off, &[])).len(), 0);
}

fn finding(fingerprint: &str, severity: Severity) -> Finding {
    let settled = settled(&Mock::shop(), &[], "", &[]);
    Finding { fingerprint: fingerprint.to_owned(), severity, ..settled.findings[0].clone() }
}

/// What is known of findings.
fn known(findings: &[Finding], renamed: &[(&str, &str)]) -> Vec<Known> {
    let renamed = renamed.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect();
    findings.iter().map(|finding| Known::of(finding, &renamed)).collect()
}

#[test]
fn only_what_the_base_lacks_is_new_and_a_worse_one_is() {
    let of = |entity: &str, severity| Finding { entity: entity.to_owned(), ..finding(entity, severity) };
    let base = [of("a", Severity::Warning), of("b", Severity::Error), of("d", Severity::Info)];
    let current = [of("a", Severity::Error), of("b", Severity::Info), of("c", Severity::Info)];
    let compared = compare(&current, &known(&base, &[]));
    let entities = |findings: &[Finding]| findings.iter().map(|finding| finding.entity.clone()).collect::<Vec<_>>();
    assert_eq!(entities(&compared.new), ["a", "c"]);
    assert_eq!(compared.known.iter().map(|(_, place)| *place).collect::<Vec<_>>(), [1]);
    assert_eq!(compared.gone, [2]);
    let same = compare(&base, &known(&base, &[]));
    assert_eq!((same.new.len(), same.known.len(), same.gone.len()), (0, 3, 0));
}

/// A finding of one entity in a file, with what stands in its line.
fn at(entity: &str, file: &str, code: &str) -> Finding {
    Finding {
        entity: entity.to_owned(),
        span: Some(Span::line(file, 7)),
        code: Some(code.to_owned()),
        ..finding(&format!("{entity} {file}"), Severity::Warning)
    }
}

#[test]
fn what_moved_is_known_again_by_its_code_and_a_copy_is_new() {
    let old = at("effect:cart::api::add/spawn task", "src/api.rs", "x");
    let cases = [
        // Into another module, under the name that the function had.
        (at("effect:cart::work::add/spawn task", "src/work.rs", "x"), &[][..], 0),
        // Into a function of another name in the same file; in a file that was renamed.
        (at("effect:cart::api::put/spawn task", "src/api.rs", "x"), &[], 0),
        (at("effect:cart::rpc::put/spawn task", "src/rpc.rs", "x"), &[("src/api.rs", "src/rpc.rs")], 0),
        // Other code, and another function elsewhere.
        (at("effect:cart::work::add/spawn task", "src/work.rs", "y"), &[], 1),
        (at("effect:cart::work::put/spawn task", "src/work.rs", "x"), &[], 1),
        (at("pool:cart/cart::api::add", "src/api.rs", "x"), &[], 1),
    ];
    for (moved, renamed, new) in cases {
        let compared = compare(std::slice::from_ref(&moved), &known(std::slice::from_ref(&old), renamed));
        assert_eq!(compared.new.len(), new, "{moved:?}");
        assert_eq!(compared.gone.len(), new, "{moved:?}");
    }
    let copy = at("effect:cart::work::add/spawn task", "src/work.rs", "x");
    let compared = compare(&[copy.clone(), old.clone()], &known(&[old], &[]));
    assert_eq!(compared.new, [copy]);
}

#[test]
fn one_among_equals_is_told_by_its_code() {
    let old = at("effect:cart::add/spawn task", "src/main.rs", "old");
    let first = at("effect:cart::add/spawn task", "src/main.rs", "new");
    let second =
        Finding { fingerprint: "second".to_owned(), ..at("effect:cart::add/spawn task#2", "src/main.rs", "old") };
    let compared = compare(&[first.clone(), second], &known(std::slice::from_ref(&old), &[]));
    assert_eq!(compared.new, std::slice::from_ref(&first), "the one that was put before it");
    // Its line was written anew: it is the same.
    assert_eq!(compare(&[first], &known(&[old], &[])).new, []);
}

#[test]
fn the_code_of_a_finding_is_the_words_in_its_line() {
    let code = |lines: &[(u32, &str)]| settled(&Mock::shop(), &[], "", lines).findings[0].code.clone().unwrap();
    assert_eq!(code(&[]), code(&[(EDGE_LINE, "    code();  ")]));
    assert_ne!(code(&[]), code(&[(EDGE_LINE, "other();")]));
}

#[test]
fn the_gate_opens_below_its_threshold() {
    let warning = [finding("a", Severity::Warning)];
    let codes =
        [FailOn::Error, FailOn::Warning, FailOn::Info, FailOn::Never].map(|fail_on| exit_code(&warning, fail_on));
    assert_eq!(codes, [0, 1, 1, 0]);
    assert_eq!(exit_code(&[], FailOn::Info), 0);
}

#[test]
fn those_who_answer_for_a_file_go_before_those_of_the_service() {
    let files = config::CodeOwners::read("CODEOWNERS", "/edge.rs @edges\n/deploy/\n");
    let services = [
        ("price".to_owned(), "services/price".to_owned(), vec!["team-price".to_owned()]),
        ("cart".to_owned(), "services/cart".to_owned(), vec!["Team-Cart".to_owned()]),
    ];
    let of = |entity: &str, file: &str| at(entity, file, "x");
    let mut settled = Settled {
        findings: vec![
            of("edge:cart->price", "edge.rs"),
            of("edge:cart->price", "deploy/cart.yaml"),
            of("effect:x::main/spawn task", "services/price/src/main.rs"),
            of("effect:x::main/spawn task", "services/price-other/src/main.rs"),
        ],
        ..Settled::default()
    };
    super::own(&mut settled, &files, &services);
    let owners: Vec<String> = settled.findings.iter().map(|finding| finding.owners.join(" ")).collect();
    assert_eq!(owners, ["@edges", "Team-Cart", "team-price", ""]);
    super::only(&mut settled, &["@team-cart".to_owned(), "edges".to_owned()]);
    assert_eq!(settled.findings.len(), 2);
}

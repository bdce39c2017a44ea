use std::collections::BTreeMap;

use super::examples::{Example, Expected, Observed, run};
use super::mock::{Mock, missing};
use super::{Judgement, Outcome, Rule, Settings, judge, load};
use crate::config::{self, Severity};
use crate::graph::schema::{EntityRef, Kind, Reading};
use crate::rules::load::load_files;
use crate::span::Span;

const POOLS: &str = r#"id: pool/connections-sum
title: Pools can open more connections than the database accepts
precision: high
profiles: [recommended, strict]
since: "0.1"
aliases: [pool/sum]
select: datastore
where: datastore.technology == "postgres"
levels:
  - { severity: error, violated: datastore.demand.peak > datastore.max_connections - datastore.reserved_connections }
  - severity: warning
    violated: |
      datastore.demand.peak * params.percent
        > (datastore.max_connections - datastore.reserved_connections) * 100
at: datastore.demand.largest_pool
related: [datastore.pools]
message: >
  pools of {{ datastore.name }} can open {{ datastore.demand.peak }} connections
  of {{ datastore.max_connections }}
why: The connections above the limit are refused.
fix: Lower the pools.
knowledge: database/connection-pools
params: { percent: 125 }
"#;

const DEADLINE: &str = r#"id: timeout/none
title: No deadline
severity: warning
precision: medium
profiles: [recommended, strict]
since: "0.1"
select: edge
violated: edge.deadline_ms == null
message: "{{ edge.from.name }} waits for {{ edge.to.name }} without a limit"
why: It waits for ever.
fix: Set a deadline.
"#;

fn rule(path: &str, text: &str) -> Rule {
    load(path, text, &Mock::default()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn rules() -> Vec<Rule> {
    vec![rule("rules/pool/connections-sum.yaml", POOLS), rule("rules/timeout/none.yaml", DEADLINE)]
}

fn problems(path: &str, text: &str) -> String {
    let problems = load(path, text, &Mock::default()).unwrap_err();
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn settings(text: &str) -> Settings {
    Settings::from(&config::load("loadpath.yaml", text).unwrap())
}

fn show(judgement: &Judgement, rules: &[Rule]) -> Vec<String> {
    let show = |outcome: &Outcome| match outcome {
        Outcome::Satisfied => "satisfied".to_owned(),
        Outcome::Unknown(missing) => {
            format!("unknown {}", missing.iter().map(|missing| missing.what.as_str()).collect::<Vec<_>>().join(","))
        }
        Outcome::Violated(violation) => {
            let silent =
                violation.silenced_by.map_or_else(String::new, |rule| format!(" silenced by {}", rules[rule].id));
            format!("{}: {}{silent}", violation.severity.name(), violation.message)
        }
    };
    let verdicts = judgement.verdicts.iter();
    verdicts.map(|verdict| format!("{} {}", rules[verdict.rule].id, show(&verdict.outcome))).collect()
}

#[test]
fn a_rule_judges_in_three_values_and_points_at_its_relation() {
    let (rules, mut mock) = (rules(), Mock::shop());
    let store = EntityRef { kind: Kind::Datastore, index: 0 };
    let judged = judge(&rules, &mock, &Settings::default());
    assert_eq!(
        show(&judged, &rules),
        [
            "pool/connections-sum unknown datastore.max_connections",
            "timeout/none warning: cart waits for price without a limit"
        ]
    );
    assert_eq!(judged.selected, BTreeMap::from([(0, 1), (1, 1)]));

    mock.set(store, "max_connections", 100);
    let judged = judge(&rules, &mock, &Settings::default());
    assert_eq!(show(&judged, &rules)[0], "pool/connections-sum error: pools of cart can open 120 connections of 100");
    let Outcome::Violated(violation) = &judged.verdicts[0].outcome else { panic!() };
    assert_eq!(violation.span, Some(Span::line("pool.rs", 7)));
    assert_eq!(violation.formula.as_deref(), Some("2 × 20 × 3 = 120"));
    let related: Vec<String> = violation.related.iter().map(|(span, what)| format!("{span} {what}")).collect();
    assert_eq!(
        related,
        ["deploy.yaml:40:1 pool:cart-pool in its manifest", "datastore.rs:3:1 datastore:postgres/cart",],
        "each place once, without the primary one: both pools stand on one line"
    );

    mock.set(store, "max_connections", 140);
    assert_eq!(
        show(&judge(&rules, &mock, &Settings::default()), &rules)[0],
        "pool/connections-sum warning: pools of cart can open 120 connections of 140"
    );
    mock.set(store, "max_connections", 1000);
    assert_eq!(show(&judge(&rules, &mock, &Settings::default()), &rules)[0], "pool/connections-sum satisfied");
    mock.set(store, "technology", "redis");
    let judged = judge(&rules, &mock, &Settings::default());
    assert_eq!(judged.selected[&0], 0);
    assert_eq!(judged.verdicts.len(), 1);
}

#[test]
fn an_unknown_selection_matters_only_where_the_condition_might_hold() {
    let (rules, mut mock) = (rules(), Mock::shop());
    let store = EntityRef { kind: Kind::Datastore, index: 0 };
    mock.set(store, "technology", missing("datastore.technology")).set(store, "max_connections", 100);
    let verdict = |mock: &Mock| show(&judge(&rules, mock, &Settings::default()), &rules)[0].clone();
    assert_eq!(verdict(&mock), "pool/connections-sum unknown datastore.technology");
    mock.set(store, "max_connections", 1000);
    assert_eq!(verdict(&mock), "pool/connections-sum satisfied");
}

#[test]
fn settings_change_profile_severity_and_params() {
    let (mut rules, mut mock) = (rules(), Mock::shop());
    mock.set(EntityRef { kind: Kind::Datastore, index: 0 }, "max_connections", 140);
    let with = |rules: &[Rule], text: &str| show(&judge(rules, &mock, &settings(text)), rules).join("\n");
    let is_in = |text: &str, part: &str| assert!(text.contains(part), "{part} not in {text}");
    is_in(&with(&rules, "severities: { pool/sum: info }"), "pool/connections-sum info");
    is_in(&with(&rules, "severities: { 'pool/*': error }"), "pool/connections-sum error");
    is_in(&with(&rules, "severities: { 'pool/*': off, pool/connections-sum: info }"), "pool/connections-sum info");
    assert!(!with(&rules, "severities: { 'timeout/*': off }").contains("timeout"));
    is_in(&with(&rules, "params: { pool/connections-sum: { percent: 100 } }"), "pool/connections-sum satisfied");
    rules[1].precision = super::Precision::Low;
    assert!(!with(&rules, "").contains("timeout/none"));
    is_in(&with(&rules, "profile: strict"), "timeout/none warning");
    is_in(&with(&rules, "severities: { timeout/none: error }"), "timeout/none error");
}

#[test]
fn settings_for_what_is_not_there_are_problems() {
    let settings = settings(
        "severities: { pool/conections-sum: off, 'tim/*': off }\nparams: { pool/sum: { percnt: 3, percent: x }, nope/x: { a: 1 } }\n",
    );
    let problems: Vec<String> = settings.check(&rules(), "loadpath.yaml").iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "loadpath.yaml:1:36: severities: there is no rule `pool/conections-sum`; did you mean `pool/connections-sum`?",
            "loadpath.yaml:1:50: severities: there is no rule `tim/*`; expected one of `pool/connections-sum`, `timeout/none`",
            "loadpath.yaml:2:31: `pool/sum` has no param `percnt`; did you mean `percent`?",
            "loadpath.yaml:2:43: `percent` is text, expected int",
            "loadpath.yaml:2:61: params: there is no rule `nope/x`; expected one of `pool/connections-sum`, `timeout/none`",
        ]
    );
}

#[test]
fn a_rule_yields_to_the_finding_of_another_on_the_same_cause() {
    let slow = DEADLINE.replace("timeout/none", "timeout/any").replace("edge.deadline_ms == null", "edge.attempts > 1")
        + "yields_to: [timeout/none]\n";
    let place = "id: timeout/service\ntitle: t\nseverity: info\nprecision: high\nprofiles: [recommended]\nsince: '0.1'\nselect: service\n\
                 violated: size(service.edges) > 0\nat: service.edges[0]\nmessage: m\nwhy: w\nfix: f\nyields_to: [timeout/none]\n";
    let rules = vec![
        rule("rules/timeout/any.yaml", &slow),
        rule("rules/timeout/none.yaml", DEADLINE),
        rule("rules/timeout/service.yaml", place),
    ];
    let mut mock = Mock::shop();
    let verdicts = |mock: &Mock| show(&judge(&rules, mock, &Settings::default()), &rules);
    let all = verdicts(&mock);
    assert!(all[0].ends_with("silenced by timeout/none"), "{all:?}");
    assert!(!all[1].contains("silenced"), "{all:?}");
    assert!(all[2].ends_with("silenced by timeout/none"), "{all:?}");
    mock.set(EntityRef { kind: Kind::Edge, index: 0 }, "deadline_ms", 100);
    assert!(verdicts(&mock).iter().all(|verdict| !verdict.contains("silenced")));
}

#[test]
fn judging_does_not_depend_on_threads() {
    let (rules, mut mock) = (rules(), Mock::shop());
    for index in 0..200 {
        let edge = mock.add(Kind::Edge, &format!("e{index}"), index);
        for (field, reading) in
            [("deadline_ms", Reading::Null), ("from", EntityRef { kind: Kind::Service, index: 0 }.into())]
        {
            mock.set(edge, field, reading);
        }
    }
    let first = judge(&rules, &mock, &Settings::default());
    assert_eq!(first, judge(&rules, &mock, &Settings::default()));
    assert!(first.verdicts.windows(2).all(|pair| (pair[0].rule, pair[0].entity) < (pair[1].rule, pair[1].entity)));
}

#[test]
fn faults_of_a_rule_file_have_their_line_and_column() {
    let path = "rules/pool/connections-sum.yaml";
    for (from, to, expected) in [
        (
            "id: pool/connections-sum",
            "id: pool/sum-of",
            "1:5: the id is `pool/sum-of`, expected `pool/connections-sum`",
        ),
        ("select: datastore", "select: datastor", "7:9: there is no entity kind `datastor`; did you mean `datastore`?"),
        (
            "datastore.technology ==",
            "datastore.technologie ==",
            "8:18: `datastore` has no field `technologie`; did you mean `technology`?",
        ),
        ("\"postgres\"", "\"postgress\"", "8:32: it is never \"postgress\"; did you mean `postgres`?"),
        (
            "where: datastore.technology == \"postgres\"",
            "where: 'datastore.name == ''x'' && datastore.nam == ''y'''",
            "8:46: `datastore` has no field `nam`",
        ),
        ("* params.percent", "* params.prozent", "13:38: the rule has no param `prozent`"),
        (
            "        > (datastore",
            "        > (datastor",
            "14:12: there is no `datastor` here; did you mean `datastore`?",
        ),
        (
            "violated: |\n      datastore.demand.peak * params.percent\n        > (",
            "violated: >\n      datastore.demand.peak * params.percent\n      > (",
            "13:7: the condition is folded over several lines; put it on one line, or in a literal block (`|`)",
        ),
        (
            "at: datastore.demand.largest_pool",
            "at: datastore.demand.peak",
            "15:22: this is int, expected an entity or a list of entities",
        ),
        ("{{ datastore.name }}", "{{ datastore.nmae }}", "18:3: `datastore` has no field `nmae`; did you mean `name`?"),
        ("precision: high", "precison: high", "3:1: unknown key `precison`; did you mean `precision`?"),
        ("precision: high\n", "", "1:1: key `precision` is missing; add it"),
        ("why: The connections above the limit are refused.\n", "", "1:1: key `why` is missing; add it"),
        ("severity: error,", "severity: fatal,", "unknown value `fatal`"),
        (
            "select: datastore\n",
            "select: datastore\nviolated: 'true'\n",
            "1:1: expected `severity` and `violated`, or `levels`",
        ),
    ] {
        assert!(POOLS.contains(from), "{from}");
        let found = problems(path, &POOLS.replacen(from, to, 1));
        assert!(found.contains(expected), "{to}: {found}");
    }
}

/// A team's rules alone.
fn load_own(own: &[(String, String)]) -> Result<Vec<Rule>, Vec<crate::config::Problem>> {
    let files: Vec<(&str, &str)> = own.iter().map(|(path, text)| (&**path, &**text)).collect();
    load_files(&files, &Mock::default())
}

#[test]
fn problems_between_rules_are_found() {
    let own = |id: &str, more: &str| (format!("team/{id}.yaml"), DEADLINE.replace("timeout/none", id) + more);
    let found = |own: &[(String, String)]| {
        let problems = load_own(own).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let ok = load_own(&[own("team/b", ""), own("team/a", "yields_to: [team/b]\n")]).unwrap();
    assert!(ok.windows(2).all(|pair| pair[0].id < pair[1].id));
    let twice = found(&[own("team/a", ""), own("team/b", "aliases: [team/a]\n")]);
    assert!(twice.contains("the id `team/a` is taken by team/team/a.yaml"), "{twice}");
    let absent = found(&[own("team/alpha", "yields_to: [team/alpa]\n")]);
    assert!(absent.contains("there is no rule `team/alpa`; did you mean `team/alpha`?"), "{absent}");
    let circle = found(&[own("team/a", "yields_to: [team/b]\n"), own("team/b", "yields_to: [team/a]\n")]);
    assert!(circle.contains("`team/a` yields to itself"), "{circle}");
}

#[test]
fn examples_are_held_against_a_review() {
    let text = DEADLINE.to_owned()
        + "examples:\n  violating: [{ files: { a.rs: x }, expect: [{ file: a.rs, line: 1 }] }]\n  \
           passing: [{ title: with a limit, files: { b.rs: limit }, config: 'name: x' }]\n  unknown: [{ files: { c.rs: what } }]\n";
    let rule = rule("rules/timeout/none.yaml", &text);
    let review = |line: u32, silent: bool| {
        move |example: &Example| {
            let files = example.project();
            let at = |file: &str| ("timeout/none".to_owned(), Expected { file: file.to_owned(), line });
            match files.keys().next().map(String::as_str) {
                Some("a.rs") => Observed {
                    problem: None,
                    findings: vec![at("a.rs"), ("other/x".to_owned(), at("a.rs").1)],
                    unknown: vec![],
                },
                Some("b.rs") if !files.contains_key("loadpath.yaml") => {
                    panic!("the settings of the example are missing")
                }
                Some("b.rs") if !silent => Observed { problem: None, findings: vec![at("b.rs")], unknown: vec![] },
                Some("c.rs") if silent => {
                    Observed { problem: None, findings: vec![], unknown: vec!["timeout/none".to_owned()] }
                }
                _ => Observed::default(),
            }
        }
    };
    assert_eq!(run(&rule, review(1, true)), []);
    let failures: Vec<String> = run(&rule, review(2, false)).iter().map(ToString::to_string).collect();
    assert_eq!(
        failures,
        [
            "timeout/none: violating 1: expected findings at a.rs:1, met a.rs:2",
            "timeout/none: passing 1 (with a limit): expected no finding, met b.rs:2",
            "timeout/none: unknown 1: expected unknown, met a decision or nothing to judge",
        ]
    );
}

#[test]
fn severities_are_ordered_by_how_bad_they_are() {
    assert!(Severity::Error > Severity::Warning && Severity::Warning > Severity::Info);
}

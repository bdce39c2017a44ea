//! Alert rules, dashboards and runbooks: what they name must exist.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail the test")]

use std::collections::BTreeSet;
use std::fs;

use deploy_tests::manifest::{self, list, text};
use deploy_tests::{code, deploy, root, tools};
use regex::Regex;
use serde_json::{Value, json};

/// From Prometheus itself, kube-state-metrics, cAdvisor and CloudNativePG.
const FOREIGN: [&str; 10] = [
    "ALERTS",
    "cnpg_backends_total",
    "cnpg_pg_replication_lag",
    "cnpg_pg_settings_setting",
    "container_memory_working_set_bytes",
    "kube_horizontalpodautoscaler_spec_max_replicas",
    "kube_horizontalpodautoscaler_status_current_replicas",
    "kube_pod_container_resource_limits",
    "kube_pod_container_status_restarts_total",
    "up",
];

fn groups() -> Vec<Value> {
    let objects = manifest::objects(&deploy().join("monitoring/rules")).unwrap();
    let rules = manifest::of_kind(&objects, "PrometheusRule");
    rules.iter().flat_map(|rule| list(rule, "/spec/groups").to_vec()).collect()
}

fn rules() -> Vec<Value> {
    groups().iter().flat_map(|group| list(group, "/rules").to_vec()).collect()
}

/// Names of metrics in an expression: what has a selector of labels or of time behind it, or stands where a value stands.
fn metrics(expression: &str) -> BTreeSet<String> {
    const WORDS: [&str; 22] = [
        "and",
        "or",
        "unless",
        "by",
        "on",
        "ignoring",
        "without",
        "sum",
        "rate",
        "max",
        "min",
        "count",
        "absent",
        "increase",
        "histogram_quantile",
        "vector",
        "bool",
        "group_left",
        "group_right",
        "avg",
        "clamp_max",
        "label_values",
    ];
    let without_labels = Regex::new(r"\{[^}]*\}").unwrap().replace_all(expression, " ");
    let without_lists =
        Regex::new(r"\b(by|on|without|ignoring)\s*\([^)]*\)").unwrap().replace_all(&without_labels, " ");
    let without_times = Regex::new(r"\[[^\]]*\]").unwrap().replace_all(&without_lists, " ");
    let name = Regex::new(r"[a-zA-Z_][a-zA-Z0-9_:]*").unwrap();
    let names = name.find_iter(&without_times).map(|found| found.as_str().to_owned());
    names.filter(|name| !WORDS.contains(&name.as_str())).collect()
}

fn known() -> BTreeSet<String> {
    let mut known = code::metrics().unwrap();
    known.extend(FOREIGN.map(str::to_owned));
    known.extend(rules().iter().map(|rule| text(rule, "/record").to_owned()));
    known
}

#[test]
fn rules_ask_for_metrics_that_exist() {
    let known = known();
    for rule in rules() {
        for metric in metrics(text(&rule, "/expr")) {
            assert!(known.contains(&metric), "{metric} in {rule}");
        }
    }
}

#[test]
fn dashboards_ask_for_metrics_that_exist() {
    let known = known();
    let mut titles = BTreeSet::new();
    for file in manifest::files(&deploy().join("monitoring/dashboards"), ".json").unwrap() {
        let board: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        assert!(titles.insert(text(&board, "/uid").to_owned()), "{}: the uid is not its own", file.display());
        let panels = list(&board, "/panels");
        assert!(!panels.is_empty(), "{}", file.display());
        let ids: BTreeSet<u64> = panels.iter().filter_map(|panel| panel["id"].as_u64()).collect();
        assert_eq!(ids.len(), panels.len(), "{}", file.display());
        for target in panels.iter().flat_map(|panel| list(panel, "/targets")) {
            let expression = text(target, "/expr");
            let named = metrics(expression);
            assert!(!named.is_empty(), "{}: {expression}", file.display());
            for metric in named {
                assert!(known.contains(&metric), "{}: {metric} in {expression}", file.display());
            }
        }
    }
    assert!(titles.len() >= 5);
}

#[test]
fn no_metric_is_forgotten() {
    // Of a test.
    let unseen = ["recorder_test_duration_seconds_bucket"];
    let mut seen: BTreeSet<String> = rules().iter().flat_map(|rule| metrics(text(rule, "/expr"))).collect();
    for file in manifest::files(&deploy().join("monitoring/dashboards"), ".json").unwrap() {
        let board: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let targets = list(&board, "/panels").iter().flat_map(|panel| list(panel, "/targets").to_vec());
        seen.extend(targets.flat_map(|target| metrics(text(&target, "/expr"))));
    }
    let emitted = code::metrics().unwrap();
    let forgotten: Vec<&String> = emitted
        .iter()
        .filter(|metric| !metric.ends_with("_sum") && !metric.ends_with("_count"))
        .filter(|metric| !seen.contains(*metric) && !unseen.contains(&metric.as_str()))
        .collect();
    assert!(forgotten.is_empty(), "on no dashboard: {forgotten:?}");
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let folder = root().join("docs/runbooks");
    let mut linked = BTreeSet::new();
    for alert in rules().iter().filter(|rule| rule.get("alert").is_some()) {
        let name = text(alert, "/alert");
        for part in ["/annotations/summary", "/annotations/description", "/labels/severity"] {
            assert!(!text(alert, part).is_empty(), "{name} has no {part}");
        }
        let (_, page) = text(alert, "/annotations/runbook_url").rsplit_once("docs/runbooks/").unwrap_or_default();
        assert!(folder.join(page).is_file() && !page.is_empty(), "{name}: there is no runbook {page}");
        linked.insert(page.to_owned());
        let index = fs::read_to_string(folder.join("README.md")).unwrap();
        let row = index.lines().find(|line| line.contains(&format!("({page})"))).unwrap_or_default();
        let words: Vec<&str> = row.split(|letter: char| !letter.is_alphanumeric()).collect();
        assert!(words.contains(&name), "the index of runbooks does not have {name} at {page}");
    }
    let pages: BTreeSet<String> = manifest::files(&folder, ".md")
        .unwrap()
        .iter()
        .map(|page| page.file_name().unwrap().to_string_lossy().into_owned())
        .filter(|page| page != "README.md")
        .collect();
    assert_eq!(linked, pages);
}

#[test]
fn every_service_is_missed_when_it_is_gone() {
    let rules = rules();
    let gone = rules.iter().find(|rule| text(rule, "/alert") == "ServiceGone").unwrap();
    for service in code::services().unwrap() {
        assert!(text(gone, "/expr").contains(&format!("absent(up{{job=\"{service}-service\"}})")), "{service}");
    }
}

#[test]
#[ignore = "needs promtool, which is built from the Go module proxy the first time: cargo test -p deploy-tests -- --ignored"]
fn rules_are_right_and_fire_when_they_should() {
    let folder = std::env::temp_dir().join(format!("deploy-tests-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("rules.yaml"), json!({ "groups": groups() }).to_string()).unwrap();
    fs::copy(deploy().join("monitoring/rules-test.yaml"), folder.join("rules-test.yaml")).unwrap();
    let checked = tools::promtool(&folder, &["check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"]);
    let tested = tools::promtool(&folder, &["test", "rules", "rules-test.yaml"]);
    fs::remove_dir_all(&folder).unwrap();
    checked.unwrap();
    tested.unwrap();
}

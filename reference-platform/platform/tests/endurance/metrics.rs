//! Dashboards and alerts ask for metrics that services really emit: all replicas are scraped after a day and some load.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use platform::demo;
use platform::load::{self, Plan};
use platform::progress::Progress;
use platform::services::Replicas;
use platform::workload::{Operation, World};

use crate::running::Running;

/// Of Prometheus itself, of Kubernetes and of the stores' exporters.
const OF_OTHERS: [&str; 11] =
    ["up", "ALERTS", "kube_", "container_", "cnpg_", "pg_", "redis_", "kafka_", "neo4j_", "ClickHouse", "node_"];
/// Words of the language that stand where a metric could.
const WORDS: [&str; 13] = [
    "and",
    "or",
    "unless",
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "bool",
    "offset",
    "inf",
    "nan",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes two minutes"]
async fn dashboards_and_alerts_ask_for_what_is_emitted() {
    let monitoring = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/monitoring");
    let wanted: BTreeSet<String> = expressions(&monitoring).iter().flat_map(|text| metrics(text)).collect();
    let recorded = |name: &str| name.contains(':');
    let of_others = |name: &str| {
        OF_OTHERS.iter().any(|other| {
            if other.ends_with('_') || *other == "ClickHouse" { name.starts_with(other) } else { name == *other }
        })
    };
    let wanted: BTreeSet<String> = wanted.into_iter().filter(|name| !recorded(name) && !of_others(name)).collect();
    assert!(wanted.len() > 10, "{wanted:?}");

    let running = Running::up(&Replicas::new(), "0s").await;
    let progress = Progress::visible();
    demo::run(&running.services, &progress).await.unwrap();
    let world = World::prepare(&running.services, &crate::small(), &progress).await.unwrap();
    let plan =
        Plan { rate: 20, duration: Duration::from_secs(15), in_flight: 128, operations: Operation::ALL.to_vec() };
    load::run(Arc::new(world), &plan, &progress, std::future::pending()).await.unwrap();

    let mut emitted = BTreeSet::new();
    for service in running.selected() {
        let admin = running.services.address(&service.replica(1), "admin").unwrap();
        let text = reqwest::get(format!("http://{admin}/metrics")).await.unwrap().text().await.unwrap();
        let names = text.lines().filter(|line| !line.starts_with('#'));
        emitted.extend(names.filter_map(|line| line.split(['{', ' ']).next()).map(str::to_owned));
    }
    // What has not happened on this day is in no answer; then its name stands in the code.
    let code = code();
    let mut unknown = Vec::new();
    for name in wanted.difference(&emitted) {
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
        if code.contains(&format!("\"{family}\"")) {
            progress.say(&format!("{name:<48} was not seen"));
        } else {
            unknown.push(name);
        }
    }
    progress.say(&format!("{} of {} metrics were seen", wanted.intersection(&emitted).count(), wanted.len()));
    assert_eq!(unknown, Vec::<&String>::new());
    running.down().await;
}

/// What stands behind `expr` in all files of a folder.
fn expressions(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(folder, &["json", "yaml"]) {
        let text = fs::read_to_string(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "json") {
            in_json(&serde_json::from_str(&text).unwrap(), &mut found);
        } else {
            in_yaml(&text, &mut found);
        }
    }
    found
}

fn in_json(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(entries) => {
            for (name, value) in entries {
                match value.as_str() {
                    Some(text) if name == "expr" => found.push(text.to_owned()),
                    _ => in_json(value, found),
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| in_json(value, found)),
        _ => {}
    }
}

/// A value on the same line, or a block of lines that stand further in.
fn in_yaml(text: &str, found: &mut Vec<String>) {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let Some(value) = line.trim_start().trim_start_matches("- ").strip_prefix("expr:") else { continue };
        let further = lines[at + 1..].iter().take_while(|next| next.trim().is_empty() || indent(next) > indent(line));
        let block = matches!(value.trim(), "|" | ">" | "|-" | ">-");
        found.push(if block { further.copied().collect::<Vec<_>>().join(" ") } else { value.trim().to_owned() });
    }
}

/// The names of metrics in an expression: what is no function, word, label, duration or text.
fn metrics(expression: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = expression;
    let mut after_grouping = false;
    while let Some(first) = rest.chars().next() {
        if first == '{' || first == '[' {
            let close = if first == '{' { '}' } else { ']' };
            rest = &rest[rest.find(close).map_or(rest.len(), |at| at + 1)..];
        } else if first == '"' {
            rest = &rest[1..];
            rest = &rest[rest.find('"').map_or(rest.len(), |at| at + 1)..];
        } else if first == '(' && after_grouping {
            rest = &rest[rest.find(')').map_or(rest.len(), |at| at + 1)..];
            after_grouping = false;
        } else if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            let grouping = ["by", "without", "on", "ignoring", "group_left", "group_right"].contains(&word);
            after_grouping = grouping && behind.trim_start().starts_with('(');
            let function =
                ["(", "by ", "by(", "without ", "without("].iter().any(|next| behind.trim_start().starts_with(next));
            if !WORDS.contains(&word.to_lowercase().as_str()) && !function {
                names.push(word.to_owned());
            }
            rest = behind;
        } else if first.is_ascii_digit() {
            rest = &rest[rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len())..];
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    names
}

/// All code of services and libraries.
fn code() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = ["libs", "services"].map(|folder| files(&root.join(folder), &["rs"])).concat();
    files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extensions));
        } else if path.extension().and_then(|extension| extension.to_str()).is_some_and(|one| extensions.contains(&one))
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn names_of_metrics_are_found_in_expressions() {
    let expression = r#"histogram_quantile(0.95, sum by (le, job) (rate(http_seconds_bucket{job=~"a|b", code!="OK"}[5m]))) > 0.1
        and on (job) (up == 1) unless job:errors:ratio5m offset 1h"#;
    assert_eq!(metrics(expression), ["http_seconds_bucket", "up", "job:errors:ratio5m"]);
    let mut found = Vec::new();
    in_yaml(
        "rules:\n  - expr: a > 1\n    for: 2m\n  - alert: x\n    expr: |\n      b\n      + c\n    for: 1m\n",
        &mut found,
    );
    assert_eq!(found.iter().flat_map(|text| metrics(text)).collect::<Vec<_>>(), ["a", "b", "c"]);
}

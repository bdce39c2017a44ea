//! `loadpath whatif` and `loadpath capacity`: small systems under some scenarios, and the reference platform held against what
//! was seen of it when its parts were stopped.
//!
//! A case is a folder `tests/cases/COMMAND/NAME`: the project in `input`, one scenario a line in `scenarios`, and what the
//! program says to each in `expected.txt`; with UPDATE=1 that is written anew, to be read in the diff.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use loadpath::analysis::Model;
use loadpath::analysis::whatif::{Scenario, outcomes};
use loadpath::graph::find;
use loadpath::{config, review, sources};
use serde_json::Value;

use crate::cli::output;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn each_scenario_has_its_outcomes() {
    scenarios("whatif");
}

#[test]
fn each_system_has_its_limits() {
    scenarios("capacity");
}

/// Runs a command on the cases of that name.
fn scenarios(command: &str) {
    let update = std::env::var_os("UPDATE").is_some();
    let mut different = Vec::new();
    for case in fs::read_dir(root().join("tests/cases").join(command)).unwrap() {
        let case = case.unwrap().path();
        let input = case.join("input");
        let mut met = String::new();
        for scenario in fs::read_to_string(case.join("scenarios")).unwrap().lines() {
            let mut arguments = vec![command.to_owned(), input.to_str().unwrap().to_owned(), "--no-cache".to_owned()];
            // A blank inside an argument is written as `_`.
            arguments.extend(scenario.split_whitespace().map(|word| word.replace('_', " ")));
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            writeln!(met, "$ loadpath {command} {scenario}\n{}", output(&arguments)).unwrap();
        }
        let expected = case.join("expected.txt");
        if update {
            fs::write(&expected, &met).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != met {
            different.push(format!("{}:\n{met}", case.display()));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// What an operation of the platform's workload is called in its contract, where that is not its own name.
const CALLED: [(&str, &str); 5] = [
    ("auth/log-in", "Authorize"),
    ("content/create-post-with-image", "CreatePost"),
    ("events/query-metric", "QueryProductMetric"),
    ("media/upload", "UploadMedia"),
    ("streaming/send-chat", "SendChatMessage"),
];

/// The service and the method of an operation: `content/get-post` is `GetPost` of content-service.
fn method(operation: &str) -> (String, String) {
    let (service, name) = operation.split_once('/').unwrap();
    let camel = |word: &str| word[..1].to_uppercase() + &word[1..];
    let own = || name.split('-').map(camel).collect::<String>();
    let called = CALLED.iter().find(|(known, _)| *known == operation).map(|(_, called)| (*called).to_owned());
    (format!("{service}-service"), called.unwrap_or_else(own))
}

/// What was seen of each method while a part was away. Several operations on one method that fared differently are
/// answered in part.
fn seen(rows: &serde_json::Map<String, Value>) -> BTreeMap<(String, String), String> {
    let mut all: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    for (operation, row) in rows {
        all.entry(method(operation)).or_default().insert(row["outcome"].as_str().unwrap());
    }
    let one = |of: BTreeSet<&str>| if of.len() == 1 { of.first().unwrap().to_string() } else { "degrades".to_owned() };
    all.into_iter().map(|(method, of)| (method, one(of))).collect()
}

/// What is foretold of the reference platform and what was seen agree, but for the rows of
/// `tests/cases/failures/disagreements.txt`, each with its reason: `part service method seen foretold: reason`.
#[test]
fn what_is_foretold_of_the_platform_is_what_was_seen() {
    let folder = root().join("reference-platform");
    let table: Value = serde_json::from_str(&fs::read_to_string(folder.join("docs/failures.json")).unwrap()).unwrap();
    let read = sources::walk(&folder).unwrap();
    let settings = read.get("loadpath.yaml").map(|source| source.text().into_owned()).unwrap_or_default();
    let config = config::load("loadpath.yaml", &settings).unwrap();
    let facts = review::facts("reference-platform", &read, &loadpath::cache::Cache::default());
    let graph = review::graph(&facts, &config);
    let model = Model::new(&facts, &graph, &config, None);

    let (mut agreed, mut met) = (BTreeMap::<String, usize>::new(), BTreeSet::new());
    for (part, rows) in table["parts"].as_object().unwrap() {
        let mut down = find::ends(&graph, &format!("service:{part}-service"));
        if down.is_empty() {
            down = find::ends(&graph, part);
        }
        assert!(!down.is_empty(), "{part} is no part of the platform");
        let scenario = Scenario { down: down.into_iter().collect(), ..Scenario::default() };
        let foretold = outcomes(&model, &scenario);
        for ((service, method), seen) in seen(rows.as_object().unwrap()) {
            let name = format!("/{method}");
            let mut entries = graph.entries.iter().enumerate().filter(|(_, entry)| {
                entry.kind == "rpc" && graph.services[entry.service].name == service && entry.name.ends_with(&name)
            });
            let (Some((entry, _)), None) = (entries.next(), entries.next()) else {
                panic!("{service} has not one {method}")
            };
            let verdict = foretold.of_entry[entry].verdict().name();
            println!("{part:12} {service:20} {method:20} {seen:9} {verdict:9}");
            if verdict == seen {
                *agreed.entry(part.clone()).or_default() += 1;
            } else {
                met.insert(format!("{part} {service} {method} {seen} {verdict}"));
            }
        }
    }
    let list = fs::read_to_string(root().join("tests/cases/failures/disagreements.txt")).unwrap();
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let known: BTreeMap<&str, &str> = lines.map(|line| line.split_once(": ").expect("a reason")).collect();
    let known_rows: BTreeSet<String> = known.keys().map(|row| (*row).to_owned()).collect();
    println!("{} rows agree, {} do not", agreed.values().sum::<usize>(), met.len());
    let new: Vec<&String> = met.difference(&known_rows).collect();
    let gone: Vec<&String> = known_rows.difference(&met).collect();
    assert!(new.is_empty() && gone.is_empty(), "not in the list: {new:#?}\nin the list, and agree now: {gone:#?}");
    assert!(known.values().all(|reason| reason.len() > 10), "each row has its reason");
}

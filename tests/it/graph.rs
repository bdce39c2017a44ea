//! Small systems, each with one difficulty, and the graph that they make: `tests/cases/graph/NAME/input` and
//! `tests/cases/graph/NAME/expected.json`. With UPDATE=1 the expectations are written anew, to be read in the diff.

use std::fs;
use std::path::{Path, PathBuf};

use loadpath::graph::json;
use loadpath::{config, review, sources};

pub fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/graph");
    let mut cases: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn graph(case: &Path) -> String {
    let sources = sources::walk(&case.join("input")).unwrap();
    let settings = sources.get("loadpath.yaml").map(|source| source.text().into_owned()).unwrap_or_default();
    let config = config::load("loadpath.yaml", &settings).unwrap();
    let name = case.file_name().unwrap().to_str().unwrap();
    let graph = review::graph(&review::facts(name, &sources, &loadpath::cache::Cache::default()), &config);
    format!("{}\n", serde_json::to_string_pretty(&json::document(&graph)).unwrap())
}

#[test]
fn each_system_makes_its_graph() {
    let mut different = Vec::new();
    for case in cases() {
        let expected = case.join("expected.json");
        let met = graph(&case);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&expected, &met).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != met {
            different.push(format!("{}:\n{met}", case.display()));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

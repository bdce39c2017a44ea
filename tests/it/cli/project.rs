//! Which project is read, and how: environments, exclusions, revisions, several folders, standard input.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{case, failure, git, loadpath, output, write};

fn graph(arguments: &[&str]) -> Value {
    serde_json::from_str(&output(&[&["graph", "-f", "json"], arguments].concat())).unwrap()
}

fn names(graph: &Value) -> Vec<&str> {
    graph["services"].as_array().unwrap().iter().map(|service| service["name"].as_str().unwrap()).collect()
}

const SERVICE: &str = "[package]\nname = \"NAME\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\naxum = \"0.8\"\ntokio = \"1\"\n";
const MAIN: &str = "use axum::{Router, routing::get};\n\n#[tokio::main]\nasync fn main() {\n    let app = Router::new().route(\"/\", get(index));\n    let listener = tokio::net::TcpListener::bind(\"0.0.0.0:8080\").await.unwrap();\n    axum::serve(listener, app).await.unwrap();\n}\n\nasync fn index() -> &'static str {\n    \"ok\"\n}\n";

/// A service of one route.
fn service(root: &Path, folder: &str, name: &str) {
    write(root, &format!("{folder}Cargo.toml"), &SERVICE.replace("NAME", name));
    write(root, &format!("{folder}src/main.rs"), MAIN);
}

#[test]
fn the_environment_that_is_asked_for_decides() {
    let shop = case("shop");
    let shop = shop.to_str().unwrap();
    for (arguments, environment) in [
        (&[shop][..], "production"),
        (&[shop, "--environment", "staging"], "staging"),
        (&[shop, "--environment", "deploy/overlays/staging"], "staging"),
    ] {
        let graph = graph(arguments);
        assert_eq!(graph["environment"], environment);
        assert_eq!(graph["services"][0]["workloads"][0], format!("Deployment/{environment}/cart"));
    }
    // Twenty replicas in production, one in staging.
    let settings = case("shop-settings.yaml");
    let sum = ["check", shop, "--config", settings.to_str().unwrap(), "--rule", "pool/pg-connections-sum"];
    loadpath(&sum).assert().code(1);
    loadpath(&[&sum[..], &["--environment", "staging"]].concat()).assert().code(0);
    for command in ["check", "graph", "extract"] {
        let said = failure(&[command, shop, "--environment", "stagin"]);
        assert_eq!(said, "loadpath: failed to find the environment `stagin`: did you mean `staging`?\n");
    }
}

#[test]
fn the_settings_choose_the_environment_and_the_command_line_goes_first() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "settings.yaml", "environment: { primary: staging }\n");
    let (shop, settings) = (case("shop"), root.path().join("settings.yaml"));
    let arguments = [shop.to_str().unwrap(), "--config", settings.to_str().unwrap()];
    assert_eq!(graph(&arguments)["environment"], "staging");
    assert_eq!(graph(&[&arguments[..], &["--environment", "production"]].concat())["environment"], "production");
}

#[test]
fn what_the_settings_exclude_does_not_exist() {
    let root = tempfile::tempdir().unwrap();
    service(root.path(), "a/", "a");
    service(root.path(), "attic/b/", "b");
    let at = root.path().to_str().unwrap();
    assert_eq!(names(&graph(&[at])), ["a", "b"]);
    write(root.path(), "loadpath.yaml", "exclude: [ attic ]\n");
    assert_eq!(names(&graph(&[at])), ["a"]);
    let facts: Value = serde_json::from_str(&output(&["extract", at])).unwrap();
    assert!(!facts.to_string().contains("attic/"));
    write(root.path(), "loadpath.yaml", "exclude: [ 'a{' ]\n");
    assert!(failure(&["graph", at]).contains("loadpath.yaml:1:12: `a{` is no glob"));
}

#[test]
fn several_folders_are_one_project() {
    let root = tempfile::tempdir().unwrap();
    service(root.path(), "one/", "a");
    service(root.path(), "two/", "b");
    service(root.path(), "two/attic/", "c");
    write(root.path(), "two/loadpath.yaml", "exclude: [ attic ]\n");
    let (one, two) = (root.path().join("one"), root.path().join("two"));
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    let both = graph(&[one, two]);
    assert_eq!(names(&both), ["a", "b"]);
    assert_eq!(both["system"], root.path().file_name().unwrap().to_str().unwrap());
    assert_eq!(both["services"][0]["evidence"][0]["file"], "one/src/main.rs");
    write(root.path(), "one/loadpath.yaml", "");
    let said = failure(&["graph", one, two]);
    assert!(said.contains("one/loadpath.yaml and two/loadpath.yaml: name one with `--config`"), "{said}");
    assert!(failure(&["graph", one, two, "--rev", "main"]).contains("name one folder"));
    assert!(failure(&["graph", one, "-"]).contains("name either `-` or folders"));
}

#[test]
fn a_revision_is_read_without_a_checkout() {
    let root = tempfile::tempdir().unwrap();
    git(root.path(), &["init", "-q"]);
    service(root.path(), "a/", "a");
    git(root.path(), &["add", "."]);
    git(root.path(), &["commit", "-q", "-m", "one"]);
    service(root.path(), "b/", "b");
    let at = root.path().to_str().unwrap();
    assert_eq!(names(&graph(&[at])), ["a", "b"]);
    assert_eq!(names(&graph(&[at, "--rev", "HEAD"])), ["a"]);
    for (command, more) in [("extract", &[][..]), ("path", &["GET /"])] {
        let said = output(&[&[command], more, &[at, "--rev", "HEAD"]].concat());
        assert!(said.contains("a/src/main.rs") && !said.contains("b/src/main.rs"), "{said}");
    }
    loadpath(&["check", at, "--rev", "HEAD", "--base", "main"]).assert().code(0);
    assert!(failure(&["graph", at, "--rev", "nothing"]).contains("there is no such branch, tag or commit"));
}

#[test]
fn standard_input_is_a_project_of_one_file() {
    let manifest = fs::read(case("shop").join("deploy/base/cart.yaml")).unwrap();
    let assert = loadpath(&["extract", "-"]).write_stdin(manifest).assert().success();
    let facts: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(facts["project"], "stdin");
    let workload = &facts["kubernetes"][0]["workloads"][0]["meta"];
    assert_eq!((&workload["name"], &workload["at"]["file"]), (&"cart".into(), &"stdin.yaml".into()));
    loadpath(&["check", "-"]).write_stdin("").assert().code(0);
}

#[test]
fn only_what_is_asked_for_is_said() {
    let root = tempfile::tempdir().unwrap();
    service(root.path(), "", "a");
    write(root.path(), "k8s/a.yaml", "apiVersion: v1\nkind: Service\nmetadata: { name: a\n");
    let at = root.path().to_str().unwrap();
    let said =
        |arguments: &[&str]| String::from_utf8(loadpath(arguments).assert().get_output().stderr.clone()).unwrap();
    assert!(said(&["graph", at]).contains("k8s/a.yaml:"));
    assert_eq!(said(&["graph", at, "--quiet"]), "");
    let assert = loadpath(&["graph", at, "--quiet", "--strict-inputs"]).assert().code(3);
    assert!(String::from_utf8_lossy(&assert.get_output().stderr).contains("k8s/a.yaml:"));
}

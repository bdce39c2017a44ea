//! The gate on a change, in real git repositories: what is new, what merely moved, what is staged, what a baseline lets pass.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{commit, copy, failure, git, loadpath, output, write};

/// The example, committed.
pub(super) fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    copy(&from, folder.path());
    git(folder.path(), &["init", "-q"]);
    commit(folder.path(), "one");
    folder
}

/// Changes a file; what is to be changed must be there.
pub(super) fn edit(root: &Path, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(root.join(path)).unwrap();
    assert!(text.contains(from), "{path} does not hold {from}");
    write(root, path, &text.replace(from, to));
}

/// The review as JSON, and how it ended.
fn review(root: &Path, arguments: &[&str]) -> (Value, i32) {
    let fixed = ["check", root.to_str().unwrap(), "--no-cache", "-q", "-f", "json"];
    let output = loadpath(&[&fixed[..], arguments].concat()).output().unwrap();
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (json, output.status.code().unwrap())
}

/// Rule and entity of each finding.
fn found(review: &Value) -> Vec<String> {
    let name = |of: &Value| format!("{} {}", of["rule"].as_str().unwrap(), of["entity"].as_str().unwrap());
    review["findings"].as_array().unwrap().iter().map(name).collect()
}

/// A change that brings an error: the readiness probe goes.
const PROBE: &str =
    "          readinessProbe:\n            httpGet: { path: /healthz, port: http }\n            periodSeconds: 5\n";
const NO_PROBE: &str = "health/no-readiness";

pub(super) fn break_it(root: &Path) {
    edit(root, "deploy/base/orders.yaml", PROBE, "");
}

fn is_the_probe(review: &Value) {
    let found = found(review);
    assert!(found.len() == 1 && found[0].starts_with(NO_PROBE), "{found:?}");
}

#[test]
fn only_what_a_change_brings_fails() {
    let shop = shop();
    let root = shop.path();
    let (clean, code) = review(root, &["--base", "HEAD"]);
    assert_eq!((found(&clean).len(), code), (0, 0), "{:?}", found(&clean));
    break_it(root);
    let (broken, code) = review(root, &["--base", "HEAD", "--fail-on", "warning"]);
    assert_eq!(code, 1);
    is_the_probe(&broken);
    // The main branch has moved on, and has the same defect in another place: the merge base decides.
    git(root, &["checkout", "-q", "-b", "change"]);
    commit(root, "change");
    git(root, &["checkout", "-q", "main"]);
    write(root, "README.md", "elsewhere\n");
    commit(root, "two");
    git(root, &["checkout", "-q", "change"]);
    is_the_probe(&review(root, &["--base", "main"]).0);
}

#[test]
fn what_merely_moved_is_not_new() {
    let shop = shop();
    let root = shop.path();
    let nothing_new = |what: &str| {
        let (json, code) = review(root, &["--base", "HEAD", "--fail-on", "info"]);
        assert_eq!((found(&json), code), (Vec::new(), 0), "{what}");
        git(root, &["reset", "-q", "--hard"]);
        git(root, &["clean", "-fdq"]);
    };
    edit(root, "services/cart/src/grpc.rs", "use ", "// A remark.\n\n\nuse ");
    nothing_new("lines were added above");
    git(root, &["mv", "services/cart/src/grpc.rs", "services/cart/src/rpc.rs"]);
    edit(root, "services/cart/src/main.rs", "mod grpc;", "mod rpc;");
    edit(root, "services/cart/src/main.rs", "grpc::Carts", "rpc::Carts");
    nothing_new("a file got another name, and with it a module");
    edit(root, "services/orders/src/main.rs", "async fn main()", "async fn main() /* begins */");
    nothing_new("a line beside it was changed");
    git(root, &["mv", "services/cart", "services/carts"]);
    edit(root, "Cargo.toml", "services/cart", "services/carts");
    nothing_new("a folder got another name");
}

#[test]
fn rules_and_settings_of_the_change_judge_both_sides() {
    let shop = shop();
    let root = shop.path();
    // A rule that got stricter says nothing about the change.
    edit(root, "loadpath.yaml", "profile: recommended", "profile: strict");
    let (json, code) = review(root, &["--base", "HEAD", "--fail-on", "info"]);
    assert_eq!((found(&json), code), (Vec::new(), 0));
    let (all, _) = review(root, &[]);
    assert!(found(&all).len() > 10);
}

#[test]
fn a_shallow_clone_says_what_to_fetch() {
    let shop = shop();
    git(shop.path(), &["checkout", "-q", "-b", "base"]);
    write(shop.path(), "README.md", "there\n");
    commit(shop.path(), "two");
    git(shop.path(), &["checkout", "-q", "main"]);
    write(shop.path(), "README.md", "here\n");
    commit(shop.path(), "three");
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", shop.path().display());
    git(folder.path(), &["clone", "-q", "--depth=1", "--no-single-branch", &url, "shallow"]);
    let root = folder.path().join("shallow");
    let said = failure(&["check", root.to_str().unwrap(), "--base", "origin/base"]);
    assert!(
        said.contains("shallow clone") && said.contains("git fetch --unshallow") && said.contains("fetch-depth: 0"),
        "{said}"
    );
    git(&root, &["fetch", "-q", "--unshallow"]);
    assert_eq!(review(&root, &["--base", "origin/base"]).1, 0);
}

#[test]
fn what_is_staged_is_judged_and_not_the_work_tree() {
    let shop = shop();
    let root = shop.path();
    let staged = ["--staged", "--base", "HEAD"];
    break_it(root);
    assert_eq!(review(root, &staged).1, 0, "nothing is staged");
    git(root, &["add", "deploy"]);
    git(root, &["checkout", "-q", "HEAD", "--", "deploy"]);
    assert_eq!(review(root, &staged).1, 0, "staged as it was");
    break_it(root);
    git(root, &["add", "deploy"]);
    let orders = root.join("deploy/base/orders.yaml");
    let broken = fs::read_to_string(&orders).unwrap();
    fs::write(&orders, "").unwrap();
    is_the_probe(&review(root, &staged).0);
    fs::write(&orders, broken).unwrap();
    is_the_probe(&review(root, &["--base", "HEAD"]).0);
}

#[test]
fn before_the_first_commit_all_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    copy(&from, folder.path());
    git(folder.path(), &["init", "-q"]);
    assert_eq!(review(folder.path(), &["--staged", "--base", "HEAD"]).1, 0, "nothing is staged");
    git(folder.path(), &["add", "-A"]);
    let (json, code) = review(folder.path(), &["--staged", "--base", "HEAD"]);
    assert_eq!(code, 1);
    assert_eq!(found(&json), found(&review(folder.path(), &[]).0));
}

#[test]
fn a_baseline_lets_pass_what_was_there_and_shrinks_by_itself() {
    let shop = shop();
    let root = shop.path();
    let at = root.to_str().unwrap();
    let file = root.join("loadpath-baseline.yaml");
    let file = file.to_str().unwrap();
    let said = failure(&["check", at, "--baseline", file]);
    assert!(said.contains("`loadpath baseline update` writes one"), "{said}");
    let all = found(&review(root, &[]).0);
    let said = output(&["baseline", "update", at, "--no-cache"]);
    assert_eq!(said, format!("{file}: {} added, 0 taken away, 0 as before\n", all.len()));
    let written = fs::read_to_string(file).unwrap();
    let of = ["--baseline", file, "--fail-on", "info"];
    let (passing, code) = review(root, &of);
    assert_eq!((found(&passing), code), (Vec::new(), 0));
    assert_eq!(passing["summary"]["baselined"], all.len());
    assert_eq!(fs::read_to_string(file).unwrap(), written, "the file of findings is no part of the project");
    break_it(root);
    is_the_probe(&review(root, &of).0);
    git(root, &["checkout", "-q", "--", "deploy"]);

    // What moved passes as before. What is mended leaves the file, but for what somebody wrote a word at.
    git(root, &["mv", "services/cart/src/grpc.rs", "services/cart/src/rpc.rs"]);
    edit(root, "services/cart/src/main.rs", "mod grpc;", "mod rpc;");
    edit(root, "services/cart/src/main.rs", "grpc::Carts", "rpc::Carts");
    assert_eq!(review(root, &of).1, 0);
    let money = "  - rule: proto/money-as-float\n";
    edit(root, "loadpath-baseline.yaml", money, &format!("  # Waits for the new till.\n{money}"));
    edit(root, "proto/shop/price/v1/price.proto", "double amount = 2;", "int64 amount_minor_units = 2;");
    edit(
        root,
        "services/cart/src/consumer.rs",
        "\"enable.auto.commit\", \"true\"",
        "\"enable.auto.commit\", \"false\"",
    );
    let before = fs::read_to_string(file).unwrap();
    let (locked, _) = review(root, &[&of[..], &["--baseline-locked"]].concat());
    let notices = locked["notices"].to_string();
    assert!(notices.contains("proto/money-as-float") && notices.contains("baseline prune"), "{notices}");
    assert_eq!(fs::read_to_string(file).unwrap(), before);
    let (shrunk, _) = review(root, &of);
    let after = fs::read_to_string(file).unwrap();
    assert!(after.len() < before.len() && after.contains("# Waits for the new till."), "{after}");
    let notice = &shrunk["notices"][0];
    let line = notice["line"].as_u64().unwrap() as usize;
    assert_eq!(after.lines().nth(line - 1), Some(money.trim_end()), "{notice}");
    let stats = output(&["baseline", "stats", at, "--no-cache"]);
    assert!(stats.contains("1 stale") && stats.contains("proto/money-as-float"), "{stats}");
    let pruned = output(&["baseline", "prune", at, "--no-cache"]);
    assert!(pruned.contains("taken away: proto/money-as-float"), "{pruned}");
    let last = fs::read_to_string(file).unwrap();
    assert!(!last.contains("money-as-float") && last.contains("# Waits for the new till."), "{last}");
}

#[test]
fn several_formats_go_to_several_files_in_one_run() {
    let shop = shop();
    let out = tempfile::tempdir().unwrap();
    let formats = ["json", "sarif", "github", "gitlab", "junit", "checkstyle", "markdown"];
    let asked: Vec<String> =
        formats.iter().map(|name| format!("--format={name}={}", out.path().join(name).display())).collect();
    let fixed = ["check", shop.path().to_str().unwrap(), "--no-cache", "-q", "-f", "text"];
    let words: Vec<&str> = fixed.into_iter().chain(asked.iter().map(String::as_str)).collect();
    let assert = loadpath(&words).assert().code(1);
    assert!(String::from_utf8_lossy(&assert.get_output().stdout).contains("20 findings"));
    let read = |name: &str| fs::read_to_string(out.path().join(name)).unwrap();
    for (name, shown) in [
        ("json", "\"loadpath.findings/1\""),
        ("sarif", "\"2.1.0\""),
        ("github", "::error file=deploy/base/price.yaml"),
        ("gitlab", "\"check_name\": \"proto/money-as-float\""),
        ("junit", "<failure type=\"error\""),
        ("checkstyle", "source=\"loadpath.proto/money-as-float\""),
        ("markdown", "## Loadpath: shop"),
    ] {
        assert!(read(name).contains(shown), "{name}: {}", read(name));
    }
    assert!(failure(&["check", "-f", "json", "-f", "sarif"]).contains("name a file for one"));
}

#[test]
fn each_finding_has_those_who_answer_for_it() {
    let shop = shop();
    let root = shop.path();
    write(
        root,
        ".github/CODEOWNERS",
        "/services/ @shop/services\n/services/cart/ @shop/cart\n/deploy/base/price.yaml\n",
    );
    edit(
        root,
        "deploy/base/price.yaml",
        "  name: price\n  labels: { app: price }",
        "  name: price\n  labels: { app: price }\n  annotations: { a8r.io/owner: team-price }",
    );
    let (all, _) = review(root, &[]);
    let owners = |rule: &str, entity: &str| {
        let mut all = all["findings"].as_array().unwrap().iter();
        let found = all.find(|of| of["rule"] == rule && of["entity"] == entity);
        found.unwrap_or_else(|| panic!("{rule} {entity}"))["owners"].clone()
    };
    assert_eq!(
        owners("boundary/chatty-loop", "effect:cart::grpc::Carts::get_cart/loop collection"),
        serde_json::json!(["@shop/cart"])
    );
    assert_eq!(
        owners("timeout/db-no-statement-timeout", "pool:price/price::main"),
        serde_json::json!(["@shop/services"])
    );
    assert_eq!(
        owners("health/no-graceful-shutdown", "container:Deployment/price/price"),
        serde_json::json!(["team-price"])
    );
    assert_eq!(owners("proto/money-as-float", "field:shop.price.v1.QuoteResponse.amount"), Value::Null);
    let (theirs, code) = review(root, &["--owner", "shop/cart", "--owner", "@Team-Price"]);
    assert_eq!(code, 1);
    let rules = found(&theirs);
    assert!(
        rules.iter().all(|of| !of.contains("orders::main"))
            && rules.iter().any(|of| of.contains("no-graceful-shutdown")),
        "{rules:?}"
    );
    assert_eq!(review(root, &["--owner", "nobody"]).1, 0);
    let text =
        loadpath(&["check", root.to_str().unwrap(), "--no-cache", "-q", "--owner", "team-price"]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("owner: team-price"), "{text}");
    let markdown = loadpath(&["check", root.to_str().unwrap(), "--no-cache", "-q", "-f", "markdown"]).output().unwrap();
    assert!(String::from_utf8(markdown.stdout).unwrap().contains("(of &#64;shop/cart)"));
}

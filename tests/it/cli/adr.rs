//! `loadpath adr propose`: a decision from a finding of a review; and decisions of several branches and revisions.

use serde_json::Value;

use super::gate::{edit, shop};
use super::{case, commit, failure, git, loadpath, output, write};

fn propose(more: &[&str]) -> Vec<String> {
    let (shop, settings) = (case("shop"), case("shop-settings.yaml"));
    let fixed = ["adr", "propose", "--root", shop.to_str().unwrap(), "--config", settings.to_str().unwrap()];
    let fixed = fixed.into_iter().chain(["--date", "2026-01-31", "--stdout"]);
    fixed.chain(more.iter().copied()).map(str::to_owned).collect()
}

fn words(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

#[test]
fn a_finding_becomes_a_record_with_options_and_evidence() {
    insta::assert_snapshot!(output(&words(&propose(&["pool/pg-connections-sum"]))));
}

#[test]
fn a_finding_goes_by_its_number_and_by_its_fingerprint() {
    let by_rule = output(&words(&propose(&["timeout/db-no-statement-timeout", "1"])));
    let shop = case("shop");
    let assert = loadpath(&["check", "-f", "json", shop.to_str().unwrap()]).assert();
    let review: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let found = review["findings"].as_array().unwrap().iter();
    let mut found = found.filter(|finding| finding["rule"] == "timeout/db-no-statement-timeout");
    let fingerprint = found.next().unwrap()["fingerprint"].as_str().unwrap();
    assert_eq!(output(&words(&propose(&[&fingerprint[..8]]))), by_rule);
}

#[test]
fn a_finding_that_is_not_there_is_an_error_that_helps() {
    let said = |more: &[&str]| failure(&words(&propose(more)));
    assert!(said(&["timeout/db-no-statement-timeout", "2"]).contains("it has 1:\n  1  src/bin/cart.rs:14"));
    assert!(said(&["boundary/sync-cycle"]).contains("the review has none"));
    assert!(said(&["pool/pg-conections-sum"]).contains("did you mean `pool/pg-connections-sum`?"));
    assert!(said(&["abcdef012345"]).contains("shows the fingerprint of each"));
}

#[test]
fn a_record_is_written_beside_the_others() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("src")).unwrap();
    for file in ["Cargo.toml", "src/bin/price.rs"] {
        std::fs::create_dir_all(root.path().join(file).parent().unwrap()).unwrap();
        std::fs::copy(case("shop").join(file), root.path().join(file)).unwrap();
    }
    let at = root.path().to_str().unwrap();
    let path = output(&["adr", "propose", "cache/redis-no-timeout", "--root", at]);
    let text = std::fs::read_to_string(path.trim()).unwrap();
    assert!(path.contains("docs/adr/0001-"), "{path}");
    assert!(text.contains("](../../src/bin/price.rs#L12)"), "{text}");
    assert!(text.contains("`loadpath check --rule cache/redis-no-timeout` reports no finding"), "{text}");
    assert!(text.contains("`loadpath check --fail-on warning` fails when it comes back"), "{text}");
}

const DECISION: &str = "---\nstatus: \"accepted\"\n---\n\n# TITLE\n";

#[test]
fn numbers_that_two_branches_have_given_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let at = root.to_str().unwrap();
    let decide = |name: &str| write(root, &format!("docs/adr/{name}.md"), &DECISION.replace("TITLE", name));
    let new = |title: &str| output(&["adr", "new", title, "--root", at, "--base", "main", "--date", "2026-01-31"]);
    git(root, &["init", "-q"]);
    write(root, "README.md", "Nothing is decided yet.\n");
    commit(root, "one");
    git(root, &["checkout", "-q", "-b", "change"]);
    git(root, &["checkout", "-q", "main"]);
    decide("0001-a");
    decide("0002-b");
    commit(root, "two");
    git(root, &["checkout", "-q", "change"]);
    // The folder of decisions is on the other branch only.
    assert!(new("X").trim().ends_with("docs/adr/0003-x.md"));
    git(root, &["merge", "-q", "-m", "merge", "main"]);
    git(root, &["mv", "docs/adr/0002-b.md", "docs/adr/0002-c.md"]);
    std::fs::remove_file(root.join("docs/adr/0003-x.md")).unwrap();
    decide("0003-x");
    commit(root, "three");
    git(root, &["checkout", "-q", "main"]);
    decide("0003-y");
    commit(root, "four");
    git(root, &["checkout", "-q", "change"]);
    loadpath(&["adr", "check", "--root", at]).assert().code(0);
    let assert = loadpath(&["adr", "check", "--root", at, "--base", "main"]).assert().code(1);
    let said = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    // A file that only got another name on this branch clashes with nothing.
    let expected = "docs/adr/0003-x.md:1: main has 0003-y.md, with the number 3 too; the next free number is 0004\n";
    assert_eq!(said, format!("{expected}3 decisions, 0 assertions, 1 problem\n"));
    assert!(new("Z").trim().ends_with("docs/adr/0004-z.md"));
    assert!(failure(&["adr", "check", "--root", at, "--base", "nowhere"]).contains("no such branch, tag or commit"));
}

#[test]
fn what_is_decided_is_judged_in_every_state_of_a_project() {
    let shop = shop();
    let root = shop.path();
    let at = root.to_str().unwrap();
    let decision =
        |edge: &str| format!("{}\n```loadpath\n- never: {edge}\n```\n", DECISION.replace("TITLE", "One writer"));
    let found = |arguments: &[&str]| -> Vec<String> {
        let fixed = ["check", at, "--no-cache", "-q", "-f", "json", "--category", "adr"];
        let output = loadpath(&[&fixed[..], arguments].concat()).output().unwrap();
        let review: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = review["findings"].as_array().unwrap().iter();
        found
            .map(|of| format!("{} {}:{}", of["entity"].as_str().unwrap(), of["file"].as_str().unwrap(), of["line"]))
            .collect()
    };
    write(root, "docs/adr/0001-one-writer.md", &decision("price -> datastore:postgres/orders"));
    commit(root, "decided");
    assert_eq!(found(&[]), [""; 0]);
    // What a change breaks is new; what was there before its decision is not.
    write(root, "docs/adr/0002-no-carts.md", &decision("orders -> cart"));
    let was_there = "edge:orders->cart docs/adr/0002-no-carts.md:8";
    assert_eq!(found(&[]), [was_there]);
    assert_eq!(found(&["--base", "HEAD"]), [""; 0]);
    commit(root, "decided again");
    edit(
        root,
        "docs/adr/0001-one-writer.md",
        "price -> datastore:postgres/orders",
        "price -> datastore:postgres/price",
    );
    assert_eq!(found(&["--rev", "HEAD"]), [was_there]);
    assert_eq!(found(&["--staged"]), [was_there]);
    git(root, &["add", "docs"]);
    let broken = "edge:price->datastore:postgres/price docs/adr/0001-one-writer.md:8";
    assert_eq!(found(&["--staged"]), [broken, was_there]);
    // It is accepted like any other finding, at the line of the code too.
    write(root, "more.yaml", "suppressions:\n  - { rule: adr/0002-no-carts, reason: until the new cart }\n");
    let settings = root.join("more.yaml");
    assert_eq!(found(&["--config", settings.to_str().unwrap()]), [broken]);
    // A folder that `.adr-dir` names is one, wherever it lies.
    git(root, &["mv", "docs/adr", "design"]);
    assert_eq!(found(&[]), [""; 0]);
    write(root, ".adr-dir", "design\n");
    assert_eq!(found(&[]), [broken, was_there].map(|line| line.replace("docs/adr", "design")));
}

//! `loadpath adr propose`: a decision from a finding of a review.

use super::{case, failure, loadpath, output};

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

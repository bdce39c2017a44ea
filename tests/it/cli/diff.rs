//! `loadpath diff`: what a change does to the architecture, before and after, in real git repositories.

use std::path::Path;

use serde_json::Value;

use super::gate::{edit, shop};
use super::{commit, failure, git, loadpath, output, write};

fn diff(root: &Path, more: &[&str]) -> String {
    output(&[&["diff", "HEAD", "--root", root.to_str().unwrap(), "--no-cache", "-q"], more].concat())
}

fn json(root: &Path) -> Value {
    serde_json::from_str(&diff(root, &["-f", "json"])).unwrap()
}

/// Another pool, another number of pods, a contract that breaks, a probe that goes, a topic of another name.
fn change(root: &Path) {
    edit(root, "services/orders/src/main.rs", ".max_connections(30)", ".max_connections(7)");
    edit(
        root,
        "deploy/overlays/production/kustomization.yaml",
        "{ name: orders, count: 6 }",
        "{ name: orders, count: 3 }",
    );
    edit(
        root,
        "proto/shop/price/v1/price.proto",
        "  string sku = 1;\n  int32 quantity",
        "  int64 sku = 1;\n  int32 quantity",
    );
    edit(
        root,
        "proto/shop/price/v1/price.proto",
        "  rpc Quote(QuoteRequest) returns (QuoteResponse);",
        "  rpc Quote(QuoteRequest) returns (QuoteResponse);\n  rpc Forget(QuoteRequest) returns (QuoteResponse);",
    );
    super::gate::break_it(root);
    for file in ["services/orders/src/events.rs", "services/cart/src/consumer.rs"] {
        edit(root, file, "shop.orders.v1", "shop.orders.v2");
    }
}

#[test]
fn a_change_is_said_before_and_after() {
    let shop = shop();
    let root = shop.path();
    change(root);
    insta::assert_snapshot!(diff(root, &[]));
    let markdown = diff(root, &["-f", "markdown"]);
    insta::assert_snapshot!(markdown);
    assert_eq!(markdown.lines().next(), Some("<!-- loadpath:diff:shop -->"));
    let mermaid = diff(root, &["-f", "mermaid"]);
    assert!(markdown.contains(&mermaid));
    let parsed = merman::Engine::new().parse_diagram_sync(&mermaid, merman::ParseOptions::strict());
    assert!(parsed.is_ok(), "{parsed:?}\n{mermaid}");
}

#[test]
fn the_document_follows_its_schema() {
    let shop = shop();
    let root = shop.path();
    change(root);
    let document = json(root);
    let schema: Value = serde_json::from_str(loadpath::reports::schemas::schema("diff").unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(document["schema"], "loadpath.diff/1");
    let breaking = &document["breaking"][0];
    assert_eq!(breaking["contract"], "shop.price.v1.PriceService");
    assert_eq!(breaking["consumers"], serde_json::json!(["cart", "orders"]));
    let figures = document["figures"].as_array().unwrap();
    let size = figures.iter().find(|of| of["field"] == "size").unwrap();
    assert_eq!(
        (&size["entity"], &size["before"], &size["after"]),
        (&"pool:orders/orders::main".into(), &30.into(), &7.into())
    );
    let peak = figures.iter().find(|of| of["field"] == "demand.peak").unwrap();
    assert!(peak["before"].as_i64() > peak["after"].as_i64(), "{peak}");
}

#[test]
fn what_moved_or_is_laid_out_anew_is_no_change() {
    let shop = shop();
    let root = shop.path();
    edit(root, "services/cart/src/grpc.rs", "use ", "// A remark.\n\n\nuse ");
    edit(root, "deploy/base/orders.yaml", "  labels: { app: orders }\nspec:", "  labels:\n    app: orders\nspec:");
    git(root, &["mv", "services/orders/src/store.rs", "services/orders/src/tables.rs"]);
    edit(root, "services/orders/src/main.rs", "mod store;", "mod tables;");
    for file in ["services/orders/src/main.rs", "services/orders/src/http.rs"] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        write(root, file, &text.replace("store::", "tables::").replace("carts, store}", "carts, tables}"));
    }
    let text = diff(root, &[]);
    assert_eq!(text, "shop: nothing of the architecture changes\n");
    let markdown = diff(root, &["-f", "markdown"]);
    assert!(!markdown.contains("mermaid") && markdown.contains("nothing of the architecture changes"), "{markdown}");
    assert_eq!(diff(root, &["-f", "mermaid"]), "");
}

#[test]
fn two_revisions_are_compared_where_they_part() {
    let shop = shop();
    let root = shop.path();
    git(root, &["checkout", "-q", "-b", "change"]);
    change(root);
    commit(root, "change");
    git(root, &["checkout", "-q", "main"]);
    edit(root, "services/cart/src/main.rs", ".max_connections(20)", ".max_connections(9)");
    commit(root, "two");
    let at = root.to_str().unwrap();
    let text = output(&["diff", "main", "change", "--root", at, "--no-cache"]);
    assert!(text.contains("orders") && !text.contains("pool:cart/"), "{text}");
    loadpath(&["diff", "main", "change", "--rev", "main", "--root", at]).assert().code(2);
    assert!(failure(&["diff", "nothing", "--root", at]).contains("there is no such branch, tag or commit"));
}

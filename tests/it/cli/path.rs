//! `loadpath path`: one request from its entry point down.

use serde_json::Value;

use super::{case, failure, output};

fn path(entry: &str, format: &str) -> String {
    output(&["path", entry, case("shop").to_str().unwrap(), "--format", format])
}

#[test]
fn a_request_is_a_tree_with_deadlines_and_criticality() {
    insta::assert_snapshot!(path("GET /cart/{id}", "text"));
}

#[test]
fn a_request_is_a_sequence_diagram() {
    let text = path("/checkout/7", "mermaid");
    let diagram = merman::Engine::new().parse_diagram_sync(&text, merman::ParseOptions::strict()).unwrap();
    assert!(diagram.is_some());
    insta::assert_snapshot!(text);
}

#[test]
fn a_request_as_json_fits_its_schema() {
    let document: Value = serde_json::from_str(&path("/checkout/7", "json")).unwrap();
    let schema: Value = serde_json::from_str(loadpath::reports::schemas::schema("path").unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(document["schema"], "loadpath.path/1");
    assert_eq!(document["entry"]["id"], "storefront/POST /checkout/{id}");
    let [cart, price] = document["calls"].as_array().unwrap().as_slice() else { panic!("{document}") };
    assert_eq!(cart["to"], "service:cart");
    assert_eq!(cart["deadline"]["ms"], 800);
    assert_eq!(cart["around"][0]["kind"], "together");
    assert_eq!(cart["answered_by"]["name"], "GET /carts/{id}");
    assert_eq!(price["calls"][0]["to"], "datastore:redis/prices");
    assert_eq!(price["calls"][0]["budget"]["ms"], 800);
    assert_eq!(price["calls"][0]["deadline"]["ms"], Value::Null);
}

#[test]
fn a_name_that_means_nothing_or_several_entry_points_is_an_error_that_helps() {
    let shop = case("shop");
    let shop = shop.to_str().unwrap();
    let said = failure(&["path", "GET /crat/{id}", shop]);
    assert_eq!(
        said,
        "loadpath: failed to find the entry point `GET /crat/{id}`: did you mean `GET /cart/{id}`, `GET /carts/{id}`, `GET /prices/{id}`?\n"
    );
    let said = failure(&["path", "nothing like it", shop]);
    assert!(said.contains("none of the 5 goes by that name, such as `GET /cart/{id}`"), "{said}");
    insta::assert_snapshot!(failure(&["path", "storefront", shop]));
}

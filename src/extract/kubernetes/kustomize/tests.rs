//! The algebra of patches: JSON patches against another implementation, strategic merges against their own laws.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{json_patch, merge};
use crate::extract::yaml::{Kind, Node, read};

const KEYS: [&str; 5] = ["a", "b", "c/d", "e~f", "0"];

/// Any value; as in manifests, no mapping holds a null.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![any::<i8>().prop_map(|number| json!(number)), "[x-z]{1,3}".prop_map(|text| json!(text))];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::vec((proptest::sample::select(KEYS.to_vec()), inner), 0..4).prop_map(object),
        ]
    })
}

fn object(entries: Vec<(&'static str, Value)>) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn mapping() -> impl Strategy<Value = Value> {
    proptest::collection::vec((proptest::sample::select(KEYS.to_vec()), value()), 0..5).prop_map(object)
}

fn pointer() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => proptest::sample::select(vec!["a", "b", "c~1d", "e~0f"]),
        2 => proptest::sample::select(vec!["0", "1", "2", "-"]),
    ];
    proptest::collection::vec(part, 1..4).prop_map(|parts| format!("/{}", parts.join("/")))
}

fn operation() -> impl Strategy<Value = Value> {
    let op = proptest::sample::select(vec!["add", "remove", "replace", "move", "copy"]);
    (op, pointer(), pointer(), value())
        .prop_map(|(op, path, from, value)| json!({ "op": op, "path": path, "from": from, "value": value }))
}

fn node(value: &Value) -> Node {
    let mut parsed = read("a.yaml", &value.to_string());
    assert_eq!(parsed.diagnostics, []);
    parsed.documents.remove(0)
}

/// The value of a node, as another program would read it.
fn plain(node: &Node) -> Value {
    match &node.kind {
        Kind::Mapping(entries) => {
            let entry = |(key, value): &(Node, Node)| (key.str().unwrap_or_default().to_owned(), plain(value));
            Value::Object(entries.iter().map(entry).collect::<Map<_, _>>())
        }
        Kind::Sequence(items) => Value::Array(items.iter().map(plain).collect()),
        Kind::Scalar { .. } if node.is_null() => Value::Null,
        Kind::Scalar { .. } => node.i64().map_or_else(|| json!(node.str()), |number| json!(number)),
    }
}

/// Says which operations differ from the RFC on purpose: kustomize sets what a `replace` does not find.
fn is_lenient(operation: &Value, document: &Value) -> bool {
    operation["op"] == "replace" && document.pointer(operation["path"].as_str().unwrap_or_default()).is_none()
}

proptest! {
    #[test]
    fn a_json_patch_does_what_the_rfc_says(before in mapping(), operations in proptest::collection::vec(operation(), 1..5)) {
        let mut ours = node(&before);
        let mut theirs = before;
        for operation in &operations {
            if is_lenient(operation, &theirs) {
                continue;
            }
            let mut patched = theirs.clone();
            let patch: json_patch_oracle::Patch = serde_json::from_value(json!([operation])).unwrap();
            let expected = json_patch_oracle::patch(&mut patched, &patch);
            let done = json_patch::apply(&mut ours, &node(operation));
            prop_assert_eq!(done.is_ok(), expected.is_ok(), "{} on {}: {:?} {:?}", operation, theirs, done, expected);
            if expected.is_ok() {
                theirs = patched;
            }
            prop_assert_eq!(plain(&ours), theirs.clone(), "after {}", operation);
        }
    }

    #[test]
    fn an_empty_patch_changes_nothing(before in mapping()) {
        let mut object = node(&before);
        let stays = merge::merge(&mut object, &node(&json!({})));
        prop_assert!(stays);
        prop_assert_eq!(plain(&object), before);
    }

    #[test]
    fn a_patch_applied_twice_is_a_patch_applied_once(before in mapping(), patch in mapping()) {
        let mut once = node(&before);
        merge::merge(&mut once, &node(&patch));
        let mut twice = once.clone();
        merge::merge(&mut twice, &node(&patch));
        prop_assert_eq!(plain(&twice), plain(&once));
    }

    #[test]
    fn what_a_patch_says_holds_afterwards(before in mapping(), patch in mapping()) {
        let mut object = node(&before);
        merge::merge(&mut object, &node(&patch));
        prop_assert!(holds(&plain(&object), &patch), "{} on {} makes {}", patch, before, plain(&object));
    }

    #[test]
    fn what_a_patch_does_not_name_stays(before in mapping(), patch in mapping()) {
        let mut object = node(&before);
        merge::merge(&mut object, &node(&patch));
        let after = plain(&object);
        for (key, value) in before.as_object().unwrap() {
            if patch.get(key).is_none() {
                prop_assert_eq!(after.get(key), Some(value));
            }
        }
    }

    #[test]
    fn containers_are_merged_by_name(names in proptest::collection::btree_set("[a-d]", 0..4), patched in "[a-e]", image in "[x-z]{2}") {
        let containers: Vec<Value> = names.iter().map(|name| json!({ "name": name, "image": "old", "workingDir": "/a" })).collect();
        let of = |containers: Value| json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "a" }, "spec": { "template": { "spec": { "containers": containers } } } });
        let mut object = node(&of(json!(containers)));
        merge::merge(&mut object, &node(&of(json!([{ "name": patched, "image": image }]))));
        let after = plain(&object)["spec"]["template"]["spec"]["containers"].clone();
        let mut expected: Vec<Value> = containers;
        match expected.iter_mut().find(|of| of["name"] == json!(patched)) {
            Some(container) => container["image"] = json!(image),
            None => expected.push(json!({ "name": patched, "image": image })),
        }
        prop_assert_eq!(after, json!(expected));
    }
}

/// Whether all that a patch sets is there.
fn holds(object: &Value, patch: &Value) -> bool {
    match (object, patch) {
        (Value::Object(object), Value::Object(patch)) => {
            patch.iter().all(|(key, value)| object.get(key).is_some_and(|now| holds(now, value)))
        }
        _ => object == patch,
    }
}

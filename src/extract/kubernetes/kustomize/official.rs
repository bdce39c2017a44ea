//! Overlays rendered by us and by the official program: `tests/cases/kustomize/<case>/`, where `input/` has the overlay
//! `overlay/` and `expected.yaml` is what `kustomize build input/overlay` printed. `UPDATE=1` writes it anew where the
//! program is there; wherever it is, it is asked again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use super::{Files, Object, Renderer};
use crate::extract::yaml::{Kind, Node, read};
use crate::sources;

/// Letters and digits of the hash that kustomize puts behind the names of what it generates.
const HASH: usize = 10;

fn cases() -> Vec<(PathBuf, String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("tests/cases/kustomize");
    let mut all: Vec<(PathBuf, String, PathBuf)> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("input").is_dir())
        .map(|path| (path.join("input"), "overlay".to_owned(), path.join("expected.yaml")))
        .collect();
    all.push((root.join("examples/shop/deploy"), "overlays/production".to_owned(), folder.join("shop.yaml")));
    all.sort();
    all
}

fn ours(root: &Path, overlay: &str) -> Vec<Node> {
    let sources = sources::walk(root).unwrap();
    let files = Files::read(&sources);
    let (diagnostics, because, chain) = Default::default();
    let mut renderer = Renderer { files: &files, diagnostics, because, work: 0, most: 1_000_000, chain };
    let objects = renderer.target(overlay, Vec::new());
    assert_eq!(renderer.diagnostics, []);
    assert!(renderer.because.is_empty(), "{:?}", renderer.because);
    objects.into_iter().map(|Object { node, .. }| node).collect()
}

fn official(root: &Path, overlay: &str) -> Option<String> {
    let output = Command::new("kustomize").arg("build").arg(root.join(overlay)).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// A value, without differences that mean nothing to a cluster.
fn plain(node: &Node) -> Value {
    match &node.kind {
        Kind::Mapping(entries) => {
            let entry = |(key, value): &(Node, Node)| (key.str().unwrap_or_default().to_owned(), plain(value));
            Value::Object(entries.iter().map(entry).filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
        }
        Kind::Sequence(items) => {
            let mut items: Vec<Value> = items.iter().map(plain).collect();
            // Where elements have names, their order means nothing.
            if items.iter().all(|item| item["name"].is_string()) {
                items.sort_by_key(|item| item["name"].to_string());
            }
            Value::Array(items)
        }
        Kind::Scalar { .. } if node.is_null() => Value::Null,
        Kind::Scalar { text, plain: false } => json!(text),
        Kind::Scalar { text, plain: true } => match (node.i64(), node.bool()) {
            (Some(number), _) => json!(number),
            (_, Some(holds)) => json!(holds),
            _ => text.parse::<f64>().map_or_else(|_| json!(text), |number| json!(number)),
        },
    }
}

/// Objects by kind and name.
fn sorted(nodes: &[Node]) -> Vec<Value> {
    let mut all: Vec<Value> = nodes.iter().map(plain).collect();
    all.iter_mut().for_each(only_keys_of_secrets);
    let key = |of: &Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&of["kind"]), text(&of["metadata"]["namespace"]), text(&of["metadata"]["name"]))
    };
    all.sort_by_key(key);
    all
}

/// Values of Secrets are none of our business, however they are written.
fn only_keys_of_secrets(object: &mut Value) {
    if object["kind"] != "Secret" {
        return;
    }
    let Some(fields) = object.as_object_mut() else { return };
    fields.remove("type");
    let held = [fields.remove("data"), fields.remove("stringData")];
    let keys = held.iter().flatten().filter_map(Value::as_object).flat_map(|data| data.keys().cloned());
    let keys: Vec<String> = keys.collect();
    fields.insert("keys".to_owned(), json!(keys));
}

/// Takes the hashes away that kustomize puts behind the names of the ConfigMaps and Secrets of `names`, which have none.
fn without_hashes(value: &mut Value, names: &[String]) {
    match value {
        Value::String(text) => {
            if let Some((name, hash)) = text.rsplit_once('-')
                && hash.len() == HASH
                && names.iter().any(|known| known == name)
            {
                *text = name.to_owned();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| without_hashes(item, names)),
        Value::Object(entries) => entries.values_mut().for_each(|item| without_hashes(item, names)),
        _ => {}
    }
}

fn expected(text: &str, names: &[String]) -> Vec<Value> {
    let parsed = read("expected.yaml", text);
    assert_eq!(parsed.diagnostics, []);
    let mut all = sorted(&parsed.documents);
    all.iter_mut().for_each(|value| without_hashes(value, names));
    all
}

#[test]
fn overlays_are_rendered_as_the_official_program_does() {
    for (root, overlay, path) in cases() {
        let told = official(&root, &overlay);
        if let (Some(told), Some(_)) = (&told, std::env::var_os("UPDATE")) {
            fs::write(&path, told).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let ours = sorted(&ours(&root, &overlay));
        let names: Vec<String> = ours
            .iter()
            .filter(|of| matches!(of["kind"].as_str(), Some("ConfigMap" | "Secret")))
            .filter_map(|of| of["metadata"]["name"].as_str().map(str::to_owned))
            .collect();
        let wanted = expected(&kept, &names);
        let show = |all: &[Value]| serde_json::to_string_pretty(all).unwrap();
        assert!(ours == wanted, "{}\nours:\n{}\nofficial:\n{}", path.display(), show(&ours), show(&wanted));
        if let Some(told) = told {
            assert_eq!(expected(&told, &names), wanted, "{}: the program renders it otherwise now", path.display());
        }
    }
}

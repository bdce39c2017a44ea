//! `loadpath init`: a first loadpath.yaml, which is valid, with its suggestions and without them.

use std::fs;

use loadpath::config;

use super::{case, failure, output};

/// The settings with all suggestions taken: a remark has one blank behind its `#`.
fn taken(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => rest.to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(|of| line(of) + "\n").collect()
}

#[test]
fn the_settings_of_the_shop() {
    let text = output(&["init", "--stdout", case("shop").to_str().unwrap()]);
    config::load("loadpath.yaml", &text).unwrap();
    let all = config::load("loadpath.yaml", &taken(&text)).unwrap();
    assert_eq!(all.capacities.datastores["postgres/cart"].max_connections.as_ref().unwrap().value, 100);
    assert_eq!(all.load.len(), 4);
    insta::assert_snapshot!(text);
}

#[test]
fn hostile_names_stay_names() {
    let root = tempfile::tempdir().unwrap();
    let manifest = "[package]\nname = \"a\"\nversion = \"0.1.0\"\n[dependencies]\naxum = \"0.8\"\ntokio = \"1\"\n";
    let code = "use axum::{Router, routing::get};\n#[tokio::main]\nasync fn main() {\n    let app = Router::new()\
                .route(\"/a: {x}\\nseverities: #\", get(i)).route(\"/'\\\"/{id}\", get(i));\n    let l = \
                tokio::net::TcpListener::bind(\"0.0.0.0:80\").await.unwrap();\n    axum::serve(l, app).await.unwrap();\n}\n\
                async fn i() {}\n";
    fs::create_dir(root.path().join("src")).unwrap();
    fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
    fs::write(root.path().join("src/main.rs"), code).unwrap();
    let text = output(&["init", "--stdout", root.path().to_str().unwrap()]);
    let all = config::load("loadpath.yaml", &taken(&text)).unwrap();
    assert_eq!(all.load.len(), 2, "{text}");
}

#[test]
fn nothing_is_overwritten() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.proto"), "syntax = \"proto3\";\n").unwrap();
    let at = root.path().to_str().unwrap();
    let file = root.path().join("loadpath.yaml");
    assert_eq!(output(&["init", at]).trim(), file.to_str().unwrap());
    let text = fs::read_to_string(&file).unwrap();
    let said = failure(&["init", at]);
    assert!(said.contains("loadpath.yaml: it exists"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    output(&["check", at]);
}

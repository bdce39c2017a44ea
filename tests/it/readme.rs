//! What README.md shows is what the program says: the graph of the shop, and settings that are valid.

use std::fs;
use std::path::Path;
use std::process::Command;

use loadpath::entities::EntitySchema;
use loadpath::{adr, config, reports, review, sources};

const BEGIN: &str = "<!-- graph: held by tests/it/readme.rs -->\n";
const END: &str = "<!-- end of graph -->";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_graph_of_the_shop_is_the_one_that_the_readme_shows() {
    let folder = root().join("examples/shop");
    let sources = sources::walk(&folder).unwrap();
    let settings = fs::read_to_string(folder.join("loadpath.yaml")).unwrap();
    let config = config::load("loadpath.yaml", &settings).unwrap();
    let graph = review::graph(&review::facts("shop", &sources, &loadpath::cache::Cache::default()), &config);
    let shown = reports::graph::text(&graph);
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let expected = format!("{head}{BEGIN}```text\n{}\n```\n{END}{tail}", shown.trim_end());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &expected).unwrap();
    } else {
        assert!(text == expected, "README.md shows another graph; run with UPDATE=1 and read the diff:\n{shown}");
    }
}

#[test]
fn the_settings_that_the_readme_shows_are_valid() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = text.split_once("```yaml\n").unwrap();
    let (settings, _) = rest.split_once("```").unwrap();
    let read = config::load("loadpath.yaml", settings);
    assert!(read.is_ok(), "{read:?}");
}

#[test]
fn the_assertions_that_the_readme_shows_are_valid() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, rest) = text.split_once("````markdown\n").unwrap();
    let (block, _) = rest.split_once("````").unwrap();
    let record = format!("# 7. One writer\n\n## Status\n\nAccepted\n\n## Decision\n\n{block}");
    let document = adr::Document { path: "docs/adr/0007-one-writer.md".to_owned(), text: record };
    let rules = adr::asserted(&[document], &EntitySchema).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let ids: Vec<&str> = rules.iter().map(|rule| &*rule.id).collect();
    assert_eq!(ids, ["adr/0007-one-writer/2", "adr/0007-one-writer/3", "adr/0007-one-writer/foreign-writers"]);
}

#[test]
fn the_commands_of_the_readme_do_what_it_says() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let commands: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("    cargo run --release -- ")).collect();
    assert!(commands.len() > 2, "{commands:?}");
    for command in &commands {
        let output = Command::new(env!("CARGO_BIN_EXE_loadpath"))
            .args(command.split_whitespace())
            .arg("--no-cache")
            .current_dir(root())
            .output()
            .unwrap();
        // The example has defects.
        let expected = if command.starts_with("check") { 1 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("cart") && (!command.contains("markdown") || said.contains("```mermaid")), "{command}");
    }
}

//! What the fuzz targets share: a hostile file in a small project, through every stage that reads it.

#![forbid(unsafe_code)]

use std::hint::black_box;

use loadpath::cache::Cache;
use loadpath::config::Config;
use loadpath::review;
use loadpath::sources::Sources;

/// A package that depends on what the extractors look at.
const MANIFEST: &str = r#"[package]
name = "fuzzed"
version = "0.1.0"
edition = "2024"
[dependencies]
axum = "0.8"
tonic = "0.14"
sqlx = "0.8"
rdkafka = "0.38"
reqwest = "0.12"
clap = "4"
config = "0.15"
"#;

const MAIN: &str = "fn main() { std::env::var(\"DATABASE_URL\").unwrap(); }";

/// Extracts and links a project with one more file: nothing may panic, hang or overflow the stack.
pub fn project(path: &str, text: &str) {
    projects(&[(path, text)]);
}

/// The same with several files.
pub fn projects(files: &[(&str, &str)]) {
    let base = [("Cargo.toml", MANIFEST), ("src/main.rs", MAIN)];
    let given = |path: &str| files.iter().any(|(own, _)| *own == path);
    let all = base.iter().filter(|(path, _)| !given(path)).chain(files).copied();
    let facts = review::facts("fuzzed", &Sources::from_texts(all), &Cache::default());
    black_box(review::graph(&facts, &Config::default()));
}

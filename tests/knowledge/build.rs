//! Blocks of Rust in the articles to modules: `knowledge/grpc/channels.md`, second block, is `grpc_channels_2`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut code = String::new();
    for category in entries(&folder) {
        for article in entries(&category).into_iter().filter(|path| path.extension().is_some_and(|of| of == "md")) {
            let text = fs::read_to_string(&article).expect("an article is text");
            let part = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().replace('-', "_");
            for (index, block) in blocks(&text).iter().enumerate() {
                let name = format!("{}_{}_{}", part(&category), part(&article), index + 1);
                writeln!(code, "/// {}\npub mod {name} {{\n{block}\n}}", article.display()).expect("a string takes it");
            }
        }
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where"));
    fs::write(out.join("articles.rs"), code).expect("the folder of cargo can be written");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut all: Vec<PathBuf> = read.map(|entry| entry.expect("a folder can be listed").path()).collect();
    all.sort();
    all
}

/// The blocks between ```` ```rust ```` and ```` ``` ````; `rust,ignore` shows code that is wrong.
fn blocks(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    for line in text.lines() {
        match (&mut open, line) {
            (None, "```rust") => open = Some(Vec::new()),
            (Some(lines), "```") => {
                found.push(lines.join("\n"));
                open = None;
            }
            (Some(lines), line) => lines.push(line),
            _ => {}
        }
    }
    found
}

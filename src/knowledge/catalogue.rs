//! The articles that are part of the program: every file below `knowledge/`, embedded when the program is built.

use rust_embed::Embed;

/// The folder. A build with debug assertions reads it when it runs, so that an article is read without a build.
#[derive(Embed)]
#[folder = "knowledge/"]
#[include = "*.md"]
struct Folder;

/// Path and text of each embedded article, in the order of their paths.
#[must_use]
pub fn embedded() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Folder::iter()
        .filter_map(|name| {
            let text = String::from_utf8_lossy(&Folder::get(&name)?.data).into_owned();
            Some((format!("knowledge/{name}"), text))
        })
        .collect();
    files.sort();
    files
}

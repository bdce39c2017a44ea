//! The rules that are part of the program: every file below `rules/`, embedded when the program is built.

use rust_embed::Embed;

/// The folder. A build with debug assertions reads it when it runs, so that a rule is tried without a build.
#[derive(Embed)]
#[folder = "rules/"]
#[include = "*.yaml"]
struct Folder;

/// Path and text of each embedded rule, in the order of their paths.
#[must_use]
pub fn embedded() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Folder::iter()
        .filter_map(|name| {
            let text = String::from_utf8_lossy(&Folder::get(&name)?.data).into_owned();
            Some((format!("rules/{name}"), text))
        })
        .collect();
    files.sort();
    files
}

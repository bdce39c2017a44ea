//! The planted defects as they lie in the folder: patches, and what each gives.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A patch, and what it gives.
pub struct Planted {
    /// The rule, by its folders.
    pub rule: String,
    pub patch: PathBuf,
    pub expected: Expected,
    /// The lines that the patch adds, by file.
    added: BTreeSet<(String, u32)>,
}

/// `expected.yaml`, or `expected-NN.yaml` beside a patch that has one of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    #[serde(default = "production")]
    pub environment: String,
    /// The rule again, for a reader; that of the folder when it is not stated.
    rule: Option<String>,
    /// Where the finding is, in the patched platform. An added line when it is not stated.
    file: Option<String>,
    line: Option<u32>,
    /// How this happens to a team.
    story: String,
    #[serde(default)]
    pub consequences: Vec<Consequence>,
}

/// What else is found, and why that is right.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consequence {
    rule: String,
    file: String,
    line: u32,
    pub because: String,
}

/// A rule that is not planted but has a case of the suite `findings`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    pub case: String,
    pub because: String,
}

/// Where a rule is found.
#[derive(PartialEq, Eq)]
pub struct Place<'a> {
    pub rule: &'a str,
    pub file: &'a str,
    pub line: u32,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}:{}", self.rule, self.file, self.line)
    }
}

impl Consequence {
    pub fn place(&self) -> Place<'_> {
        Place { rule: &self.rule, file: &self.file, line: self.line }
    }
}

impl Planted {
    /// `category/rule/NN`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.rule, self.patch.file_stem().unwrap().to_string_lossy())
    }

    /// Whether a place is where the defect was planted.
    pub fn is_at(&self, (file, line): (&str, u32)) -> bool {
        match (&self.expected.file, self.expected.line) {
            (Some(at), Some(exact)) => at == file && exact == line,
            _ => self.added.contains(&(file.to_owned(), line)),
        }
    }

    /// Where the defect was planted, with the text of its line.
    pub fn places(&self, text: &dyn Fn(&str, u32) -> Option<String>) -> String {
        match (&self.expected.file, self.expected.line) {
            (Some(file), Some(line)) => {
                format!("{file}:{line}: `{}`", text(file, line).unwrap_or_default().trim())
            }
            _ => {
                let added: Vec<String> = self.added.iter().map(|(file, line)| format!("{file}:{line}")).collect();
                format!("one of {}", added.join(", "))
            }
        }
    }
}

fn production() -> String {
    "production-linkerd".to_owned()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reference-platform/sabotage")
}

fn yaml<T: DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rules that have a case instead, by their ids.
pub fn elsewhere() -> BTreeMap<String, Elsewhere> {
    yaml(&folder().join("elsewhere.yaml"))
}

/// All planted defects, in order of their names.
pub fn all() -> Vec<Planted> {
    let mut all = Vec::new();
    for category in entries(&folder()).iter().filter(|path| path.is_dir()) {
        for rule in entries(category) {
            let files = entries(&rule);
            let patches = files.iter().filter(|path| path.extension().is_some_and(|end| end == "patch"));
            let before = all.len();
            all.extend(patches.map(|patch| planted(category, &rule, patch)));
            assert!(all.len() > before, "{}: no patch", rule.display());
        }
    }
    all
}

fn planted(category: &Path, rule: &Path, patch: &Path) -> Planted {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let id = format!("{}/{}", name(category), name(rule));
    let own = rule.join(format!("expected-{}.yaml", patch.file_stem().unwrap().to_string_lossy()));
    let path = if own.exists() { own } else { rule.join("expected.yaml") };
    let expected: Expected = yaml(&path);
    let at = path.display();
    assert!(expected.rule.as_ref().is_none_or(|rule| *rule == id), "{at}: its folder is that of {id}");
    assert!(expected.file.is_some() == expected.line.is_some(), "{at}: `file` and `line` belong together");
    assert!(!expected.story.trim().is_empty(), "{at}: `story` says nothing");
    assert!(expected.consequences.iter().all(|of| !of.because.trim().is_empty()), "{at}: `because` says nothing");
    let added = added(&std::fs::read_to_string(patch).unwrap());
    Planted { rule: id, patch: patch.to_owned(), expected, added }
}

/// The lines that a unified diff adds, by the files and numbers of the patched tree.
fn added(patch: &str) -> BTreeSet<(String, u32)> {
    let mut added = BTreeSet::new();
    let (mut file, mut line) = (String::new(), 0);
    for text in patch.lines() {
        if let Some(path) = text.strip_prefix("+++ ") {
            path.strip_prefix("b/").unwrap_or(path).clone_into(&mut file);
        } else if let Some(hunk) = text.strip_prefix("@@ ") {
            let number: String = hunk.split('+').nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
            line = number.parse().unwrap();
        } else if text.starts_with('+') {
            added.insert((file.clone(), line));
            line += 1;
        } else if text.starts_with(' ') || text.is_empty() {
            line += 1;
        }
    }
    added
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<PathBuf> = read.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

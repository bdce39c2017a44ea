//! Which decision took the place of which, as records tell it: in a status, or in a line "Supersedes …".

use super::links::{links, resolved};
use super::named::number;
use super::stated::{Line, lines, stated};
use super::{Document, Record};

/// What a record names another one by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A path, relative to the root of the project.
    File(String),
    /// A number.
    Number(u32),
    /// Something else: the name of a file without `.md`, a title.
    Words(String),
}

/// Another record that one names, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub target: Target,
    pub line: u32,
}

const BY: [&str; 3] = ["superseded by", "superceded by", "replaced by"];
const OF: [&str; 3] = ["supersedes", "supercedes", "replaces"];

/// The one that took its place: nothing where it does not say which.
pub(super) fn successor(document: &Document) -> Option<Named> {
    let status = stated(&document.text, "status")?;
    let value = &document.text[status.value.clone()];
    if let Some(rest) = after(value, &BY) {
        return target(document, rest).map(|target| Named { target, line: status.line });
    }
    all(document, &BY).into_iter().next()
}

/// Those whose place it took.
pub(super) fn predecessors(document: &Document) -> Vec<Named> {
    all(document, &OF)
}

impl Target {
    /// The record that it means.
    pub(super) fn find<'a>(&self, records: &'a [Record]) -> Option<&'a Record> {
        records.iter().find(|record| match self {
            Self::File(path) => record.file == *path,
            Self::Number(number) => record.number == Some(*number),
            Self::Words(words) => record.stem() == words || record.title.eq_ignore_ascii_case(words),
        })
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(words) | Self::Words(words) => f.write_str(words),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// The lines that begin with one of the words and name a record.
fn all(document: &Document, words: &[&str]) -> Vec<Named> {
    let lines = lines(&document.text);
    let named = |line: &Line<'_>| {
        let shown = line.text.trim_start_matches(|c: char| c.is_whitespace() || "*-+_[".contains(c));
        let target = target(document, after(shown, words)?)?;
        // Prose may begin with the same word: what it goes on with is no record then.
        (!matches!(target, Target::Words(_))).then_some(Named { target, line: line.number })
    };
    lines.iter().filter(|line| !line.code).filter_map(named).collect()
}

fn after<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    let text = text.trim_start();
    words.iter().find_map(|word| {
        text.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)).and_then(|_| text.get(word.len()..))
    })
}

/// What stands behind the word: a link, a number, or words.
fn target(document: &Document, rest: &str) -> Option<Target> {
    let folder = document.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    if let Some(link) = links(rest).into_iter().next() {
        return resolved(folder, &link.target).map(Target::File);
    }
    let words = rest.trim_matches(|c: char| c.is_whitespace() || "*_[]():.\"'".contains(c));
    let first = words.split([' ', ',', ';', ')', ':']).next().unwrap_or_default();
    let second = words.split_whitespace().nth(1).unwrap_or_default();
    let spaced = first.eq_ignore_ascii_case("adr").then(|| number(second)).flatten();
    match number(first).or(spaced) {
        Some(number) => Some(Target::Number(number)),
        None if words.is_empty() => None,
        None => Some(Target::Words(words.trim_end_matches(".md").to_owned())),
    }
}

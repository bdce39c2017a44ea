//! `CODEOWNERS`: who answers for which files, by the rules of GitHub and of GitLab.
//!
//! In both the last line that fits holds, and a line without owners says that nobody does. GitLab has sections, each with a
//! last line of its own, with owners for lines that name none, and lines that take files out (`!`); and a path that does not
//! begin with `/` fits in every folder, where GitHub, like `.gitignore`, takes one with a `/` in it from the root.
//!
//! Sources: GitHub documentation, "About code owners"; GitLab documentation, "Code Owners syntax".

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};

/// Where the file may lie, in the order in which it is looked for, and whose rules hold there.
pub const PLACES: &[&str] = &[".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// The most lines that are read.
const MAX_LINES: usize = 20_000;

/// The longest pattern, in bytes, and the most signs in it that stand for others: what is beyond is no path of a person,
/// and would cost memory to look for.
const MAX_PATTERN: usize = 512;
const MAX_SIGNS: usize = 32;

/// Whose rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Github,
    Gitlab,
}

/// Who answers for which files.
#[derive(Clone, Debug, Default)]
pub struct CodeOwners {
    sections: Vec<Section>,
}

#[derive(Clone, Debug, Default)]
struct Section {
    lines: Vec<Line>,
}

#[derive(Clone, Debug)]
struct Line {
    pattern: GlobMatcher,
    /// Whether it takes files out of its section.
    out: bool,
    owners: Vec<String>,
}

impl CodeOwners {
    /// Reads the file that lies at a path. A line that means nothing in its dialect is passed over, as both do it.
    #[must_use]
    pub fn read(path: &str, text: &str) -> Self {
        let lines: Vec<&str> = text.lines().take(MAX_LINES).map(str::trim).filter(|line| !line.is_empty()).collect();
        let dialect = match path {
            ".github/CODEOWNERS" => Dialect::Github,
            ".gitlab/CODEOWNERS" => Dialect::Gitlab,
            _ if lines.iter().any(|line| section(line).is_some()) => Dialect::Gitlab,
            _ => Dialect::Github,
        };
        let mut sections = vec![Section::default()];
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let (mut open, mut default) = (0, Vec::new());
        for line in lines.into_iter().filter(|line| !line.starts_with('#')) {
            if let Some((name, owners)) = section(line).filter(|_| dialect == Dialect::Gitlab) {
                // Sections of one name are one.
                open = *names.entry(name.to_lowercase()).or_insert(sections.len());
                if open == sections.len() {
                    sections.push(Section::default());
                }
                default = owners;
                continue;
            }
            sections[open].lines.extend(read_line(line, dialect, &default));
        }
        Self { sections }
    }

    /// Those who answer for a file, each once.
    #[must_use]
    pub fn of(&self, path: &str) -> Vec<String> {
        let mut owners: Vec<String> = Vec::new();
        for section in &self.sections {
            let fits = |line: &&Line| line.pattern.is_match(path);
            if section.lines.iter().filter(|line| line.out).any(|line| fits(&line)) {
                continue;
            }
            let last = section.lines.iter().rev().filter(|line| !line.out).find(fits);
            for owner in last.into_iter().flat_map(|line| &line.owners) {
                if !owners.contains(owner) {
                    owners.push(owner.clone());
                }
            }
        }
        owners
    }
}

/// `[Name]`, `^[Name][2] @owner`: a section with the owners of its lines that name none.
fn section(line: &str) -> Option<(&str, Vec<String>)> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, mut rest) = rest.split_once(']')?;
    if let Some(count) = rest.strip_prefix('[') {
        rest = count.split_once(']')?.1;
    }
    (!name.trim().is_empty() && (rest.is_empty() || rest.starts_with([' ', '\t']))).then(|| (name.trim(), owners(rest)))
}

fn owners(text: &str) -> Vec<String> {
    let words = text.split_whitespace().take_while(|word| !word.starts_with('#'));
    words.filter(|word| word.contains('@')).map(str::to_owned).collect()
}

fn read_line(line: &str, dialect: Dialect, default: &[String]) -> Option<Line> {
    let (pattern, rest) = first_word(line);
    let (out, pattern) = match pattern.strip_prefix('!') {
        // GitHub knows no line that takes out.
        Some(_) if dialect == Dialect::Github => return None,
        Some(pattern) => (true, pattern.to_owned()),
        None => (false, pattern),
    };
    let own = owners(rest);
    let owners = if own.is_empty() { default.to_vec() } else { own };
    let pattern = GlobBuilder::new(&glob(&pattern, dialect)?).literal_separator(true).build().ok()?;
    Some(Line { pattern: pattern.compile_matcher(), out, owners })
}

/// The first word, in which a backslash keeps a space or a `#`, and what follows.
fn first_word(line: &str) -> (String, &str) {
    let mut word = String::new();
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => word.extend(letters.next().map(|(_, next)| next)),
            letter if letter.is_whitespace() => return (word, &line[at..]),
            letter => word.push(letter),
        }
    }
    (word, "")
}

/// A pattern as a glob over paths from the root.
fn glob(pattern: &str, dialect: Dialect) -> Option<String> {
    let signs = pattern.bytes().filter(|byte| b"*?[".contains(byte)).count();
    if pattern.len() > MAX_PATTERN || signs > MAX_SIGNS {
        return None;
    }
    // GitHub has no ranges of letters; alternatives are of neither.
    if pattern.contains(['{', '}']) || (dialect == Dialect::Github && pattern.contains(['[', ']'])) {
        return None;
    }
    let bare = pattern.trim_start_matches('/');
    let inner = bare.trim_end_matches('/');
    if inner.is_empty() {
        return pattern.starts_with('/').then(|| "**".to_owned());
    }
    let from_root = pattern.starts_with('/') || (dialect == Dialect::Github && inner.contains('/'));
    let front = if from_root || inner.starts_with("**/") { "" } else { "**/" };
    Some(if bare.ends_with('/') {
        format!("{front}{inner}/**")
    } else if dialect == Dialect::Gitlab || inner.rsplit('/').next() == Some("*") && inner.contains('/') {
        // The files of one folder, and none below it.
        format!("{front}{inner}")
    } else {
        format!("{front}{{{inner},{inner}/**}}")
    })
}

//! A decision record as text into number, title, status and date, in whatever form a team writes them.

use super::Stage;
use super::stated::{front_matter, lines, stated};

/// One decision that a project has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number, from the name of the file; none where the name begins with a date or with no digits.
    pub number: Option<u32>,
    /// Its title.
    pub title: String,
    /// `proposed`, `accepted`, `superseded by ADR-0005`: as written, in small letters at the beginning.
    pub status: Option<String>,
    /// The date that it states.
    pub date: Option<String>,
    /// Its path, relative to the root of the project.
    pub file: String,
}

/// A number with more digits is a date: `20240131-…`.
const MAX_DIGITS: usize = 5;

impl Record {
    /// How far the decision has come.
    #[must_use]
    pub fn stage(&self) -> Stage {
        Stage::of(self.status.as_deref())
    }

    /// What it is called by: its number as its file has it, else the name of its file.
    #[must_use]
    pub fn id(&self) -> &str {
        let stem = self.stem();
        number(self.name()).and_then(|(_, digits)| stem.get(..digits)).unwrap_or(stem)
    }

    /// The name of its file.
    pub(super) fn name(&self) -> &str {
        self.file.rsplit('/').next().unwrap_or(&self.file)
    }

    /// The name of its file, without `.md`.
    pub(super) fn stem(&self) -> &str {
        self.name().strip_suffix(".md").unwrap_or_else(|| self.name())
    }
}

/// The number in front of a file's name, and how many digits it is written with.
pub(super) fn number(name: &str) -> Option<(u32, usize)> {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let is_number = (1..=MAX_DIGITS).contains(&digits) && name.get(digits..)?.starts_with(['-', '_', '.', ' ']);
    if !is_number || day(name).is_some() {
        return None;
    }
    Some((name.get(..digits)?.parse().ok()?, digits))
}

/// The day in front of a file's name, as it is written: `2024-01-31` or `20240131`.
pub(super) fn day(name: &str) -> Option<&str> {
    let is = |text: &str, form: &str| {
        let fits = |(letter, of): (char, char)| if of == '9' { letter.is_ascii_digit() } else { letter == of };
        text.chars().count() >= form.len() && text.chars().zip(form.chars()).all(fits)
    };
    let length = ["9999-99-99-", "99999999-"].into_iter().find(|form| is(name, form))?.len() - 1;
    name.get(..length)
}

/// Reads one file of the folder; nothing where it is no decision, such as an overview or a template.
pub(super) fn read(path: &str, text: &str) -> Option<Record> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let number = number(name).map(|(number, _)| number);
    let status = field(text, "status").map(|status| small(&status));
    let lower = name.to_ascii_lowercase();
    let other = ["readme", "index"].iter().any(|stem| lower.starts_with(stem)) || lower.contains("template.");
    if other || number.is_none() && day(name).is_none() && status.is_none() {
        return None;
    }
    let stem = name.strip_suffix(".md").unwrap_or(name);
    let title = heading(text).map(bare).filter(|title| !title.is_empty()).unwrap_or_else(|| stem.to_owned());
    Some(Record { number, title, status, date: field(text, "date"), file: path.to_owned() })
}

/// The title as it is written. A comment in the front matter is none.
pub(super) fn heading(text: &str) -> Option<&str> {
    let lines = lines(text);
    let matter = front_matter(&lines);
    let mut below = lines.iter().filter(|line| line.start >= matter && !line.code);
    below.find_map(|line| line.text.strip_prefix("# "))
}

/// The title without the number that some tools put in front: `3. Use gRPC`, `ADR-0003: Use gRPC`, `[0003] Use gRPC`.
fn bare(title: &str) -> String {
    let title = plain(title);
    let rest = title.strip_prefix('[').unwrap_or(&title);
    let rest = rest.get(..3).filter(|start| start.eq_ignore_ascii_case("adr")).map_or(rest, |_| &rest[3..]);
    let rest = rest.trim_start_matches(['-', ' ', '#']);
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let end = after.trim_start_matches([']', ':', '.', ')', '-', '–', ' ']);
    // A title that begins with a number of its own ("2 regions") has no separator behind it.
    if after.len() < rest.len() && after.starts_with([']', ':', '.', ')', '-', '–']) || after.starts_with(" -") {
        end.to_owned()
    } else {
        title
    }
}

/// A field, for people to read.
fn field(text: &str, name: &str) -> Option<String> {
    stated(text, name).map(|of| plain(&text[of.value])).filter(|value| !value.is_empty())
}

/// Text without quotes and emphasis around it, and links without their targets.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.trim();
    while let Some(open) = rest.find('[') {
        let link = rest[open..].split_once("](").and_then(|(name, after)| {
            let (_, tail) = after.split_once(')')?;
            Some((&name[1..], tail))
        });
        let Some((name, tail)) = link else { break };
        out.push_str(&rest[..open]);
        out.push_str(name);
        rest = tail;
    }
    out.push_str(rest);
    out.trim_matches(|c: char| c.is_whitespace() || "*_\"'".contains(c)).to_owned()
}

fn small(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + letters.as_str())
}

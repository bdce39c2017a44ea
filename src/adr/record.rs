//! A decision record as text into number, title, status and date, in the forms that teams use: front matter (MADR 3 and
//! 4), lines `Status: …` (MADR 2, with or without bullets and bold), a section `## Status` (Nygard).

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

/// The number in front of a file's name, and how many digits it is written with.
pub(super) fn number(name: &str) -> Option<(u32, usize)> {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > MAX_DIGITS || !name.get(digits..)?.starts_with(['-', '_', '.', ' ']) {
        return None;
    }
    Some((name.get(..digits)?.parse().ok()?, digits))
}

/// Reads one file of the folder; nothing where it is no decision, such as an overview or a template.
pub(super) fn read(path: &str, text: &str) -> Option<Record> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let number = number(name).map(|(number, _)| number);
    let status = field(text, "status").map(|status| small(&status));
    let lower = name.to_ascii_lowercase();
    let other = ["readme", "index"].iter().any(|stem| lower.starts_with(stem)) || lower.contains("template.");
    if other || number.is_none() && status.is_none() {
        return None;
    }
    let title = text.trim_start_matches('\u{feff}').lines().find_map(|line| line.strip_prefix("# "));
    let stem = name.strip_suffix(".md").unwrap_or(name);
    let title = title.map(bare).filter(|title| !title.is_empty()).unwrap_or_else(|| stem.to_owned());
    Some(Record { number, title, status, date: field(text, "date"), file: path.to_owned() })
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

/// A field, in the front matter, in the lines below the title, or as a section.
fn field(text: &str, name: &str) -> Option<String> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().peekable();
    let mut sections = 0;
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            if heading.trim().eq_ignore_ascii_case(name) {
                let next = lines.clone().map(str::trim).find(|line| !line.is_empty())?;
                return Some(plain(next)).filter(|value| !value.is_empty() && !value.starts_with('#'));
            }
            sections += 1;
        }
        // Below the first heading a line of that form is prose, unless it is an item of a list: some have a section
        // `## Metadata` first.
        let item = sections == 1 && line.starts_with(['*', '-']);
        if (sections == 0 || item)
            && let Some((key, value)) = line.split_once(':')
            && key.trim_matches(|c: char| c.is_whitespace() || "*-_".contains(c)).eq_ignore_ascii_case(name)
        {
            let value = value.split(" #").next().unwrap_or_default();
            let value = plain(value.trim_start_matches(['*', '_']));
            return Some(value).filter(|value| !value.is_empty());
        }
    }
    None
}

/// Text without quotes and emphasis around it, and links without their targets.
fn plain(text: &str) -> String {
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

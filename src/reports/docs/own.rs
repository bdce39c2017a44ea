//! Pages as they lie in a folder: a seal in the first line by which Loadpath knows what it wrote, and the parts between
//! markers that belong to people.
//!
//! The seal is a hash of all that is not theirs: what somebody changed outside of the markers is seen before it is lost.

use std::collections::BTreeMap;
use std::fmt::Write;

const BEGIN: &str = "<!-- loadpath:own ";
const END: &str = "<!-- loadpath:end -->";
const SEAL: &str = "loadpath:page ";

/// The parts of a page that people wrote, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own(BTreeMap<String, String>);

impl Own {
    /// The parts of a page as it is.
    ///
    /// # Errors
    /// When a part has no end, or two have the same name: with the line and what to do.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut parts = BTreeMap::new();
        let mut open: Option<(String, usize, Vec<&str>)> = None;
        for (number, line) in (1..).zip(text.split('\n')) {
            let line = line.strip_suffix('\r').unwrap_or(line);
            match (&mut open, name(line)) {
                (Some((name, ..)), _) if line.trim() == END => {
                    let name = name.clone();
                    let lines = open.take().map(|(.., lines)| lines.join("\n")).unwrap_or_default();
                    if parts.insert(name.clone(), lines).is_some() {
                        return Err(format!("line {number}: two parts are called `{name}`; give one another name"));
                    }
                }
                (Some((name, at, _)), Some(_)) => {
                    return Err(format!("line {at}: the part `{name}` has no end; write `{END}` behind it"));
                }
                (Some((.., lines)), None) => lines.push(line),
                (None, Some(name)) => open = Some((name, number, Vec::new())),
                (None, None) => {}
            }
        }
        match open {
            Some((name, at, _)) => Err(format!("line {at}: the part `{name}` has no end; write `{END}` behind it")),
            None => Ok(Self(parts)),
        }
    }

    /// Whether nobody wrote anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|part| part.trim().is_empty())
    }

    /// A part, taken out.
    pub fn take(&mut self, name: &str) -> String {
        self.0.remove(name).unwrap_or_default()
    }

    /// What is left with words in it: parts that the page has no place for any more.
    pub fn rest(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter().filter(|(_, part)| !part.trim().is_empty())
    }
}

/// A part with its markers.
#[must_use]
pub fn marked(name: &str, part: &str) -> String {
    let part = if part.is_empty() { String::new() } else { format!("{part}\n") };
    format!("{BEGIN}{name} -->\n{part}{END}\n")
}

/// The name in a marker that begins a part.
fn name(line: &str) -> Option<String> {
    let name = line.trim().strip_prefix(BEGIN)?.strip_suffix("-->")?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// How the language of a file begins and ends a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comment {
    /// `<!-- … -->`
    Markup,
    /// `# …`
    Hash,
}

/// A text with its seal in front.
#[must_use]
pub fn sealed(comment: Comment, body: &str) -> String {
    let (begin, end) = match comment {
        Comment::Markup => ("<!--", " -->"),
        Comment::Hash => ("#", ""),
    };
    let says =
        "written by `loadpath docs`; what stands between loadpath:own and loadpath:end is yours, the rest is made anew";
    format!("{begin} {SEAL}{}: {says}{end}\n{body}", hash(body))
}

/// What a file is, by its seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// As Loadpath wrote it, but for the parts of people.
    Ours,
    /// Loadpath wrote it, and somebody changed what is not his.
    Edited,
    /// Somebody else wrote it.
    Foreign,
}

/// What a file is, by its seal.
#[must_use]
pub fn origin(text: &str) -> Origin {
    let (first, body) = text.split_once('\n').unwrap_or((text, ""));
    let Some((_, rest)) = first.split_once(SEAL) else { return Origin::Foreign };
    let seal = rest.split(':').next().unwrap_or_default();
    if seal == hash(body) { Origin::Ours } else { Origin::Edited }
}

/// The hash of a text without the parts of people, however its lines end.
fn hash(body: &str) -> String {
    let mut theirs = false;
    let mut hasher = blake3::Hasher::new();
    for line in body.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        theirs &= line.trim() != END;
        if !theirs {
            hasher.update(line.as_bytes());
            hasher.update(b"\n");
        }
        theirs |= name(line).is_some();
    }
    let mut written = String::new();
    for byte in hasher.finalize().as_bytes().iter().take(6) {
        // Writing to a string does not fail.
        let _ = write!(written, "{byte:02x}");
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(notes: &str) -> String {
        sealed(Comment::Markup, &format!("# Cart\n\n{}\nThe end.\n", marked("notes", notes)))
    }

    #[test]
    fn what_people_write_between_markers_breaks_no_seal_and_is_read_again() {
        let text = page("Ask *Ada*.\n\nAlways.");
        assert_eq!(origin(&text), Origin::Ours);
        let mut own = Own::read(&text).unwrap();
        assert_eq!(own.take("notes"), "Ask *Ada*.\n\nAlways.");
        assert_eq!(origin(&page("")), Origin::Ours);
        assert_eq!(origin(&text.replace("Always", "Never")), Origin::Ours);
    }

    #[test]
    fn what_people_change_outside_breaks_the_seal() {
        assert_eq!(origin(&page("a").replace("The end", "The begin")), Origin::Edited);
        assert_eq!(origin(&page("a").replace("# Cart", "# Card")), Origin::Edited);
        assert_eq!(origin("# Cart\n"), Origin::Foreign);
        assert_eq!(origin(""), Origin::Foreign);
    }

    #[test]
    fn lines_may_end_as_another_system_ends_them() {
        let text = page("Ask Ada.").replace('\n', "\r\n");
        assert_eq!(origin(&text), Origin::Ours);
        assert_eq!(Own::read(&text).unwrap().take("notes"), "Ask Ada.");
    }

    #[test]
    fn a_part_without_an_end_is_told() {
        let text = page("x").replace(END, "");
        assert_eq!(Own::read(&text).unwrap_err().split(':').next(), Some("line 4"));
        let twice = format!("{}{}", marked("a", "1"), marked("a", "2"));
        assert!(Own::read(&twice).unwrap_err().contains("two parts are called `a`"));
    }
}

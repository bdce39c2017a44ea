//! Files that are to be held against those that lie in a folder: what is new, what changed, what nobody needs any more, and
//! what may not be touched. Reads and writes nothing itself.

use super::own::{Comment, Origin, Own, origin, sealed};

/// A file that is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path in the folder, `/` separated.
    pub path: String,
    /// Its text, with its seal.
    pub text: String,
    /// Why it cannot be written, if a part of people in the file that is there cannot be read.
    pub broken: Option<String>,
    /// Whether one that is there stays as it is, whoever wrote it.
    pub once: bool,
}

impl File {
    /// A file that is made anew each time.
    #[must_use]
    pub fn new(path: impl Into<String>, comment: Comment, body: &str) -> Self {
        Self { path: path.into(), text: sealed(comment, body), broken: None, once: false }
    }
}

/// What is to be done with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Keep,
    /// It is not there: it is written.
    Add,
    /// It is other: it is written anew. With the first line that differs.
    Change(usize),
    /// Nobody needs it any more, and nobody wrote in it: it goes.
    Remove,
    /// Nobody needs it any more, but somebody wrote in it: it stays.
    Leave,
    /// It is not Loadpath's, or somebody changed what is not his: it is not touched unless that is asked for. With the reason.
    Refuse(String),
}

/// What is to be done with a file, by what is there.
#[must_use]
pub fn step(file: &File, there: Option<&str>) -> Step {
    let Some(there) = there else { return Step::Add };
    if file.once {
        return Step::Keep;
    }
    if let Some(broken) = &file.broken {
        return Step::Refuse(broken.clone());
    }
    let lines = |text: &str| text.replace("\r\n", "\n");
    if lines(there) == lines(&file.text) {
        return Step::Keep;
    }
    match origin(there) {
        Origin::Foreign => Step::Refuse("loadpath did not write it".to_owned()),
        Origin::Edited => {
            Step::Refuse("somebody changed it outside of the parts between loadpath:own and loadpath:end".to_owned())
        }
        Origin::Ours => {
            // The seal stands in the first line, and differs whenever anything does.
            let pairs = there.lines().skip(1).zip(file.text.lines().skip(1));
            Step::Change(2 + pairs.take_while(|(a, b)| a == b).count())
        }
    }
}

/// What is to be done with a file that is there and is not to be any more; nothing with one that Loadpath did not write.
#[must_use]
pub fn surplus(there: &str) -> Step {
    match (origin(there), Own::read(there)) {
        (Origin::Foreign, _) => Step::Keep,
        (Origin::Ours, Ok(own)) if own.is_empty() => Step::Remove,
        _ => Step::Leave,
    }
}

#[cfg(test)]
mod tests {
    use super::super::own::marked;
    use super::*;

    #[test]
    fn each_file_has_its_step() {
        let file = File::new("a.md", Comment::Markup, "# A\n\nnew\n");
        let old = File::new("a.md", Comment::Markup, "# A\n\nold\n").text;
        assert_eq!(step(&file, None), Step::Add);
        assert_eq!(step(&file, Some(&file.text)), Step::Keep);
        assert_eq!(step(&file, Some(&file.text.replace('\n', "\r\n"))), Step::Keep);
        assert_eq!(step(&file, Some(&old)), Step::Change(4));
        assert!(matches!(step(&file, Some("# A\n")), Step::Refuse(_)));
        assert!(matches!(step(&file, Some(&old.replace("old", "mine"))), Step::Refuse(_)));
        assert_eq!(step(&File { once: true, ..file }, Some("mine")), Step::Keep);
    }

    #[test]
    fn what_somebody_wrote_in_stays() {
        let written = |part: &str| File::new("a.md", Comment::Markup, &marked("notes", part)).text;
        assert_eq!(surplus(&written("")), Step::Remove);
        assert_eq!(surplus(&written("mine")), Step::Leave);
        assert_eq!(surplus("# mine\n"), Step::Keep);
        assert_eq!(surplus(&written("").replace("made anew", "mine")), Step::Remove);
    }
}

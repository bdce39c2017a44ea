//! What becomes of decisions: accepted, superseded, linked to others. Each changes the files that it is about in one step.

use super::edit::{large, with_date, with_link, with_status};
use super::folder::{documents, records};
use super::markdown::{line, percent};
use super::named::named;
use super::record::heading;
use super::stated::{Form, stated};
use super::write::{Change, write};
use super::{Decision, Document, Error, Folder, Ids, Record, Stage, Template, create};

/// What a command has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The files that it has written, relative to the root of the project.
    pub files: Vec<String>,
    /// Why nothing was to be done, where that is so.
    pub already: Option<String>,
}

/// The decision that takes the place of another one.
pub enum Successor<'a> {
    /// One that is there, by its name.
    Known(&'a str),
    /// A new one, from a template.
    New(&'a Decision, &'a Template, &'a Ids),
}

/// Accepts a decision.
///
/// # Errors
/// When there is no such decision, it is rejected, deprecated or superseded, or it cannot be written.
pub fn accept(folder: &Folder, name: &str, date: &str) -> Result<Done, Error> {
    let all = documents(folder)?;
    let list = records(&all);
    let record = named(&list, name)?;
    match record.stage() {
        Stage::Accepted => {
            return Ok(Done { already: Some(format!("{} is accepted already", record.file)), ..Done::default() });
        }
        Stage::Proposed | Stage::Other => {}
        stage => {
            let help =
                if stage == Stage::Superseded { "the decision that took its place binds" } else { "propose it anew" };
            return Err(Error::Stage { file: record.file.clone(), status: status(record), help });
        }
    }
    let text = text(&all, record);
    let after = with_date(&status_of(record, text, "accepted")?, date);
    commit(folder, vec![(record.file.clone(), Some(text.to_owned()), after)])
}

/// Lets a decision take the place of another one: the old one says by which it is superseded, the new one which it
/// supersedes. With the paths of both.
///
/// # Errors
/// When one of them is not there or cannot be written: then neither is changed.
pub fn supersede(folder: &Folder, old: &str, by: &Successor<'_>, date: &str) -> Result<Done, Error> {
    let all = documents(folder)?;
    let list = records(&all);
    let old = named(&list, old)?;
    if old.stage() == Stage::Superseded {
        let help = "supersede the decision that took its place";
        return Err(Error::Stage { file: old.file.clone(), status: status(old), help });
    }
    let (file, before, draft) = match by {
        Successor::Known(name) => {
            let new = named(&list, name)?;
            if new.file == old.file {
                return Err(Error::Itself { file: old.file.clone() });
            }
            if !matches!(new.stage(), Stage::Accepted | Stage::Proposed | Stage::Other) {
                let help = "a decision that binds takes the place of another";
                return Err(Error::Stage { file: new.file.clone(), status: status(new), help });
            }
            let new_text = text(&all, new);
            (new.file.clone(), Some(new_text.to_owned()), new_text.to_owned())
        }
        Successor::New(decision, template, ids) => {
            let name = create::name(folder, decision, ids)?;
            (format!("{}/{name}", folder.path), None, create::text(decision, template)?)
        }
    };
    let new = Document { path: file.clone(), text: draft };
    let old_text = text(&all, old);
    let old_after = match stated(old_text, "status").map(|of| of.form) {
        Some(Form::Section | Form::Line) => {
            status_of(old, old_text, &format!("superseded by {}", link(&new.path, &new.text)))?
        }
        _ => with_date(&status_of(old, old_text, &format!("superseded by {}", short(&new.path)))?, date),
    };
    let new_after = with_link(&new.text, "Supersedes", &link(&old.file, old_text));
    commit(folder, vec![(file, before, new_after), (old.file.clone(), Some(old_text.to_owned()), old_after)])
}

/// Links a decision to another one, and the other one back.
///
/// # Errors
/// When one of them is not there or cannot be written, or it is not known what the link back is called.
pub fn link_to(folder: &Folder, from: &str, relation: &str, to: &str, back: Option<&str>) -> Result<Done, Error> {
    let all = documents(folder)?;
    let list = records(&all);
    let (from, to) = (named(&list, from)?, named(&list, to)?);
    if from.file == to.file {
        return Err(Error::Itself { file: from.file.clone() });
    }
    let relation = line(relation);
    let back = match back {
        Some(back) => line(back),
        None => inverse(&relation).ok_or_else(|| Error::NoInverse { relation: relation.clone() })?,
    };
    let (from_text, to_text) = (text(&all, from), text(&all, to));
    let from_after = with_link(from_text, &large(&relation), &link(&to.file, to_text));
    let to_after = with_link(to_text, &large(&back), &link(&from.file, from_text));
    let done = commit(
        folder,
        vec![
            (from.file.clone(), Some(from_text.to_owned()), from_after),
            (to.file.clone(), Some(to_text.to_owned()), to_after),
        ],
    )?;
    let already = done.files.is_empty().then(|| format!("{} and {} are linked so already", from.file, to.file));
    Ok(Done { already, ..done })
}

/// What is said of the other end of a relation.
fn inverse(relation: &str) -> Option<String> {
    const PAIRS: [(&str, &str); 7] = [
        ("amends", "amended by"),
        ("clarifies", "clarified by"),
        ("depends on", "needed by"),
        ("extends", "extended by"),
        ("refines", "refined by"),
        ("requires", "required by"),
        ("relates to", "relates to"),
    ];
    let small = relation.to_lowercase();
    PAIRS.iter().find_map(|(one, other)| match &*small {
        word if word == *one => Some((*other).to_owned()),
        word if word == *other => Some((*one).to_owned()),
        _ => None,
    })
}

fn commit(folder: &Folder, files: Vec<(String, Option<String>, String)>) -> Result<Done, Error> {
    let changed = |(_, before, after): &&(String, Option<String>, String)| before.as_ref() != Some(after);
    let written = files.iter().filter(changed).map(|(file, ..)| file.clone()).collect();
    let changes: Vec<Change> =
        files.into_iter().map(|(file, before, after)| Change { path: folder.root.join(file), before, after }).collect();
    write(&changes)?;
    Ok(Done { files: written, already: None })
}

fn text<'a>(all: &'a [Document], record: &Record) -> &'a str {
    all.iter().find(|of| of.path == record.file).map_or("", |of| &of.text)
}

fn status(record: &Record) -> String {
    record.status.clone().unwrap_or_default()
}

fn status_of(record: &Record, text: &str, status: &str) -> Result<String, Error> {
    with_status(text, status).ok_or_else(|| Error::NoPlace { file: record.file.clone() })
}

/// A link to a record, as those beside it write it: the title as it stands there, the name of the file as the target.
fn link(file: &str, text: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let title = heading(text).map(super::record::plain).filter(|title| !title.is_empty());
    let title = title.unwrap_or_else(|| name.trim_end_matches(".md").to_owned());
    format!("[{}]({})", title.replace('[', "\\[").replace(']', "\\]"), percent(name))
}

/// How front matter speaks of a record: `ADR-0007`, or the name of its file.
fn short(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    match super::record::number(name) {
        Some((_, digits)) => format!("ADR-{}", name.get(..digits).unwrap_or_default()),
        None => name.trim_end_matches(".md").to_owned(),
    }
}

//! Records in, what is wrong among them out: links that lead nowhere, chains of statuses that do not hold, numbers that two
//! have. Whether a file is there is handed in.

use std::collections::BTreeMap;

use super::links::{links, resolved};
use super::relations::{Named, predecessors, successor};
use super::stage::meant;
use super::stated::stated;
use super::{Document, Record, Stage, record};
use crate::span::Span;

/// What is wrong with a decision, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where.
    pub at: Span,
    /// What kind it is.
    pub kind: FaultKind,
    /// What was met.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The system is not as the decision says.
    Contradiction,
    /// A link leads nowhere.
    Link,
    /// Two decisions have one number, here or on another branch.
    Number,
    /// Statuses that do not go together.
    Status,
}

/// Everything that is wrong among the records of a folder, by place.
#[must_use]
pub fn faults(documents: &[Document], is_there: &dyn Fn(&str) -> bool) -> Vec<Fault> {
    let read: Vec<(&Document, Record)> =
        documents.iter().filter_map(|of| record::read(&of.path, &of.text).map(|record| (of, record))).collect();
    let mut faults = Vec::new();
    for (document, _) in &read {
        dead_links(document, is_there, &mut faults);
    }
    faults.extend(chains(&read));
    faults.extend(twice(&read));
    faults.sort();
    faults
}

fn fault(file: &str, line: u32, kind: FaultKind, message: String, help: &str) -> Fault {
    Fault { at: Span::line(file, line), kind, message, help: help.to_owned() }
}

fn dead_links(document: &Document, is_there: &dyn Fn(&str) -> bool, faults: &mut Vec<Fault>) {
    let folder = document.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    for link in links(&document.text) {
        // What lies outside of the project is not looked at.
        let Some(path) = resolved(folder, &link.target) else { continue };
        if !is_there(&path) {
            let message = format!("the link leads to `{}`, which is not there", link.target);
            faults.push(fault(&document.path, link.line, FaultKind::Link, message, "correct it, or take it away"));
        }
    }
}

fn chains(read: &[(&Document, Record)]) -> Vec<Fault> {
    let records: Vec<Record> = read.iter().map(|(_, record)| record.clone()).collect();
    let mut faults = Vec::new();
    let mut next: BTreeMap<&str, (String, u32)> = BTreeMap::new();
    for (document, record) in read {
        let line = stated(&document.text, "status").map_or(1, |of| of.line);
        let status =
            |line: u32, message: String, help: &str| fault(&record.file, line, FaultKind::Status, message, help);
        if let Some(word) = record.status.as_deref().and_then(meant) {
            let said = record.status.clone().unwrap_or_default();
            faults.push(status(line, format!("the status is `{said}`"), &format!("did you mean `{word}`?")));
        }
        if record.stage() == Stage::Superseded {
            match successor(document) {
                None => faults.push(status(
                    line,
                    "it is superseded, and does not say by which decision".to_owned(),
                    "name it: `superseded by ADR-…`",
                )),
                Some(Named { target, line }) => match target.find(&records) {
                    None => faults.push(status(
                        line,
                        format!("it is superseded by {target}, and there is no such decision"),
                        "name one that is there",
                    )),
                    Some(by) => {
                        next.insert(&record.file, (by.file.clone(), line));
                        if matches!(by.stage(), Stage::Proposed | Stage::Rejected | Stage::Deprecated) {
                            let said = by.status.as_deref().unwrap_or_default();
                            let message = format!("it is superseded by {}, which is {said}", by.file);
                            let help = "accept that one, or let this one bind again";
                            faults.push(status(line, message, help));
                        }
                    }
                },
            }
        }
        faults.extend(predecessors(document).into_iter().filter_map(|of| contradicted(record, &of, &records)));
    }
    faults.extend(circles(&next));
    faults
}

/// A decision that says that it supersedes one that does not know of it.
fn contradicted(record: &Record, of: &Named, records: &[Record]) -> Option<Fault> {
    let Some(old) = of.target.find(records) else {
        let message = format!("it supersedes {}, and there is no such decision", of.target);
        return Some(fault(&record.file, of.line, FaultKind::Status, message, "name one that is there"));
    };
    if record.stage() != Stage::Accepted || old.stage() == Stage::Superseded {
        return None;
    }
    let said = old.status.as_deref().map_or("has no status".to_owned(), |status| format!("is {status}"));
    let help = format!("`loadpath adr supersede {} --by {}` writes both", old.id(), record.id());
    let message = format!("it supersedes {}, which {said}", old.file);
    Some(fault(&record.file, of.line, FaultKind::Status, message, &help))
}

/// Decisions that take each other's place, in a circle: told once, at the first of them.
fn circles(next: &BTreeMap<&str, (String, u32)>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (start, (_, line)) in next {
        let mut way = vec![*start];
        let mut at = *start;
        while let Some((file, _)) = next.get(at) {
            at = file;
            if way.contains(&at) {
                break;
            }
            way.push(at);
        }
        if at == *start && next.contains_key(at) && way.iter().all(|file| file >= start) {
            let message = format!("it is superseded by itself: {}", [&way[..], &[start]].concat().join(" → "));
            faults.push(fault(start, *line, FaultKind::Status, message, "one of them has to bind"));
        }
    }
    faults
}

fn twice(read: &[(&Document, Record)]) -> Vec<Fault> {
    let mut first: BTreeMap<u32, &str> = BTreeMap::new();
    let mut faults = Vec::new();
    let numbered = read.iter().filter_map(|(_, record)| Some((record.number?, record)));
    for (number, record) in numbered {
        if let Some(other) = first.get(&number) {
            let message = format!("{other} has the number {number} too");
            faults.push(fault(&record.file, 1, FaultKind::Number, message, "rename one of them"));
        } else {
            first.insert(number, &record.file);
        }
    }
    faults
}

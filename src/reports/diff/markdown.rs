//! A change as Markdown for a comment on a pull request, short enough to be one.

use serde::Serialize;

use super::{Change, beyond, ends, line, named, shown, sign, view};
use crate::findings::Finding;
use crate::reports::mermaid;
use crate::reports::order::most_important_first;
use crate::reports::templates::{TemplateError, Templates};

/// Characters of a comment. GitHub takes 65,536; what a pipeline puts around it needs some.
const MAX_CHARACTERS: usize = 60_000;
/// Rows of each table, to begin with.
const ROWS: usize = 80;

/// What the comment begins with, and is known again by: nobody sees it.
#[must_use]
pub fn marker(system: &str) -> String {
    let name: String = system.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("<!-- loadpath:diff:{name} -->")
}

/// A change as Markdown.
///
/// # Errors
/// When a team's template cannot be filled.
pub fn markdown(change: Change<'_>, templates: &Templates) -> Result<String, TemplateError> {
    let diagram = view(change).map(|view| mermaid::paint(view, templates)).transpose()?;
    let mut rows = ROWS;
    loop {
        // The diagram goes before the last rows do: it shows nothing that the tables do not say.
        let diagram = diagram.as_deref().filter(|_| rows > 4);
        let text = templates.fill("markdown/diff.md.tera", &comment(change, rows, diagram))?;
        if rows == 0 || text.chars().count() <= MAX_CHARACTERS {
            return Ok(text);
        }
        rows /= 2;
    }
}

/// What the template is filled with.
#[derive(Serialize)]
struct Comment<'a> {
    marker: String,
    system: &'a str,
    line: String,
    breaking: Table<Breaking<'a>>,
    new: Table<Risk<'a>>,
    gone: Table<Risk<'a>>,
    diagram: Option<&'a str>,
    parts: Table<Row>,
    edges: Table<Row>,
    figures: Table<Figure<'a>>,
}

/// The rows that are shown, and how many are not.
#[derive(Serialize)]
struct Table<T> {
    rows: Vec<T>,
    all: usize,
    omitted: usize,
}

#[derive(Serialize)]
struct Breaking<'a> {
    contract: &'a str,
    changes: String,
    consumers: String,
}

#[derive(Serialize)]
struct Risk<'a> {
    severity: &'static str,
    rule: &'a str,
    place: Option<String>,
    entity: &'a str,
    message: &'a str,
    fix: &'a str,
    owners: String,
}

#[derive(Serialize)]
struct Row {
    sign: &'static str,
    kind: String,
    name: String,
    details: String,
}

#[derive(Serialize)]
struct Figure<'a> {
    entity: &'a str,
    name: String,
    meaning: &'a str,
    before: String,
    after: String,
}

fn comment<'a>(change: Change<'a>, most: usize, diagram: Option<&'a str>) -> Comment<'a> {
    let delta = change.delta;
    Comment {
        marker: marker(&change.after.system),
        system: &change.after.system,
        line: line(change),
        breaking: table(&delta.breaking, most, |of| Breaking {
            contract: &of.contract,
            changes: of.changes.join("; "),
            consumers: if of.consumers.is_empty() { "nobody here".to_owned() } else { of.consumers.join(", ") },
        }),
        new: table(&most_important_first(change.new), most, |finding| risk(finding)),
        gone: table(&most_important_first(change.gone), most, |finding| risk(finding)),
        diagram,
        parts: table(&delta.parts, most, |of| Row {
            sign: sign(of.change),
            kind: of.kind.clone(),
            name: of.id.clone(),
            details: beyond(of.change, &of.details),
        }),
        edges: table(&delta.edges, most, |of| Row {
            sign: sign(of.change),
            kind: of.kind.clone(),
            name: ends(of),
            details: beyond(of.change, &of.details),
        }),
        figures: table(&delta.figures, most, |of| Figure {
            entity: &of.entity,
            name: named(of),
            meaning: of.meaning,
            before: shown(of, &of.before),
            after: shown(of, &of.after),
        }),
    }
}

fn table<'a, F, T>(of: &'a [F], most: usize, row: impl Fn(&'a F) -> T) -> Table<T> {
    Table { rows: of.iter().take(most).map(row).collect(), all: of.len(), omitted: of.len().saturating_sub(most) }
}

fn risk(finding: &Finding) -> Risk<'_> {
    Risk {
        severity: finding.severity.name(),
        rule: &finding.rule,
        place: finding.span.as_ref().map(|span| format!("{}:{}", span.file, span.line)),
        entity: &finding.entity,
        message: &finding.message,
        fix: &finding.fix,
        owners: finding.owners.join(", "),
    }
}

//! What a change does to the architecture: as text, as `loadpath.diff/1`, and as Markdown for a comment that is updated in
//! place. Before and after, and nothing that a clock or a commit would change.

mod markdown;
mod text;
mod view;

use schemars::JsonSchema;
use serde::Serialize;

pub use markdown::{markdown, marker};
pub use text::text;
pub use view::view;

use super::summary::counted;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::graph::delta::{Delta, Detail, Figure, Link, Turn, Value};

/// Name and version of the contract.
pub const SCHEMA: &str = "loadpath.diff/1";

/// A change, with both states that it lies between.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// What it is compared with, as it was asked for.
    pub base: &'a str,
    /// What it is; empty for the work tree.
    pub head: &'a str,
    /// The system before.
    pub before: &'a Graph,
    /// The system after.
    pub after: &'a Graph,
    /// What is other.
    pub delta: &'a Delta,
    /// Findings that it brings.
    pub new: &'a [Finding],
    /// Findings that it mends.
    pub gone: &'a [Finding],
}

/// The whole document.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// Always [`SCHEMA`].
    schema: &'static str,
    /// Name of the system.
    system: &'a str,
    /// What it is compared with, as it was asked for.
    base: &'a str,
    /// What is compared; empty for the work tree.
    head: &'a str,
    /// How many there are of each.
    summary: Counts,
    /// What is other.
    #[serde(flatten)]
    delta: &'a Delta,
    /// Findings that the change brings.
    new: &'a [Finding],
    /// Findings that the change mends.
    gone: &'a [Finding],
}

/// How many there are of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Services, jobs, datastores, topics, externals, contracts and entry points that were not there.
    pub parts_added: usize,
    /// Those that are there no more.
    pub parts_removed: usize,
    /// Those that are other.
    pub parts_changed: usize,
    /// Dependencies that were not there.
    pub edges_added: usize,
    /// Those that are there no more.
    pub edges_removed: usize,
    /// Those that are other.
    pub edges_changed: usize,
    /// Contracts that old and new pods do not both understand.
    pub breaking: usize,
    /// Figures that are other.
    pub figures: usize,
    /// Findings that the change brings.
    pub new: usize,
    /// Findings that it mends.
    pub gone: usize,
}

/// The document of a change.
#[must_use]
pub fn document<'a>(change: Change<'a>) -> Document<'a> {
    Document {
        schema: SCHEMA,
        system: &change.after.system,
        base: change.base,
        head: change.head,
        summary: counts(change),
        delta: change.delta,
        new: change.new,
        gone: change.gone,
    }
}

fn counts(change: Change<'_>) -> Counts {
    let parts = |turn| change.delta.parts.iter().filter(|part| part.change == turn).count();
    let edges = |turn| change.delta.edges.iter().filter(|edge| edge.change == turn).count();
    Counts {
        parts_added: parts(Turn::Added),
        parts_removed: parts(Turn::Removed),
        parts_changed: parts(Turn::Changed),
        edges_added: edges(Turn::Added),
        edges_removed: edges(Turn::Removed),
        edges_changed: edges(Turn::Changed),
        breaking: change.delta.breaking.len(),
        figures: change.delta.figures.len(),
        new: change.new.len(),
        gone: change.gone.len(),
    }
}

/// One line: `1 part added; 2 edges added, 1 changed; 1 breaking contract; 3 figures other; 1 finding new`.
fn line(change: Change<'_>) -> String {
    let of = counts(change);
    let turned = |one: &str, many: &str, counts: [usize; 3]| {
        let words = ["added", "removed", "changed"];
        let some: Vec<(usize, &str)> = counts.into_iter().zip(words).filter(|(count, _)| *count > 0).collect();
        let shown = some.iter().enumerate().map(|(place, (count, word))| match place {
            0 => format!("{} {word}", counted(*count, one, many)),
            _ => format!("{count} {word}"),
        });
        shown.collect::<Vec<_>>().join(", ")
    };
    let some = |count: usize, one: &str, many: &str| if count == 0 { String::new() } else { counted(count, one, many) };
    let parts = [
        turned("part", "parts", [of.parts_added, of.parts_removed, of.parts_changed]),
        turned("edge", "edges", [of.edges_added, of.edges_removed, of.edges_changed]),
        some(of.breaking, "breaking contract", "breaking contracts"),
        some(of.figures, "other figure", "other figures"),
        some(of.new, "new finding", "new findings"),
        some(of.gone, "finding mended", "findings mended"),
    ];
    let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if said.is_empty() { "nothing of the architecture changes".to_owned() } else { said.join("; ") }
}

fn sign(turn: Turn) -> &'static str {
    match turn {
        Turn::Added => "+",
        Turn::Removed => "-",
        Turn::Changed => "~",
    }
}

/// `methods +Quote -Price`, for what is other about something.
fn said(details: &[Detail]) -> String {
    let one = |detail: &Detail| {
        let added = detail.added.iter().map(|name| format!("+{name}"));
        let names: Vec<String> = added.chain(detail.removed.iter().map(|name| format!("-{name}"))).collect();
        format!("{} {}", detail.what, names.join(" "))
    };
    details.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// What is to be said of a part or edge beyond its name: of a new one what it has, without signs.
fn beyond(change: Turn, details: &[Detail]) -> String {
    if change == Turn::Changed {
        return said(details);
    }
    let shown = details.iter().filter(|detail| detail.what != "confidence").map(|detail| {
        let names = if change == Turn::Added { &detail.added } else { &detail.removed };
        format!("{} {}", detail.what, names.join(", "))
    });
    shown.collect::<Vec<_>>().join("; ")
}

/// The name of an end of an edge, without its kind where that is no question.
fn short(id: &str) -> &str {
    id.strip_prefix("service:").or_else(|| id.strip_prefix("job:")).unwrap_or(id)
}

fn ends(link: &Link) -> String {
    format!("{} → {}", short(&link.from), short(&link.to))
}

/// A value with the unit that its field's name says.
fn shown(figure: &Figure, value: &Value) -> String {
    let unit = match figure.field {
        name if name.ends_with("_ms") => " ms",
        name if name.ends_with("_s") => " s",
        _ => "",
    };
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Int(number) => format!("{number}{unit}"),
        Value::Double(number) => format!("{number}{unit}"),
        Value::Text(text) => text.clone(),
        Value::Unknown { .. } => "not known".to_owned(),
        Value::Absent => "none".to_owned(),
    }
}

/// `deadline_ms` of `wait.deadline_ms`, as words.
fn named(figure: &Figure) -> String {
    let last = figure.field.rsplit('.').next().unwrap_or(figure.field);
    let bare = last.strip_suffix("_ms").or_else(|| last.strip_suffix("_s")).unwrap_or(last);
    match figure.field.rsplit_once('.') {
        Some((group, _)) => format!("{group} {}", bare.replace('_', " ")),
        None => bare.replace('_', " "),
    }
}

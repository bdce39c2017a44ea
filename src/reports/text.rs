//! A review for a terminal: each finding with the lines of code that prove it, then what is not decided, then one line
//! with the counts.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Padding, Renderer, Snippet};

use super::Summary;
use super::summary::counted;
use crate::findings::{Finding, Notice, Settled, Severity, Unknown};
use crate::span::Span;

/// Whether the text carries colours. Whoever prints it decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Letters only.
    #[default]
    Plain,
    /// With ANSI sequences.
    Styled,
}

/// The text of a file of the project.
pub type Excerpts<'a> = &'a dyn Fn(&str) -> Option<Arc<str>>;

/// Columns of the excerpts and of what is wrapped.
const WIDTH: usize = 120;
/// Places of one file that are closer than this are shown in one excerpt, folded between.
const TOGETHER: u32 = 200;
/// A longer line is machine-written: it is named, not shown.
const LONGEST_LINE: usize = 2_000;
/// Places shown besides the primary one: evidence of a system-wide finding fills pages. Further ones are named.
const RELATED: usize = 4;
/// Places named that are not shown.
const FURTHER: usize = 60;
/// Entities named beside the first one that a rule finds wanting at one place.
const ALSO: usize = 8;
/// Entities named for one reason why a rule is not decided.
const NAMED: usize = 3;

/// The review as text.
#[must_use]
pub fn review(settled: &Settled, excerpts: Excerpts<'_>, color: Color) -> String {
    let renderer = match color {
        Color::Plain => Renderer::plain(),
        Color::Styled => Renderer::styled(),
    }
    .term_width(WIDTH);
    let mut text = String::new();
    for findings in settled.findings.chunk_by(says_the_same) {
        let Some((first, others)) = findings.split_first() else { continue };
        text.push_str(&renderer.render(&[group(first, others, excerpts)]));
        text.push_str("\n\n");
    }
    for notice in &settled.notices {
        text.push_str(&renderer.render(&[notice_group(notice, excerpts)]));
        text.push_str("\n\n");
    }
    undecided(&mut text, &settled.unknown, color);
    text.push_str(&bold(&Summary::of(settled).line(), color));
    text.push('\n');
    text
}

/// Whether two findings differ in their entity alone: one line of shared code, which several services run.
fn says_the_same(a: &Finding, b: &Finding) -> bool {
    let key = |of: &Finding| (of.rule.clone(), of.severity, of.formula.clone());
    a.span.is_some() && a.span == b.span && key(a) == key(b)
}

/// A finding, and the entities of others that say the same.
fn group<'a>(finding: &'a Finding, others: &'a [Finding], excerpts: Excerpts<'_>) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut group = level
        .primary_title(printable(&finding.message))
        .id(printable(&finding.rule))
        .elements(places(finding, excerpts));
    let owners = finding.owners.join(", ");
    let footers = [
        ("owner", Some(&*owners)),
        ("formula", finding.formula.as_deref()),
        ("why", Some(&*finding.why)),
        ("fix", Some(&*finding.fix)),
        ("help", Some(&*finding.help)),
    ];
    if finding.span.is_none() {
        group = group.element(Level::NOTE.with_name("entity").message(printable(&finding.entity)));
    }
    if let Some(places) = further(finding) {
        group = group.element(Level::NOTE.with_name("and").message(printable(&places)));
    }
    if !others.is_empty() {
        let mut names = others.iter().take(ALSO).map(|of| of.entity.as_str()).collect::<Vec<_>>().join(", ");
        if let Some(more @ 1..) = others.len().checked_sub(ALSO) {
            let _ = write!(names, " and {}", counted(more, "other", "others"));
        }
        group = group.element(Level::NOTE.with_name("also").message(printable(&names)));
    }
    for (name, text) in footers {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            group = group.element(Level::NOTE.with_name(name).message(printable(text)));
        }
    }
    group
}

/// The places that are not shown, by file: `src/a.rs:12, 40; src/b.rs:7`.
fn further(finding: &Finding) -> Option<String> {
    let rest = finding.related.get(RELATED..).filter(|rest| !rest.is_empty())?;
    let mut by_file: Vec<(&str, Vec<u32>)> = Vec::new();
    for span in rest.iter().take(FURTHER).map(|related| &related.span) {
        match by_file.iter_mut().find(|(file, _)| *file == &*span.file) {
            Some((_, lines)) if lines.contains(&span.line) => {}
            Some((_, lines)) => lines.push(span.line),
            None => by_file.push((&span.file, vec![span.line])),
        }
    }
    let of_file = |(file, lines): &(&str, Vec<u32>)| {
        let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
        format!("{file}:{}", lines.join(", "))
    };
    let mut text = by_file.iter().map(of_file).collect::<Vec<_>>().join("; ");
    if let Some(more @ 1..) = rest.len().checked_sub(FURTHER) {
        let _ = write!(text, "; {} more, which `--format json` has", counted(more, "place", "places"));
    }
    Some(text)
}

fn notice_group<'a>(notice: &'a Notice, excerpts: Excerpts<'_>) -> Group<'a> {
    Level::WARNING
        .primary_title(printable(&notice.message))
        .id("suppression")
        .elements(excerpt(&[(&notice.at, AnnotationKind::Primary, "")], excerpts))
        .element(Level::HELP.message(printable(&notice.help)))
}

/// One place to show: where, whether it is the primary one, what it shows.
type Place<'a> = (&'a Span, AnnotationKind, &'a str);

fn places<'a>(finding: &'a Finding, excerpts: Excerpts<'_>) -> Vec<Element<'a>> {
    let primary = finding.span.iter().map(|span| (span, AnnotationKind::Primary, ""));
    let related =
        finding.related.iter().take(RELATED).map(|related| (&related.span, AnnotationKind::Context, &*related.message));
    let mut groups: Vec<Vec<Place<'a>>> = Vec::new();
    for place in primary.chain(related) {
        let near = groups.iter_mut().find(|group| {
            group
                .first()
                .is_some_and(|(first, ..)| first.file == place.0.file && first.line.abs_diff(place.0.line) < TOGETHER)
        });
        match near {
            Some(group) => group.push(place),
            None => groups.push(vec![place]),
        }
    }
    groups.iter().flat_map(|group| excerpt(group, excerpts)).collect()
}

/// The lines around places of one file; where they cannot be shown, each place by its name.
fn excerpt<'a>(places: &[Place<'a>], excerpts: Excerpts<'_>) -> Vec<Element<'a>> {
    let Some((first, ..)) = places.first() else { return Vec::new() };
    let from = places.iter().map(|(span, ..)| span.line).min().unwrap_or(1).max(1);
    let to = places.iter().map(|(span, ..)| span.line).max().unwrap_or(from).max(from);
    let text = excerpts(&first.file).unwrap_or_else(|| Arc::from(""));
    let lines: Vec<&str> = text.lines().skip(from as usize - 1).take((to - from) as usize + 1).collect();
    let shown = lines.len() as u64 == u64::from(to - from) + 1 && lines.iter().all(|line| line.len() <= LONGEST_LINE);
    if !shown {
        return named(places);
    }
    let mut starts = Vec::with_capacity(lines.len());
    let mut source = String::new();
    for line in &lines {
        starts.push(source.len());
        source.push_str(line);
        source.push('\n');
    }
    let annotations: Vec<Annotation<'a>> = places
        .iter()
        .filter_map(|(span, kind, label)| {
            let index = (span.line.max(1) - from) as usize;
            let (line, start) = (lines.get(index)?, starts.get(index)?);
            let range = within(line, span);
            let annotation = kind.span(start + range.start..start + range.end);
            Some(if label.is_empty() { annotation } else { annotation.label(printable(label)) })
        })
        .collect();
    let path = printable(&first.file);
    vec![Snippet::source(source).line_start(from as usize).path(path).annotations(annotations).into()]
}

fn named<'a>(places: &[Place<'a>]) -> Vec<Element<'a>> {
    let mut elements: Vec<Element<'a>> = Vec::new();
    for (span, _, label) in places {
        let origin = Origin::path(printable(&span.file)).line(span.line as usize).char_column(span.column as usize);
        elements.push(origin.into());
        if !label.is_empty() {
            elements.push(Padding.into());
            elements.push(Level::NOTE.message(printable(label)).into());
        }
    }
    elements
}

/// The bytes of the first line that a span covers. One that covers nothing stands for the line from its column on.
fn within(line: &str, span: &Span) -> std::ops::Range<usize> {
    let byte =
        |column: u32| line.char_indices().nth(column.saturating_sub(1) as usize).map_or(line.len(), |(byte, _)| byte);
    let whole = span.end_line > span.line || span.end_column <= span.column;
    let start = byte(span.column);
    let start = if whole && span.column <= 1 { line.len() - line.trim_start().len() } else { start };
    let end = if whole { line.trim_end().len() } else { byte(span.end_column) };
    start..end.max(start)
}

/// Rules that are not decided, by what is missing: the same input is often missing for many entities.
fn undecided(text: &mut String, unknown: &[Unknown], color: Color) {
    if unknown.is_empty() {
        return;
    }
    let mut grouped: BTreeMap<(&str, &[String], &str), Vec<&str>> = BTreeMap::new();
    for one in unknown {
        grouped.entry((&one.rule, &one.missing, &one.supply)).or_default().push(&one.entity);
    }
    // Writing to a string does not fail.
    let _ = writeln!(text, "{}", bold("not decided, because an input is missing", color));
    for ((rule, missing, supply), entities) in grouped {
        let mut names = entities.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        if entities.len() > NAMED {
            let _ = write!(names, " and {}", counted(entities.len() - NAMED, "other", "others"));
        }
        let _ = writeln!(text, "  {}: {}", printable(rule), printable(&names));
        let _ = writeln!(text, "      missing  {}", printable(&missing.join(", ")));
        if !supply.is_empty() {
            let _ = writeln!(text, "      supply   {}", printable(supply));
        }
    }
    text.push('\n');
}

fn bold(text: &str, color: Color) -> String {
    match color {
        Color::Plain => text.to_owned(),
        Color::Styled => format!("\u{1b}[1m{text}\u{1b}[0m"),
    }
}

/// Names of the project must not steer the terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| {
            if c == '\t' {
                ' '
            } else if steers(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

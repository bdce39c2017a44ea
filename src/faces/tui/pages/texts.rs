//! Pages that are texts: articles, decisions, and the decision that a finding asks for.

use crate::adr::{self, Decision, Proposal};
use crate::faces::tui::book::Book;
use crate::faces::tui::text::{Line, Role};
use crate::faces::tui::thing::Thing;
use crate::span::Span;

/// An article, with the rules that it explains.
pub fn article(book: &Book, index: usize) -> Vec<Line> {
    let Some(article) = book.loaded.knowledge.articles().get(index) else { return Vec::new() };
    let mut lines = vec![
        Line::title(&article.title),
        Line::new(Role::Dim, &article.topic),
        Line::empty(),
        Line::new(Role::Strong, &article.summary),
        Line::empty(),
    ];
    lines.extend(markdown(&article.body));
    let rules: Vec<usize> = article.rules.iter().filter_map(|id| book.rule(id)).collect();
    if !rules.is_empty() {
        lines.push(Line::empty());
        lines.push(Line::title("Rules"));
        for rule in rules {
            let of = &book.loaded.rules[rule];
            let found = book.of_rule[rule].len();
            let found = if found == 0 { String::new() } else { format!("  {found} here") };
            lines.push(
                Line::new(Role::Accent, format!("  {}", of.id))
                    .and(Role::Plain, format!("  {}", of.title))
                    .and(Role::Warning, found)
                    .indented(4)
                    .to(Thing::Rule(rule)),
            );
        }
    }
    if !article.sources.is_empty() {
        lines.push(Line::empty());
        lines.push(Line::title("Sources"));
        lines.extend(article.sources.iter().map(|source| Line::new(Role::Plain, format!("- {source}")).indented(2)));
    }
    lines
}

/// A decision of the project.
pub fn decision(book: &Book, index: usize) -> Vec<Line> {
    let record = &book.loaded.decisions[index];
    let mut lines = vec![
        Line::title(&record.title),
        Line::empty(),
        Line::field("status", record.status.as_deref().unwrap_or("–")),
        Line::field("date", record.date.as_deref().unwrap_or("–")),
        Line::field("file", "").and(Role::Accent, &record.file).at(&Span::line(record.file.as_str(), 1)),
        Line::empty(),
    ];
    lines.extend(book.loaded.decision_texts.get(index).map(|text| markdown(text)).unwrap_or_default());
    lines
}

/// The decision that could be made because of a finding.
pub fn proposal(book: &Book, index: usize) -> Vec<Line> {
    let mut lines = vec![
        Line::new(Role::Dim, "A decision that could be made. a writes it into the folder of decisions, as proposed.")
            .to(Thing::Finding(index)),
        Line::empty(),
    ];
    match text(book, index) {
        Ok(text) => lines.extend(markdown(&text)),
        Err(why) => lines.push(Line::new(Role::Error, why)),
    }
    lines
}

/// The decision itself.
pub fn proposed(book: &Book, index: usize) -> Result<Decision, String> {
    let finding = book.findings.get(index).ok_or("the finding is no more")?;
    let rule = book.rule(&finding.rule).ok_or("its rule is not loaded")?;
    let depth = book.loaded.decisions_in.as_ref().map_or(2, adr::Folder::depth);
    let proposal = Proposal::of(finding, &book.loaded.rules[rule]);
    Ok(adr::propose(&proposal, &book.loaded.today.to_string(), depth))
}

/// Its Markdown.
fn text(book: &Book, index: usize) -> Result<String, String> {
    let decision = proposed(book, index)?;
    let template = adr::template(None).map_err(|error| error.to_string())?;
    adr::text(&decision, &template).map_err(|error| error.to_string())
}

/// Markdown as it is, with headings and code told apart.
pub fn markdown(text: &str) -> Vec<Line> {
    let mut in_code = false;
    text.lines()
        .map(|line| {
            if line.trim_start().starts_with("```") {
                in_code = !in_code;
                return Line::new(Role::Dim, line);
            }
            if in_code {
                return Line::new(Role::Code, line).indented(4);
            }
            if line.starts_with('#') {
                return Line::title(line.trim_start_matches('#').trim());
            }
            let indent = line.len() - line.trim_start().len();
            let item = line.trim_start().starts_with(['-', '*', '|']);
            let mut parts = Line::default();
            for (index, piece) in line.split('`').enumerate() {
                parts = parts.and(if index % 2 == 1 { Role::Strong } else { Role::Plain }, piece);
            }
            parts.indented(indent + if item { 2 } else { 0 })
        })
        .collect()
}

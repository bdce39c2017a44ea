//! Pages of findings, of what could not be decided, and of rules.

use super::{excerpt, findings};
use crate::faces::tui::book::Book;
use crate::faces::tui::text::{Line, Role};
use crate::faces::tui::thing::Thing;
use crate::graph::End;

/// Places besides the first one that are shown with their lines.
const SHOWN: usize = 8;

/// What is wrong, why, what to do, and the lines that prove it.
pub fn finding(book: &Book, index: usize) -> Vec<Line> {
    let of = &book.findings[index];
    let mut lines = vec![
        Line::new(Role::of(of.severity), of.severity.name()).and(Role::Strong, format!("  {}", of.message)).indented(2),
        Line::empty(),
    ];
    if book.is_new[index] {
        lines.push(Line::new(Role::Warning, "new since the base"));
        lines.push(Line::empty());
    }
    lines.push(Line::field("why", &of.why));
    lines.push(Line::field("fix", &of.fix));
    if let Some(formula) = &of.formula {
        lines.push(Line::field("figures", formula));
    }
    lines.push(Line::empty());
    match &of.span {
        Some(span) => lines.extend(excerpt(book, span, "")),
        None => lines.push(Line::new(Role::Dim, "no file shows it")),
    }
    for related in of.related.iter().take(SHOWN) {
        lines.push(Line::empty());
        lines.extend(excerpt(book, &related.span, &related.message));
    }
    for related in of.related.iter().skip(SHOWN) {
        lines.push(
            Line::new(Role::Accent, format!("{}:{}", related.span.file, related.span.line))
                .and(Role::Dim, format!("  {}", related.message))
                .at(&related.span),
        );
    }
    lines.push(Line::empty());
    if let Some(rule) = book.rule(&of.rule) {
        let title = &book.loaded.rules[rule].title;
        lines.push(
            Line::field("rule", "")
                .and(Role::Accent, &of.rule)
                .and(Role::Dim, format!("  {title}"))
                .to(Thing::Rule(rule)),
        );
    }
    lines.push(about(book, index));
    if let Some((topic, article)) = of.knowledge.as_ref().and_then(|topic| Some((topic, book.article(topic)?))) {
        lines.push(Line::field("article", "").and(Role::Accent, topic).to(Thing::Article(article)));
    }
    lines.push(
        Line::field("decision", "").and(Role::Accent, "read the one that could be made").to(Thing::Proposal(index)),
    );
    lines.push(Line::field("precision", of.precision.name()));
    if !of.owners.is_empty() {
        lines.push(Line::field("owners", of.owners.join(", ")));
    }
    lines.push(Line::field("fingerprint", &of.fingerprint));
    lines
}

/// What a finding is about: the node or edge that it leads to.
fn about(book: &Book, index: usize) -> Line {
    let of = &book.findings[index];
    let edge = book.of_edge.iter().position(|found| found.contains(&index)).map(Thing::Edge);
    let node = || book.of_node.iter().position(|found| found.contains(&index)).map(|id| Thing::End(End::Node(id)));
    let home = || book.home[index].map(|id| Thing::End(End::Service(id)));
    let thing = edge.or_else(node).or_else(home);
    Line::field("about", "").and(if thing.is_some() { Role::Accent } else { Role::Plain }, &of.entity).leading(thing)
}

/// What is missing, and how to supply it.
pub fn unknown(book: &Book, index: usize) -> Vec<Line> {
    let of = &book.loaded.settled.unknown[index];
    let rule = book.rule(&of.rule);
    let mut lines = vec![
        Line::title(format!("{} is not decided", of.rule)),
        Line::empty(),
        Line::field("entity", &of.entity).leading(book.thing(&of.entity)),
        Line::field("missing", of.missing.join(", ")),
        Line::field("supply", &of.supply),
        Line::empty(),
    ];
    if let Some(rule) = rule {
        lines.push(Line::field("rule", "").and(Role::Accent, &of.rule).to(Thing::Rule(rule)));
    }
    lines
}

/// A rule, and what it found.
pub fn rule(book: &Book, index: usize) -> Vec<Line> {
    let rule = &book.loaded.rules[index];
    let mut lines = vec![
        Line::title(format!("{}: {}", rule.id, rule.title)).indented(2),
        Line::empty(),
        Line::field("why", &rule.why),
        Line::field("fix", &rule.fix),
        Line::field("judges", rule.select.name()),
        Line::field("precision", rule.precision.name()),
    ];
    if let Some(filter) = &rule.filter {
        lines.push(Line::field("where", filter.text()));
    }
    for level in &rule.levels {
        lines.push(
            Line::new(Role::of(level.severity), format!("{:<11} ", level.severity.name()))
                .and(Role::Plain, format!("when {}", level.violated.text()))
                .indented(12),
        );
    }
    for (name, value) in &rule.params {
        lines.push(Line::field("param", format!("{name}: {}", serde_json::to_string(value).unwrap_or_default())));
    }
    let mut articles: Vec<usize> =
        book.loaded.knowledge.of_rule(&rule.id).iter().filter_map(|of| book.article(&of.topic)).collect();
    articles.extend(rule.knowledge.as_deref().and_then(|topic| book.article(topic)));
    articles.sort_unstable();
    articles.dedup();
    for article in articles {
        let of = &book.loaded.knowledge.articles()[article];
        lines.push(Line::field("article", "").and(Role::Accent, &of.title).to(Thing::Article(article)));
    }
    findings(book, &mut lines, &book.of_rule[index]);
    lines
}

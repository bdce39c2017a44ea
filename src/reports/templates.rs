//! Templates of the outputs that a team may lay out in its own way: embedded ones, each replaced by the team's of the
//! same name. What goes into them is plain data; words of the project are escaped before or by the engine.

use std::fmt::Write;

use serde::Serialize;
use tera::{Context, Tera};

/// The embedded templates: name below `reports/templates`, text. A test compares this list with the folders.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("dot/graph.dot.tera", include_str!("../../reports/templates/dot/graph.dot.tera")),
    ("markdown/diff.md.tera", include_str!("../../reports/templates/markdown/diff.md.tera")),
    ("markdown/review.md.tera", include_str!("../../reports/templates/markdown/review.md.tera")),
    ("mermaid/flowchart.mmd.tera", include_str!("../../reports/templates/mermaid/flowchart.mmd.tera")),
    ("mermaid/sequence.mmd.tera", include_str!("../../reports/templates/mermaid/sequence.mmd.tera")),
];

/// A template that cannot be read or filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use the template {name}: {why}; compare it with the embedded one")]
pub struct TemplateError {
    /// Its name.
    pub name: String,
    /// What is wrong, with the place in the template.
    pub why: String,
}

/// All templates, ready to be filled.
#[derive(Debug)]
pub struct Templates {
    tera: Tera,
}

impl Templates {
    /// The embedded templates under a team's own: pairs of a name, as in [`EMBEDDED`], and a text. Names that are none
    /// of the embedded ones are templates for others to include.
    ///
    /// # Errors
    /// The first of the team's templates that is none.
    pub fn new(own: &[(String, String)]) -> Result<Self, TemplateError> {
        let mut tera = empty();
        let embedded = EMBEDDED.iter().filter(|(name, _)| own.iter().all(|(other, _)| other != name));
        let all: Vec<(&str, &str)> =
            embedded.copied().chain(own.iter().map(|(name, text)| (name.as_str(), text.as_str()))).collect();
        if let Err(error) = tera.add_raw_templates(all.iter().copied()) {
            let broken = own.iter().find(|(name, text)| empty().add_raw_template(name, text).is_err());
            let name = broken.or(own.first()).map(|(name, _)| name.clone()).unwrap_or_default();
            return Err(TemplateError { name, why: one_line(&error) });
        }
        Ok(Self { tera })
    }

    /// Fills a template.
    ///
    /// # Errors
    /// When the template asks for what is not there.
    pub(super) fn fill(&self, name: &str, with: &impl Serialize) -> Result<String, TemplateError> {
        let fault = |error: tera::Error| TemplateError { name: name.to_owned(), why: one_line(&error) };
        let context = Context::from_serialize(with).map_err(fault)?;
        self.tera.render(name, &context).map_err(fault)
    }
}

fn empty() -> Tera {
    let mut tera = Tera::new();
    tera.autoescape_on([".md.tera"]);
    tera.set_escape_fn(escape_markdown);
    tera.register_filter("code", code);
    tera.register_filter("prose", prose);
    tera
}

fn one_line(error: &tera::Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What would be markup in Markdown, as the letter that it is; a line end would end a row of a table.
pub(super) fn escape_markdown(text: &str, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    out.write_all(markdown(text).as_bytes())
}

pub(super) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => escaped.extend(['\\', c]),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // No mention of a person.
            '@' => escaped.push_str("&#64;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    // No link made of a bare address.
    escaped.replace("://", "&#58;//")
}

/// A filter: text in backticks, as many as it takes. A bar would end the cell of a table even there.
fn code(text: &str, _: tera::Kwargs, _: &tera::State) -> tera::Value {
    tera::Value::safe_string(&code_span(text))
}

/// A filter: a sentence whose words between backticks are code.
fn prose(text: &str, _: tera::Kwargs, _: &tera::State) -> tera::Value {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd number of backticks pairs nothing.
    if parts.len().is_multiple_of(2) {
        return tera::Value::safe_string(&markdown(text));
    }
    let shown = parts.iter().enumerate().map(|(index, part)| match (index % 2, part.is_empty()) {
        (1, false) => code_span(part),
        (1, true) => markdown("``"),
        _ => markdown(part),
    });
    tera::Value::safe_string(&shown.collect::<String>())
}

pub(super) fn code_span(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    let mut span = String::new();
    // Writing to a string does not fail.
    let _ = write!(span, "{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"));
    span
}

//! Messages of rules: a template checked at load, a sentence for one entity at judging.
//!
//! Knows the published schema. Every path of the template is looked up in it, so that a misspelt field is an error of
//! the rule and not a hole in a report.

mod context;
mod filters;
mod scan;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;

use tera::Tera;

use super::condition::{Fault, Scope, Terms};
use crate::config::Param;

use context::Wanted;

/// A checked template.
#[derive(Clone)]
pub struct Message {
    text: Arc<str>,
    tera: Arc<Tera>,
    wanted: Wanted,
}

/// The name under which the template is kept; without a suffix, so that nothing is escaped.
const NAME: &str = "message";

impl Message {
    /// Checks a template: its syntax, its paths and, with made-up values, its filters.
    ///
    /// # Errors
    ///
    /// What the schema does not have or the template language does not know, with the offset in the text.
    pub fn check(text: &str, terms: Terms<'_>) -> Result<Self, Vec<Fault>> {
        let wanted = scan::scan(text, terms)?;
        let mut tera = Tera::new();
        filters::register(&mut tera);
        tera.add_raw_template(NAME, text).map_err(|error| vec![fault(text, &error)])?;
        let sample = context::sample(&wanted, terms);
        tera.render(NAME, &sample).map_err(|error| vec![fault(text, &error)])?;
        Ok(Self { text: text.into(), tera: Arc::new(tera), wanted })
    }

    /// The sentence for one entity. `None` where the template cannot take the entity's values, such as arithmetic on
    /// an unknown one.
    #[must_use]
    pub fn render(&self, scope: Scope<'_>) -> Option<String> {
        let context = context::of(&self.wanted, scope);
        let text = self.tera.render(NAME, &context).ok()?;
        // A template in a YAML block has line ends that are none of the sentence.
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The text of the template.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Message").field(&self.text).finish()
    }
}

/// The params as the template sees them.
fn params(params: &BTreeMap<String, Param>) -> tera::Value {
    tera::Value::from_serializable(params)
}

fn fault(text: &str, error: &tera::Error) -> Fault {
    use tera::ErrorKind::{RenderingError, SyntaxError};
    let (at, message) = match error.kind() {
        SyntaxError(report) | RenderingError(report) => {
            let span = report.span();
            let start: usize = text.split_inclusive('\n').take(span.start_line.saturating_sub(1)).map(str::len).sum();
            let rest = text.get(start..).unwrap_or_default();
            let offset = rest.char_indices().nth(span.start_col).map_or(rest.len(), |(offset, _)| offset);
            (start + offset, report.message().to_owned())
        }
        other => (0, other.to_string()),
    };
    let first = message.lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
    Fault { at, message: format!("the message is no template: {first}"), help: String::new() }
}

#[cfg(test)]
mod tests;

//! One article: front matter in YAML between two lines of hyphens, then Markdown.

use serde::Deserialize;

use crate::config::yaml;
use crate::span::Span;

/// One page of the knowledge base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// `category/name`, as the file is called.
    pub topic: String,
    /// What it is about, in a few words.
    pub title: String,
    /// What it says, in a sentence or two.
    pub summary: String,
    /// Other terms under which a reader looks for it.
    pub aliases: Vec<String>,
    /// The ids of the rules that it explains.
    pub rules: Vec<String>,
    /// Where it is from: books, papers, manuals, addresses.
    pub sources: Vec<String>,
    /// The Markdown below the front matter.
    pub body: String,
    /// The line of the file on which the body begins, from 1.
    pub body_line: u32,
}

/// What is wrong with an article.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{at}: {why}")]
pub struct Error {
    /// Where.
    pub at: Span,
    /// What was met and what was expected.
    pub why: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FrontMatter {
    title: String,
    summary: String,
    aliases: Vec<String>,
    rules: Vec<String>,
    sources: Vec<String>,
}

impl Article {
    /// The part of the topic before the slash.
    #[must_use]
    pub fn category(&self) -> &str {
        self.topic.split_once('/').map_or("", |(category, _)| category)
    }

    /// The part of the topic behind the slash.
    #[must_use]
    pub fn name(&self) -> &str {
        self.topic.split_once('/').map_or(&self.topic, |(_, name)| name)
    }
}

/// Reads an article.
pub(super) fn read(path: &str, text: &str) -> Result<Article, Error> {
    let fail = |line, why: &str| Err(Error { at: Span::line(path, line), why: why.to_owned() });
    let stem = path.strip_suffix(".md").unwrap_or(path);
    let mut parts = stem.rsplit('/');
    let topic = match (parts.next(), parts.next()) {
        (Some(name), Some(category)) if is_name(name) && is_name(category) => format!("{category}/{name}"),
        _ => return fail(1, "expected a path `category/name.md` of lower-case letters, digits and `-`"),
    };
    let Some((front, body)) = split(text) else {
        return fail(1, "expected front matter: YAML between two lines `---` at the beginning");
    };
    let front_matter: FrontMatter = yaml::read(path, front).map_err(|problem| {
        // The reader counts from the first line of the YAML, which is the second one of the file.
        let at = Span::new(path, (problem.at.line + 1, problem.at.column), (problem.at.line + 1, problem.at.column));
        let help = if problem.help.is_empty() { String::new() } else { format!("; {}", problem.help) };
        Error { at, why: format!("{}{help}", problem.message) }
    })?;
    for (key, value) in [("title", &front_matter.title), ("summary", &front_matter.summary)] {
        if value.trim().is_empty() {
            return fail(1, &format!("key `{key}` is missing or empty; say it in the front matter"));
        }
    }
    if body.trim().is_empty() {
        return fail(1, "the article is empty; write it below the front matter");
    }
    let leading = body.len() - body.trim_start_matches(['\n', '\r']).len();
    let before = text.len() - body.len() + leading;
    let lines = text.get(..before).unwrap_or_default().matches('\n').count();
    Ok(Article {
        topic,
        title: front_matter.title.trim().to_owned(),
        summary: front_matter.summary.split_whitespace().collect::<Vec<_>>().join(" "),
        aliases: front_matter.aliases,
        rules: front_matter.rules,
        sources: front_matter.sources,
        body: body.trim_matches(['\n', '\r']).to_owned(),
        body_line: u32::try_from(lines + 1).unwrap_or(u32::MAX),
    })
}

/// Front matter and what follows; none where the text does not begin with it.
fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("---")?;
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
    let mut start = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Some((rest.get(..start)?, rest.get(start + line.len()..)?));
        }
        start += line.len();
    }
    None
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

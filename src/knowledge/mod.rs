//! Articles about why systems fail and what to do: loaded from `knowledge/<category>/<name>.md`, found by topic or term.
//!
//! Knows the format of an article; knows no rule and no project. What an article says of rules are only their ids.

mod article;
pub mod catalogue;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use article::{Article, Error};

/// Articles, by topic.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    articles: Vec<Article>,
    /// Each name that an article goes by, in its plain form, with the places of the articles.
    names: BTreeMap<String, Vec<usize>>,
}

/// The embedded articles, and those of a team's own folder: (path, text) pairs, of which the path ends in
/// `category/name.md`. A team's article takes the place of an embedded one of the same topic.
///
/// # Errors
/// Everything that is wrong in any of the files.
pub fn load_all(own: &[(String, String)]) -> Result<Knowledge, Vec<Error>> {
    let embedded = catalogue::embedded();
    let files = embedded.iter().chain(own);
    let (mut articles, mut errors) = (BTreeMap::new(), Vec::new());
    for (path, text) in files {
        match article::read(path, text) {
            Ok(article) => {
                articles.insert(article.topic.clone(), article);
            }
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(Knowledge::of(articles.into_values().collect())) } else { Err(errors) }
}

impl Knowledge {
    fn of(articles: Vec<Article>) -> Self {
        let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, article) in articles.iter().enumerate() {
            let own = [article.topic.as_str(), article.name(), article.title.as_str()];
            for name in own.into_iter().chain(article.aliases.iter().map(String::as_str)) {
                let places = names.entry(plain(name)).or_default();
                if !places.contains(&index) {
                    places.push(index);
                }
            }
        }
        Self { articles, names }
    }

    /// All articles, in the order of their topics.
    #[must_use]
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// The article of a topic, such as `database/connection-pools`.
    #[must_use]
    pub fn find(&self, topic: &str) -> Option<&Article> {
        let index = self.articles.binary_search_by(|article| article.topic.as_str().cmp(topic)).ok()?;
        self.articles.get(index)
    }

    /// The articles that go by a term: topic, name, title or alias, whatever its capitals, hyphens and spaces.
    #[must_use]
    pub fn named(&self, term: &str) -> Vec<&Article> {
        let places = self.names.get(&plain(term)).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|index| self.articles.get(*index)).collect()
    }

    /// The articles that explain a rule.
    #[must_use]
    pub fn of_rule(&self, rule: &str) -> Vec<&Article> {
        self.articles.iter().filter(|article| article.rules.iter().any(|id| id == rule)).collect()
    }

    /// The terms that are nearest to one that no article goes by, best first.
    #[must_use]
    pub fn near(&self, term: &str) -> Vec<&str> {
        let term = plain(term);
        // A third of the letters wrong is the most that still reads as a slip and not as another word.
        let limit = term.chars().count().div_ceil(3).max(1);
        let mut near: Vec<(usize, &str)> = self
            .names
            .iter()
            .filter_map(|(name, places)| {
                let inside = !term.is_empty() && name.split(' ').any(|word| word == term);
                let distance = if inside { 0 } else { strsim::damerau_levenshtein(&term, name) };
                let article = self.articles.get(*places.first()?)?;
                (distance <= limit).then_some((distance, article.topic.as_str()))
            })
            .collect();
        near.sort_unstable();
        let mut topics: Vec<&str> = Vec::new();
        for (_, topic) in near {
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        topics.truncate(5);
        topics
    }
}

/// A name without capitals and punctuation: `Retry-Storm`, `retry_storm` and `retry storm` are one.
fn plain(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

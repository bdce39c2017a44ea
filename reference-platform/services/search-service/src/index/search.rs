//! Searching. All of this takes the processor and the disk, so it runs where it may block.

use tantivy::collector::TopDocs;
use tantivy::{DocId, Score, Searcher, SegmentReader, TantivyDocument};
use uuid::Uuid;

use super::fields::{self, Fields, PUBLISHED};
use super::{Error, Result, queries};
use crate::domain::query::{Clause, parse};
use crate::domain::{Document, Micros};

const DAY: f64 = 86_400_000_000.0;
/// After so many days the part of a score that depends on it is worth half.
const FRESHNESS_HALF_LIFE: f64 = 7.0;
/// What of a score remains of the oldest post.
const OLD: f64 = 0.2;

/// What is looked for.
#[derive(Clone, Debug)]
pub enum Search {
    /// Users.
    Users {
        /// What was asked.
        query: String,
    },
    /// Users whose handle or name is being typed.
    Completions {
        /// What was typed.
        prefix: String,
        /// Not names.
        handles_only: bool,
    },
    /// Posts.
    Posts {
        /// What was asked; may be empty.
        query: String,
        /// In lower case.
        tag: Option<String>,
        /// Whose.
        author_id: Option<Uuid>,
        /// How they are ordered.
        order: Order,
        /// None that is younger; ages are counted from here.
        until: Micros,
    },
}

/// How posts are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By how well they fit, and how fresh they are.
    Relevance,
    /// Newest first.
    Latest,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Of the user or post.
    pub id: Uuid,
    /// Comparable within one query.
    pub score: f64,
    /// What it is.
    pub document: Document,
}

impl Hit {
    /// The user, or the one whose post it is.
    pub fn user_id(&self) -> Uuid {
        match &self.document {
            Document::User { .. } => self.id,
            Document::Post { author_id, .. } => *author_id,
        }
    }
}

impl Search {
    /// What must occur; shown by highlights.
    pub fn clauses(&self) -> Vec<Clause> {
        match self {
            Search::Users { query } | Search::Posts { query, .. } => parse(query),
            Search::Completions { prefix, .. } => parse(prefix),
        }
    }
}

/// What can be found at one moment.
#[derive(Clone)]
pub struct Snapshot {
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
}

impl Snapshot {
    pub(super) fn new(searcher: Searcher, fields: Fields) -> Self {
        Snapshot { searcher, fields }
    }

    /// The best hits after the first `offset` ones.
    pub fn search(&self, search: &Search, offset: usize, limit: usize) -> Result<Vec<Hit>> {
        let clauses = search.clauses();
        let top = TopDocs::with_limit(limit).and_offset(offset);
        let found: Vec<(f64, tantivy::DocAddress)> = match search {
            Search::Users { .. } if clauses.is_empty() => Vec::new(),
            Search::Completions { prefix, .. } if prefix.is_empty() => Vec::new(),
            Search::Posts { tag: None, .. } if clauses.is_empty() => Vec::new(),
            Search::Users { query } => {
                let query = queries::users(self.fields, query, &clauses);
                widen(self.searcher.search(&query, &top.order_by_score())?)
            }
            Search::Completions { prefix, handles_only } => {
                let query = queries::completions(self.fields, prefix, &clauses, *handles_only);
                widen(self.searcher.search(&query, &top.order_by_score())?)
            }
            Search::Posts { tag, author_id, order, until, .. } => {
                let query = queries::posts(self.fields, &clauses, tag.as_deref(), *author_id, *until);
                let (order, until, has_words) = (*order, *until, !clauses.is_empty());
                let scored = top.tweak_score(move |segment: &SegmentReader| {
                    let published = segment.fast_fields().i64(PUBLISHED).ok();
                    move |post: DocId, relevance: Score| {
                        let published = published.as_ref().and_then(|column| column.first(post)).unwrap_or_default();
                        match order {
                            Order::Latest => published as f64,
                            Order::Relevance if has_words => f64::from(relevance) * freshness(published, until),
                            Order::Relevance => freshness(published, until),
                        }
                    }
                });
                self.searcher.search(&query, &scored)?
            }
        };
        found.into_iter().map(|(score, address)| self.hit(score, address)).collect()
    }

    fn hit(&self, score: f64, address: tantivy::DocAddress) -> Result<Hit> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let (id, document) =
            fields::source(self.fields, &document).ok_or_else(|| Error("a hit has no source".to_owned()))?;
        Ok(Hit { id, score, document })
    }
}

fn widen(found: Vec<(Score, tantivy::DocAddress)>) -> Vec<(f64, tantivy::DocAddress)> {
    found.into_iter().map(|(score, address)| (f64::from(score), address)).collect()
}

/// 1 for a post of this moment.
fn freshness(published: Micros, now: Micros) -> f64 {
    let days = now.saturating_sub(published).max(0) as f64 / DAY;
    OLD + (1.0 - OLD) * (-days / FRESHNESS_HALF_LIFE).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_halves_but_never_ends() {
        let now = 1_800_000_000_000_000;
        let age = |days: f64| freshness(now - (days * DAY) as Micros, now);
        assert!((age(0.0) - 1.0).abs() < 1e-9);
        assert!((age(7.0) - 0.6).abs() < 1e-9);
        assert!(age(5000.0) >= OLD && age(5000.0) < OLD + 1e-9);
        assert!((freshness(i64::MIN, i64::MAX) - OLD).abs() < 1e-9);
        assert!((freshness(i64::MAX, i64::MIN) - 1.0).abs() < 1e-9);
    }
}

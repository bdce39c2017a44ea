//! Queries of tantivy, made of what was asked for.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    BooleanQuery, BoostQuery, ConstScoreQuery, FuzzyTermQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use uuid::Uuid;

use super::fields::Fields;
use crate::domain::Micros;
use crate::domain::query::Clause;

/// A word that only begins so counts less than one that is it.
const PREFIX_BOOST: f32 = 0.5;
/// Whose handle it is comes first.
const EXACT_HANDLE_BOOST: f32 = 20.0;

/// Users in whom all clauses occur.
pub fn users(fields: Fields, text: &str, clauses: &[Clause]) -> Box<dyn Query> {
    let searched = [(fields.handle_words, 3.0), (fields.name, 2.0), (fields.bio, 1.0)];
    let handle = text.trim().trim_start_matches('@').to_lowercase();
    let exact = term(Term::from_field_text(fields.handle, &handle));
    Box::new(BooleanQuery::new(vec![
        (Occur::Must, all(&searched, clauses)),
        (Occur::Should, Box::new(BoostQuery::new(exact, EXACT_HANDLE_BOOST))),
    ]))
}

/// Users whose handle begins so or, unless only handles are asked for, in whose handle and name all clauses occur.
pub fn completions(fields: Fields, prefix: &str, clauses: &[Clause], handles_only: bool) -> Box<dyn Query> {
    let handle = Term::from_field_text(fields.handle, &prefix.to_lowercase());
    let mut either: Vec<Box<dyn Query>> = vec![
        Box::new(BoostQuery::new(Box::new(FuzzyTermQuery::new_prefix(handle.clone(), 0, false)), 3.0)),
        Box::new(BoostQuery::new(term(handle), EXACT_HANDLE_BOOST)),
    ];
    if !handles_only && !clauses.is_empty() {
        either.push(all(&[(fields.handle_words, 2.0), (fields.name, 1.0)], clauses));
    }
    Box::new(BooleanQuery::union(either))
}

/// Public posts until a moment, in which all clauses occur.
pub fn posts(
    fields: Fields,
    clauses: &[Clause],
    tag: Option<&str>,
    author_id: Option<Uuid>,
    until: Micros,
) -> Box<dyn Query> {
    let until = Bound::Included(Term::from_field_i64(fields.published, until));
    let mut must = vec![filter(Box::new(RangeQuery::new(Bound::Unbounded, until)))];
    if !clauses.is_empty() {
        must.push(all(&[(fields.text, 1.0)], clauses));
    }
    if let Some(tag) = tag {
        must.push(filter(term(Term::from_field_text(fields.tag, tag))));
    }
    if let Some(author_id) = author_id {
        must.push(filter(term(Term::from_field_text(fields.author, &author_id.to_string()))));
    }
    Box::new(BooleanQuery::intersection(must))
}

/// Each clause occurs in one of the fields.
fn all(fields: &[(Field, f32)], clauses: &[Clause]) -> Box<dyn Query> {
    let one = |clause: &Clause| {
        let anywhere = fields.iter().flat_map(|(field, boost)| occurs(*field, *boost, clause)).collect();
        Box::new(BooleanQuery::union(anywhere)) as Box<dyn Query>
    };
    Box::new(BooleanQuery::intersection(clauses.iter().map(one).collect()))
}

fn occurs(field: Field, boost: f32, clause: &Clause) -> Vec<Box<dyn Query>> {
    let boosted = |query: Box<dyn Query>, boost| Box::new(BoostQuery::new(query, boost)) as Box<dyn Query>;
    match clause {
        Clause::Word(word) => vec![boosted(term(Term::from_field_text(field, word)), boost)],
        Clause::Prefix(prefix) => {
            let word = Term::from_field_text(field, prefix);
            let begins = Box::new(FuzzyTermQuery::new_prefix(word.clone(), 0, false));
            vec![boosted(begins, boost * PREFIX_BOOST), boosted(term(word), boost)]
        }
        Clause::Phrase(words) => {
            let terms = words.iter().map(|word| Term::from_field_text(field, word)).collect();
            vec![boosted(Box::new(PhraseQuery::new(terms)), boost)]
        }
    }
}

fn term(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
}

/// Decides, but does not count.
fn filter(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

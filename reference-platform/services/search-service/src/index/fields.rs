//! The fields of documents.

use tantivy::collector::TopDocs;
use tantivy::query::TermQuery;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, OwnedValue, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{Searcher, TantivyDocument, Term};
use uuid::Uuid;

use super::{Error, Result};
use crate::domain::words::words;
use crate::domain::{Change, Document, Kind};

const SEQUENCE: &str = "sequence";
/// Fast: read for each hit.
pub const PUBLISHED: &str = "published";

/// Handles of the fields.
#[derive(Clone, Copy)]
pub struct Fields {
    /// Kind and id, as one term.
    pub key: Field,
    /// Of the last event.
    pub sequence: Field,
    /// The id and the document in JSON; absent where it is not to be found.
    pub source: Field,
    /// The handle in lower case, as one term.
    pub handle: Field,
    /// Words of the handle.
    pub handle_words: Field,
    /// Words of the display name.
    pub name: Field,
    /// Words of the bio.
    pub bio: Field,
    /// Words of a post.
    pub text: Field,
    /// Tags, each as one term.
    pub tag: Field,
    /// Whose post it is.
    pub author: Field,
    /// When a post was published, in microseconds.
    pub published: Field,
}

impl Fields {
    /// All fields, always the same.
    pub fn schema() -> Schema {
        // Words come ready made, so the tokenizer has nothing to do.
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let words = TextOptions::default().set_indexing_options(indexing);
        let mut schema = Schema::builder();
        schema.add_text_field("key", STRING);
        schema.add_i64_field(SEQUENCE, FAST);
        schema.add_text_field("source", STORED);
        schema.add_text_field("handle", STRING);
        for name in ["handle_words", "name", "bio", "text"] {
            schema.add_text_field(name, words.clone());
        }
        schema.add_text_field("tag", STRING);
        schema.add_text_field("author", STRING);
        schema.add_i64_field(PUBLISHED, FAST | INDEXED);
        schema.build()
    }

    /// Their handles.
    pub fn of(schema: &Schema) -> Result<Self> {
        let field = |name| schema.get_field(name).map_err(Error::from);
        Ok(Fields {
            key: field("key")?,
            sequence: field(SEQUENCE)?,
            source: field("source")?,
            handle: field("handle")?,
            handle_words: field("handle_words")?,
            name: field("name")?,
            bio: field("bio")?,
            text: field("text")?,
            tag: field("tag")?,
            author: field("author")?,
            published: field(PUBLISHED)?,
        })
    }

    /// The term by which a document is replaced.
    pub fn key(&self, kind: Kind, id: Uuid) -> Term {
        let kind = match kind {
            Kind::User => "user",
            Kind::Post => "post",
        };
        Term::from_field_text(self.key, &format!("{kind}:{id}"))
    }

    /// What stands in the index after a change.
    pub fn document(&self, change: &Change) -> Result<TantivyDocument> {
        let mut document = TantivyDocument::default();
        let key = self.key(change.kind, change.id);
        document.add_text(self.key, key.value().as_str().unwrap_or_default());
        document.add_i64(self.sequence, change.sequence);
        let Some(source) = &change.document else { return Ok(document) };
        document.add_text(
            self.source,
            serde_json::to_string(&(change.id, source)).map_err(|error| Error(error.to_string()))?,
        );
        match source {
            Document::User { handle, display_name, bio } => {
                document.add_text(self.handle, handle.to_lowercase());
                add_words(&mut document, self.handle_words, handle);
                add_words(&mut document, self.name, display_name);
                add_words(&mut document, self.bio, bio);
            }
            Document::Post { author_id, text, tags, published } => {
                add_words(&mut document, self.text, text);
                for tag in tags {
                    document.add_text(self.tag, tag);
                }
                document.add_text(self.author, author_id.to_string());
                document.add_i64(self.published, *published);
            }
        }
        Ok(document)
    }
}

fn add_words(document: &mut TantivyDocument, field: Field, text: &str) {
    let token = |(position, word): (usize, crate::domain::words::Word)| Token {
        offset_from: word.begin,
        offset_to: word.end,
        position,
        text: word.text,
        position_length: 1,
    };
    let tokens: Vec<Token> = words(text).into_iter().enumerate().map(token).collect();
    // The text itself is in the source.
    document.add_pre_tokenized_text(field, PreTokenizedString { text: String::new(), tokens });
}

/// The sequence of the last event that was applied to something, as far as the searcher knows.
pub fn sequence(searcher: &Searcher, fields: Fields, kind: Kind, id: Uuid) -> Result<Option<i64>> {
    let query = TermQuery::new(fields.key(kind, id), IndexRecordOption::Basic);
    let found = searcher.search(&query, &TopDocs::with_limit(1).order_by_score())?;
    let Some((_, address)) = found.first() else { return Ok(None) };
    let sequences = searcher.segment_reader(address.segment_ord).fast_fields().i64(SEQUENCE)?;
    Ok(sequences.first(address.doc_id))
}

/// The id and the document of a hit.
pub fn source(fields: Fields, document: &TantivyDocument) -> Option<(Uuid, Document)> {
    let source = document.field_values().find(|(field, _)| *field == fields.source)?;
    match OwnedValue::from(source.1) {
        OwnedValue::Str(json) => serde_json::from_str(&json).ok(),
        _ => None,
    }
}

//! Words by kind and language.

use social_database::{Result, timed};

use super::Store;
use crate::domain::Kind;

/// The words for one kind in one language.
pub struct TemplateRow {
    pub kind: i16,
    pub locale: String,
    pub title: String,
    pub body: String,
}

/// A place in the list of templates.
#[derive(Clone, Debug)]
pub struct Position {
    pub kind: i16,
    pub locale: String,
}

impl Store {
    /// Sets the words for one kind and language.
    pub async fn put_template(&self, template: &TemplateRow) -> Result<()> {
        sqlx::query!(
            "INSERT INTO templates (kind, locale, title, body) VALUES ($1, $2, $3, $4)
             ON CONFLICT (kind, locale) DO UPDATE SET title = EXCLUDED.title, body = EXCLUDED.body",
            template.kind,
            template.locale,
            template.title,
            template.body
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Templates after a place, of one kind or of all.
    pub async fn templates(&self, kind: Option<Kind>, after: &Position, limit: i64) -> Result<Vec<TemplateRow>> {
        let query = sqlx::query_as!(
            TemplateRow,
            "SELECT kind, locale, title, body FROM templates
             WHERE (kind, locale) > ($1, $2) AND kind = coalesce($3, kind) ORDER BY kind, locale LIMIT $4",
            after.kind,
            after.locale,
            kind.map(Kind::number),
            limit
        );
        Ok(timed("templates.list", query.fetch_all(&self.pool)).await?)
    }

    /// Deletes the words for one kind and language.
    pub async fn delete_template(&self, kind: Kind, locale: &str) -> Result<()> {
        sqlx::query!("DELETE FROM templates WHERE kind = $1 AND locale = $2", kind.number(), locale)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

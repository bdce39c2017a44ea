//! Files as they are asked for, uploaded and deleted. Reads leave deleted ones out.

use social_database::{Result, answers, retry, timed};
use social_proto::media::v1::{MediaUploaded, UploadMediaResponse, media_event};
use uuid::Uuid;

use super::rows::{MediaRow, VariantRow, kind_number, media};
use super::{Store, tell};
use crate::convert;
use crate::domain::{Kind, Media, now};

impl Store {
    /// One file.
    pub async fn media(&self, media_id: Uuid) -> Result<Option<Media>> {
        Ok(self.media_by_ids(&[media_id]).await?.pop())
    }

    /// Files by ids, at most 100. Unknown ones are left out.
    pub async fn media_by_ids(&self, media_ids: &[Uuid]) -> Result<Vec<Media>> {
        let query = sqlx::query_as!(
            MediaRow,
            "SELECT media_id, owner_id, kind, state, content_type, size_bytes, width_pixels, height_pixels,
                    duration_millis, failure, create_time
             FROM media WHERE media_id = ANY ($1) AND delete_time IS NULL LIMIT 100",
            media_ids
        );
        let rows = timed("media.get_many", query.fetch_all(&self.pool)).await?;
        self.with_variants(rows).await
    }

    /// Files of an owner of these kinds that are older than `before`, newest first.
    pub async fn media_of(&self, owner_id: Uuid, kinds: &[Kind], before: Uuid, limit: i64) -> Result<Vec<Media>> {
        let kinds: Vec<i16> = kinds.iter().copied().map(kind_number).collect();
        let query = sqlx::query_as!(
            MediaRow,
            "SELECT media_id, owner_id, kind, state, content_type, size_bytes, width_pixels, height_pixels,
                    duration_millis, failure, create_time
             FROM media WHERE owner_id = $1 AND kind = ANY ($2) AND media_id < $3 AND delete_time IS NULL
             ORDER BY media_id DESC LIMIT $4",
            owner_id,
            &kinds,
            before,
            limit
        );
        let rows = timed("media.of_owner", query.fetch_all(&self.pool)).await?;
        self.with_variants(rows).await
    }

    async fn with_variants(&self, rows: Vec<MediaRow>) -> Result<Vec<Media>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let media_ids: Vec<Uuid> = rows.iter().map(|row| row.media_id).collect();
        // At most 6 of each of at most 101 files.
        let query = sqlx::query_as!(
            VariantRow,
            "SELECT media_id, name, content_type, width_pixels, height_pixels, size_bytes
             FROM variants WHERE media_id = ANY ($1) LIMIT 1000",
            &media_ids
        );
        let variants = timed("variants.of_media", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(|row| media(row, &variants)).collect())
    }

    /// Records an upload whose bytes are stored, and the work to be done on it; once for each request. Another answer than that
    /// about `new` means that the same upload has been recorded before.
    pub async fn create_media(&self, new: &Media, once: &answers::Key) -> Result<UploadMediaResponse> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            if let Some(answer) = answers::find(&mut transaction, once).await? {
                return Ok(answer);
            }
            sqlx::query!(
                "INSERT INTO media (media_id, owner_id, kind, state, content_type, size_bytes, create_time)
                 VALUES ($1, $2, $3, 1, $4, $5, $6)",
                new.id,
                new.owner_id,
                kind_number(new.kind),
                new.content_type,
                new.size_bytes,
                new.create_time
            )
            .execute(&mut *transaction)
            .await?;
            sqlx::query!("INSERT INTO jobs (media_id, task) VALUES ($1, 1)", new.id).execute(&mut *transaction).await?;
            let uploaded = MediaUploaded { kind: convert::kind(new.kind).into(), size_bytes: new.size_bytes };
            tell(&mut transaction, new.id, new.owner_id, 1, media_event::Event::Uploaded(uploaded)).await?;
            let response = UploadMediaResponse { media: Some(convert::media(new)) };
            answers::store(&mut transaction, once, &response).await?;
            transaction.commit().await?;
            Ok(response)
        })
        .await
    }

    /// Marks a file as deleted: from now on nobody finds it. A job removes it, and tells when that is done. One that is gone is
    /// no error.
    pub async fn delete_media(&self, media_id: Uuid) -> Result<()> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let marked = sqlx::query!(
                "UPDATE media SET delete_time = $2 WHERE media_id = $1 AND delete_time IS NULL",
                media_id,
                now()
            )
            .execute(&mut *transaction)
            .await?;
            if marked.rows_affected() == 0 {
                return Ok(());
            }
            sqlx::query!(
                "INSERT INTO jobs (media_id, task) VALUES ($1, 3)
                 ON CONFLICT (media_id) DO UPDATE 
                     SET task = 3, attempts = 0, put_off = 0, run_time = now(), lease_id = NULL",
                media_id
            )
            .execute(&mut *transaction)
            .await?;
            Ok(transaction.commit().await?)
        })
        .await
    }

    /// Which of the files have a row, deleted ones included. At most 1000.
    pub async fn known(&self, media_ids: &[Uuid]) -> Result<Vec<Uuid>> {
        let query = sqlx::query_scalar!("SELECT media_id FROM media WHERE media_id = ANY ($1) LIMIT 1000", media_ids);
        Ok(timed("media.known", query.fetch_all(&self.pool)).await?)
    }
}

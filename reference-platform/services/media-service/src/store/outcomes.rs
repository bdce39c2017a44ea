//! How work on a file ends. Only who still holds the lease of the job may say so.

use social_database::{Result, retry};
use social_proto::media::v1::{MediaDeleted, MediaFailed, MediaReady, media_event};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{MediaRow, media};
use super::{Job, Store, tell};
use crate::convert;
use crate::domain::{Media, Processed, Variant};

impl Store {
    /// The file is ready. What was uploaded is still to be removed, under the same lease. False if the job is not the caller's
    /// any more: then nothing has changed.
    pub async fn ready(&self, job: &Job, processed: &Processed) -> Result<bool> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let Some(sequence) = next_event(&mut transaction, job).await? else { return Ok(false) };
            let row = sqlx::query_as!(
                MediaRow,
                "UPDATE media SET state = 2, width_pixels = $2, height_pixels = $3, duration_millis = $4
                 WHERE media_id = $1
                 RETURNING media_id, owner_id, kind, state, content_type, size_bytes, width_pixels, height_pixels,
                           duration_millis, failure, create_time",
                job.media_id,
                processed.width_pixels,
                processed.height_pixels,
                processed.duration.map(|duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
            )
            .fetch_one(&mut *transaction)
            .await?;
            insert_variants(&mut transaction, job.media_id, &processed.variants).await?;
            sqlx::query!("UPDATE jobs SET task = 2 WHERE media_id = $1", job.media_id)
                .execute(&mut *transaction)
                .await?;

            let ready = Media { variants: processed.variants.clone(), ..media(row, &[]) };
            let event = MediaReady { media: Some(convert::media(&ready)) };
            tell(&mut transaction, ready.id, ready.owner_id, sequence, media_event::Event::Ready(event)).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// The file cannot be used, and nothing of it is kept. False if the job is not the caller's any more.
    pub async fn failed(&self, job: &Job, reason: &str) -> Result<bool> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let Some(sequence) = next_event(&mut transaction, job).await? else { return Ok(false) };
            let owner_id = sqlx::query_scalar!(
                "UPDATE media SET state = 3, failure = $2 WHERE media_id = $1 RETURNING owner_id",
                job.media_id,
                reason
            )
            .fetch_one(&mut *transaction)
            .await?;
            sqlx::query!("DELETE FROM jobs WHERE media_id = $1", job.media_id).execute(&mut *transaction).await?;
            let event = media_event::Event::Failed(MediaFailed { reason: reason.to_owned() });
            tell(&mut transaction, job.media_id, owner_id, sequence, event).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Nothing of the file is left; its rows go too. False if the job is not the caller's any more.
    pub async fn deleted(&self, job: &Job) -> Result<bool> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let Some(sequence) = next_event(&mut transaction, job).await? else { return Ok(false) };
            let owner_id =
                sqlx::query_scalar!("DELETE FROM media WHERE media_id = $1 RETURNING owner_id", job.media_id)
                    .fetch_one(&mut *transaction)
                    .await?;
            let event = media_event::Event::Deleted(MediaDeleted {});
            tell(&mut transaction, job.media_id, owner_id, sequence, event).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }
}

/// Locks the file and gives the number of its next event; `None` unless the job is still held under its lease.
async fn next_event(transaction: &mut PgConnection, job: &Job) -> Result<Option<i64>> {
    // The file first, as everybody locks.
    let sequence = sqlx::query_scalar!(
        "UPDATE media SET sequence = sequence + 1 WHERE media_id = $1 RETURNING sequence",
        job.media_id
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let held = sqlx::query_scalar!(
        "SELECT media_id FROM jobs WHERE media_id = $1 AND lease_id = $2 FOR UPDATE",
        job.media_id,
        job.lease_id
    )
    .fetch_optional(&mut *transaction)
    .await?;
    Ok(sequence.filter(|_| held.is_some()))
}

/// All in one statement.
async fn insert_variants(transaction: &mut PgConnection, media_id: Uuid, variants: &[Variant]) -> Result<()> {
    let names: Vec<String> = variants.iter().map(|variant| variant.name.as_str().to_owned()).collect();
    let content_types: Vec<String> = variants.iter().map(|variant| variant.content_type.clone()).collect();
    let widths: Vec<i32> = variants.iter().map(|variant| variant.width_pixels).collect();
    let heights: Vec<i32> = variants.iter().map(|variant| variant.height_pixels).collect();
    let sizes: Vec<i64> = variants.iter().map(|variant| variant.size_bytes).collect();
    sqlx::query!(
        "INSERT INTO variants (media_id, name, content_type, width_pixels, height_pixels, size_bytes)
         SELECT $1, name, content_type, width, height, size
         FROM unnest($2::text[], $3::text[], $4::int[], $5::int[], $6::bigint[])
              AS new (name, content_type, width, height, size)",
        media_id,
        &names,
        &content_types,
        &widths,
        &heights,
        &sizes
    )
    .execute(transaction)
    .await?;
    Ok(())
}

//! What could not be delivered or read.

use std::time::Duration;

use social_database::{Result, timed};
use social_events::{outbox, topics};
use social_proto::notification::v1::{DeadLetter as DeadLetterEvent, DeadLetterCause};
use social_runtime::timestamp;
use time::OffsetDateTime;
use uuid::Uuid;

use super::deliveries::DueRow;
use super::{Cause, Store};
use crate::domain::news::Source;
use crate::domain::push::Due;

/// A larger record is not told with the dead letter, for an event has at most 512 KiB. It stays in the table.
const MOST_TOLD: usize = 400 * 1024;

/// What is kept of a failure.
pub struct DeadLetter {
    pub dead_letter_id: Uuid,
    pub source_topic: String,
    pub reason: String,
    pub attempt_count: i32,
    pub fail_time: OffsetDateTime,
}

/// What an operator gets who wants to try a dead letter once more.
pub enum Redelivery {
    Unknown,
    /// It is done with: nothing is left to do.
    Done,
    /// Somebody else is trying it.
    Busy,
    /// A push that is to be made once more.
    Push(Box<Due>),
    /// A record that is to be read once more.
    Record(Source),
}

impl Store {
    /// Keeps and tells a record that cannot be read, once for each place in the log.
    pub async fn bury_record(&self, source: &Source, attempt_count: i32, reason: &str) -> Result<()> {
        let place = format!("{}/{}/{}", source.topic, source.partition, source.offset);
        let dead_letter_id = Uuid::new_v5(&Uuid::NAMESPACE_URL, place.as_bytes());
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            let fail_time = sqlx::query_scalar!(
                "INSERT INTO dead_letters (dead_letter_id, source_topic, source_partition, source_position, key, value,
                                           attempt_count, cause, reason)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (dead_letter_id) DO NOTHING
                 RETURNING fail_time",
                dead_letter_id,
                source.topic,
                source.partition,
                source.offset,
                source.key,
                source.value,
                attempt_count,
                Cause::Unreadable as i16,
                reason
            )
            .fetch_optional(&mut *tx)
            .await?;
            let Some(fail_time) = fail_time else { return Ok(()) };
            let event = event(dead_letter_id, source, fail_time, attempt_count, Cause::Unreadable, reason);
            outbox::add(&mut tx, topics::DEAD_LETTERS, &event).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Dead letters after one, oldest first.
    pub async fn dead_letters(&self, after: (OffsetDateTime, Uuid), limit: i64) -> Result<Vec<DeadLetter>> {
        let query = sqlx::query_as!(
            DeadLetter,
            "SELECT dead_letter_id, source_topic, reason, attempt_count, fail_time FROM dead_letters
             WHERE done_time IS NULL AND (fail_time, dead_letter_id) > ($1, $2)
             ORDER BY fail_time, dead_letter_id LIMIT $3",
            after.0,
            after.1,
            limit
        );
        Ok(timed("dead_letters.list", query.fetch_all(&self.pool)).await?)
    }

    /// Takes a dead letter until the end of the lease.
    pub async fn take_dead_letter(&self, dead_letter_id: Uuid, lease: Duration) -> Result<Redelivery> {
        let taken = sqlx::query!(
            "UPDATE dead_letters SET lease_time = now() + make_interval(secs => $2)
             WHERE dead_letter_id = $1 AND done_time IS NULL AND (lease_time IS NULL OR lease_time <= now())
             RETURNING notification_id, source_topic, source_partition, source_position, key, value",
            dead_letter_id,
            lease.as_secs_f64()
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(taken) = taken else { return self.not_taken(dead_letter_id).await };
        if taken.notification_id.is_none() {
            return Ok(Redelivery::Record(Source {
                topic: taken.source_topic,
                partition: taken.source_partition,
                offset: taken.source_position,
                key: taken.key,
                value: taken.value,
            }));
        }
        // Without the device nobody is left to push to.
        let Some(due) = self.due_again(dead_letter_id).await? else {
            self.finish_dead_letter(dead_letter_id).await?;
            return Ok(Redelivery::Done);
        };
        Ok(Redelivery::Push(Box::new(due)))
    }

    async fn not_taken(&self, dead_letter_id: Uuid) -> Result<Redelivery> {
        let done = sqlx::query_scalar!(
            r#"SELECT done_time IS NOT NULL AS "done!" FROM dead_letters WHERE dead_letter_id = $1"#,
            dead_letter_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(match done {
            None => Redelivery::Unknown,
            Some(true) => Redelivery::Done,
            Some(false) => Redelivery::Busy,
        })
    }

    /// A dead push, as it would be made now.
    async fn due_again(&self, dead_letter_id: Uuid) -> Result<Option<Due>> {
        let row = sqlx::query_as!(
            DueRow,
            r#"SELECT l.dead_letter_id AS delivery_id, n.notification_id, n.recipient_id, v.device_id, l.attempt_count,
                      now() + interval '1 hour' AS "expire_time!",
                      n.kind, n.title, n.body, n.actor_id, n.subject_id, n.read_time IS NOT NULL AS "read!", v.provider, v.token,
                      coalesce(p.push, true) AS "wanted!", coalesce(r.time_zone, 'UTC') AS "time_zone!",
                      r.quiet_begin AS "quiet_begin?", r.quiet_end AS "quiet_end?"
               FROM dead_letters l
               JOIN notifications n ON n.notification_id = l.notification_id
               JOIN devices v ON v.user_id = n.recipient_id AND v.device_id = l.device_id
               LEFT JOIN recipients r ON r.user_id = n.recipient_id
               LEFT JOIN preferences p ON p.user_id = n.recipient_id AND p.kind = n.kind
               WHERE l.dead_letter_id = $1"#,
            dead_letter_id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Due::from))
    }

    /// A dead letter is done with.
    pub async fn finish_dead_letter(&self, dead_letter_id: Uuid) -> Result<()> {
        sqlx::query!(
            "UPDATE dead_letters SET done_time = now(), lease_time = NULL WHERE dead_letter_id = $1",
            dead_letter_id
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A dead letter stays one; another attempt was made, or none was possible.
    pub async fn return_dead_letter(&self, dead_letter_id: Uuid, attempts: i32, reason: &str) -> Result<()> {
        sqlx::query!(
            "UPDATE dead_letters SET lease_time = NULL, attempt_count = attempt_count + $2, reason = $3
             WHERE dead_letter_id = $1 AND done_time IS NULL",
            dead_letter_id,
            attempts,
            reason
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// What is told of a dead letter.
pub(super) fn event(
    dead_letter_id: Uuid,
    source: &Source,
    fail_time: OffsetDateTime,
    attempt_count: i32,
    cause: Cause,
    reason: &str,
) -> DeadLetterEvent {
    let told = source.key.len() + source.value.len() <= MOST_TOLD;
    DeadLetterEvent {
        dead_letter_id: dead_letter_id.to_string(),
        fail_time: Some(timestamp::to_proto(fail_time)),
        source_topic: source.topic.clone(),
        source_partition: source.partition,
        source_offset: source.offset,
        key: if told { source.key.clone() } else { Vec::new() },
        value: if told { source.value.clone() } else { Vec::new() },
        attempt_count,
        cause: DeadLetterCause::from(cause).into(),
        reason: reason.to_owned(),
    }
}

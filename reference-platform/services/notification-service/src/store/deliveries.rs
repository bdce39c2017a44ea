//! Pushes that are to be made. Whoever takes some has them alone until its lease ends, and then somebody else makes them again: so a
//! push is made at least once.

use std::time::Duration;

use social_database::{Result, timed};
use social_events::{outbox, topics};
use social_proto::notification::v1::DeadLetterCause;
use time::OffsetDateTime;
use uuid::Uuid;

use super::preferences::quiet_hours;
use super::{Store, dead_letters, kind, provider};
use crate::domain::news::Source;
use crate::domain::push::{Due, Provider, Push};

/// Why something is dead. The numbers are those of the contract and of the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum Cause {
    Unreadable = 1,
    Refused = 2,
    Exhausted = 3,
}

impl From<Cause> for DeadLetterCause {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Unreadable => Self::Unreadable,
            Cause::Refused => Self::Refused,
            Cause::Exhausted => Self::Exhausted,
        }
    }
}

/// A push with all that decides about it.
pub(super) struct DueRow {
    pub delivery_id: Uuid,
    pub notification_id: Uuid,
    pub recipient_id: Uuid,
    pub device_id: Uuid,
    pub provider: i16,
    pub attempt_count: i32,
    pub expire_time: OffsetDateTime,
    pub kind: i16,
    pub title: String,
    pub body: String,
    pub actor_id: Option<Uuid>,
    pub subject_id: Option<Uuid>,
    pub read: bool,
    pub token: String,
    pub wanted: bool,
    pub time_zone: String,
    pub quiet_begin: Option<i16>,
    pub quiet_end: Option<i16>,
}

impl From<DueRow> for Due {
    fn from(row: DueRow) -> Self {
        let push = Push {
            delivery_id: row.delivery_id,
            notification_id: row.notification_id,
            kind: kind(row.kind),
            token: row.token,
            title: row.title,
            body: row.body,
            actor_id: row.actor_id,
            subject_id: row.subject_id,
            expire_time: row.expire_time,
        };
        Self {
            push,
            provider: provider(row.provider),
            recipient_id: row.recipient_id,
            device_id: row.device_id,
            attempt_count: row.attempt_count,
            read: row.read,
            wanted: row.wanted,
            quiet_hours: quiet_hours(row.quiet_begin, row.quiet_end),
            time_zone: row.time_zone,
        }
    }
}

impl Store {
    /// Takes at most `limit` pushes that are due, until the end of the lease.
    pub async fn take_deliveries(
        &self,
        provider: Provider,
        limit: i64,
        lease_id: Uuid,
        lease: Duration,
    ) -> Result<Vec<Due>> {
        let query = sqlx::query_as!(
            DueRow,
            r#"WITH due AS (
                   SELECT delivery_id FROM deliveries WHERE provider = $1 AND next_attempt_time <= now()
                   ORDER BY next_attempt_time LIMIT $2 FOR UPDATE SKIP LOCKED
               ), taken AS (
                   UPDATE deliveries d SET lease_id = $3, next_attempt_time = now() + make_interval(secs => $4)
                   FROM due WHERE d.delivery_id = due.delivery_id
                   RETURNING d.delivery_id, d.notification_id, d.recipient_id, d.device_id, d.attempt_count, d.expire_time
               )
               SELECT t.delivery_id, t.notification_id, t.recipient_id, t.device_id, t.attempt_count, t.expire_time,
                      n.kind, n.title, n.body, n.actor_id, n.subject_id, n.read_time IS NOT NULL AS "read!", v.provider, v.token,
                      coalesce(p.push, true) AS "wanted!", coalesce(r.time_zone, 'UTC') AS "time_zone!",
                      r.quiet_begin AS "quiet_begin?", r.quiet_end AS "quiet_end?"
               FROM taken t
               JOIN notifications n ON n.notification_id = t.notification_id
               JOIN devices v ON v.user_id = t.recipient_id AND v.device_id = t.device_id
               LEFT JOIN recipients r ON r.user_id = t.recipient_id
               LEFT JOIN preferences p ON p.user_id = t.recipient_id AND p.kind = n.kind"#,
            provider.number(),
            limit,
            lease_id,
            lease.as_secs_f64()
        );
        let rows = timed("deliveries.take", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(Due::from).collect())
    }

    /// A push is done with: made, or not wanted any more.
    pub async fn finish_delivery(&self, delivery_id: Uuid, lease_id: Uuid) -> Result<()> {
        sqlx::query!("DELETE FROM deliveries WHERE delivery_id = $1 AND lease_id = $2", delivery_id, lease_id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A push waits; `attempts` were made in vain just now, one or none.
    pub async fn postpone_delivery(
        &self,
        delivery_id: Uuid,
        lease_id: Uuid,
        until: OffsetDateTime,
        attempts: i32,
    ) -> Result<()> {
        sqlx::query!(
            "UPDATE deliveries SET next_attempt_time = $3, attempt_count = attempt_count + $4, lease_id = NULL
             WHERE delivery_id = $1 AND lease_id = $2",
            delivery_id,
            lease_id,
            until,
            attempts
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A push becomes a dead letter, which is told. `attempts` were made just now, one or none.
    pub async fn bury_delivery(
        &self,
        delivery_id: Uuid,
        lease_id: Uuid,
        attempts: i32,
        cause: Cause,
        reason: &str,
    ) -> Result<()> {
        social_database::retry(|| async {
            let mut tx = self.pool.begin().await?;
            let dead = sqlx::query!(
                "WITH dead AS (
                     DELETE FROM deliveries WHERE delivery_id = $1 AND lease_id = $2
                     RETURNING delivery_id, notification_id, device_id, attempt_count
                 )
                 INSERT INTO dead_letters (dead_letter_id, notification_id, device_id, attempt_count, cause, reason,
                                           source_topic, source_partition, source_position, key, value)
                 SELECT d.delivery_id, d.notification_id, d.device_id, d.attempt_count + $3, $4, $5,
                        coalesce(s.topic, ''), coalesce(s.partition, 0), coalesce(s.position, 0),
                        coalesce(s.key, ''::bytea), coalesce(s.value, ''::bytea)
                 FROM dead d
                 JOIN notifications n ON n.notification_id = d.notification_id
                 LEFT JOIN sources s ON s.source_id = n.source_id
                 ON CONFLICT (dead_letter_id) DO NOTHING
                 RETURNING source_topic, source_partition, source_position, key, value, attempt_count, fail_time",
                delivery_id,
                lease_id,
                attempts,
                cause as i16,
                reason
            )
            .fetch_optional(&mut *tx)
            .await?;
            // Somebody else has it, or its device is gone.
            let Some(dead) = dead else { return Ok(()) };
            let source = Source {
                topic: dead.source_topic,
                partition: dead.source_partition,
                offset: dead.source_position,
                key: dead.key,
                value: dead.value,
            };
            let event = dead_letters::event(delivery_id, &source, dead.fail_time, dead.attempt_count, cause, reason);
            outbox::add(&mut tx, topics::DEAD_LETTERS, &event).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Of each provider that is switched on: how many pushes wait, counted to 10 000, and for how many seconds the first is due.
    pub async fn measure_deliveries(&self) -> Result<Vec<(Provider, i64, f64)>> {
        let providers: Vec<i16> = self.rules.providers.iter().map(|provider| provider.number()).collect();
        let rows = sqlx::query!(
            r#"SELECT p.provider AS "provider!",
                      (SELECT count(*) FROM (SELECT FROM deliveries d WHERE d.provider = p.provider LIMIT 10000) AS counted)
                          AS "pending!",
                      coalesce((SELECT greatest(extract(epoch FROM now() - d.next_attempt_time)::float8, 0)
                                FROM deliveries d WHERE d.provider = p.provider
                                ORDER BY d.next_attempt_time LIMIT 1), 0) AS "oldest!"
               FROM unnest($1::smallint[]) AS p (provider)"#,
            &providers
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (provider(row.provider), row.pending, row.oldest)).collect())
    }
}

//! The outbox: events are written in the transaction of the change that they tell, and a relay publishes them afterwards. So an
//! event is published if, and only if, the change was committed; perhaps more than once.
//!
//! The table is part of the migrations of each service; the README has it.

use std::collections::HashMap;
use std::future::pending;
use std::ops::ControlFlow;
use std::slice;
use std::time::Duration;

use rdkafka::producer::{FutureProducer, FutureRecord, Producer};
use social_telemetry::context::{Context, extract_pairs};
use sqlx::postgres::PgListener;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::client::Reports;
use crate::publisher::{check, delivered, headers, sending};
use crate::settings::Delivery;
use crate::{Event, Result, Settings};

/// Of the advisory lock that the leading relay of a database holds: "outbox" in ASCII.
const LEADER_LOCK: i64 = 0x6f75_7462_6f78;
/// Records under way at once, and rows deleted at once.
const BATCH: i64 = 200;
/// Between looks at the table when no notification comes, and between attempts to lead.
const POLL: Duration = Duration::from_secs(1);
/// After a failure; doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long a relay that is told to stop waits for records under way.
const LAST_ACKS: Duration = Duration::from_secs(5);
const MEASURE: Duration = Duration::from_secs(5);

/// Adds an event to the transaction, with the trace of the current span. Comes after the row that the key names was locked or
/// changed, so that events of a key get their numbers in the order in which they are committed.
///
/// # Errors
/// As a query fails; and `sqlx::Error::Encode` when the event does not belong to the topic, has no UUID or is too large.
pub async fn add<E: Event>(transaction: &mut PgConnection, topic: &'static str, event: &E) -> sqlx::Result<()> {
    add_all(transaction, topic, slice::from_ref(event)).await
}

/// Adds events to the transaction in their order, as [`add`] does, with one statement for all.
///
/// # Errors
/// Those of [`add`]; then none of them was added.
pub async fn add_all<E: Event>(transaction: &mut PgConnection, topic: &'static str, events: &[E]) -> sqlx::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let checked: Result<Vec<Uuid>> = events.iter().map(|event| check(topic, event)).collect();
    let event_ids = checked.map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let keys: Vec<Vec<u8>> = events.iter().map(|event| event.key().to_vec()).collect();
    let payloads: Vec<Vec<u8>> = events.iter().map(E::encode_to_vec).collect();
    let trace: HashMap<String, String> = social_telemetry::context::inject_pairs().into_iter().collect();
    sqlx::query!(
        "WITH added AS (
             INSERT INTO outbox (event_id, topic, key, payload, headers)
             SELECT event.event_id, $1, event.key, event.payload, $5
             FROM unnest($2::uuid[], $3::bytea[], $4::bytea[]) WITH ORDINALITY AS event (event_id, key, payload, position)
             ORDER BY event.position
             RETURNING id
         )
         SELECT pg_notify('outbox', '') FROM added LIMIT 1",
        topic,
        &event_ids,
        &keys,
        &payloads,
        Json(trace) as _
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Publishes what is in the outbox. Each replica runs one; they agree on which of them does it.
pub struct Relay {
    pool: PgPool,
    settings: Settings,
    producer: FutureProducer<Reports>,
}

/// A row of the outbox.
struct Pending {
    id: i64,
    event_id: Uuid,
    topic: String,
    key: Vec<u8>,
    payload: Vec<u8>,
    headers: Json<HashMap<String, String>>,
}

impl Relay {
    /// Does not wait for a connection. Takes two connections of the pool while it leads, one now and then while it does not.
    ///
    /// # Errors
    /// When a setting is out of the range that the client library takes.
    pub fn new(pool: PgPool, settings: &Settings) -> Result<Self> {
        Ok(Self { pool, settings: settings.clone(), producer: producer(settings)? })
    }

    /// Runs until the token is cancelled. What fails is tried again, after pauses that grow, so this is never an error.
    pub async fn run(mut self, token: CancellationToken) -> anyhow::Result<()> {
        let pool = self.pool.clone();
        tokio::select! {
            () = self.lead_whenever_possible(&token) => {}
            () = measure(&pool) => {}
        }
        Ok(())
    }

    async fn lead_whenever_possible(&mut self, token: &CancellationToken) {
        let mut pause = FIRST_PAUSE;
        while !token.is_cancelled() {
            let wait = match self.lead(token).await {
                Ok(()) => {
                    pause = FIRST_PAUSE;
                    POLL
                }
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "outbox relay starts again");
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    pause
                }
            };
            let jittered = wait.mul_f64(rand::random_range(0.5..1.0));
            let _ = tokio::time::timeout(jittered, token.cancelled()).await;
        }
    }

    /// Returns at once when another relay leads, else when the token is cancelled.
    async fn lead(&mut self, token: &CancellationToken) -> anyhow::Result<()> {
        let mut connection = self.pool.acquire().await?;
        if !take_lead(&mut connection).await? {
            return Ok(());
        }
        // The lock is as long as this session, which must not go back to the pool with it.
        let mut leader = connection.detach();
        tracing::info!("outbox relay leads");
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen("outbox").await?;

        let mut pause = FIRST_PAUSE;
        loop {
            let batch = pending_events(&mut leader).await?;
            let full = batch.len() as i64 == BATCH;
            let wait = match self.publish(&mut leader, &batch, token).await? {
                ControlFlow::Break(()) => return Ok(()),
                ControlFlow::Continue(true) if full => {
                    pause = FIRST_PAUSE;
                    continue;
                }
                ControlFlow::Continue(true) => {
                    pause = FIRST_PAUSE;
                    POLL
                }
                ControlFlow::Continue(false) => {
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    pause
                }
            };
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                () = tokio::time::sleep(wait) => {}
                () = notified(&mut listener), if wait == POLL => {}
            }
        }
    }

    /// Publishes the batch in its order and deletes what was acknowledged. Continues with whether that was all of it; breaks when
    /// told to stop.
    async fn publish(
        &mut self,
        leader: &mut PgConnection,
        batch: &[Pending],
        token: &CancellationToken,
    ) -> anyhow::Result<ControlFlow<(), bool>> {
        let mut deliveries = Vec::with_capacity(batch.len());
        for event in batch {
            let name = self.settings.prefixed(&event.topic);
            let trace = event.headers.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            let sending = sending(&within(event), &event.topic);
            let record =
                FutureRecord::to(&name).key(&event.key).payload(&event.payload).headers(headers(event.event_id, trace));
            match self.producer.send_result(record) {
                Ok(delivery) => deliveries.push((event, sending, delivery)),
                Err((error, _)) => {
                    tracing::warn!(topic = event.topic, %error, "event was not queued");
                    // Going on with later ones would break the order.
                    break;
                }
            }
        }
        let mut complete = deliveries.len() == batch.len();
        let mut published = Vec::with_capacity(deliveries.len());
        // The producer does not give records up, so this ends when the brokers are there again.
        let stopped = async {
            token.cancelled().await;
            tokio::time::sleep(LAST_ACKS).await;
        };
        tokio::pin!(stopped);
        for (event, sending, delivery) in deliveries {
            tokio::select! {
                result = sending.of(delivered(&event.topic, delivery)) => match result {
                    Ok(()) => published.push(event.id),
                    Err(error) => {
                        tracing::warn!(topic = event.topic, %error, "event was not published");
                        complete = false;
                    }
                },
                () = &mut stopped => {
                    complete = false;
                    break;
                }
            }
        }
        sqlx::query!("DELETE FROM outbox WHERE id = ANY($1)", &published).execute(leader).await?;
        if let Some((code, reason)) = self.producer.client().fatal_error() {
            tracing::error!(?code, reason, "kafka producer cannot go on, a new one takes its place");
            self.producer = producer(&self.settings)?;
        }
        Ok(if token.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(complete) })
    }
}

/// The trace that the event was added in.
fn within(event: &Pending) -> Context {
    extract_pairs(event.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())))
}

fn producer(settings: &Settings) -> Result<FutureProducer<Reports>> {
    Ok(settings.producer(Delivery::Unbounded).create_with_context(Reports)?)
}

/// Whether this session leads now. Where its host vanishes, the server notices within half a minute.
async fn take_lead(connection: &mut PgConnection) -> sqlx::Result<bool> {
    let leads = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "leads!""#, LEADER_LOCK)
        .fetch_one(&mut *connection)
        .await?;
    if leads {
        sqlx::query!(
            "SELECT set_config('tcp_keepalives_idle', '10', false) AS idle,
                    set_config('tcp_keepalives_interval', '5', false) AS interval,
                    set_config('tcp_keepalives_count', '3', false) AS count"
        )
        .fetch_one(connection)
        .await?;
    }
    Ok(leads)
}

async fn pending_events(leader: &mut PgConnection) -> sqlx::Result<Vec<Pending>> {
    sqlx::query_as!(
        Pending,
        r#"SELECT id, event_id, topic, key, payload, headers AS "headers: Json<HashMap<String, String>>"
           FROM outbox ORDER BY id LIMIT $1"#,
        BATCH
    )
    .fetch_all(leader)
    .await
}

/// A notification, one of many or none: the table tells what there is. Never, while there is no connection.
async fn notified(listener: &mut PgListener) {
    if listener.recv().await.is_err() {
        return pending().await;
    }
    while listener.next_buffered().is_some() {}
}

/// Every replica tells the same numbers, so that they are there when nobody leads.
async fn measure(pool: &PgPool) {
    loop {
        let measured = sqlx::query!(
            r#"SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT 10000) AS counted) AS "pending!",
                      coalesce((SELECT extract(epoch FROM clock_timestamp() - create_time)::float8
                                FROM outbox ORDER BY id LIMIT 1), 0) AS "oldest_seconds!""#
        )
        .fetch_one(pool)
        .await;
        match measured {
            Ok(outbox) => {
                metrics::gauge!("outbox_pending").set(outbox.pending as f64);
                metrics::gauge!("outbox_oldest_seconds").set(outbox.oldest_seconds);
            }
            Err(error) => tracing::warn!(%error, "outbox was not measured"),
        }
        tokio::time::sleep(MEASURE).await;
    }
}

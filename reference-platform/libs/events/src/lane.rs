//! What is done with the events of one partition, those of a key one after the other: apply, try again, send to the retry topic or
//! to the dead letters. Knows no consumer group.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::FutureExt;
use futures::future;
use rdkafka::message::{Header, OwnedHeaders};
use social_telemetry::context::{adopt, extract_pairs};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, field};

use crate::record::{ATTEMPTS, NOT_BEFORE, REASON, Received, Record, SOURCE_OFFSET, SOURCE_PARTITION, SOURCE_TOPIC};
use crate::{ConsumeError, Handler, OnExhausted, Policy, Publisher, topics};

/// A lane with so many waiting events is full.
const FULL: usize = 32;
const NEARLY_EMPTY: usize = 8;
/// More than `FULL`, for those that are under way when a partition is paused.
const ROOM: usize = 64;
/// Attempts before an event goes to the retry topic.
const ATTEMPTS_IN_PLACE: u32 = 2;
/// Header values that are words of somebody else are cut.
const REASON_CHARACTERS: usize = 500;

/// What all lanes of a consumer share.
pub(crate) struct Work<H> {
    pub(crate) handler: H,
    pub(crate) publisher: Publisher,
    pub(crate) group: String,
    pub(crate) policy: Policy,
    pub(crate) permits: Semaphore,
    /// Told when a lane is nearly empty.
    pub(crate) progress: Arc<Notify>,
}

/// One assigned partition.
pub(crate) struct Lane {
    queue: mpsc::Sender<(i64, Record)>,
    /// The offset after the last event that is done; -1 before the first.
    done: Arc<AtomicI64>,
    committed: i64,
    pub(crate) paused: bool,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Lane {
    pub(crate) fn start<H: Handler>(work: Arc<Work<H>>) -> Self {
        let (queue, records) = mpsc::channel(ROOM);
        let done = Arc::new(AtomicI64::new(-1));
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(work, records, done.clone(), stop.clone()));
        Self { queue, done, committed: -1, paused: false, stop, task }
    }

    /// `offset` is the one in the partition of this lane. False when there is no room.
    pub(crate) fn push(&self, offset: i64, record: Record) -> bool {
        self.queue.try_send((offset, record)).is_ok()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.waiting() >= FULL
    }

    pub(crate) fn is_nearly_empty(&self) -> bool {
        self.waiting() <= NEARLY_EMPTY
    }

    fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// The offset to commit, if there is a new one.
    pub(crate) fn take_done(&mut self) -> Option<i64> {
        let done = self.done.load(Ordering::Acquire);
        (done > self.committed).then(|| {
            self.committed = done;
            done
        })
    }

    /// A commit has failed: what is done is taken again.
    pub(crate) fn uncommitted(&mut self) {
        self.committed = -1;
    }

    /// Takes no further events; waits for those in hand, and drops them after the grace.
    pub(crate) async fn stop(&mut self, grace: Duration) {
        self.stop.cancel();
        if tokio::time::timeout(grace, &mut self.task).await.is_err() {
            tracing::warn!("events in hand were dropped, they will come again");
            self.task.abort();
        }
    }

    pub(crate) fn abort(&self) {
        self.task.abort();
    }
}

impl Drop for Lane {
    /// A consumer that is dropped applies nothing more.
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run<H: Handler>(
    work: Arc<Work<H>>,
    mut records: mpsc::Receiver<(i64, Record)>,
    done: Arc<AtomicI64>,
    stop: CancellationToken,
) {
    while let Some(Some(first)) = stop.run_until_cancelled(records.recv()).await {
        let mut batch = vec![first];
        while batch.len() < work.policy.at_once
            && let Ok(next) = records.try_recv()
        {
            batch.push(next);
        }
        let next = batch.last().map_or(0, |(offset, _)| offset + 1);
        if let Some(unsettled) = work.settle_all(batch, &stop).await {
            done.store(unsettled, Ordering::Release);
            return;
        }
        done.store(next, Ordering::Release);
        if records.len() <= NEARLY_EMPTY {
            work.progress.notify_one();
        }
    }
}

/// Told to stop before the event was done.
struct Stopped;

impl<H: Handler> Work<H> {
    /// Those of different keys at the same time, those of one key in order, and so those that have none. Gives the offset of the
    /// first that was not done, when told to stop: what is after it and was done comes again.
    async fn settle_all(&self, batch: Vec<(i64, Record)>, stop: &CancellationToken) -> Option<i64> {
        let mut keys: HashMap<Option<Vec<u8>>, Vec<(i64, Record)>> = HashMap::new();
        for (offset, record) in batch {
            keys.entry(record.key.clone()).or_default().push((offset, record));
        }
        let in_order = |records: Vec<(i64, Record)>| async move {
            for (offset, record) in records {
                if self.settle(Arc::new(record), stop).await.is_err() {
                    return Some(offset);
                }
            }
            None
        };
        future::join_all(keys.into_values().map(in_order)).await.into_iter().flatten().min()
    }

    /// Returns when the event is applied, or is stored elsewhere.
    async fn settle(&self, record: Arc<Record>, stop: &CancellationToken) -> Result<(), Stopped> {
        if let Some(not_before) = record.not_before {
            wait(not_before.duration_since(SystemTime::now()).unwrap_or_default(), stop).await?;
        }
        let mut attempt = record.attempts;
        loop {
            attempt = attempt.saturating_add(1);
            let error = match self.attempt(&record, attempt).await {
                Ok(()) => {
                    self.count(&record, "applied");
                    return Ok(());
                }
                Err(ConsumeError::Poison(reason)) => return self.bury(&record, attempt, &reason, stop).await,
                Err(ConsumeError::Transient(error)) => error,
            };
            self.count(&record, "failed");
            let Record { topic, partition, offset, .. } = &*record;
            tracing::warn!(topic, partition, offset, attempt, error = format!("{error:#}"), "event was not applied");
            if attempt >= self.policy.attempts {
                if self.policy.on_exhausted == OnExhausted::DeadLetter {
                    return self.bury(&record, attempt, &format!("{error:#}"), stop).await;
                }
            } else if let Some(delay) = self.policy.retry_topic
                && attempt >= ATTEMPTS_IN_PLACE
            {
                return self.defer(&record, attempt, delay, stop).await;
            }
            wait(pause(&self.policy, attempt), stop).await?;
        }
    }

    /// One attempt, within the span that the event continues. Whoever is told to stop waits for it too: what else is in hand has
    /// perhaps been done, and would come again with it.
    async fn attempt(&self, record: &Arc<Record>, attempt: u32) -> Result<(), ConsumeError> {
        let span = tracing::info_span!(
            "consume",
            otel.name = format!("process {}", record.read_from),
            otel.kind = "consumer",
            otel.status_code = field::Empty,
            messaging.system = "kafka",
            messaging.operation.name = "process",
            messaging.operation.type = "process",
            messaging.destination.name = record.read_from,
            messaging.consumer.group.name = self.group,
            messaging.destination.partition.id = record.partition,
            messaging.kafka.offset = record.offset,
            attempt,
        );
        let headers = record.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        adopt(&span, extract_pairs(headers));

        // Closed by nobody.
        let permit = self.permits.acquire().await;
        let started = Instant::now();
        let event = Received::new(record.clone(), attempt);
        let apply = async { self.handler.apply(event).await };
        let caught = AssertUnwindSafe(apply).catch_unwind().instrument(span.clone());
        let outcome = match tokio::time::timeout(self.policy.apply_timeout, caught).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(ConsumeError::Transient(anyhow::anyhow!("the handler has panicked"))),
            Err(_) => Err(ConsumeError::Transient(anyhow::anyhow!("the handler has taken too long"))),
        };
        drop(permit);
        if outcome.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        metrics::histogram!(
            "events_consume_duration_seconds", "topic" => record.topic.clone(), "group" => self.group.clone()
        )
        .record(started.elapsed());
        outcome
    }

    async fn bury(&self, record: &Record, attempt: u32, reason: &str, stop: &CancellationToken) -> Result<(), Stopped> {
        let Record { topic, partition, offset, .. } = record;
        tracing::error!(topic, partition, offset, attempt, reason, "event goes to the dead letters");
        let reason: String = reason.chars().take(REASON_CHARACTERS).collect();
        let headers = source(record, attempt).insert(Header { key: REASON, value: Some(&reason) });
        self.store(&topics::dead_letter(topic, &self.group), record, headers, stop).await?;
        self.count(record, "dead_lettered");
        metrics::counter!(
            "events_dead_lettered_total", "topic" => topic.clone(), "group" => self.group.clone()
        )
        .increment(1);
        Ok(())
    }

    async fn defer(
        &self,
        record: &Record,
        attempt: u32,
        delay: Duration,
        stop: &CancellationToken,
    ) -> Result<(), Stopped> {
        let not_before = (SystemTime::now() + delay).duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let headers = source(record, attempt).insert(Header { key: NOT_BEFORE, value: Some(&not_before.to_string()) });
        self.store(&topics::retry(&record.topic, &self.group), record, headers, stop).await?;
        self.count(record, "retry_topic");
        Ok(())
    }

    /// Returns when the brokers have it: only then may its offset be committed.
    async fn store(
        &self,
        topic: &str,
        record: &Record,
        headers: OwnedHeaders,
        stop: &CancellationToken,
    ) -> Result<(), Stopped> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let sent =
                self.publisher.send(topic, record.key.as_deref(), record.value.as_deref(), headers.clone()).await;
            let Err(error) = sent else { return Ok(()) };
            tracing::warn!(topic, %error, "event was not stored");
            wait(pause(&self.policy, attempt), stop).await?;
        }
    }

    fn count(&self, record: &Record, result: &'static str) {
        metrics::counter!(
            "events_consumed_total",
            "topic" => record.topic.clone(), "group" => self.group.clone(), "result" => result
        )
        .increment(1);
    }
}

/// The headers that the record came with, and where it was.
fn source(record: &Record, attempts: u32) -> OwnedHeaders {
    let own = [SOURCE_TOPIC, SOURCE_PARTITION, SOURCE_OFFSET, ATTEMPTS, NOT_BEFORE, REASON];
    let kept = record.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    kept.fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }))
        .insert(Header { key: SOURCE_TOPIC, value: Some(&record.topic) })
        .insert(Header { key: SOURCE_PARTITION, value: Some(&record.partition.to_string()) })
        .insert(Header { key: SOURCE_OFFSET, value: Some(&record.offset.to_string()) })
        .insert(Header { key: ATTEMPTS, value: Some(&attempts.to_string()) })
}

async fn wait(duration: Duration, stop: &CancellationToken) -> Result<(), Stopped> {
    stop.run_until_cancelled(tokio::time::sleep(duration)).await.ok_or(Stopped)
}

/// Doubles with each attempt; half of it is random, so that what failed together does not come back together.
pub(crate) fn pause(policy: &Policy, attempt: u32) -> Duration {
    let doubled = policy.first_pause.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    doubled.min(policy.longest_pause).mul_f64(rand::random_range(0.5..1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest() {
        let policy = Policy::default();
        for (attempt, longest) in [(1, 200), (2, 400), (5, 3200), (12, 30_000), (u32::MAX, 30_000)] {
            let longest = Duration::from_millis(longest);
            let pause = pause(&policy, attempt);
            assert!(pause >= longest / 2 && pause <= longest, "{attempt}: {pause:?}");
        }
    }
}

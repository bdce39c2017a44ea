//! The one thread that writes an index. It commits what has come within a moment, together with where in the log that was: after a
//! crash the log is read again from there, so that nothing is lost though offsets were committed before.

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use social_events::replay::Positions;
use tantivy::indexer::IndexWriterOptions;
use tantivy::{Index, IndexReader, IndexWriter};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::fields::{self, Fields};
use super::{Error, Result};
use crate::domain::{Change, Kind, Position};

/// Events of one commit at most; as many wait.
const BATCH: usize = 500;
/// After the first event of a commit others are waited for so long.
const LINGER: Duration = Duration::from_millis(200);
/// Between attempts to commit, as when the disk is full.
const PAUSE: Duration = Duration::from_secs(1);
/// The least that tantivy takes.
const MEMORY: usize = 15_000_000;

type Waiter = oneshot::Sender<()>;

enum Job {
    /// An event that means nothing for the index has a position only.
    Event(Option<Box<Change>>, Position),
    Flush(Waiter),
    Close(Waiter),
}

/// Sends to the thread, which ends with it.
pub struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Takes the folder for itself.
    pub fn start(index: &Index, reader: IndexReader, fields: Fields) -> Result<Self> {
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(MEMORY)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer: IndexWriter = index.writer_with_options(options)?;
        let positions = positions(index)?;
        let (jobs, waiting) = mpsc::channel(BATCH);
        let committer = Committer { writer, reader, fields, pending: HashMap::new(), positions };
        thread::Builder::new().name("index-writer".to_owned()).spawn(move || committer.run(waiting))?;
        Ok(Writer { jobs })
    }

    /// Returns when the event has its place in the queue, which is full while nothing can be committed.
    pub async fn enqueue(&self, change: Option<Change>, position: Position) -> Result<()> {
        self.jobs.send(Job::Event(change.map(Box::new), position)).await.map_err(|_| closed())
    }

    /// Returns when what was enqueued before is on the disk.
    pub async fn flush(&self) -> Result<()> {
        self.wait(Job::Flush).await
    }

    /// As [`flush`](Self::flush), and the folder is free.
    pub async fn close(&self) {
        // An error means that it is closed.
        let _ = self.wait(Job::Close).await;
    }

    async fn wait(&self, job: impl FnOnce(Waiter) -> Job) -> Result<()> {
        let (waiter, done) = oneshot::channel();
        self.jobs.send(job(waiter)).await.map_err(|_| closed())?;
        done.await.map_err(|_| closed())
    }
}

/// Up to where the log is in the index, as its last commit says.
pub fn positions(index: &Index) -> Result<Positions> {
    let Some(payload) = index.load_metas()?.payload else { return Ok(Positions::new()) };
    let noted: Vec<Position> = serde_json::from_str(&payload).map_err(|error| Error(error.to_string()))?;
    Ok(noted.into_iter().map(|position| ((position.topic, position.partition), position.next)).collect())
}

fn closed() -> Error {
    Error("it is closed".to_owned())
}

/// What the thread has.
struct Committer {
    writer: IndexWriter,
    reader: IndexReader,
    fields: Fields,
    /// Sequences of what is not committed yet.
    pending: HashMap<(Kind, Uuid), i64>,
    /// Up to where events came, whether or not that is committed.
    positions: Positions,
}

impl Committer {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            if matches!(first, Job::Event(..)) {
                thread::sleep(LINGER);
            }
            let mut batch = vec![first];
            while batch.len() < BATCH
                && let Ok(job) = jobs.try_recv()
            {
                batch.push(job);
            }
            let (mut changes, mut waiting, mut closing) = (Vec::new(), Vec::new(), false);
            for job in batch {
                match job {
                    Job::Event(change, position) => {
                        changes.extend(change);
                        self.note(position);
                    }
                    Job::Flush(waiter) => waiting.push(waiter),
                    Job::Close(waiter) => {
                        waiting.push(waiter);
                        closing = true;
                    }
                }
            }
            self.insist(&changes, !waiting.is_empty());
            if closing {
                jobs.close();
                drop(self.writer);
                waiting.into_iter().for_each(answer);
                return;
            }
            waiting.into_iter().for_each(answer);
        }
    }

    fn note(&mut self, position: Position) {
        let known = self.positions.entry((position.topic, position.partition)).or_default();
        *known = position.next.max(*known);
    }

    /// Tries until it is committed. Positions alone are committed only where somebody waits: reading events again does no harm.
    fn insist(&mut self, changes: &[Box<Change>], waited_for: bool) {
        while let Err(error) = self.write(changes, waited_for) {
            tracing::error!(%error, "the index cannot be written");
            metrics::counter!("search_commit_failures_total").increment(1);
            self.pending.clear();
            if let Err(error) = self.writer.rollback() {
                tracing::error!(%error, "the index cannot go back to its last commit");
            }
            thread::sleep(PAUSE);
        }
    }

    fn write(&mut self, changes: &[Box<Change>], waited_for: bool) -> Result<()> {
        for change in changes {
            self.stage(change)?;
        }
        if self.pending.is_empty() && !waited_for {
            return Ok(());
        }
        let positions = self.positions.iter().map(|((topic, partition), next)| Position {
            topic: topic.clone(),
            partition: *partition,
            next: *next,
        });
        let payload =
            serde_json::to_string(&positions.collect::<Vec<_>>()).map_err(|error| Error(error.to_string()))?;
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&payload);
        commit.commit()?;
        self.reader.reload()?;
        metrics::counter!("search_indexed_total").increment(self.pending.len() as u64);
        self.pending.clear();
        Ok(())
    }

    /// Replaces a document, unless it is as new as the change.
    fn stage(&mut self, change: &Change) -> Result<()> {
        let key = (change.kind, change.id);
        let known = match self.pending.get(&key) {
            Some(sequence) => Some(*sequence),
            None => fields::sequence(&self.reader.searcher(), self.fields, change.kind, change.id)?,
        };
        if known.is_some_and(|known| change.sequence <= known) {
            return Ok(());
        }
        let document = self.fields.document(change)?;
        self.writer.delete_term(self.fields.key(change.kind, change.id));
        self.writer.add_document(document)?;
        self.pending.insert(key, change.sequence);
        Ok(())
    }
}

/// Who does not wait any more needs no answer.
fn answer(waiter: Waiter) {
    let _ = waiter.send(());
}

//! Makes of an upload what can be fetched, and removes what is not needed any more. Work comes from the table of jobs; any replica
//! takes any job, and one that dies is followed by another.

mod image;
mod mp4;
mod playlist;
mod poster;
mod ts;
mod video;
mod wipe;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use self::playlist::signed as signed_playlist;

use crate::domain::{ContentType, Kind, Processed};
use crate::objects::{Objects, all_keys, upload_key};
use crate::store::{Job, Store, Task};

/// A file on which work was begun more often has taken its workers with it.
const MAX_ATTEMPTS: i32 = 5;
/// More than an hour, with the pauses between.
const MAX_PUT_OFF: i32 = 20;
/// Between attempts; doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// What is said when there is no better reason.
const UNUSABLE: &str = "it could not be processed";

/// Why there are no variants.
enum Failure {
    /// The file cannot be used: a reason for its owner.
    Refused(String),
    /// It may go well later.
    Later(anyhow::Error),
}

impl From<object_store::Error> for Failure {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Failure::Refused(UNUSABLE.to_owned()),
            error => Failure::Later(error.into()),
        }
    }
}

impl From<social_runtime::Error> for Failure {
    fn from(error: social_runtime::Error) -> Self {
        Failure::Later(error.into())
    }
}

/// Does one job after the other. Several may run in a process.
#[derive(Clone)]
pub struct Worker {
    pub store: Store,
    pub objects: Objects,
    /// Told when this process has made a job.
    pub wake: Arc<Notify>,
    /// How long a worker may be silent before its job is taken from it.
    pub lease: Duration,
    /// How often jobs of other replicas are looked for.
    pub poll: Duration,
    pub ffmpeg: Option<PathBuf>,
}

impl Worker {
    /// Works until `stop` is cancelled; a job in hand is given back then.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.store.claim(self.lease).await {
                Ok(Some(job)) => self.work(&job, &stop).await,
                Ok(None) => self.rest(&stop).await,
                Err(error) => {
                    tracing::warn!(%error, "no job could be taken");
                    self.rest(&stop).await;
                }
            }
        }
    }

    async fn rest(&self, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.wake.notified() => {}
            () = tokio::time::sleep(self.poll) => {}
        }
    }

    #[tracing::instrument(skip_all, fields(media_id = %job.media_id, task = ?job.task))]
    async fn work(&self, job: &Job, stop: &CancellationToken) {
        let start = Instant::now();
        // Less than the lease, so that nobody else has the job while this goes on.
        let done = tokio::time::timeout(self.lease.mul_f64(0.8), self.perform(job));
        let given_back = match stop.run_until_cancelled(done).await {
            Some(Ok(Ok(outcome))) => {
                metrics::counter!("media_jobs_total", "task" => name(job.task), "outcome" => outcome).increment(1);
                metrics::histogram!("media_job_duration_seconds", "task" => name(job.task)).record(start.elapsed());
                return;
            }
            Some(Ok(Err(error))) => {
                tracing::warn!(error = format!("{error:#}"), put_off = job.put_off, "a job is put off");
                metrics::counter!("media_jobs_total", "task" => name(job.task), "outcome" => "put_off").increment(1);
                self.store.postpone(job, pause(job.put_off), false).await
            }
            Some(Err(_)) => {
                tracing::warn!(attempts = job.attempts, "a job took too long");
                metrics::counter!("media_jobs_total", "task" => name(job.task), "outcome" => "too_long").increment(1);
                self.store.postpone(job, pause(job.put_off), true).await
            }
            None => self.store.release(job).await,
        };
        if let Err(error) = given_back {
            tracing::warn!(%error, "a job waits until its lease ends");
        }
    }

    /// Gives how it went, as a label.
    async fn perform(&self, job: &Job) -> anyhow::Result<&'static str> {
        match job.task {
            Task::Process => match self.process(job).await {
                Ok(processed) => self.ready(job, &processed).await,
                Err(Failure::Refused(reason)) => self.failed(job, &reason).await,
                Err(Failure::Later(error)) => Err(error),
            },
            Task::Clean => self.clean(job).await,
            Task::Delete => {
                self.objects.remove(all_keys(job.media_id)).await?;
                self.store.deleted(job).await?;
                Ok("deleted")
            }
        }
    }

    async fn process(&self, job: &Job) -> Result<Processed, Failure> {
        let Some(content_type) =
            job.content_type.filter(|_| job.attempts <= MAX_ATTEMPTS && job.put_off <= MAX_PUT_OFF)
        else {
            return Err(Failure::Refused(UNUSABLE.to_owned()));
        };
        match content_type.kind() {
            Kind::Image => image::process(&self.objects, job.media_id, content_type).await,
            Kind::Video if content_type == ContentType::Mp4 => {
                video::process_mp4(&self.objects, self.ffmpeg.as_deref(), job).await
            }
            Kind::Video => video::process_ts(&self.objects, self.ffmpeg.as_deref(), job).await,
        }
    }

    async fn ready(&self, job: &Job, processed: &Processed) -> anyhow::Result<&'static str> {
        if self.store.ready(job, processed).await? {
            return self.clean(job).await.map(|_| "ready");
        }
        // Somebody else's now, or deleted: then nobody will look for what was just made.
        if self.store.known(&[job.media_id]).await?.is_empty() {
            self.objects.remove(all_keys(job.media_id)).await?;
        }
        Ok("superseded")
    }

    async fn failed(&self, job: &Job, reason: &str) -> anyhow::Result<&'static str> {
        self.objects.remove(all_keys(job.media_id)).await?;
        let told = self.store.failed(job, reason).await?;
        Ok(if told { "failed" } else { "superseded" })
    }

    async fn clean(&self, job: &Job) -> anyhow::Result<&'static str> {
        self.objects.remove(vec![upload_key(job.media_id)]).await?;
        self.store.finish(job).await?;
        Ok("cleaned")
    }
}

fn name(task: Task) -> &'static str {
    match task {
        Task::Process => "process",
        Task::Clean => "clean",
        Task::Delete => "delete",
    }
}

fn pause(put_off: i32) -> Duration {
    let doublings = u32::try_from(put_off).unwrap_or_default().min(10);
    (FIRST_PAUSE * 2u32.pow(doublings)).min(LONGEST_PAUSE)
}

/// A reason for the owner of a file.
fn refused(reason: impl Into<String>) -> Failure {
    Failure::Refused(reason.into())
}

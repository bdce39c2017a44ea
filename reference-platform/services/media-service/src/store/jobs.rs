//! The table of work. A job is taken under a lease; one whose holder is silent for too long is taken by somebody else.

use std::time::Duration;

use social_database::{Result, timed};
use uuid::Uuid;

use super::Store;
use crate::domain::ContentType;

/// A piece of work that was taken.
#[derive(Clone, Debug)]
pub struct Job {
    pub media_id: Uuid,
    pub task: Task,
    /// How often it was taken without coming back, this time included.
    pub attempts: i32,
    /// How often it was put off.
    pub put_off: i32,
    pub content_type: Option<ContentType>,
    pub size_bytes: u64,
    pub(super) lease_id: Uuid,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Make the variants.
    Process,
    /// Remove the uploaded bytes of a file that is ready.
    Clean,
    /// Remove everything.
    Delete,
}

impl Store {
    /// Takes the job that waits longest; it is the caller's for the length of the lease. `None` if there is nothing to do.
    pub async fn claim(&self, lease: Duration) -> Result<Option<Job>> {
        let lease_id = Uuid::new_v4();
        let query = sqlx::query!(
            "UPDATE jobs SET attempts = attempts + 1, lease_id = $1, run_time = now() + make_interval(secs => $2)
             FROM media
             WHERE media.media_id = jobs.media_id AND jobs.media_id = (
                 SELECT media_id FROM jobs WHERE run_time <= now() ORDER BY run_time LIMIT 1 FOR UPDATE SKIP LOCKED
             )
             RETURNING jobs.media_id, jobs.task, jobs.attempts, jobs.put_off, media.content_type, media.size_bytes",
            lease_id,
            lease.as_secs_f64()
        );
        let row = timed("jobs.claim", query.fetch_optional(&self.pool)).await?;
        Ok(row.map(|row| Job {
            media_id: row.media_id,
            task: task(row.task),
            attempts: row.attempts,
            put_off: row.put_off,
            content_type: ContentType::parse(&row.content_type),
            size_bytes: row.size_bytes.unsigned_abs(),
            lease_id,
        }))
    }

    /// Gives a job back that could not be done now. `attempt` says whether it was the job's own fault. Nothing happens if it is
    /// somebody else's meanwhile.
    pub async fn postpone(&self, job: &Job, pause: Duration, attempt: bool) -> Result<()> {
        let forgiven = if attempt { 0 } else { 1 };
        let query = sqlx::query!(
            "UPDATE jobs SET run_time = now() + make_interval(secs => $3), lease_id = NULL,
                    attempts = greatest(attempts - $4, 0), put_off = put_off + 1
             WHERE media_id = $1 AND lease_id = $2",
            job.media_id,
            job.lease_id,
            pause.as_secs_f64(),
            forgiven
        );
        timed("jobs.postpone", query.execute(&self.pool)).await?;
        Ok(())
    }

    /// Gives a job back at once, as if it had not been taken: this process stops.
    pub async fn release(&self, job: &Job) -> Result<()> {
        let query = sqlx::query!(
            "UPDATE jobs SET run_time = now(), attempts = greatest(attempts - 1, 0), lease_id = NULL
             WHERE media_id = $1 AND lease_id = $2",
            job.media_id,
            job.lease_id
        );
        timed("jobs.release", query.execute(&self.pool)).await?;
        Ok(())
    }

    /// Ends a job that leaves nothing to tell.
    pub async fn finish(&self, job: &Job) -> Result<()> {
        let query = sqlx::query!("DELETE FROM jobs WHERE media_id = $1 AND lease_id = $2", job.media_id, job.lease_id);
        timed("jobs.finish", query.execute(&self.pool)).await?;
        Ok(())
    }
}

/// A constraint of the table sees to it that the number is no other.
fn task(number: i16) -> Task {
    match number {
        1 => Task::Process,
        2 => Task::Clean,
        _ => Task::Delete,
    }
}

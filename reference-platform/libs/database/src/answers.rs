//! Stored answers: a request that comes again with its `request_id` gets the answer that it got before.
//!
//! The answer is stored in the transaction of the write, so there is one exactly when the write happened. The table is part of
//! the migrations of each service; the README has it.

use std::time::Duration;

use prost::Message;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Result;

/// How long a client may repeat a request.
const RETENTION_HOURS: i32 = 24;
const PURGE_PERIOD: Duration = Duration::from_secs(10 * 60);
const PURGE_BATCH: i64 = 500;

/// Which request it is: whose, of which method, with which id and which content.
#[derive(Debug, Clone)]
pub struct Key {
    account_id: Uuid,
    method: &'static str,
    request_id: Uuid,
    request_hash: Vec<u8>,
}

impl Key {
    /// `account_id` is the caller, `Uuid::nil()` where nobody is logged in yet. `method` is the full name of the RPC. `request` is
    /// hashed: take secrets out before, a hash of a password can be guessed at. It contains no map, whose order would vary.
    pub fn new(account_id: Uuid, method: &'static str, request_id: Uuid, request: &impl Message) -> Self {
        let request_hash = Sha256::digest(request.encode_to_vec()).to_vec();
        Key { account_id, method, request_id, request_hash }
    }

    /// The number of the advisory lock. Two keys with the same number wait for each other and do no other harm.
    fn lock(&self) -> i64 {
        let digest = Sha256::new()
            .chain_update(self.account_id)
            .chain_update(self.request_id)
            .chain_update(self.method)
            .finalize();
        digest.iter().take(8).fold(0, |number, byte| number << 8 | i64::from(*byte))
    }
}

/// Locks the key until the transaction ends and gives the answer that was stored under it. The second of two simultaneous
/// requests waits here and finds the answer of the first.
///
/// # Errors
/// FAILED_PRECONDITION when the id was used for another request; UNAVAILABLE when the first takes longer than the lock timeout.
pub async fn find<A: Message + Default>(transaction: &mut PgConnection, key: &Key) -> Result<Option<A>> {
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", key.lock()).execute(&mut *transaction).await?;
    let stored = sqlx::query!(
        "SELECT request_hash, answer FROM stored_answers WHERE account_id = $1 AND method = $2 AND request_id = $3",
        key.account_id,
        key.method,
        key.request_id
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(stored) = stored else { return Ok(None) };
    if stored.request_hash != key.request_hash {
        let refusal = social_runtime::Error::failed_precondition("request_id was used for another request");
        return Err(refusal.with_reason("REQUEST_ID_REUSED").into());
    }
    let answer = A::decode(stored.answer.as_slice()).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(Some(answer))
}

/// Stores the answer, in the transaction that called [`find`] and made the change. Secrets are taken out of the answer before.
pub async fn store(transaction: &mut PgConnection, key: &Key, answer: &impl Message) -> Result<()> {
    sqlx::query!(
        "INSERT INTO stored_answers (account_id, method, request_id, request_hash, answer) VALUES ($1, $2, $3, $4, $5)",
        key.account_id,
        key.method,
        key.request_id,
        key.request_hash,
        answer.encode_to_vec()
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// Deletes answers that are older than 24 hours until `stop` is cancelled. Every replica may run it: each takes rows that no
/// other one has locked. A failure is logged and the next round tries again.
pub async fn purge(pool: PgPool, stop: CancellationToken) {
    loop {
        // Random, so that replicas that were started together do not come together.
        let pause = rand::random_range(PURGE_PERIOD / 2..PURGE_PERIOD);
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        match stop.run_until_cancelled(purge_expired(&pool)).await {
            None => return,
            Some(Ok(0)) => {}
            Some(Ok(count)) => tracing::debug!(count, "stored answers purged"),
            Some(Err(error)) => tracing::warn!(%error, "stored answers could not be purged"),
        }
    }
}

/// One round of [`purge`], in batches so that no statement runs or locks for long. Gives the number of deleted answers.
pub async fn purge_expired(pool: &PgPool) -> Result<u64> {
    let mut count = 0;
    loop {
        let deleted = sqlx::query!(
            "DELETE FROM stored_answers WHERE (account_id, method, request_id) IN (
                 SELECT account_id, method, request_id FROM stored_answers
                 WHERE create_time < now() - make_interval(hours => $1)
                 ORDER BY create_time LIMIT $2 FOR UPDATE SKIP LOCKED
             )",
            RETENTION_HOURS,
            PURGE_BATCH
        )
        .execute(pool)
        .await?
        .rows_affected();
        count += deleted;
        if deleted < PURGE_BATCH.unsigned_abs() {
            return Ok(count);
        }
    }
}

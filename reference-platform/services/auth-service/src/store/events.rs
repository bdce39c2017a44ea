//! Events about an account, written to the outbox with their numbers.

use social_database::Result;
use social_events::{outbox, topics};
use social_proto::auth::v1::account_event::Event;
use social_proto::auth::v1::{
    AccountDeleted, AccountEvent, AccountRegistered, PasswordChanged, RevocationReason, SessionsRevoked,
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::Reason;

/// Locks the account until the transaction ends; false when there is none.
pub async fn lock(tx: &mut PgConnection, account_id: Uuid) -> Result<bool> {
    let found =
        sqlx::query_scalar!("SELECT account_id FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE", account_id)
            .fetch_optional(tx)
            .await?;
    Ok(found.is_some())
}

pub async fn registered(tx: &mut PgConnection, account_id: Uuid, handle: &str) -> Result<()> {
    add(tx, account_id, Event::Registered(AccountRegistered { handle: handle.to_owned() })).await
}

pub async fn password_changed(tx: &mut PgConnection, account_id: Uuid) -> Result<()> {
    add(tx, account_id, Event::PasswordChanged(PasswordChanged {})).await
}

/// At most [`crate::domain::MAX_SESSIONS_PER_EVENT`] sessions.
pub async fn sessions_revoked(
    tx: &mut PgConnection,
    account_id: Uuid,
    sessions: &[Uuid],
    reason: Reason,
) -> Result<()> {
    let reason = match reason {
        Reason::Logout => RevocationReason::Logout,
        Reason::PasswordChanged => RevocationReason::PasswordChanged,
        Reason::ReuseDetected => RevocationReason::ReuseDetected,
    };
    let session_ids = sessions.iter().map(Uuid::to_string).collect();
    add(tx, account_id, Event::SessionsRevoked(SessionsRevoked { session_ids, reason: reason.into() })).await
}

/// To be called before the row goes, which holds the number.
pub async fn deleted(tx: &mut PgConnection, account_id: Uuid) -> Result<()> {
    add(tx, account_id, Event::Deleted(AccountDeleted {})).await
}

async fn add(tx: &mut PgConnection, account_id: Uuid, event: Event) -> Result<()> {
    let sequence = sqlx::query_scalar!(
        "UPDATE accounts SET event_sequence = event_sequence + 1 WHERE account_id = $1 RETURNING event_sequence",
        account_id
    )
    .fetch_one(&mut *tx)
    .await?;
    let event = AccountEvent {
        event_id: Uuid::now_v7().to_string(),
        occur_time: Some(social_runtime::timestamp::to_proto(OffsetDateTime::now_utc())),
        account_id: account_id.to_string(),
        sequence,
        event: Some(event),
    };
    Ok(outbox::add(tx, topics::ACCOUNT_EVENTS, &event).await?)
}

//! What is told others, into the outbox of the transaction that makes it true.

use social_database::Result;
use social_events::{outbox, topics};
use social_proto::user::v1::user_event::Event;
use social_proto::user::v1::{GraphChange, GraphEvent, UserEvent};
use social_runtime::timestamp;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::graph::{Change, EdgeEvent};

/// Tells what happened to a profile, with the next number of its events. The member is locked by the transaction.
pub(super) async fn tell_user(tx: &mut PgConnection, user_id: Uuid, event: Event) -> Result<()> {
    let sequence = sqlx::query_scalar!(
        "UPDATE members SET event_sequence = event_sequence + 1 WHERE user_id = $1 RETURNING event_sequence",
        user_id
    )
    .fetch_one(&mut *tx)
    .await?;
    let event = UserEvent {
        event_id: Uuid::now_v7().to_string(),
        occur_time: Some(timestamp::to_proto(OffsetDateTime::now_utc())),
        user_id: user_id.to_string(),
        sequence,
        event: Some(event),
    };
    outbox::add(tx, topics::USER_EVENTS, &event).await?;
    Ok(())
}

/// Tells the whole profile as it is now. The member is locked by the transaction.
pub(super) async fn tell_profile(tx: &mut PgConnection, user_id: Uuid) -> Result<()> {
    let row = sqlx::query!(
        "SELECT p.handle, p.display_name, p.bio, p.avatar_media_id, s.discoverable
         FROM profiles p JOIN settings s ON s.user_id = p.user_id
         WHERE p.user_id = $1",
        user_id
    )
    .fetch_one(&mut *tx)
    .await?;
    let updated = social_proto::user::v1::ProfileUpdated {
        handle: row.handle,
        display_name: row.display_name,
        bio: row.bio,
        avatar_media_id: row.avatar_media_id.map(|id| id.to_string()).unwrap_or_default(),
        discoverable: row.discoverable,
    };
    tell_user(tx, user_id, Event::Updated(updated)).await
}

/// Tells what happened to an edge. The member where it begins is locked by the transaction.
pub(super) async fn tell_edge(tx: &mut PgConnection, edge: EdgeEvent) -> Result<()> {
    let change = match edge.change {
        Change::Followed => GraphChange::Followed,
        Change::Unfollowed => GraphChange::Unfollowed,
        Change::Blocked => GraphChange::Blocked,
        Change::Unblocked => GraphChange::Unblocked,
    };
    let event = GraphEvent {
        event_id: Uuid::now_v7().to_string(),
        occur_time: Some(timestamp::to_proto(edge.time)),
        from_user_id: edge.from.to_string(),
        to_user_id: edge.to.to_string(),
        change: change.into(),
    };
    outbox::add(tx, topics::GRAPH_EVENTS, &event).await?;
    Ok(())
}

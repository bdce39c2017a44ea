//! What each user is told, in order. Positions of a user are given under the lock of the user's row, so they become visible in their
//! order and without gaps: whoever has read all up to one has missed nothing before it.

use std::collections::HashMap;

use social_database::{Result, timed};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Store;
use crate::domain::{Kept, Message, Place, Receipt, ReceiptKind};

const MESSAGE: i16 = 1;
const DELIVERED: i16 = 2;
const READ: i16 = 3;

impl Store {
    /// The last position of a user, 0 for one who was never a member.
    pub async fn last_position(&self, user_id: Uuid) -> Result<i64> {
        let query = sqlx::query_scalar!("SELECT last_position FROM inboxes WHERE user_id = $1", user_id);
        Ok(timed("inbox.last", query.fetch_optional(&self.pool)).await?.unwrap_or_default())
    }

    /// The last positions of some users.
    pub async fn last_positions(&self, user_ids: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
        let query = sqlx::query!("SELECT user_id, last_position FROM inboxes WHERE user_id = ANY ($1)", user_ids);
        let rows = timed("inbox.last_many", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().map(|row| (row.user_id, row.last_position)).collect())
    }

    /// What is kept for a user after a position and up to another one, in order, of conversations whose member the user is.
    pub async fn kept(&self, user_id: Uuid, after: i64, last: i64, limit: i64) -> Result<Vec<(i64, Kept)>> {
        let query = sqlx::query_as!(
            EntryRow,
            r#"SELECT entry.position, entry.conversation_id, entry.kind, entry.sequence, entry.member_id,
                 message.message_id AS "message_id?", message.sender_id AS "sender_id?", message.text AS "text?",
                 message.media_ids AS "media_ids?", message.send_time AS "send_time?", message.delete_time
             FROM inbox_entries AS entry
             JOIN members AS mine ON mine.conversation_id = entry.conversation_id AND mine.user_id = entry.user_id
             LEFT JOIN messages AS message
                 ON entry.kind = 1 AND message.conversation_id = entry.conversation_id AND message.sequence = entry.sequence
             WHERE entry.user_id = $1 AND entry.position > $2 AND entry.position <= $3 AND entry.sequence > mine.joined_after
             ORDER BY entry.position LIMIT $4"#,
            user_id,
            after,
            last,
            limit
        );
        let rows = timed("inbox.read", query.fetch_all(&self.pool)).await?;
        Ok(rows.into_iter().filter_map(|row| Some((row.position, row.kept()?))).collect())
    }
}

struct EntryRow {
    position: i64,
    conversation_id: Uuid,
    kind: i16,
    sequence: i64,
    member_id: Option<Uuid>,
    message_id: Option<Uuid>,
    sender_id: Option<Uuid>,
    text: Option<String>,
    media_ids: Option<Vec<Uuid>>,
    send_time: Option<OffsetDateTime>,
    delete_time: Option<OffsetDateTime>,
}

impl EntryRow {
    /// There is always something: members of a conversation have its messages, and constraints see to the rest.
    fn kept(self) -> Option<Kept> {
        let kind = match self.kind {
            MESSAGE => {
                return Some(Kept::Message(Message {
                    id: self.message_id?,
                    conversation_id: self.conversation_id,
                    sequence: self.sequence,
                    sender_id: self.sender_id?,
                    text: self.text?,
                    media_ids: self.media_ids?,
                    send_time: self.send_time?,
                    deleted: self.delete_time.is_some(),
                }));
            }
            DELIVERED => ReceiptKind::Delivered,
            _ => ReceiptKind::Read,
        };
        let (conversation_id, sequence) = (self.conversation_id, self.sequence);
        Some(Kept::Receipt(Receipt { conversation_id, user_id: self.member_id?, kind, sequence }))
    }
}

/// Makes inboxes of those who have none.
pub(super) async fn open(connection: &mut PgConnection, user_ids: &[Uuid]) -> Result<()> {
    sqlx::query!(
        "INSERT INTO inboxes (user_id) SELECT user_id FROM unnest($1::uuid[]) AS opened (user_id) ORDER BY user_id
         ON CONFLICT (user_id) DO NOTHING",
        user_ids
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes the next position of each user. Rows are locked in the order of their users: two that want the same do not wait for each
/// other.
pub(super) async fn advance(connection: &mut PgConnection, user_ids: &[Uuid]) -> Result<Vec<Place>> {
    let places = sqlx::query_as!(
        Place,
        "WITH locked AS (
             SELECT user_id FROM inboxes WHERE user_id = ANY ($1) ORDER BY user_id FOR UPDATE
         )
         UPDATE inboxes SET last_position = last_position + 1 FROM locked WHERE inboxes.user_id = locked.user_id
         RETURNING inboxes.user_id, last_position AS position",
        user_ids
    )
    .fetch_all(connection)
    .await?;
    Ok(places)
}

/// Puts a message into inboxes.
pub(super) async fn add_message(connection: &mut PgConnection, places: &[Place], message: &Message) -> Result<()> {
    let (users, positions) = columns(places);
    sqlx::query!(
        "INSERT INTO inbox_entries (user_id, position, conversation_id, kind, sequence)
         SELECT user_id, position, $3, 1, $4 FROM unnest($1::uuid[], $2::bigint[]) AS place (user_id, position)",
        &users,
        &positions,
        message.conversation_id,
        message.sequence
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes a conversation the first one in the lists of its members.
pub(super) async fn raise(connection: &mut PgConnection, places: &[Place], conversation_id: Uuid) -> Result<()> {
    let (users, positions) = columns(places);
    sqlx::query!(
        "UPDATE members SET latest_position = place.position
         FROM unnest($1::uuid[], $2::bigint[]) AS place (user_id, position)
         WHERE members.conversation_id = $3 AND members.user_id = place.user_id",
        &users,
        &positions,
        conversation_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts a receipt into inboxes, where it takes the place of the one before it.
pub(super) async fn add_receipt(connection: &mut PgConnection, places: &[Place], receipt: &Receipt) -> Result<()> {
    let (users, positions) = columns(places);
    let kind = match receipt.kind {
        ReceiptKind::Delivered => DELIVERED,
        ReceiptKind::Read => READ,
    };
    sqlx::query!(
        "INSERT INTO inbox_entries (user_id, position, conversation_id, kind, sequence, member_id)
         SELECT user_id, position, $3, $4, $5, $6 FROM unnest($1::uuid[], $2::bigint[]) AS place (user_id, position)
         ON CONFLICT (user_id, conversation_id, member_id, kind) WHERE kind > 1
         DO UPDATE SET position = excluded.position, sequence = excluded.sequence",
        &users,
        &positions,
        receipt.conversation_id,
        kind,
        receipt.sequence,
        receipt.user_id
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn columns(places: &[Place]) -> (Vec<Uuid>, Vec<i64>) {
    places.iter().map(|place| (place.user_id, place.position)).unzip()
}

//! Conversations as their members read them.

use std::collections::HashMap;

use social_database::{Result, timed};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Store, members};
use crate::domain::{Conversation, Member};

impl Store {
    /// One conversation of the caller.
    pub async fn conversation(&self, conversation_id: Uuid, caller_id: Uuid) -> Result<Option<Conversation>> {
        let mut connection = self.pool.acquire().await?;
        find(&mut connection, conversation_id, caller_id).await
    }

    /// Conversations of a user whose latest message is before a position in the user's inbox, the latest one first; each with its
    /// position.
    pub async fn conversations_of(&self, user_id: Uuid, before: i64, limit: i64) -> Result<Vec<(i64, Conversation)>> {
        let query = sqlx::query!(
            "SELECT conversation_id, latest_position, creator_id, direct, title, create_time, last_sequence
             FROM members JOIN conversations USING (conversation_id)
             WHERE user_id = $1 AND latest_position < $2 ORDER BY latest_position DESC LIMIT $3",
            user_id,
            before,
            limit
        );
        let rows = timed("conversations.of_user", query.fetch_all(&self.pool)).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.conversation_id).collect();
        let mut members = self.members_of(&ids).await?;
        let conversations = rows.into_iter().map(|row| {
            let conversation = Conversation {
                id: row.conversation_id,
                creator_id: row.creator_id,
                direct: row.direct,
                title: row.title,
                members: members.remove(&row.conversation_id).unwrap_or_default(),
                create_time: row.create_time,
                last_sequence: row.last_sequence,
            };
            (row.latest_position, conversation)
        });
        Ok(conversations.collect())
    }

    async fn members_of(&self, conversation_ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<Member>>> {
        let query = sqlx::query!(
            "SELECT conversation_id, user_id, joined_after, delivered_sequence, read_sequence
             FROM members WHERE conversation_id = ANY ($1) ORDER BY conversation_id, user_id LIMIT 10100",
            conversation_ids
        );
        let mut members: HashMap<Uuid, Vec<Member>> = HashMap::new();
        for row in timed("members.of_conversations", query.fetch_all(&self.pool)).await? {
            members.entry(row.conversation_id).or_default().push(Member {
                user_id: row.user_id,
                joined_after: row.joined_after,
                delivered: row.delivered_sequence,
                read: row.read_sequence,
            });
        }
        Ok(members)
    }
}

/// A conversation without its lock, if the caller is a member.
pub(super) async fn find(
    connection: &mut PgConnection,
    conversation_id: Uuid,
    caller_id: Uuid,
) -> Result<Option<Conversation>> {
    let row = sqlx::query!(
        "SELECT creator_id, direct, title, create_time, last_sequence
         FROM members JOIN conversations USING (conversation_id) WHERE conversation_id = $1 AND user_id = $2",
        conversation_id,
        caller_id
    );
    let Some(row) = timed("conversations.get", row.fetch_optional(&mut *connection)).await? else { return Ok(None) };
    Ok(Some(Conversation {
        id: conversation_id,
        creator_id: row.creator_id,
        direct: row.direct,
        title: row.title,
        members: members::all(connection, conversation_id).await?,
        create_time: row.create_time,
        last_sequence: row.last_sequence,
    }))
}

//! Who takes part, and who knows whom by that.

use std::collections::HashSet;

use social_database::{Result, retry, timed};
use social_proto::messaging::v1::{MemberJoined, MemberLeft, message_event};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Store, conversation_not_found, inbox, lock, tell};
use crate::domain::{Conversation, Member, now};

impl Store {
    /// Makes somebody a member, who sees what is said from now on. One who is a member stays one.
    ///
    /// # Errors
    /// NOT_FOUND for strangers, FAILED_PRECONDITION for conversations of two and full ones.
    pub async fn put_member(&self, conversation_id: Uuid, caller_id: Uuid, user_id: Uuid) -> Result<Conversation> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let mut conversation =
                lock(&mut transaction, conversation_id, caller_id).await?.ok_or_else(conversation_not_found)?;
            if conversation.member(user_id).is_some() {
                return Ok(conversation);
            }
            conversation.may_add().map_err(social_runtime::Error::from)?;
            join(&mut transaction, conversation_id, &[user_id], conversation.last_sequence).await?;
            let joined = message_event::Event::Joined(MemberJoined { user_id: user_id.to_string() });
            tell(&mut transaction, conversation_id, joined).await?;
            transaction.commit().await?;
            conversation.members.push(Member::joining(user_id, conversation.last_sequence));
            conversation.members.sort_unstable_by_key(|member| member.user_id);
            Ok(conversation)
        })
        .await
    }

    /// Ends a membership. One that is not there is no error, so that the request can be repeated by somebody who has left.
    ///
    /// # Errors
    /// NOT_FOUND for strangers who name others; PERMISSION_DENIED or FAILED_PRECONDITION if the caller may not.
    pub async fn delete_member(&self, conversation_id: Uuid, caller_id: Uuid, user_id: Uuid) -> Result<()> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            let Some(conversation) = lock(&mut transaction, conversation_id, caller_id).await? else {
                return if caller_id == user_id { Ok(()) } else { Err(conversation_not_found().into()) };
            };
            conversation.may_end(caller_id, user_id).map_err(social_runtime::Error::from)?;
            if conversation.member(user_id).is_none() {
                return Ok(());
            }
            sqlx::query!("DELETE FROM members WHERE conversation_id = $1 AND user_id = $2", conversation_id, user_id)
                .execute(&mut *transaction)
                .await?;
            // The two can begin another one; the last one who leaves takes all with them.
            let abandon_time = (conversation.members.len() == 1).then(now);
            sqlx::query!(
                "UPDATE conversations SET first_user_id = NULL, second_user_id = NULL, abandon_time = $2
                 WHERE conversation_id = $1",
                conversation_id,
                abandon_time
            )
            .execute(&mut *transaction)
            .await?;
            let left = message_event::Event::Left(MemberLeft { user_id: user_id.to_string() });
            tell(&mut transaction, conversation_id, left).await?;
            Ok(transaction.commit().await?)
        })
        .await
    }

    /// Those of the users, at most 100, with whom the caller has a conversation. The caller is one of them.
    pub async fn acquainted(&self, caller_id: Uuid, user_ids: &[Uuid]) -> Result<HashSet<Uuid>> {
        let query = sqlx::query_scalar!(
            "SELECT other.user_id FROM unnest($2::uuid[]) AS other (user_id)
             WHERE EXISTS (
                 SELECT FROM members AS mine JOIN members AS theirs USING (conversation_id)
                 WHERE mine.user_id = $1 AND theirs.user_id = other.user_id
             ) LIMIT 100",
            caller_id,
            user_ids
        );
        let found = timed("members.acquainted", query.fetch_all(&self.pool)).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// With whom the user has talked last: at most 500 users, of at most 50 conversations.
    pub async fn recent_peers(&self, user_id: Uuid) -> Result<Vec<Uuid>> {
        let query = sqlx::query_scalar!(
            "WITH recent AS (
                 SELECT conversation_id FROM members WHERE user_id = $1 ORDER BY latest_position DESC LIMIT 50
             )
             SELECT DISTINCT user_id FROM recent JOIN members USING (conversation_id) WHERE user_id <> $1 LIMIT 500",
            user_id
        );
        Ok(timed("members.recent_peers", query.fetch_all(&self.pool)).await?)
    }
}

/// All members, sorted.
pub(super) async fn all(connection: &mut PgConnection, conversation_id: Uuid) -> Result<Vec<Member>> {
    let rows = sqlx::query!(
        "SELECT user_id, joined_after, delivered_sequence, read_sequence
         FROM members WHERE conversation_id = $1 ORDER BY user_id LIMIT 100",
        conversation_id
    )
    .fetch_all(connection)
    .await?;
    let members = rows.into_iter().map(|row| Member {
        user_id: row.user_id,
        joined_after: row.joined_after,
        delivered: row.delivered_sequence,
        read: row.read_sequence,
    });
    Ok(members.collect())
}

/// Adds members, who are none yet. The conversation comes first in their lists.
pub(super) async fn join(
    connection: &mut PgConnection,
    conversation_id: Uuid,
    user_ids: &[Uuid],
    joined_after: i64,
) -> Result<()> {
    inbox::open(connection, user_ids).await?;
    let places = inbox::advance(connection, user_ids).await?;
    let (users, positions): (Vec<Uuid>, Vec<i64>) = places.iter().map(|place| (place.user_id, place.position)).unzip();
    sqlx::query!(
        "INSERT INTO members (conversation_id, user_id, joined_after, latest_position)
         SELECT $1, user_id, $2, position FROM unnest($3::uuid[], $4::bigint[]) AS joined (user_id, position)",
        conversation_id,
        joined_after,
        &users,
        &positions
    )
    .execute(connection)
    .await?;
    Ok(())
}

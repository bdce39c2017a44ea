//! How conversations begin.

use social_database::{Result, answers, retry};
use social_proto::messaging::v1::{CreateConversationResponse, MemberJoined, message_event};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Store, conversation_not_found, conversations, members, tell_all};
use crate::convert;
use crate::domain::{Beginning, Conversation, Member, now};

impl Store {
    /// What the request gives without anything new: its stored answer, or the conversation that two have already.
    pub async fn begun(
        &self,
        beginning: &Beginning,
        once: &answers::Key,
    ) -> Result<Option<CreateConversationResponse>> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            if let Some(answer) = answers::find(&mut transaction, once).await? {
                return Ok(Some(answer));
            }
            let Some(pair) = beginning.pair() else { return Ok(None) };
            let Some(conversation) = of_pair(&mut transaction, beginning.creator_id, pair).await? else {
                return Ok(None);
            };
            let response = answer(&conversation);
            answers::store(&mut transaction, once, &response).await?;
            transaction.commit().await?;
            Ok(Some(response))
        })
        .await
    }

    /// Begins a conversation, once for each request, and once for two members.
    pub async fn begin(&self, beginning: &Beginning, once: &answers::Key) -> Result<CreateConversationResponse> {
        retry(|| async {
            let mut transaction = self.pool.begin().await?;
            if let Some(answer) = answers::find(&mut transaction, once).await? {
                return Ok(answer);
            }
            let conversation = match insert(&mut transaction, beginning).await? {
                Some(conversation) => conversation,
                // Both began it at the same time, and the other one was faster.
                None => {
                    let pair = beginning.pair().ok_or_else(conversation_not_found)?;
                    let found = of_pair(&mut transaction, beginning.creator_id, pair).await?;
                    found.ok_or_else(|| social_runtime::Error::aborted("the other one has just left"))?
                }
            };
            let response = answer(&conversation);
            answers::store(&mut transaction, once, &response).await?;
            transaction.commit().await?;
            Ok(response)
        })
        .await
    }
}

/// `None` if the two have one.
async fn insert(connection: &mut PgConnection, beginning: &Beginning) -> Result<Option<Conversation>> {
    let (first, second) = beginning.pair().unzip();
    let mut member_ids = beginning.member_ids.clone();
    member_ids.push(beginning.creator_id);
    member_ids.sort_unstable();
    let conversation = Conversation {
        id: Uuid::now_v7(),
        creator_id: beginning.creator_id,
        direct: first.is_some(),
        title: beginning.title.clone(),
        members: member_ids.iter().map(|user_id| Member::joining(*user_id, 0)).collect(),
        create_time: now(),
        last_sequence: 0,
    };
    let inserted = sqlx::query!(
        "INSERT INTO conversations (conversation_id, creator_id, direct, first_user_id, second_user_id, title, create_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (first_user_id, second_user_id) DO NOTHING",
        conversation.id,
        conversation.creator_id,
        conversation.direct,
        first,
        second,
        conversation.title,
        conversation.create_time
    )
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(None);
    }
    members::join(connection, conversation.id, &member_ids, 0).await?;
    tell_joined(connection, &conversation).await?;
    Ok(Some(conversation))
}

/// Puts the first events of a conversation into the outbox: all have joined.
async fn tell_joined(connection: &mut PgConnection, conversation: &Conversation) -> Result<()> {
    let joined = |user_id: Uuid| message_event::Event::Joined(MemberJoined { user_id: user_id.to_string() });
    tell_all(connection, conversation.id, conversation.member_ids().into_iter().map(joined).collect()).await
}

async fn of_pair(connection: &mut PgConnection, caller_id: Uuid, pair: (Uuid, Uuid)) -> Result<Option<Conversation>> {
    let found = sqlx::query_scalar!(
        "SELECT conversation_id FROM conversations WHERE first_user_id = $1 AND second_user_id = $2",
        pair.0,
        pair.1
    )
    .fetch_optional(&mut *connection)
    .await?;
    match found {
        Some(conversation_id) => conversations::find(connection, conversation_id, caller_id).await,
        None => Ok(None),
    }
}

fn answer(conversation: &Conversation) -> CreateConversationResponse {
    CreateConversationResponse { conversation: Some(convert::conversation(conversation)) }
}

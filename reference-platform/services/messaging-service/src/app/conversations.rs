//! Use cases of conversations and their members.

use social_auth::Caller;
use social_database::answers;
use social_proto::messaging::v1::{
    CreateConversationRequest, CreateConversationResponse, DeleteMemberRequest, DeleteMemberResponse,
    GetConversationRequest, GetConversationResponse, ListConversationsRequest, ListConversationsResponse,
    PutMemberRequest, PutMemberResponse,
};
use social_runtime::Error;

use super::{App, input};
use crate::convert;

/// Under this name answers are stored.
const CREATE_CONVERSATION: &str = "social.messaging.v1.MessagingService/CreateConversation";

impl App {
    /// Begins a conversation.
    pub async fn create_conversation(
        &self,
        caller: &Caller,
        request: CreateConversationRequest,
    ) -> Result<CreateConversationResponse, Error> {
        let creator_id = caller.account_id()?;
        let (request_id, beginning) = input::create_conversation(creator_id, &request)?;
        let once = answers::Key::new(creator_id, CREATE_CONVERSATION, request_id, &request);
        if let Some(response) = self.store.begun(&beginning, &once).await? {
            return Ok(response);
        }
        self.users.may_begin(creator_id, caller.token(), beginning.member_ids.clone()).await?;
        Ok(self.store.begin(&beginning, &once).await?)
    }

    /// One conversation of the caller.
    pub async fn get_conversation(
        &self,
        caller: &Caller,
        request: GetConversationRequest,
    ) -> Result<GetConversationResponse, Error> {
        let caller_id = caller.account_id()?;
        let conversation_id = input::id("conversation_id", &request.conversation_id)?;
        let conversation = self.conversation_of(conversation_id, caller_id).await?;
        Ok(GetConversationResponse { conversation: Some(convert::conversation(&conversation)) })
    }

    /// A page of the conversations of the caller.
    pub async fn list_conversations(
        &self,
        caller: &Caller,
        request: ListConversationsRequest,
    ) -> Result<ListConversationsResponse, Error> {
        let caller_id = caller.account_id()?;
        let page = input::list_conversations(caller_id, &request)?;
        let mut found = self.store.conversations_of(caller_id, page.before, page.limit()).await?;
        let next_page_token = page.cut(&mut found, |(position, _)| *position);
        let conversations = found.iter().map(|(_, conversation)| convert::conversation(conversation)).collect();
        Ok(ListConversationsResponse { conversations, next_page_token })
    }

    /// Makes somebody a member, whom the caller may write to.
    pub async fn put_member(&self, caller: &Caller, request: PutMemberRequest) -> Result<PutMemberResponse, Error> {
        let caller_id = caller.account_id()?;
        let (conversation_id, user_id) =
            input::ids(["conversation_id", "user_id"], [&request.conversation_id, &request.user_id])?;
        let mut conversation = self.conversation_of(conversation_id, caller_id).await?;
        if conversation.member(user_id).is_none() {
            conversation.may_add()?;
            self.users.may_begin(caller_id, caller.token(), vec![user_id]).await?;
            conversation = self.store.put_member(conversation_id, caller_id, user_id).await?;
        }
        Ok(PutMemberResponse { conversation: Some(convert::conversation(&conversation)) })
    }

    /// Ends a membership.
    pub async fn delete_member(
        &self,
        caller: &Caller,
        request: DeleteMemberRequest,
    ) -> Result<DeleteMemberResponse, Error> {
        let caller_id = caller.account_id()?;
        let (conversation_id, user_id) =
            input::ids(["conversation_id", "user_id"], [&request.conversation_id, &request.user_id])?;
        self.store.delete_member(conversation_id, caller_id, user_id).await?;
        Ok(DeleteMemberResponse {})
    }
}

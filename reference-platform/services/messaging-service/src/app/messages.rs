//! Use cases of messages, receipts and typing.

use social_auth::Caller;
use social_database::answers;
use social_proto::messaging::v1::chat_response::Event;
use social_proto::messaging::v1::{
    DeleteMessageRequest, DeleteMessageResponse, ListMessagesRequest, ListMessagesResponse, SendMessageRequest,
    SendMessageResponse, SetReceiptRequest, SetReceiptResponse, Typing,
};
use social_runtime::Error;

use super::{App, input, to_the_end};
use crate::convert;
use crate::domain::{Kept, Message, Place};
use crate::store::conversation_not_found;

/// Under this name answers are stored.
const SEND_MESSAGE: &str = "social.messaging.v1.MessagingService/SendMessage";

impl App {
    /// Says something.
    pub async fn send_message(
        &self,
        caller: &Caller,
        request: SendMessageRequest,
    ) -> Result<SendMessageResponse, Error> {
        let sender_id = caller.account_id()?;
        let (request_id, conversation_id, draft) = input::send_message(&request)?;
        let once = answers::Key::new(sender_id, SEND_MESSAGE, request_id, &request);
        if !draft.media_ids.is_empty() {
            // Before media-service is asked, which may be away or meanwhile of another opinion.
            if let Some(answer) = self.store.answer(&once).await? {
                return Ok(answer);
            }
            self.conversation_of(conversation_id, sender_id).await?;
            self.media.check(sender_id, caller.token(), &draft.media_ids).await?;
        }
        let app = self.clone();
        to_the_end(async move {
            let sent = app.store.send(conversation_id, sender_id, &draft, &once).await?;
            app.deliver_message(sent.new).await;
            Ok(sent.response)
        })
        .await
    }

    /// A page of what was said to the caller.
    pub async fn list_messages(
        &self,
        caller: &Caller,
        request: ListMessagesRequest,
    ) -> Result<ListMessagesResponse, Error> {
        let caller_id = caller.account_id()?;
        let (conversation_id, page) = input::list_messages(&request)?;
        let conversation = self.conversation_of(conversation_id, caller_id).await?;
        let member = conversation.member(caller_id).ok_or_else(conversation_not_found)?;
        let mut found = self.store.messages(conversation_id, page.before, member.joined_after, page.limit()).await?;
        let next_page_token = page.cut(&mut found, |message| message.sequence);
        Ok(ListMessagesResponse { messages: found.iter().map(convert::message).collect(), next_page_token })
    }

    /// Takes the text from a message of the caller.
    pub async fn delete_message(
        &self,
        caller: &Caller,
        request: DeleteMessageRequest,
    ) -> Result<DeleteMessageResponse, Error> {
        let caller_id = caller.account_id()?;
        let (conversation_id, message_id) =
            input::ids(["conversation_id", "message_id"], [&request.conversation_id, &request.message_id])?;
        let app = self.clone();
        to_the_end(async move {
            let deleted = app.store.delete_message(conversation_id, caller_id, message_id).await?;
            app.deliver_message(deleted).await;
            Ok(DeleteMessageResponse {})
        })
        .await
    }

    /// Tells how far the caller is.
    pub async fn set_receipt(&self, caller: &Caller, request: SetReceiptRequest) -> Result<SetReceiptResponse, Error> {
        let receipt = input::set_receipt(caller.account_id()?, &request)?;
        let app = self.clone();
        to_the_end(async move {
            let places = app.store.set_receipt(&receipt).await?;
            app.deliver(&places, convert::kept(&Kept::Receipt(receipt))).await;
            Ok(SetReceiptResponse {})
        })
        .await
    }

    /// Tells the others that the caller writes.
    pub async fn typing(&self, caller: &Caller, typing: Typing) -> Result<(), Error> {
        let user_id = caller.account_id()?;
        let conversation_id = input::id("conversation_id", &typing.conversation_id)?;
        let conversation = self.conversation_of(conversation_id, user_id).await?;
        let typing = Typing { conversation_id: conversation_id.to_string(), user_id: user_id.to_string() };
        self.mention(&conversation.others(user_id), Event::Typing(typing)).await;
        Ok(())
    }

    async fn deliver_message(&self, new: Option<(Message, Vec<Place>)>) {
        if let Some((message, places)) = new {
            self.deliver(&places, convert::kept(&Kept::Message(message))).await;
        }
    }
}

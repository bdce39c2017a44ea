//! What must hold of a request before anything is done. Gives what it says with ids parsed.

use social_proto::messaging::v1::{
    BatchGetPresenceRequest, CreateConversationRequest, ListConversationsRequest, ListMessagesRequest,
    ReceiptKind as Kind, SendMessageRequest, SetReceiptRequest,
};
use social_runtime::Error;
use social_runtime::page::Query;
use social_runtime::validate::{ONE_LINE, TEXT, Validation};
use uuid::Uuid;

use crate::convert;
use crate::domain::{Beginning, Draft, MAX_MEDIA, MAX_MEMBERS, MAX_TEXT, MAX_TITLE, Receipt};

const BATCH: usize = 100;
const CONVERSATIONS_PAGE: u32 = 20;
const MESSAGES_PAGE: u32 = 50;
const MAX_PAGE: u32 = 100;

/// One id that is required.
pub fn id(field: &str, value: &str) -> Result<Uuid, Error> {
    let mut check = Validation::new();
    let id = check.uuid(field, value);
    check.finish().map(|()| id)
}

/// Two ids that are required.
pub fn ids(fields: [&str; 2], values: [&str; 2]) -> Result<(Uuid, Uuid), Error> {
    let mut check = Validation::new();
    let ids = (check.uuid(fields[0], values[0]), check.uuid(fields[1], values[1]));
    check.finish().map(|()| ids)
}

/// The id of the request, and the conversation that is to be.
pub fn create_conversation(creator_id: Uuid, request: &CreateConversationRequest) -> Result<(Uuid, Beginning), Error> {
    let mut check = Validation::new();
    let request_id = check.uuid("request_id", &request.request_id);
    let member_ids = check.uuids("member_ids", &request.member_ids, 1..=MAX_MEMBERS - 1);
    check.check("member_ids", !member_ids.contains(&creator_id), "are the others");
    check.text("title", &request.title, 0..=MAX_TITLE);
    check.characters("title", &request.title, ONE_LINE);
    check.check("title", request.title.is_empty() || member_ids.len() != 1, "is for more than two members");
    check.finish()?;
    Ok((request_id, Beginning { creator_id, member_ids, title: request.title.clone() }))
}

/// A part of a list: what is before a number, newest first.
pub struct Page {
    pub before: i64,
    pub size: usize,
    query: Query,
}

impl Page {
    fn new(query: Query, page_token: &str, size: u32) -> Result<Self, Error> {
        let before = query.cursor(page_token)?.unwrap_or(i64::MAX);
        Ok(Page { before, size: size as usize, query })
    }

    /// One more than asked for, which tells whether there is another page.
    pub fn limit(&self) -> i64 {
        i64::try_from(self.size).map_or(i64::MAX, |size| size + 1)
    }

    /// Cuts what was found to the page, and gives the token of the next one, empty if there is none.
    pub fn cut<T>(&self, found: &mut Vec<T>, number: impl Fn(&T) -> i64) -> String {
        let more = found.len() > self.size;
        found.truncate(self.size);
        match found.last() {
            Some(last) if more => self.query.token(&number(last)),
            Some(_) | None => String::new(),
        }
    }
}

/// A page of conversations, by positions in the inbox of the caller.
pub fn list_conversations(caller_id: Uuid, request: &ListConversationsRequest) -> Result<Page, Error> {
    let mut check = Validation::new();
    let size = check.page_size("page_size", request.page_size, CONVERSATIONS_PAGE, MAX_PAGE);
    check.finish()?;
    Page::new(Query::new("ListConversations").with(caller_id), &request.page_token, size)
}

/// A page of messages of a conversation, by their numbers.
pub fn list_messages(request: &ListMessagesRequest) -> Result<(Uuid, Page), Error> {
    let mut check = Validation::new();
    let conversation_id = check.uuid("conversation_id", &request.conversation_id);
    let size = check.page_size("page_size", request.page_size, MESSAGES_PAGE, MAX_PAGE);
    check.finish()?;
    let page = Page::new(Query::new("ListMessages").with(conversation_id), &request.page_token, size)?;
    Ok((conversation_id, page))
}

/// The id of the request, the conversation, and what is to be said.
pub fn send_message(request: &SendMessageRequest) -> Result<(Uuid, Uuid, Draft), Error> {
    let mut check = Validation::new();
    let request_id = check.uuid("request_id", &request.request_id);
    let conversation_id = check.uuid("conversation_id", &request.conversation_id);
    check.text("text", &request.text, 0..=MAX_TEXT);
    check.characters("text", &request.text, TEXT);
    let nothing = request.media_ids.is_empty() && request.text.chars().all(char::is_whitespace);
    check.check("text", !nothing, "is required unless there is media");
    let media_ids = check.uuids("media_ids", &request.media_ids, 0..=MAX_MEDIA);
    check.finish()?;
    Ok((request_id, conversation_id, Draft { text: request.text.clone(), media_ids }))
}

/// The receipt of a member.
pub fn set_receipt(user_id: Uuid, request: &SetReceiptRequest) -> Result<Receipt, Error> {
    let mut check = Validation::new();
    let conversation_id = check.uuid("conversation_id", &request.conversation_id);
    let kind = check.enumeration::<Kind>("kind", request.kind).and_then(convert::receipt_kind);
    check.check("sequence", request.sequence >= 1, "must be at least 1");
    check.finish()?;
    let kind = kind.ok_or_else(|| Error::invalid("kind", "is required"))?;
    Ok(Receipt { conversation_id, user_id, kind, sequence: request.sequence })
}

/// 1 to 100 users, each once.
pub fn batch_get_presence(request: &BatchGetPresenceRequest) -> Result<Vec<Uuid>, Error> {
    let mut check = Validation::new();
    let ids = check.uuids("user_ids", &request.user_ids, 1..=BATCH);
    check.finish().map(|()| ids)
}

//! Use cases of the chat.

use std::collections::VecDeque;
use std::time::Duration;

use futures::stream::{self, Stream};
use social_auth::Caller;
use social_database::answers;
use social_proto::streaming::v1::{
    SendChatMessageRequest, SendChatMessageResponse, WatchChatRequest, WatchChatResponse, watch_chat_response,
};
use social_runtime::Error;
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

use super::{App, input};
use crate::convert;
use crate::domain::{ChatMessage, State, now};
use crate::live::Said;
use crate::store::{BACKLOG, stream_not_found, stream_not_live};

/// Under this name answers are stored.
const SEND_CHAT_MESSAGE: &str = "social.streaming.v1.StreamingService/SendChatMessage";

/// A reader of a chat.
struct Reader {
    /// What it is told next.
    next: VecDeque<watch_chat_response::Event>,
    room: broadcast::Receiver<Said>,
    /// The number of the last message that it was told, or told to have missed.
    last: i64,
    is_over: bool,
}

impl App {
    /// Says something in the chat of a live stream.
    pub async fn send_chat_message(
        &self,
        caller: &Caller,
        request: SendChatMessageRequest,
    ) -> Result<SendChatMessageResponse, Error> {
        let sender_id = caller.account_id()?;
        let (request_id, stream_id) = input::send_chat_message(&request)?;
        let once = answers::Key::new(sender_id, SEND_CHAT_MESSAGE, request_id, &request);
        // Before anything that may be of another opinion by now.
        if let Some(answer) = self.store.answer(&once).await? {
            return Ok(answer);
        }
        self.chat_limit.check(&format!("{stream_id}:{sender_id}")).await?;
        let state = self.chat_for(caller, sender_id, stream_id).await?;
        if !matches!(state, State::Live | State::Interrupted) {
            return Err(stream_not_live());
        }
        // The store gives it its number.
        let message = ChatMessage { number: 0, id: Uuid::now_v7(), sender_id, text: request.text, send_time: now() };
        let response = self.store.send_chat(stream_id, &message, &once).await?;
        self.rooms.tell(stream_id).await;
        Ok(response)
    }

    /// The chat of a stream, until it ends.
    pub async fn watch_chat(
        &self,
        caller: &Caller,
        request: WatchChatRequest,
    ) -> Result<impl Stream<Item = WatchChatResponse> + Send + use<>, Error> {
        let account_id = caller.account_id()?;
        let stream_id = input::id("stream_id", &request.stream_id)?;
        let permit =
            self.readers.clone().try_acquire_owned().map_err(|_| {
                Error::resource_exhausted("too many readers at once").retry_after(Duration::from_secs(1))
            })?;
        self.chat_for(caller, account_id, stream_id).await?;

        // What comes after the backlog was read comes from the room, what is in both is known by its number.
        let room = self.rooms.join(stream_id).await?;
        let (newest, _) = self.store.chat_state(stream_id).await?;
        let backlog = self.store.chat_after(stream_id, (newest - BACKLOG).max(0)).await?;
        let last = backlog.last().map_or(newest, |message| message.number.max(newest));
        let next = backlog.iter().map(said).collect();
        let reader = (Reader { next, room, last, is_over: false }, permit);
        Ok(stream::unfold(reader, |(mut reader, permit)| async move {
            let event = reader.next().await?;
            Some((WatchChatResponse { event: Some(event) }, (reader, permit)))
        }))
    }

    /// The state of a stream whose chat is open to the caller.
    ///
    /// # Errors
    /// NOT_FOUND, also when the caller is blocked; UNAVAILABLE when nobody can tell.
    async fn chat_for(&self, caller: &Caller, account_id: Uuid, stream_id: Uuid) -> Result<State, Error> {
        let stream = self.shown(stream_id).await?.stream;
        if self.users.blocked(account_id, caller.token(), stream.owner_id).await? {
            return Err(stream_not_found());
        }
        Ok(stream.state)
    }
}

impl Reader {
    /// What comes next; `None` when the stream has ended.
    async fn next(&mut self) -> Option<watch_chat_response::Event> {
        loop {
            if let Some(event) = self.next.pop_front() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            match self.room.recv().await {
                Ok(Said::Message(message)) if message.number > self.last => {
                    self.miss(message.number - 1);
                    self.last = message.number;
                    self.next.push_back(said(&message));
                }
                Ok(Said::Message(_)) => {}
                // What was missed is seen by the number of the next one.
                Err(RecvError::Lagged(_)) => {}
                Ok(Said::End(last)) => {
                    self.miss(last);
                    self.is_over = true;
                }
                Err(RecvError::Closed) => self.is_over = true,
            }
        }
    }

    /// Everything up to this number that did not come will not come.
    fn miss(&mut self, number: i64) {
        if number > self.last {
            metrics::counter!("streaming_chat_missed_total").increment(number.abs_diff(self.last));
            self.next.push_back(watch_chat_response::Event::MissedCount(number - self.last));
            self.last = number;
        }
    }
}

fn said(message: &ChatMessage) -> watch_chat_response::Event {
    watch_chat_response::Event::Message(convert::chat_message(message))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn message(number: i64) -> Said {
        let text = number.to_string();
        let message = ChatMessage { number, id: Uuid::from_u128(1), sender_id: Uuid::nil(), text, send_time: now() };
        Said::Message(Arc::new(message))
    }

    #[tokio::test]
    async fn a_slow_reader_is_told_how_many_it_missed() {
        let (readers, room) = broadcast::channel(2);
        let mut reader = Reader { next: VecDeque::new(), room, last: 2, is_over: false };
        for number in 1..=7 {
            readers.send(message(number)).unwrap();
        }
        let mut told = Vec::new();
        readers.send(Said::End(9)).unwrap();
        while let Some(event) = reader.next().await {
            told.push(match event {
                watch_chat_response::Event::Message(message) => message.text,
                watch_chat_response::Event::MissedCount(count) => format!("missed {count}"),
            });
        }
        assert_eq!(told, ["missed 4", "7", "missed 2"]);
    }
}

//! Domain to contract and back. The event store and its snapshots hold messages of the contract, too.

use social_proto::streaming::v1::{self, stream_event};
use social_runtime::timestamp::{from_proto, to_proto};
use uuid::Uuid;

use crate::domain::{ChatMessage, EndReason, Event, Recorded, State, Stream};

/// A stream, with who watches now.
pub fn stream(stream: &Stream, viewer_count: i64) -> v1::Stream {
    v1::Stream {
        stream_id: stream.id.to_string(),
        owner_id: stream.owner_id.to_string(),
        title: stream.title.clone(),
        state: state(stream.state).into(),
        create_time: Some(to_proto(stream.create_time)),
        live_time: stream.live_time.map(to_proto),
        end_time: stream.end_time.map(to_proto),
        viewer_count,
        peak_viewer_count: stream.peak_viewer_count,
    }
}

/// A stream out of a snapshot; `None` when it is none.
pub fn stream_from(message: &v1::Stream, sequence: i64) -> Option<Stream> {
    let time = |time: &Option<_>| time.as_ref().map(from_proto);
    Some(Stream {
        id: message.stream_id.parse().ok()?,
        owner_id: message.owner_id.parse().ok()?,
        title: message.title.clone(),
        state: state_from(message.state())?,
        create_time: time(&message.create_time)??,
        live_time: time(&message.live_time).flatten(),
        end_time: time(&message.end_time).flatten(),
        peak_viewer_count: message.peak_viewer_count,
        sequence,
    })
}

/// A state.
pub fn state(state: State) -> v1::StreamState {
    match state {
        State::Created => v1::StreamState::Created,
        State::Live => v1::StreamState::Live,
        State::Interrupted => v1::StreamState::Interrupted,
        State::Ended => v1::StreamState::Ended,
    }
}

/// A state of the contract, unless it is the unspecified one.
pub fn state_from(state: v1::StreamState) -> Option<State> {
    match state {
        v1::StreamState::Unspecified => None,
        v1::StreamState::Created => Some(State::Created),
        v1::StreamState::Live => Some(State::Live),
        v1::StreamState::Interrupted => Some(State::Interrupted),
        v1::StreamState::Ended => Some(State::Ended),
    }
}

/// What happened, as it is published and stored.
pub fn event(recorded: &Recorded) -> v1::StreamEvent {
    let event = recorded.event.as_ref().map(|event| match event {
        Event::Created { title } => stream_event::Event::Created(v1::StreamCreated { title: title.clone() }),
        Event::WentLive { title } => stream_event::Event::WentLive(v1::StreamWentLive { title: title.clone() }),
        Event::Interrupted { last_segment } => {
            stream_event::Event::Interrupted(v1::StreamInterrupted { last_segment: *last_segment })
        }
        Event::Resumed => stream_event::Event::Resumed(v1::StreamResumed {}),
        Event::Ended { reason, segment_count, peak_viewer_count } => stream_event::Event::Ended(v1::StreamEnded {
            reason: end_reason(*reason).into(),
            segment_count: *segment_count,
            peak_viewer_count: *peak_viewer_count,
        }),
        Event::KeyRotated => stream_event::Event::KeyRotated(v1::StreamKeyRotated {}),
    });
    v1::StreamEvent {
        event_id: recorded.event_id.to_string(),
        occur_time: Some(to_proto(recorded.occur_time)),
        stream_id: recorded.stream_id.to_string(),
        owner_id: recorded.owner_id.to_string(),
        sequence: recorded.sequence,
        event,
    }
}

/// What happened, out of the event store; `None` when the message is no event.
pub fn recorded(message: v1::StreamEvent) -> Option<Recorded> {
    let event = match message.event {
        None => None,
        Some(stream_event::Event::Created(created)) => Some(Event::Created { title: created.title }),
        Some(stream_event::Event::WentLive(live)) => Some(Event::WentLive { title: live.title }),
        Some(stream_event::Event::Interrupted(lost)) => Some(Event::Interrupted { last_segment: lost.last_segment }),
        Some(stream_event::Event::Resumed(_)) => Some(Event::Resumed),
        Some(stream_event::Event::Ended(ended)) => Some(Event::Ended {
            reason: end_reason_from(ended.reason()),
            segment_count: ended.segment_count,
            peak_viewer_count: ended.peak_viewer_count,
        }),
        Some(stream_event::Event::KeyRotated(_)) => Some(Event::KeyRotated),
    };
    Some(Recorded {
        event_id: Uuid::try_parse(&message.event_id).ok()?,
        stream_id: Uuid::try_parse(&message.stream_id).ok()?,
        owner_id: Uuid::try_parse(&message.owner_id).ok()?,
        sequence: message.sequence,
        occur_time: from_proto(message.occur_time.as_ref()?)?,
        event,
    })
}

/// A chat message.
pub fn chat_message(message: &ChatMessage) -> v1::StreamChatMessage {
    v1::StreamChatMessage {
        message_id: message.id.to_string(),
        sender_id: message.sender_id.to_string(),
        text: message.text.clone(),
        send_time: Some(to_proto(message.send_time)),
    }
}

fn end_reason(reason: EndReason) -> v1::EndReason {
    match reason {
        EndReason::ByOwner => v1::EndReason::ByOwner,
        EndReason::EncoderLost => v1::EndReason::EncoderLost,
        EndReason::AccountDeleted => v1::EndReason::AccountDeleted,
    }
}

/// A reason that only a newer version knows was somebody's will, too.
fn end_reason_from(reason: v1::EndReason) -> EndReason {
    match reason {
        v1::EndReason::Unspecified | v1::EndReason::ByOwner => EndReason::ByOwner,
        v1::EndReason::EncoderLost => EndReason::EncoderLost,
        v1::EndReason::AccountDeleted => EndReason::AccountDeleted,
    }
}

//! A stream as its events make it: `apply` says what an event does, the other functions which event comes of what somebody wants.

use time::OffsetDateTime;
use uuid::Uuid;

/// Where a stream is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Created,
    Live,
    /// Its encoder is away, for a while or for good.
    Interrupted,
    Ended,
}

/// Why a stream is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    ByOwner,
    EncoderLost,
    AccountDeleted,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Created { title: String },
    WentLive { title: String },
    Interrupted { last_segment: i64 },
    Resumed,
    Ended { reason: EndReason, segment_count: i64, peak_viewer_count: i64 },
    KeyRotated,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub event_id: Uuid,
    pub stream_id: Uuid,
    pub owner_id: Uuid,
    /// Counts the events of the stream from 1.
    pub sequence: i64,
    pub occur_time: OffsetDateTime,
    /// `None` for a kind that only a newer version knows: it counts and does nothing.
    pub event: Option<Event>,
}

/// A stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    pub id: Uuid,
    pub owner_id: Uuid,
    pub title: String,
    pub state: State,
    pub create_time: OffsetDateTime,
    pub live_time: Option<OffsetDateTime>,
    pub end_time: Option<OffsetDateTime>,
    /// Known at the end.
    pub peak_viewer_count: i64,
    /// Of the last event; 0 before the first.
    pub sequence: i64,
}

impl State {
    /// After an event. What has ended stays so.
    pub fn after(self, event: &Event) -> State {
        match event {
            _ if self == State::Ended => State::Ended,
            Event::Created { .. } => State::Created,
            Event::WentLive { .. } | Event::Resumed => State::Live,
            Event::Interrupted { .. } => State::Interrupted,
            Event::Ended { .. } => State::Ended,
            Event::KeyRotated => self,
        }
    }
}

impl Stream {
    /// A stream to which nothing has happened, not even its creation.
    pub fn nothing_yet(id: Uuid, owner_id: Uuid) -> Stream {
        Stream {
            id,
            owner_id,
            title: String::new(),
            state: State::Created,
            create_time: OffsetDateTime::UNIX_EPOCH,
            live_time: None,
            end_time: None,
            peak_viewer_count: 0,
            sequence: 0,
        }
    }

    /// Takes an event in. One that is in already does nothing.
    pub fn apply(&mut self, recorded: &Recorded) {
        if recorded.sequence <= self.sequence {
            return;
        }
        self.sequence = recorded.sequence;
        let Some(event) = &recorded.event else { return };
        match event {
            Event::Created { title } => {
                self.title.clone_from(title);
                self.create_time = recorded.occur_time;
            }
            Event::WentLive { .. } => self.live_time = Some(recorded.occur_time),
            Event::Ended { peak_viewer_count, .. } => {
                self.end_time = Some(recorded.occur_time);
                self.peak_viewer_count = *peak_viewer_count;
            }
            Event::Interrupted { .. } | Event::Resumed | Event::KeyRotated => {}
        }
        self.state = self.state.after(event);
    }

    /// What a new segment does: the first one makes the stream live, the first one after an interruption resumes it.
    pub fn take_segment(&self) -> Option<Event> {
        match self.state {
            State::Created => Some(Event::WentLive { title: self.title.clone() }),
            State::Interrupted => Some(Event::Resumed),
            State::Live | State::Ended => None,
        }
    }

    /// What the loss of the encoder does.
    pub fn interrupt(&self, last_segment: i64) -> Option<Event> {
        (self.state == State::Live).then_some(Event::Interrupted { last_segment })
    }

    /// What another key does: an encoder with the old one is cut off.
    pub fn rotate_key(&self, last_segment: i64) -> Vec<Event> {
        if self.state == State::Ended {
            return Vec::new();
        }
        [Event::KeyRotated].into_iter().chain(self.interrupt(last_segment)).collect()
    }

    /// What the end does, which comes once.
    pub fn end(&self, reason: EndReason, segment_count: i64, peak_viewer_count: i64) -> Option<Event> {
        (self.state != State::Ended).then_some(Event::Ended { reason, segment_count, peak_viewer_count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happens(stream: &mut Stream, event: Event) -> Recorded {
        let recorded = Recorded {
            event_id: Uuid::from_u128(stream.sequence as u128),
            stream_id: stream.id,
            owner_id: stream.owner_id,
            sequence: stream.sequence + 1,
            occur_time: OffsetDateTime::from_unix_timestamp(stream.sequence + 1).unwrap(),
            event: Some(event),
        };
        stream.apply(&recorded);
        recorded
    }

    fn created() -> Stream {
        let mut stream = Stream::nothing_yet(Uuid::from_u128(1), Uuid::from_u128(2));
        happens(&mut stream, Event::Created { title: "title".to_owned() });
        stream
    }

    #[test]
    fn a_stream_lives_once() {
        let mut stream = created();
        assert_eq!((stream.state, stream.interrupt(0)), (State::Created, None));
        assert_eq!(stream.rotate_key(0), [Event::KeyRotated]);
        let went_live = stream.take_segment().unwrap();
        happens(&mut stream, went_live);
        assert_eq!((stream.state, stream.take_segment()), (State::Live, None));
        for event in stream.rotate_key(3) {
            happens(&mut stream, event);
        }
        assert_eq!(stream.state, State::Interrupted);
        let resumed = stream.take_segment().unwrap();
        assert_eq!(resumed, Event::Resumed);
        happens(&mut stream, resumed);
        let ended = stream.end(EndReason::ByOwner, 3, 7).unwrap();
        happens(&mut stream, ended);
        assert_eq!((stream.state, stream.peak_viewer_count, stream.sequence), (State::Ended, 7, 6));
        assert_eq!(stream.take_segment(), None);
        assert_eq!(stream.end(EndReason::EncoderLost, 3, 7), None);
        assert!(stream.rotate_key(3).is_empty() && stream.interrupt(3).is_none());
        happens(&mut stream, Event::Resumed);
        assert_eq!(stream.state, State::Ended);
    }

    #[test]
    fn an_event_that_comes_again_does_nothing() {
        let mut stream = created();
        let live = happens(&mut stream, Event::WentLive { title: "title".to_owned() });
        happens(&mut stream, Event::Interrupted { last_segment: 1 });
        let before = stream.clone();
        stream.apply(&live);
        assert_eq!(stream, before);
    }

    #[test]
    fn a_kind_of_a_newer_version_only_counts() {
        let mut stream = created();
        let mut unknown = happens(&mut stream.clone(), Event::KeyRotated);
        unknown.event = None;
        stream.apply(&unknown);
        assert_eq!((stream.state, stream.sequence), (State::Created, 2));
    }
}

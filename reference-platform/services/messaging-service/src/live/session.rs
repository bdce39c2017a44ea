//! One live session, from its beginning to its end.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::{Stream, StreamExt};
use social_auth::Caller;
use social_proto::messaging::v1::chat_request::Event as Request;
use social_proto::messaging::v1::chat_response::Event as Answer;
use social_proto::messaging::v1::send_result::Result as Outcome;
use social_proto::messaging::v1::{ChatRequest, ChatResponse, SendFailure, SendMessageRequest, SendResult, Typing};
use social_runtime::Error;
use social_telemetry::deadline;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use uuid::Uuid;

use super::hub::{Hub, Seat};
use super::inbox::{Inbox, Positions, refused, too_slow};
use crate::app::App;
use crate::neighbours::Auth;
use crate::store::Store;

/// How long a client may take to begin.
const BEGINNING: Duration = Duration::from_secs(10);
/// Between two signs of life; presence outlives two of them.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// The same user typing in the same conversation is not told more often.
const TYPING: Duration = Duration::from_secs(1);

/// What all live sessions of this replica share. Clones are the same.
#[derive(Clone)]
pub struct Sessions {
    app: App,
    store: Store,
    hub: Hub,
    auth: Auth,
    bounds: Bounds,
    stopping: CancellationToken,
    /// Those that their edge does not wait for.
    tasks: Arc<Mutex<JoinSet<()>>>,
}

/// Limits of each session.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// Events that may wait for it.
    pub queue: usize,
    /// After this it ends.
    pub lifetime: Duration,
    /// How long one request of its client may take.
    pub request_timeout: Duration,
}

impl Sessions {
    /// When `stopping` is cancelled all sessions end.
    pub fn new(app: App, store: Store, hub: Hub, auth: Auth, bounds: Bounds, stopping: CancellationToken) -> Self {
        Sessions { app, store, hub, auth, bounds, stopping, tasks: Arc::default() }
    }

    /// Runs a session on this thread that its edge does not wait for. [`Self::ended`] does.
    pub fn spawn_local(&self, session: impl Future<Output = ()> + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_local(session);
    }

    /// Returns when those have ended that were spawned: nothing that they need may be closed before.
    pub async fn ended(&self) {
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        while tasks.join_next().await.is_some() {}
    }

    /// Runs a session until its client ends it, or an error does. The client has gone when nobody receives `answers` any more.
    ///
    /// # Errors
    /// As the contract says; INVALID_ARGUMENT for a request that cannot be.
    pub async fn run<S>(
        &self,
        caller: Caller,
        mut requests: S,
        answers: mpsc::Sender<ChatResponse>,
    ) -> Result<(), Error>
    where
        S: Stream<Item = Result<ChatRequest, Error>> + Send + Unpin,
    {
        let begun = async {
            let user_id = caller.account_id()?;
            self.auth.check(&caller).await?;
            let positions = Positions::new(user_id);
            let position = beginning(&mut requests, &positions).await?;
            Ok::<_, Error>((user_id, positions, position))
        };
        let (user_id, positions, position) = tokio::select! {
            begun = begun => begun?,
            () = self.stopping.cancelled() => return Err(come_back()),
        };

        let (signals, receiver) = mpsc::channel(self.bounds.queue);
        let seat = Seat {
            session_id: Uuid::now_v7(),
            signals,
            cursor: Arc::new(AtomicI64::new(i64::MAX)),
            overflow: CancellationToken::new(),
        };
        self.hub.join(user_id, seat.clone()).await?;
        metrics::gauge!("messaging_live_sessions").increment(1.0);
        let inbox = Inbox {
            user_id,
            store: self.store.clone(),
            positions,
            cursor: Arc::clone(&seat.cursor),
            signals: receiver,
            answers: answers.clone(),
            has_more: false,
        };
        let outcome = self.converse(&caller, requests, answers, inbox, position, &seat).await;
        self.hub.leave(user_id, seat.session_id).await;
        // Who is sent to another replica does not go: presence waits for them.
        if !self.stopping.is_cancelled() {
            self.app.session_ended(user_id, seat.session_id).await;
        }
        metrics::gauge!("messaging_live_sessions").decrement(1.0);
        let code = outcome.as_ref().map_or_else(Error::code, |()| Code::Ok);
        metrics::counter!("messaging_live_sessions_ended_total", "code" => social_telemetry::grpc::code_name(code))
            .increment(1);
        outcome
    }

    /// Both directions at once; what ends first ends the session.
    async fn converse<S>(
        &self,
        caller: &Caller,
        requests: S,
        answers: mpsc::Sender<ChatResponse>,
        inbox: Inbox,
        position: Option<i64>,
        seat: &Seat,
    ) -> Result<(), Error>
    where
        S: Stream<Item = Result<ChatRequest, Error>> + Send + Unpin,
    {
        let last = self.store.last_position(inbox.user_id).await?;
        let position = position.unwrap_or(last);
        if position > last {
            return Err(refused());
        }
        seat.cursor.store(position, Ordering::Relaxed);
        let client = answers.clone();
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => Err(come_back()),
            () = seat.overflow.cancelled() => Err(too_slow()),
            () = client.closed() => Ok(()),
            () = tokio::time::sleep(self.bounds.lifetime) => Err(come_back()),
            outcome = inbox.run() => outcome,
            outcome = self.listen(caller, requests, answers) => outcome,
            () = self.live(caller, seat.session_id) => Ok(()),
        }
    }

    /// Does what the client wants, one request after another, until it says no more.
    async fn listen<S>(
        &self,
        caller: &Caller,
        mut requests: S,
        answers: mpsc::Sender<ChatResponse>,
    ) -> Result<(), Error>
    where
        S: Stream<Item = Result<ChatRequest, Error>> + Send + Unpin,
    {
        let mut typed: Option<(String, Instant)> = None;
        while let Some(request) = requests.next().await {
            match request?.event {
                Some(Request::Send(request)) => {
                    let answer =
                        ChatResponse { position: String::new(), event: Some(self.send(caller, request).await) };
                    // Nobody receives when the session ends anyway.
                    answers.send(answer).await.ok();
                }
                Some(Request::Receipt(request)) => match self.bounded(self.app.set_receipt(caller, request)).await {
                    // It may have been on its way when the membership ended.
                    Err(error) if error.code() == Code::NotFound => {}
                    outcome => drop(outcome?),
                },
                Some(Request::Typing(typing)) => {
                    let again = typed.as_ref().is_some_and(|(conversation, at)| {
                        *conversation == typing.conversation_id && at.elapsed() < TYPING
                    });
                    if !again {
                        typed = Some((typing.conversation_id.clone(), Instant::now()));
                        self.typing(caller, typing).await?;
                    }
                }
                Some(Request::Begin(_)) => return Err(Error::invalid("begin", "stands in the first message only")),
                None => return Err(Error::invalid("event", "is required")),
            }
        }
        Ok(())
    }

    async fn send(&self, caller: &Caller, request: SendMessageRequest) -> Answer {
        let request_id = request.request_id.clone();
        let result = match self.bounded(self.app.send_message(caller, request)).await {
            Ok(response) => response.message.map(Outcome::Message),
            Err(error) => {
                let status = Status::from(error);
                Some(Outcome::Failure(SendFailure { code: status.code().into(), reason: status.message().to_owned() }))
            }
        };
        Answer::Sent(SendResult { request_id, result })
    }

    /// Lost without harm, unless it cannot be at all.
    async fn typing(&self, caller: &Caller, typing: Typing) -> Result<(), Error> {
        match self.bounded(self.app.typing(caller, typing)).await {
            Err(error) if error.code() == Code::InvalidArgument => Err(error),
            _ => Ok(()),
        }
    }

    /// With the time of a request of its own.
    async fn bounded<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let work = deadline::scope(Instant::now() + self.bounds.request_timeout, work);
        let done = tokio::time::timeout(self.bounds.request_timeout, work).await;
        done.unwrap_or_else(|_| Err(Error::deadline("the request took too long")))
    }

    /// Signs of life, for ever.
    async fn live(&self, caller: &Caller, session_id: Uuid) {
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        while let Ok(user_id) = caller.account_id() {
            heartbeat.tick().await;
            self.app.session_lives(user_id, session_id).await;
        }
    }
}

/// Where the session goes on, by its first message.
async fn beginning<S>(requests: &mut S, positions: &Positions) -> Result<Option<i64>, Error>
where
    S: Stream<Item = Result<ChatRequest, Error>> + Unpin,
{
    let first = tokio::time::timeout(BEGINNING, requests.next()).await;
    let first = first.map_err(|_| Error::deadline("the session did not begin"))?;
    match first.transpose()?.and_then(|request| request.event) {
        Some(Request::Begin(begin)) => positions.read(&begin.position),
        Some(Request::Send(_) | Request::Receipt(_) | Request::Typing(_)) | None => {
            Err(Error::invalid("begin", "is required in the first message"))
        }
    }
}

fn come_back() -> Error {
    Error::unavailable("the session ends here: come back with the last position")
        .retry_after(Duration::from_millis(100))
}

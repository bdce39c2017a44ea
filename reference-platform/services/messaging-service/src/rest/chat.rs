//! Live sessions over WebSocket: frames to requests of the session and back.

use std::time::Duration;

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, get};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Session};
use social_auth::{Caller, OptionalCaller, Verifier};
use social_proto::messaging::v1::{ChatRequest, ChatResponse};
use social_runtime::{Error, Problem};
use social_telemetry::grpc::code_name;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};
use tracing::Instrument;

use super::frames::{Answer, Request};
use crate::grpc::ANSWERS;
use crate::live::Sessions;

/// Bytes of a frame: a message of 4000 characters, escaped.
const MAX_FRAME: usize = 64 * 1024;
/// How long the token may take that comes as a frame.
const AUTHORIZATION_LIMIT: Duration = Duration::from_secs(5);
/// Between two pings.
const PING: Duration = Duration::from_secs(20);
/// A client that says nothing for so long, not even to a ping, has gone.
const SILENCE: Duration = Duration::from_secs(50);
/// Of the reason of a close frame, which has at most 123.
const MAX_REASON: usize = 120;

type Requests = mpsc::Sender<Result<ChatRequest, Error>>;

/// The live session of one device, as a WebSocket whose frames are the events `Request` and `Answer`. Without an `Authorization`
/// header the first frame brings the token.
#[utoipa::path(tag = "live", responses((status = 101), (status = "default", body = Problem)))]
#[get("/v1/chat")]
pub async fn chat(
    sessions: Data<Sessions>,
    OptionalCaller(caller): OptionalCaller,
    request: HttpRequest,
    body: Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let verifier = request.app_data::<Verifier>().cloned();
    let verifier = verifier.ok_or_else(|| Error::internal(std::io::Error::other("no Verifier is in the app data")))?;
    let (response, socket, frames) = actix_ws::handle(&request, body)?;
    let frames = frames.max_frame_size(MAX_FRAME).aggregate_continuations().max_continuation_size(MAX_FRAME);
    let running = sessions.get_ref().clone();
    let conversation = async move {
        let closing = socket.clone();
        let outcome = converse(running, verifier, caller, socket, frames).await;
        // The client may have closed it before.
        closing.close(Some(reason(outcome))).await.ok();
    };
    sessions.spawn_local(conversation.in_current_span());
    Ok(response)
}

async fn converse(
    sessions: Sessions,
    verifier: Verifier,
    caller: Option<Caller>,
    mut socket: Session,
    mut frames: AggregatedMessageStream,
) -> Result<(), Error> {
    let caller = match caller {
        Some(caller) => caller,
        None => authorize(&verifier, &mut socket, &mut frames).await?,
    };
    let (requests, received) = mpsc::channel(1);
    let (answers, told) = mpsc::channel(ANSWERS);
    let running = async move { sessions.run(caller, ReceiverStream::new(received), answers).await };
    let running = tokio::spawn(running.in_current_span());
    let reader = socket.clone();
    let writing = async {
        write(socket, told).await;
        running.await.map_err(Error::internal)?
    };
    tokio::pin!(writing);
    tokio::select! {
        outcome = &mut writing => return outcome,
        // The session sees that no more requests come.
        () = read(reader, frames, requests) => {}
    }
    writing.await
}

/// The caller, by the first frame.
async fn authorize(
    verifier: &Verifier,
    socket: &mut Session,
    frames: &mut AggregatedMessageStream,
) -> Result<Caller, Error> {
    let missing = || Error::unauthenticated("an access token is required").with_reason("TOKEN_REQUIRED");
    let first = tokio::time::timeout(AUTHORIZATION_LIMIT, next(socket, frames)).await.map_err(|_| missing())?;
    match first.transpose()? {
        Some(Request::Authorize { token }) => verifier.verify(&token).await,
        _ => Err(missing()),
    }
}

/// Passes frames on until there are no more, or nobody takes them.
async fn read(mut socket: Session, mut frames: AggregatedMessageStream, requests: Requests) {
    while let Some(request) = next(&mut socket, &mut frames).await {
        let again = || Error::invalid("authorize", "stands in the first frame only");
        let request = request.and_then(|request| request.into_contract().ok_or_else(again));
        if requests.send(request).await.is_err() {
            return;
        }
    }
}

/// The next request; `None` when the client has closed, or says nothing any more. Pings are answered meanwhile.
async fn next(socket: &mut Session, frames: &mut AggregatedMessageStream) -> Option<Result<Request, Error>> {
    loop {
        let unreadable = |error: &dyn std::fmt::Display| Err(Error::invalid("frame", error.to_string()));
        return match tokio::time::timeout(SILENCE, frames.recv()).await.ok()?? {
            Ok(AggregatedMessage::Text(text)) => Some(serde_json::from_str(&text).or_else(|error| unreadable(&error))),
            Ok(AggregatedMessage::Binary(_)) => Some(unreadable(&"must be text")),
            Ok(AggregatedMessage::Ping(bytes)) => {
                socket.pong(&bytes).await.ok()?;
                continue;
            }
            Ok(AggregatedMessage::Pong(_)) => continue,
            Ok(AggregatedMessage::Close(_)) => None,
            Err(error) => Some(unreadable(&error)),
        };
    }
}

/// Writes what the session tells, and pings, until the session or the client ends.
async fn write(mut socket: Session, mut told: mpsc::Receiver<ChatResponse>) {
    let mut pings = tokio::time::interval(PING);
    loop {
        let written = tokio::select! {
            answer = told.recv() => match answer.map(Answer::from_contract) {
                Some(Some(answer)) => match serde_json::to_string(&answer) {
                    Ok(text) => socket.text(text).await,
                    // No map with keys that are no text is in an answer.
                    Err(_) => continue,
                },
                Some(None) => continue,
                None => return,
            },
            _ = pings.tick() => socket.ping(b"").await,
        };
        if written.is_err() {
            return;
        }
    }
}

/// How the socket is closed: a code of WebSocket, and the code of gRPC with its message as the reason.
fn reason(outcome: Result<(), Error>) -> CloseReason {
    let Err(error) = outcome else { return CloseReason { code: CloseCode::Normal, description: None } };
    let status = Status::from(error);
    let code = match status.code() {
        Code::Unavailable => CloseCode::Restart,
        Code::ResourceExhausted => CloseCode::Again,
        Code::Internal => CloseCode::Error,
        _ => CloseCode::Policy,
    };
    let mut description = format!("{}: {}", code_name(status.code()), status.message());
    description.truncate(description.floor_char_boundary(MAX_REASON));
    CloseReason { code, description: Some(description) }
}

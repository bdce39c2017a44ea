//! A live stream: keys, segments, playlist, viewers, chat, its end.

use anyhow::{Context as _, Result, ensure};
use social_proto::notification::v1::{ListNotificationsRequest, NotificationKind};
use social_proto::streaming::v1::watch_chat_response::Event;
use social_proto::streaming::v1::{
    CreateStreamRequest, EndStreamRequest, GetPlaylistRequest, GetStreamRequest, ListLiveStreamsRequest,
    ListStreamHistoryRequest, PutViewerRequest, SendChatMessageRequest, StreamState, WatchChatRequest,
};
use tokio::time::timeout;
use tonic::Code;
use uuid::Uuid;

use super::{Cast, SOON, Stage};
use crate::client::{Encoder, Session, content};
use crate::eventually::eventually;

const SEGMENTS: usize = 3;

/// Ada streams, Grace watches.
pub(super) async fn broadcast(stage: &Stage<'_>, cast: &Cast) -> Result<()> {
    let Cast { ada, grace, .. } = cast;
    let step = stage.progress.begin("stream", "Ada goes live");
    let request = CreateStreamRequest { request_id: Uuid::new_v4().to_string(), title: "The engine, live".to_owned() };
    let made = ada.api.streaming().create_stream(request).await?.into_inner();
    let stream_id = made.stream.context("no stream")?.stream_id;
    let refused = Encoder::begin(&ada.api, &stream_id, "not the key").await.end().await;
    ensure!(refused.is_err_and(|status| status.code() == Code::PermissionDenied), "another key opens nothing");
    let first = Encoder::begin(&ada.api, &stream_id, &made.stream_key).await;
    first.segment(1).await;
    first.segment(2).await;
    let last = first.end().await?;
    ensure!(last == 2, "both segments are stored, not up to {last}");
    let encoder = Encoder::begin(&ada.api, &stream_id, &made.stream_key).await;
    for sequence in (1..).take(SEGMENTS) {
        encoder.segment(sequence).await;
    }
    let playlist = eventually("all segments are in the playlist, each once", SOON, async || {
        let playlist = playlist(grace, &stream_id).await?;
        ensure!(playlist.starts_with("#EXTM3U") && !playlist.contains("#EXT-X-ENDLIST"), "{playlist}");
        ensure!(segments(&playlist) == SEGMENTS, "{playlist}");
        Ok(playlist)
    })
    .await?;
    let address = playlist.lines().find(|line| !line.starts_with('#') && !line.is_empty()).context("no segment")?;
    let base = format!("http://{}", stage.services.address("streaming-1", "http")?);
    let address = if address.starts_with("http") { address.to_owned() } else { format!("{base}{address}") };
    let video = reqwest::get(&address).await?.error_for_status()?.bytes().await?;
    ensure!(video == content(1), "the first segment comes as it was sent");
    step.done(&format!("the encoder came back once; {SEGMENTS} segments in the playlist"));

    let step = stage.progress.begin("watch", "Grace watches and is in the chat");
    watch(cast, &stream_id).await?;
    step.done("one viewer, one message in the chat, and Grace was told that Ada is live");

    let step = stage.progress.begin("end", "Ada ends the stream");
    ada.api.streaming().end_stream(EndStreamRequest { stream_id: stream_id.clone() }).await?;
    let playlist = eventually("the playlist is complete", SOON, async || {
        let playlist = self::playlist(grace, &stream_id).await?;
        ensure!(playlist.contains("#EXT-X-ENDLIST"), "{playlist}");
        Ok(playlist)
    })
    .await?;
    drop(encoder);
    ensure!(segments(&playlist) == SEGMENTS, "a recording has all segments: {playlist}");
    let request = ListStreamHistoryRequest { stream_id, ..ListStreamHistoryRequest::default() };
    let history = ada.api.streaming().list_stream_history(request).await?.into_inner().entries;
    ensure!(history.last().is_some_and(|entry| entry.state() == StreamState::Ended), "the history ends with its end");
    ensure!(history.iter().zip(1..).all(|(entry, number)| entry.sequence == number), "and has no gap");
    step.done(&format!("{} events in its history", history.len()));
    Ok(())
}

async fn watch(cast: &Cast, stream_id: &str) -> Result<()> {
    let Cast { ada, grace, .. } = cast;
    let mut chat =
        grace.api.streaming().watch_chat(WatchChatRequest { stream_id: stream_id.to_owned() }).await?.into_inner();
    let request = SendChatMessageRequest {
        request_id: Uuid::new_v4().to_string(),
        stream_id: stream_id.to_owned(),
        text: "Is it steam?".to_owned(),
    };
    grace.api.streaming().send_chat_message(request).await?;
    let heard = timeout(SOON, chat.message()).await.context("the chat says nothing")??.context("the chat ended")?;
    let Some(Event::Message(message)) = heard.event else { anyhow::bail!("no message: {heard:?}") };
    ensure!(message.text == "Is it steam?" && message.sender_id == grace.account_id, "{message:?}");

    let viewer_id = Uuid::new_v4().to_string();
    eventually("one viewer is counted", SOON, async || {
        let request = PutViewerRequest { stream_id: stream_id.to_owned(), viewer_id: viewer_id.clone() };
        grace.api.streaming().put_viewer(request).await?;
        let request = GetStreamRequest { stream_id: stream_id.to_owned() };
        let stream = ada.api.streaming().get_stream(request).await?.into_inner().stream.context("no stream")?;
        ensure!(stream.state() == StreamState::Live && stream.viewer_count == 1, "{stream:?}");
        Ok(())
    })
    .await?;
    eventually("the stream is among those that are live", SOON, async || {
        let live = grace.api.streaming().list_live_streams(ListLiveStreamsRequest::default()).await?.into_inner();
        ensure!(live.streams.iter().any(|stream| stream.stream_id == stream_id), "{} are", live.streams.len());
        Ok(())
    })
    .await?;
    eventually("Grace is told", SOON, async || {
        let request = ListNotificationsRequest::default();
        let news = grace.api.notifications().list_notifications(request).await?.into_inner().notifications;
        let live = |kind| kind == NotificationKind::Live;
        ensure!(news.iter().any(|one| live(one.kind()) && one.actor_id == ada.account_id), "of {} things", news.len());
        Ok(())
    })
    .await
}

async fn playlist(viewer: &Session, stream_id: &str) -> Result<String> {
    let request = GetPlaylistRequest { stream_id: stream_id.to_owned() };
    Ok(viewer.api.streaming().get_playlist(request).await?.into_inner().playlist)
}

fn segments(playlist: &str) -> usize {
    playlist.matches("#EXTINF").count()
}

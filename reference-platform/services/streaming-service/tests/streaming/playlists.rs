//! Playlists are what RFC 8216 demands, and lead to the video.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use social_proto::streaming::v1::*;
use tonic::Code;
use uuid::Uuid;

use crate::harness::{World, code, id, segment};

/// A media playlist, read as strictly as the RFC is.
#[derive(Debug, Default, PartialEq)]
struct Parsed {
    target_duration: u64,
    media_sequence: i64,
    discontinuity_sequence: i64,
    ended: bool,
    /// Duration in seconds, whether a discontinuity comes before it, address.
    segments: Vec<(f64, bool, String)>,
}

fn parse(text: &str) -> Parsed {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("#EXTM3U"), "the first line");
    let (mut parsed, mut duration, mut discontinuity, mut seen) = (Parsed::default(), None, false, Vec::new());
    for line in lines {
        assert!(!parsed.ended, "nothing comes after the end");
        let (tag, value) = line.split_once(':').unwrap_or((line, ""));
        if line.starts_with("#EXT-X-") && tag != "#EXT-X-DISCONTINUITY" {
            assert!(!seen.contains(&tag.to_owned()), "{tag} comes twice");
            seen.push(tag.to_owned());
        }
        let before_segments = parsed.segments.is_empty() && duration.is_none();
        match tag {
            "#EXT-X-VERSION" => assert_eq!(value, "3"),
            "#EXT-X-INDEPENDENT-SEGMENTS" => {}
            "#EXT-X-TARGETDURATION" => parsed.target_duration = value.parse().unwrap(),
            "#EXT-X-MEDIA-SEQUENCE" if before_segments => parsed.media_sequence = value.parse().unwrap(),
            "#EXT-X-DISCONTINUITY-SEQUENCE" if before_segments && !discontinuity => {
                parsed.discontinuity_sequence = value.parse().unwrap();
            }
            "#EXT-X-DISCONTINUITY" => discontinuity = true,
            "#EXTINF" => {
                let (seconds, title) = value.split_once(',').unwrap();
                assert!(title.is_empty() && duration.is_none());
                duration = Some(seconds.parse::<f64>().unwrap());
            }
            "#EXT-X-ENDLIST" => parsed.ended = true,
            _ => {
                assert!(!line.starts_with('#') && !line.is_empty(), "{line}");
                let seconds = duration.take().expect("a duration comes before each address");
                assert!(seconds.round() as u64 <= parsed.target_duration);
                parsed.segments.push((seconds, discontinuity, line.to_owned()));
                discontinuity = false;
            }
        }
    }
    assert!(duration.is_none() && parsed.target_duration > 0);
    parsed
}

async fn playlist(world: &World, stream_id: &str) -> Parsed {
    let request = GetPlaylistRequest { stream_id: stream_id.to_owned() };
    let response = world.streaming.clone().get_playlist(world.as_user(Uuid::now_v7(), request)).await.unwrap();
    parse(&response.into_inner().playlist)
}

fn numbers(parsed: &Parsed) -> Vec<i64> {
    let number = |address: &str| address.rsplit_once('/').unwrap().1.strip_suffix(".ts").unwrap().parse().unwrap();
    parsed.segments.iter().map(|(_, _, address)| number(address)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_playlist_slides_and_an_ended_one_is_whole() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let (stream, key) = world.create(owner, "live").await;
    let stream_id = stream.stream_id;
    let request = || world.as_user(owner, GetPlaylistRequest { stream_id: stream_id.clone() });
    assert_eq!(code(world.streaming.clone().get_playlist(request()).await), Code::NotFound);

    let encoder = world.encoder(&stream_id, &key).await;
    for sequence in 1..=4 {
        encoder.send(sequence).await;
    }
    world.stored(&stream_id, 4).await;
    let first = playlist(&world, &stream_id).await;
    assert_eq!((first.media_sequence, first.ended, numbers(&first)), (1, false, vec![1, 2, 3, 4]));
    assert_eq!(first.target_duration, 1);

    encoder.vanish();
    world.until(&stream_id, StreamState::Interrupted).await;
    let encoder = world.encoder(&stream_id, &key).await;
    for sequence in 5..=8 {
        encoder.send(sequence).await;
    }
    world.stored(&stream_id, 8).await;
    let later = playlist(&world, &stream_id).await;
    assert_eq!((later.media_sequence, later.ended, numbers(&later)), (3, false, vec![3, 4, 5, 6, 7, 8]));
    assert_eq!(later.discontinuity_sequence, 0);
    let discontinuities: Vec<bool> = later.segments.iter().map(|(_, discontinuity, _)| *discontinuity).collect();
    assert_eq!(discontinuities, [false, false, true, false, false, false]);
    // What is in both is the same in both.
    assert_eq!(first.segments[2..], later.segments[..2]);

    // Once the discontinuity has slid out it is counted.
    for sequence in 9..=11 {
        encoder.send(sequence).await;
    }
    world.stored(&stream_id, 11).await;
    let latest = playlist(&world, &stream_id).await;
    assert_eq!((latest.media_sequence, latest.discontinuity_sequence), (6, 1));
    assert!(latest.segments.iter().all(|(_, discontinuity, _)| !discontinuity));

    world.end(owner, &stream_id).await.unwrap();
    let whole = playlist(&world, &stream_id).await;
    assert_eq!((whole.media_sequence, whole.ended), (1, true));
    assert_eq!(numbers(&whole), (1..=11).collect::<Vec<_>>());
    assert_eq!(whole.discontinuity_sequence, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn players_fetch_without_a_token_and_from_any_origin() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let (stream, encoder) = world.live(owner, 3).await;
    let stream_id = stream.stream_id;
    let client = reqwest::Client::new();
    let get = |path: String| {
        let request = client.get(format!("{}{path}", world.url));
        async move { request.send().await.unwrap() }
    };
    let header = |response: &reqwest::Response, name| response.headers()[name].to_str().unwrap().to_owned();

    let path = format!("/v1/streams/{stream_id}/playlist.m3u8");
    let live = get(path.clone()).await;
    assert_eq!(live.status(), StatusCode::OK);
    assert_eq!(header(&live, CONTENT_TYPE), "application/vnd.apple.mpegurl");
    assert_eq!(header(&live, CACHE_CONTROL), "public, max-age=1");
    assert_eq!(header(&live, ACCESS_CONTROL_ALLOW_ORIGIN), "*");
    let parsed = parse(&live.text().await.unwrap());
    assert_eq!(parsed, playlist(&world, &stream_id).await);

    // The addresses lead to what the encoder sent.
    for (index, (_, _, address)) in parsed.segments.iter().enumerate() {
        let response = get(address.clone()).await;
        assert_eq!(header(&response, CONTENT_TYPE), "video/mp2t");
        assert_eq!(header(&response, ACCESS_CONTROL_ALLOW_ORIGIN), "*");
        assert!(header(&response, CACHE_CONTROL).contains("immutable"));
        assert_eq!(response.bytes().await.unwrap(), segment(index as i64 + 1).content);
    }
    for (path, expected) in [
        (format!("/v1/streams/{stream_id}/segments/4.ts"), StatusCode::NOT_FOUND),
        (format!("/v1/streams/{stream_id}/segments/x.ts"), StatusCode::BAD_REQUEST),
        (format!("/v1/streams/{}/playlist.m3u8", id()), StatusCode::NOT_FOUND),
        ("/v1/streams/x/playlist.m3u8".to_owned(), StatusCode::BAD_REQUEST),
    ] {
        let response = get(path.clone()).await;
        assert_eq!(response.status(), expected, "{path}");
        assert_eq!(header(&response, ACCESS_CONTROL_ALLOW_ORIGIN), "*", "{path}");
    }
    encoder.finish().await.unwrap();
    world.end(owner, &stream_id).await.unwrap();
    let ended = get(path).await;
    assert_eq!(header(&ended, CACHE_CONTROL), "public, max-age=60");
    assert!(parse(&ended.text().await.unwrap()).ended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_can_be_those_of_another_host() {
    let world = World::start_with(|settings| settings.public_url = "https://video.test/".to_owned()).await;
    let (stream, _encoder) = world.live(Uuid::now_v7(), 1).await;
    let (_, _, address) = playlist(&world, &stream.stream_id).await.segments.remove(0);
    assert_eq!(address, format!("https://video.test/v1/streams/{}/segments/1.ts", stream.stream_id));
}

/// Where ffprobe is installed it has the last word. It says how long what it can play is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_plays_it() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let (stream, encoder) = world.live(owner, 4).await;
    encoder.finish().await.unwrap();
    world.end(owner, &stream.stream_id).await.unwrap();
    let address = format!("{}/v1/streams/{}/playlist.m3u8", world.url, stream.stream_id);
    let probe = tokio::process::Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-show_entries", "stream=codec_name,nb_read_frames", "-of", "csv=p=0"])
        .arg(address)
        .output();
    match tokio::time::timeout(Duration::from_secs(20), probe).await.unwrap() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(String::from_utf8_lossy(&output.stdout).lines().next(), Some("h264,16"));
        }
        Err(error) => eprintln!("ffprobe is not installed ({error}): the playlist was not played"),
    }
}

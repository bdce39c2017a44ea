//! What becomes of videos.

use std::os::unix::fs::PermissionsExt;

use image::ImageFormat;
use social_proto::media::v1::*;
use uuid::Uuid;

use crate::files::{PLACE, image, mp4, transport_stream};
use crate::harness::{Harness, holds};

fn names(media: &Media) -> Vec<&str> {
    media.variants.iter().map(|variant| variant.name.as_str()).collect()
}

#[tokio::test]
async fn an_mp4_gets_its_size_its_length_and_a_poster() {
    let harness = Harness::start().await;
    let owner = Uuid::now_v7();
    // Larger than a part of the object store.
    let samples: Vec<u8> = (0..6u32 << 20).map(|at| (at % 251) as u8).collect();
    let bytes = mp4(&samples);
    let media = harness.process(owner, MediaKind::Video, &bytes).await;
    assert_eq!(media.state(), MediaState::Ready, "{}", media.failure);
    assert_eq!((media.content_type.as_str(), media.width_pixels, media.height_pixels), ("video/mp4", 320, 180));
    assert_eq!(media.duration, Some(prost_types::Duration { seconds: 12, nanos: 500_000_000 }));
    assert_eq!(names(&media), ["original", "poster"]);
    harness.left(&media.media_id, &["original", "poster"]).await;

    let original = harness.stored(&media.media_id, "original");
    assert_eq!(original.len(), bytes.len());
    let begin = original.len() - bytes.len() + 28;
    assert!(
        original[begin..begin + samples.len()] == bytes[begin..begin + samples.len()],
        "the pictures are as they were"
    );
    assert!(holds(&bytes, PLACE) && !holds(&original[begin + samples.len()..], PLACE));
    let poster = image::load_from_memory(&harness.stored(&media.media_id, "poster")).unwrap();
    assert_eq!((poster.width(), poster.height()), (320, 180));
}

#[tokio::test]
async fn a_transport_stream_gets_a_playlist() {
    let harness = Harness::start().await;
    let owner = Uuid::now_v7();
    let bytes = transport_stream(20);
    let media = harness.process(owner, MediaKind::Video, &bytes).await;
    assert_eq!(media.state(), MediaState::Ready, "{}", media.failure);
    assert_eq!((media.content_type.as_str(), media.duration.unwrap().seconds), ("video/mp2t", 20));
    assert_eq!(names(&media), ["original", "poster", "playlist"]);
    let sign = SignUrlRequest { media_id: media.media_id.clone(), variant: "playlist".to_owned(), lifetime: None };
    let signed = harness.client.clone().sign_url(harness.as_user(owner, sign)).await.unwrap().into_inner();
    let url = signed.url.replace("https://media.example", &harness.url);
    let playlist = reqwest::get(&url).await.unwrap();
    assert_eq!(playlist.headers()["content-type"], "application/vnd.apple.mpegurl");
    let playlist = playlist.text().await.unwrap();

    // As a player does it: each segment is a range of an address that is relative to that of the playlist.
    let base = reqwest::Url::parse(&url).unwrap();
    let lines: Vec<&str> = playlist.lines().collect();
    let (mut whole, client) = (Vec::new(), reqwest::Client::new());
    for (at, line) in lines.iter().enumerate() {
        let Some(range) = line.strip_prefix("#EXT-X-BYTERANGE:") else { continue };
        let (length, offset) = range.split_once('@').unwrap();
        let (length, offset) = (length.parse::<usize>().unwrap(), offset.parse::<usize>().unwrap());
        let address = base.join(lines[at + 1]).unwrap();
        let range = format!("bytes={offset}-{}", offset + length - 1);
        let segment = client.get(address).header("range", range).send().await.unwrap();
        assert_eq!(segment.status(), 206);
        let segment = segment.bytes().await.unwrap();
        assert_eq!((segment[0], segment.len() % 188), (0x47, 0));
        whole.extend(segment);
    }
    assert!(whole == bytes, "the segments are the whole");
    assert_eq!(lines.iter().filter(|line| line.starts_with("#EXTINF:6.000")).count(), 3);

    // A range of the playlist itself.
    let part = client.get(&url).header("range", "bytes=1-6").send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.text().await.unwrap().as_str()), (206, "EXTM3U"));
}

#[tokio::test]
async fn videos_that_cannot_be_used_say_why() {
    let harness = Harness::start().await;
    let owner = Uuid::now_v7();
    let (video, stream) = (mp4(b"pictures"), transport_stream(3));
    for (bytes, reason) in [
        (&video[..video.len() - 30], "the video is damaged"),
        (&video[..20], "the video has no index"),
        (&stream[..stream.len() - 7], "the video is cut off"),
        (&[&stream[..564], &[0; 188]].concat(), "the video is damaged"),
    ] {
        let media = harness.process(owner, MediaKind::Video, bytes).await;
        assert_eq!((media.state(), media.failure.as_str()), (MediaState::Failed, reason));
    }
    harness.left("nothing", &[]).await;
}

#[tokio::test]
async fn ffmpeg_makes_the_poster_if_there_is_one() {
    let tools = tempfile::tempdir().unwrap();
    let (frame, ffmpeg) = (tools.path().join("frame.jpg"), tools.path().join("ffmpeg"));
    std::fs::write(&frame, image(123, 77, ImageFormat::Jpeg)).unwrap();
    // Gives the frame if the copy of the video is there, and breaks for transport streams.
    let script = format!(
        "#!/bin/sh\nwhile [ \"$1\" != -i ]; do [ \"$1\" = mpegts ] && exit 1; shift; done\n[ -s \"$2\" ] && cat {}\n",
        frame.display()
    );
    std::fs::write(&ffmpeg, script).unwrap();
    std::fs::set_permissions(&ffmpeg, std::fs::Permissions::from_mode(0o755)).unwrap();
    let harness = Harness::start_with(|settings| settings.ffmpeg_path = Some(ffmpeg)).await;
    let owner = Uuid::now_v7();
    for (bytes, size) in [(mp4(b"pictures"), (123, 77)), (transport_stream(3), (1280, 720))] {
        let media = harness.process(owner, MediaKind::Video, &bytes).await;
        let poster = media.variants.iter().find(|one| one.name == "poster").unwrap();
        assert_eq!((poster.width_pixels, poster.height_pixels), size, "{}", media.failure);
    }
}

//! How files come in, and how they do not.

use std::time::Duration;

use image::ImageFormat;
use social_proto::media::v1::upload_media_request::Part;
use social_proto::media::v1::*;
use social_testing::eventually;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::files::{image, photo};
use crate::harness::{Harness, begin, chunk, code, header, upload};

#[tokio::test]
async fn an_upload_counts_once_and_is_not_read_again() {
    let harness = Harness::start_with(|settings| settings.processing_workers = 0).await;
    let owner = Uuid::now_v7();
    let bytes = photo(60, 40);
    let head = header(MediaKind::Image, &bytes);
    let media = harness.send(owner, upload(head.clone(), &bytes)).await.unwrap();
    assert_eq!((media.state(), media.kind()), (MediaState::Processing, MediaKind::Image));
    assert_eq!((media.content_type.as_str(), media.size_bytes), ("image/jpeg", bytes.len() as i64));
    assert_eq!((&media.owner_id, media.variants.len()), (&owner.to_string(), 0));
    assert_eq!(harness.get(owner, &media.media_id).await.unwrap(), media);

    // Only the header is sent, and no end.
    let endless = tokio_stream::iter([begin(head.clone())]).chain(tokio_stream::pending());
    let mut client = harness.client.clone();
    let again = client.upload_media(harness.as_user(owner, endless));
    let again = tokio::time::timeout(Duration::from_secs(5), again).await.expect("answered without reading on");
    assert_eq!(again.unwrap().into_inner().media, Some(media.clone()));

    let other = UploadHeader { size_bytes: head.size_bytes + 1, ..head.clone() };
    assert_eq!(code(harness.send(owner, upload(other, &bytes)).await), Code::FailedPrecondition);
    // Another account has other request ids.
    let of_another = harness.send(Uuid::now_v7(), upload(head, &bytes)).await.unwrap();
    assert_ne!(of_another.media_id, media.media_id);
    assert_eq!((harness.count("media").await, harness.count("outbox").await, harness.files().len()), (2, 2, 2));
}

#[tokio::test]
async fn of_simultaneous_uploads_with_one_id_one_is_kept() {
    let harness = Harness::start_with(|settings| settings.processing_workers = 0).await;
    let owner = Uuid::now_v7();
    let bytes = photo(60, 40);
    let head = header(MediaKind::Image, &bytes);
    let (first, first_upload) = mpsc::channel(4);
    let (second, second_upload) = mpsc::channel(4);
    let mut uploads = Vec::new();
    for messages in [first_upload, second_upload] {
        let (mut client, request) = (harness.client.clone(), harness.as_user(owner, ReceiverStream::new(messages)));
        uploads.push(tokio::spawn(async move { client.upload_media(request).await }));
    }
    for sender in [&first, &second] {
        sender.send(begin(head.clone())).await.unwrap();
        sender.send(chunk(bytes[..10].to_vec())).await.unwrap();
    }
    eventually(Duration::from_secs(5), || async {
        anyhow::ensure!(harness.files().len() == 2);
        Ok(())
    })
    .await
    .unwrap();
    for sender in [first, second] {
        sender.send(chunk(bytes[10..].to_vec())).await.unwrap();
    }
    let mut answers = Vec::new();
    for upload in uploads {
        answers.push(upload.await.unwrap().unwrap().into_inner().media.unwrap());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(harness.count("media").await, 1);
    assert_eq!(harness.files(), [format!("uploads/{}", answers[0].media_id)]);
}

#[tokio::test]
async fn what_is_not_as_promised_leaves_nothing() {
    let harness = Harness::start().await;
    let owner = Uuid::now_v7();
    let bytes = image(400, 400, ImageFormat::Png);
    let head = || header(MediaKind::Image, &bytes);
    let part = |part| UploadMediaRequest { part };
    for (expected, messages) in [
        (Code::DataLoss, upload(UploadHeader { sha256: vec![7; 32], ..head() }, &bytes)),
        (Code::DataLoss, upload(head(), &bytes[..bytes.len() - 1])),
        (Code::DataLoss, vec![begin(head())]),
        (Code::InvalidArgument, upload(UploadHeader { size_bytes: 9, ..head() }, &bytes)),
        (Code::InvalidArgument, vec![]),
        (Code::InvalidArgument, vec![chunk(bytes.clone())]),
        (Code::InvalidArgument, vec![part(None)]),
        (Code::InvalidArgument, vec![begin(head()), begin(head())]),
        (Code::InvalidArgument, vec![begin(head()), chunk(bytes[..9].to_vec()), part(None)]),
        (Code::InvalidArgument, vec![begin(head()), chunk(Vec::new())]),
        (Code::InvalidArgument, vec![begin(head()), chunk(vec![0; (1 << 20) + 1])]),
        (Code::OutOfRange, vec![begin(head()), chunk(vec![0; 3 << 20])]),
        // Not what it is said to be.
        (Code::InvalidArgument, upload(header(MediaKind::Video, &bytes), &bytes)),
        (Code::InvalidArgument, upload(header(MediaKind::Image, b"GIF89a"), b"GIF89a")),
        (Code::InvalidArgument, upload(header(MediaKind::Image, &[0x47; 1000]), &[0x47; 1000])),
        // Headers.
        (Code::InvalidArgument, upload(UploadHeader { request_id: "x".to_owned(), ..head() }, &bytes)),
        (Code::InvalidArgument, upload(UploadHeader { kind: 0, ..head() }, &bytes)),
        (Code::InvalidArgument, upload(UploadHeader { kind: 3, ..head() }, &bytes)),
        (Code::InvalidArgument, upload(UploadHeader { sha256: vec![1; 31], ..head() }, &bytes)),
        (Code::InvalidArgument, upload(UploadHeader { size_bytes: 0, ..head() }, &bytes)),
        (Code::InvalidArgument, upload(UploadHeader { size_bytes: (20 << 20) + 1, ..head() }, &bytes)),
        (Code::InvalidArgument, upload(UploadHeader { kind: 2, size_bytes: (512 << 20) + 1, ..head() }, &bytes)),
    ] {
        let about = format!(
            "{:?}",
            messages.first().map(|first| match &first.part {
                Some(Part::Header(header)) => format!("{header:?} and {} more", messages.len() - 1),
                _ => "no header".to_owned(),
            })
        );
        assert_eq!(code(harness.send(owner, messages).await), expected, "{about}");
    }
    harness.untouched().await;
    // The largest chunk.
    let big = vec![0; 1 << 20];
    let mut file = image(9, 9, ImageFormat::Png);
    let size = file.len();
    file.extend(&big);
    let messages = vec![begin(header(MediaKind::Image, &file)), chunk(file[..size].to_vec()), chunk(big)];
    assert_eq!(code(harness.send(owner, messages).await), Code::Ok);
}

#[tokio::test]
async fn what_breaks_off_leaves_nothing() {
    let harness = Harness::start_with(|settings| settings.upload_idle_timeout = Duration::from_millis(600)).await;
    let owner = Uuid::now_v7();
    let bytes = [image(9, 9, ImageFormat::Png), vec![1; 6 << 20]].concat();
    // The client goes away.
    let (sender, messages) = mpsc::channel(99);
    let (mut client, request) = (harness.client.clone(), harness.as_user(owner, ReceiverStream::new(messages)));
    let call = tokio::spawn(async move { client.upload_media(request).await });
    let mut all = upload(header(MediaKind::Image, &bytes), &bytes);
    all.pop();
    for message in all {
        sender.send(message).await.unwrap();
    }
    eventually(Duration::from_secs(5), || async {
        anyhow::ensure!(!harness.files().is_empty());
        Ok(())
    })
    .await
    .unwrap();
    call.abort();
    drop(sender);
    harness.untouched().await;

    // The client says nothing more.
    let silent = tokio_stream::iter([begin(header(MediaKind::Image, &bytes)), chunk(bytes[..500].to_vec())]);
    let request = harness.as_user(owner, silent.chain(tokio_stream::pending()));
    assert_eq!(code(harness.client.clone().upload_media(request).await), Code::DeadlineExceeded);
    harness.untouched().await;
}

#[tokio::test]
async fn only_users_upload_and_not_too_many_at_once() {
    let harness = Harness::start_with(|settings| settings.max_uploads = 1).await;
    let bytes = photo(40, 30);
    let messages = || tokio_stream::iter(upload(header(MediaKind::Image, &bytes), &bytes));
    let mut client = harness.client.clone();
    assert_eq!(code(client.upload_media(Request::new(messages())).await), Code::Unauthenticated);
    assert_eq!(code(client.upload_media(harness.as_service(messages())).await), Code::PermissionDenied);
    harness.untouched().await;

    let owner = Uuid::now_v7();
    let (sender, slow) = mpsc::channel(2);
    let (mut other, request) = (harness.client.clone(), harness.as_user(owner, ReceiverStream::new(slow)));
    let first = tokio::spawn(async move { other.upload_media(request).await });
    sender.send(begin(header(MediaKind::Image, &bytes))).await.unwrap();
    eventually(Duration::from_secs(5), || async {
        anyhow::ensure!(!harness.files().is_empty());
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(code(client.upload_media(harness.as_user(owner, messages())).await), Code::ResourceExhausted);
    sender.send(chunk(bytes.clone())).await.unwrap();
    drop(sender);
    assert!(first.await.unwrap().is_ok());
    assert!(client.upload_media(harness.as_user(owner, messages())).await.is_ok());
}

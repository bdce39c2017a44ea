//! Who sees which files, and who deletes them.

use std::collections::HashSet;

use social_proto::media::v1::*;
use tonic::{Code, Request};
use uuid::Uuid;

use crate::files::{mp4, photo};
use crate::harness::{Harness, code, id};

#[tokio::test]
async fn lists_end_and_their_tokens_belong_to_them() {
    let harness = Harness::start_with(|settings| settings.processing_workers = 0).await;
    let (owner, other) = (Uuid::now_v7(), Uuid::now_v7());
    let mut expected = Vec::new();
    for n in 0..5 {
        let kind = if n % 2 == 0 { MediaKind::Image } else { MediaKind::Video };
        let bytes = if n % 2 == 0 { photo(20 + n, 20) } else { mp4(&[n as u8]) };
        expected.insert(0, harness.upload(owner, kind, &bytes).await);
    }
    harness.upload(other, MediaKind::Image, &photo(20, 20)).await;
    let list = |kind: i32, page_size, page_token: &str| {
        let request = ListMediaRequest { kind, page_size, page_token: page_token.to_owned() };
        (harness.client.clone(), harness.as_user(owner, request))
    };
    let (mut token, mut seen) = (String::new(), Vec::new());
    loop {
        let (mut client, request) = list(0, 2, &token);
        let page = client.list_media(request).await.unwrap().into_inner();
        assert!(page.media.len() <= 2);
        seen.extend(page.media);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, expected);
    let (mut client, request) = list(MediaKind::Video.into(), 0, "");
    let videos = client.list_media(request).await.unwrap().into_inner();
    let of_kind: Vec<_> = expected.iter().filter(|media| media.kind() == MediaKind::Video).cloned().collect();
    assert_eq!((videos.media, videos.next_page_token.as_str()), (of_kind, ""));

    let (mut client, request) = list(0, 2, "");
    let token = client.list_media(request).await.unwrap().into_inner().next_page_token;
    for (kind, page_size, token) in
        [(1, 2, token.as_str()), (0, 101, ""), (0, -1, ""), (3, 0, ""), (-1, 0, ""), (0, 0, "x")]
    {
        let (mut client, request) = list(kind, page_size, token);
        assert_eq!(code(client.list_media(request).await), Code::InvalidArgument, "{kind} {page_size} {token}");
    }
    let of_another = harness.as_user(other, ListMediaRequest { page_token: token, ..Default::default() });
    assert_eq!(code(client.list_media(of_another).await), Code::InvalidArgument);
    assert_eq!(code(client.list_media(harness.as_service(ListMediaRequest::default())).await), Code::PermissionDenied);
}

#[tokio::test]
async fn what_is_not_ready_is_seen_by_its_owner_and_by_services() {
    let harness = Harness::start().await;
    let (owner, other) = (Uuid::now_v7(), Uuid::now_v7());
    let ready = harness.process(owner, MediaKind::Image, &photo(30, 20)).await;
    let failed = harness.process(owner, MediaKind::Video, &mp4(b"")[..40]).await;
    assert_eq!((ready.state(), failed.state()), (MediaState::Ready, MediaState::Failed));
    assert_eq!(harness.get(other, &ready.media_id).await.unwrap(), ready);
    assert_eq!(code(harness.get(other, &failed.media_id).await), Code::NotFound);

    let mut client = harness.client.clone();
    let ids = vec![ready.media_id.clone(), failed.media_id.clone(), id(), ready.media_id.clone()];
    let batch = || BatchGetMediaRequest { media_ids: ids.clone() };
    let both = HashSet::from([ready.media_id.clone(), failed.media_id.clone()]);
    let one = HashSet::from([ready.media_id.clone()]);
    for (request, expected) in [
        (harness.as_user(owner, batch()), &both),
        (harness.as_service(batch()), &both),
        (harness.as_user(other, batch()), &one),
    ] {
        let media = client.batch_get_media(request).await.unwrap().into_inner().media;
        assert_eq!(media.len(), expected.len());
        assert_eq!(&media.into_iter().map(|media| media.media_id).collect::<HashSet<_>>(), expected);
    }
    for media_ids in [vec![], vec![id(); 101], vec!["x".to_owned()]] {
        let request = harness.as_user(owner, BatchGetMediaRequest { media_ids });
        assert_eq!(code(client.batch_get_media(request).await), Code::InvalidArgument);
    }
    assert_eq!(code(client.batch_get_media(Request::new(batch())).await), Code::Unauthenticated);
    let mut request = Request::new(GetMediaRequest { media_id: ready.media_id.clone() });
    let operator = format!("Bearer {}", harness.tokens.operator()).parse().unwrap();
    request.metadata_mut().insert("authorization", operator);
    assert_eq!(code(client.get_media(request).await), Code::PermissionDenied);
}

#[tokio::test]
async fn only_the_owner_deletes_and_nothing_is_left() {
    let harness = Harness::start().await;
    let (owner, other) = (Uuid::now_v7(), Uuid::now_v7());
    let ready = harness.process(owner, MediaKind::Image, &photo(30, 20)).await;
    let failed = harness.process(owner, MediaKind::Video, &mp4(b"")[..40]).await;
    let mut client = harness.client.clone();
    let delete = |media: &Media| DeleteMediaRequest { media_id: media.media_id.clone() };
    assert_eq!(code(client.delete_media(harness.as_user(other, delete(&ready))).await), Code::PermissionDenied);
    assert_eq!(code(client.delete_media(harness.as_user(other, delete(&failed))).await), Code::NotFound);
    assert_eq!(code(client.delete_media(harness.as_service(delete(&ready))).await), Code::PermissionDenied);
    assert_eq!(code(client.delete_media(Request::new(delete(&ready))).await), Code::Unauthenticated);
    let malformed = DeleteMediaRequest { media_id: "x".to_owned() };
    assert_eq!(code(client.delete_media(harness.as_user(owner, malformed)).await), Code::InvalidArgument);
    assert_eq!(harness.get(owner, &ready.media_id).await.unwrap(), ready);

    for media in [&ready, &failed, &ready] {
        assert_eq!(code(client.delete_media(harness.as_user(owner, delete(media))).await), Code::Ok);
        assert_eq!(code(harness.get(owner, &media.media_id).await), Code::NotFound);
    }
    harness.left("nothing", &[]).await;
    social_testing::eventually(std::time::Duration::from_secs(5), || async {
        for table in ["media", "variants", "jobs"] {
            anyhow::ensure!(harness.count(table).await == 0, "{table}");
        }
        Ok(())
    })
    .await
    .unwrap();
}

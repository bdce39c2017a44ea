//! What becomes of images, and of work that is not done at once.

use std::time::Duration;

use image::ImageFormat;
use media_service::Settings;
use social_proto::media::v1::*;
use social_runtime::Runtime;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::files::{PLACE, image, photo};
use crate::harness::{Harness, code, holds};

#[tokio::test]
async fn a_photo_gets_variants_without_its_place() {
    let harness = Harness::start().await;
    let owner = Uuid::now_v7();
    let bytes = photo(720, 360);
    assert!(holds(&bytes, PLACE));
    let media = harness.process(owner, MediaKind::Image, &bytes).await;
    assert_eq!(media.state(), MediaState::Ready, "{}", media.failure);
    // It stands upright now.
    assert_eq!((media.width_pixels, media.height_pixels), (360, 720));
    let variants: Vec<_> =
        media.variants.iter().map(|one| (one.name.as_str(), one.width_pixels, one.height_pixels)).collect();
    assert_eq!(variants, [("original", 360, 720), ("large", 360, 720), ("small", 320, 640), ("thumbnail", 100, 200)]);
    harness.left(&media.media_id, &["original", "large", "small", "thumbnail"]).await;
    for variant in &media.variants {
        let stored = harness.stored(&media.media_id, &variant.name);
        assert_eq!((variant.content_type.as_str(), variant.size_bytes), ("image/jpeg", stored.len() as i64));
        assert!(!holds(&stored, PLACE) && !holds(&stored, b"Exif"));
    }
    assert_eq!(harness.count("jobs").await, 0);
}

#[tokio::test]
async fn png_and_webp_are_images_too() {
    let harness = Harness::start().await;
    let owner = Uuid::now_v7();
    for (format, content_type, original) in
        [(ImageFormat::Png, "image/png", "image/png"), (ImageFormat::WebP, "image/webp", "image/jpeg")]
    {
        let media = harness.process(owner, MediaKind::Image, &image(90, 30, format)).await;
        assert_eq!(
            (media.state(), media.content_type.as_str()),
            (MediaState::Ready, content_type),
            "{}",
            media.failure
        );
        assert_eq!((media.width_pixels, media.height_pixels, media.variants.len()), (90, 30, 4));
        assert_eq!(media.variants[0].content_type, original);
    }
}

#[tokio::test]
async fn of_what_cannot_be_used_nothing_is_kept() {
    let harness = Harness::start().await;
    let owner = Uuid::now_v7();
    let whole = image(300, 300, ImageFormat::Png);
    let media = harness.process(owner, MediaKind::Image, &whole[..whole.len() / 2]).await;
    assert_eq!((media.state(), media.failure.as_str()), (MediaState::Failed, "the image cannot be read"));
    assert_eq!(media.variants, []);
    harness.left(&media.media_id, &[]).await;
    assert_eq!(harness.count("jobs").await, 0);
    let sign = SignUrlRequest { media_id: media.media_id.clone(), variant: "original".to_owned(), lifetime: None };
    assert_eq!(code(harness.client.clone().sign_url(harness.as_user(owner, sign)).await), Code::FailedPrecondition);
    // Why is for the owner.
    assert_eq!(code(harness.get(Uuid::now_v7(), &media.media_id).await), Code::NotFound);
}

#[tokio::test]
async fn work_of_a_worker_that_died_is_done_by_another() {
    let harness = Harness::start_with(|settings| settings.processing_workers = 0).await;
    let owner = Uuid::now_v7();
    let (first, second) = (photo(40, 30), photo(50, 30));
    let first = harness.upload(owner, MediaKind::Image, &first).await.media_id;
    let second = harness.upload(owner, MediaKind::Image, &second).await.media_id;
    // Both are in the hands of somebody silent; the second has killed its workers often.
    sqlx::query("UPDATE jobs SET lease_id = gen_random_uuid(), run_time = now() + interval '700 ms', attempts = CASE WHEN media_id = $1 THEN 1 ELSE 5 END")
        .bind(first.parse::<Uuid>().unwrap())
        .execute(harness.database.pool())
        .await
        .unwrap();
    // A second replica, on the same stores.
    let settings = Settings { processing_workers: 2, ..harness.settings.clone() };
    let runtime = Runtime::bind("media-service", &settings.runtime).await.unwrap();
    let replica = tokio::spawn(media_service::serve(settings, runtime));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(harness.get(owner, &first).await.unwrap().state(), MediaState::Processing, "it is leased");
    assert_eq!(harness.processed(owner, &first).await.state(), MediaState::Ready);
    let media = harness.processed(owner, &second).await;
    assert_eq!((media.state(), media.failure.as_str()), (MediaState::Failed, "it could not be processed"));
    harness.left(&first, &["original", "large", "small", "thumbnail"]).await;
    replica.abort();
}

#[tokio::test]
async fn work_waits_while_the_object_store_is_away() {
    let harness = Harness::start().await;
    let owner = Uuid::now_v7();
    // Nothing can be written there.
    let variants = harness.folder.path().join("media");
    std::fs::write(&variants, "in the way").unwrap();
    let media_id = harness.upload(owner, MediaKind::Image, &photo(30, 20)).await.media_id;
    eventually(Duration::from_secs(5), || async {
        let put_off: i32 = sqlx::query_scalar("SELECT put_off FROM jobs").fetch_one(harness.database.pool()).await?;
        anyhow::ensure!(put_off > 0);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(harness.get(owner, &media_id).await.unwrap().state(), MediaState::Processing);
    std::fs::remove_file(&variants).unwrap();
    assert_eq!(harness.processed(owner, &media_id).await.state(), MediaState::Ready);
    harness.left(&media_id, &["original", "large", "small", "thumbnail"]).await;
}

#[tokio::test]
async fn what_is_deleted_before_it_is_processed_never_comes_back() {
    let harness = Harness::start().await;
    let owner = Uuid::now_v7();
    for _ in 0..5 {
        let media_id = harness.upload(owner, MediaKind::Image, &photo(90, 60)).await.media_id;
        let delete = DeleteMediaRequest { media_id };
        harness.client.clone().delete_media(harness.as_user(owner, delete)).await.unwrap();
    }
    eventually(Duration::from_secs(5), || async {
        anyhow::ensure!(harness.count("media").await == 0);
        Ok(())
    })
    .await
    .unwrap();
    harness.left("nothing", &[]).await;
    assert_eq!(harness.count("jobs").await, 0);
}

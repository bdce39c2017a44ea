//! What the service tells others.

use std::sync::Mutex;
use std::time::Duration;

use social_events::{ConsumeError, Handler, Received, replay, topics};
use social_proto::media::v1::media_event::Event;
use social_proto::media::v1::*;
use social_testing::{Stores, eventually, unique};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::files::{image, photo};
use crate::harness::Harness;

#[derive(Default)]
struct Told(Mutex<Vec<(Vec<u8>, MediaEvent)>>);

impl Handler for Told {
    async fn apply(&self, event: Received) -> Result<(), ConsumeError> {
        self.0.lock().unwrap().push((event.key().to_vec(), event.decode()?));
        Ok(())
    }
}

#[tokio::test]
async fn the_life_of_a_file_is_told_in_order_without_gaps() {
    let stores = Stores::load().unwrap();
    let prefix = unique("media");
    let _topics = stores.topics(&prefix, &[topics::MEDIA_EVENTS], 3).await.unwrap();
    let harness = Harness::start_with(|settings| {
        settings.kafka.kafka_brokers = stores.kafka_brokers().unwrap().to_owned();
        settings.kafka.kafka_topic_prefix = prefix;
    })
    .await;
    let owner = Uuid::now_v7();
    let bytes = photo(30, 20);
    let ready = harness.process(owner, MediaKind::Image, &bytes).await;
    let broken = &image(200, 200, image::ImageFormat::Png)[..200];
    let failed = harness.process(owner, MediaKind::Image, broken).await;
    for media_id in [&ready.media_id, &failed.media_id, &ready.media_id] {
        let delete = DeleteMediaRequest { media_id: media_id.clone() };
        harness.client.clone().delete_media(harness.as_user(owner, delete)).await.unwrap();
    }
    eventually(Duration::from_secs(15), || async {
        let waiting = (harness.count("media").await, harness.count("outbox").await);
        anyhow::ensure!(waiting == (0, 0), "{waiting:?}");
        Ok(())
    })
    .await
    .unwrap();

    let told = Told::default();
    let stop = CancellationToken::new();
    replay::read_all(&harness.settings.kafka, &[topics::MEDIA_EVENTS], &told, &stop).await.unwrap();
    let told = told.0.into_inner().unwrap();
    assert_eq!(told.len(), 6);
    let uploaded = |size| Event::Uploaded(MediaUploaded { kind: MediaKind::Image.into(), size_bytes: size as i64 });
    for (media, expected) in [
        (
            &ready,
            [
                uploaded(bytes.len()),
                Event::Ready(MediaReady { media: Some(ready.clone()) }),
                Event::Deleted(MediaDeleted {}),
            ],
        ),
        (
            &failed,
            [
                uploaded(broken.len()),
                Event::Failed(MediaFailed { reason: failed.failure.clone() }),
                Event::Deleted(MediaDeleted {}),
            ],
        ),
    ] {
        let of_media = told.iter().filter(|(key, _)| key == media.media_id.as_bytes());
        let (sequences, kinds): (Vec<_>, Vec<_>) = of_media
            .map(|(_, event)| {
                assert_eq!((&event.media_id, &event.owner_id), (&media.media_id, &owner.to_string()));
                assert!(event.occur_time.is_some() && event.event_id.parse::<Uuid>().is_ok());
                (event.sequence, event.event.clone().unwrap())
            })
            .unzip();
        assert_eq!((sequences, kinds), (vec![1, 2, 3], expected.to_vec()));
    }
    harness.stop().await;
}

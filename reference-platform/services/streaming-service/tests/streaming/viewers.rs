//! Who watches is counted, in all replicas together.

use social_proto::streaming::v1::*;
use social_testing::eventually;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::harness::{NOBODY, SOON, World, code, id};

async fn put(world: &World, account: Uuid, stream_id: &str, viewer_id: &str) -> Result<i64, Status> {
    let request = PutViewerRequest { stream_id: stream_id.to_owned(), viewer_id: viewer_id.to_owned() };
    let response = world.streaming.clone().put_viewer(world.as_user(account, request)).await?;
    Ok(response.into_inner().viewer_count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_are_counted_once_and_the_most_watched_comes_first() {
    let world = World::start().await;
    let owner = Uuid::now_v7();
    let (little, _one) = world.live(owner, 1).await;
    let (much, _two) = world.live(owner, 1).await;
    let (none, _three) = world.live(owner, 1).await;
    let account = Uuid::now_v7();
    let viewer = id();
    assert_eq!(put(&world, account, &little.stream_id, &viewer).await.unwrap(), 1);
    assert_eq!(put(&world, account, &little.stream_id, &viewer).await.unwrap(), 1);
    for expected in 1..=3 {
        assert_eq!(put(&world, account, &much.stream_id, &id()).await.unwrap(), expected);
    }
    let live = eventually(SOON, || async {
        let request = ListLiveStreamsRequest { page_size: 2, ..Default::default() };
        let page = world.streaming.clone().list_live_streams(world.as_user(account, request)).await?.into_inner();
        let counts: Vec<i64> = page.streams.iter().map(|stream| stream.viewer_count).collect();
        anyhow::ensure!(counts == [3, 1], "{counts:?}");
        Ok(page)
    })
    .await
    .unwrap();
    let ids: Vec<&str> = live.streams.iter().map(|stream| stream.stream_id.as_str()).collect();
    assert_eq!(ids, [&much.stream_id, &little.stream_id]);
    let request = ListLiveStreamsRequest { page_size: 2, page_token: live.next_page_token };
    let rest = world.streaming.clone().list_live_streams(world.as_user(account, request)).await.unwrap().into_inner();
    assert_eq!(rest.streams.iter().map(|stream| &stream.stream_id).collect::<Vec<_>>(), [&none.stream_id]);
    assert_eq!(rest.next_page_token, "");

    // They go; the peak stays, also after the end.
    let key = format!("{}streaming:viewers:{}", world.settings.redis.prefix, much.stream_id);
    let redis = redis::Client::open(world.settings.redis.url.as_str()).unwrap();
    let mut connection = redis.get_multiplexed_async_connection().await.unwrap();
    redis::cmd("DEL").arg(key).exec_async(&mut connection).await.unwrap();
    eventually(SOON, || async {
        let stream = world.get(&much.stream_id).await?;
        anyhow::ensure!((stream.viewer_count, stream.peak_viewer_count) == (0, 3), "{stream:?}");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(world.end(owner, &much.stream_id).await.unwrap().peak_viewer_count, 3);
    assert_eq!(world.get(&much.stream_id).await.unwrap().peak_viewer_count, 3);
    assert_eq!(code(put(&world, account, &much.stream_id, &id()).await), Code::FailedPrecondition);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_silent_for_half_a_minute_is_gone() {
    let world = World::start().await;
    let (stream, _encoder) = world.live(Uuid::now_v7(), 1).await;
    let key = format!("{}streaming:viewers:{}", world.settings.redis.prefix, stream.stream_id);
    let redis = redis::Client::open(world.settings.redis.url.as_str()).unwrap();
    let mut connection = redis.get_multiplexed_async_connection().await.unwrap();
    let (now, _): (u64, u64) = redis::cmd("TIME").query_async(&mut connection).await.unwrap();
    let mut add = redis::cmd("ZADD");
    add.arg(key).arg((now - 31) * 1000).arg("long ago").arg((now - 25) * 1000).arg("a moment ago");
    add.exec_async(&mut connection).await.unwrap();
    eventually(SOON, || async {
        anyhow::ensure!(world.get(&stream.stream_id).await?.viewer_count == 1);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(put(&world, Uuid::now_v7(), &stream.stream_id, &id()).await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_the_last_count_stands() {
    let world = World::start_with(|settings| settings.redis.url = format!("redis://{NOBODY}")).await;
    let (stream, _encoder) = world.live(Uuid::now_v7(), 1).await;
    sqlx::query("UPDATE audiences SET viewer_count = 7, peak_viewer_count = 9")
        .execute(world.database.pool())
        .await
        .unwrap();
    assert_eq!(put(&world, Uuid::now_v7(), &stream.stream_id, &id()).await.unwrap(), 7);
    let stream = world.get(&stream.stream_id).await.unwrap();
    assert_eq!((stream.viewer_count, stream.peak_viewer_count), (7, 9));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_makes_a_crowd() {
    let world = World::start().await;
    let (stream, _encoder) = world.live(Uuid::now_v7(), 1).await;
    let account = Uuid::now_v7();
    let mut refused = 0;
    for _ in 0..30 {
        refused += i32::from(code(put(&world, account, &stream.stream_id, &id()).await) == Code::ResourceExhausted);
    }
    assert!(refused > 0);
    put(&world, Uuid::now_v7(), &stream.stream_id, &id()).await.unwrap();
}

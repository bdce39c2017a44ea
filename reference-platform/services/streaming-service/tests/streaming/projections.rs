//! The read model is nothing but what the log says, with snapshots or without.

use std::time::Duration;

use prost::Message;
use social_proto::streaming::v1::*;
use social_testing::eventually;
use uuid::Uuid;

use crate::harness::{SOON, World, id};

/// All rows of the read model.
async fn rows(world: &World) -> Vec<serde_json::Value> {
    sqlx::query_scalar("SELECT to_jsonb(s) FROM streams s ORDER BY stream_id")
        .fetch_all(world.database.pool())
        .await
        .unwrap()
}

async fn execute(world: &World, statement: &'static str) {
    sqlx::query(statement).execute(world.database.pool()).await.unwrap();
}

/// Streams with all kinds of events.
async fn history(world: &World, owner: Uuid) -> Vec<String> {
    let (created, _) = world.create(owner, "created").await;
    let (live, encoder) = world.live(owner, 1).await;
    encoder.finish().await.unwrap();
    for _ in 0..4 {
        world.rotate(owner, &live.stream_id, &id()).await.unwrap();
    }
    let (ended, encoder) = world.live(owner, 2).await;
    encoder.finish().await.unwrap();
    world.end(owner, &ended.stream_id).await.unwrap();
    vec![created.stream_id, live.stream_id, ended.stream_id]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_read_model_is_made_anew_from_the_log() {
    // Nobody ends streams meanwhile.
    let world = World::start_with(|settings| settings.resume_window = Duration::from_secs(600)).await;
    history(&world, Uuid::now_v7()).await;
    history(&world, Uuid::now_v7()).await;
    let before = rows(&world).await;
    assert_eq!(before.len(), 6);

    // Following the log from its beginning once more changes nothing.
    execute(&world, "UPDATE projections SET position = 0").await;
    eventually(SOON, || async {
        let lag = "SELECT (SELECT max(position) FROM stream_events) - (SELECT position FROM projections)";
        anyhow::ensure!(world.count(lag).await == 0);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(rows(&world).await, before);

    // What is wrong, missing or too much becomes right, while the service goes on.
    execute(&world, "UPDATE streams SET title = 'wrong', state = 1, end_time = NULL, sequence = sequence + 5").await;
    execute(&world, "DELETE FROM streams WHERE stream_id = (SELECT stream_id FROM streams LIMIT 1)").await;
    execute(
        &world,
        "INSERT INTO streams (stream_id, owner_id, title, state, create_time, peak_viewer_count, sequence)
         SELECT id, id, 'nobody''s', 1, now(), 0, 1 FROM unnest(ARRAY['00000000-0000-0000-0000-000000000001'::uuid,
             'ffffffff-ffff-ffff-ffff-ffffffffffff']) AS id",
    )
    .await;
    assert_ne!(rows(&world).await, before);
    let count = streaming_service::rebuild_projections(&world.settings.database).await.unwrap();
    assert_eq!(count, 6);
    assert_eq!(rows(&world).await, before);
    let (stream, _) = world.create(Uuid::now_v7(), "afterwards").await;
    assert_eq!(world.get(&stream.stream_id).await.unwrap(), stream);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_says_what_the_events_say() {
    let world = World::start_with(|settings| settings.resume_window = Duration::from_secs(600)).await;
    let owner = Uuid::now_v7();
    let ids = history(&world, owner).await;
    let stream_id = &ids[1];
    let id_of = Uuid::parse_str(stream_id).unwrap();
    let (sequence, state): (i64, Vec<u8>) =
        sqlx::query_as("SELECT sequence, state FROM stream_snapshots WHERE stream_id = $1")
            .bind(id_of)
            .fetch_one(world.database.pool())
            .await
            .unwrap();
    // Every third event, of seven.
    assert_eq!(sequence, 6);
    let shown = world.get(stream_id).await.unwrap();
    assert_eq!(Stream::decode(state.as_slice()).unwrap(), shown);

    // With one that cannot be read, and without any, a stream goes on as with it.
    execute(&world, "UPDATE stream_snapshots SET state = '\\xff'").await;
    world.rotate(owner, stream_id, &id()).await.unwrap();
    execute(&world, "DELETE FROM stream_snapshots").await;
    let ended = world.end(owner, stream_id).await.unwrap();
    assert_eq!(Stream { state: shown.state, end_time: None, ..ended.clone() }, shown);
    assert_eq!(world.get(stream_id).await.unwrap(), ended);
    assert_eq!(world.history(owner, stream_id).await.len(), 9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_only_grows() {
    let world = World::start().await;
    history(&world, Uuid::now_v7()).await;
    for statement in [
        "DELETE FROM stream_events",
        "UPDATE stream_events SET kind = 'resumed'",
        "UPDATE stream_events SET sequence = sequence + 1",
        "INSERT INTO stream_events (stream_id, sequence, owner_id, kind, payload, occur_time)
         SELECT stream_id, sequence, owner_id, kind, payload, occur_time FROM stream_events",
    ] {
        assert!(sqlx::query(statement).execute(world.database.pool()).await.is_err(), "{statement}");
    }
}

//! Indexes that end, begin, and are replaced.

use std::fs;
use std::path::Path;

use social_proto::search::v1::*;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::world::{SOON, World, code, id};

/// Folders of indexes.
fn indexes(world: &World) -> Vec<String> {
    let entries = fs::read_dir(world.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    entries.filter_map(|name| name.into_string().ok()).filter(|name| Uuid::try_parse(name).is_ok()).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

async fn ended(world: &World, rebuild_id: &str) -> Rebuild {
    eventually(SOON, || async {
        let request = GetRebuildRequest { rebuild_id: rebuild_id.to_owned() };
        let rebuild = world.search.clone().get_rebuild(world.as_operator(request)).await?.into_inner().rebuild.unwrap();
        anyhow::ensure!(rebuild.state() != RebuildState::Running);
        Ok(rebuild)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn operators_build_the_index_anew() {
    let world = World::start().await;
    let user = world.user("ada", "Ada", "").await;
    let before = world.post(user, "before").await;
    world.settled().await;
    let old = indexes(&world);

    let mut search = world.search.clone();
    let start = |request_id: &str| world.as_operator(StartRebuildRequest { request_id: request_id.to_owned() });
    let request_id = id();
    let begun = search.start_rebuild(start(&request_id)).await.unwrap().into_inner().rebuild.unwrap();
    assert_eq!((begun.state(), begun.applied_count, begun.total_count), (RebuildState::Running, 0, 4));
    assert_eq!(code(search.start_rebuild(start(&id())).await), Code::FailedPrecondition);
    // The old index answers, and what comes meanwhile is in both.
    world.finds_posts("before", &[&before]).await;
    let meanwhile = world.post(user, "meanwhile").await;
    let again = search.start_rebuild(start(&request_id)).await.unwrap().into_inner().rebuild.unwrap();
    assert_eq!(again, begun);

    let done = ended(&world, &begun.rebuild_id).await;
    assert_eq!((done.state(), done.total_count), (RebuildState::Done, 4));
    assert!(done.applied_count >= 4 && done.end_time.is_some(), "{done:?}");
    assert_eq!(indexes(&world).len(), 1);
    assert_ne!(indexes(&world), old);
    world.finds_posts("before", &[&before]).await;
    world.finds_posts("meanwhile", &[&meanwhile]).await;
    world.finds_users("ada", &[user]).await;
    let again = search.start_rebuild(start(&request_id)).await.unwrap().into_inner().rebuild.unwrap();
    assert_eq!(again, begun, "the stored answer");
    // Another one may follow, and is remembered by the next process.
    let second = search.start_rebuild(start(&id())).await.unwrap().into_inner().rebuild.unwrap();
    assert_eq!(ended(&world, &second.rebuild_id).await.state(), RebuildState::Done);
    let world = world.restart(|_| {}).await;
    assert_eq!(ended(&world, &begun.rebuild_id).await, done);
    world.finds_posts("meanwhile", &[&meanwhile]).await;
    world.stop().await;
}

#[tokio::test]
async fn an_index_outlives_the_process_and_one_that_is_lost_is_built_at_the_start() {
    let world = World::start().await;
    let author = Uuid::now_v7();
    let first = world.post(author, "first").await;
    world.finds_posts("first", &[&first]).await;
    let kept = indexes(&world);

    let world = world.restart(|world| assert_eq!(indexes(world), kept)).await;
    assert_eq!(indexes(&world), kept, "it is opened, not built");
    world.finds_posts("first", &[&first]).await;
    let second = world.post(author, "second").await;
    world.finds_posts("second", &[&second]).await;

    // A process that ended before the last events were on the disk: the group had committed them.
    let backup = tempfile::tempdir().unwrap();
    let world = world.restart(|world| copy(world.folder.path(), backup.path())).await;
    let last = world.post(author, "last").await;
    world.finds_posts("last", &[&last]).await;
    let world = world
        .restart(|world| {
            fs::remove_dir_all(world.folder.path()).unwrap();
            copy(backup.path(), world.folder.path());
        })
        .await;
    world.finds_posts("second", &[&second]).await;
    world.finds_posts("last", &[&last]).await;

    // The disk is lost, but the group has committed what it had applied.
    let world = world
        .restart(|world| {
            fs::remove_dir_all(world.folder.path()).unwrap();
            fs::create_dir(world.folder.path()).unwrap();
        })
        .await;
    world.finds_posts("first", &[&first]).await;
    world.finds_posts("second", &[&second]).await;
    let third = world.post(author, "third").await;
    world.finds_posts("third", &[&third]).await;

    // One that cannot be read, and one that was not finished.
    let world = world
        .restart(|world| {
            let current = fs::read_to_string(world.folder.path().join("current")).unwrap();
            fs::write(world.folder.path().join(current).join("meta.json"), "nonsense").unwrap();
            fs::create_dir(world.folder.path().join(id())).unwrap();
        })
        .await;
    assert_eq!(indexes(&world).len(), 1);
    world.finds_posts("third", &[&third]).await;
    world.stop().await;
}

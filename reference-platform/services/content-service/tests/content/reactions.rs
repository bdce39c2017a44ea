//! Reactions and counters.

use std::time::Duration;

use social_proto::content::v1::*;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::harness::{Harness, code, id};

async fn react(harness: &Harness, user: Uuid, post_id: &str, kind: ReactionKind) {
    let request = SetReactionRequest { post_id: post_id.to_owned(), kind: kind.into() };
    harness.content.clone().set_reaction(harness.as_user(user, request)).await.unwrap();
}

async fn counters(harness: &Harness, post_id: &str) -> Vec<(ReactionKind, i64)> {
    let request = harness.as_service(BatchGetCountersRequest { post_ids: vec![post_id.to_owned()] });
    let answer = harness.content.clone().batch_get_counters(request).await.unwrap().into_inner();
    answer.counters[0].reactions.iter().map(|count| (count.kind(), count.count)).collect()
}

async fn counted(harness: &Harness, post_id: &str, expected: &[(ReactionKind, i64)]) {
    eventually(Duration::from_secs(2), || async {
        let counters = counters(harness, post_id).await;
        anyhow::ensure!(counters == expected, "{counters:?}");
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_user_has_one_reaction() {
    let harness = Harness::start().await;
    let (author, reader, other) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let post_id = harness.publish(author, "feel something", Visibility::Public).await.post_id;
    counted(&harness, &post_id, &[]).await;
    react(&harness, reader, &post_id, ReactionKind::Like).await;
    react(&harness, reader, &post_id, ReactionKind::Like).await;
    react(&harness, other, &post_id, ReactionKind::Like).await;
    react(&harness, reader, &post_id, ReactionKind::Angry).await;
    counted(&harness, &post_id, &[(ReactionKind::Like, 1), (ReactionKind::Angry, 1)]).await;
    for _ in 0..2 {
        let request = DeleteReactionRequest { post_id: post_id.clone() };
        harness.content.clone().delete_reaction(harness.as_user(reader, request)).await.unwrap();
    }
    counted(&harness, &post_id, &[(ReactionKind::Like, 1)]).await;
    assert_eq!(harness.outbox().await, 5, "published, set three times, deleted once");
    let nowhere = DeleteReactionRequest { post_id: id() };
    assert_eq!(code(harness.content.clone().delete_reaction(harness.as_user(reader, nowhere)).await), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_react_at_once_and_all_are_counted_and_listed() {
    let harness = Harness::start().await;
    let post_id = harness.publish(Uuid::now_v7(), "feel something", Visibility::Public).await.post_id;
    let kinds = [ReactionKind::Like, ReactionKind::Love];
    let reactions = (0..24).map(|number| react(&harness, Uuid::now_v7(), &post_id, kinds[number % 2]));
    futures::future::join_all(reactions).await;
    counted(&harness, &post_id, &[(ReactionKind::Like, 12), (ReactionKind::Love, 12)]).await;
    let sequence: i64 =
        sqlx::query_scalar("SELECT sequence FROM posts").fetch_one(harness.database.pool()).await.unwrap();
    assert_eq!((sequence, harness.outbox().await), (25, 25));

    for (kind, expected) in [(ReactionKind::Unspecified, 24), (ReactionKind::Love, 12)] {
        let (mut listed, mut page_token) = (Vec::new(), String::new());
        loop {
            let request =
                ListReactionsRequest { post_id: post_id.clone(), kind: kind.into(), page_size: 5, page_token };
            let page = harness
                .content
                .clone()
                .list_reactions(harness.as_user(Uuid::now_v7(), request))
                .await
                .unwrap()
                .into_inner();
            listed.extend(page.reactions);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let times: Vec<_> = listed.iter().map(|one| one.create_time.map(|time| (time.seconds, time.nanos))).collect();
        assert!(times.is_sorted_by(|newer, older| newer >= older), "newest first");
        let mut users: Vec<_> = listed.iter().map(|one| one.user_id.clone()).collect();
        users.sort();
        users.dedup();
        assert_eq!(users.len(), expected);
    }
}

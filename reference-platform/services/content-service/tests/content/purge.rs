//! What becomes of deleted posts.

use std::time::Duration;

use social_proto::content::v1::*;
use social_testing::eventually;
use uuid::Uuid;

use crate::harness::Harness;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_that_hung_on_a_deleted_post_goes_in_batches() {
    let harness = Harness::start().await;
    let author = Uuid::now_v7();
    let post = harness.publish(author, "gone soon", Visibility::Public).await;
    let kept = harness.publish(author, "here to stay", Visibility::Public).await;
    for post in [&post, &kept] {
        // More than two batches.
        sqlx::query(
            "INSERT INTO comments (comment_id, post_id, author_id, text, create_time)
             SELECT gen_random_uuid(), $1::uuid, gen_random_uuid(), 'text', now() FROM generate_series(1, 1200)",
        )
        .bind(&post.post_id)
        .execute(harness.database.pool())
        .await
        .unwrap();
        let react = SetReactionRequest { post_id: post.post_id.clone(), kind: 1 };
        harness.content.clone().set_reaction(harness.as_user(author, react)).await.unwrap();
    }
    let delete = DeletePostRequest { post_id: post.post_id.clone() };
    harness.content.clone().delete_post(harness.as_user(author, delete)).await.unwrap();

    let query =
        "SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM comments), (SELECT count(*) FROM reactions),
                        (SELECT count(*) FROM post_counters)";
    eventually(Duration::from_secs(5), || async {
        let left: (i64, i64, i64, i64) = sqlx::query_as(query).fetch_one(harness.database.pool()).await?;
        anyhow::ensure!(left == (1, 1200, 1, 1), "{left:?}");
        Ok(())
    })
    .await
    .unwrap();
}

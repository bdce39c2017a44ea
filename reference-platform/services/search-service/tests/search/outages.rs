//! What works when user-service is away.

use social_proto::search::v1::*;
use social_testing::eventually;
use tonic::Code;
use uuid::Uuid;

use crate::world::{SOON, World, code};

#[tokio::test]
async fn without_user_service_only_tags_are_found() {
    let mut world = World::start().await;
    let user = world.user("ada", "Ada", "").await;
    let post = world.post(user, "ada #ada").await;
    world.finds_users("ada", &[user]).await;
    world.finds_posts("ada", &[&post]).await;
    world.user_service(false).await;
    let users = SearchUsersRequest { query: "ada".to_owned(), ..Default::default() };
    assert_eq!(code(world.try_users(users.clone()).await), Code::Unavailable);
    let posts = SearchPostsRequest { query: "ada".to_owned(), ..Default::default() };
    assert_eq!(code(world.try_posts(posts).await), Code::Unavailable);
    assert_eq!(world.suggest("ada").await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(world.tags("ada").await, [("ada".to_owned(), 1)]);
    assert_eq!(world.suggest("#ada").await.unwrap().tags.len(), 1);
    assert!(world.is_ready().await);
    // The index goes on.
    world.post(Uuid::now_v7(), "#adam").await;
    eventually(SOON, || async {
        anyhow::ensure!(world.tags("ada").await.len() == 2);
        Ok(())
    })
    .await
    .unwrap();
    world.user_service(true).await;
    world.finds_users("ada", &[user]).await;
    world.stop().await;
}

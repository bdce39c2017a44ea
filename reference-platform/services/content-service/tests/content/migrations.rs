//! The way from one image to many media: old versions run on while it is gone.

use prost_types::FieldMask;
use social_proto::content::v1::*;
use social_testing::Stores;
use sqlx::migrate::Migrator;
use uuid::Uuid;

use crate::harness::Harness;

type Images = (Option<Uuid>, Vec<Uuid>);

/// As the version before wrote a post.
async fn old_version_publishes(pool: &sqlx::PgPool, image: Option<Uuid>) -> Uuid {
    let post_id = Uuid::now_v7();
    let text = if image.is_some() { "" } else { "no image" };
    sqlx::query(
        "INSERT INTO posts (post_id, author_id, text, image_media_id, visibility, tags, create_time)
         VALUES ($1, $1, $2, $3, 1, '{}', now())",
    )
    .bind(post_id)
    .bind(text)
    .bind(image)
    .execute(pool)
    .await
    .unwrap();
    post_id
}

async fn images(pool: &sqlx::PgPool, post_id: Uuid) -> Images {
    let query = sqlx::query_as("SELECT image_media_id, media_ids FROM posts WHERE post_id = $1").bind(post_id);
    query.fetch_one(pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_from_before_are_moved_and_old_versions_are_followed() {
    let stores = Stores::load().unwrap();
    let before = content_service::EXPAND.iter().filter(|migration| migration.version == 1).cloned().collect();
    let database = stores.database(&Migrator::with_migrations(before)).await.unwrap();
    let pool = database.pool();
    let image = Uuid::now_v7();
    let with_image = old_version_publishes(pool, Some(image)).await;
    let without = old_version_publishes(pool, None).await;
    // More than two batches.
    sqlx::query(
        "INSERT INTO posts (post_id, author_id, text, image_media_id, visibility, tags, create_time)
         SELECT gen_random_uuid(), gen_random_uuid(), '', gen_random_uuid(), 1, '{}', now() FROM generate_series(1, 2500)",
    )
    .execute(pool)
    .await
    .unwrap();

    for _ in 0..2 {
        content_service::EXPAND.run(pool).await.unwrap();
    }
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM posts WHERE media_ids[1] IS DISTINCT FROM image_media_id")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(left, 0);
    assert_eq!(images(pool, with_image).await, (Some(image), vec![image]));
    assert_eq!(images(pool, without).await, (None, vec![]));

    // Both versions run.
    let old = old_version_publishes(pool, Some(image)).await;
    assert_eq!(images(pool, old).await, (Some(image), vec![image]));
    let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
    sqlx::query("UPDATE posts SET media_ids = ARRAY[$2, $3]::uuid[] WHERE post_id = $1")
        .bind(old)
        .bind(first)
        .bind(second)
        .execute(pool)
        .await
        .unwrap();
    assert_eq!(
        images(pool, old).await,
        (Some(first), vec![first, second]),
        "the new version writes, the old one reads"
    );
    sqlx::query("UPDATE posts SET image_media_id = image_media_id, text = 'x' WHERE post_id = $1")
        .bind(old)
        .execute(pool)
        .await
        .unwrap();
    assert_eq!(images(pool, old).await, (Some(first), vec![first, second]), "an old version does not lose the others");
    sqlx::query("UPDATE posts SET image_media_id = $2 WHERE post_id = $1")
        .bind(old)
        .bind(image)
        .execute(pool)
        .await
        .unwrap();
    assert_eq!(images(pool, old).await, (Some(image), vec![image]), "the old version writes, the new one reads");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_runs_before_and_after_the_old_column_goes() {
    let harness = Harness::start().await;
    let (mut content, author) = (harness.content.clone(), Uuid::now_v7());
    let post = harness.publish(author, "before", Visibility::Public).await;
    let old = old_version_publishes(harness.database.pool(), Some(Uuid::now_v7())).await;
    let database = social_database::Settings {
        url: harness.database.url().to_owned(),
        max_connections: 1,
        acquire_timeout: std::time::Duration::from_secs(2).into(),
        statement_timeout: std::time::Duration::from_secs(5).into(),
    };
    for _ in 0..2 {
        social_database::migrate(&database, &content_service::CONTRACT).await.unwrap();
    }

    let change = UpdatePostRequest {
        post: Some(Post { text: "after".to_owned(), ..post }),
        update_mask: Some(FieldMask { paths: vec!["text".to_owned()] }),
    };
    content.update_post(harness.as_user(author, change)).await.unwrap();
    harness.publish(author, "after that", Visibility::Public).await;
    let list = ListPostsRequest { author_id: author.to_string(), ..Default::default() };
    let posts = content.list_posts(harness.as_user(author, list)).await.unwrap().into_inner().posts;
    assert_eq!(posts.iter().map(|post| post.text.as_str()).collect::<Vec<_>>(), ["after that", "after"]);
    let get = GetPostRequest { post_id: old.to_string() };
    let old = content.get_post(harness.as_user(author, get)).await.unwrap().into_inner().post.unwrap();
    assert_eq!(old.media_ids.len(), 1);
    social_database::migrate(&database, &content_service::EXPAND).await.unwrap();
}

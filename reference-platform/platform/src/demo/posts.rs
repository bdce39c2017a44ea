//! A post with an image: in feeds, in search, with reactions, and who is told.

use anyhow::{Context as _, Result, ensure};
use social_proto::content::v1::{
    BatchGetCountersRequest, BatchGetPostsRequest, CreateCommentRequest, CreatePostRequest, GetPostRequest, Post,
    ReactionKind, SetReactionRequest, Visibility,
};
use social_proto::feed::v1::{FeedOrder, ListFeedRequest};
use social_proto::media::v1::SignUrlRequest;
use social_proto::notification::v1::{
    GetUnreadCountRequest, ListNotificationsRequest, NotificationKind, SetReadRequest,
};
use social_proto::search::v1::{SearchPostsRequest, SearchTagsRequest, SearchUsersRequest};
use tonic::Code;
use uuid::Uuid;

use super::{Cast, SOON, Stage};
use crate::client::{Session, image, upload};
use crate::eventually::eventually;

/// Ada uploads an image and publishes it, to all and to her followers.
pub(super) async fn publish(stage: &Stage<'_>, cast: &Cast) -> Result<(Post, Post)> {
    let ada = &cast.ada;
    let step = stage.progress.begin("upload", "an image by client streaming");
    let media = upload(&ada.api, Uuid::new_v4(), &image(rand::random())?).await?;
    ensure!(media.content_type == "image/png" && media.width_pixels == 160, "the image was understood: {media:?}");
    let request = SignUrlRequest { media_id: media.media_id.clone(), variant: "thumbnail".to_owned(), lifetime: None };
    let url = ada.api.media().sign_url(request).await?.into_inner().url;
    let thumbnail = reqwest::get(&url).await?.error_for_status()?.bytes().await?;
    let thumbnail = image::load_from_memory(&thumbnail).context("the thumbnail is no image")?;
    let unsigned = reqwest::get(url.split('?').next().unwrap_or(&url)).await?;
    ensure!(!unsigned.status().is_success(), "without a signature nobody fetches it");
    step.done(&format!("ready, with a thumbnail of {} × {}", thumbnail.width(), thumbnail.height()));

    let step = stage.progress.begin("post", "Ada shows it");
    let text = format!("The engine weaves algebraic patterns #loom{}", stage.tag);
    let request = CreatePostRequest {
        request_id: Uuid::new_v4().to_string(),
        text,
        media_ids: vec![media.media_id.clone()],
        visibility: Visibility::Public.into(),
    };
    let post = ada.api.content().create_post(request.clone()).await?.into_inner().post.context("no post")?;
    ensure!(post.tags == [format!("loom{}", stage.tag)], "the tag was found: {:?}", post.tags);
    let again = ada.api.content().create_post(request).await?.into_inner().post.context("no post")?;
    ensure!(again.post_id == post.post_id, "the same request makes one post");
    let secret = create(ada, "For followers only", Visibility::Followers).await?;
    hidden_from_strangers(cast, &secret).await?;
    step.done("published; one for followers only is hidden from Alan");
    Ok((post, secret))
}

async fn create(author: &Session, text: &str, visibility: Visibility) -> Result<Post> {
    let request = CreatePostRequest {
        request_id: Uuid::new_v4().to_string(),
        text: text.to_owned(),
        media_ids: Vec::new(),
        visibility: visibility.into(),
    };
    author.api.content().create_post(request).await?.into_inner().post.context("no post")
}

async fn hidden_from_strangers(cast: &Cast, secret: &Post) -> Result<()> {
    let request = GetPostRequest { post_id: secret.post_id.clone() };
    // Whom content-service has asked about before, it remembers for some seconds.
    eventually("Grace sees what is for followers", SOON, async || {
        cast.grace.api.content().get_post(request.clone()).await?;
        Ok(())
    })
    .await?;
    let stranger = cast.alan.api.content().get_post(request).await;
    ensure!(stranger.is_err_and(|status| status.code() == Code::NotFound), "Alan does not");
    Ok(())
}

/// Grace finds both in her feed.
pub(super) async fn feeds(stage: &Stage<'_>, cast: &Cast, post: &Post, secret: &Post) -> Result<()> {
    let step = stage.progress.begin("feed", "Grace reads hers");
    for order in [FeedOrder::Latest, FeedOrder::Ranked] {
        eventually("both posts are in the feed of a follower", SOON, async || {
            let request = ListFeedRequest { order: order.into(), ..Default::default() };
            let feed = cast.grace.api.feed().list_feed(request).await?.into_inner();
            let has = |wanted: &Post| feed.entries.iter().any(|entry| entry.post_id == wanted.post_id);
            ensure!(has(post) && has(secret), "it has {} entries", feed.entries.len());
            ensure!(feed.stale_since.is_none(), "it is stale");
            Ok(())
        })
        .await?;
    }
    let feed = cast.alan.api.feed().list_feed(ListFeedRequest::default()).await?.into_inner();
    ensure!(feed.entries.is_empty(), "Alan follows nobody");
    let ids = vec![post.post_id.clone(), secret.post_id.clone()];
    let posts = cast.grace.api.content().batch_get_posts(BatchGetPostsRequest { post_ids: ids }).await?.into_inner();
    ensure!(posts.posts.len() == 2, "what is in the feed can be read");
    step.done("both posts are there, newest first and ranked");
    Ok(())
}

/// Alan finds Ada, her post and its tag.
pub(super) async fn find(stage: &Stage<'_>, cast: &Cast, post: &Post) -> Result<()> {
    let step = stage.progress.begin("search", "Alan looks for what Ada wrote");
    let tag = format!("loom{}", stage.tag);
    let alan = &cast.alan;
    eventually("the post is found by its words", SOON, async || {
        let request = SearchPostsRequest {
            query: "\"algebraic patterns\" wea".to_owned(),
            tag: tag.clone(),
            ..SearchPostsRequest::default()
        };
        let hits = alan.api.search().search_posts(request).await?.into_inner().hits;
        let hit = hits.iter().find(|hit| hit.post_id == post.post_id).context("it is not among the hits")?;
        ensure!(hit.highlights.iter().any(|highlight| !highlight.matches.is_empty()), "nothing is highlighted");
        Ok(())
    })
    .await?;
    eventually("the tag is completed", SOON, async || {
        let request = SearchTagsRequest { prefix: tag[..8].to_owned(), ..SearchTagsRequest::default() };
        let hits = alan.api.search().search_tags(request).await?.into_inner().hits;
        ensure!(hits.iter().any(|hit| hit.tag == tag && hit.post_count == 1), "hits: {hits:?}");
        Ok(())
    })
    .await?;
    eventually("Ada is found by her name", SOON, async || {
        let request = SearchUsersRequest { query: format!("lovelace {}", cast.ada.handle), ..Default::default() };
        let hits = alan.api.search().search_users(request).await?.into_inner().hits;
        ensure!(hits.iter().any(|hit| hit.user_id == cast.ada.account_id), "hits: {hits:?}");
        Ok(())
    })
    .await?;
    step.done("found by words, by tag, and Ada by her name");
    Ok(())
}

/// Grace likes and comments.
pub(super) async fn react(stage: &Stage<'_>, cast: &Cast, post: &Post) -> Result<()> {
    let step = stage.progress.begin("react", "Grace likes the post and comments on it");
    let grace = &cast.grace;
    let request = SetReactionRequest { post_id: post.post_id.clone(), kind: ReactionKind::Love.into() };
    grace.api.content().set_reaction(request).await?;
    let request = CreateCommentRequest {
        request_id: Uuid::new_v4().to_string(),
        post_id: post.post_id.clone(),
        parent_id: String::new(),
        text: "It was a bug, in the end".to_owned(),
    };
    grace.api.content().create_comment(request).await?;
    eventually("both are counted", SOON, async || {
        let request = BatchGetCountersRequest { post_ids: vec![post.post_id.clone()] };
        let counters = grace.api.content().batch_get_counters(request).await?.into_inner().counters;
        let counters = counters.first().context("no counters")?;
        let reactions: i64 = counters.reactions.iter().map(|reaction| reaction.count).sum();
        ensure!((counters.comment_count, reactions) == (1, 1), "{counters:?}");
        Ok(())
    })
    .await?;
    step.done("both are counted");
    Ok(())
}

/// Ada is told what Grace did.
pub(super) async fn tell(stage: &Stage<'_>, cast: &Cast) -> Result<()> {
    let step = stage.progress.begin("notify", "Ada is told");
    let grace = &cast.grace;
    let wanted = [NotificationKind::Followed, NotificationKind::Commented, NotificationKind::Reacted];
    let news = eventually("a notification of each kind", SOON, async || {
        let request = ListNotificationsRequest { unread_only: true, ..Default::default() };
        let news = cast.ada.api.notifications().list_notifications(request).await?.into_inner().notifications;
        for kind in wanted {
            let of_kind = news.iter().filter(|one| one.kind() == kind && one.actor_id == grace.account_id).count();
            ensure!(of_kind == 1, "{of_kind} of kind {}", kind.as_str_name());
        }
        Ok(news)
    })
    .await?;
    let newest = news.first().context("no notification")?;
    let request = SetReadRequest { notification_id: newest.notification_id.clone() };
    cast.ada.api.notifications().set_read(request).await?;
    let unread = cast.ada.api.notifications().get_unread_count(GetUnreadCountRequest {}).await?.into_inner();
    ensure!(unread.unread_count == 0, "all were read, and {} are not", unread.unread_count);
    step.done(&format!("of {} things, the last: {:?}", news.len(), newest.title));
    Ok(())
}

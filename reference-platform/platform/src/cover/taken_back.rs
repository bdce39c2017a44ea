//! What people do and take back.

use anyhow::{Context as _, Result};
use social_proto::content::v1::{
    CreateCommentRequest, CreatePostRequest, DeleteCommentRequest, DeletePostRequest, DeleteReactionRequest, Post,
    ReactionKind, SetReactionRequest, UpdatePostRequest, Visibility,
};
use social_proto::feed::v1::{FeedOrder, GetFeedStatusRequest, ListFeedRequest, RebuildFeedRequest};
use social_proto::media::v1::DeleteMediaRequest;
use social_proto::messaging::v1::{CreateConversationRequest, DeleteMessageRequest, SendMessageRequest};
use social_proto::user::v1::{
    BlockRequest, FollowRequest, ListFollowingRequest, ListMutualsRequest, ListSuggestionsRequest, UnblockRequest,
    UnfollowRequest,
};
use uuid::Uuid;

use super::{Pair, SOON};
use crate::client::{Api, image, upload};
use crate::eventually::eventually;

pub(super) async fn all(operator: &Api, pair: &Pair) -> Result<()> {
    let request = FollowRequest { user_id: pair.mary.account_id.clone() };
    pair.joan.api.users().follow(request).await.context("Joan follows Mary")?;
    let post = written(pair).await.context("a post")?;
    read(operator, pair, &post).await.context("a feed")?;
    deleted(pair, post).await.context("a post is deleted")?;
    said(pair).await.context("a conversation")?;
    followed(pair).await.context("people")
}

/// Mary posts, Joan, who follows her, reacts and comments.
async fn written(Pair { mary, joan }: &Pair) -> Result<Post> {
    let request = CreatePostRequest {
        request_id: Uuid::new_v4().to_string(),
        text: "To be taken back #cover".to_owned(),
        media_ids: Vec::new(),
        visibility: Visibility::Public.into(),
    };
    let post = mary.api.content().create_post(request).await?.into_inner().post.context("no post")?;
    let content = || joan.api.content();
    let post_id = || post.post_id.clone();
    content().set_reaction(SetReactionRequest { post_id: post_id(), kind: ReactionKind::Love.into() }).await?;
    let request = CreateCommentRequest {
        request_id: Uuid::new_v4().to_string(),
        post_id: post_id(),
        parent_id: String::new(),
        text: "I shall regret this".to_owned(),
    };
    let comment = content().create_comment(request).await?.into_inner().comment.context("no comment")?;
    content().delete_comment(DeleteCommentRequest { comment_id: comment.comment_id }).await?;
    content().delete_reaction(DeleteReactionRequest { post_id: post_id() }).await?;
    Ok(post)
}

/// Joan's feed has it, also after it was built anew.
async fn read(operator: &Api, Pair { joan, .. }: &Pair, post: &Post) -> Result<()> {
    let feed = || joan.api.feed();
    let has_it = async || {
        let request = ListFeedRequest { order: FeedOrder::Latest.into(), ..ListFeedRequest::default() };
        let entries = feed().list_feed(request).await?.into_inner().entries;
        anyhow::ensure!(entries.iter().any(|entry| entry.post_id == post.post_id), "{} others", entries.len());
        Ok(())
    };
    eventually("the post is in the feed", SOON, has_it).await?;
    operator.feed().rebuild_feed(RebuildFeedRequest { user_id: joan.account_id.clone() }).await?;
    eventually("the post is in the feed that was built anew", SOON, has_it).await?;
    feed().get_feed_status(GetFeedStatusRequest {}).await?;
    Ok(())
}

async fn deleted(Pair { mary, joan }: &Pair, post: Post) -> Result<()> {
    let post_id = post.post_id.clone();
    let request = UpdatePostRequest {
        post: Some(Post { text: "Taken back soon #cover".to_owned(), ..post }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["text".to_owned()] }),
    };
    mary.api.content().update_post(request).await?;
    mary.api.content().delete_post(DeletePostRequest { post_id: post_id.clone() }).await?;
    eventually("the post is gone from the feed", SOON, async || {
        let entries = joan.api.feed().list_feed(ListFeedRequest::default()).await?.into_inner().entries;
        anyhow::ensure!(entries.iter().all(|entry| entry.post_id != post_id), "it is there");
        Ok(())
    })
    .await
}

/// A message with a picture; then both go.
async fn said(Pair { mary, joan }: &Pair) -> Result<()> {
    let media = upload(&mary.api, Uuid::new_v4(), &image(rand::random())?).await?;
    let messaging = || mary.api.messaging();
    let request = CreateConversationRequest {
        request_id: Uuid::new_v4().to_string(),
        member_ids: vec![joan.account_id.clone()],
        title: String::new(),
    };
    // Whether it may begin is asked of user-service, which has little time to answer.
    let conversation_id = eventually("a conversation begins", SOON, async || {
        let conversation = messaging().create_conversation(request.clone()).await?.into_inner().conversation;
        Ok(conversation.context("no conversation")?.conversation_id)
    })
    .await?;
    let request = SendMessageRequest {
        request_id: Uuid::new_v4().to_string(),
        conversation_id: conversation_id.clone(),
        text: "Look".to_owned(),
        media_ids: vec![media.media_id.clone()],
    };
    let message = messaging().send_message(request).await?.into_inner().message.context("no message")?;
    let request = DeleteMessageRequest { conversation_id, message_id: message.message_id };
    messaging().delete_message(request).await?;
    mary.api.media().delete_media(DeleteMediaRequest { media_id: media.media_id }).await?;
    Ok(())
}

/// Joan looks whom she may know, follows no more, and is blocked for a moment.
async fn followed(Pair { mary, joan }: &Pair) -> Result<()> {
    let (user_id, of_joan) = (mary.account_id.clone(), joan.account_id.clone());
    let users = || joan.api.users();
    users().list_following(ListFollowingRequest { user_id: of_joan.clone(), ..Default::default() }).await?;
    // The graph database is slow where others use the same cores.
    eventually("the graph answers", SOON, async || {
        users().list_mutuals(ListMutualsRequest { user_id: user_id.clone(), ..Default::default() }).await?;
        users().list_suggestions(ListSuggestionsRequest::default()).await?;
        Ok(())
    })
    .await?;
    users().unfollow(UnfollowRequest { user_id }).await?;
    mary.api.users().block(BlockRequest { user_id: of_joan.clone() }).await?;
    mary.api.users().unblock(UnblockRequest { user_id: of_joan }).await?;
    Ok(())
}

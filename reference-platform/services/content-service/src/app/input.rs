//! What must hold of a request before anything is done. Gives the request with its ids parsed.

use social_proto::content::v1::{
    BatchGetCountersRequest, BatchGetPostsRequest, CreateCommentRequest, CreatePostRequest, ListCommentsRequest,
    ListPostsRequest, ListReactionsRequest, SetReactionRequest, UpdatePostRequest,
};
use social_runtime::Error;
use social_runtime::page::Query;
use social_runtime::validate::{TEXT, Validation};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::convert;
use crate::domain::{Change, Draft, MAX_COMMENT, MAX_MEDIA, MAX_TEXT, ReactionKind, Visibility, is_blank};
use crate::store::Position;

const BATCH: usize = 100;
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 100;

/// One id that is required.
pub fn id(field: &str, value: &str) -> Result<Uuid, Error> {
    let mut check = Validation::new();
    let id = check.uuid(field, value);
    check.finish().map(|()| id)
}

/// The id of the request, and the post that is to be.
pub fn create_post(request: &CreatePostRequest) -> Result<(Uuid, Draft), Error> {
    let mut check = Validation::new();
    let request_id = check.uuid("request_id", &request.request_id);
    post_text(&mut check, "text", &request.text);
    let nothing = request.media_ids.is_empty() && is_blank(&request.text);
    check.check("text", !nothing, "is required unless there is media");
    let media_ids = check.uuids("media_ids", &request.media_ids, 0..=MAX_MEDIA);
    let visibility = visibility(&mut check, "visibility", request.visibility);
    check.finish()?;
    Ok((request_id, Draft { text: request.text.clone(), media_ids, visibility }))
}

/// A change of a post: which, by whom it was last seen, and what is new.
pub struct Update {
    pub post_id: Uuid,
    pub etag: String,
    pub change: Change,
}

/// Takes from the post only what the mask names.
pub fn update_post(request: &UpdatePostRequest) -> Result<Update, Error> {
    let mut check = Validation::new();
    let given = check.present("post", request.post.as_ref()).cloned().unwrap_or_default();
    let post_id = check.uuid("post.post_id", &given.post_id);
    check.required("post.etag", &given.etag);
    let paths = request.update_mask.as_ref().map(|mask| mask.paths.as_slice()).unwrap_or_default();
    check.list("update_mask", paths, 1..=3);
    let mut change = Change::default();
    for path in paths.iter().take(3) {
        match path.as_str() {
            "text" => {
                post_text(&mut check, "post.text", &given.text);
                change.text = Some(given.text.clone());
            }
            "media_ids" => change.media_ids = Some(check.uuids("post.media_ids", &given.media_ids, 0..=MAX_MEDIA)),
            "visibility" => change.visibility = Some(visibility(&mut check, "post.visibility", given.visibility)),
            _ => check.violation("update_mask", "may name text, media_ids and visibility"),
        }
    }
    check.finish()?;
    Ok(Update { post_id, etag: given.etag, change })
}

/// 1 to 100 ids, each once.
pub fn batch_get_posts(request: &BatchGetPostsRequest) -> Result<Vec<Uuid>, Error> {
    batch(&request.post_ids)
}

/// 1 to 100 ids, each once.
pub fn batch_get_counters(request: &BatchGetCountersRequest) -> Result<Vec<Uuid>, Error> {
    batch(&request.post_ids)
}

fn batch(post_ids: &[String]) -> Result<Vec<Uuid>, Error> {
    let mut check = Validation::new();
    let ids = check.uuids("post_ids", post_ids, 1..=BATCH);
    check.finish().map(|()| ids)
}

/// The posts of an author before one.
pub struct PostsPage {
    pub author_id: Uuid,
    pub before: Uuid,
    pub size: usize,
    pub query: Query,
}

/// A page of posts.
pub fn list_posts(request: &ListPostsRequest) -> Result<PostsPage, Error> {
    let mut check = Validation::new();
    let author_id = check.uuid("author_id", &request.author_id);
    let size = check.page_size("page_size", request.page_size, PAGE, MAX_PAGE);
    check.finish()?;
    let query = Query::new("ListPosts").with(author_id);
    let before = query.cursor(&request.page_token)?.unwrap_or(Uuid::max());
    Ok(PostsPage { author_id, before, size: size as usize, query })
}

/// The id of the request, the post, the comment that is answered.
pub fn create_comment(request: &CreateCommentRequest) -> Result<(Uuid, Uuid, Option<Uuid>), Error> {
    let mut check = Validation::new();
    let request_id = check.uuid("request_id", &request.request_id);
    let post_id = check.uuid("post_id", &request.post_id);
    let parent_id = check.optional_uuid("parent_id", &request.parent_id);
    check.text("text", &request.text, 1..=MAX_COMMENT);
    check.characters("text", &request.text, TEXT);
    check.check("text", request.text.is_empty() || !is_blank(&request.text), "must not be blank");
    check.finish()?;
    Ok((request_id, post_id, parent_id))
}

/// The comments of a post, or the answers to one, after a comment.
pub struct CommentsPage {
    pub post_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub after: Uuid,
    pub size: usize,
    pub query: Query,
}

/// A page of comments.
pub fn list_comments(request: &ListCommentsRequest) -> Result<CommentsPage, Error> {
    let mut check = Validation::new();
    let post_id = check.uuid("post_id", &request.post_id);
    let parent_id = check.optional_uuid("parent_id", &request.parent_id);
    let size = check.page_size("page_size", request.page_size, PAGE, MAX_PAGE);
    check.finish()?;
    let query = Query::new("ListComments").with(post_id).with(parent_id.unwrap_or_default());
    let after = query.cursor(&request.page_token)?.unwrap_or_default();
    Ok(CommentsPage { post_id, parent_id, after, size: size as usize, query })
}

/// The post and the kind.
pub fn set_reaction(request: &SetReactionRequest) -> Result<(Uuid, ReactionKind), Error> {
    let mut check = Validation::new();
    let post_id = check.uuid("post_id", &request.post_id);
    let kind = convert::kind_from(request.kind);
    check.check("kind", kind.is_some(), "must be a kind of reaction");
    check.finish()?;
    Ok((post_id, kind.unwrap_or(ReactionKind::Like)))
}

/// The reactions to a post after a position.
pub struct ReactionsPage {
    pub post_id: Uuid,
    pub kind: Option<ReactionKind>,
    pub position: Position,
    pub size: usize,
    query: Query,
}

impl ReactionsPage {
    /// The token of the page after this reaction.
    pub fn token(&self, create_time: OffsetDateTime, user_id: Uuid) -> String {
        let microseconds = i64::try_from(create_time.unix_timestamp_nanos() / 1000).unwrap_or_default();
        self.query.token(&(microseconds, user_id))
    }
}

/// A page of reactions.
pub fn list_reactions(request: &ListReactionsRequest) -> Result<ReactionsPage, Error> {
    let mut check = Validation::new();
    let post_id = check.uuid("post_id", &request.post_id);
    let kind = convert::kind_from(request.kind);
    check.check("kind", kind.is_some() || request.kind == 0, "must be a kind of reaction");
    let size = check.page_size("page_size", request.page_size, PAGE, MAX_PAGE);
    check.finish()?;
    let query = Query::new("ListReactions").with(post_id).with(request.kind);
    let position = match query.cursor::<(u64, Uuid)>(&request.page_token)? {
        None => Position::START,
        Some((microseconds, user_id)) => {
            let create_time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(microseconds) * 1000)
                .map_err(|_| Error::invalid("page_token", "is not a token of this service"))?;
            Position { create_time, user_id }
        }
    };
    Ok(ReactionsPage { post_id, kind, position, size: size as usize, query })
}

fn post_text(check: &mut Validation, field: &str, text: &str) {
    check.text(field, text, 0..=MAX_TEXT);
    check.characters(field, text, TEXT);
}

/// Private where it is wrong, which is used after `finish` only.
fn visibility(check: &mut Validation, field: &str, number: i32) -> Visibility {
    let visibility = convert::visibility_from(number);
    check.check(field, visibility.is_some(), "must say who can see the post");
    visibility.unwrap_or(Visibility::Private)
}

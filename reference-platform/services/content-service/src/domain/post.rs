//! A post, how it begins and how it changes.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::now;
use super::tags::tags;

/// Characters of a post.
pub const MAX_TEXT: usize = 5000;
/// Media of a post.
pub const MAX_MEDIA: usize = 10;

/// Something that a user has published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Post {
    pub id: Uuid,
    pub author_id: Uuid,
    pub text: String,
    pub media_ids: Vec<Uuid>,
    pub visibility: Visibility,
    pub tags: Vec<String>,
    pub create_time: OffsetDateTime,
    pub edit_time: Option<OffsetDateTime>,
    /// Counts changes from 1.
    pub version: i64,
}

/// Who can see a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    Public,
    Followers,
    Private,
}

/// What an author gives.
#[derive(Clone, Debug)]
pub struct Draft {
    pub text: String,
    pub media_ids: Vec<Uuid>,
    pub visibility: Visibility,
}

/// What an author gives anew; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub text: Option<String>,
    pub media_ids: Option<Vec<Uuid>>,
    pub visibility: Option<Visibility>,
}

impl Post {
    /// A new post.
    pub fn publish(author_id: Uuid, draft: Draft) -> Post {
        Post {
            id: Uuid::now_v7(),
            author_id,
            tags: tags(&draft.text),
            text: draft.text,
            media_ids: draft.media_ids,
            visibility: draft.visibility,
            create_time: now(),
            edit_time: None,
            version: 1,
        }
    }

    /// The post after the change, or `None` if it would be the same.
    pub fn changed(&self, change: Change) -> Option<Post> {
        let mut post = self.clone();
        if let Some(text) = change.text {
            post.tags = tags(&text);
            post.text = text;
        }
        post.media_ids = change.media_ids.unwrap_or(post.media_ids);
        post.visibility = change.visibility.unwrap_or(post.visibility);
        if post == *self {
            return None;
        }
        post.edit_time = Some(now());
        post.version += 1;
        Some(post)
    }

    /// A post says or shows something.
    pub fn is_empty(&self) -> bool {
        self.media_ids.is_empty() && is_blank(&self.text)
    }

    /// What the author of a change must name, so that nobody overwrites what they have not seen.
    pub fn etag(&self) -> String {
        self.version.to_string()
    }
}

/// A text that shows nothing.
pub fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published() -> Post {
        Post::publish(
            Uuid::from_u128(1),
            Draft { text: "hello #world".to_owned(), media_ids: Vec::new(), visibility: Visibility::Public },
        )
    }

    #[test]
    fn a_change_gives_new_tags_and_a_new_etag() {
        let post = published();
        let change = Change { text: Some("bye #moon".to_owned()), ..Change::default() };
        let changed = post.changed(change).unwrap();
        assert_eq!(changed.tags, ["moon"]);
        assert_ne!(changed.etag(), post.etag());
        assert!(changed.edit_time.is_some());
        assert_eq!(changed.visibility, post.visibility);
    }

    #[test]
    fn the_same_again_is_no_change() {
        let post = published();
        let change = Change { text: Some(post.text.clone()), visibility: Some(Visibility::Public), media_ids: None };
        assert_eq!(post.changed(change), None);
    }

    #[test]
    fn a_post_without_text_needs_media() {
        let post = published();
        let blank = post.changed(Change { text: Some(" \n".to_owned()), ..Change::default() }).unwrap();
        assert!(blank.is_empty());
        let image = blank.changed(Change { media_ids: Some(vec![Uuid::from_u128(2)]), ..Change::default() }).unwrap();
        assert!(!image.is_empty());
    }
}

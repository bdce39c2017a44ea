//! Who may see which post.

use std::collections::HashSet;

use async_trait::async_trait;
use uuid::Uuid;

use super::{Post, Visibility};

/// Who reads.
#[derive(Clone)]
pub enum Viewer {
    /// A service of the platform, on its own behalf. It reads everything.
    Platform,
    /// A user.
    User {
        account_id: Uuid,
        /// Passed on when others are asked on behalf of this user.
        token: String,
    },
}

/// Who knows who follows whom.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Relations: Send + Sync {
    /// Those of `authors` whom the user follows, without a block between them. Authors of whom it cannot be found out now are
    /// left out.
    async fn followed(&self, account_id: Uuid, token: &str, authors: &[Uuid]) -> HashSet<Uuid>;
}

/// What the viewer is to an author.
enum Sight {
    All,
    /// Posts for followers too, if the viewer is one.
    AsFollower,
}

fn sight(viewer: &Viewer, author_id: Uuid) -> Sight {
    match viewer {
        Viewer::Platform => Sight::All,
        Viewer::User { account_id, .. } if *account_id == author_id => Sight::All,
        Viewer::User { .. } => Sight::AsFollower,
    }
}

/// The posts that the viewer may see, in their order. Each author is asked for once, and only because of posts for followers:
/// without an answer, those are not shown.
pub async fn readable(relations: &impl Relations, viewer: &Viewer, posts: Vec<Post>) -> Vec<Post> {
    let mut authors: Vec<Uuid> = posts
        .iter()
        .filter(|post| post.visibility == Visibility::Followers)
        .filter(|post| matches!(sight(viewer, post.author_id), Sight::AsFollower))
        .map(|post| post.author_id)
        .collect();
    authors.sort_unstable();
    authors.dedup();

    let followed = followed(relations, viewer, &authors).await;
    let shown = |post: &Post| match (sight(viewer, post.author_id), post.visibility) {
        (Sight::All, _) | (Sight::AsFollower, Visibility::Public) => true,
        (Sight::AsFollower, Visibility::Followers) => followed.contains(&post.author_id),
        (Sight::AsFollower, Visibility::Private) => false,
    };
    posts.into_iter().filter(shown).collect()
}

/// The narrowest visibility of posts of this author that the viewer may see.
pub async fn narrowest(relations: &impl Relations, viewer: &Viewer, author_id: Uuid) -> Visibility {
    match sight(viewer, author_id) {
        Sight::All => Visibility::Private,
        Sight::AsFollower if followed(relations, viewer, &[author_id]).await.contains(&author_id) => {
            Visibility::Followers
        }
        Sight::AsFollower => Visibility::Public,
    }
}

async fn followed(relations: &impl Relations, viewer: &Viewer, authors: &[Uuid]) -> HashSet<Uuid> {
    match viewer {
        Viewer::User { account_id, token } if !authors.is_empty() => {
            relations.followed(*account_id, token, authors).await
        }
        Viewer::User { .. } | Viewer::Platform => HashSet::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::now;

    const AUTHOR: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);
    const READER: Uuid = Uuid::from_u128(3);

    fn post(author_id: Uuid, visibility: Visibility) -> Post {
        Post {
            id: Uuid::now_v7(),
            author_id,
            text: "text".to_owned(),
            media_ids: Vec::new(),
            visibility,
            tags: Vec::new(),
            create_time: now(),
            edit_time: None,
            version: 1,
        }
    }

    fn posts() -> Vec<Post> {
        vec![
            post(AUTHOR, Visibility::Public),
            post(AUTHOR, Visibility::Followers),
            post(OTHER, Visibility::Followers),
            post(AUTHOR, Visibility::Followers),
            post(AUTHOR, Visibility::Private),
        ]
    }

    fn user(account_id: Uuid) -> Viewer {
        Viewer::User { account_id, token: "token".to_owned() }
    }

    #[tokio::test]
    async fn each_author_is_asked_for_once_and_followers_see_their_posts() {
        let mut relations = MockRelations::new();
        relations
            .expect_followed()
            .withf(|account, token, authors| *account == READER && token == "token" && authors == [AUTHOR, OTHER])
            .times(1)
            .returning(|_, _, _| HashSet::from([AUTHOR]));
        let posts = posts();
        let expected = vec![posts[0].clone(), posts[1].clone(), posts[3].clone()];
        assert_eq!(readable(&relations, &user(READER), posts).await, expected);
    }

    #[tokio::test]
    async fn public_posts_are_shown_when_nobody_knows_who_follows_whom() {
        let mut relations = MockRelations::new();
        relations.expect_followed().returning(|_, _, _| HashSet::new());
        let posts = posts();
        assert_eq!(readable(&relations, &user(READER), posts.clone()).await, posts[..1]);
        assert_eq!(narrowest(&relations, &user(READER), AUTHOR).await, Visibility::Public);
    }

    #[tokio::test]
    async fn nobody_is_asked_for_authors_and_services() {
        let relations = MockRelations::new();
        let posts = posts();
        assert_eq!(readable(&relations, &Viewer::Platform, posts.clone()).await, posts);
        assert_eq!(readable(&relations, &user(AUTHOR), vec![posts[4].clone()]).await, posts[4..]);
        assert_eq!(readable(&relations, &user(READER), vec![posts[4].clone()]).await, []);
        assert_eq!(narrowest(&relations, &user(AUTHOR), AUTHOR).await, Visibility::Private);
        assert_eq!(narrowest(&relations, &Viewer::Platform, AUTHOR).await, Visibility::Private);
    }
}

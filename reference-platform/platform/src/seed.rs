//! People, follows and posts through the public APIs. All names and request ids follow from numbers: doing it again changes nothing,
//! and with larger sizes only what is missing is added.

use anyhow::{Context as _, Result, bail, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use social_proto::content::v1::{CreatePostRequest, Post, Visibility};
use social_proto::user::v1::FollowRequest;
use tokio::time::Duration;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::client::{Channels, Session, image, log_in, profile_made, register, upload};
use crate::eventually::eventually;
use crate::progress::Progress;

/// The password of all of them.
pub const PASSWORD: &str = "seeded people have no secrets";
/// Calls at a time.
const CONCURRENCY: usize = 8;
/// Profiles come by events.
const SOON: Duration = Duration::from_secs(60);

/// How much.
#[derive(Clone, Debug, clap::Args)]
pub struct Size {
    /// People.
    #[arg(long, default_value_t = 20)]
    pub users: usize,
    /// How many of the others each follows.
    #[arg(long, default_value_t = 5)]
    pub follows: usize,
    /// Posts of each; the last one is for followers only.
    #[arg(long, default_value_t = 3)]
    pub posts: usize,
    /// How many of the people upload an image, which is in their first post.
    #[arg(long, default_value_t = 5)]
    pub images: usize,
}

/// What is there now.
pub struct Seeded {
    /// Logged in.
    pub people: Vec<Session>,
    /// Those for all, by number of the author.
    pub public_posts: Vec<Vec<Post>>,
    /// Those for followers, by number of the author.
    pub follower_posts: Vec<Vec<Post>>,
    /// Images that can be used, with the number of their owner.
    pub media: Vec<(usize, String)>,
}

/// Makes what is not there yet.
pub async fn run(channels: &Channels, size: &Size, progress: &Progress) -> Result<Seeded> {
    ensure!(size.users > size.follows, "nobody can follow {} of {} people", size.follows, size.users);
    ensure!(size.images == 0 || size.posts > 1, "an image needs a post for all, and the last one is for followers");
    let step = progress.begin("people", "registering and logging in");
    let people = each(size.users, |number| person(channels, number)).await?;
    step.done(&format!("{} people", people.len()));

    let step = progress.begin("follows", "each follows the next ones");
    each(size.users, |number| follow(&people, number, size.follows)).await?;
    step.done(&format!("{} follows", size.users * size.follows));

    let step = progress.begin("images", "uploading");
    let media = each(size.images.min(size.users), |number| picture(&people[number], number)).await?;
    step.done(&format!("{} images", media.len()));

    let step = progress.begin("posts", "publishing");
    let image = |number| media.iter().find(|(owner, _)| *owner == number).map(|(_, media_id)| media_id.clone());
    let posts = each(size.users, |number| posts(&people[number], number, size.posts, image(number))).await?;
    step.done(&format!("{} posts", size.users * size.posts));
    let (public_posts, follower_posts) = posts.into_iter().unzip();
    Ok(Seeded { people, public_posts, follower_posts, media })
}

async fn person(channels: &Channels, number: usize) -> Result<Session> {
    let handle = format!("seed_{number:04}");
    patiently(async || register(channels, &handle, PASSWORD).await)
        .await
        .with_context(|| format!("{handle} cannot register"))?;
    let session = patiently(async || log_in(channels, &handle, PASSWORD).await)
        .await
        .with_context(|| format!("{handle} cannot log in"))?;
    eventually("the profile", SOON, async || Ok(profile_made(&session).await?)).await?;
    Ok(session)
}

/// Passwords are computed a few at a time; who waits too long for a turn is told to come back.
async fn patiently<T>(call: impl AsyncFn() -> Result<T, Status>) -> Result<T> {
    let attempt = async || match call().await {
        Err(status) if status.code() == Code::ResourceExhausted => bail!(status),
        answer => Ok(answer),
    };
    Ok(eventually("a turn", SOON, attempt).await??)
}

async fn follow(people: &[Session], number: usize, follows: usize) -> Result<()> {
    for step in 1..=follows {
        let user_id = people[(number + step) % people.len()].account_id.clone();
        people[number].api.users().follow(FollowRequest { user_id }).await?;
    }
    Ok(())
}

/// The image of a person, with their number.
async fn picture(person: &Session, number: usize) -> Result<(usize, String)> {
    let bytes = image(number.to_le_bytes()[0])?;
    Ok((number, upload(&person.api, id("image", number, 0), &bytes).await?.media_id))
}

/// Those for all, and those for followers.
async fn posts(author: &Session, number: usize, count: usize, image: Option<String>) -> Result<(Vec<Post>, Vec<Post>)> {
    let (mut public, mut followers) = (Vec::new(), Vec::new());
    for post in 0..count {
        let last = post + 1 == count;
        let visibility = if last { Visibility::Followers } else { Visibility::Public };
        let request = CreatePostRequest {
            request_id: id("post", number, post).to_string(),
            text: format!("Note {post} of {}: looms and engines #seeded #loom{post}", author.handle),
            media_ids: image.iter().filter(|_| post == 0).cloned().collect(),
            visibility: visibility.into(),
        };
        let answer = author.api.content().create_post(request).await?.into_inner().post.context("no post")?;
        if last { followers.push(answer) } else { public.push(answer) }
    }
    Ok((public, followers))
}

/// `work` for 0 to `count`, some at a time; results in order.
async fn each<T, W: Future<Output = Result<T>>>(count: usize, work: impl FnMut(usize) -> W) -> Result<Vec<T>> {
    stream::iter(0..count).map(work).buffered(CONCURRENCY).try_collect().await
}

/// The same for the same numbers, whoever seeds.
fn id(what: &str, number: usize, of: usize) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{what}/{number}/{of}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_from_numbers() {
        assert_eq!(id("post", 1, 2), id("post", 1, 2));
        assert_ne!(id("post", 1, 2), id("post", 2, 1));
        assert_ne!(id("post", 1, 2), id("image", 1, 2));
    }
}

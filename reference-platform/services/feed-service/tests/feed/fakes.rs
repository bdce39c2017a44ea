//! user-service and content-service, as far as this service asks them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use social_proto::content::v1::*;
use social_proto::user::v1::*;
use social_testing::neighbour::{Posts, Users, authorization};
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// Who follows whom.
#[derive(Clone, Default)]
pub struct FakeUsers(Arc<Mutex<Graph>>);

#[derive(Default)]
struct Graph {
    /// Reader, author, since.
    edges: Vec<(Uuid, Uuid, prost_types::Timestamp)>,
    counts: HashMap<Uuid, i64>,
    unknown: HashSet<Uuid>,
}

impl FakeUsers {
    pub fn follow(&self, reader: Uuid, author: Uuid, since: prost_types::Timestamp) {
        self.0.lock().unwrap().edges.push((reader, author, since));
    }

    pub fn unfollow(&self, reader: Uuid, author: Uuid) {
        self.0.lock().unwrap().edges.retain(|(from, to, _)| (*from, *to) != (reader, author));
    }

    /// So many followers, whoever is in the list of them.
    pub fn count(&self, author: Uuid, followers: i64) {
        self.0.lock().unwrap().counts.insert(author, followers);
    }

    pub fn forget(&self, user: Uuid) {
        self.0.lock().unwrap().unknown.insert(user);
    }
}

/// From `token` on, at most `size` entries and the next token.
fn page(all: Vec<GraphEntry>, size: i32, token: &str) -> (Vec<GraphEntry>, String) {
    assert!((1..=100).contains(&size), "a page of {size}");
    let begin: usize = if token.is_empty() { 0 } else { token.parse().unwrap() };
    let end = all.len().min(begin + size as usize);
    let next = if end < all.len() { end.to_string() } else { String::new() };
    (all[begin..end].to_vec(), next)
}

#[tonic::async_trait]
impl Users for FakeUsers {
    async fn list_followers(
        &self,
        request: Request<ListFollowersRequest>,
    ) -> Result<Response<ListFollowersResponse>, Status> {
        authorization(&request)?;
        let request = request.into_inner();
        let author: Uuid = request.user_id.parse().unwrap();
        let graph = self.0.lock().unwrap();
        let of = graph.edges.iter().filter(|(_, to, _)| *to == author);
        let all = of.map(|(from, _, since)| GraphEntry { user_id: from.to_string(), since: Some(*since) }).collect();
        let (followers, next_page_token) = page(all, request.page_size, &request.page_token);
        Ok(Response::new(ListFollowersResponse { followers, next_page_token }))
    }

    async fn list_following(
        &self,
        request: Request<ListFollowingRequest>,
    ) -> Result<Response<ListFollowingResponse>, Status> {
        authorization(&request)?;
        let request = request.into_inner();
        let reader: Uuid = request.user_id.parse().unwrap();
        let graph = self.0.lock().unwrap();
        if graph.unknown.contains(&reader) {
            return Err(Status::not_found("there is no such user"));
        }
        let of = graph.edges.iter().filter(|(from, _, _)| *from == reader);
        let all = of.map(|(_, to, since)| GraphEntry { user_id: to.to_string(), since: Some(*since) }).collect();
        let (following, next_page_token) = page(all, request.page_size, &request.page_token);
        Ok(Response::new(ListFollowingResponse { following, next_page_token }))
    }

    async fn batch_get_profiles(
        &self,
        request: Request<BatchGetProfilesRequest>,
    ) -> Result<Response<BatchGetProfilesResponse>, Status> {
        authorization(&request)?;
        let ids = request.into_inner().user_ids;
        assert!((1..=100).contains(&ids.len()), "{} profiles", ids.len());
        let graph = self.0.lock().unwrap();
        let profile = |id: String| {
            let user: Uuid = id.parse().unwrap();
            let followers = graph.edges.iter().filter(|(_, to, _)| *to == user).count() as i64;
            let follower_count = graph.counts.get(&user).copied().unwrap_or(followers);
            Profile { user_id: id, follower_count, ..Default::default() }
        };
        Ok(Response::new(BatchGetProfilesResponse { profiles: ids.into_iter().map(profile).collect() }))
    }
}

/// What was published.
#[derive(Clone, Default)]
pub struct FakePosts(Arc<Mutex<Published>>);

#[derive(Default)]
struct Published {
    posts: Vec<Post>,
    hidden: HashSet<String>,
}

impl FakePosts {
    pub fn publish(&self, post: Post) {
        self.0.lock().unwrap().posts.push(post);
    }

    pub fn delete(&self, post_id: &str) {
        self.0.lock().unwrap().posts.retain(|post| post.post_id != post_id);
    }

    /// From all readers, though no event tells.
    pub fn hide(&self, post_id: &str) {
        self.0.lock().unwrap().hidden.insert(post_id.to_owned());
    }
}

#[tonic::async_trait]
impl Posts for FakePosts {
    async fn batch_get_posts(
        &self,
        request: Request<BatchGetPostsRequest>,
    ) -> Result<Response<BatchGetPostsResponse>, Status> {
        authorization(&request)?;
        let ids = request.into_inner().post_ids;
        assert!((1..=100).contains(&ids.len()), "{} posts", ids.len());
        let published = self.0.lock().unwrap();
        let seen = published
            .posts
            .iter()
            .filter(|post| ids.contains(&post.post_id) && !published.hidden.contains(&post.post_id));
        Ok(Response::new(BatchGetPostsResponse { posts: seen.cloned().collect() }))
    }

    async fn list_posts(&self, request: Request<ListPostsRequest>) -> Result<Response<ListPostsResponse>, Status> {
        authorization(&request)?;
        let request = request.into_inner();
        let published = self.0.lock().unwrap();
        let of = published.posts.iter().rev().filter(|post| post.author_id == request.author_id);
        let posts = of.take(request.page_size as usize).cloned().collect();
        Ok(Response::new(ListPostsResponse { posts, next_page_token: String::new() }))
    }
}

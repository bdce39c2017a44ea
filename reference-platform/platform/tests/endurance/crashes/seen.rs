//! What readers see in the end: each thing once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, ensure};
use platform::client::{Api, Session};
use social_proto::events::v1::{ProductMetric, QueryProductMetricRequest, TimeWindow};
use social_proto::feed::v1::{FeedOrder, ListFeedRequest};
use social_proto::notification::v1::{ListDeadLettersRequest, ListNotificationsRequest, NotificationKind};
use social_proto::search::v1::{SearchPostsRequest, SearchTagsRequest};
use social_proto::user::v1::GetProfileRequest;
use social_proto::user::v1::get_profile_request::By;

use super::log::poisoned;
use super::write::Done;

pub async fn feed(reader: &Session, number: usize, done: &Done) -> anyhow::Result<()> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListFeedRequest { order: FeedOrder::Latest.into(), page_size: 100, page_token };
        let page = reader.api.feed().list_feed(request).await?.into_inner();
        found.extend(page.entries.into_iter().map(|entry| entry.post_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let once: BTreeSet<&String> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "a feed has a post twice");
    let wanted = done.posts.iter().filter(|(_, (author, _))| *author != number);
    let missing = wanted.filter(|(post_id, _)| !once.contains(post_id)).count();
    ensure!(missing == 0, "{missing} are missing");
    Ok(())
}

pub async fn search(reader: &Session, done: &Done) -> anyhow::Result<()> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let tag = "crashed".to_owned();
        let request = SearchPostsRequest { tag, page_size: 100, page_token, ..SearchPostsRequest::default() };
        let page = reader.api.search().search_posts(request).await?.into_inner();
        found.extend(page.hits.into_iter().map(|hit| hit.post_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let once: BTreeSet<&String> = found.iter().collect();
    assert_eq!(once.len(), found.len(), "search finds a post twice");
    ensure!(once.len() == done.posts.len(), "{} of {}", once.len(), done.posts.len());
    let request = SearchTagsRequest { prefix: "crashed".to_owned(), ..SearchTagsRequest::default() };
    let tags = reader.api.search().search_tags(request).await?.into_inner().hits;
    let count = tags.first().context("no tag")?.post_count;
    ensure!(usize::try_from(count)? == done.posts.len(), "the tag counts {count} of {}", done.posts.len());
    Ok(())
}

/// A person is told of each comment, message, file and stream once, and of nothing else of these kinds.
pub async fn notifications(reader: &Session, number: usize, done: &Done) -> anyhow::Result<()> {
    let mut told = BTreeMap::<(NotificationKind, String), usize>::new();
    let mut page_token = String::new();
    loop {
        let request = ListNotificationsRequest { unread_only: false, page_size: 100, page_token };
        let page = reader.api.notifications().list_notifications(request).await?.into_inner();
        for one in page.notifications.into_iter().filter(|one| one.kind() != NotificationKind::Followed) {
            *told.entry((one.kind(), one.subject_id)).or_default() += 1;
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let wanted = expected(number, done);
    for (what, times) in &told {
        let most = wanted.get(what).copied().unwrap_or(0);
        assert!(*times <= most, "{times} times told of {what:?}, which happened {most} times");
    }
    for (what, times) in wanted {
        let found = told.get(&what).copied().unwrap_or(0);
        ensure!(found == times, "told of {what:?} {found} of {times} times");
    }
    Ok(())
}

/// What a person is told: by kind and subject, how often.
fn expected(number: usize, done: &Done) -> BTreeMap<(NotificationKind, String), usize> {
    let mine = |(_, (owner, _)): &(&String, &(usize, usize))| *owner == number;
    let counted = |kind| move |(id, (_, times)): (&String, &(usize, usize))| ((kind, id.clone()), *times);
    let once = |kind| move |(id, _): (&String, &usize)| ((kind, id.clone()), 1);
    let comments = done.posts.iter().filter(mine).map(counted(NotificationKind::Commented));
    let messages = done.messages.iter().filter(mine).map(counted(NotificationKind::Message));
    let files = done.files.iter().filter(|(_, owner)| **owner == number).map(once(NotificationKind::Media));
    let streams = done.streams.iter().filter(|(_, owner)| **owner != number).map(once(NotificationKind::Live));
    comments.chain(messages).chain(files).chain(streams).collect()
}

/// Each new account has a profile.
pub async fn profiles(reader: &Session, done: &Done) -> anyhow::Result<()> {
    for account in &done.accounts {
        let by = Some(By::UserId(account.clone()));
        let profile = reader.api.users().get_profile(GetProfileRequest { by }).await?.into_inner().profile;
        profile.with_context(|| format!("{account} has no profile"))?;
    }
    Ok(())
}

/// Analytics count each thing once.
pub async fn count(operator: &Api, metric: ProductMetric, wanted: usize) -> anyhow::Result<()> {
    let (now, day) = (SystemTime::now() + Duration::from_secs(60), Duration::from_secs(86_400));
    let window = TimeWindow {
        begin_time: Some((now - day).into()),
        end_time: Some(now.into()),
        step: Some(prost_types::Duration { seconds: 86_400, nanos: 0 }),
    };
    let request = QueryProductMetricRequest { metric: metric.into(), window: Some(window) };
    let points = operator.events().query_product_metric(request).await?.into_inner().points;
    let counted: f64 = points.iter().map(|point| point.value).sum();
    ensure!(counted == wanted as f64, "{metric:?}: {counted} of {wanted}");
    Ok(())
}

/// notification-service keeps dead letters itself, for operators.
pub async fn buried(operator: &Api, brokers: &str) -> anyhow::Result<()> {
    let request = ListDeadLettersRequest { page_size: 100, ..ListDeadLettersRequest::default() };
    let letters = operator.notifications().list_dead_letters(request).await?.into_inner().dead_letters;
    let wanted = poisoned(brokers);
    ensure!(letters.len() == wanted, "{} of {wanted}: {letters:?}", letters.len());
    Ok(())
}

//! Locks, rate limits and subscriptions against a real Redis.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::time::{Duration, Instant};

use common::{Mode, Proxy, no_redis, redis, settings};
use social_cache::pubsub::{self, Event};
use social_cache::{Error, Lock, Quota, RateLimiter, Settings, WhenDown, connect};
use tokio::time::timeout;

async fn delete(redis: &social_cache::Redis, key: &str) {
    redis::cmd("DEL").arg(redis.key(key)).exec_async(&mut redis.connection()).await.unwrap();
}

#[tokio::test]
async fn one_holds_the_lock_and_tokens_grow() {
    let redis = redis();
    let lock = Lock::new(&redis, "job", Duration::from_secs(10));
    let mut first = lock.try_acquire().await.unwrap().unwrap();
    assert!(lock.try_acquire().await.unwrap().is_none());
    first.renew().await.unwrap();
    let first_token = first.token();
    first.release().await.unwrap();

    let mut second = lock.try_acquire().await.unwrap().unwrap();
    assert!(second.token() > first_token);
    // The lock expires, another one takes it, and Redis has lost the last token.
    delete(&redis, "lock:job").await;
    delete(&redis, "lock:job:token").await;
    tokio::time::sleep(Duration::from_millis(2)).await;
    let mut third = lock.try_acquire().await.unwrap().unwrap();
    assert!(third.token() > second.token());
    assert!(matches!(second.renew().await, Err(Error::LockLost)));
    second.release().await.unwrap();
    third.renew().await.unwrap();
}

#[tokio::test]
async fn work_under_a_lock_outlives_its_time_and_ends_with_its_loss() {
    let redis = redis();
    let lock = Lock::new(&redis, "job", Duration::from_millis(600));
    let long = lock.run(async |token| {
        tokio::time::sleep(Duration::from_millis(900)).await;
        token
    });
    let other = async {
        tokio::time::sleep(Duration::from_millis(750)).await;
        lock.run(async |_| ()).await
    };
    let (done, other) = tokio::join!(long, other);
    assert!(done.unwrap().is_some());
    assert!(other.unwrap().is_none());
    assert!(lock.run(async |_| ()).await.unwrap().is_some(), "the lock was not given back");

    let lost = lock.run(async |_| {
        delete(&redis, "lock:job").await;
        std::future::pending::<()>().await
    });
    assert!(matches!(timeout(Duration::from_secs(2), lost).await.unwrap(), Err(Error::LockLost)));
    assert!(Lock::new(&no_redis(), "job", Duration::from_secs(1)).try_acquire().await.is_err());
}

#[tokio::test]
async fn a_limit_tells_when_more_is_allowed() {
    let redis = redis();
    let quota = Quota { burst: 3, refill: 5, per: Duration::from_secs(1) };
    let limiter = RateLimiter::new(&redis, "test", quota, WhenDown::Refuse);
    for _ in 0..3 {
        limiter.check("a").await.unwrap();
    }
    let Err(Error::Limited { retry_after }) = limiter.check("a").await else { panic!("a fourth was allowed") };
    assert!(retry_after <= Duration::from_millis(200), "{retry_after:?}");
    limiter.check("b").await.unwrap();
    tokio::time::sleep(retry_after).await;
    limiter.check("a").await.unwrap();
    assert!(matches!(limiter.check("a").await, Err(Error::Limited { .. })));
}

#[tokio::test]
async fn without_redis_a_limit_does_what_was_chosen() {
    let quota = Quota { burst: 1, refill: 1, per: Duration::from_secs(1) };
    let redis = no_redis();
    RateLimiter::new(&redis, "test", quota, WhenDown::Allow).check("a").await.unwrap();
    assert!(matches!(RateLimiter::new(&redis, "test", quota, WhenDown::Refuse).check("a").await, Err(Error::Redis(_))));
}

#[tokio::test]
async fn a_subscription_survives_a_cut_and_tells_the_gap() {
    let settings = settings();
    let publisher = connect(&settings).unwrap();
    let proxy = Proxy::new(&settings.url).await;
    let subscriber = connect(&Settings { url: format!("redis://{}", proxy.address), ..settings }).unwrap();
    let message = |payload: &str| Event::Message { channel: "room".to_owned(), payload: payload.as_bytes().to_vec() };

    let (channels, mut events) = pubsub::subscribe(&subscriber);
    channels.add("room").await;
    publisher.publish("room", b"one").await.unwrap();
    assert_eq!(timeout(Duration::from_secs(2), events.recv()).await.unwrap(), Some(message("one")));

    proxy.set(Mode::Cut);
    tokio::time::sleep(Duration::from_millis(100)).await;
    publisher.publish("room", b"lost").await.unwrap();
    let start = Instant::now();
    channels.add("later").await;
    assert!(start.elapsed() < Duration::from_secs(2), "a change waited for Redis");
    proxy.set(Mode::Pass);
    assert_eq!(timeout(Duration::from_secs(5), events.recv()).await.unwrap(), Some(Event::Gap));
    publisher.publish("room", b"two").await.unwrap();
    assert_eq!(timeout(Duration::from_secs(2), events.recv()).await.unwrap(), Some(message("two")));
    publisher.publish("later", b"three").await.unwrap();
    let later = Event::Message { channel: "later".to_owned(), payload: b"three".to_vec() };
    assert_eq!(timeout(Duration::from_secs(2), events.recv()).await.unwrap(), Some(later));

    channels.remove("room").await;
    publisher.publish("room", b"unheard").await.unwrap();
    publisher.publish("later", b"four").await.unwrap();
    let later = Event::Message { channel: "later".to_owned(), payload: b"four".to_vec() };
    assert_eq!(timeout(Duration::from_secs(2), events.recv()).await.unwrap(), Some(later));
}

#[tokio::test]
async fn a_slow_reader_is_told_of_the_gap() {
    let redis = redis();
    let (channels, mut events) = pubsub::subscribe(&redis);
    channels.add("room").await;
    for _ in 0..1100 {
        redis.publish("room", b"x").await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut messages = 0;
    while let Some(Event::Message { .. }) = timeout(Duration::from_secs(2), events.recv()).await.unwrap() {
        messages += 1;
    }
    assert_eq!(messages, 1024);
}

//! Caches against a real Redis, and without one.
#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use common::{Mode, Proxy, no_redis, redis, settings};
use social_cache::{Cache, Policy, Redis, Settings, connect};
use tokio::sync::Notify;

const MINUTE: Policy = Policy::new(Duration::from_secs(60));

type Loaded = Result<Option<String>, &'static str>;

fn cache(redis: &Redis, policy: Policy) -> Cache<String> {
    Cache::json(redis, "test:1", policy)
}

/// A loader that counts how often it is called.
#[derive(Clone, Default)]
struct Loads(Arc<AtomicU32>);

impl Loads {
    async fn give(&self, value: Option<&str>, after: Duration) -> Loaded {
        self.0.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(after).await;
        Ok(value.map(str::to_owned))
    }

    fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_value_is_loaded_once() {
    let (cache, loads) = (cache(&redis(), MINUTE), Loads::default());
    for _ in 0..3 {
        let value = cache.get_or_load(1, || loads.give(Some("one"), Duration::ZERO)).await;
        assert_eq!(value, Ok(Some("one".to_owned())));
    }
    assert_eq!(loads.count(), 1);
    cache.write_through(1, &"new".to_owned()).await.unwrap();
    let value = cache.get_or_load(1, || loads.give(Some("two"), Duration::ZERO)).await;
    assert_eq!(value, Ok(Some("new".to_owned())));
    cache.invalidate(1).await.unwrap();
    let value = cache.get_or_load(1, || loads.give(Some("two"), Duration::ZERO)).await;
    assert_eq!(value, Ok(Some("two".to_owned())));
    assert_eq!(loads.count(), 2);
}

#[tokio::test]
async fn messages_are_cached_in_their_own_encoding() {
    #[derive(Clone, PartialEq, prost::Message)]
    struct Profile {
        #[prost(string, tag = "1")]
        name: String,
    }
    let cache = Cache::<Profile>::proto(&redis(), "test:1", MINUTE);
    let profile = Profile { name: "Ada".to_owned() };
    let loaded = cache.get_or_load("a", async || Ok::<_, ()>(Some(profile.clone()))).await;
    assert_eq!(loaded, Ok(Some(profile.clone())));
    let cached = cache.get_or_load("a", async || Err("is not called")).await;
    assert_eq!(cached, Ok(Some(profile)));
}

#[tokio::test]
async fn that_nothing_is_there_is_remembered_where_wanted() {
    let (redis, loads) = (redis(), Loads::default());
    let forgetful = Cache::<String>::json(&redis, "forgetful", MINUTE);
    let negative = Cache::<String>::json(&redis, "negative", MINUTE.negative(Duration::from_secs(5)));
    for _ in 0..2 {
        assert_eq!(forgetful.get_or_load(1, || loads.give(None, Duration::ZERO)).await, Ok(None));
        assert_eq!(negative.get_or_load(1, || loads.give(None, Duration::ZERO)).await, Ok(None));
    }
    assert_eq!(loads.count(), 2 + 1);
}

#[tokio::test]
async fn many_readers_make_one_load_in_a_process_and_among_processes() {
    let settings = settings();
    let loads = Loads::default();
    let processes = [(); 3].map(|()| cache(&connect(&settings).unwrap(), MINUTE));
    let readers = (0..60).map(|n| {
        let (cache, loads) = (processes[n % 3].clone(), loads.clone());
        let load = async move { cache.get_or_load(1, || loads.give(Some("one"), Duration::from_millis(100))).await };
        tokio::spawn(load)
    });
    for value in futures::future::join_all(readers).await {
        assert_eq!(value.unwrap(), Ok(Some("one".to_owned())));
    }
    assert_eq!(loads.count(), 1);
}

#[tokio::test]
async fn when_the_one_who_loads_leaves_the_next_one_loads() {
    let (cache, loads) = (cache(&redis(), MINUTE), Loads::default());
    let leaving = tokio::time::timeout(
        Duration::from_millis(50),
        cache.get_or_load(1, || loads.give(Some("never"), Duration::from_secs(60))),
    );
    let waiting = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        cache.get_or_load(1, || loads.give(Some("one"), Duration::ZERO)).await
    };
    let (left, value) = tokio::join!(leaving, waiting);
    assert!(left.is_err());
    assert_eq!(value, Ok(Some("one".to_owned())));
    assert_eq!(loads.count(), 2);
}

#[tokio::test]
async fn errors_and_large_values_are_not_stored() {
    let (cache, loads) = (cache(&redis(), MINUTE.max_value_bytes(100)), Loads::default());
    let failed = cache.get_or_load(1, async || Err::<Option<String>, _>("down")).await;
    assert_eq!(failed, Err("down"));
    let start = Instant::now();
    for _ in 0..2 {
        let large = "x".repeat(200);
        let value = cache.get_or_load(1, || loads.give(Some(&large), Duration::ZERO)).await;
        assert_eq!(value, Ok(Some(large.clone())));
    }
    assert_eq!(loads.count(), 2);
    assert!(start.elapsed() < Duration::from_millis(400), "a lease was not given back");
}

#[tokio::test]
async fn a_load_that_was_overtaken_by_a_change_is_not_stored() {
    let settings = settings();
    let (reader, writer) = (cache(&connect(&settings).unwrap(), MINUTE), cache(&connect(&settings).unwrap(), MINUTE));
    let (began, go) = (Notify::new(), Notify::new());
    let reading = reader.get_or_load(1, async || {
        began.notify_one();
        go.notified().await;
        Ok::<_, ()>(Some("old".to_owned()))
    });
    let writing = async {
        began.notified().await;
        writer.invalidate(1).await.unwrap();
        go.notify_one();
    };
    let (old, ()) = tokio::join!(reading, writing);
    assert_eq!(old, Ok(Some("old".to_owned())));
    let new = reader.get_or_load(1, async || Ok::<_, ()>(Some("new".to_owned()))).await;
    assert_eq!(new, Ok(Some("new".to_owned())));
}

#[tokio::test]
async fn a_popular_value_is_loaded_again_before_it_expires() {
    let (cache, loads) = (cache(&redis(), Policy::new(Duration::from_secs(2))), Loads::default());
    let slow = Duration::from_millis(400);
    cache.get_or_load(1, || loads.give(Some("one"), slow)).await.unwrap();
    let start = Instant::now();
    while loads.count() == 1 && start.elapsed() < Duration::from_millis(1700) {
        // An early load that fails gives the value that still holds.
        let value = cache.get_or_load(1, async || loads.give(None, Duration::ZERO).await.and(Err("down"))).await;
        assert_eq!(value, Ok(Some("one".to_owned())));
    }
    assert_eq!(loads.count(), 2, "nobody was early");
}

#[tokio::test]
async fn many_values_are_read_at_once_and_the_missing_ones_loaded_at_once() {
    let cache = cache(&redis(), MINUTE.negative(Duration::from_secs(5)));
    cache.write_through(1, &"one".to_owned()).await.unwrap();
    let calls = AtomicU32::new(0);
    let load = async |mut missing: Vec<u32>| {
        calls.fetch_add(1, Ordering::SeqCst);
        missing.sort_unstable();
        assert_eq!(missing, [2, 3]);
        Ok::<_, ()>(HashMap::from([(2, "two".to_owned())]))
    };
    for _ in 0..2 {
        let values = cache.get_many_or_load(&[1, 2, 2, 3], load).await.unwrap();
        assert_eq!(values, HashMap::from([(1, "one".to_owned()), (2, "two".to_owned())]));
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let failed = cache.get_many_or_load(&[4], async |_| Err::<HashMap<u32, String>, _>("down")).await;
    assert_eq!(failed, Err("down"));
    let none = cache.get_many_or_load(&[], async |_: Vec<u32>| Err("is not called")).await;
    assert_eq!(none, Ok(HashMap::new()));
}

#[tokio::test]
async fn without_redis_loaders_answer_and_not_too_many_at_once() {
    let cache = cache(&no_redis(), MINUTE.load_concurrency(2));
    let (running, most) = (AtomicU32::new(0), AtomicU32::new(0));
    let readers = (0..10).map(|n| {
        let (cache, running, most) = (&cache, &running, &most);
        async move {
            let load = async || {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(20)).await;
                running.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, ()>(Some(n.to_string()))
            };
            assert_eq!(cache.get_or_load(n, load).await, Ok(Some(n.to_string())));
        }
    });
    futures::future::join_all(readers).await;
    assert_eq!(most.load(Ordering::SeqCst), 2);
    let many = cache.get_many_or_load(&[1], async |_| Ok::<_, ()>(HashMap::from([(1, "one".to_owned())]))).await;
    assert_eq!(many, Ok(HashMap::from([(1, "one".to_owned())])));
    assert!(cache.invalidate(1).await.is_err());
}

#[tokio::test]
async fn a_silent_redis_costs_its_timeout_once_and_is_used_again_when_it_is_back() {
    let settings = settings();
    let proxy = Proxy::new(&settings.url).await;
    let timeout = Duration::from_millis(200);
    let redis =
        connect(&Settings { url: format!("redis://{}", proxy.address), timeout: timeout.into(), ..settings }).unwrap();
    let (cache, loads) = (cache(&redis, MINUTE), Loads::default());
    cache.get_or_load(1, || loads.give(Some("one"), Duration::ZERO)).await.unwrap();

    proxy.set(Mode::Silent);
    let start = Instant::now();
    cache.get_or_load(1, || loads.give(Some("two"), Duration::ZERO)).await.unwrap();
    assert!(start.elapsed() < timeout * 3);
    let start = Instant::now();
    cache.get_or_load(1, || loads.give(Some("two"), Duration::ZERO)).await.unwrap();
    assert!(start.elapsed() < timeout / 2, "a request waited for a Redis that is known not to answer");
    assert_eq!(loads.count(), 3);

    proxy.set(Mode::Pass);
    let start = Instant::now();
    while redis.ping().await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(5), "the connection did not come back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let value = cache.get_or_load(1, || loads.give(Some("two"), Duration::ZERO)).await;
    assert_eq!(value, Ok(Some("one".to_owned())));
}

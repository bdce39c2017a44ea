//! Values that are dear to load and may be a little old.
//!
//! A load takes a lease in Redis (a key that expires soon) and its value is stored only while it has it. That keeps others from
//! loading the same, and `invalidate` takes the lease away, so that a load which began before a change cannot store what it read.

use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::RedisResult;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{OnceCell, Semaphore};
use uuid::Uuid;

use crate::connection::millis;
use crate::entry::{self, Entry};
use crate::{Redis, Result};

/// How long a load may take until somebody else may try.
const LEASE: Duration = Duration::from_secs(3);
/// How long a reader waits for the value that another process loads, and how often it looks.
const LEASE_WAIT: Duration = Duration::from_millis(500);
const LEASE_POLL: Duration = Duration::from_millis(20);
/// At most this part of the time to live is taken off, at random.
const JITTER: f64 = 0.1;

/// Ends a load: stores the entry (a time to live of 0 stores nothing) and gives the lease back, if it is still the load's own.
const STORE: &str = r"
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if tonumber(ARGV[3]) > 0 then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return redis.call('DEL', KEYS[2])";

/// How long and how much a cache keeps.
#[derive(Debug, Clone)]
pub struct Policy {
    ttl: Duration,
    negative_ttl: Option<Duration>,
    max_value_bytes: usize,
    load_concurrency: usize,
}

impl Policy {
    /// Values live for at most `ttl`. That something is not there is not remembered, values have at most 256 KiB, and at most 16
    /// are loaded at once.
    pub const fn new(ttl: Duration) -> Self {
        Policy { ttl, negative_ttl: None, max_value_bytes: 256 * 1024, load_concurrency: 16 }
    }

    /// Remembers for at most `ttl` that something is not there.
    pub const fn negative(self, ttl: Duration) -> Self {
        Policy { negative_ttl: Some(ttl), ..self }
    }

    /// Encoded values that are larger are not stored.
    pub const fn max_value_bytes(self, max_value_bytes: usize) -> Self {
        Policy { max_value_bytes, ..self }
    }

    /// How many loads this process runs at once; also what protects the database while Redis is down.
    pub const fn load_concurrency(self, load_concurrency: usize) -> Self {
        Policy { load_concurrency, ..self }
    }
}

/// A cache of one kind of value. Clones are the same cache.
pub struct Cache<T>(Arc<Inner<T>>);

impl<T> Clone for Cache<T> {
    fn clone(&self) -> Self {
        Cache(Arc::clone(&self.0))
    }
}

struct Inner<T> {
    redis: Redis,
    name: &'static str,
    policy: Policy,
    encode: fn(&T) -> anyhow::Result<Vec<u8>>,
    decode: fn(&[u8]) -> anyhow::Result<T>,
    loads: Semaphore,
    flights: Mutex<HashMap<String, Arc<OnceCell<Option<T>>>>>,
}

/// What Redis has under a key.
enum Found<T> {
    /// The value, or that there is none.
    Fresh(Option<T>),
    /// The value, and it is this reader's turn to load it again.
    Due(T),
    Nothing,
    /// Redis does not answer.
    Down,
}

impl<T: prost::Message + Default + Clone> Cache<T> {
    /// A cache of messages. `name` is the label of the metrics and stands before the keys; put the number of the format into it.
    pub fn proto(redis: &Redis, name: &'static str, policy: Policy) -> Self {
        Self::new(redis, name, policy, |value| Ok(value.encode_to_vec()), |bytes| Ok(T::decode(bytes)?))
    }
}

impl<T: Serialize + DeserializeOwned + Clone> Cache<T> {
    /// A cache of values in JSON. `name` is the label of the metrics and stands before the keys; put the number of the format into
    /// it.
    pub fn json(redis: &Redis, name: &'static str, policy: Policy) -> Self {
        Self::new(
            redis,
            name,
            policy,
            |value| Ok(serde_json::to_vec(value)?),
            |bytes| Ok(serde_json::from_slice(bytes)?),
        )
    }
}

impl<T: Clone> Cache<T> {
    fn new(
        redis: &Redis,
        name: &'static str,
        policy: Policy,
        encode: fn(&T) -> anyhow::Result<Vec<u8>>,
        decode: fn(&[u8]) -> anyhow::Result<T>,
    ) -> Self {
        let loads = Semaphore::new(policy.load_concurrency);
        Cache(Arc::new(Inner { redis: redis.clone(), name, policy, encode, decode, loads, flights: Mutex::default() }))
    }

    /// The value from the cache, or from `load`, which then is stored. One load per key runs at a time in this process, the others
    /// wait for its value; another process that loads the same is waited for half a second. While Redis is down `load` answers.
    ///
    /// # Errors
    /// Those of `load` only. They are not stored: the next who waits tries by itself.
    pub async fn get_or_load<E, Load, Loading>(&self, key: impl Display, load: Load) -> Result<Option<T>, E>
    where
        Load: FnOnce() -> Loading,
        Loading: Future<Output = Result<Option<T>, E>>,
    {
        let key = self.key(key);
        match self.find(&key).await {
            Found::Fresh(value) => Ok(value),
            Found::Due(value) => match self.lease(&key).await {
                // Whoever fails to be early has lost nothing: the value still holds.
                Ok(Some(lease)) => Ok(self.load_and_store(&key, &lease, load).await.unwrap_or(Some(value))),
                Ok(None) | Err(_) => Ok(Some(value)),
            },
            Found::Nothing => {
                let flight = self.join(&key);
                flight.cell.get_or_try_init(|| self.load_once(&key, load)).await.cloned()
            }
            Found::Down => {
                let flight = self.join(&key);
                flight.cell.get_or_try_init(|| self.load(load)).await.cloned()
            }
        }
    }

    /// Many values with one read of Redis and, where some are missing, one call of `load` with their keys. What `load` does not
    /// give is not there. Bound the number of keys.
    ///
    /// # Errors
    /// Those of `load` only.
    pub async fn get_many_or_load<K, E, Load, Loading>(&self, keys: &[K], load: Load) -> Result<HashMap<K, T>, E>
    where
        K: Display + Clone + Eq + Hash,
        Load: FnOnce(Vec<K>) -> Loading,
        Loading: Future<Output = Result<HashMap<K, T>, E>>,
    {
        let (mut values, missing) = self.find_many(keys).await;
        if missing.is_empty() {
            return Ok(values);
        }
        let leases = self.lease_many(&missing).await;
        let start = Instant::now();
        let loaded = self.load(|| load(missing)).await;
        self.store_many(leases, loaded.as_ref().ok(), start.elapsed()).await;
        values.extend(loaded?);
        Ok(values)
    }

    /// Forgets the value, after the commit of its change. A load that is under way will not be stored.
    ///
    /// # Errors
    /// When Redis does not answer: then the old value may be served until it expires.
    pub async fn invalidate(&self, key: impl Display) -> Result<()> {
        let key = self.key(key);
        self.flights().remove(&key);
        let command = redis::cmd("DEL").arg(&key).arg(lease_key(&key)).to_owned();
        Ok(command.exec_async(&mut self.0.redis.connection()).await?)
    }

    /// Stores the value, after the commit of its change. Of two writers at once the slower one wins, so where that can be,
    /// [`invalidate`](Self::invalidate) instead.
    ///
    /// # Errors
    /// When Redis does not answer: then the old value may be served until it expires.
    pub async fn write_through(&self, key: impl Display, value: &T) -> Result<()> {
        let Some((entry, ttl)) = self.entry(Some(value), Duration::ZERO) else {
            return self.invalidate(key).await;
        };
        let key = self.key(key);
        self.flights().remove(&key);
        let mut pipeline = redis::pipe();
        pipeline.atomic().cmd("SET").arg(&key).arg(entry).arg("PX").arg(ttl).cmd("DEL").arg(lease_key(&key));
        Ok(pipeline.exec_async(&mut self.0.redis.connection()).await?)
    }

    /// A load by this process: alone if the lease is to be had, else after a wait for whoever has it.
    async fn load_once<E, Load, Loading>(&self, key: &str, load: Load) -> Result<Option<T>, E>
    where
        Load: FnOnce() -> Loading,
        Loading: Future<Output = Result<Option<T>, E>>,
    {
        match self.lease(key).await {
            Ok(Some(lease)) => self.load_and_store(key, &lease, load).await,
            Ok(None) => match self.wait(key).await {
                Some(value) => Ok(value),
                None => self.load(load).await,
            },
            Err(_) => self.load(load).await,
        }
    }

    async fn load_and_store<E, Load, Loading>(&self, key: &str, lease: &str, load: Load) -> Result<Option<T>, E>
    where
        Load: FnOnce() -> Loading,
        Loading: Future<Output = Result<Option<T>, E>>,
    {
        let start = Instant::now();
        let loaded = self.load(load).await;
        let entry = match &loaded {
            Ok(value) => self.entry(value.as_ref(), start.elapsed()),
            Err(_) => None,
        };
        let (entry, ttl) = entry.unwrap_or_default();
        let mut pipeline = redis::pipe();
        store(&mut pipeline, key, lease, &entry, ttl);
        // The value is there; that it could not be stored is logged.
        self.heed(pipeline.exec_async(&mut self.0.redis.connection()).await).ok();
        loaded
    }

    /// Runs a loader, of which there are not too many at once.
    async fn load<V, E, Loading>(&self, load: impl FnOnce() -> Loading) -> Result<V, E>
    where
        Loading: Future<Output = Result<V, E>>,
    {
        // The semaphore is never closed, so there is a permit in any case.
        let _permit = self.0.loads.acquire().await;
        let start = Instant::now();
        let loaded = load().await;
        let outcome = if loaded.is_ok() { "ok" } else { "error" };
        metrics::histogram!("cache_load_duration_seconds", "cache" => self.0.name, "outcome" => outcome)
            .record(start.elapsed());
        loaded
    }

    /// Waits for the value that another process loads; `None` when that takes too long or fails.
    async fn wait(&self, key: &str) -> Option<Option<T>> {
        let start = Instant::now();
        while start.elapsed() < LEASE_WAIT {
            tokio::time::sleep(LEASE_POLL).await;
            let read = redis::pipe().cmd("GET").arg(key).cmd("EXISTS").arg(lease_key(key)).to_owned();
            let (bytes, leased): (Option<Vec<u8>>, bool) =
                self.heed(read.query_async(&mut self.0.redis.connection()).await).ok()?;
            match self.decode(bytes.as_deref()) {
                Found::Fresh(value) => return Some(value),
                Found::Due(value) => return Some(Some(value)),
                Found::Nothing | Found::Down if !leased => return None,
                Found::Nothing | Found::Down => {}
            }
        }
        None
    }

    async fn find(&self, key: &str) -> Found<T> {
        if self.0.redis.is_paused() {
            self.count("error", 1);
            return Found::Down;
        }
        let command = redis::cmd("GET").arg(key).to_owned();
        let answer: RedisResult<Option<Vec<u8>>> = command.query_async(&mut self.0.redis.connection()).await;
        let found = match self.heed(answer) {
            Ok(bytes) => self.decode(bytes.as_deref()),
            Err(_) => Found::Down,
        };
        self.count(found.result(), 1);
        found
    }

    /// The values that are there, and the keys of those to load.
    async fn find_many<K: Display + Clone + Eq + Hash>(&self, keys: &[K]) -> (HashMap<K, T>, Vec<K>) {
        let mut values = HashMap::with_capacity(keys.len());
        let mut missing = Vec::new();
        if keys.is_empty() {
            return (values, missing);
        }
        let keys: Vec<K> = keys.iter().collect::<std::collections::HashSet<_>>().into_iter().cloned().collect();
        let entries = self.find_entries(&keys).await;
        let Ok(entries) = entries else {
            self.count("error", keys.len());
            return (values, keys);
        };
        for (key, bytes) in keys.into_iter().zip(entries) {
            let found = self.decode(bytes.as_deref());
            match found {
                Found::Fresh(None) => self.count("absent", 1),
                Found::Fresh(Some(value)) | Found::Due(value) => {
                    self.count("hit", 1);
                    values.insert(key, value);
                }
                Found::Nothing | Found::Down => {
                    self.count("miss", 1);
                    missing.push(key);
                }
            }
        }
        (values, missing)
    }

    /// The bytes under the keys, in their order.
    async fn find_entries<K: Display>(&self, keys: &[K]) -> Result<Vec<Option<Vec<u8>>>, Failed> {
        if self.0.redis.is_paused() {
            return Err(Failed);
        }
        let mut command = redis::cmd("MGET");
        for key in keys {
            command.arg(self.key(key));
        }
        self.heed(command.query_async(&mut self.0.redis.connection()).await)
    }

    /// Takes the lease of a key: its owner, or `None` when somebody else has it.
    async fn lease(&self, key: &str) -> Result<Option<String>, Failed> {
        let owner = Uuid::new_v4().to_string();
        let command =
            redis::cmd("SET").arg(lease_key(key)).arg(&owner).arg("NX").arg("PX").arg(millis(LEASE)).to_owned();
        let answer: Option<String> = self.heed(command.query_async(&mut self.0.redis.connection()).await)?;
        Ok(answer.map(|_| owner))
    }

    /// Takes what leases of the keys are to be had. Nobody waits for the others: their values are loaded and not stored.
    async fn lease_many<K: Display + Clone>(&self, keys: &[K]) -> Vec<(K, String)> {
        if self.0.redis.is_paused() {
            return Vec::new();
        }
        let owner = Uuid::new_v4().to_string();
        let mut pipeline = redis::pipe();
        for key in keys {
            let lease = lease_key(&self.key(key));
            pipeline.cmd("SET").arg(lease).arg(&owner).arg("NX").arg("PX").arg(millis(LEASE));
        }
        let answers: RedisResult<Vec<Option<String>>> = pipeline.query_async(&mut self.0.redis.connection()).await;
        let answers = self.heed(answers).unwrap_or_default();
        keys.iter()
            .zip(answers)
            .filter(|(_, answer)| answer.is_some())
            .map(|(key, _)| (key.clone(), owner.clone()))
            .collect()
    }

    /// Stores what was loaded under the leases, and gives them back.
    async fn store_many<K: Display + Eq + Hash>(
        &self,
        leases: Vec<(K, String)>,
        loaded: Option<&HashMap<K, T>>,
        took: Duration,
    ) {
        if leases.is_empty() {
            return;
        }
        let mut pipeline = redis::pipe();
        for (key, owner) in leases {
            let entry = loaded.and_then(|values| self.entry(values.get(&key), took));
            let (entry, ttl) = entry.unwrap_or_default();
            store(&mut pipeline, &self.key(&key), &owner, &entry, ttl);
        }
        self.heed(pipeline.exec_async(&mut self.0.redis.connection()).await).ok();
    }

    /// The entry for a value and its time to live in milliseconds; `None` for what this cache does not keep.
    fn entry(&self, value: Option<&T>, load: Duration) -> Option<(Vec<u8>, u64)> {
        let policy = &self.0.policy;
        let (payload, ttl) = match value {
            None => (None, policy.negative_ttl?),
            Some(value) => match (self.0.encode)(value) {
                Ok(payload) if payload.len() <= policy.max_value_bytes => (Some(payload), policy.ttl),
                Ok(payload) => {
                    tracing::warn!(cache = self.0.name, bytes = payload.len(), "value is too large for the cache");
                    return None;
                }
                Err(error) => {
                    tracing::warn!(cache = self.0.name, %error, "value cannot be encoded for the cache");
                    return None;
                }
            },
        };
        let ttl = ttl.mul_f64(1.0 - rand::random_range(0.0..JITTER));
        Some((entry::encode(payload.as_deref(), ttl, load), millis(ttl).max(1)))
    }

    fn decode(&self, bytes: Option<&[u8]>) -> Found<T> {
        let Some(bytes) = bytes else { return Found::Nothing };
        let Some(entry) = Entry::parse(bytes) else {
            tracing::warn!(cache = self.0.name, "foreign bytes under a key of the cache");
            return Found::Nothing;
        };
        let Some(payload) = entry.payload else { return Found::Fresh(None) };
        match (self.0.decode)(payload) {
            Ok(value) if entry.is_due(entry::now(), rand::random_range(0.0..1.0)) => Found::Due(value),
            Ok(value) => Found::Fresh(Some(value)),
            Err(error) => {
                tracing::warn!(cache = self.0.name, %error, "value of another format in the cache");
                Found::Nothing
            }
        }
    }

    /// Lets all caches do without Redis for a while when it has not answered.
    fn heed<V>(&self, answer: RedisResult<V>) -> Result<V, Failed> {
        answer.map_err(|error| {
            // An answer that is an error (no memory for writes, say) comes fast and tells nothing of other commands.
            if error.is_io_error() {
                self.0.redis.pause();
            }
            tracing::warn!(cache = self.0.name, %error, "Redis failed");
            Failed
        })
    }

    fn count(&self, result: &'static str, count: usize) {
        metrics::counter!("cache_requests_total", "cache" => self.0.name, "result" => result).increment(count as u64);
    }

    fn key(&self, key: impl Display) -> String {
        self.0.redis.key(&format!("{}:{key}", self.0.name))
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<String, Arc<OnceCell<Option<T>>>>> {
        // Nothing can panic while it is held, and a map is whole in any case.
        self.0.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes part in the load of a key in this process.
    fn join<'a>(&'a self, key: &'a str) -> Flight<'a, T> {
        let cell = Arc::clone(self.flights().entry(key.to_owned()).or_default());
        Flight { cache: self, key, cell }
    }
}

/// Redis was of no help, which is logged.
struct Failed;

impl<T> Found<T> {
    fn result(&self) -> &'static str {
        match self {
            Found::Fresh(Some(_)) => "hit",
            Found::Fresh(None) => "absent",
            Found::Due(_) => "early",
            Found::Nothing => "miss",
            Found::Down => "error",
        }
    }
}

/// A part in the load of a key. The load is over for those who come later as soon as one has its value, or when nobody is left.
struct Flight<'a, T: Clone> {
    cache: &'a Cache<T>,
    key: &'a str,
    cell: Arc<OnceCell<Option<T>>>,
}

impl<T: Clone> Drop for Flight<'_, T> {
    fn drop(&mut self) {
        let mut flights = self.cache.flights();
        let is_current = flights.get(self.key).is_some_and(|current| Arc::ptr_eq(current, &self.cell));
        // Two: the map and this one. Others join and leave under the lock of the map only.
        if is_current && (self.cell.initialized() || Arc::strong_count(&self.cell) == 2) {
            flights.remove(self.key);
        }
    }
}

fn lease_key(key: &str) -> String {
    format!("{key}:lease")
}

fn store(pipeline: &mut redis::Pipeline, key: &str, lease: &str, entry: &[u8], ttl: u64) {
    pipeline.cmd("EVAL").arg(STORE).arg(2).arg(key).arg(lease_key(key)).arg(lease).arg(entry).arg(ttl);
}

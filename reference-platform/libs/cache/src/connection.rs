//! The connection: one for all commands of a process, made again when it is lost, with an end to every wait.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, IntoConnectionInfo, RedisError};

use crate::observed::{Connection, Server};

/// After Redis has not answered, caches do without it for so long instead of waiting for it in each request.
const PAUSE: Duration = Duration::from_secs(1);
/// Sent bytes that are not acknowledged for so long end the connection: a peer that vanished says nothing.
#[cfg(target_os = "linux")]
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(5);

/// Settings of Redis, flattened into those of a service.
#[derive(Clone, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// `redis://user:password@host:port/number`
    #[arg(id = "redis_url", long = "redis-url", env = "REDIS_URL", hide_env_values = true)]
    pub url: String,

    /// How long a command waits for its answer, and a new connection for Redis.
    #[arg(id = "redis_timeout", long = "redis-timeout", env = "REDIS_TIMEOUT", default_value = "250ms")]
    pub timeout: humantime::Duration,

    /// Put before every key and channel, which name their service already; only tests set it, to share a Redis.
    #[arg(id = "redis_prefix", long = "redis-prefix", env = "REDIS_PREFIX", default_value = "")]
    pub prefix: String,
}

/// Without the URL, which holds a password.
impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Settings");
        fields.field("timeout", &self.timeout).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// `std::result::Result` with the [`Error`] of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What goes wrong with Redis. `?` turns it into a `social_runtime::Error`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Redis does not answer, or refuses the command.
    #[error("Redis: {0}")]
    Redis(#[from] RedisError),
    /// More requests than the rate limit allows.
    #[error("rate limit reached, more in {retry_after:?}")]
    Limited {
        /// After this one more is allowed.
        retry_after: Duration,
    },
    /// The lock is not held any more: it has expired, and somebody else may have it.
    #[error("the lock was lost")]
    LockLost,
}

impl From<Error> for social_runtime::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Limited { retry_after } => {
                social_runtime::Error::resource_exhausted("too many requests").retry_after(retry_after)
            }
            Error::LockLost => social_runtime::Error::aborted("another replica has taken over"),
            Error::Redis(error) => social_runtime::Error::unavailable("Redis does not answer").with_source(error),
        }
    }
}

/// Redis for this process. Clones share the connection.
#[derive(Clone)]
pub struct Redis {
    connection: ConnectionManager,
    client: Client,
    server: Arc<Server>,
    prefix: Arc<str>,
    timeout: Duration,
    start: Instant,
    /// Milliseconds since `start` until which caches do without Redis.
    paused_until: Arc<AtomicU64>,
}

/// Prepares the connection, which is made when it is first used: a service starts without Redis. Must be called inside of a
/// Tokio runtime.
pub fn connect(settings: &Settings) -> Result<Redis> {
    let info = settings.url.as_str().into_connection_info()?;
    #[cfg(target_os = "linux")]
    let info = info.set_tcp_settings(redis::io::tcp::TcpSettings::default().set_user_timeout(TCP_USER_TIMEOUT));
    let server = Arc::new(Server::of(&info));
    let client = Client::open(info)?;
    // No retries inside: a command that finds no connection fails at once and has a new one made for those that follow.
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_connection_timeout(Some(*settings.timeout))
        .set_response_timeout(Some(*settings.timeout));
    Ok(Redis {
        connection: ConnectionManager::new_lazy_with_config(client.clone(), config)?,
        client,
        server,
        prefix: settings.prefix.as_str().into(),
        timeout: *settings.timeout,
        start: Instant::now(),
        paused_until: Arc::default(),
    })
}

impl Redis {
    /// The connection, for commands of one's own. A command ends within twice the timeout, with an error if need be, and is a span
    /// of its own.
    pub fn connection(&self) -> Connection {
        Connection::new(self.connection.clone(), self.server.clone())
    }

    /// The key with the prefix of this process before it.
    pub fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    /// Asks Redis for a sign of life.
    pub async fn ping(&self) -> Result<()> {
        Ok(redis::cmd("PING").exec_async(&mut self.connection()).await?)
    }

    /// Sends a message to whoever is subscribed to the channel now, which may be nobody.
    pub async fn publish(&self, channel: &str, payload: &[u8]) -> Result<()> {
        let command = redis::cmd("PUBLISH").arg(self.key(channel)).arg(payload).to_owned();
        Ok(command.exec_async(&mut self.connection()).await?)
    }

    /// What a span says of this Redis.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(crate) fn channel<'a>(&self, name: &'a str) -> &'a str {
        name.strip_prefix(&*self.prefix).unwrap_or(name)
    }

    /// Whether caches do without Redis at this moment.
    pub(crate) fn is_paused(&self) -> bool {
        self.elapsed() < self.paused_until.load(Ordering::Relaxed)
    }

    /// Redis did not answer: caches do without it for a while.
    pub(crate) fn pause(&self) {
        self.paused_until.store(self.elapsed() + millis(PAUSE), Ordering::Relaxed);
    }

    fn elapsed(&self) -> u64 {
        millis(self.start.elapsed())
    }
}

/// Whole milliseconds, as Redis counts times.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    #[derive(Parser)]
    struct Service {
        #[command(flatten)]
        redis: super::Settings,
    }

    #[test]
    fn settings_have_defaults_and_keep_the_password() {
        let settings = Service::parse_from(["service", "--redis-url", "redis://:secret@127.0.0.1"]).redis;
        let shown = format!("{settings:?}");
        assert!(shown.contains("timeout") && !shown.contains("secret"), "{shown}");
        assert_eq!(settings.prefix, "");
    }
}

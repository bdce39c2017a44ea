//! How this process reaches the brokers. Every setting of the client library that the guarantees rest on is said here.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

/// Flattened into the settings of a service.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Settings {
    /// Addresses of Kafka brokers to begin with, `host:port`, separated by commas.
    #[arg(long, env = "KAFKA_BROKERS")]
    pub kafka_brokers: String,

    /// Put before the name of each topic and group; only tests set it, to have topics of their own.
    #[arg(long, env = "KAFKA_TOPIC_PREFIX", default_value = "")]
    pub kafka_topic_prefix: String,

    /// How long a request to a broker may take.
    #[arg(long, env = "KAFKA_REQUEST_TIMEOUT", default_value = "10s", value_parser = humantime::parse_duration)]
    pub kafka_request_timeout: Duration,

    /// How long one that publishes for a caller waits for the brokers, retries included.
    #[arg(long, env = "KAFKA_DELIVERY_TIMEOUT", default_value = "15s", value_parser = humantime::parse_duration)]
    pub kafka_delivery_timeout: Duration,

    /// A consumer that was silent for so long has left its group.
    #[arg(long, env = "KAFKA_SESSION_TIMEOUT", default_value = "10s", value_parser = humantime::parse_duration)]
    pub kafka_session_timeout: Duration,

    /// A consumer that took nothing from its client for so long has left its group.
    #[arg(long, env = "KAFKA_MAX_POLL_INTERVAL", default_value = "2m", value_parser = humantime::parse_duration)]
    pub kafka_max_poll_interval: Duration,
}

impl Settings {
    /// Each record is on all in-sync replicas, once and in order, before it counts as published.
    pub(crate) fn producer(&self, delivery_timeout: Delivery) -> ClientConfig {
        let mut config = self.client();
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("compression.type", "lz4")
            .set("linger.ms", "5")
            // As the Java client does it, so that a key has one partition whoever publishes.
            .set("partitioner", "murmur2_random")
            .set("request.timeout.ms", millis(self.kafka_request_timeout))
            .set(
                "delivery.timeout.ms",
                match delivery_timeout {
                    Delivery::Bounded => millis(self.kafka_delivery_timeout),
                    Delivery::Unbounded => "0".to_owned(),
                },
            )
            .set("queue.buffering.max.messages", "20000")
            .set("queue.buffering.max.kbytes", "32768");
        config
    }

    /// A member of a group, which commits by itself and takes partitions over without stopping the others.
    pub(crate) fn consumer(&self, group: &str) -> ClientConfig {
        let mut config = self.reader();
        config
            .set("group.id", self.prefixed(group))
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", millis(self.kafka_session_timeout))
            .set("heartbeat.interval.ms", millis(self.kafka_session_timeout / 4))
            .set("max.poll.interval.ms", millis(self.kafka_max_poll_interval))
            .set("statistics.interval.ms", "5000");
        config
    }

    /// Reads committed records, from the beginning where nothing else is known, and holds at most some megabytes of them.
    pub(crate) fn reader(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            .set("isolation.level", "read_committed")
            .set("allow.auto.create.topics", "false")
            .set("topic.metadata.refresh.interval.ms", "10000")
            .set("queued.max.messages.kbytes", "4096")
            .set("fetch.message.max.bytes", "1048576")
            .set("fetch.wait.max.ms", "100");
        config
    }

    /// The name of a topic or group at the broker.
    pub(crate) fn prefixed(&self, name: &str) -> String {
        format!("{}{name}", self.kafka_topic_prefix)
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set_log_level(RDKafkaLogLevel::Warning)
            .set("bootstrap.servers", &self.kafka_brokers)
            .set("socket.keepalive.enable", "true")
            .set("socket.timeout.ms", millis(self.kafka_request_timeout))
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "3000");
        config
    }
}

/// How long a producer goes on with a record.
pub(crate) enum Delivery {
    /// As the setting says: somebody waits.
    Bounded,
    /// Until it is delivered: giving one up and going on with the next would break the order.
    Unbounded,
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

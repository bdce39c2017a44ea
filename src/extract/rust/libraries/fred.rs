//! Redis through fred: clients and pools are made of a configuration, each of them has the commands.

use super::act::{Act, Open, Unit, Where};
use super::redis::{READS, WRITES, config, publish, read, subscribe, write};
use super::{Library, api};

const OPEN: Open = Open {
    kind: "cache",
    technology: "redis",
    address: Where::Argument(0),
    give: "fred::Client",
    lazy: true,
    pool: false,
};
const BUILT: Open = Open { address: Where::Receiver, ..OPEN };
const SUBSCRIBER: Open = Open { give: "fred::SubscriberClient", ..OPEN };
const POOL: Open = Open { pool: true, give: "fred::Pool", ..OPEN };
const SUBSCRIBE: &[&str] = &["subscribe", "psubscribe", "ssubscribe"];

/// fred. Until version 9 the types are called `RedisClient`, `RedisPool` and `RedisConfig`.
pub static LIBRARY: Library = Library {
    name: "fred",
    crates: &["fred"],
    apis: &[
        api("Config", URLS, Act::Custom(config)),
        api("RedisConfig", URLS, Act::Custom(config)),
        api("Builder", &["from_config"], Act::Give("fred::Builder")),
        api("Builder", &["build"], Act::Open(BUILT)),
        api("Builder", &["build_subscriber_client"], Act::Open(Open { give: "fred::SubscriberClient", ..BUILT })),
        api(
            "Builder",
            &["build_pool", "build_exclusive_pool", "build_dynamic_pool"],
            Act::Open(Open { pool: true, give: "fred::Pool", ..BUILT }),
        ),
        api("Builder", &["*"], Act::Same),
        api("ConnectionConfig", &["connection_timeout"], Act::Set("connect_timeout_ms", Unit::Duration)),
        api("Client", &["new"], Act::Open(OPEN)),
        api("RedisClient", &["new"], Act::Open(OPEN)),
        api("SubscriberClient", &["new"], Act::Open(SUBSCRIBER)),
        api("Pool", &["new"], Act::Open(POOL)),
        api("RedisPool", &["new"], Act::Open(POOL)),
        api("Pool", &["next", "next_connected"], Act::Give("fred::Client")),
        api("RedisPool", &["next", "next_connected"], Act::Give("fred::Client")),
        api("*", WRITES, Act::Custom(write)),
        api("*", READS, Act::Custom(read)),
        api("*", &["publish", "spublish"], Act::Custom(publish)),
        api("*", SUBSCRIBE, Act::Custom(subscribe)),
    ],
    macros: &[],
};

/// Ways to a configuration from an address.
const URLS: &[&str] = &["from_url", "from_url_centralized", "from_url_clustered", "from_url_sentinel"];

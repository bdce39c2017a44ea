//! Pools of deadpool: the settings that all its pools share.

use super::act::{Act, Unit};
use super::{Library, api};

/// deadpool, under the names of the crates that give its types again.
pub static LIBRARY: Library = Library {
    name: "deadpool",
    crates: &[
        "deadpool",
        "deadpool_postgres",
        "deadpool_redis",
        "deadpool_lapin",
        "deadpool_diesel",
        "deadpool_sqlite",
    ],
    apis: &[
        api("PoolConfig", &["new", "max_size"], Act::Set("max_connections", Unit::Plain)),
        api("PoolConfig", &["timeouts"], Act::Merge("pool_config")),
        api("Timeouts", &["wait"], Act::Set("acquire_timeout_ms", Unit::Duration)),
        api("Timeouts", &["create"], Act::Set("connect_timeout_ms", Unit::Duration)),
        api("Timeouts", &["recycle"], Act::Set("recycle_timeout_ms", Unit::Duration)),
    ],
    macros: &[],
};

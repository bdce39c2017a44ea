//! Redis: redis, deadpool-redis, bb8-redis, fred.

use super::act::{self, Act, Open, Unit, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const CONNECTION: &str = "redis::Connection";
const CLIENT: &str = "redis::Client";

const OPEN: Open =
    Open { kind: "cache", technology: "redis", address: Where::Socket(0), give: CLIENT, lazy: true, pool: false };

/// Commands that change something.
pub const WRITES: &[&str] = &[
    "set",
    "set_ex",
    "pset_ex",
    "set_nx",
    "set_options",
    "mset",
    "getset",
    "getdel",
    "del",
    "unlink",
    "expire",
    "pexpire",
    "incr",
    "decr",
    "hset",
    "hset_nx",
    "hset_multiple",
    "hdel",
    "hincr",
    "lpush",
    "rpush",
    "lpop",
    "rpop",
    "lrem",
    "ltrim",
    "sadd",
    "srem",
    "spop",
    "zadd",
    "zadd_multiple",
    "zrem",
    "zrembyscore",
    "zincr",
    "xadd",
    "xdel",
    "xack",
    "xgroup_create",
    "xtrim",
    "pfadd",
    "persist",
    "rename",
    "append",
    "setrange",
    "flushdb",
    "flushall",
    "eval",
    "invoke_async",
    "invoke",
    "blpop",
    "brpop",
    "mset_nx",
    "zpopmin",
    "zpopmax",
    "hset_ex",
    "incrby",
    "decrby",
    "setbit",
];
/// Commands that only read.
pub const READS: &[&str] = &[
    "get",
    "mget",
    "get_ex",
    "exists",
    "ttl",
    "pttl",
    "keys",
    "scan",
    "scan_match",
    "hget",
    "hgetall",
    "hexists",
    "hkeys",
    "hvals",
    "hlen",
    "hmget",
    "llen",
    "lrange",
    "lindex",
    "smembers",
    "sismember",
    "scard",
    "srandmember",
    "zrange",
    "zrange_withscores",
    "zrangebyscore",
    "zrevrange",
    "zrevrange_withscores",
    "zscore",
    "zcard",
    "zcount",
    "zrank",
    "xread",
    "xread_options",
    "xrange",
    "xlen",
    "xpending",
    "strlen",
    "ping",
    "pfcount",
    "type",
    "zrevrangebyscore",
    "zrevrange_limit",
    "zrangebyscore_limit",
    "hscan",
    "sscan",
    "zscan",
    "bitcount",
    "getbit",
];

/// Redis.
pub static LIBRARY: Library = Library {
    name: "redis",
    crates: &["redis", "deadpool_redis", "bb8_redis", "redis_async", "r2d2_redis"],
    apis: &[
        api("Client", &["open", "build_with_tls"], Act::Open(OPEN)),
        api("ClusterClient", &["new"], Act::Open(OPEN)),
        api(
            "Client",
            &[
                "get_async_connection",
                "get_multiplexed_async_connection",
                "get_multiplexed_tokio_connection",
                "get_connection_manager",
                "get_multiplexed_async_connection_with_config",
                "get_connection_manager_with_config",
                "get_async_pubsub",
                "get_multiplexed_async_connection_with_timeouts",
            ],
            Act::Give(CONNECTION),
        ),
        api("Client", &["get_connection", "get_connection_with_timeout"], Act::Custom(connection)),
        api("ClusterClient", &["get_async_connection"], Act::Give(CONNECTION)),
        api("ClusterClient", &["get_connection"], Act::Custom(connection)),
        api("ClusterClient", &["builder"], Act::Custom(cluster)),
        api("ClusterClientBuilder", &["new"], Act::Custom(cluster)),
        api("ClusterClientBuilder", &["connection_timeout"], Act::Set("connect_timeout_ms", Unit::Duration)),
        api("ClusterClientBuilder", &["build"], Act::Open(Open { address: Where::Receiver, ..OPEN })),
        api("ClusterClientBuilder", &["*"], Act::Same),
        api(
            "ConnectionManager",
            &[
                "new",
                "new_with_config",
                "new_with_backoff",
                "new_with_backoff_and_timeouts",
                "new_lazy",
                "new_lazy_with_config",
            ],
            Act::Custom(manager),
        ),
        // The pool that it is given to is the client.
        api("RedisConnectionManager", &["new"], Act::Custom(config)),
        api("Config", &["from_url"], Act::Custom(config)),
        api("Config", &["url"], Act::Gather("address")),
        api("Config", &["pool"], Act::Merge("pool_config")),
        api("Config", &["create_pool", "builder"], Act::Custom(pool)),
        api("Manager", &["new"], Act::Custom(config)),
        api("Pool", &["builder"], Act::Custom(builder)),
        api("Pool", &["get", "get_owned", "acquire"], Act::Give(CONNECTION)),
        api("PoolBuilder", &["max_size"], Act::Set("max_connections", Unit::Plain)),
        api("PoolBuilder", &["wait_timeout"], Act::Set("acquire_timeout_ms", Unit::Duration)),
        api("PoolBuilder", &["create_timeout"], Act::Set("connect_timeout_ms", Unit::Duration)),
        api("PoolBuilder", &["recycle_timeout"], Act::Set("recycle_timeout_ms", Unit::Duration)),
        api("PoolBuilder", &["config", "timeouts"], Act::Merge("pool_config")),
        api("PoolBuilder", &["build"], Act::Custom(pool)),
        api("PoolBuilder", &["*"], Act::Same),
        api("AsyncConnectionConfig", &["new", "default"], Act::Give("redis::AsyncConnectionConfig")),
        api("AsyncConnectionConfig", &["set_response_timeout"], Act::Set("response_timeout_ms", Unit::Duration)),
        api("AsyncConnectionConfig", &["set_connection_timeout"], Act::Set("connect_timeout_ms", Unit::Duration)),
        api("ConnectionManagerConfig", &["new", "default"], Act::Give("redis::ConnectionManagerConfig")),
        api("ConnectionManagerConfig", &["set_response_timeout"], Act::Set("response_timeout_ms", Unit::Duration)),
        api("ConnectionManagerConfig", &["set_connection_timeout"], Act::Set("connect_timeout_ms", Unit::Duration)),
        api("ConnectionManagerConfig", &["*"], Act::Same),
        api("SetOptions", &["with_expiration"], Act::Set("ttl", Unit::Flag)),
        api("SetOptions", &["*"], Act::Same),
        api("", &["cmd"], Act::Custom(command)),
        api("Cmd", &["arg"], Act::Custom(command_argument)),
        api("Cmd", &["query_async", "query", "exec_async", "exec"], Act::Custom(run_command)),
        api("Cmd", &["new"], Act::Custom(command)),
        api("", &["pipe"], Act::Give("redis::Pipeline")),
        api("Pipeline", &["new"], Act::Give("redis::Pipeline")),
        api("Pipeline", &["query_async", "query", "exec_async", "exec"], Act::Custom(run_command)),
        api("Pipeline", &["*"], Act::Same),
        api("Script", &["new"], Act::Give("redis::Script")),
        api("Script", &["key", "arg", "prepare_invoke"], Act::Same),
        api("Script", &["invoke_async", "invoke"], Act::Custom(run_command)),
        api("ScriptInvocation", &["*"], Act::Same),
        api("Connection", &["publish"], Act::Custom(publish)),
        api("ConnectionManager", &["publish"], Act::Custom(publish)),
        api("MultiplexedConnection", &["publish"], Act::Custom(publish)),
        api("Connection", &["subscribe", "psubscribe"], Act::Custom(subscribe)),
        api("PubSub", &["subscribe", "psubscribe"], Act::Custom(subscribe)),
        api("Connection", &["as_pubsub", "into_pubsub", "into_on_message", "on_message", "into_monitor"], Act::Same),
        api("Connection", WRITES, Act::Custom(write)),
        api("Connection", READS, Act::Custom(read)),
        api("MultiplexedConnection", WRITES, Act::Custom(write)),
        api("MultiplexedConnection", READS, Act::Custom(read)),
        api("ConnectionManager", WRITES, Act::Custom(write)),
        api("ConnectionManager", READS, Act::Custom(read)),
        api("ClusterConnection", WRITES, Act::Custom(write)),
        api("ClusterConnection", READS, Act::Custom(read)),
        api("Client", WRITES, Act::Custom(write)),
        api("Client", READS, Act::Custom(read)),
        api("PooledConnection", WRITES, Act::Custom(write)),
        api("PooledConnection", READS, Act::Custom(read)),
        api("Client", &["publish"], Act::Custom(publish)),
        api("Client", &["subscribe", "psubscribe"], Act::Custom(subscribe)),
    ],
    macros: &[],
};

/// `client.get_connection()`: a connection whose commands wait on their thread.
fn connection(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    act::waits(eval, &format!("redis::Client::{}", call.name), call);
    Some(call.receiver.as_ref()?.val.clone().typed(Ty::of(CONNECTION)))
}

fn manager(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let val = act::carried(Val::default(), call);
    Some(val.typed(Ty::of(CONNECTION)))
}

pub fn config(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let address = act::text(call, Where::Argument(0));
    Some(Val::of(call.owner.clone()).with_text("address", address))
}

/// `ClusterClient::builder(nodes)`
fn cluster(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let address = act::text(call, Where::Argument(0));
    Some(Val::of(Ty::of("redis::cluster::ClusterClientBuilder")).with_text("address", address))
}

/// `Pool::builder(manager)`
fn builder(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let inner = call.arguments.first().map(|argument| argument.val.clone()).unwrap_or_default();
    Some(inner.typed(Ty::of("deadpool_redis::PoolBuilder")))
}

fn pool(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    if call.name == "builder" {
        let receiver = call.receiver.as_ref()?.val.clone();
        return Some(receiver.typed(Ty::of("deadpool_redis::PoolBuilder")));
    }
    let open = Open { address: Where::Receiver, give: "deadpool_redis::Pool", pool: true, ..OPEN };
    let call = if call.name == "create_pool" { act::with_fields_unseen(eval, call) } else { call.clone() };
    Some(act::open(eval, library, &open, &call))
}

/// An operation on the store.
fn store(eval: &mut Eval<'_, '_>, library: &Library, call: &LibraryCall, operation: &str, writes: bool, key: Value) {
    let clients = call.receiver.as_ref().map(|receiver| receiver.val.clients.clone()).unwrap_or_default();
    let what = What::Store {
        kind: "cache".to_owned(),
        technology: "redis".to_owned(),
        operation: operation.to_uppercase(),
        writes,
        key,
    };
    let id = eval.effect(what, library.name, clients, call.at, &call.want);
    if operation.ends_with("_ex") {
        let ttl = act::text(call, Where::Argument(2));
        eval.set_option(id, "ttl", ttl);
    }
    // `set_options(key, value, options)`; fred's `set(key, value, expiration, …)`
    let third = call.arguments.get(2).map(|argument| &argument.val);
    let expires = match (operation, third) {
        ("set_options", Some(options)) => options.build.as_ref().is_some_and(|build| build.options.contains_key("ttl")),
        ("set", Some(expiration)) => !matches!(expiration.value, Some(Value::Absent)),
        _ => false,
    };
    if expires {
        eval.set_option(id, "ttl", Value::Bool(true));
    }
}

pub fn write(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    call.receiver.as_ref()?;
    run_steps(eval, call);
    store(eval, library, call, &call.name.clone(), true, act::text(call, Where::Argument(0)));
    Some(Val::default())
}

pub fn read(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    call.receiver.as_ref()?;
    run_steps(eval, call);
    store(eval, library, call, &call.name.clone(), false, act::text(call, Where::Argument(0)));
    Some(Val::default())
}

/// `redis::cmd("SET")`
fn command(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let name = act::text(call, Where::Argument(0));
    Some(Val::of(Ty::of("redis::Cmd")).with_text("command", name))
}

fn command_argument(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let argument = act::text(call, Where::Argument(0));
    let at = eval.place(call.at);
    let word = match &argument {
        Value::Text(text) => text.to_uppercase(),
        _ => String::new(),
    };
    let receiver = match word.as_str() {
        "EX" | "PX" | "EXAT" | "PXAT" => receiver.with_option("ttl", Value::Bool(true), at),
        "NX" => receiver.with_option("nx", Value::Bool(true), at),
        "BLOCK" => receiver.with_option("block", Value::Bool(true), at),
        _ if receiver.gathered("key").is_none() => receiver.with_text("key", argument),
        _ => receiver,
    };
    act::written_back(eval, call, &receiver);
    Some(receiver)
}

fn run_command(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let name = match receiver.gathered("command") {
        Some(Value::Text(name)) => name.clone(),
        _ => "PIPELINE".to_owned(),
    };
    let connection = call.arguments.first().map(|argument| argument.val.clients.clone()).unwrap_or_default();
    let key = receiver.gathered("key").cloned().unwrap_or(Value::Absent);
    if name.eq_ignore_ascii_case("publish") || name.eq_ignore_ascii_case("xadd") {
        let what = What::Publish { technology: "redis".to_owned(), topic: key, payload: String::new() };
        let id = eval.effect(what, library.name, connection, call.at, &call.want);
        if name.eq_ignore_ascii_case("xadd") {
            eval.set_option(id, "stream", Value::Bool(true));
        }
        return Some(Val::default());
    }
    let lower = name.to_lowercase();
    let writes = !READS.contains(&lower.as_str());
    let what = What::Store {
        kind: "cache".to_owned(),
        technology: "redis".to_owned(),
        operation: name.to_uppercase(),
        writes,
        key,
    };
    let id = eval.effect(what, library.name, connection, call.at, &call.want);
    if let Some(build) = &receiver.build {
        for (option, (value, _)) in &build.options {
            let value = eval.known(value);
            eval.set_option(id, option, value);
        }
    }
    Some(Val::default())
}

pub fn publish(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let clients = call.receiver.as_ref().map(|receiver| receiver.val.clients.clone()).unwrap_or_default();
    let topic = act::text(call, Where::Argument(0));
    let what = What::Publish { technology: "redis".to_owned(), topic, payload: String::new() };
    eval.effect(what, library.name, clients, call.at, &call.want);
    Some(Val::default())
}

pub fn subscribe(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let clients = call.receiver.as_ref().map(|receiver| receiver.val.clients.clone()).unwrap_or_default();
    let topic = act::text(call, Where::Argument(0));
    let what = What::Consume { technology: "redis".to_owned(), topic, group: Value::Absent, payload: String::new() };
    eval.effect(what, library.name, clients, call.at, &call.want);
    Some(call.receiver.as_ref()?.val.clone())
}

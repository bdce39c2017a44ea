//! Redis: redis, deadpool-redis, bb8-redis.

use std::sync::Arc;

use super::act::{self, Act, Open, Unit, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const CONNECTION: &str = "redis::Connection";
const CLIENT: &str = "redis::Client";

/// Options of a client.
pub const RESPONSE_TIMEOUT: &str = "response_timeout_ms";
pub const CONNECT_TIMEOUT: &str = "connect_timeout_ms";

/// Option of a command that waits on the server until there is something.
const BLOCKS: &str = "blocks";

/// Option of a message that only those get who listen at that moment.
const FLEETING: &str = "fleeting";

/// Where a config carries that all that is set on it was seen.
const SEEN: &str = "seen";

/// Commands that wait on the server until there is something.
const BLOCKING: &[&str] = &["blpop", "brpop", "blmove", "blmpop", "brpoplpush", "bzpopmin", "bzpopmax", "bzmpop"];

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
    "blmove",
    "brpoplpush",
    "bzpopmin",
    "bzpopmax",
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

/// Commands that append to a stream.
pub const ADDS: &[&str] = &["xadd", "xadd_map", "xadd_options", "xadd_maxlen", "xadd_maxlen_map"];
/// Commands that wait for what is appended.
const FOLLOWS: &[&str] = &["xread", "xread_options", "xreadgroup", "xreadgroup_map", "xread_map"];
/// Commands that wait for what is published.
const SUBSCRIBES: &[&str] = &["subscribe", "psubscribe", "ssubscribe"];

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
            ],
            Act::Give(CONNECTION),
        ),
        api("Client", &["get_async_pubsub"], Act::Give("redis::aio::PubSub")),
        api(
            "Client",
            &[
                "get_multiplexed_async_connection_with_config",
                "get_multiplexed_tokio_connection_with_config",
                "get_connection_manager_with_config",
            ],
            Act::Custom(configured),
        ),
        api(
            "Client",
            &[
                "get_multiplexed_async_connection_with_timeouts",
                "get_multiplexed_tokio_connection_with_response_timeouts",
            ],
            Act::Custom(|eval, _, call| limited(eval, call, &[RESPONSE_TIMEOUT, CONNECT_TIMEOUT])),
        ),
        api("Client", &["get_connection", "get_connection_with_timeout"], Act::Custom(synchronous)),
        api("ClusterClient", &["get_async_connection", "get_async_generic_connection"], Act::Give(CONNECTION)),
        api("ClusterClient", &["get_connection"], Act::Custom(synchronous)),
        api(
            "ClusterClient",
            &["get_async_connection_with_config", "get_connection_with_config"],
            Act::Custom(configured),
        ),
        api("ClusterClient", &["builder"], Act::Custom(cluster)),
        api("ClusterClientBuilder", &["new"], Act::Custom(cluster)),
        api("ClusterClientBuilder", &["response_timeout"], Act::Set(RESPONSE_TIMEOUT, Unit::Duration)),
        api("ClusterClientBuilder", &["connection_timeout"], Act::Set(CONNECT_TIMEOUT, Unit::Duration)),
        api("ClusterClientBuilder", &["build"], Act::Open(Open { address: Where::Receiver, ..OPEN })),
        api("ClusterClientBuilder", &["*"], Act::Same),
        api("ConnectionManager", &["new", "new_with_backoff", "new_lazy"], Act::Custom(manager)),
        api("ConnectionManager", &["new_with_config", "new_lazy_with_config"], Act::Custom(configured)),
        api(
            "ConnectionManager",
            &["new_with_backoff_and_timeouts"],
            Act::Custom(|eval, _, call| limited(eval, call, &["", "", "", "", RESPONSE_TIMEOUT, CONNECT_TIMEOUT])),
        ),
        api("Connection", &["set_read_timeout", "set_response_timeout"], Act::Custom(limit)),
        api("MultiplexedConnection", &["set_response_timeout"], Act::Custom(limit)),
        api("*", &["into_connection_info"], Act::Custom(connection_info)),
        api("ConnectionInfo", &["*"], Act::Same),
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
        api("AsyncConnectionConfig", &["new", "default"], Act::Custom(limits)),
        api("AsyncConnectionConfig", &["set_response_timeout"], Act::Set(RESPONSE_TIMEOUT, Unit::Duration)),
        api("AsyncConnectionConfig", &["set_connection_timeout"], Act::Set(CONNECT_TIMEOUT, Unit::Duration)),
        api("AsyncConnectionConfig", &["*"], Act::Same),
        api("ConnectionManagerConfig", &["new", "default"], Act::Custom(limits)),
        api("ConnectionManagerConfig", &["set_response_timeout"], Act::Set(RESPONSE_TIMEOUT, Unit::Duration)),
        api("ConnectionManagerConfig", &["set_connection_timeout"], Act::Set(CONNECT_TIMEOUT, Unit::Duration)),
        api("ConnectionManagerConfig", &["*"], Act::Same),
        api("SetOptions", &["default"], Act::Custom(limits)),
        api("SetOptions", &["with_expiration"], Act::Set("ttl", Unit::Flag)),
        api("SetOptions", &["conditional_set"], Act::Set("nx", Unit::Flag)),
        api("SetOptions", &["*"], Act::Same),
        api("", &["cmd"], Act::Custom(command)),
        api("Cmd", &["arg"], Act::Custom(command_argument)),
        api("Cmd", &["query_async", "query", "exec_async", "exec"], Act::Custom(run_command)),
        api("Cmd", &["new"], Act::Custom(command)),
        api("", &["pipe"], Act::Give("redis::Pipeline")),
        api("Pipeline", &["new"], Act::Give("redis::Pipeline")),
        api("Pipeline", &["query_async", "query", "exec_async", "exec"], Act::Custom(run_command)),
        api("Connection", ADDS, Act::Custom(stream_add)),
        api("Connection", FOLLOWS, Act::Custom(stream_follow)),
        api("MultiplexedConnection", ADDS, Act::Custom(stream_add)),
        api("MultiplexedConnection", FOLLOWS, Act::Custom(stream_follow)),
        api("ConnectionManager", ADDS, Act::Custom(stream_add)),
        api("ConnectionManager", FOLLOWS, Act::Custom(stream_follow)),
        api("ClusterConnection", ADDS, Act::Custom(stream_add)),
        api("ClusterConnection", FOLLOWS, Act::Custom(stream_follow)),
        api("Client", ADDS, Act::Custom(stream_add)),
        api("Client", FOLLOWS, Act::Custom(stream_follow)),
        api("PooledConnection", ADDS, Act::Custom(stream_add)),
        api("PooledConnection", FOLLOWS, Act::Custom(stream_follow)),
        api("MultiplexedConnection", SUBSCRIBES, Act::Custom(subscribe)),
        api("ConnectionManager", SUBSCRIBES, Act::Custom(subscribe)),
        api("ClusterConnection", SUBSCRIBES, Act::Custom(subscribe)),
        api("StreamReadOptions", &["default"], Act::Give("redis::streams::StreamReadOptions")),
        api("StreamReadOptions", &["group"], Act::Gather("group")),
        api("StreamReadOptions", &["block"], Act::Set(BLOCKS, Unit::Flag)),
        api("StreamReadOptions", &["*"], Act::Same),
        api("Pipeline", ADDS, Act::Custom(piped_message)),
        api("Pipeline", &["publish"], Act::Custom(piped_message)),
        api("Pipeline", &["cmd"], Act::Custom(piped_command)),
        api("Pipeline", &["arg"], Act::Custom(piped_argument)),
        api("Pipeline", &["atomic", "ignore"], Act::Same),
        api("Pipeline", &["*"], Act::Custom(piped)),
        api("Script", &["new"], Act::Custom(script)),
        api("Script", &["key", "arg", "prepare_invoke"], Act::Same),
        api("Script", &["invoke_async", "invoke"], Act::Custom(run_command)),
        api("ScriptInvocation", &["*"], Act::Same),
        api("Connection", &["publish"], Act::Custom(publish)),
        api("ConnectionManager", &["publish"], Act::Custom(publish)),
        api("MultiplexedConnection", &["publish"], Act::Custom(publish)),
        api("Connection", &["subscribe", "psubscribe"], Act::Custom(subscribe)),
        api("PubSub", &["subscribe", "psubscribe"], Act::Custom(subscribe)),
        api("PubSub", &["split"], Act::Custom(halves)),
        api("PubSub", &["*"], Act::Same),
        api("PubSubSink", &["subscribe", "psubscribe"], Act::Custom(subscribe)),
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

fn manager(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let val = act::carried(Val::default(), call);
    Some(val.typed(Ty::of(CONNECTION)))
}

/// Limits of connections, before any is set.
fn limits(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    Some(Val::of(call.owner.clone()).with_text(SEEN, Value::Bool(true)))
}

/// A connection with the limits of a config: one whose making was not seen may set any.
fn configured(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let config = call.arguments.iter().map(|argument| &argument.val).find(|val| val.gathered(SEEN).is_some());
    let told = match config.and_then(|val| val.build.as_ref()) {
        Some(build) => build.options.iter().map(|(option, (value, _))| (option.to_string(), value.clone())).collect(),
        None => vec![(RESPONSE_TIMEOUT.to_owned(), Value::Unknown("the limits of a config".to_owned()))],
    };
    Some(connection(eval, call, &told))
}

/// A connection with limits among the arguments: the option that each argument is, or none.
fn limited(eval: &mut Eval<'_, '_>, call: &mut LibraryCall, options: &[&str]) -> Option<Val> {
    run_steps(eval, call);
    let all = options.iter().zip(&call.arguments).filter(|(option, _)| !option.is_empty());
    let told: Vec<(String, Value)> =
        all.map(|(option, argument)| ((*option).to_owned(), act::in_unit(&argument.val, Unit::Duration))).collect();
    Some(connection(eval, call, &told))
}

/// A connection whose thread waits: for it to be there, and for every answer.
fn synchronous(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let val = limited(eval, call, &[CONNECT_TIMEOUT])?;
    act::waits(eval, library.name, format!("redis::Client::{}", call.name), call);
    Some(val)
}

/// A limit set on a connection.
fn limit(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    limited(eval, call, &[RESPONSE_TIMEOUT])
}

/// A connection of the client before it, or of the one that it is given.
fn connection(eval: &mut Eval<'_, '_>, call: &LibraryCall, told: &[(String, Value)]) -> Val {
    let at = eval.place(call.at);
    let receiver = call.receiver.as_ref().map(|receiver| receiver.val.clone()).unwrap_or_default();
    let of = Val { build: None, ..act::carried(receiver, call) };
    act::respecified(eval, &of, CONNECTION, |spec| {
        for (option, value) in told {
            spec.build.options.insert(option.as_str().into(), (value.clone(), at.clone()));
        }
    })
}

/// `url.into_connection_info()`
fn connection_info(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let address = act::text(call, Where::Receiver);
    Some(Val::of(Ty::of("redis::ConnectionInfo")).with_text("address", address))
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
        operation: if operation == "set_options" { "SET".to_owned() } else { operation.to_uppercase() },
        writes,
        key,
    };
    let id = eval.effect(what, library.name, clients, call.at, &call.want);
    if operation.ends_with("_ex") {
        let ttl = act::text(call, Where::Argument(2));
        eval.set_option(id, "ttl", ttl);
    }
    if operation == "set_options" {
        set_options(eval, id, call);
    }
    // fred's `set(key, value, expiration, …)`
    let third = call.arguments.get(2).map(|argument| &argument.val.value);
    if operation == "set" && third.is_some_and(|third| !matches!(third, Some(Value::Absent))) {
        eval.set_option(id, "ttl", Value::Bool(true));
    }
    let told = call.arguments.iter().filter_map(|argument| argument.val.build.as_ref());
    if BLOCKING.contains(&operation) || told.into_iter().any(|build| build.options.contains_key(BLOCKS)) {
        eval.set_option(id, BLOCKS, Value::Bool(true));
    }
}

/// What the options of a `SET` say; those whose making was not seen may say anything.
fn set_options(eval: &mut Eval<'_, '_>, id: usize, call: &LibraryCall) {
    let options = call.arguments.get(2).map(|argument| &argument.val);
    let seen = options.filter(|val| val.gathered(SEEN).is_some()).and_then(|val| val.build.clone());
    match seen {
        Some(build) => build.options.keys().for_each(|option| eval.set_option(id, option, Value::Bool(true))),
        None => ["ttl", "nx"].into_iter().for_each(|option| {
            eval.set_option(id, option, Value::Unknown("the options of a command".to_owned()));
        }),
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

/// `redis::Script::new("return 1")`: it is invoked by its hash, and loaded where a server does not know it.
fn script(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    Some(Val::of(Ty::of("redis::Script")).with_text("command", Value::Text("EVALSHA".to_owned())))
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
        "BLOCK" => receiver.with_option(BLOCKS, Value::Bool(true), at),
        // What the next word is: `XREADGROUP GROUP g consumer STREAMS s >`.
        "GROUP" => receiver.with_text("next", Value::Text("group".to_owned())),
        "STREAMS" => receiver.with_text("next", Value::Text("stream".to_owned())),
        _ if receiver.gathered("next").is_some_and(|next| next.as_text() == Some("group")) => {
            receiver.with_text("group", argument).with_text("next", Value::Absent)
        }
        _ if receiver.gathered("next").is_some_and(|next| next.as_text() == Some("stream")) => {
            receiver.with_text("stream", argument).with_text("next", Value::Absent)
        }
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
        let option = if name.eq_ignore_ascii_case("xadd") { "stream" } else { FLEETING };
        eval.set_option(id, option, Value::Bool(true));
        return Some(Val::default());
    }
    if name.eq_ignore_ascii_case("xread") || name.eq_ignore_ascii_case("xreadgroup") {
        let topic = receiver.gathered("stream").cloned().unwrap_or(Value::Absent);
        let group = receiver.gathered("group").cloned().unwrap_or(Value::Absent);
        let what = What::Consume { technology: "redis".to_owned(), topic, group, payload: String::new() };
        let id = eval.effect(what, library.name, connection, call.at, &call.want);
        eval.set_option(id, "stream", Value::Bool(true));
        return Some(Val::default());
    }
    if name == "PIPELINE" && receiver.gathered("messages").is_some() && receiver.gathered("commands").is_none() {
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
    if BLOCKING.contains(&lower.as_str()) {
        eval.set_option(id, BLOCKS, Value::Bool(true));
    }
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
    let id = eval.effect(what, library.name, clients, call.at, &call.want);
    eval.set_option(id, FLEETING, Value::Bool(true));
    Some(Val::default())
}

/// `connection.xadd(stream, id, fields)`
pub fn stream_add(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    let val = publish(eval, library, call);
    mark_stream(eval);
    val
}

/// The last effect is one of a stream: what is appended is kept.
fn mark_stream(eval: &mut Eval<'_, '_>) {
    if let Some(id) = eval.last_effect() {
        eval.set_option(id, "stream", Value::Bool(true));
    }
}

/// `connection.xread_options(&[stream], &[id], &options)`
fn stream_follow(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    call.receiver.as_ref()?;
    run_steps(eval, call);
    let clients = call.receiver.as_ref().map(|receiver| receiver.val.clients.clone()).unwrap_or_default();
    let options = call.arguments.iter().map(|argument| &argument.val);
    let group = options.clone().find_map(|val| val.gathered("group").cloned());
    let blocks = options.clone().filter_map(|val| val.build.as_ref()).any(|build| build.options.contains_key(BLOCKS));
    let (topic, group) = (act::text(call, Where::Argument(0)), group.unwrap_or(Value::Absent));
    let what = What::Consume { technology: "redis".to_owned(), topic, group, payload: String::new() };
    let id = eval.effect(what, library.name, clients, call.at, &call.want);
    eval.set_option(id, "stream", Value::Bool(true));
    if blocks {
        eval.set_option(id, BLOCKS, Value::Bool(true));
    }
    Some(Val::default())
}

/// Notes on a pipeline what it holds: messages, which are no use of a store, or other commands.
fn noted(eval: &mut Eval<'_, '_>, call: &LibraryCall, what: &'static str) -> Option<Val> {
    let receiver = call.receiver.as_ref()?;
    let val = receiver.val.clone().with_text(what, Value::Bool(true));
    act::written_back(eval, call, &val);
    Some(val)
}

/// `pipe.xadd(…)`, `pipe.publish(…)`
fn piped_message(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let topic = act::text(call, Where::Argument(0));
    let what = What::Publish { technology: "redis".to_owned(), topic, payload: String::new() };
    eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    if call.name != "publish" {
        mark_stream(eval);
    }
    noted(eval, call, "messages")
}

fn piped(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    noted(eval, call, "commands")
}

/// `pipe.cmd("XADD")`: its first argument is the stream.
fn piped_command(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let name = act::text(call, Where::Argument(0));
    let is_message = matches!(&name, Value::Text(name) if is_message(name));
    let val = noted(eval, call, if is_message { "messages" } else { "commands" })?;
    let val = val.with_text("piped", if is_message { name } else { Value::Absent });
    act::written_back(eval, call, &val);
    Some(val)
}

fn is_message(command: &str) -> bool {
    command.eq_ignore_ascii_case("xadd") || command.eq_ignore_ascii_case("publish")
}

fn piped_argument(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.clone();
    let Some(Value::Text(command)) = receiver.val.gathered("piped").cloned() else { return Some(receiver.val) };
    let topic = act::text(call, Where::Argument(0));
    let what = What::Publish { technology: "redis".to_owned(), topic, payload: String::new() };
    let id = eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    if command.eq_ignore_ascii_case("xadd") {
        eval.set_option(id, "stream", Value::Bool(true));
    }
    let val = receiver.val.with_text("piped", Value::Absent);
    act::written_back(eval, call, &val);
    Some(val)
}

/// `pubsub.split()`: what says which channels are wanted, and the messages.
fn halves(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let connection = call.receiver.as_ref()?.val.clone();
    let sink = connection.clone().typed(Ty::of("redis::aio::PubSubSink"));
    let stream = connection.clone().typed(Ty::of("redis::aio::PubSubStream"));
    Some(Val { parts: Some(Arc::from([sink, stream])), ..connection })
}

pub fn subscribe(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let clients = call.receiver.as_ref().map(|receiver| receiver.val.clients.clone()).unwrap_or_default();
    let topic = act::text(call, Where::Argument(0));
    let what = What::Consume { technology: "redis".to_owned(), topic, group: Value::Absent, payload: String::new() };
    eval.effect(what, library.name, clients, call.at, &call.want);
    Some(call.receiver.as_ref()?.val.clone())
}

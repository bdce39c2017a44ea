//! Redis through fred: clients and pools are made of a configuration, each of them has the commands.

use super::act::{self, Act, Open, Unit, Where, run_steps};
use super::redis::{ADDS, CONNECT_TIMEOUT, READS, RESPONSE_TIMEOUT, WRITES};
use super::redis::{config, publish, read, stream_add, subscribe, write};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::facts::Value;
use crate::facts::rust::What;

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
        api("Builder", &["with_performance_config", "set_performance_config"], Act::Custom(performance)),
        api("Builder", &["*"], Act::Same),
        api("ConnectionConfig", &["connection_timeout"], Act::Set(CONNECT_TIMEOUT, Unit::Duration)),
        api("Client", &["new"], Act::Open(OPEN)),
        api("RedisClient", &["new"], Act::Open(OPEN)),
        api("SubscriberClient", &["new"], Act::Open(SUBSCRIBER)),
        api("Pool", &["new"], Act::Open(POOL)),
        api("RedisPool", &["new"], Act::Open(POOL)),
        api("Pool", &["next", "next_connected"], Act::Give("fred::Client")),
        api("RedisPool", &["next", "next_connected"], Act::Give("fred::Client")),
        api("*", WRITES, Act::Custom(write)),
        api("*", READS, Act::Custom(read)),
        api("*", ADDS, Act::Custom(stream_add)),
        api("*", &["xread", "xread_map"], Act::Custom(|eval, library, call| follow(eval, library, call, 2, None))),
        api(
            "*",
            &["xreadgroup", "xreadgroup_map"],
            Act::Custom(|eval, library, call| follow(eval, library, call, 5, Some(0))),
        ),
        api("*", &["publish", "spublish"], Act::Custom(publish)),
        api("*", SUBSCRIBE, Act::Custom(subscribe)),
    ],
    macros: &[],
};

/// Ways to a configuration from an address.
const URLS: &[&str] = &["from_url", "from_url_centralized", "from_url_clustered", "from_url_sentinel"];

/// Settings of fred, made by a closure that assigns to their fields: which is not seen.
fn performance(eval: &mut Eval<'_, '_>, _: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let unseen = Value::Unknown("set by a closure".to_owned());
    Some(act::set(eval, call, receiver, RESPONSE_TIMEOUT, unseen))
}

/// `client.xread(count, block, streams, ids)`, `client.xreadgroup(group, consumer, count, block, noack, streams, ids)`
fn follow(
    eval: &mut Eval<'_, '_>,
    library: &Library,
    call: &mut LibraryCall,
    streams: usize,
    group: Option<usize>,
) -> Option<Val> {
    run_steps(eval, call);
    let clients = call.receiver.as_ref()?.val.clients.clone();
    let topic = act::text(call, Where::Argument(streams));
    let group = group.map_or(Value::Absent, |group| act::text(call, Where::Argument(group)));
    let what = What::Consume { technology: "redis".to_owned(), topic, group, payload: String::new() };
    let id = eval.effect(what, library.name, clients, call.at, &call.want);
    eval.set_option(id, "stream", Value::Bool(true));
    Some(Val::default())
}

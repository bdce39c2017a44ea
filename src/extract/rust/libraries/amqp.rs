//! RabbitMQ: lapin.

use super::act::{self, Act, Open, Where, run_steps};
use super::{Library, LibraryCall, api};
use crate::extract::rust::interpret::{Eval, Val};
use crate::extract::rust::types::Ty;
use crate::facts::Value;
use crate::facts::rust::What;

const OPEN: Open = Open {
    kind: "broker",
    technology: "rabbitmq",
    address: Where::Argument(0),
    give: "lapin::Connection",
    lazy: false,
    pool: false,
};

/// lapin.
pub static LIBRARY: Library = Library {
    name: "lapin",
    crates: &["lapin", "deadpool_lapin"],
    apis: &[
        api("Connection", &["connect", "connect_uri", "connect_with_config"], Act::Open(OPEN)),
        api("Connection", &["create_channel"], Act::Give("lapin::Channel")),
        api("Channel", &["basic_publish"], Act::Custom(publish)),
        api("Config", &["url"], Act::Gather("address")),
        api("Config", &["pool"], Act::Merge("pool_config")),
        api(
            "Config",
            &["create_pool"],
            Act::Open(Open { address: Where::Receiver, give: "deadpool_lapin::Pool", lazy: true, pool: true, ..OPEN }),
        ),
        api("Pool", &["get"], Act::Give("lapin::Connection")),
        api("Channel", &["basic_consume"], Act::Custom(consume)),
        api("Channel", &["basic_get"], Act::Consume("rabbitmq", Where::Argument(0), Where::Nowhere)),
        api("Channel", &["basic_qos"], Act::Set("prefetch", act::Unit::Plain)),
        api("Channel", &["basic_ack", "basic_nack", "basic_reject"], Act::Custom(acknowledge)),
        api("Delivery", &["ack", "nack", "reject"], Act::Custom(acknowledge)),
        api("Acker", &["ack", "nack", "reject"], Act::Custom(acknowledge)),
    ],
    macros: &[],
};

/// `channel.basic_publish(exchange, routing_key, …)`: the default exchange, which has no name, hands the message to the
/// queue of the routing key's name (AMQP 0-9-1, 3.1.3.1).
fn publish(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let topic = match act::text(call, Where::Argument(0)) {
        Value::Text(exchange) if exchange.is_empty() => act::text(call, Where::Argument(1)),
        exchange => exchange,
    };
    let what = What::Publish { technology: "rabbitmq".to_owned(), topic, payload: String::new() };
    eval.effect(what, library.name, receiver.clients, call.at, &call.want);
    Some(Val::default())
}

/// `channel.basic_consume(queue, tag, …)`: the deliveries of a queue.
fn consume(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let receiver = call.receiver.as_ref()?.val.clone();
    let (topic, group) = (act::text(call, Where::Argument(0)), act::text(call, Where::Argument(1)));
    let what = What::Consume { technology: "rabbitmq".to_owned(), topic, group, payload: String::new() };
    eval.effect(what, library.name, receiver.clients.clone(), call.at, &call.want);
    Some(Val { value: None, ..receiver }.typed(Ty::of("lapin::message::Delivery").list()))
}

fn acknowledge(eval: &mut Eval<'_, '_>, library: &Library, call: &mut LibraryCall) -> Option<Val> {
    run_steps(eval, call);
    let what = What::Acknowledge { technology: "rabbitmq".to_owned(), operation: call.name.clone() };
    eval.effect(what, library.name, Vec::new(), call.at, &call.want);
    Some(Val::default())
}

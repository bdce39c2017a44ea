//! Commands as spans: each is one request to Redis, and what it publishes one message more. Keys and values stay here.

use std::collections::BTreeSet;
use std::sync::Arc;

use redis::aio::{ConnectionLike, ConnectionManager};
use redis::{Arg, Cmd, ConnectionAddr, ConnectionInfo, Pipeline, RedisFuture, Value};
use social_telemetry::attribute::{
    DB_NAMESPACE, DB_OPERATION_BATCH_SIZE, DB_OPERATION_NAME, DB_SYSTEM_NAME, MESSAGING_DESTINATION_TEMPLATE,
    MESSAGING_OPERATION_NAME, MESSAGING_OPERATION_TYPE, MESSAGING_SYSTEM, SERVER_ADDRESS, SERVER_PORT,
};
use social_telemetry::outgoing::{self, Outgoing};
use social_telemetry::{KeyValue, context};
use uuid::Uuid;

/// Which Redis it is.
#[derive(Debug)]
pub(crate) struct Server {
    address: String,
    port: Option<u16>,
    /// Of the database, where it is not the first one.
    number: Option<String>,
}

impl Server {
    pub(crate) fn of(info: &ConnectionInfo) -> Self {
        let (address, port) = match info.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => (host.clone(), Some(*port)),
            other => (other.to_string(), None),
        };
        let number = info.redis_settings().db();
        Self { address, port, number: (number != 0).then(|| number.to_string()) }
    }

    fn attributes(&self) -> Vec<KeyValue> {
        let mut attributes = vec![KeyValue::new(SERVER_ADDRESS, self.address.clone())];
        attributes.extend(self.port.map(|port| KeyValue::new(SERVER_PORT, i64::from(port))));
        attributes
    }

    fn command(&self, operation: String, batch: Option<usize>) -> Outgoing {
        outgoing::client(operation.clone(), || {
            let mut attributes = self.attributes();
            attributes.push(KeyValue::new(DB_SYSTEM_NAME, "redis"));
            attributes.extend(self.number.clone().map(|number| KeyValue::new(DB_NAMESPACE, number)));
            attributes.push(KeyValue::new(DB_OPERATION_NAME, operation));
            let size = batch.and_then(|size| i64::try_from(size).ok());
            attributes.extend(size.map(|size| KeyValue::new(DB_OPERATION_BATCH_SIZE, size)));
            attributes
        })
    }

    fn published(&self, channel: String) -> Outgoing {
        context::with_current(|parent| {
            outgoing::producer(parent, format!("publish {channel}"), || self.message("publish", "send", channel))
        })
    }

    /// A message that came by a subscription.
    pub(crate) fn received(&self, channel: &str) {
        let channel = template(channel);
        drop(outgoing::consumer(format!("receive {channel}"), || self.message("receive", "receive", channel)));
    }

    fn message(&self, name: &'static str, kind: &'static str, channel: String) -> Vec<KeyValue> {
        let mut attributes = self.attributes();
        attributes.push(KeyValue::new(MESSAGING_SYSTEM, "redis"));
        attributes.push(KeyValue::new(MESSAGING_OPERATION_NAME, name));
        attributes.push(KeyValue::new(MESSAGING_OPERATION_TYPE, kind));
        attributes.push(KeyValue::new(MESSAGING_DESTINATION_TEMPLATE, channel));
        attributes
    }
}

/// The connection of [`Redis`](crate::Redis).
#[derive(Clone)]
pub struct Connection {
    inner: ConnectionManager,
    server: Arc<Server>,
}

impl Connection {
    pub(crate) fn new(inner: ConnectionManager, server: Arc<Server>) -> Self {
        Self { inner, server }
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        if !outgoing::kept() {
            return self.inner.req_packed_command(command);
        }
        let span = self.server.command(operation(command), None);
        let published = channel(command).map(|channel| self.server.published(channel));
        Box::pin(async move {
            let _published = published;
            span.of(self.inner.req_packed_command(command)).await
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        if !outgoing::kept() {
            return self.inner.req_packed_commands(pipeline, offset, count);
        }
        // Of a transaction only the one answer to EXEC is asked for.
        let operation = if offset > 0 && count == 1 { "MULTI" } else { "PIPELINE" };
        let span = self.server.command(operation.to_owned(), Some(pipeline.cmd_iter().count()));
        let channels: BTreeSet<String> = pipeline.cmd_iter().filter_map(channel).collect();
        let published: Vec<Outgoing> = channels.into_iter().map(|channel| self.server.published(channel)).collect();
        Box::pin(async move {
            let _published = published;
            span.of(self.inner.req_packed_commands(pipeline, offset, count)).await
        })
    }

    fn get_db(&self) -> i64 {
        self.inner.get_db()
    }
}

/// The name of a command.
fn operation(command: &Cmd) -> String {
    argument(command, 0).map(|name| String::from_utf8_lossy(name).to_uppercase()).unwrap_or_default()
}

/// Where a command publishes, if it does.
fn channel(command: &Cmd) -> Option<String> {
    let name = argument(command, 0)?;
    let channel = name.eq_ignore_ascii_case(b"PUBLISH").then(|| argument(command, 1)).flatten()?;
    Some(template(&String::from_utf8_lossy(channel)))
}

fn argument(command: &Cmd, index: usize) -> Option<&[u8]> {
    match command.args_iter().nth(index)? {
        Arg::Simple(bytes) => Some(bytes),
        // The cursor of a scan is neither.
        _ => None,
    }
}

/// The name of a channel with a star for each id in it: there is a channel for each user, and an id is not for a trace.
fn template(channel: &str) -> String {
    let parts: Vec<&str> =
        channel.split(':').map(|part| if Uuid::try_parse(part).is_ok() { "*" } else { part }).collect();
    parts.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_tell_their_name_and_where_they_publish() {
        let mut command = redis::cmd("publish");
        command.arg("messaging:user:7d444840-9dc0-11d1-b245-5ffdce74fad2").arg("text");
        assert_eq!(operation(&command), "PUBLISH");
        assert_eq!(channel(&command).as_deref(), Some("messaging:user:*"));
        let mut command = redis::cmd("GET");
        command.arg("key");
        assert_eq!((operation(&command).as_str(), channel(&command)), ("GET", None));
    }

    #[test]
    fn a_server_is_named_without_its_password() {
        let info = redis::IntoConnectionInfo::into_connection_info("redis://user:secret@cache:6380/2").unwrap();
        let server = Server::of(&info);
        assert_eq!((server.address.as_str(), server.port, server.number.as_deref()), ("cache", Some(6380), Some("2")));
    }
}

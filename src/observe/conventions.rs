//! The semantic conventions of OpenTelemetry: what the attributes of a span say, by the names of today and by those before
//! (`rpc.system.name` and `rpc.system`, `db.namespace` and `db.name`, `messaging.operation.type` and `messaging.operation`).

use std::cell::RefCell;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use super::span::Role;
use crate::facts::running::{Call, Direction, LeftOut, Served, Target};

/// Bytes of a name or path, at most: longer ones are none that a system is built with.
const LONGEST: usize = 300;
/// Attributes of a span that are looked at.
const MOST_ATTRIBUTES: usize = 256;

/// Attributes of a span or a resource.
pub(super) struct Attributes<'a> {
    all: &'a [KeyValue],
    left_out: RefCell<&'a mut LeftOut>,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(all: &'a [KeyValue], left_out: &'a mut LeftOut) -> Self {
        Self { all: &all[..all.len().min(MOST_ATTRIBUTES)], left_out: RefCell::new(left_out) }
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        let found = self.all.iter().find(|attribute| attribute.key == key)?;
        found.value.as_ref()?.value.as_ref()
    }

    /// A text, if it is there and neither empty nor beyond any measure.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        match self.value(key)? {
            Value::StringValue(text) => self.within(text),
            // Kafka's client libraries give lists of one.
            Value::ArrayValue(list) => match list.values.as_slice() {
                [AnyValue { value: Some(Value::StringValue(text)) }] => self.within(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn within(&self, text: &'a str) -> Option<&'a str> {
        let text = text.trim();
        if text.len() > LONGEST {
            self.left_out.borrow_mut().long_texts += 1;
            return None;
        }
        (!text.is_empty()).then_some(text)
    }

    /// The first of several names that is there.
    fn first(&self, keys: &[&str]) -> Option<&'a str> {
        keys.iter().find_map(|key| self.text(key))
    }

    fn number(&self, keys: &[&str]) -> Option<i64> {
        keys.iter().find_map(|key| match self.value(key)? {
            Value::IntValue(number) => Some(*number),
            Value::StringValue(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// A URL, without what stands behind its path: that is where the long and the secret parts are.
    fn url(&self, keys: &[&str]) -> Option<&'a str> {
        keys.iter().find_map(|key| match self.value(key)? {
            Value::StringValue(text) => self.within(text.split(['?', '#']).next().unwrap_or(text)),
            _ => None,
        })
    }
}

/// What a span says of the architecture.
pub(super) fn role(kind: SpanKind, name: &str, of: &Attributes<'_>) -> Role {
    if of.text("messaging.system").is_some()
        && let Some(topic) = topic(kind, of)
    {
        return Role::Uses(Box::new(topic));
    }
    match kind {
        SpanKind::Server => {
            let rpc = rpc(name, of).map(|(contract, method)| Served::Rpc { contract, method });
            Role::Server(rpc.or_else(|| route(of)).filter(|_| !refused(of)).map(Box::new))
        }
        SpanKind::Client => match object_store(of).or_else(|| store(of)) {
            Some(store) => Role::Uses(Box::new(store)),
            None => Role::Client(client(name, of).map(Box::new)),
        },
        // Spans that a library writes without a kind, and stores that live within the process.
        SpanKind::Internal | SpanKind::Unspecified => {
            store(of).map_or(Role::Inside, |store| Role::Uses(Box::new(store)))
        }
        SpanKind::Producer | SpanKind::Consumer => Role::Inside,
    }
}

fn client(name: &str, of: &Attributes<'_>) -> Option<Call> {
    if let Some((contract, method)) = rpc(name, of) {
        return Some(Call::Grpc { target: target(of), contract, method });
    }
    let Served::Route { verb, path } = route(of)? else { return None };
    Some(Call::Http { target: target(of), verb, path })
}

/// Whether the server has nothing like what was asked: whoever asks for it makes it no route and no method.
fn refused(of: &Attributes<'_>) -> bool {
    const UNIMPLEMENTED: i64 = 12;
    let unrouted = of.text("http.route").is_none_or(|route| !is_route(route));
    let status = of.number(&["http.response.status_code", "http.status_code"]);
    of.number(&["rpc.grpc.status_code"]) == Some(UNIMPLEMENTED)
        || of.text("rpc.response.status_code").is_some_and(|code| code.eq_ignore_ascii_case("unimplemented"))
        || (unrouted && matches!(status, Some(404 | 405)))
}

/// Some servers say in words that no route fits.
fn is_route(text: &str) -> bool {
    text.starts_with(['/', '*'])
}

/// Contract and method of an RPC. The method may be whole (`shop.Price/Quote`), as it is since contracts have no attribute of
/// their own; before there were attributes, it was the name of the span.
fn rpc(name: &str, of: &Attributes<'_>) -> Option<(String, String)> {
    let system = of.first(&["rpc.system.name", "rpc.system"]);
    let method = of.text("rpc.method");
    if !matches!(system, Some("grpc" | "connect_rpc") | None) || (system.is_none() && method.is_none()) {
        return None;
    }
    let whole = |text: &str| -> Option<(String, String)> {
        let (contract, method) = text.trim_start_matches('/').rsplit_once('/')?;
        let fits = !contract.is_empty() && !method.is_empty() && !contract.contains(['/', ' ']);
        fits.then(|| (contract.to_owned(), method.to_owned()))
    };
    match (of.text("rpc.service"), method) {
        (Some(contract), Some(method)) => {
            Some((contract.to_owned(), method.rsplit('/').next().unwrap_or(method).to_owned()))
        }
        (None, Some(method)) => whole(method),
        (_, None) => of.within_name(name).and_then(whole),
    }
}

impl Attributes<'_> {
    /// The name of a span, if it is within bounds.
    fn within_name<'n>(&self, name: &'n str) -> Option<&'n str> {
        (name.len() <= LONGEST).then_some(name)
    }
}

/// Verb and route of an HTTP request.
fn route(of: &Attributes<'_>) -> Option<Served> {
    let verb = of.first(&["http.request.method", "http.method"])?;
    let declared = of.text("http.route").filter(|route| is_route(route)).or_else(|| of.text("url.template"));
    let path = declared.or_else(|| of.url(&["url.path", "http.target"])).or_else(|| {
        let (_, path) = parts(of.url(&["url.full", "http.url"])?);
        Some(path)
    });
    let path = path.map_or_else(|| "/".to_owned(), |path| format!("/{}", path.trim_start_matches('/')));
    Some(Served::Route { verb: verb.to_ascii_uppercase(), path })
}

/// Host and path of a URL.
fn parts(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    (authority.rsplit('@').next().unwrap_or(authority), path)
}

/// Who is called, as the caller names it: that the other end goes by this name is not said.
fn target(of: &Attributes<'_>) -> Target {
    let named = of.first(&["service.peer.name", "peer.service"]).map(str::to_owned);
    let host = || {
        let host = of.first(&["server.address", "net.peer.name"])?;
        Some(match of.number(&["server.port", "net.peer.port"]) {
            Some(port) if !matches!(port, 80 | 443) => format!("{host}:{port}"),
            _ => host.to_owned(),
        })
    };
    let of_url = || {
        let host = parts(of.url(&["url.full", "http.url"])?).0;
        (!host.is_empty()).then(|| host.to_owned())
    };
    Target { service: None, address: named.or_else(host).or_else(of_url) }
}

/// A database by `db.*`.
fn store(of: &Attributes<'_>) -> Option<Call> {
    let technology = match of.first(&["db.system.name", "db.system"])? {
        "postgresql" => "postgres",
        "aws.dynamodb" => "dynamodb",
        "gcp.spanner" => "spanner",
        "microsoft.sql_server" => "mssql",
        other => other,
    };
    // A batch is told by the operation in it: `BATCH INSERT`.
    let whole = of.first(&["db.operation.name", "db.operation"]).or_else(|| of.text("db.query.summary"));
    let operation = whole.and_then(|whole| {
        let mut words = whole.split_whitespace();
        words.next().map(|first| if first == "BATCH" { words.next().unwrap_or(first) } else { first })
    });
    Some(Call::Store {
        technology: technology.to_owned(),
        name: of.first(&["db.namespace", "db.name", "aws.dynamodb.table_names"]).map(str::to_owned),
        server: of.first(&["server.address", "net.peer.name"]).map(str::to_owned),
        operation: operation.map(str::to_owned),
        collection: of.first(&["db.collection.name", "db.sql.table", "db.mongodb.collection"]).map(str::to_owned),
    })
}

/// A bucket, which the conventions tell as an API of AWS.
fn object_store(of: &Attributes<'_>) -> Option<Call> {
    let bucket = of.text("aws.s3.bucket");
    let of_aws = of.first(&["rpc.system.name", "rpc.system"]) == Some("aws-api");
    let of_s3 = of.text("rpc.service") == Some("S3") || of.text("rpc.method").is_some_and(|of| of.starts_with("S3/"));
    if bucket.is_none() && !(of_aws && of_s3) {
        return None;
    }
    Some(Call::Store {
        technology: "s3".to_owned(),
        name: bucket.map(str::to_owned),
        server: of.first(&["server.address", "net.peer.name"]).map(str::to_owned),
        operation: of.text("rpc.method").and_then(|method| method.rsplit(['/', '.']).next()).map(str::to_owned),
        collection: None,
    })
}

/// A topic, and which way messages go. Acknowledging a message goes neither way.
fn topic(kind: SpanKind, of: &Attributes<'_>) -> Option<Call> {
    let told = of.first(&["messaging.operation.type", "messaging.operation", "messaging.operation.name"]);
    let direction = match told.map(str::to_ascii_lowercase).as_deref() {
        Some("send" | "publish" | "create" | "produce") => Direction::Send,
        Some("receive" | "process" | "deliver" | "poll" | "consume" | "subscribe" | "psubscribe") => Direction::Receive,
        Some("settle" | "ack" | "nack" | "commit") => return None,
        _ => match kind {
            SpanKind::Producer => Direction::Send,
            SpanKind::Consumer => Direction::Receive,
            _ => return None,
        },
    };
    let technology = match of.text("messaging.system")? {
        "aws_sqs" | "aws.sqs" => "sqs",
        "aws.sns" => "sns",
        "gcp_pubsub" => "gcp-pubsub",
        other => other,
    };
    let topic = of.first(&["messaging.destination.template", "messaging.destination.name", "messaging.destination"])?;
    let group = of.first(&["messaging.consumer.group.name", "messaging.kafka.consumer.group"]);
    Some(Call::Topic {
        direction,
        technology: technology.to_owned(),
        topic: topic.to_owned(),
        group: group.filter(|_| direction == Direction::Receive).map(str::to_owned),
    })
}

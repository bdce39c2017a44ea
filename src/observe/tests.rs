use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{self as otlp, ResourceSpans, ScopeSpans, Status};
use proptest::prelude::*;

use super::traces::Traces;
use super::{Role, Span, running};
use crate::facts::running::{Call, Direction, LeftOut, Running, Served, Target};

fn attributes(pairs: &[(&str, &str)]) -> Vec<KeyValue> {
    let value = |text: &str| match text.parse() {
        Ok(number) => Value::IntValue(number),
        Err(_) => Value::StringValue(text.to_owned()),
    };
    let one = |(key, text): &(&str, &str)| KeyValue {
        key: (*key).to_owned(),
        value: Some(AnyValue { value: Some(value(text)) }),
        ..KeyValue::default()
    };
    pairs.iter().map(one).collect()
}

/// A span of the trace 1: its id, its parent (0 is none), its kind, its attributes.
fn span(id: u8, parent: u8, kind: SpanKind, pairs: &[(&str, &str)]) -> otlp::Span {
    otlp::Span {
        trace_id: vec![1; 16],
        span_id: vec![id; 8],
        parent_span_id: vec![parent; 8],
        kind: kind.into(),
        attributes: attributes(pairs),
        ..otlp::Span::default()
    }
}

/// What a service sends.
fn sent(service: &str, spans: Vec<otlp::Span>) -> ResourceSpans {
    ResourceSpans {
        resource: Some(Resource { attributes: attributes(&[("service.name", service)]), ..Resource::default() }),
        scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    }
}

fn facts(requests: Vec<ResourceSpans>) -> Running {
    let mut traces = Traces::default();
    for request in requests {
        traces.add(vec![request]);
    }
    traces.into_facts()
}

fn calls<'r>(facts: &'r Running, service: &str) -> Vec<&'r Call> {
    let of = facts.services.iter().find(|of| of.name == service);
    of.map(|of| of.calls.iter().map(|seen| &seen.what).collect()).unwrap_or_default()
}

fn to(service: &str) -> Target {
    Target { service: Some(service.to_owned()), address: None }
}

fn at(address: &str) -> Target {
    Target { service: None, address: Some(address.to_owned()) }
}

fn quote(target: Target) -> Call {
    Call::Grpc { target, contract: "shop.Price".to_owned(), method: "Quote".to_owned() }
}

fn store(technology: &str, name: Option<&str>, operation: Option<&str>) -> Call {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let technology = technology.to_owned();
    Call::Store { technology, name: owned(name), server: None, operation: owned(operation), collection: None }
}

fn topic(direction: Direction, technology: &str, topic: &str, group: Option<&str>) -> Call {
    let (technology, topic) = (technology.to_owned(), topic.to_owned());
    Call::Topic { direction, technology, topic, group: group.map(str::to_owned) }
}

const OLD: &[(&str, &str)] = &[("rpc.system", "grpc"), ("rpc.service", "shop.Price"), ("rpc.method", "Quote")];
const NEW: &[(&str, &str)] = &[("rpc.system.name", "grpc"), ("rpc.method", "shop.Price/Quote")];

#[test]
fn a_client_span_and_the_server_span_below_it_are_an_edge() {
    let facts = facts(vec![
        sent("cart", vec![span(2, 0, SpanKind::Client, OLD)]),
        sent("price", vec![span(3, 2, SpanKind::Server, NEW)]),
    ]);
    assert_eq!(calls(&facts, "cart"), [&quote(to("price"))]);
    let served = Served::Rpc { contract: "shop.Price".to_owned(), method: "Quote".to_owned() };
    assert_eq!(facts.services[1].served[0].what, served);
    assert_eq!(facts.services[0].calls[0].tally.trace, "01".repeat(16));
}

#[test]
fn batches_come_in_any_order_and_more_than_once() {
    let client = || sent("cart", vec![span(2, 0, SpanKind::Client, OLD)]);
    let server = || sent("price", vec![span(3, 2, SpanKind::Server, OLD)]);
    let once = facts(vec![client(), server()]);
    assert_eq!(facts(vec![server(), client()]), once);
    assert_eq!(facts(vec![server(), client(), client(), server()]), once);
    assert_eq!(once.services[0].calls[0].tally.times, 1);
}

#[test]
fn work_inside_of_the_caller_may_stand_between_client_and_server() {
    let facts = facts(vec![
        sent("cart", vec![span(2, 0, SpanKind::Client, OLD), span(3, 2, SpanKind::Internal, &[])]),
        sent("price", vec![span(4, 3, SpanKind::Server, OLD)]),
    ]);
    assert_eq!(calls(&facts, "cart"), [&quote(to("price"))]);
}

#[test]
fn a_caller_without_client_spans_is_known_by_its_span_above() {
    let facts = facts(vec![
        sent("cart", vec![span(2, 0, SpanKind::Server, &[])]),
        sent("price", vec![span(3, 2, SpanKind::Server, OLD)]),
    ]);
    assert_eq!(calls(&facts, "cart"), [&quote(to("price"))]);
}

#[test]
fn a_lost_server_leaves_the_address_and_a_lost_client_leaves_no_edge() {
    let address = [OLD, &[("server.address", "price.shop.svc"), ("server.port", "50051")]].concat();
    let lost = facts(vec![sent("cart", vec![span(2, 0, SpanKind::Client, &address)])]);
    assert_eq!(calls(&lost, "cart"), [&quote(at("price.shop.svc:50051"))]);
    let named = [OLD, &[("peer.service", "price"), ("server.address", "10.0.0.7")]].concat();
    let named = facts(vec![sent("cart", vec![span(2, 0, SpanKind::Client, &named)])]);
    assert_eq!(calls(&named, "cart"), [&quote(at("price"))]);
    let orphan = facts(vec![sent("price", vec![span(3, 2, SpanKind::Server, OLD)])]);
    assert_eq!(orphan.left_out.callers_unseen, 1);
    assert!(orphan.services[0].calls.is_empty());
}

#[test]
fn times_and_clocks_do_not_matter() {
    let mut late = span(2, 0, SpanKind::Client, OLD);
    (late.start_time_unix_nano, late.end_time_unix_nano) = (u64::MAX, 0);
    let early = span(3, 2, SpanKind::Server, OLD);
    let facts = facts(vec![sent("cart", vec![late]), sent("price", vec![early])]);
    assert_eq!(calls(&facts, "cart"), [&quote(to("price"))]);
}

#[test]
fn the_route_is_the_one_that_the_server_declares() {
    let client = [("http.request.method", "GET"), ("url.full", "http://u:p@cart:8080/carts/7?token=x")];
    let server = [("http.method", "GET"), ("http.route", "/carts/{id}"), ("http.target", "/carts/7?token=x")];
    let http = |target, path: &str| Call::Http { target, verb: "GET".to_owned(), path: path.to_owned() };
    let joined = facts(vec![
        sent("storefront", vec![span(2, 0, SpanKind::Client, &client)]),
        sent("cart", vec![span(3, 2, SpanKind::Server, &server)]),
    ]);
    assert_eq!(calls(&joined, "storefront"), [&http(to("cart"), "/carts/{id}")]);
    let alone = facts(vec![sent("storefront", vec![span(2, 0, SpanKind::Client, &client)])]);
    assert_eq!(calls(&alone, "storefront"), [&http(at("cart:8080"), "/carts/7")]);
}

#[test]
fn what_a_server_does_not_have_is_not_served() {
    let unrouted = [("http.request.method", "GET"), ("url.path", "/.env"), ("http.response.status_code", "404")];
    let told = [("http.request.method", "GET"), ("http.route", "unmatched"), ("http.response.status_code", "404")];
    let missing = [OLD, &[("rpc.grpc.status_code", "12")]].concat();
    let found = [("http.request.method", "GET"), ("http.route", "/carts/{id}"), ("http.response.status_code", "404")];
    let spans = [&unrouted[..], &told, &missing, &found].into_iter().enumerate();
    let spans = spans.map(|(id, pairs)| span(u8::try_from(id).unwrap() + 2, 0, SpanKind::Server, pairs)).collect();
    let facts = facts(vec![sent("cart", spans)]);
    let served = Served::Route { verb: "GET".to_owned(), path: "/carts/{id}".to_owned() };
    assert_eq!(facts.services[0].served.iter().map(|seen| &seen.what).collect::<Vec<_>>(), [&served]);
}

#[test]
fn stores_are_known_by_old_and_new_names() {
    let cases = [
        (&[("db.system.name", "postgresql"), ("db.namespace", "shop"), ("db.operation.name", "SELECT")][..], {
            store("postgres", Some("shop"), Some("SELECT"))
        }),
        (&[("db.system", "mysql"), ("db.name", "shop"), ("db.operation", "UPDATE")], {
            store("mysql", Some("shop"), Some("UPDATE"))
        }),
        (&[("db.system.name", "redis"), ("db.namespace", "a"), ("db.operation.name", "PIPELINE SET")], {
            store("redis", Some("a"), Some("PIPELINE"))
        }),
        (&[("db.system.name", "clickhouse"), ("db.operation.name", "BATCH INSERT")], {
            store("clickhouse", None, Some("INSERT"))
        }),
        (&[("db.system.name", "postgresql"), ("db.query.summary", "DELETE carts")], {
            store("postgres", None, Some("DELETE"))
        }),
        (&[("rpc.system.name", "aws-api"), ("rpc.method", "S3/PutObject"), ("aws.s3.bucket", "media")], {
            store("s3", Some("media"), Some("PutObject"))
        }),
    ];
    for (pairs, expected) in cases {
        let facts = facts(vec![sent("cart", vec![span(2, 0, SpanKind::Client, pairs)])]);
        assert_eq!(calls(&facts, "cart"), [&expected], "{pairs:?}");
    }
}

#[test]
fn topics_are_known_by_old_and_new_names_and_by_their_template() {
    let kafka = ("messaging.system", "kafka");
    let cases = [
        (SpanKind::Producer, vec![kafka, ("messaging.destination.name", "orders")], {
            topic(Direction::Send, "kafka", "orders", None)
        }),
        (
            SpanKind::Consumer,
            vec![
                kafka,
                ("messaging.operation.type", "process"),
                ("messaging.destination.name", "orders"),
                ("messaging.consumer.group.name", "billing"),
            ],
            topic(Direction::Receive, "kafka", "orders", Some("billing")),
        ),
        (
            SpanKind::Client,
            vec![
                ("messaging.system", "redis"),
                ("messaging.operation", "publish"),
                ("messaging.destination.name", "chat:7"),
                ("messaging.destination.template", "chat:{id}"),
            ],
            topic(Direction::Send, "redis", "chat:{id}", None),
        ),
    ];
    for (kind, pairs, expected) in cases {
        let facts = facts(vec![sent("cart", vec![span(2, 0, kind, &pairs)])]);
        assert_eq!(calls(&facts, "cart"), [&expected], "{pairs:?}");
    }
    let settled = [kafka, ("messaging.operation.type", "settle"), ("messaging.destination.name", "orders")];
    let facts = facts(vec![sent("cart", vec![span(2, 0, SpanKind::Client, &settled)])]);
    assert!(calls(&facts, "cart").is_empty());
}

#[test]
fn a_failed_call_is_counted_as_failed() {
    let mut failed = span(2, 0, SpanKind::Client, OLD);
    failed.status = Some(Status { code: 2, ..Status::default() });
    let facts = facts(vec![sent("cart", vec![failed])]);
    assert_eq!(facts.services[0].calls[0].tally.failed, 1);
}

#[test]
fn spans_without_names_and_endless_names_are_left_out_and_counted() {
    let long = "x".repeat(100_000);
    let mut short_id = span(2, 0, SpanKind::Client, OLD);
    short_id.span_id = vec![1, 2];
    let mut no_trace = span(2, 0, SpanKind::Client, OLD);
    no_trace.trace_id = vec![0; 16];
    let mut nameless = sent("cart", vec![span(2, 0, SpanKind::Client, OLD)]);
    nameless.resource = None;
    let endless = span(3, 0, SpanKind::Client, &[("db.system", long.as_str())]);
    let facts = facts(vec![sent("cart", vec![short_id, no_trace, endless]), nameless, sent(&long, vec![])]);
    let expected = LeftOut { nameless_spans: 3, long_texts: 2, ..LeftOut::default() };
    assert_eq!(facts.left_out, expected);
    assert!(calls(&facts, "cart").is_empty());
}

#[test]
fn spans_that_are_their_own_parents_end() {
    let facts = facts(vec![
        sent("cart", vec![span(2, 3, SpanKind::Internal, &[]), span(3, 2, SpanKind::Internal, &[])]),
        sent("price", vec![span(4, 3, SpanKind::Server, OLD), span(5, 5, SpanKind::Server, OLD)]),
    ]);
    // The one of cart has no client span; but it is known who called.
    assert_eq!(calls(&facts, "cart"), [&quote(to("price"))]);
    assert!(calls(&facts, "price").is_empty());
}

#[test]
fn no_more_spans_are_held_than_there_is_room_for() {
    let mut traces = Traces::holding(2);
    for number in 1..=5 {
        let mut client = span(2, 0, SpanKind::Client, OLD);
        client.trace_id = vec![number; 16];
        traces.add(vec![sent("cart", vec![client])]);
    }
    assert_eq!(traces.received(), 5);
    let facts = traces.into_facts();
    assert_eq!(facts.left_out.early_traces, 3);
    assert_eq!(facts.services[0].calls[0].tally.times, 5);
}

fn any_span() -> impl Strategy<Value = Span> {
    let roles = prop_oneof![
        Just(Role::Inside),
        Just(Role::Server(None)),
        Just(Role::Server(Some(Box::new(Served::Route { verb: "GET".to_owned(), path: "/".to_owned() })))),
        Just(Role::Client(None)),
        Just(Role::Client(Some(Box::new(quote(at("price")))))),
        Just(Role::Uses(Box::new(store("redis", None, None)))),
    ];
    (1..3u8, 1..6u8, 0..6u8, 0..3usize, roles, any::<bool>()).prop_map(|(trace, id, parent, service, role, failed)| {
        Span {
            trace: [trace; 16],
            id: [id; 8],
            parent: (parent > 0).then_some([parent; 8]),
            service: ["cart", "price", "storefront"][service].into(),
            role,
            failed,
        }
    })
}

proptest! {
    #[test]
    fn the_order_of_spans_does_not_matter(
        (spans, shuffled) in proptest::collection::vec(any_span(), 0..24)
            .prop_flat_map(|spans| (Just(spans.clone()), Just(spans).prop_shuffle()))
    ) {
        let mut held = Traces::default();
        for span in shuffled.clone() {
            held.hold(span);
        }
        let expected = running(spans);
        prop_assert_eq!(running(shuffled), expected.clone());
        prop_assert_eq!(held.into_facts(), expected);
    }
}

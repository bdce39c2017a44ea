use super::fits::{goes_to, is_route, is_topic};
use super::*;
use crate::facts::running::{Call, Direction, Gathered, Served, Target};
use crate::graph::{Confidence, Edge, EntryPoint, Node, Service};
use crate::span::Span;

/// Two services: cart asks price over gRPC, reads postgres and sends to a topic; price has a cache and another one.
fn graph() -> Graph {
    let service = |name: &str| Service {
        id: format!("service:{name}"),
        name: name.to_owned(),
        kind: "service".to_owned(),
        ..Service::default()
    };
    let node = |id: &str, technology: &str, name: &str, name_known: bool| Node {
        id: id.to_owned(),
        kind: id.split(':').next().unwrap().to_owned(),
        technology: technology.to_owned(),
        name: name.to_owned(),
        name_known,
        ..Node::default()
    };
    let edge = |from: ServiceId, to: End, kind: &str, contract: Option<&str>, methods: &[&str]| Edge {
        from,
        to,
        kind: kind.to_owned(),
        contract: contract.map(str::to_owned),
        methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        confidence: Confidence::Proven,
        because: None,
        effects: Vec::new(),
        tables: BTreeMap::new(),
        evidence: Vec::new(),
    };
    let entry = EntryPoint {
        id: "price/shop.Price/Quote".to_owned(),
        service: 1,
        kind: "rpc".to_owned(),
        name: "shop.Price/Quote".to_owned(),
        contract: Some("shop.Price".to_owned()),
        function: 0,
        streams: false,
        at: Span::line("price.rs", 1),
    };
    Graph {
        services: vec![service("cart"), service("price")],
        nodes: vec![
            node("datastore:postgres/cart", "postgres", "cart", true),
            node("topic:carts.*", "kafka", "carts.*", false),
            node("datastore:redis/price", "redis", "price", false),
            node("datastore:redis/other", "redis", "other", false),
        ],
        edges: vec![
            edge(0, End::Service(1), "grpc", Some("shop.Price"), &["Quote"]),
            edge(0, End::Node(0), "sql", None, &["select", "insert", "migrate"]),
            edge(0, End::Node(1), "produce", None, &[]),
            edge(1, End::Node(2), "cache", None, &["GET"]),
        ],
        entries: vec![entry],
        ..Graph::default()
    }
}

fn tally() -> Tally {
    Tally::once(false, "0a".to_owned())
}

fn quote(target: Target, method: &str) -> Call {
    Call::Grpc { target, contract: "shop.Price".to_owned(), method: method.to_owned() }
}

fn to(service: &str) -> Target {
    Target { service: Some(service.to_owned()), address: None }
}

fn store(technology: &str, name: Option<&str>, operation: Option<&str>) -> Call {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let technology = technology.to_owned();
    Call::Store { technology, name: owned(name), server: None, operation: owned(operation), collection: None }
}

fn sends(topic: &str) -> Call {
    Call::Topic { direction: Direction::Send, technology: "kafka".to_owned(), topic: topic.to_owned(), group: None }
}

/// Everything that is written, seen.
fn all() -> Gathered {
    let mut all = Gathered::default();
    all.spans("cart", 4);
    all.spans("price", 2);
    all.call("cart", quote(to("price"), "Quote"), tally());
    all.call("cart", store("postgres", Some("cart"), Some("SELECT")), tally());
    all.call("cart", store("postgres", Some("cart"), Some("INSERT")), tally());
    all.call("cart", store("postgres", Some("cart"), Some("COMMIT")), tally());
    all.call("cart", sends("carts.7"), tally());
    all.call("price", store("redis", Some("0"), Some("GET")), tally());
    let served = Served::Rpc { contract: "shop.Price".to_owned(), method: "Quote".to_owned() };
    all.served("price", served, tally());
    all
}

fn compared(graph: &Graph, seen: Gathered) -> Comparison {
    compare(graph, &Config::default(), &seen.into_facts())
}

fn standing(comparison: &Comparison, to: &str) -> Vec<(Standing, Vec<(String, Standing)>)> {
    let rows = comparison.edges.iter().filter(|row| row.to == to);
    rows.map(|row| (row.standing, row.methods.iter().map(|of| (of.name.clone(), of.standing)).collect())).collect()
}

#[test]
fn what_runs_as_it_is_written_is_the_same() {
    let comparison = compared(&graph(), all());
    assert!(comparison.is_same(), "{comparison:#?}");
    let methods = vec![
        ("insert".to_owned(), Standing::Same),
        ("migrate".to_owned(), Standing::NotTold),
        ("select".to_owned(), Standing::Same),
    ];
    assert_eq!(standing(&comparison, "datastore:postgres/cart"), [(Standing::Same, methods)]);
}

#[test]
fn what_is_not_seen_is_told() {
    let mut seen = Gathered::default();
    seen.spans("cart", 1);
    seen.call("cart", store("postgres", Some("cart"), Some("SELECT")), tally());
    let comparison = compared(&graph(), seen);
    let row = comparison.services.iter().find(|row| row.name == "price").unwrap();
    assert_eq!(row.standing, Standing::NotSeen);
    let [(standing, methods)] = standing(&comparison, "datastore:postgres/cart").try_into().unwrap();
    assert_eq!(standing, Standing::Same);
    assert_eq!(methods[0], ("insert".to_owned(), Standing::NotSeen));
    // The service price, its cache, the topic, three edges, one operation.
    assert_eq!(comparison.differences(), 7);
}

#[test]
fn what_is_not_written_is_told() {
    let mut seen = all();
    seen.call("cart", quote(to("price"), "Forget"), tally());
    seen.call("price", quote(to("cart"), "Quote"), tally());
    seen.call("cart", store("mysql", Some("cart"), None), tally());
    seen.call("cart", store("postgres", Some("orders"), None), tally());
    seen.call("cart", sends("orders"), tally());
    seen.spans("stranger", 1);
    let comparison = compared(&graph(), seen);
    let unwritten: Vec<(&str, &str)> = comparison
        .edges
        .iter()
        .filter(|row| row.standing == Standing::NotWritten)
        .map(|row| (row.from.as_str(), row.to.as_str()))
        .collect();
    let expected = [
        ("cart", "topic:orders"),
        ("cart", "datastore:mysql/cart"),
        ("cart", "datastore:postgres/orders"),
        ("price", "service:cart"),
    ];
    assert_eq!(unwritten, expected);
    assert_eq!(standing(&comparison, "service:price")[0].1[0], ("Forget".to_owned(), Standing::NotWritten));
    // Four edges, three nodes, one method, one service.
    assert_eq!(comparison.differences(), 9);
}

#[test]
fn which_of_two_is_meant_is_not_guessed() {
    let mut graph = graph();
    let mut second = graph.edges[3].clone();
    second.to = End::Node(3);
    graph.edges.push(second);
    let comparison = compared(&graph, all());
    let [open] = comparison.open.as_slice() else { panic!("{comparison:#?}") };
    assert_eq!(open.why, "the trace does not tell which of datastore:redis/price, datastore:redis/other is meant");
    assert_eq!(standing(&comparison, "datastore:redis/price")[0].0, Standing::NotSeen);
}

#[test]
fn a_trace_without_operations_says_nothing_of_them() {
    let mut seen = Gathered::default();
    seen.call("cart", store("postgres", None, None), tally());
    let comparison = compared(&graph(), seen);
    let methods = &standing(&comparison, "datastore:postgres/cart")[0].1;
    assert!(methods.iter().all(|(_, standing)| *standing == Standing::NotTold), "{methods:?}");
}

#[test]
fn health_checks_and_telemetry_are_no_edges() {
    let mut seen = all();
    for contract in ["grpc.health.v1.Health", "opentelemetry.proto.collector.trace.v1.TraceService"] {
        let (contract, method) = (contract.to_owned(), "Check".to_owned());
        seen.served("price", Served::Rpc { contract: contract.clone(), method: method.clone() }, tally());
        seen.call("cart", Call::Grpc { target: to("price"), contract, method }, tally());
    }
    let (verb, path) = ("GET".to_owned(), "/metrics".to_owned());
    seen.served("price", Served::Route { verb: verb.clone(), path: path.clone() }, tally());
    seen.call("cart", Call::Http { target: to("price"), verb, path }, tally());
    assert!(compared(&graph(), seen).is_same());
}

#[test]
fn commands_for_messages_and_of_transactions_are_known_by_what_they_are() {
    let mut graph = graph();
    graph.edges[3].methods.extend(["MULTI".to_owned(), "PIPELINE".to_owned()]);
    let mut seen = all();
    for operation in ["MULTI", "HELLO", "PUBLISH"] {
        seen.call("price", store("redis", None, Some(operation)), tally());
    }
    // Of a service without a cache of its own, which only sends messages over Redis.
    seen.call("cart", store("redis", None, Some("publish")), tally());
    let comparison = compared(&graph, seen);
    assert!(comparison.is_same(), "{comparison:#?}");
}

#[test]
fn what_migrations_do_is_theirs() {
    let update = |seen: &mut Gathered| seen.call("cart", store("postgres", None, Some("UPDATE")), tally());
    let mut seen = all();
    update(&mut seen);
    assert!(compared(&graph(), seen).is_same());

    let mut graph = graph();
    graph.edges[1].methods.retain(|method| method != "migrate");
    let mut seen = all();
    update(&mut seen);
    assert!(!compared(&graph, seen).is_same());
}

#[test]
fn an_address_leads_to_a_service_by_its_name_only() {
    let (graph, config) = (graph(), Config::default());
    let goes = |address: &str| {
        let target = Target { service: None, address: Some(address.to_owned()) };
        goes_to(&Written::new(&graph, &config), &graph.edges[0], &target)
    };
    assert_eq!(goes("price:50051"), Some(true));
    assert_eq!(goes("price.shop.svc.cluster.local:50051"), Some(true));
    assert_eq!(goes("cart"), Some(false));
    for unknown in ["127.0.0.1:50051", "[::1]:50051", "localhost", "prices"] {
        assert_eq!(goes(unknown), None, "{unknown}");
    }
}

#[test]
fn parameters_and_open_parts_of_a_route_may_be_anything() {
    for (written, path) in [
        ("GET /carts/*", "/carts/7"),
        ("GET /carts/{id}", "/carts/{cart}"),
        ("ANY /carts/:id", "/carts/7"),
        ("GET /v1/*", "/v1/projects/7:send"),
        ("GET /v1/*/messages:send", "/v1/projects/social/messages:send"),
        ("GET /", "/"),
    ] {
        assert!(is_route(written, "GET", path), "{written} {path}");
    }
    for (written, path) in [("POST /carts", "/carts"), ("GET /carts/7", "/carts/8"), ("GET /carts/*", "/orders/7")] {
        assert!(!is_route(written, "GET", path), "{written} {path}");
    }
}

#[test]
fn a_topic_may_be_a_pattern_on_both_sides() {
    for (written, seen) in [
        ("orders", "orders"),
        ("orders.*.retry", "orders.billing.retry"),
        ("chat:*", "chat:{room}"),
        ("chat:{room}", "chat:{room}"),
        ("chat:lobby", "chat:{room}"),
    ] {
        assert!(is_topic(written, seen), "{written} {seen}");
    }
    for (written, seen) in [("orders", "orders.v2"), ("orders.*.retry", "orders.retry"), ("*a*b", "b")] {
        assert!(!is_topic(written, seen), "{written} {seen}");
    }
}

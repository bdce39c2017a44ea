//! One small shop and one review of it, written in every format.

mod diagrams;
mod formats;
mod hostile;
mod pages;
mod pictures;
mod review;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::findings::{Finding, Notice, NoticeKind, Related, Settled, Severity, Suppressed, Unknown};
use crate::graph::{Confidence, Edge, End, EntryPoint, Graph, Node, Service, Unresolved};
use crate::rules::mock::Mock;
use crate::rules::{Precision, Rule, load};
use crate::span::Span;

pub(super) const RULE: &str = r#"id: timeout/none
title: No deadline
severity: error
precision: medium
profiles: [recommended, strict]
since: "0.1"
aliases: [timeout/old]
select: edge
violated: edge.deadline_ms == null
message: "{{ edge.from.name }} waits for {{ edge.to.name }}"
why: It waits for ever.
fix: Set a deadline.
knowledge: timeouts/deadlines
"#;

pub(super) fn rules() -> Vec<Rule> {
    vec![load("rules/timeout/none.yaml", RULE, &Mock::shop()).unwrap()]
}

/// What the files of the shop hold; the manifest cannot be shown.
pub(super) fn excerpt(path: &str) -> Option<Arc<str>> {
    match path {
        "services/cart/src/api.rs" => Some(
            "use shop::price;\n\nasync fn add(&self, item: Item) -> Result<Cart> {\n    \
             let quote = self.prix_é.quote(item).await?;\n    let sum = quote\n        .sum();\n    \
             Ok(self.store(sum).await?)\n}\n"
                .into(),
        ),
        "services/cart/src/main.rs" => {
            Some("let price = Channel::from_static(\"http://price\").connect_lazy();\n".into())
        }
        _ => None,
    }
}

fn finding(rule: &str, severity: Severity, entity: &str, message: &str, span: Option<Span>) -> Finding {
    Finding {
        rule: rule.to_owned(),
        severity,
        precision: Precision::Medium,
        entity: entity.to_owned(),
        message: message.to_owned(),
        span,
        related: Vec::new(),
        fingerprint: format!("{:032x}", message.len()),
        owners: Vec::new(),
        code: None,
        formula: None,
        why: "It waits for ever.".to_owned(),
        fix: "Set a deadline.".to_owned(),
        help: format!("loadpath explain {rule}"),
        knowledge: None,
    }
}

fn related(span: Span, message: &str) -> Related {
    Related { span, message: message.to_owned() }
}

pub(super) fn settled() -> Settled {
    let call = Span::new("services/cart/src/api.rs", (4, 28), (4, 39));
    let mut deadline = finding("timeout/none", Severity::Error, "edge:cart->price", "cart waits for price", Some(call));
    deadline.related = vec![
        related(Span::new("services/cart/src/main.rs", (1, 13), (1, 67)), "the channel has no timeout"),
        related(Span::new("services/cart/src/api.rs", (3, 1), (8, 2)), "the caller"),
        related(Span::new("deploy/cart.yaml", (40, 11), (40, 28)), "PRICE_URL points at price"),
    ];
    deadline.formula = Some("deadline = none\nattempts = 1 (default of tonic 0.14)".to_owned());
    let mut pool = finding(
        "pool/sum",
        Severity::Warning,
        "datastore:postgres/cart",
        "pools open 120 connections, 100 are accepted",
        Some(Span::line("services/cart/src/api.rs", 7)),
    );
    pool.precision = Precision::High;
    let remark = finding("docs/none", Severity::Info, "service:price", "price [beta] has no owner", None);
    let accepted = finding(
        "timeout/none",
        Severity::Error,
        "edge:price->legacy",
        "price waits for legacy",
        Some(Span::new("services/price/src/old code.rs", (9, 5), (11, 2))),
    );
    let unknown = |entity: &str| Unknown {
        rule: "pool/sum".to_owned(),
        entity: entity.to_owned(),
        missing: vec!["datastore.max_connections".to_owned()],
        supply: "capacities.datastores in loadpath.yaml".to_owned(),
    };
    Settled {
        findings: vec![deadline, pool, remark],
        unknown: ["a", "b", "c", "d"].iter().map(|name| unknown(&format!("datastore:postgres/{name}"))).collect(),
        suppressed: vec![Suppressed {
            finding: accepted,
            reason: "legacy goes away".to_owned(),
            said_at: Span::line("loadpath.yaml", 3),
            until: Some("2027-01-31".to_owned()),
            owner: Some("team-cart".to_owned()),
        }],
        notices: vec![Notice {
            at: Span::line("services/cart/src/main.rs", 1),
            kind: NoticeKind::Stale,
            message: "the suppression of `timeout/none` matches no finding".to_owned(),
            help: "remove it".to_owned(),
        }],
        ..Settled::default()
    }
}

pub(super) fn service(name: &str, kind: &str) -> Service {
    Service {
        id: format!("{kind}:{name}"),
        name: name.to_owned(),
        kind: kind.to_owned(),
        path: format!("services/{name}"),
        ..Service::default()
    }
}

pub(super) fn node(id: &str, kind: &str, technology: &str, name: &str) -> Node {
    Node {
        id: id.to_owned(),
        kind: kind.to_owned(),
        technology: technology.to_owned(),
        name: name.to_owned(),
        name_known: true,
        ..Node::default()
    }
}

pub(super) fn edge(from: usize, to: End, kind: &str, methods: &[&str]) -> Edge {
    Edge {
        from,
        to,
        kind: kind.to_owned(),
        contract: None,
        methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        confidence: Confidence::Proven,
        because: None,
        effects: Vec::new(),
        tables: BTreeMap::new(),
        evidence: Vec::new(),
    }
}

pub(super) fn shop() -> Graph {
    let mut cart = service("cart", "service");
    cart.workload_names = vec!["Deployment/shop/cart".to_owned()];
    cart.serves = BTreeSet::from(["shop.cart.v1.CartService".to_owned()]);
    cart.entries = vec![0, 1];
    let mut price = service("price", "service");
    price.workload_names = vec!["Deployment/shop/price".to_owned(), "Deployment/shop-canary/price".to_owned()];
    price.language = Some("go".to_owned());
    let mail = service("mail", "service");
    let mut report = service("report", "job");
    report.workload_names = vec!["CronJob/night/report".to_owned()];
    let mut database = node("datastore:postgres/cart", "datastore", "postgres", "cart");
    database.server = Some("cart-db".to_owned());
    let mut topic = node("topic:orders.*", "topic", "kafka", "orders.*");
    topic.name_known = false;
    let mut call = edge(0, End::Service(1), "grpc", &["Quote", "Reserve", "Release"]);
    call.contract = Some("shop.price.v1.PriceService".to_owned());
    let mut write = edge(0, End::Node(0), "sql", &[]);
    write.tables = BTreeMap::from([("carts".to_owned(), true), ("items".to_owned(), false)]);
    let mut read = edge(3, End::Node(0), "sql", &[]);
    read.tables = BTreeMap::from([("carts".to_owned(), false)]);
    let mut pay = edge(0, End::Node(3), "http", &["POST /charge"]);
    pay.confidence = Confidence::Likely;
    pay.because = Some("the address is the default of a variable".to_owned());
    let mut cache = edge(1, End::Node(1), "cache", &[]);
    cache.confidence = Confidence::Declared;
    let entry = |id: &str, kind: &str| EntryPoint {
        id: id.to_owned(),
        service: 0,
        kind: kind.to_owned(),
        name: id.to_owned(),
        contract: None,
        function: 0,
        streams: false,
        at: Span::line("services/cart/src/api.rs", 3),
    };
    Graph {
        system: "shop".to_owned(),
        environment: "production".to_owned(),
        services: vec![cart, price, mail, report],
        nodes: vec![
            database,
            node("datastore:redis/price", "datastore", "redis", "price"),
            topic,
            node("external:api.pay.example", "external", "", "api.pay.example"),
        ],
        edges: vec![
            call,
            write,
            edge(0, End::Node(2), "produce", &[]),
            pay,
            cache,
            edge(2, End::Node(2), "consume", &[]),
            read,
        ],
        entries: vec![entry("cart/AddItem", "rpc"), entry("cart/GetCart", "rpc")],
        unresolved: vec![Unresolved {
            what: "http target".to_owned(),
            at: Span::line("services/cart/src/api.rs", 12),
            why: "the address comes from a request, so that nothing in the project says which system is called there"
                .to_owned(),
            service: Some("cart".to_owned()),
        }],
        notes: vec![(Some(Span::line("deploy/old.yaml", 2)), "no code makes the image shop/old".to_owned())],
    }
}

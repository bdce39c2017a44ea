//! One frame of the face in the terminal, with 1,000 services and 10,000 findings: `cargo bench --bench frames`. The target is
//! under 16 ms for whatever follows a key: taking the key in, and drawing.

#![allow(missing_docs, reason = "a benchmark")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use loadpath::config::{Config, Date};
use loadpath::entities::EntitySchema;
use loadpath::faces::tui::{Loaded, Screen, Theme};
use loadpath::facts::Facts;
use loadpath::findings::{Finding, Settled, Severity};
use loadpath::graph::{Confidence, Edge, End, Graph, Node, Service};
use loadpath::knowledge;
use loadpath::rules::{self, Precision};
use loadpath::sources::Sources;
use loadpath::span::Span;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SERVICES: usize = 1_000;
const FINDINGS: usize = 10_000;
const SIZE: (u16, u16) = (200, 60);

/// Services that call three others each and have a datastore of their own.
fn graph() -> Graph {
    let mut graph = Graph { system: "large".to_owned(), ..Graph::default() };
    for id in 0..SERVICES {
        let name = format!("service-{id:04}");
        graph.services.push(Service {
            id: format!("service:{name}"),
            path: format!("services/{name}"),
            kind: "service".to_owned(),
            name,
            ..Service::default()
        });
        graph.nodes.push(Node {
            id: format!("datastore:postgres/{id:04}"),
            kind: "datastore".to_owned(),
            technology: "postgres".to_owned(),
            name: format!("{id:04}"),
            name_known: true,
            ..Node::default()
        });
    }
    let edge = |from, to, kind: &str| Edge {
        from,
        to,
        kind: kind.to_owned(),
        contract: None,
        methods: ["Get".to_owned(), "Put".to_owned()].into(),
        confidence: Confidence::Proven,
        because: None,
        effects: Vec::new(),
        tables: std::collections::BTreeMap::new(),
        evidence: vec![Span::line("services/x/src/main.rs", 12)],
    };
    for id in 0..SERVICES {
        for step in [1, 7, 61] {
            graph.edges.push(edge(id, End::Service((id + step) % SERVICES), "grpc"));
        }
        graph.edges.push(edge(id, End::Node(id), "sql"));
    }
    graph
}

fn loaded() -> Loaded {
    let rules = rules::load_all(&[], &EntitySchema).unwrap();
    let findings = (0..FINDINGS).map(|index| {
        let (from, to) = (index % SERVICES, (index + 7) % SERVICES);
        Finding {
            rule: rules[index % rules.len()].id.to_string(),
            severity: [Severity::Error, Severity::Warning, Severity::Info][index % 3],
            precision: Precision::High,
            entity: format!("edge:service-{from:04}->service-{to:04}"),
            message: format!(
                "service-{from:04} calls service-{to:04} without a deadline, as one of many that do so: Get"
            ),
            span: Some(Span::line(format!("services/service-{from:04}/src/main.rs"), 12)),
            related: Vec::new(),
            fingerprint: format!("{index:032x}"),
            owners: Vec::new(),
            code: None,
            formula: None,
            why: "Whatever hangs there hangs here.".to_owned(),
            fix: "Set a deadline.".to_owned(),
            help: String::new(),
            knowledge: None,
        }
    });
    Loaded {
        name: "large".to_owned(),
        facts: Facts::default(),
        graph: graph(),
        config: Config::default(),
        settled: Settled { findings: findings.collect(), ..Settled::default() },
        new: None,
        rules,
        knowledge: knowledge::load_all(&[]).unwrap(),
        decisions: Vec::new(),
        decision_texts: Vec::new(),
        sources: Sources::default(),
        settings: None,
        baseline: None,
        decisions_in: None,
        today: Date::new(2026, 1, 31).unwrap(),
    }
}

fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frames");
    group.sample_size(30);
    // Where one is, what is pressed there again and again.
    let cases = [
        ("services", "1", "j"),
        ("system", "2", "j"),
        ("matrix", "3", "j l"),
        ("findings", "4", "j"),
        ("findings_one_by_one", "4 o o space", "j"),
        ("finding", "4 o o space j enter", "j"),
        ("focus", "1 f", "+"),
        ("what_if", "8", "j"),
        ("rules", "R", "j"),
        ("filter", "4 /", "d backspace"),
        ("palette", ":", "s backspace"),
    ];
    for (name, there, again) in cases {
        let mut screen = Screen::new(SIZE.0, SIZE.1, Theme::Dark);
        screen.load(loaded());
        screen.press(there);
        let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                screen.press(again);
                terminal.draw(|frame| screen.draw(black_box(frame))).unwrap();
            });
        });
    }
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);

//! The graph as text and as pictures.

use merman::{Engine, ParseOptions};

use super::{edge, node, service, shop};
use crate::graph::{End, Graph};
use crate::reports::mermaid::{
    self, Block, BlockKind, Branch, MAX_CHARACTERS, MAX_EDGES, Message, MessageKind, Note, Participant,
    ParticipantKind, Sequence, Step,
};
use crate::reports::{Templates, dot, graph, view};

pub(super) fn templates() -> Templates {
    Templates::new(&[]).unwrap()
}

/// The parsed diagram, as JSON.
pub(super) fn parsed(text: &str) -> String {
    let diagram = Engine::new().parse_diagram_sync(text, ParseOptions::strict());
    let diagram = diagram.unwrap_or_else(|error| panic!("{error}\n{text}")).expect("a diagram");
    serde_json::to_string_pretty(&diagram.model).unwrap()
}

fn lines(text: &str, of: &str) -> usize {
    text.lines().filter(|line| line.contains(of)).count()
}

#[test]
fn text() {
    let text = graph::text(&shop());
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn text_of_nothing() {
    assert_eq!(graph::text(&Graph::default()), ": nothing found\n");
}

#[test]
fn flowcharts() {
    let (shop, templates) = (shop(), templates());
    let all = [
        ("system", mermaid::system(&shop, &templates)),
        ("focus", mermaid::focus(&shop, &["price"], 1, &templates)),
        ("data", mermaid::data(&shop, &templates)),
        ("topics", mermaid::topics(&shop, &templates)),
        ("deployment", mermaid::deployment(&shop, &templates)),
    ];
    for (name, text) in all {
        let text = text.unwrap();
        parsed(&text);
        insta::assert_snapshot!(format!("flowchart_{name}"), text);
    }
}

#[test]
fn a_graph_without_anything_is_a_diagram() {
    parsed(&mermaid::system(&Graph::default(), &templates()).unwrap());
    parsed(&mermaid::focus(&shop(), &["nobody"], 3, &templates()).unwrap());
}

#[test]
fn focus_ends_at_its_depth() {
    let shop = shop();
    let names =
        |depth| view::focus(&shop, &["service:mail"], depth).nodes.into_iter().map(|node| node.key).collect::<Vec<_>>();
    assert_eq!(names(0), ["service:mail"]);
    assert_eq!(names(1), ["service:mail", "topic:orders.*"]);
    assert_eq!(names(2), ["service:cart", "service:mail", "topic:orders.*"]);
}

#[test]
fn parallel_edges_are_bundled_first() {
    let mut graph = Graph { system: "s".to_owned(), ..Graph::default() };
    graph.services = (0..30).map(|id| service(&format!("s{id:02}"), "service")).collect();
    for from in 0..29 {
        for method in 0..20 {
            graph.edges.push(edge(from, End::Service(from + 1), "grpc", &[&format!("M{method:02}")]));
        }
    }
    let text = mermaid::system(&graph, &templates()).unwrap();
    assert_eq!(lines(&text, "-->"), 29);
    assert!(text.contains(r#"|"grpc (20 edges)"|"#) && text.contains("%% 551 parallel edges"), "{text}");
    parsed(&text);
}

#[test]
fn leaves_are_folded_next() {
    let mut graph = Graph { system: "s".to_owned(), ..Graph::default() };
    graph.services = vec![service("hub", "service"), service("other", "service")];
    graph.nodes =
        (0..600).map(|id| node(&format!("external:x{id:03}"), "external", "", &format!("x{id:03}"))).collect();
    graph.edges = (0..600).map(|id| edge(id % 2, End::Node(id), "http", &[])).collect();
    graph.edges.push(edge(0, End::Service(1), "grpc", &[]));
    let text = mermaid::system(&graph, &templates()).unwrap();
    assert_eq!(lines(&text, "-->"), 3, "{text}");
    assert!(text.contains("x000 and 299 more") && text.contains("%% 598 leaf nodes"), "{text}");
    parsed(&text);
}

#[test]
fn what_is_too_large_still_ends_within_the_limits() {
    let mut graph = Graph { system: "s".to_owned(), ..Graph::default() };
    let name = "a\"rather<long>name;of#a%service".repeat(3);
    graph.services = (0..400).map(|id| service(&format!("{name}{id}"), "service")).collect();
    for from in 0..400 {
        for step in 1..20 {
            graph.edges.push(edge(from, End::Service((from + step * step) % 400), "grpc", &["A", "B"]));
        }
    }
    let text = mermaid::system(&graph, &templates()).unwrap();
    assert!(lines(&text, "-->") <= MAX_EDGES && text.chars().count() <= MAX_CHARACTERS, "{}", text.len());
    assert!(lines(&text, "-->") > 20 && text.contains("nodes with few edges are left out"), "{text}");
    parsed(&text);
}

#[test]
fn dot_quotes() {
    insta::assert_snapshot!(dot::paint(&view::deployment(&shop()), &templates()).unwrap());
}

pub(super) fn request(name: &str) -> Sequence {
    let message = |from, to, kind| Step::Message(Message { from, to, text: name.to_owned(), kind });
    let branch = |steps| Branch { label: name.to_owned(), steps };
    let block = |kind, branches| Step::Block(Block { kind, branches });
    Sequence {
        title: format!("one request to {name}"),
        participants: vec![
            Participant { name: "client".to_owned(), kind: ParticipantKind::Actor },
            Participant { name: name.to_owned(), kind: ParticipantKind::Part },
            Participant { name: format!("{name} db"), kind: ParticipantKind::Part },
        ],
        steps: vec![
            message(0, 1, MessageKind::Call),
            Step::Note(Note { from: 2, to: 1, text: name.to_owned() }),
            block(
                BlockKind::Alt,
                vec![
                    branch(vec![message(1, 2, MessageKind::Call), message(2, 1, MessageKind::Reply)]),
                    branch(vec![block(BlockKind::Loop, vec![branch(vec![message(1, 2, MessageKind::Failed)])])]),
                ],
            ),
            block(
                BlockKind::Par,
                vec![
                    branch(vec![message(1, 1, MessageKind::Async)]),
                    branch(vec![block(BlockKind::Opt, vec![branch(vec![message(1, 2, MessageKind::Async)])])]),
                ],
            ),
            message(1, 0, MessageKind::Reply),
        ],
    }
}

#[test]
fn sequence() {
    let text = mermaid::sequence(&request("cart"), &templates()).unwrap();
    parsed(&text);
    insta::assert_snapshot!(text);
}

#[test]
fn a_long_sequence_ends_within_the_limits() {
    let mut long = request("cart");
    long.steps = std::iter::repeat_n(long.steps, 400).flatten().collect();
    let text = mermaid::sequence(&long, &templates()).unwrap();
    assert!(text.chars().count() <= MAX_CHARACTERS && text.contains("steps at the end are left out"), "{text}");
    parsed(&text);
}

#[test]
fn deep_blocks_are_a_note() {
    let mut deep = request("cart");
    for _ in 0..1_000 {
        let branches = vec![Branch { label: "again".to_owned(), steps: std::mem::take(&mut deep.steps) }];
        deep.steps = vec![Step::Block(Block { kind: BlockKind::Loop, branches })];
    }
    let text = mermaid::sequence(&deep, &templates()).unwrap();
    assert_eq!((lines(&text, "loop again"), lines(&text, "nested too deep")), (12, 1));
    parsed(&text);
}

#[test]
fn views_are_listed_by_name() {
    let names: Vec<&str> = view::VIEWS.iter().map(|(name, _)| *name).collect();
    assert!(names.is_sorted());
    for (name, of) in view::VIEWS {
        let view = of(&shop());
        assert!(!view.edges.is_empty(), "{name}");
        parsed(&mermaid::paint(view, &templates()).unwrap());
    }
}

//! Names that try to be more than names.

use super::diagrams::{parsed, request, templates};
use super::review::official;
use super::{edge, finding, node, rules, service};
use crate::analysis::Model;
use crate::config::Config;
use crate::facts::Facts;
use crate::findings::{Related, Settled, Severity};
use crate::graph::{End, Graph, Service};
use crate::reports::text::{self, Color};
use crate::reports::{backstage, dot, github, graph, likec4, markdown, mermaid, sarif, structurizr, view};
use crate::span::Span;

pub(super) const NAMES: &[&str] = &[
    "end",
    "graph",
    "subgraph",
    "default",
    "class",
    "style",
    "click",
    "",
    " ",
    "\"",
    "a\"]; b[\"c",
    "a]\nend\nb[",
    "((()))",
    "{{x}}",
    "<script>alert(1)</script>",
    "<br/>",
    "&quot;",
    "#quot;",
    "#",
    "a;b",
    "a:b",
    "a%%b",
    "%%{init: {\"theme\": \"dark\"}}%%",
    "`bold`",
    "$$x^2$$",
    "a|b",
    "-->",
    "a --> b",
    "x---oy",
    "--- title",
    "@{ shape: x }",
    "\\",
    "\\\"",
    "\u{0}\u{7}\u{1b}[31m",
    "\r\n",
    "\u{2028}\u{202e}\u{feff}",
    "корзина",
    "购物车",
    "🛒",
    "style: a#b",
    "fa:fa-car",
    "participant",
    "alt",
    "Note over a: b",
    "wrap: x",
    "$(reboot)",
    "end end",
    "1. first",
    "- first",
    "__init__ *x* a_b",
];

pub(super) fn hostile(name: &str) -> Graph {
    let twin = Service { id: "service:twin".to_owned(), ..service(name, "service") };
    let mut namespaced = service(name, "service");
    namespaced.workload_names = vec![format!("Deployment/{name}/{name}")];
    let mut write = edge(0, End::Node(0), "sql", &[name]);
    write.tables = [(name.to_owned(), true)].into();
    Graph {
        system: name.to_owned(),
        environment: name.to_owned(),
        services: vec![namespaced, service(&format!("{name}_"), "job"), twin],
        nodes: vec![
            node("datastore:a", "datastore", name, name),
            node("topic:b", "topic", name, name),
            node("external:c", "external", "", name),
        ],
        edges: vec![
            edge(0, End::Service(1), "grpc", &[name]),
            write,
            edge(1, End::Node(1), "produce", &[]),
            edge(2, End::Node(1), "consume", &[]),
            edge(2, End::Node(2), "http", &[name, "a", "b"]),
        ],
        ..Graph::default()
    }
}

#[test]
fn diagrams_keep_their_shape_whatever_the_names() {
    let templates = templates();
    for name in NAMES {
        let graph = hostile(name);
        let system = mermaid::system(&graph, &templates).unwrap();
        let model: serde_json::Value = serde_json::from_str(&parsed(&system)).unwrap();
        assert_eq!(model["edges"].as_array().map(Vec::len), Some(5), "{name:?}\n{system}\n{model:#}");
        assert_eq!(model["nodes"].as_array().map(Vec::len), Some(6), "{name:?}\n{system}\n{model:#}");
        // Header, title, boxes, arrows, the class: one statement a line.
        assert_eq!(system.lines().count(), 2 + 6 + 5 + 1, "{name:?}\n{system}");
        assert!(!system.contains("<s") && !system.contains("%%{"), "{system}");
        parsed(&mermaid::focus(&graph, &[name], 2, &templates).unwrap());
        parsed(&mermaid::data(&graph, &templates).unwrap());
        parsed(&mermaid::topics(&graph, &templates).unwrap());
        parsed(&mermaid::deployment(&graph, &templates).unwrap());
        let request = mermaid::sequence(&request(name), &templates).unwrap();
        parsed(&request);
        assert_eq!(request.lines().count(), 23, "{name:?}\n{request}");
        let dot = dot::paint(&view::system(&graph), &templates).unwrap();
        assert_eq!(dot.lines().count(), 17, "{name:?}\n{dot}");
    }
}

#[test]
fn exports_keep_their_shape_whatever_the_names() {
    let (facts, config) = (Facts::default(), Config::default());
    let plain = hostile("a");
    let lines = |graph: &Graph| {
        [('"', structurizr::workspace(graph)), ('\'', likec4::model(graph))].map(|(quote, text)| {
            // Outside of quotes there is nothing but the language.
            let outside = |line: &str| line.split(quote).step_by(2).collect::<String>();
            text.lines().map(outside).map(|line| line.matches(['{', '}']).count()).collect::<Vec<_>>()
        })
    };
    for name in NAMES {
        let graph = hostile(name);
        assert_eq!(lines(&graph), lines(&plain), "{name:?}\n{}", structurizr::workspace(&graph));
        let catalogue = backstage::catalogue(&Model::new(&facts, &graph, &config, None));
        let entities: Vec<serde_json::Value> = catalogue
            .split("---\n")
            .skip(1)
            .map(|entity| serde_yaml::from_str(entity).unwrap_or_else(|error| panic!("{name:?}: {error}\n{entity}")))
            .collect();
        assert_eq!(entities.len(), 1 + 3 + 3, "{name:?}");
        let mut seen = std::collections::BTreeSet::new();
        for entity in &entities {
            let called = entity["metadata"]["name"].as_str().unwrap();
            let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
            assert!(called.split('-').all(is_name) && called.len() <= 63, "{called}");
            assert!(seen.insert((entity["kind"].clone().to_string(), called.to_lowercase())), "{called}");
        }
    }
}

#[test]
fn words_are_escaped_where_they_are_markup_only() {
    let templates = templates();
    let escaped = |name: &str| {
        let graph = Graph { services: vec![service(name, "service")], ..Graph::default() };
        let text = mermaid::system(&graph, &templates).unwrap();
        text.lines().nth(2).unwrap().split('"').nth(1).unwrap().to_owned()
    };
    assert_eq!(escaped("order_items-v1.2 (eu)"), "order_items-v1.2 (eu)");
    assert_eq!(escaped("__init__ *x*"), "#95;#95;init#95;#95; #42;x#42;");
    assert_eq!(escaped("1. first"), "1#46; first");
    assert_eq!(escaped("- first"), "#45; first");
    assert_eq!(escaped("a\"b<c>&#d\n%%{e}"), "a#quot;b#lt;c#gt;#amp;#35;d #37;#37;#123;e#125;");
    assert_eq!(escaped(&"x".repeat(90)), format!("{}…", "x".repeat(80)));
    assert_eq!(escaped(" \u{202e} "), "?");
}

#[test]
fn equal_names_have_ids_of_their_own() {
    let templates = templates();
    let mut graph = Graph::default();
    for (place, name) in ["a-b", "a_b", "a.b", "a_b__1", "a_b__2"].into_iter().enumerate() {
        graph.services.push(Service { id: format!("service:{place}"), ..service(name, "service") });
    }
    let text = mermaid::system(&graph, &templates).unwrap();
    let ids: std::collections::BTreeSet<&str> =
        text.lines().skip(2).take(5).map(|line| line.split('[').next().unwrap()).collect();
    assert_eq!(ids.len(), 5, "{text}");
    assert!(text.contains("service_a_b[\"a-b\"]"), "{text}");
}

proptest::proptest! {
    #[test]
    fn any_text_and_any_place_can_be_shown(
        source in "(\\PC|[\r\n\t\u{0}\u{1b}é🛒]){0,60}",
        numbers in proptest::collection::vec((0u32..7, 0u32..30, 0u32..7, 0u32..30), 1..4),
    ) {
        let mut spans = numbers.iter().map(|(line, column, end_line, end_column)| {
            Span::new("a.rs", (*line, *column), (*end_line, *end_column))
        });
        let mut shown = finding("a/b", Severity::Error, "e", &source, spans.next());
        shown.related = spans.map(|span| Related { span, message: source.clone() }).collect();
        let settled = Settled { findings: vec![shown], ..Settled::default() };
        let text = text::review(&settled, &|_| Some(source.as_str().into()), Color::Plain);
        proptest::prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}

#[test]
fn terminals_and_pipelines_are_not_steered() {
    let validator = jsonschema::validator_for(&official()).unwrap();
    for name in NAMES {
        let mut bad = finding(name, Severity::Error, name, &format!("{name} waits"), Some(Span::line(*name, 1)));
        bad.formula = Some((*name).to_owned());
        let settled = Settled { findings: vec![bad], ..Settled::default() };
        let text = text::review(&settled, &|_| Some((*name).into()), Color::Plain) + &graph::text(&hostile(name));
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{name:?}\n{text}");
        let annotations = github::annotations(&settled);
        assert_eq!(annotations.lines().count(), 1, "{annotations}");
        let markdown = markdown::review(&settled, &hostile(name), &templates()).unwrap();
        // Between backticks it is text.
        let outside: String = markdown.split('`').step_by(2).collect();
        assert!(!outside.contains("<script") && !outside.contains("<br"), "{markdown}");
        let rules = rules();
        let about = sarif::About { version: "0.1.0", category: name, settings_file: "loadpath.yaml" };
        let log = serde_json::to_value(sarif::log(&settled, &rules, about)).unwrap();
        if let Err(error) = validator.validate(&log) {
            panic!("{name:?}: {error}");
        }
    }
}

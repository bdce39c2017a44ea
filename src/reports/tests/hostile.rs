//! Names that try to be more than names.

use super::diagrams::{parsed, request, templates};
use super::review::official;
use super::{edge, finding, node, rules, service};
use crate::findings::{Settled, Severity};
use crate::graph::{End, Graph, Service};
use crate::reports::text::{self, Color};
use crate::reports::{dot, github, graph, markdown, mermaid, sarif, view};
use crate::span::Span;

const NAMES: &[&str] = &[
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
];

fn hostile(name: &str) -> Graph {
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

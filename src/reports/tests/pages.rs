//! Pages of systems that are large, and of systems whose names are hostile.

use super::hostile::{NAMES, hostile};
use super::{edge, service};
use crate::analysis::Model;
use crate::config::Config;
use crate::facts::Facts;
use crate::findings::Settled;
use crate::graph::{End, Graph, Service};
use crate::reports::docs::{Block, Decision, Page, Site, Subject, markdown, pages, site};
use crate::reports::{Templates, view};

fn site_of(graph: &Graph) -> Site {
    let (facts, config, settled) = (Facts::default(), Config::default(), Settled::default());
    let model = Model::new(&facts, graph, &config, None);
    let decision = Decision { title: graph.system.clone(), file: "docs/adr/1.md".to_owned(), ..Decision::default() };
    pages(&Subject { model: &model, settled: &settled, decisions: &[decision], text: &|_| None })
}

/// Sixty services in three folders: each calls the next of its folder, and the first of each the first of the next folder.
fn large() -> Graph {
    let of = |id: usize| {
        let context = ["billing", "catalog", "orders"][id / 20];
        let name = format!("{context}-{:02}", id % 20);
        Service { path: format!("services/{context}/{name}"), ..service(&name, "service") }
    };
    let mut edges = Vec::new();
    for id in 0..60_usize {
        if id % 20 < 19 {
            edges.push(edge(id, End::Service(id + 1), "grpc", &["Get"]));
        } else if id < 59 {
            edges.push(edge(id - 19, End::Service(id + 1), "grpc", &["Get"]));
        }
    }
    Graph { system: "large".to_owned(), services: (0..60).map(of).collect(), edges, ..Graph::default() }
}

fn views(page: &Page) -> Vec<&view::View> {
    page.blocks
        .iter()
        .filter_map(|block| match block {
            Block::Diagram { view, .. } => Some(view),
            _ => None,
        })
        .collect()
}

#[test]
fn a_large_system_is_shown_context_by_context() {
    let site = site_of(&large());
    let shown = views(&site.pages[0]);
    let labels: Vec<&[String]> = shown[0].nodes.iter().map(|node| node.label.as_slice()).collect();
    assert_eq!(labels.len(), 3, "{labels:?}");
    assert_eq!(labels[0], ["services/billing", "20 services"]);
    assert_eq!(shown[0].edges.len(), 2);
    assert_eq!(shown.len(), 4, "the whole, and each context");
    // The second context, with its neighbours before and behind it as one box each.
    let (own, around): (Vec<_>, Vec<_>) = shown[2].nodes.iter().partition(|node| node.group.is_some());
    assert_eq!((own.len(), around.len()), (20, 2));
    assert_eq!(shown[2].edges.len(), 19 + 2);
}

#[test]
fn a_small_system_is_shown_at_once() {
    let mut small = large();
    small.services.truncate(30);
    small.edges.retain(|edge| edge.from < 30 && edge.to < End::Service(30));
    let site = site_of(&small);
    let shown = views(&site.pages[0]);
    assert_eq!(shown.iter().map(|view| view.title.as_str()).collect::<Vec<_>>(), ["Services of large"]);
    small.edges.clear();
    assert_eq!(views(&site_of(&small).pages[0]).len(), 0, "what has no arrows says nothing");
    assert!(view::services(&small).nodes.iter().all(|node| node.group.is_some()), "contexts are frames");
}

#[test]
fn a_table_keeps_its_columns_and_a_page_its_markup_whatever_the_names() {
    let templates = Templates::new(&[]).unwrap();
    for name in NAMES {
        let site = site_of(&hostile(name));
        for file in markdown::files(&site, Some(2), &templates, &|_| None).unwrap() {
            let mut columns = None;
            // Diagrams have their own test; words between backticks are text.
            for line in file.text.split("```").step_by(2).flat_map(str::lines) {
                let bars = line.replace("\\|", "").matches('|').count();
                assert!(!line.starts_with('|') || *columns.get_or_insert(bars) == bars, "{name:?}: {line}");
                columns = columns.filter(|_| line.starts_with('|'));
                let outside: String = line.split('`').step_by(2).collect();
                assert!(!outside.contains("<script") && !outside.contains("<br"), "{name:?}: {line}");
            }
        }
        let page = site::file(&site, &|_| None).text;
        assert_eq!(page.matches("<script>").count(), 1, "{name:?}");
        assert_eq!(page.matches("<article ").count(), site.pages.len(), "{name:?}");
        let asked = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!asked.contains(" src=") && !asked.contains("://"), "{name:?}");
    }
}

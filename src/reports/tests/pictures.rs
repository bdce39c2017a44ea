//! Pictures and pages: they are read by a parser of XML, hold what they show in words, and ask nobody for anything.

use super::hostile::{NAMES, hostile};
use super::{edge, service, shop};
use crate::graph::{End, Graph};
use crate::reports::{html, svg, view};

/// The elements of a picture that carry a class.
fn count(document: &roxmltree::Document<'_>, class: &str) -> usize {
    let has = |of: &roxmltree::Node<'_, '_>| {
        of.attribute("class").is_some_and(|names| names.split(' ').any(|name| name == class))
    };
    document.descendants().filter(has).count()
}

#[test]
fn the_shop() {
    let text = svg::document(view::system(&shop()));
    roxmltree::Document::parse(&text).unwrap();
    // The style is the same for all.
    let (head, drawn) = (text.split("<style>").next().unwrap(), text.split("</style>").nth(1).unwrap());
    insta::assert_snapshot!(format!("{head}{drawn}"));
}

#[test]
fn a_picture_holds_every_box_and_arrow_whatever_the_names() {
    for name in NAMES {
        let graph = hostile(name);
        for of in [view::system(&graph), view::data(&graph), view::topics(&graph), view::deployment(&graph)] {
            let (boxes, arrows) = (of.nodes.len(), of.edges.len());
            let text = svg::document(of);
            let document =
                roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{name:?}: {error}\n{text}"));
            assert_eq!(count(&document, "box"), boxes, "{name:?}");
            assert_eq!(count(&document, "arrow"), arrows, "{name:?}");
            assert!(
                document.descendants().all(|of| !matches!(of.tag_name().name(), "script" | "image" | "foreignObject"))
            );
        }
    }
}

#[test]
fn arrows_between_the_same_boxes_are_one_with_the_words_of_all() {
    let mut graph = shop();
    let mut twin = graph.edges[0].clone();
    twin.kind = "http".to_owned();
    graph.edges.push(twin);
    let arrows = |graph: &Graph| {
        let text = svg::document(view::system(graph));
        count(&roxmltree::Document::parse(&text).unwrap(), "arrow")
    };
    assert_eq!(arrows(&graph), arrows(&shop()));
    assert!(svg::document(view::system(&graph)).contains("&#10;http"));
}

#[test]
fn a_system_too_large_to_draw_says_what_is_left_out() {
    let services = (0..900).map(|of| service(&format!("s{of}"), "service")).collect();
    let edges = (1..900).map(|of| edge(of, End::Service(of / 2), "grpc", &[])).collect();
    let text = svg::document(view::system(&Graph { services, edges, ..Graph::default() }));
    let document = roxmltree::Document::parse(&text).unwrap();
    assert!(count(&document, "box") <= 400);
    assert!(text.contains("are left out") || text.contains("drawn as one"), "{}", &text[..2_000]);
}

#[test]
fn a_page_holds_all_that_it_needs() {
    for name in NAMES {
        let page = html::diagram(view::topics(&hostile(name)));
        assert_eq!(page.matches("<script>").count(), 1, "{name:?}");
        assert_eq!(page.matches("</script>").count(), 1, "{name:?}");
        for asks in [" src=", "@import", "url(", "<link", "fetch(", "http://", "https://"] {
            let asked = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!asked.contains(asks), "{name:?} {asks}");
        }
    }
}

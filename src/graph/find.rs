//! A name that a person types, to the entry points that it can mean: the whole id, `Service.Method`, `GET /route`, a path
//! that fits a route, or the end of any of them.

use std::collections::BTreeSet;

use super::model::{End, EntryId, EntryPoint, Graph};
use crate::config::suggest;

/// Words in front of an id that say of which kind it is; `path` is what rules call one request.
const KINDS: [&str; 6] = ["rpc", "endpoint", "consumer", "task", "startup", "path"];

/// The entry points that a name can mean: those that fit it best; none where nothing fits.
#[must_use]
pub fn entries(graph: &Graph, name: &str) -> Vec<EntryId> {
    let (kind, name) = match name.trim().split_once(':') {
        Some((kind, rest)) if KINDS.contains(&kind) => (Some(kind), rest),
        _ => (None, name.trim()),
    };
    let asked = Asked { name, segments: segments(name), lower: segments(&name.to_lowercase()) };
    let of_kind = |entry: &EntryPoint| kind.is_none_or(|kind| kind == "path" || kind == entry.kind);
    for fits in FITS {
        let found: Vec<EntryId> = (0..graph.entries.len())
            .filter(|id| of_kind(&graph.entries[*id]) && fits(graph, &graph.entries[*id], &asked))
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Names of entry points that are spelt nearly like one that does not fit, the nearest first; else those that hold it.
#[must_use]
pub fn near(graph: &Graph, name: &str, most: usize) -> Vec<String> {
    let wanted = name.to_lowercase();
    let mut all: BTreeSet<(usize, String)> = BTreeSet::new();
    for entry in graph.entries.iter().filter(|entry| entry.kind != "startup") {
        let short = short(entry);
        let end = short.rsplit(['.', '/', ' ']).next().unwrap_or(&short);
        let forms = [entry.id.as_str(), entry.name.as_str(), short.as_str(), end];
        let nearest = forms.iter().filter_map(|form| suggest::distance(&wanted, &form.to_lowercase())).min();
        all.extend(nearest.map(|distance| (distance, short)));
    }
    if all.is_empty() && wanted.chars().count() > 2 {
        let named = graph.entries.iter().filter(|entry| entry.id.to_lowercase().contains(&wanted));
        all.extend(named.filter(|entry| entry.kind != "startup").map(|entry| (0, short(entry))));
    }
    let mut names: Vec<String> = Vec::new();
    for (_, name) in all {
        if names.len() < most && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The services, datastores, topics and externals that a name can mean: those of an id or a name, else all nodes of a
/// technology; none where nothing fits.
#[must_use]
pub fn ends(graph: &Graph, name: &str) -> Vec<End> {
    let services = (0..graph.services.len()).map(End::Service);
    let all: Vec<End> = services.chain((0..graph.nodes.len()).map(End::Node)).collect();
    // A datastore whose name is made up of its technology and its service does not go by the name of the service.
    let is_named = |end: &End| match end {
        End::Service(_) => true,
        End::Node(id) => graph.nodes[*id].name_known,
    };
    let fits: [&dyn Fn(&End) -> bool; 4] = [
        &|end| graph.id_of(*end) == name,
        &|end| (is_named(end) && graph.name_of(*end) == name) || graph.called(*end) == name,
        &|end| matches!(end, End::Node(id) if graph.nodes[*id].technology == name),
        &|end| graph.name_of(*end).eq_ignore_ascii_case(name) || graph.called(*end).eq_ignore_ascii_case(name),
    ];
    let mut found = fits.iter().map(|fits| all.iter().copied().filter(|end| fits(end)).collect::<Vec<End>>());
    found.find(|found| !found.is_empty()).unwrap_or_default()
}

/// What a name of a node or service that does not fit was most likely meant to be.
#[must_use]
pub fn end_advice(graph: &Graph, name: &str) -> String {
    let mut names: BTreeSet<&str> = graph.services.iter().map(|service| service.name.as_str()).collect();
    for node in &graph.nodes {
        names.extend([node.name.as_str(), node.technology.as_str()].into_iter().filter(|name| !name.is_empty()));
    }
    names.extend((0..graph.nodes.len()).map(|id| graph.called(End::Node(id))));
    suggest::advice(name, names)
}

/// What a name of a service that does not fit was most likely meant to be.
#[must_use]
pub fn service_advice(graph: &Graph, name: &str) -> String {
    suggest::advice(name, graph.services.iter().map(|service| service.name.as_str()))
}

/// How a person calls an entry point: `CartService.AddItem`, `GET /cart`.
#[must_use]
pub fn short(entry: &EntryPoint) -> String {
    match (entry.kind.as_str(), entry.name.rsplit_once('/')) {
        ("rpc", Some((contract, method))) => {
            format!("{}.{method}", contract.rsplit('.').next().unwrap_or(contract))
        }
        _ => entry.name.clone(),
    }
}

/// What is asked for, in the forms that are compared.
struct Asked<'a> {
    name: &'a str,
    segments: Vec<String>,
    lower: Vec<String>,
}

type Fits = fn(&Graph, &EntryPoint, &Asked<'_>) -> bool;

/// From the strictest way in which a name can fit to the loosest: the first that fits anything decides.
const FITS: [Fits; 6] = [
    |_, entry, asked| entry.id == asked.name || entry.name == asked.name,
    |graph, entry, asked| entry.kind != "startup" && graph.services[entry.service].name == asked.name,
    |_, entry, asked| ends_with(&segments(&entry.id), &asked.segments, |a, b| a == b),
    |_, entry, asked| ends_with(&segments(&entry.id.to_lowercase()), &asked.lower, |a, b| a == b),
    |_, entry, asked| {
        let route = segments(&entry.name);
        entry.kind == "endpoint"
            // A path from its beginning: `/cart/7` is no `/v1/cart/{id}`.
            && [route.len(), route.len().saturating_sub(1)].contains(&asked.segments.len())
            && ends_with(&route, &asked.segments, |of, given| of == given || is_open(of))
    },
    |_, entry, asked| entry.kind == "endpoint" && asked.name == "/" && entry.name.ends_with(" /"),
];

/// The words of a name, whatever stands between them.
fn segments(name: &str) -> Vec<String> {
    name.replace("::", "/").split(['/', '.', ' ']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Whether all words that are asked for stand at the end.
fn ends_with(all: &[String], asked: &[String], same: impl Fn(&str, &str) -> bool) -> bool {
    let start = all.len().checked_sub(asked.len()).filter(|_| !asked.is_empty());
    start.is_some_and(|start| all[start..].iter().zip(asked).all(|(of, given)| same(of, given)))
}

/// Whether a word of a route stands for any text.
fn is_open(word: &str) -> bool {
    word.starts_with(['{', ':', '*', '<'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Service;
    use crate::span::Span;

    fn graph() -> Graph {
        let mut graph = Graph::default();
        for name in ["cart", "price"] {
            graph.services.push(Service { name: name.into(), ..Service::default() });
        }
        let all = [
            (0, "rpc", "shop.cart.v1.CartService/AddItem"),
            (1, "rpc", "shop.price.v1.PriceService/Quote"),
            (0, "endpoint", "GET /cart/{id}"),
            (0, "endpoint", "GET /v1/cart/{id}"),
            (1, "endpoint", "GET /"),
            (0, "startup", "main"),
            (1, "rpc", "shop.cart.v1.CartService/AddItem"),
        ];
        for (service, kind, name) in all {
            graph.entries.push(EntryPoint {
                id: format!("{}/{name}", graph.services[service].name),
                service,
                kind: kind.into(),
                name: name.into(),
                contract: None,
                function: 0,
                streams: false,
                at: Span::line("main.rs", 1),
            });
        }
        graph
    }

    #[test]
    fn a_name_fits_by_its_end_and_a_path_by_its_route() {
        let graph = graph();
        for (name, expected) in [
            ("PriceService.Quote", &[1][..]),
            ("quote", &[1]),
            ("price shop.price.v1.PriceService/Quote", &[1]),
            ("cart/shop.cart.v1.CartService/AddItem", &[0]),
            ("CartService.AddItem", &[0, 6]),
            ("cart/CartService.AddItem", &[]),
            ("GET /cart/{id}", &[2]),
            ("/cart/{id}", &[2, 3]),
            ("/cart/7", &[2]),
            ("GET /cart/7", &[2]),
            ("/v1/cart/7", &[3]),
            ("/", &[4]),
            ("GET /", &[4]),
            ("cart", &[0, 2, 3]),
            ("endpoint:cart", &[2, 3]),
            ("startup:cart/main", &[5]),
            ("path:cart/main", &[5]),
            ("Item", &[]),
            ("", &[]),
        ] {
            assert_eq!(entries(&graph, name), expected, "{name}");
        }
    }

    #[test]
    fn near_names_are_offered() {
        let graph = graph();
        assert_eq!(near(&graph, "PriceService.Qoute", 3), ["PriceService.Quote"]);
        assert_eq!(near(&graph, "AdItem", 3), ["CartService.AddItem"]);
        assert_eq!(near(&graph, "GET /crat/{id}", 3), ["GET /cart/{id}", "GET /v1/cart/{id}"]);
        assert_eq!(near(&graph, "ervice", 3), ["CartService.AddItem", "PriceService.Quote"]);
        assert_eq!(near(&graph, "something else altogether", 3), Vec::<String>::new());
    }
}

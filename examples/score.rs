//! Scores the graph of a checkout against a truth file: `cargo run --example score -- TRUTH CHECKOUT [-v]`.
//!
//! Precision and recall per kind, by the counting rules of `tests/truth/README.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use loadpath::config::Config;
use loadpath::graph::{Confidence, Graph};
use loadpath::{review, sources};
use serde::Deserialize;

#[derive(Deserialize)]
struct Truth {
    services: Vec<Service>,
    #[serde(default)]
    serves: Vec<Serves>,
    #[serde(default)]
    calls: Vec<Call>,
    #[serde(default)]
    datastores: Vec<Datastore>,
    #[serde(default)]
    topics: Vec<Topic>,
}

#[derive(Deserialize)]
struct Service {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Deserialize)]
struct Serves {
    service: String,
    contract: String,
}

#[derive(Deserialize)]
struct Call {
    from: String,
    to: String,
    kind: String,
    contract: Option<String>,
    method: Option<String>,
}

#[derive(Deserialize)]
struct Datastore {
    service: String,
    technology: String,
    kind: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Topic {
    service: String,
    direction: String,
    technology: String,
    topic: Option<String>,
}

type Tuple = Vec<String>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [truth, checkout, rest @ ..] = arguments.as_slice() else {
        return Err("usage: score TRUTH CHECKOUT [-v] [--helm]".into());
    };
    let truth: Truth = serde_yaml::from_str(&std::fs::read_to_string(truth)?)?;
    let mut sources = sources::walk(std::path::Path::new(checkout))?;
    if rest.iter().any(|flag| flag == "--helm") {
        let charts = sources::helm::charts(&sources);
        sources.rendered = sources::helm::render(&sources, &charts, std::path::Path::new("helm"));
    }
    let facts = review::facts("checkout", &sources, &loadpath::cache::Cache::default());
    let graph = review::graph(&facts, &Config::default());
    let verbose = rest.iter().any(|flag| flag == "-v");
    println!("{:<12} {:>6} {:>6} {:>6} {:>10} {:>8}", "kind", "truth", "found", "right", "precision", "recall");
    let aliases = aliases(&truth);
    for (kind, wanted, found) in tuples(&truth, &graph, &aliases) {
        report(kind, &wanted, &found, verbose);
    }
    Ok(())
}

/// A method or path whose holes have names, as the tool writes it: `/jobs/{id}` is `/jobs/*`.
fn without_names(method: &str) -> String {
    let mut out = String::new();
    let mut rest = method;
    while let Some((before, (_, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        out.push_str(before);
        out.push('*');
        rest = after;
    }
    out + rest
}

/// Each known name of a service to its own.
fn aliases(truth: &Truth) -> BTreeMap<String, String> {
    let mut aliases = BTreeMap::new();
    for service in &truth.services {
        aliases.insert(service.name.clone(), service.name.clone());
        for alias in &service.aliases {
            aliases.insert(alias.clone(), service.name.clone());
        }
    }
    aliases
}

fn tuples(
    truth: &Truth,
    graph: &Graph,
    aliases: &BTreeMap<String, String>,
) -> Vec<(&'static str, Vec<Tuple>, Vec<Tuple>)> {
    let own = |name: &str| aliases.get(name).cloned().unwrap_or_else(|| name.to_owned());
    let name = |id: usize| own(&graph.services[id].name);
    let open = |name: &Option<String>| name.as_deref().map_or_else(|| "*".to_owned(), without_names);
    let mut all = Vec::new();
    all.push((
        "services",
        truth.services.iter().map(|of| vec![of.name.clone()]).collect(),
        (0..graph.services.len()).map(|id| vec![name(id)]).collect(),
    ));
    all.push((
        "serves",
        truth.serves.iter().map(|of| vec![own(&of.service), of.contract.clone()]).collect(),
        (0..graph.services.len())
            .flat_map(|id| graph.services[id].serves.iter().map(move |contract| (id, contract)))
            .map(|(id, contract)| vec![name(id), contract.clone()])
            .collect(),
    ));
    for kind in ["grpc", "http"] {
        let wanted = truth
            .calls
            .iter()
            .filter(|of| of.kind == kind)
            .map(|of| {
                let to = if of.to.starts_with("external") { "external".to_owned() } else { own(&of.to) };
                vec![own(&of.from), to, open(&of.contract), open(&of.method)]
            })
            .collect();
        let mut found: Vec<Tuple> = Vec::new();
        for edge in graph.edges.iter().filter(|edge| edge.kind == kind && edge.confidence != Confidence::Declared) {
            let to = match edge.to {
                loadpath::graph::End::Service(id) => name(id),
                loadpath::graph::End::Node(_) => "external".to_owned(),
            };
            // A WebSocket handshake is no request: see the counting rules.
            for method in edge.methods.iter().filter(|method| !method.starts_with("WS")) {
                found.push(vec![name(edge.from), to.clone(), open(&edge.contract), method.clone()]);
            }
        }
        all.push((kind, wanted, found));
    }
    let node = |edge: &loadpath::graph::Edge| match edge.to {
        loadpath::graph::End::Node(id) => graph.nodes[id].clone(),
        loadpath::graph::End::Service(_) => loadpath::graph::Node::default(),
    };
    let shown = |node: &loadpath::graph::Node| if node.name_known { node.name.clone() } else { "*".to_owned() };
    all.push((
        "datastores",
        truth
            .datastores
            .iter()
            .map(|of| vec![own(&of.service), of.kind.clone(), of.technology.clone(), open(&of.name)])
            .collect(),
        graph
            .edges
            .iter()
            .filter(|edge| node(edge).kind == "datastore")
            .map(|edge| vec![name(edge.from), edge.kind.clone(), node(edge).technology, shown(&node(edge))])
            .collect(),
    ));
    let direction = |kind: &str| if matches!(kind, "produce" | "publish") { "produce" } else { "consume" };
    all.push((
        "topics",
        truth
            .topics
            .iter()
            .map(|of| {
                vec![own(&of.service), direction(&of.direction).to_owned(), of.technology.clone(), open(&of.topic)]
            })
            .collect(),
        graph
            .edges
            .iter()
            .filter(|edge| node(edge).kind == "topic")
            .map(|edge| {
                vec![name(edge.from), direction(&edge.kind).to_owned(), node(edge).technology, shown(&node(edge))]
            })
            .collect(),
    ));
    all
}

/// Whether two tuples are one: a `*` matches anything.
fn matches(a: &Tuple, b: &Tuple) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || a == "*" || b == "*")
}

fn report(kind: &str, wanted: &[Tuple], found: &[Tuple], verbose: bool) {
    let wanted: BTreeSet<&Tuple> = wanted.iter().collect();
    let found: BTreeSet<&Tuple> = found.iter().collect();
    let right = found.iter().filter(|tuple| wanted.iter().any(|known| matches(known, tuple))).count();
    let recalled = wanted.iter().filter(|tuple| found.iter().any(|known| matches(known, tuple))).count();
    #[allow(clippy::cast_precision_loss, reason = "counts are small")]
    let share = |part: usize, whole: usize| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
    println!(
        "{kind:<12} {:>6} {:>6} {right:>6} {:>10.3} {:>8.3}",
        wanted.len(),
        found.len(),
        share(right, found.len()),
        share(recalled, wanted.len())
    );
    if verbose {
        for tuple in wanted.iter().filter(|tuple| !found.iter().any(|known| matches(known, tuple))) {
            println!("    missing {}", tuple.join(" | "));
        }
        for tuple in found.iter().filter(|tuple| !wanted.iter().any(|known| matches(known, tuple))) {
            println!("    wrong   {}", tuple.join(" | "));
        }
    }
}

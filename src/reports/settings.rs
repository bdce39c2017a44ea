//! A first `loadpath.yaml`: what was found is stated, what no source tells is asked for in lines to be uncommented.
//!
//! A line of settings is commented out as `#key`, a remark is `# Words`: taking the `#` away from all of the former gives
//! settings that are valid too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::text::printable;
use crate::findings::Unknown;
use crate::graph::{EntryPoint, Graph, Node};

/// Lines of one section, at most: a section is to be read.
const MOST: usize = 24;

/// What the settings are inferred from.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// The names of the environments.
    pub environments: &'a [String],
    /// The folders of charts that are not rendered.
    pub charts: &'a [String],
    /// What rules could not decide.
    pub unknown: &'a [Unknown],
}

/// The settings as text.
#[must_use]
pub fn text(found: Found<'_>) -> String {
    let mut out = String::from(
        "# Settings of Loadpath. What the sources tell is inferred and need not stand here; a line that begins with `#` and\n\
         # a key is a suggestion: take the `#` away and put your own figures in.\n\n",
    );
    // Writing to a string does not fail; so for all below.
    let _ = writeln!(out, "# The name of the system.\nname: {}\n", word(&found.graph.system));
    out.push_str("# `strict` adds rules that are less often right.\nprofile: recommended\n\n");
    out.push_str("# Globs of paths that are not read.\n#exclude: [ \"attic/**\" ]\n");
    environment(&mut out, found);
    helm(&mut out, found.charts);
    services(&mut out, found.graph);
    owners(&mut out, found.graph);
    promises(&mut out, found.graph);
    capacities(&mut out, found.graph);
    externals(&mut out, found.graph);
    mappings(&mut out, found);
    out
}

fn environment(out: &mut String, found: Found<'_>) {
    if found.graph.environment.is_empty() {
        return;
    }
    let others = found.environments.iter().filter(|name| **name != found.graph.environment);
    let others: Vec<String> = others.map(|name| plain(name)).collect();
    let there = if others.is_empty() { String::new() } else { format!(" There are also: {}.", shown(&others)) };
    let _ = writeln!(out, "\n# The environment whose manifests decide values.{there}");
    let _ = writeln!(out, "environment:\n  primary: {}", word(&found.graph.environment));
}

fn helm(out: &mut String, charts: &[String]) {
    let lines = charts.iter().map(|path| {
        let path = if path.is_empty() { "." } else { path };
        format!("  - {{ path: {}, values: [] }}", word(path))
    });
    let about = "Charts, to be rendered by the program `helm` when it may run, each with its values files in order.";
    section(out, about, &["helm:", "  allow: true", "  charts:"], lines.map(|line| format!("  {line}")).collect());
}

fn services(out: &mut String, graph: &Graph) {
    let names: Vec<String> = graph
        .services
        .iter()
        .map(|service| {
            let language = service.language.as_deref().map(|of| format!(" ({})", plain(of))).unwrap_or_default();
            format!("{}{language}", plain(&service.name))
        })
        .collect();
    if names.is_empty() {
        out.push_str("\n# No service was found: name what is deployed.\n#services:\n#  cart: { path: services/cart, binary: cart }\n");
        return;
    }
    let about = format!(
        "Found as deployable: {}. What is missing or wrong can be said here: path, binary, workload, images, language.",
        shown(&names)
    );
    wrapped(out, &about);
    let example = graph.services.first().map_or("cart", |service| &service.name);
    let _ = writeln!(out, "#services:\n#  {}: {{ workload: Deployment/NAMESPACE/NAME }}", word(example));
}

/// Stores that one service writes: it is the owner unless someone says otherwise.
fn owners(out: &mut String, graph: &Graph) {
    let mut users: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for edge in &graph.edges {
        if let crate::graph::End::Node(node) = edge.to
            && edge.kind != "consume"
            && edge.kind != "subscribe"
            && graph.nodes[node].kind != "external"
        {
            users.entry(node).or_default().insert(edge.from);
        }
    }
    let lines = users.into_iter().filter(|(node, _)| graph.nodes[*node].name_known).map(|(node, users)| {
        let names: Vec<String> = users.iter().map(|id| plain(&graph.services[*id].name)).collect();
        let first = users.first().map_or("", |id| graph.services[*id].name.as_str());
        let also = if names.len() > 1 { format!("  # used by {}", shown(&names)) } else { String::new() };
        format!("    {}: {}{also}", word(called(&graph.nodes[node])), word(first))
    });
    let about = "Who owns a datastore or topic: only the owner should reach its data directly.";
    section(out, about, &["boundaries:", "  owners:"], lines.collect());
}

fn promises(out: &mut String, graph: &Graph) {
    let served: Vec<&EntryPoint> =
        graph.entries.iter().filter(|entry| matches!(entry.kind.as_str(), "rpc" | "endpoint")).collect();
    let services: BTreeSet<&str> = served.iter().map(|entry| graph.services[entry.service].name.as_str()).collect();
    let lines = services.into_iter().map(|name| format!("  {}: {{ availability: 0.999, p95_ms: 300 }}", word(name)));
    let about = "What is promised, by service or entry point: the share of requests that succeed, and their latency.";
    section(out, about, &["slo:"], lines.collect());
    let ids: BTreeSet<&str> = served.iter().map(|entry| entry.id.as_str()).collect();
    let lines = ids.into_iter().map(|id| format!("  {}: {{ rps: 10, peak_rps: 50 }}", word(id)));
    section(out, "Requests per second, by service or entry point.", &["load:"], lines.collect());
}

fn capacities(out: &mut String, graph: &Graph) {
    let of_kind = |kind: &'static str| graph.nodes.iter().filter(move |node| node.kind == kind && node.name_known);
    let sql = |node: &&Node| matches!(node.technology.as_str(), "postgres" | "mysql");
    let stores = of_kind("datastore").filter(sql);
    let lines = stores.map(|node| format!("    {}: {{ max_connections: 100 }}", word(called(node))));
    let about = "What shared things can take: no manifest tells the connections of a managed database.";
    section(out, about, &["capacities:", "  datastores:"], lines.collect());
    let lines = of_kind("topic").map(|node| format!("    {}: {{ partitions: 12 }}", word(called(node))));
    let lines: Vec<String> = lines.collect();
    let has_stores = of_kind("datastore").any(|node| sql(&node));
    let keys: &[&str] = if has_stores { &["  topics:"] } else { &["capacities:", "  topics:"] };
    if has_stores && !lines.is_empty() {
        // The same section goes on.
        commented(out, keys);
        list(out, lines);
    } else {
        section(out, "What shared things can take.", keys, lines);
    }
}

fn externals(out: &mut String, graph: &Graph) {
    let externals = graph.nodes.iter().filter(|node| node.kind == "external");
    let lines = externals.map(|node| {
        let name = word(&node.name);
        format!("  {name}: {{ hosts: [ {name} ], availability: 0.999 }}")
    });
    let about =
        "Systems that are not ours, by the name that they shall have: hosts, and topics that they write or read.";
    let topics = half_used(graph);
    let lines: Vec<String> = lines.chain(topics).collect();
    section(out, about, &["externals:"], lines);
}

/// Topics that only one side of is found: somebody outside may be the other.
fn half_used(graph: &Graph) -> Vec<String> {
    let topics = graph.nodes.iter().enumerate().filter(|(_, node)| node.kind == "topic" && node.name_known);
    let lines = topics.filter_map(|(id, node)| {
        let kinds = graph.into_end(crate::graph::End::Node(id)).map(|(_, edge)| edge.kind.as_str());
        let kinds: BTreeSet<&str> = kinds.collect();
        let written = kinds.contains("produce") || kinds.contains("publish") || !node.produced_by.is_empty();
        let read = kinds.contains("consume") || kinds.contains("subscribe") || !node.consumed_by.is_empty();
        match (written, read) {
            (true, false) => Some(("reader", "consumes")),
            (false, true) => Some(("writer", "produces")),
            _ => None,
        }
        .map(|(role, does)| {
            let system = word(&format!("{role}-of-{}", node.name));
            format!("  {system}: {{ {does}: [ {} ] }}", word(&node.name))
        })
    });
    lines.collect()
}

fn mappings(out: &mut String, found: Found<'_>) {
    let mut open: BTreeSet<String> = BTreeSet::new();
    for call in &found.graph.unresolved {
        let service = call.service.as_deref().map(|name| format!(" of {name}")).unwrap_or_default();
        open.insert(format!("{}:{}: {}{service}: {}", call.at.file, call.at.line, call.what, call.why));
    }
    let heading = "Values of variables, services behind hosts and servers of contracts, where no source tells them.";
    wrapped(out, heading);
    out.push_str("#mappings:\n#  variables: { NAME: value }\n#  hosts: { \"name.internal\": service }\n");
    if !open.is_empty() {
        out.push_str("# Calls whose target is not known:\n");
        remarks(out, &open);
    }
    let unknown: BTreeSet<String> = found
        .unknown
        .iter()
        .filter(|of| !of.supply.is_empty())
        .map(|of| format!("{} of {}: {}", of.missing.join(", "), of.entity, of.supply))
        .collect();
    if !unknown.is_empty() {
        out.push_str("\n# What rules could not decide, and what would tell:\n");
        remarks(out, &unknown);
    }
}

fn remarks(out: &mut String, all: &BTreeSet<String>) {
    for remark in all.iter().take(MOST) {
        let _ = writeln!(out, "# - {}", plain(remark));
    }
    if all.len() > MOST {
        let _ = writeln!(out, "# - and {} more", all.len() - MOST);
    }
}

/// Lines to be uncommented below their keys; nothing where there are none.
fn section(out: &mut String, about: &str, keys: &[&str], lines: Vec<String>) {
    if lines.is_empty() {
        return;
    }
    wrapped(out, about);
    commented(out, keys);
    list(out, lines);
}

fn commented(out: &mut String, keys: &[&str]) {
    for key in keys {
        let _ = writeln!(out, "#{key}");
    }
}

fn list(out: &mut String, lines: Vec<String>) {
    let rest = lines.len().saturating_sub(MOST);
    for line in lines.into_iter().take(MOST) {
        let _ = writeln!(out, "#{line}");
    }
    if rest > 0 {
        let _ = writeln!(out, "# And {rest} more.");
    }
}

/// A remark, after an empty line.
fn wrapped(out: &mut String, text: &str) {
    out.push_str("\n#");
    let mut at = 1;
    for word in text.split(' ') {
        let length = word.chars().count();
        if at > 1 && at + 1 + length > 110 {
            out.push_str("\n#");
            at = 1;
        }
        out.push(' ');
        out.push_str(word);
        at += 1 + length;
    }
    out.push('\n');
}

fn shown(names: &[String]) -> String {
    let mut shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        let _ = write!(shown, " and {} more", names.len() - MOST);
    }
    shown
}

/// What settings call a node: its id without its kind.
fn called(node: &Node) -> &str {
    node.id.split_once(':').map_or(&node.id, |(_, name)| name)
}

/// A name as YAML: as it is where nothing in it means something, else in quotes.
fn word(name: &str) -> String {
    let name = plain(name);
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let means = ["true", "false", "null", "yes", "no", "on", "off"].contains(&name.to_lowercase().as_str());
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(safe) && !means {
        return name;
    }
    // A JSON text is one of YAML.
    serde_json::to_string(&name).unwrap_or_default()
}

/// In one line, whatever the name holds.
fn plain(text: &str) -> String {
    printable(text).replace(['\n', '\u{85}', '\u{2028}', '\u{2029}'], " ")
}

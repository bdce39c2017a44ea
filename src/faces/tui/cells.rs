//! The words of one row of a list. Called for the rows that are on the screen, and for all of them while a filter is typed.

use super::book::Book;
use super::state::{Fold, Item, State};
use super::text::{Part, Role, plain};
use super::thing::{Heading, Thing};
use super::view::View;
use crate::analysis::capacity::Stand;
use crate::graph::find::short;
use crate::graph::model::EdgeId;
use crate::graph::{Confidence, End};
use crate::span::Span;

/// How wide a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// So many columns.
    Fixed(usize),
    /// So many columns, numbers at the right.
    Number(usize),
    /// What is left, shared by weight, and how much of it is needed at least.
    Fill(usize, usize),
}

/// A column of a list.
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Its width.
    pub width: Width,
}

const fn column(title: &'static str, width: Width) -> Column {
    Column { title, width }
}

/// The columns of a list.
pub fn columns(view: View) -> &'static [Column] {
    use Width::{Fill, Fixed, Number};
    const SERVICES: &[Column] = &[
        column("service", Fill(3, 26)),
        column("findings", Fixed(12)),
        column("entry points", Number(12)),
        column("calls", Number(5)),
        column("called by", Number(9)),
        column("runs as", Fill(3, 24)),
    ];
    const SYSTEM: &[Column] = &[column("", Fill(4, 30)), column("findings", Fixed(12)), column("", Fill(2, 16))];
    const FINDINGS: &[Column] = &[column("", Fixed(10)), column("finding", Fill(1, 54)), column("where", Fixed(24))];
    const ENTRIES: &[Column] = &[
        column("entry point", Fill(5, 22)),
        column("service", Fill(2, 10)),
        column("kind", Fixed(8)),
        column("limit", Number(8)),
        column("can take", Number(10)),
        column("findings", Fixed(12)),
    ];
    const STORES: &[Column] = &[
        column("datastore", Fill(3, 16)),
        column("used by", Number(7)),
        column("demand", Number(8)),
        column("limit", Number(7)),
        column("", Fixed(8)),
        column("findings", Fixed(12)),
    ];
    const TOPICS: &[Column] = &[
        column("topic", Fill(3, 16)),
        column("written by", Fill(2, 12)),
        column("read by", Fill(2, 12)),
        column("findings", Fixed(12)),
    ];
    const WHAT_IF: &[Column] = &[column("node", Fill(1, 14)), column("now", Fixed(13)), column("kind", Fixed(9))];
    const CAPACITY: &[Column] = &[
        column("", Fixed(8)),
        column("what", Fixed(11)),
        column("of", Fill(1, 14)),
        column("demand", Number(8)),
        column("limit", Number(8)),
        column("left", Number(8)),
    ];
    const CONTRACTS: &[Column] = &[
        column("contract", Fill(3, 20)),
        column("methods", Number(7)),
        column("served by", Fill(2, 10)),
        column("called by", Number(9)),
    ];
    const PATH: &[Column] = &[column("", Fill(3, 46)), column("findings", Fixed(12)), column("where", Fill(2, 24))];
    const DECISIONS: &[Column] = &[column("", Fixed(10)), column("decision", Fill(1, 44)), column("date", Fixed(10))];
    const KNOWLEDGE: &[Column] = &[column("topic", Fill(2, 28)), column("article", Fill(3, 24))];
    const RULES: &[Column] = &[
        column("rule", Fill(2, 34)),
        column("findings", Number(8)),
        column("severity", Fixed(8)),
        column("what is wrong", Fill(3, 30)),
    ];
    match view {
        View::Services => SERVICES,
        View::System => SYSTEM,
        View::Findings => FINDINGS,
        View::Entries => ENTRIES,
        View::Datastores => STORES,
        View::Topics => TOPICS,
        View::WhatIf => WHAT_IF,
        View::Capacity => CAPACITY,
        View::Contracts => CONTRACTS,
        View::Path => PATH,
        View::Decisions => DECISIONS,
        View::Knowledge => KNOWLEDGE,
        View::Rules => RULES,
        View::Matrix | View::Focus | View::Page(_) => &[],
    }
}

/// All words of a row, for a filter.
pub fn text(state: &State, book: &Book, item: &Item) -> String {
    let mut all = String::new();
    if let Thing::Finding(index) = item.thing {
        // There are thousands of them, and each key of a filter asks all. In which group one stands does not decide
        // whether it is found.
        let finding = &book.findings[index];
        let file = finding.span.as_ref().map_or("", |at| &*at.file);
        let new = if book.is_new[index] { "new" } else { "" };
        for words in [finding.severity.name(), &finding.message, &finding.rule, &finding.entity, file, new] {
            all.push_str(words);
            all.push(' ');
        }
        return all;
    }
    for (_, text) in cells(state, book, item) {
        all.push_str(&text);
        all.push(' ');
    }
    all
}

/// The words of a row, a part for each column.
pub fn cells(state: &State, book: &Book, item: &Item) -> Vec<Part> {
    match state.place.view {
        View::Findings => finding(book, item),
        View::System => tree(book, item, Order::Depends),
        View::Path => tree(book, item, Order::Flows),
        View::Services => service(book, item),
        View::Entries => entry(state, book, item),
        View::Datastores => store(state, book, item),
        View::Topics => topic(book, item),
        View::WhatIf => what_if(state, book, item),
        View::Capacity => limit(state, item),
        View::Contracts => contract(book, item),
        View::Decisions => decision(book, item),
        View::Knowledge | View::Rules => article_or_rule(book, item),
        View::Matrix | View::Focus | View::Page(_) => Vec::new(),
    }
}

/// `2E 3W 1i`, in the part of the gravest.
pub fn counts(book: &Book, found: &[usize]) -> Part {
    let counts = book.counts(found);
    let words: Vec<String> = counts
        .iter()
        .zip(["E", "W", "i"])
        .filter(|(count, _)| **count > 0)
        .map(|(count, sign)| format!("{count}{sign}"))
        .collect();
    let role = match counts {
        [0, 0, 0] => Role::Dim,
        [0, 0, _] => Role::Info,
        [0, _, _] => Role::Warning,
        _ => Role::Error,
    };
    (role, words.join(" "))
}

fn own(text: impl AsRef<str>) -> Part {
    (Role::Plain, plain(text.as_ref()))
}

fn dim(text: impl AsRef<str>) -> Part {
    (Role::Dim, plain(text.as_ref()))
}

fn number(count: usize) -> Part {
    if count == 0 { dim("·") } else { own(count.to_string()) }
}

fn service(book: &Book, item: &Item) -> Vec<Part> {
    let Thing::End(End::Service(id)) = item.thing else { return Vec::new() };
    let service = &book.graph().services[id];
    let name = match (&service.language, service.kind.as_str()) {
        (Some(language), _) => format!("{} ({language})", service.name),
        (None, "job") => format!("{} (job)", service.name),
        _ => service.name.clone(),
    };
    vec![
        own(name),
        counts(book, &book.of_service[id]),
        number(service.entries.len()),
        number(book.out[id].len()),
        number(book.into_service[id].len()),
        dim(service.workload_names.first().map_or("", String::as_str)),
    ]
}

fn fold(item: &Item) -> &'static str {
    match item.fold {
        Fold::Leaf => "  ",
        Fold::Open => "▾ ",
        Fold::Closed => "▸ ",
    }
}

/// `grpc Quote, Reserve (likely)`
pub fn edge_words(book: &Book, id: EdgeId) -> String {
    let edge = &book.graph().edges[id];
    let mut words = edge.kind.clone();
    let methods: Vec<&str> = edge.methods.iter().map(String::as_str).collect();
    if matches!(edge.kind.as_str(), "grpc" | "http") {
        for method in methods.iter().take(2) {
            words = format!("{words} {method}");
        }
        if methods.len() > 2 {
            words = format!("{words} +{}", methods.len() - 2);
        }
    }
    if edge.confidence != Confidence::Proven {
        words = format!("{words} ({})", edge.confidence.name());
    }
    words
}

/// In which order the ends of an edge are told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// From the one that depends.
    Depends,
    /// From the one that a request or message comes from.
    Flows,
}

fn tree(book: &Book, item: &Item, order: Order) -> Vec<Part> {
    let graph = book.graph();
    let indent = "  ".repeat(item.depth);
    let (words, about) = match item.thing {
        Thing::Heading(heading) => (heading.title(), String::new()),
        Thing::End(end) => (graph.called(end).to_owned(), ends(book, end)),
        Thing::Entry(id) => {
            let entry = &graph.entries[id];
            (format!("{} {}", entry.kind, short(entry)), place(Some(&entry.at)))
        }
        Thing::Edge(id) => {
            let edge = &graph.edges[id];
            let (mut from, mut to) = (graph.services[edge.from].name.as_str(), graph.called(edge.to));
            if order == Order::Flows && matches!(edge.kind.as_str(), "consume" | "subscribe") {
                std::mem::swap(&mut from, &mut to);
            }
            (format!("{from} → {to}  {}", edge_words(book, id)), place(edge.evidence.first()))
        }
        _ => (book.name(item.thing), String::new()),
    };
    let role = match item.thing {
        Thing::Heading(_) => Role::Title,
        Thing::Edge(_) | Thing::Entry(_) => Role::Plain,
        _ => Role::Strong,
    };
    vec![(role, plain(&format!("{indent}{}{words}", fold(item)))), counts(book, book.about(item.thing)), dim(about)]
}

fn ends(book: &Book, end: End) -> String {
    match end {
        End::Service(id) => {
            let service = &book.graph().services[id];
            service.language.clone().unwrap_or_else(|| service.path.clone())
        }
        End::Node(id) => book.graph().nodes[id].technology.clone(),
    }
}

/// `services/cart/src/api.rs:12`
pub fn place(at: Option<&Span>) -> String {
    at.map_or_else(String::new, |at| format!("{}:{}", at.file, at.line))
}

/// The end of a path: what comes before it is the same for many.
fn short_place(at: Option<&Span>) -> String {
    let Some(at) = at else { return String::new() };
    let mut parts: Vec<&str> = at.file.rsplit('/').take(2).collect();
    parts.reverse();
    format!("{}:{}", parts.join("/"), at.line)
}

fn finding(book: &Book, item: &Item) -> Vec<Part> {
    match item.thing {
        Thing::Finding(index) => {
            let finding = &book.findings[index];
            let new = if book.is_new[index] { "+" } else { " " };
            vec![
                (Role::of(finding.severity), format!(" {new}{}", finding.severity.name())),
                own(&finding.message),
                dim(short_place(finding.span.as_ref())),
            ]
        }
        Thing::Unknown(index) => {
            let of = &book.loaded.settled.unknown[index];
            vec![dim("  unknown"), own(format!("{} {}: {}", of.rule, of.entity, of.missing.join(", "))), dim("")]
        }
        Thing::Rule(rule) => {
            let of = &book.loaded.rules[rule];
            let (role, words) = counts(book, &book.of_rule[rule]);
            vec![
                (role, format!("{}{words}", fold(item))),
                (Role::Strong, plain(&format!("{}  {}", of.id, of.title))),
                dim(""),
            ]
        }
        Thing::End(end) => {
            let (role, words) = counts(book, book.about(item.thing));
            vec![(role, format!("{}{words}", fold(item))), (Role::Strong, plain(book.graph().called(end))), dim("")]
        }
        Thing::Heading(heading) => {
            let count = match heading {
                Heading::Undecided => book.loaded.settled.unknown.len(),
                Heading::Severity(severity) => book.findings.iter().filter(|of| of.severity == severity).count(),
                _ => book.home.iter().filter(|home| home.is_none()).count(),
            };
            vec![dim(format!("{}{count}", fold(item))), (Role::Strong, heading.title()), dim("")]
        }
        _ => Vec::new(),
    }
}

fn entry(state: &State, book: &Book, item: &Item) -> Vec<Part> {
    let Thing::Entry(id) = item.thing else { return Vec::new() };
    let entry = &book.graph().entries[id];
    let figures = state.derived.as_ref().and_then(|derived| derived.entries.get(id)).cloned().unwrap_or_default();
    let over = if figures.over { (Role::Warning, format!("{} !", figures.longest)) } else { own(&figures.longest) };
    vec![
        own(short(entry)),
        own(&book.graph().services[entry.service].name),
        dim(&entry.kind),
        own(&figures.limit),
        over,
        counts(book, &book.of_entry[id]),
    ]
}

/// How demand and limit stand to each other.
fn stand(stand: Stand) -> Part {
    let role = match stand {
        Stand::Exceeded => Role::Error,
        Stand::Unknown => Role::Dim,
        Stand::Fits => Role::Good,
    };
    (role, stand.name().to_owned())
}

fn store(state: &State, book: &Book, item: &Item) -> Vec<Part> {
    let Thing::End(end @ End::Node(id)) = item.thing else { return Vec::new() };
    let figures = state.derived.as_ref().and_then(|derived| derived.nodes.get(id)).and_then(Option::as_ref);
    let (demand, limit, held) = match figures {
        Some(of) => (own(&of.demand), own(&of.limit), stand(of.stand)),
        None => (dim(""), dim(""), dim("")),
    };
    let users: std::collections::BTreeSet<usize> =
        book.into_node[id].iter().map(|edge| book.graph().edges[*edge].from).collect();
    vec![own(book.graph().called(end)), number(users.len()), demand, limit, held, counts(book, &book.of_node[id])]
}

fn topic(book: &Book, item: &Item) -> Vec<Part> {
    let Thing::End(end @ End::Node(id)) = item.thing else { return Vec::new() };
    let graph = book.graph();
    let names = |kinds: [&str; 2], outside: &[String]| {
        let edges = book.into_node[id].iter().map(|edge| &graph.edges[*edge]);
        let mut names: Vec<&str> = edges
            .filter(|edge| kinds.contains(&edge.kind.as_str()))
            .map(|edge| graph.services[edge.from].name.as_str())
            .chain(outside.iter().map(String::as_str))
            .collect();
        names.dedup();
        names.join(", ")
    };
    let node = &graph.nodes[id];
    let or_nobody = |names: String| if names.is_empty() { dim("nobody") } else { own(names) };
    vec![
        own(graph.called(end)),
        or_nobody(names(["produce", "publish"], &node.produced_by)),
        or_nobody(names(["consume", "subscribe"], &node.consumed_by)),
        counts(book, &book.of_node[id]),
    ]
}

fn what_if(state: &State, book: &Book, item: &Item) -> Vec<Part> {
    let Thing::End(end) = item.thing else { return Vec::new() };
    let now = if state.scenario.down.contains(&end) {
        (Role::Error, "✖ down".to_owned())
    } else if let Some(ms) = state.scenario.latency_ms.get(&end) {
        (Role::Warning, format!("▲ {ms} ms more"))
    } else {
        (Role::Dim, "as always".to_owned())
    };
    vec![own(book.graph().called(end)), now, dim(book.kind(item.thing))]
}

fn limit(state: &State, item: &Item) -> Vec<Part> {
    let Thing::Limit(index) = item.thing else { return Vec::new() };
    let Some(of) = state.derived.as_ref().and_then(|derived| derived.limits.get(index)) else { return Vec::new() };
    vec![stand(of.stand), dim(of.resource), own(&of.of), own(&of.demand), own(&of.limit), own(&of.left)]
}

fn contract(book: &Book, item: &Item) -> Vec<Part> {
    let Thing::Contract(index) = item.thing else { return Vec::new() };
    let contract = &book.contracts[index];
    let servers: Vec<&str> = contract.servers.iter().map(|id| book.graph().services[*id].name.as_str()).collect();
    let methods = book.loaded.facts.proto[contract.file].services[contract.service].methods.len();
    let served = if servers.is_empty() { dim("nobody") } else { own(servers.join(", ")) };
    vec![own(&contract.name), number(methods), served, number(contract.callers.len())]
}

fn decision(book: &Book, item: &Item) -> Vec<Part> {
    match item.thing {
        Thing::Decision(index) => {
            let record = &book.loaded.decisions[index];
            let status = record.status.as_deref().unwrap_or("–");
            vec![
                (Role::Good, plain(status)),
                own(format!("{}{}", record.number.map_or(String::new(), |n| format!("{n:04} ")), record.title)),
                dim(record.date.as_deref().unwrap_or_default()),
            ]
        }
        Thing::Proposal(index) => {
            let finding = &book.findings[index];
            let title = book.rule(&finding.rule).map_or("", |rule| &book.loaded.rules[rule].title);
            vec![(Role::Accent, "asked for".to_owned()), own(format!("{}  {title}", finding.rule)), dim("")]
        }
        _ => Vec::new(),
    }
}

fn article_or_rule(book: &Book, item: &Item) -> Vec<Part> {
    match item.thing {
        Thing::Article(index) => {
            let article = &book.loaded.knowledge.articles()[index];
            vec![dim(&article.topic), own(&article.title)]
        }
        Thing::Rule(index) => {
            let rule = &book.loaded.rules[index];
            let severity = rule.levels.iter().map(|level| level.severity).max();
            let severity = severity.map_or(dim(""), |of| (Role::of(of), of.name().to_owned()));
            vec![own(&*rule.id), number(book.of_rule[index].len()), severity, own(&rule.title)]
        }
        _ => Vec::new(),
    }
}

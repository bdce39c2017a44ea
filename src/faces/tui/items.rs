//! Which rows a list has: a view, its filter and what stands open, to things. No words are made here but for a filter.

use std::collections::BTreeMap;

use super::book::Book;
use super::cells;
use super::fuzzy;
use super::state::{Fold, Grouping, Item, State};
use super::thing::{Heading, Thing};
use super::view::View;
use crate::config::Severity;
use crate::graph::End;

/// Findings that are shown one by one at first; of more, only their groups.
const FEW: usize = 40;

/// The rows of the view that is looked at.
pub fn items(state: &State, book: &Book) -> Vec<Item> {
    match state.place.view {
        View::Services => flat(state, book, services(book)),
        View::System => system(state, book),
        View::Findings => findings(state, book),
        View::Entries => flat(state, book, entries(book)),
        View::Datastores => flat(state, book, nodes(book, "datastore")),
        View::Topics => flat(state, book, nodes(book, "topic")),
        View::WhatIf => flat(state, book, book.ends().map(Thing::End).collect()),
        View::Capacity => {
            let limits = state.derived.as_ref().map_or(0, |derived| derived.limits.len());
            flat(state, book, (0..limits).map(Thing::Limit).collect())
        }
        View::Contracts => flat(state, book, (0..book.contracts.len()).map(Thing::Contract).collect()),
        View::Path => ways(state),
        View::Decisions => flat(state, book, decisions(book)),
        View::Knowledge => flat(state, book, (0..book.loaded.knowledge.articles().len()).map(Thing::Article).collect()),
        View::Rules => flat(state, book, rules(book)),
        View::Matrix | View::Focus | View::Page(_) => Vec::new(),
    }
}

/// Whether what stands below a thing is shown.
pub fn is_open(state: &State, book: &Book, thing: Thing) -> bool {
    let at_first = match thing {
        Thing::Heading(Heading::Undecided) => false,
        Thing::Heading(Heading::Severity(_) | Heading::NoService) => book.findings.len() <= FEW,
        Thing::Heading(_) => true,
        Thing::Rule(_) => book.findings.len() <= FEW,
        Thing::End(End::Service(_)) if state.place.view == View::Findings => book.findings.len() <= FEW,
        _ => false,
    };
    at_first != state.toggled.contains(&thing)
}

fn passes(state: &State, book: &Book, item: &Item) -> bool {
    state.place.filter.is_empty() || fuzzy::passes(&state.place.filter, &cells::text(state, book, item))
}

fn leaf(thing: Thing, depth: usize) -> Item {
    Item { thing, depth, fold: Fold::Leaf }
}

fn flat(state: &State, book: &Book, things: Vec<Thing>) -> Vec<Item> {
    things.into_iter().map(|thing| leaf(thing, 0)).filter(|item| passes(state, book, item)).collect()
}

/// Services by name, then jobs. Those with most findings are not put first: people look for them by name.
fn services(book: &Book) -> Vec<Thing> {
    let mut all: Vec<usize> = (0..book.graph().services.len()).collect();
    all.sort_by_key(|id| (book.graph().services[*id].kind == "job", *id));
    all.into_iter().map(|id| Thing::End(End::Service(id))).collect()
}

fn entries(book: &Book) -> Vec<Thing> {
    let graph = book.graph();
    let mut all: Vec<usize> = (0..graph.entries.len()).collect();
    let rank = |kind: &str| match kind {
        "rpc" => 0,
        "endpoint" => 1,
        "consumer" => 2,
        "task" => 3,
        _ => 4,
    };
    all.sort_by_key(|id| {
        let entry = &graph.entries[*id];
        (entry.service, rank(&entry.kind), *id)
    });
    all.into_iter().map(Thing::Entry).collect()
}

fn nodes(book: &Book, kind: &str) -> Vec<Thing> {
    let nodes = book.graph().nodes.iter().enumerate();
    nodes.filter(|(_, node)| node.kind == kind).map(|(id, _)| Thing::End(End::Node(id))).collect()
}

/// Decisions that are there, and one that could be made for each rule with findings.
fn decisions(book: &Book) -> Vec<Thing> {
    let there = (0..book.loaded.decisions.len()).map(Thing::Decision);
    let proposed = book.of_rule.iter().filter_map(|found| found.first()).map(|finding| Thing::Proposal(*finding));
    there.chain(proposed).collect()
}

/// Rules that found most first.
fn rules(book: &Book) -> Vec<Thing> {
    let mut all: Vec<usize> = (0..book.loaded.rules.len()).collect();
    all.sort_by_key(|rule| (std::cmp::Reverse(book.of_rule[*rule].len()), *rule));
    all.into_iter().map(Thing::Rule).collect()
}

fn ways(state: &State) -> Vec<Item> {
    let mut all = Vec::new();
    for (number, way) in state.ways.iter().enumerate() {
        all.push(Item { thing: Thing::Heading(Heading::Way(number)), depth: 0, fold: Fold::Open });
        all.extend(way.iter().enumerate().map(|(depth, edge)| leaf(Thing::Edge(*edge), depth + 1)));
    }
    all
}

fn findings(state: &State, book: &Book) -> Vec<Item> {
    let shown = |index: &usize| {
        let finding = &book.findings[*index];
        let new = !state.only_new || book.is_new[*index];
        let grave = state.least.is_none_or(|least| finding.severity >= least);
        new && grave && passes(state, book, &leaf(Thing::Finding(*index), 1))
    };
    let mut groups: Vec<(Thing, Vec<usize>)> = Vec::new();
    let mut places: BTreeMap<Thing, usize> = BTreeMap::new();
    let rules: BTreeMap<&str, usize> = match state.grouping {
        Grouping::Rule => book.loaded.rules.iter().enumerate().map(|(index, rule)| (&*rule.id, index)).collect(),
        _ => BTreeMap::new(),
    };
    for index in (0..book.findings.len()).filter(shown) {
        let finding = &book.findings[index];
        let under = match state.grouping {
            Grouping::Rule => rules.get(finding.rule.as_str()).map(|rule| Thing::Rule(*rule)),
            Grouping::Service => book.home[index].map(|service| Thing::End(End::Service(service))),
            Grouping::Severity => Some(Thing::Heading(Heading::Severity(finding.severity))),
        };
        let under = under.unwrap_or(Thing::Heading(Heading::NoService));
        let place = *places.entry(under).or_insert_with(|| {
            groups.push((under, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(index);
    }
    let grave =
        |found: &[usize]| found.iter().map(|index| book.findings[*index].severity).max().unwrap_or(Severity::Info);
    groups.sort_by_key(|(thing, found)| (std::cmp::Reverse((grave(found), found.len())), *thing));
    let mut all = Vec::new();
    for (thing, found) in groups {
        group(state, book, &mut all, thing, found.into_iter().map(Thing::Finding).collect());
    }
    if state.least.is_none() && !state.only_new {
        let unknown = (0..book.loaded.settled.unknown.len()).map(Thing::Unknown);
        let unknown: Vec<Thing> = unknown.filter(|thing| passes(state, book, &leaf(*thing, 1))).collect();
        if !unknown.is_empty() {
            group(state, book, &mut all, Thing::Heading(Heading::Undecided), unknown);
        }
    }
    all
}

/// A heading and what stands below it. What a filter found is shown.
fn group(state: &State, book: &Book, all: &mut Vec<Item>, thing: Thing, below: Vec<Thing>) {
    let open = !state.place.filter.is_empty() || is_open(state, book, thing);
    all.push(Item { thing, depth: 0, fold: if open { Fold::Open } else { Fold::Closed } });
    if open {
        all.extend(below.into_iter().map(|thing| leaf(thing, 1)));
    }
}

fn system(state: &State, book: &Book) -> Vec<Item> {
    let graph = book.graph();
    let of_kind = |kind: &str| -> Vec<Thing> {
        let services = graph.services.iter().enumerate().filter(|(_, of)| of.kind == kind);
        services.map(|(id, _)| Thing::End(End::Service(id))).collect()
    };
    let headings = [
        (Heading::Services, of_kind("service")),
        (Heading::Jobs, of_kind("job")),
        (Heading::Datastores, nodes(book, "datastore")),
        (Heading::Topics, nodes(book, "topic")),
        (Heading::Externals, nodes(book, "external")),
    ];
    let mut all = Vec::new();
    for (heading, things) in headings.into_iter().filter(|(_, things)| !things.is_empty()) {
        let mut below: Vec<Item> = Vec::new();
        for thing in things {
            branch(state, book, &mut below, thing);
        }
        if below.is_empty() {
            continue;
        }
        let heading = Thing::Heading(heading);
        let open = !state.place.filter.is_empty() || is_open(state, book, heading);
        all.push(Item { thing: heading, depth: 0, fold: if open { Fold::Open } else { Fold::Closed } });
        if open {
            all.append(&mut below);
        }
    }
    all
}

/// A node with its entry points and dependencies; of something that nobody calls from here, those that depend on it.
fn branch(state: &State, book: &Book, all: &mut Vec<Item>, thing: Thing) {
    let Thing::End(end) = thing else { return };
    let entries: Vec<Thing> = match end {
        End::Service(id) => book.graph().services[id].entries.iter().copied().map(Thing::Entry).collect(),
        End::Node(_) => Vec::new(),
    };
    let edges = match end {
        End::Service(_) => book.out_of(end),
        End::Node(_) => book.callers_of(end),
    };
    let below: Vec<Item> =
        entries.into_iter().chain(edges.iter().copied().map(Thing::Edge)).map(|thing| leaf(thing, 2)).collect();
    let own = Item { thing, depth: 1, fold: Fold::Leaf };
    let filtered = !state.place.filter.is_empty();
    let found: Vec<Item> =
        if filtered { below.iter().copied().filter(|item| passes(state, book, item)).collect() } else { Vec::new() };
    let open = is_open(state, book, thing) || !found.is_empty();
    let fold = match (below.is_empty(), open) {
        (true, _) => Fold::Leaf,
        (false, true) => Fold::Open,
        (false, false) => Fold::Closed,
    };
    if filtered && found.is_empty() && !passes(state, book, &own) {
        return;
    }
    all.push(Item { fold, ..own });
    if filtered {
        all.extend(found);
    } else if open {
        all.extend(below);
    }
}

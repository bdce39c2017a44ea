//! The page of one service, with the jobs of its code.

mod contracts;
mod depends;
mod failure;
pub(super) mod operations;

use super::document::{Page, Piece, code, listed, prose, words};
use super::risks;
use super::subject::{Home, Scope};
use crate::analysis::capacity::Resource;
use crate::reports::view;

/// The most paragraphs of code comments that are taken over.
const PARAGRAPHS: usize = 3;

pub(super) fn page(scope: &Scope<'_>, home: &Home) -> Page {
    let graph = scope.model.graph;
    let own = &graph.services[home.first];
    let mut page = Page::new(home.path.clone(), own.name.clone());
    for says in responsibility(scope, home).into_iter().take(PARAGRAPHS) {
        page.text(prose(&says));
    }
    page.own("responsibility");
    facts(scope, home, &mut page);
    let all: Vec<usize> = home.all().collect();
    page.diagram("around", view::around(graph, &all, format!("What is around {}", own.name)));
    contracts::contracts(scope, home, &mut page);
    depends::depends(scope, home, &mut page);
    depends::data(scope, home, &mut page);
    depends::topics(scope, home, &mut page);
    failure::failure(scope, home, &mut page);
    capacity(scope, home, &mut page);
    operations::section(scope, home, &mut page);
    findings(scope, home, &mut page);
    decisions(scope, home, &mut page);
    page.own("notes");
    page
}

/// What a service is for: the comments of the contracts that it serves, else what its code says at its top.
pub(super) fn responsibility(scope: &Scope<'_>, home: &Home) -> Vec<String> {
    let own = &scope.model.graph.services[home.first];
    let contracts = scope.model.facts.proto.iter().flat_map(|file| &file.services);
    let served = contracts.filter(|of| own.serves.contains(&of.name));
    let mut says: Vec<String> = served.map(|of| joined(&of.comment)).filter(|says| !says.is_empty()).collect();
    // A copy of a proto says the same again.
    says.dedup();
    if !says.is_empty() {
        return says;
    }
    let Some(binary) = own.binary.and_then(|id| scope.model.facts.rust.binaries.get(id)) else { return Vec::new() };
    let library = format!("{}/src/lib.rs", binary.path);
    let files = [binary.at.file.to_string(), library.trim_start_matches('/').to_owned()];
    let texts = files.iter().filter_map(|file| (scope.of.text)(file));
    texts.map(|text| opening(&text)).find(|says| !says.is_empty()).into_iter().collect()
}

/// The first paragraph of the documentation at the top of a Rust file.
fn opening(text: &str) -> String {
    let lines = text.lines().map(str::trim).skip_while(|line| line.is_empty() || line.starts_with("#!"));
    let docs = lines.take_while(|line| line.starts_with("//!")).map(|line| line[3..].trim());
    joined(&docs.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" "))
}

/// A comment in one line.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where it lives.
fn facts(scope: &Scope<'_>, home: &Home, page: &mut Page) {
    let own = &scope.model.graph.services[home.first];
    let mut rows: Vec<Vec<Vec<Piece>>> = Vec::new();
    let mut row = |name: &str, pieces: Vec<Piece>| {
        if !pieces.is_empty() {
            rows.push(vec![vec![words(name)], pieces]);
        }
    };
    if !own.path.is_empty() {
        row("code", vec![Piece::File(own.path.clone())]);
    }
    row("language", own.language.iter().map(|language| words(language.clone())).collect());
    row("binary", own.binary_name.iter().map(|name| code(name.clone())).collect());
    row("workloads", listed(own.workload_names.iter().map(|name| code(name.clone())), 6));
    let owners = crate::analysis::owners::owners(scope.model.facts, scope.model.graph);
    let owners = owners.into_iter().filter(|of| of.service == own.name).flat_map(|of| of.owners);
    row("owner", listed(owners.map(words), 4));
    let jobs = home.jobs.iter().map(|id| code(scope.model.graph.services[*id].name.clone()));
    row("jobs", listed(jobs, 8));
    page.table(&["", ""], rows);
}

fn capacity(scope: &Scope<'_>, home: &Home, page: &mut Page) {
    let asks = |id: usize| home.all().any(|of| of == id);
    // Memory is that of the whole: it stands with the risks.
    let rows = scope.capacity.iter().filter(|row| row.resource != Resource::Memory);
    let rows = rows.filter(|row| row.shares.iter().any(|share| asks(share.service)));
    let rows: Vec<_> = rows
        .map(|row| {
            let mut cells = risks::limit(scope, row);
            cells.insert(1, vec![words(row.stand().name())]);
            cells
        })
        .collect();
    if !rows.is_empty() {
        page.heading("Capacity");
        page.table(&["limited", "stands", "demand and limit", "asked for by"], rows);
    }
}

fn findings(scope: &Scope<'_>, home: &Home, page: &mut Page) {
    page.heading("Open findings");
    let found = scope.findings(home);
    if found.is_empty() {
        page.says("None.");
    }
    page.table(&["severity", "what", "rule", "file"], found.into_iter().map(risks::row).collect());
}

/// Decisions that name the service.
fn decisions(scope: &Scope<'_>, home: &Home, page: &mut Page) {
    let own = &scope.model.graph.services[home.first].name;
    let is_word = |text: &str| {
        let ends = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '-' | '_'));
        text.match_indices(own.as_str())
            .any(|(at, of)| ends(text[..at].chars().next_back()) && ends(text[at + of.len()..].chars().next()))
    };
    let named = scope.of.decisions.iter().filter(|of| is_word(&of.title) || is_word(&of.text));
    let rows: Vec<Vec<Piece>> = named
        .map(|of| {
            vec![words(format!("{} ", of.title)), words(format!("({}): ", of.status)), Piece::File(of.file.clone())]
        })
        .collect();
    if !rows.is_empty() {
        page.heading("Decisions");
        page.blocks.push(super::Block::List(rows));
    }
}

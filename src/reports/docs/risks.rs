//! What may go wrong: what fails with what, limits, findings, what is accepted, what is not known; and the decisions.

use std::collections::BTreeMap;

use super::document::{Page, Piece, code, listed, prose, words};
use super::subject::{Scope, counted, worst_first};
use crate::analysis::capacity::{Row, Stand};
use crate::analysis::whatif::Verdict;
use crate::config::Severity;
use crate::findings::Finding;
use crate::graph::End;

/// Rows of the longer tables.
const ROWS: usize = 25;
/// Findings of the whole that are shown.
const FINDINGS: usize = 200;
/// Letters of a message.
const LONGEST: usize = 260;

pub(super) fn page(scope: &Scope<'_>) -> Option<Page> {
    let mut page = Page::new("risks", "Risks");
    page.own("introduction");
    findings(scope, &mut page);
    down(scope, &mut page);
    limits(scope, &mut page);
    accepted(scope, &mut page);
    unknown(scope, &mut page);
    page.own("notes");
    Some(page)
}

fn findings(scope: &Scope<'_>, page: &mut Page) {
    let settled = scope.of.settled;
    page.heading("Open findings");
    if settled.findings.is_empty() {
        page.says("None.");
    }
    let shown = worst_first(settled.findings.iter()).into_iter().take(FINDINGS);
    page.table(&["severity", "what", "rule", "file"], shown.map(row).collect());
    if settled.findings.len() > FINDINGS {
        page.says(&format!(
            "{} more are left out; the pages of services have them.",
            settled.findings.len() - FINDINGS
        ));
    }
}

/// A finding as a row; without its line, which moves.
pub(super) fn row(finding: &Finding) -> Vec<Vec<Piece>> {
    let severity = finding.severity.name();
    vec![
        vec![if finding.severity == Severity::Error { Piece::Strong(severity.to_owned()) } else { words(severity) }],
        prose(&short(&finding.message)),
        vec![code(finding.rule.clone())],
        finding.span.iter().map(|span| Piece::File(span.file.to_string())).collect(),
    ]
}

/// Parts of the system by how many entry points fail without them.
fn down(scope: &Scope<'_>, page: &mut Page) {
    let graph = scope.model.graph;
    let mut rows: Vec<(usize, usize, End)> = Vec::new();
    for (end, outcomes) in &scope.down {
        let of = |verdict: Verdict| {
            let all = outcomes.of_entry.iter().filter(|of| graph.entries[of.entry].kind != "startup");
            // Those of the part itself say nothing.
            all.filter(|of| End::Service(graph.entries[of.entry].service) != *end)
                .filter(|of| of.verdict() == verdict)
                .count()
        };
        rows.push((of(Verdict::Fails), of(Verdict::Degrades), *end));
    }
    rows.retain(|(fails, degrades, _)| fails + degrades > 0);
    rows.sort_by_key(|(fails, degrades, end)| (std::cmp::Reverse((*fails, *degrades)), *end));
    if rows.is_empty() {
        return;
    }
    page.heading("What fails when something is down");
    page.says(
        "Entry points of others that fail, and that go on with less, when a part does not answer; `loadpath whatif --down` \
         shows on which ways.",
    );
    let left = rows.len().saturating_sub(ROWS);
    let shown = rows.iter().take(ROWS).map(|(fails, degrades, end)| {
        vec![vec![scope.end(*end)], vec![words(fails.to_string())], vec![words(degrades.to_string())]]
    });
    page.table(&["down", "fail", "degrade"], shown.collect());
    if left > 0 {
        page.says(&format!("{left} more are left out."));
    }
}

fn limits(scope: &Scope<'_>, page: &mut Page) {
    let tight: Vec<&Row> = scope.capacity.iter().filter(|row| row.stand() == Stand::Exceeded).collect();
    let of = |stand: Stand| scope.capacity.iter().filter(|row| row.stand() == stand).count();
    if scope.capacity.is_empty() {
        return;
    }
    page.heading("Limits");
    page.says(&format!(
        "Of what is there only so often, {} more than there is, {} and {} not known; `loadpath capacity` shows the figures.",
        counted(of(Stand::Exceeded), "limit is asked for", "limits are asked for"),
        counted(of(Stand::Fits), "holds", "hold"),
        counted(of(Stand::Unknown), "is", "are"),
    ));
    page.table(
        &["limited", "demand and limit", "asked for by"],
        tight.into_iter().map(|of| limit(scope, of)).collect(),
    );
}

/// A limit as a row.
pub(super) fn limit(scope: &Scope<'_>, row: &Row) -> Vec<Vec<Piece>> {
    // A service that asks for it in several places is named once.
    let mut services: Vec<usize> = Vec::new();
    for share in &row.shares {
        if !services.contains(&share.service) {
            services.push(share.service);
        }
    }
    vec![
        vec![words(format!("{} of ", row.resource.name())), code(row.of.clone())],
        vec![words(crate::reports::capacity::figures(row))],
        listed(services.into_iter().map(|id| scope.service(id)), 6),
    ]
}

/// A message that fits into a table; `loadpath check` tells all of it.
fn short(message: &str) -> String {
    if message.chars().count() <= LONGEST {
        return message.to_owned();
    }
    let kept: String = message.chars().take(LONGEST).collect();
    let end = kept.rfind(' ').unwrap_or(kept.len());
    format!("{} …", &kept[..end])
}

fn accepted(scope: &Scope<'_>, page: &mut Page) {
    let settled = scope.of.settled;
    if settled.suppressed.is_empty() {
        return;
    }
    page.heading("Accepted");
    let rows = settled.suppressed.iter().map(|of| {
        let until = of.until.as_ref().map(|until| words(until.clone()));
        vec![prose(&of.finding.message), prose(&of.reason), until.into_iter().collect()]
    });
    page.table(&["what", "why it is accepted", "until"], rows.collect());
}

/// What could not be decided, by what is missing.
fn unknown(scope: &Scope<'_>, page: &mut Page) {
    let mut missing: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for unknown in &scope.of.settled.unknown {
        let what = unknown.missing.first().map_or("", String::as_str);
        *missing.entry((what, unknown.supply.as_str())).or_default() += 1;
    }
    if missing.is_empty() {
        return;
    }
    page.heading("Not known");
    page.says("What rules could not decide because an input is missing, with the way to supply it.");
    let mut all: Vec<((&str, &str), usize)> = missing.into_iter().collect();
    all.sort_by_key(|((what, supply), count)| (std::cmp::Reverse(*count), *what, *supply));
    let left = all.len().saturating_sub(ROWS);
    let rows = all.into_iter().take(ROWS).map(|((what, supply), count)| {
        vec![vec![words(what)], vec![words(supply)], vec![words(counted(count, "answer", "answers"))]]
    });
    page.table(&["missing", "to supply it", "what depends on it"], rows.collect());
    if left > 0 {
        page.says(&format!("{left} more are left out."));
    }
}

/// The decisions of the project.
pub(super) fn decisions(scope: &Scope<'_>) -> Option<Page> {
    if scope.of.decisions.is_empty() {
        return None;
    }
    let mut page = Page::new("decisions", "Decisions");
    page.own("introduction");
    let rows = scope.of.decisions.iter().map(|of| {
        vec![vec![words(of.title.clone())], vec![words(of.status.clone())], vec![Piece::File(of.file.clone())]]
    });
    page.table(&["decision", "status", "file"], rows.collect());
    page.own("notes");
    Some(page)
}

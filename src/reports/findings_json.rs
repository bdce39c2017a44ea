//! Findings as JSON: the contract `loadpath.findings/1`.

use serde::Serialize;

use crate::config::Severity;
use crate::findings::{Finding, Settled, Suppressed, Unknown};

/// Name and version of the contract.
pub const SCHEMA: &str = "loadpath.findings/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    summary: Summary,
    findings: Vec<Item<'a>>,
    unknown: Vec<Missing<'a>>,
    suppressed: Vec<Accepted<'a>>,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    infos: usize,
    unknown: usize,
    suppressed: usize,
}

#[derive(Serialize)]
struct Item<'a> {
    rule: &'a str,
    severity: &'a str,
    entity: &'a str,
    message: &'a str,
    file: Option<&'a str>,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    related: Vec<Related<'a>>,
    fingerprint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    formula: Option<&'a str>,
    why: &'a str,
    fix: &'a str,
    help: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    message: &'a str,
}

#[derive(Serialize)]
struct Missing<'a> {
    rule: &'a str,
    entity: &'a str,
    missing: &'a [String],
    supply: &'a str,
}

#[derive(Serialize)]
struct Accepted<'a> {
    #[serde(flatten)]
    finding: Item<'a>,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
}

/// How a severity is spelled.
pub(super) fn severity(of: Severity) -> &'static str {
    match of {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

fn item(of: &Finding) -> Item<'_> {
    let span = of.span.as_ref();
    Item {
        rule: &of.rule,
        severity: severity(of.severity),
        entity: &of.entity,
        message: &of.message,
        file: span.map(|span| &*span.file),
        line: span.map_or(0, |span| span.line),
        column: span.map_or(0, |span| span.column),
        end_line: span.map_or(0, |span| span.end_line),
        end_column: span.map_or(0, |span| span.end_column),
        related: of
            .related
            .iter()
            .map(|related| Related {
                file: &related.span.file,
                line: related.span.line,
                column: related.span.column,
                message: &related.message,
            })
            .collect(),
        fingerprint: &of.fingerprint,
        formula: of.formula.as_deref(),
        why: &of.why,
        fix: &of.fix,
        help: &of.help,
    }
}

/// The document of settled findings.
///
/// # Errors
/// When it cannot be serialised, which no text that it holds can cause.
pub fn findings_json(settled: &Settled) -> Result<String, serde_json::Error> {
    let count = |wanted: Severity| settled.findings.iter().filter(|of| of.severity == wanted).count();
    let document = Document {
        schema: SCHEMA,
        summary: Summary {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            infos: count(Severity::Info),
            unknown: settled.unknown.len(),
            suppressed: settled.suppressed.len(),
        },
        findings: settled.findings.iter().map(item).collect(),
        unknown: settled.unknown.iter().map(missing).collect(),
        suppressed: settled.suppressed.iter().map(accepted).collect(),
    };
    serde_json::to_string_pretty(&document).map(|text| format!("{text}\n"))
}

fn missing(of: &Unknown) -> Missing<'_> {
    Missing { rule: &of.rule, entity: &of.entity, missing: &of.missing, supply: &of.supply }
}

fn accepted(of: &Suppressed) -> Accepted<'_> {
    Accepted { finding: item(&of.finding), reason: &of.reason, until: of.until.as_deref(), owner: of.owner.as_deref() }
}

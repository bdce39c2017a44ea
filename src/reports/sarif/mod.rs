//! A review as SARIF 2.1.0, within what GitHub code scanning takes and shows: one run, the most important findings
//! first, each with a place, its evidence and an identity that does not move with the lines.

mod model;

use std::collections::BTreeMap;
use std::fmt::Write;

pub use model::Log;
use model::{
    ArtifactLocation, AutomationDetails, Configuration, Descriptor, Driver, Fingerprints, Help, Invocation, Location,
    LogicalLocation, Notification, Omitted, PhysicalLocation, Reference, Region, Result, RuleProperties, Run,
    Suppression, Text, Tool,
};

use super::order::{importance, most_important_first};
use crate::findings::{Finding, Settled, Severity, Suppressed};
use crate::rules::Rule;
use crate::span::Span;

/// Results that GitHub keeps of a run.
const RESULTS: usize = 5_000;
/// Related locations that GitHub shows of a result.
const RELATED: usize = 100;
/// Tags that GitHub shows of a rule.
const TAGS: usize = 10;
/// What is not decided may be much: a log is read by people who look for findings.
const NOTIFICATIONS: usize = 1_000;

/// What a log says about the run besides the findings.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Version of Loadpath.
    pub version: &'a str,
    /// Keeps uploads apart that a commit has several of.
    pub category: &'a str,
    /// The file that stands for an entity that no file shows, since GitHub takes no result without a file: the
    /// settings, where such an entity is declared.
    pub settings_file: &'a str,
}

/// The log of a review.
#[must_use]
pub fn log<'a>(settled: &'a Settled, rules: &'a [Rule], about: About<'a>) -> Log<'a> {
    let places: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(index, rule)| (&*rule.id, index)).collect();
    // Accepted findings come last: a limit cuts them off before it cuts one that is open.
    let open = most_important_first(&settled.findings).into_iter().map(|finding| (finding, None));
    let mut closed: Vec<(&Finding, Option<&Suppressed>)> =
        settled.suppressed.iter().map(|suppressed| (&suppressed.finding, Some(suppressed))).collect();
    closed.sort_by(|(a, _), (b, _)| importance(a).cmp(&importance(b)));
    let all: Vec<(&Finding, Option<&Suppressed>)> = open.chain(closed).collect();
    let results = all
        .iter()
        .take(RESULTS)
        .map(|(finding, suppressed)| result(finding, *suppressed, places.get(&*finding.rule).copied(), about))
        .collect();
    let omitted_results = all.len().saturating_sub(RESULTS);
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "loadpath",
                semantic_version: about.version,
                information_uri: "https://github.com/loadpath/loadpath",
                rules: rules.iter().map(descriptor).collect(),
            },
        },
        automation_details: AutomationDetails { id: format!("loadpath/{}/", about.category) },
        column_kind: "unicodeCodePoints",
        invocations: [invocation(settled)],
        results,
        properties: (omitted_results > 0).then_some(Omitted { omitted_results }),
    };
    Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }
}

fn descriptor(rule: &Rule) -> Descriptor<'_> {
    let severity = rule.levels.iter().map(|level| level.severity).max().unwrap_or(Severity::Info);
    let mut tags = vec!["architecture", rule.category()];
    tags.extend(rule.knowledge.iter().flat_map(|topic| topic.split('/')));
    let mut seen = Vec::new();
    tags.retain(|tag| {
        !seen.contains(tag) && {
            seen.push(*tag);
            true
        }
    });
    tags.truncate(TAGS);
    let explain = format!("loadpath explain {}", rule.id);
    Descriptor {
        id: &rule.id,
        name: pascal(&rule.id),
        short_description: Text { text: rule.title.clone() },
        full_description: Text { text: rule.why.clone() },
        help: Help {
            text: format!("{}\n\nFix: {}\n\nMore: {explain}", rule.why, rule.fix),
            markdown: format!("{}\n\n**Fix:** {}\n\n**More:** `{explain}`", rule.why, rule.fix),
        },
        default_configuration: Configuration { level: level(severity) },
        deprecated_ids: &rule.aliases,
        properties: RuleProperties {
            precision: rule.precision.name(),
            severity: match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "recommendation",
            },
            tags,
        },
    }
}

fn result<'a>(
    finding: &'a Finding,
    suppressed: Option<&'a Suppressed>,
    rule_index: Option<usize>,
    about: About<'_>,
) -> Result<'a> {
    let mut related = finding.related.iter();
    // An entity that no file shows is shown by its first evidence.
    let primary = finding.span.as_ref().or_else(|| related.next().map(|first| &first.span));
    let mut location = match primary {
        Some(span) => located(span),
        None => located(&Span::line(about.settings_file, 1)),
    };
    let kind = finding.entity.split_once(':').map_or("entity", |(kind, _)| kind);
    location.logical_locations =
        vec![LogicalLocation { fully_qualified_name: finding.entity.clone(), kind: kind.to_owned() }];
    let related_locations = related
        .take(RELATED)
        .enumerate()
        .map(|(index, related)| {
            let message = (!related.message.is_empty()).then(|| Text { text: related.message.clone() });
            Location { id: Some(index + 1), message, ..located(&related.span) }
        })
        .collect();
    Result {
        rule_id: &finding.rule,
        rule_index,
        level: level(finding.severity),
        message: Text { text: message(finding) },
        locations: [location],
        related_locations,
        // GitHub knows a finding again by the second one only. It is the first one: an architecture that has not
        // changed is the same finding when its line is written anew.
        partial_fingerprints: Fingerprints { own: &finding.fingerprint, line: format!("{}:1", finding.fingerprint) },
        suppressions: suppressed.map(suppression).into_iter().collect(),
    }
}

fn message(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    if let Some(formula) = &finding.formula {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{formula}");
    }
    // Square brackets are links in a message of SARIF.
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

fn suppression(suppressed: &Suppressed) -> Suppression<'_> {
    let inline = suppressed.finding.span.iter().chain(suppressed.finding.related.iter().map(|related| &related.span));
    let in_source = inline.into_iter().any(|span| span.file == suppressed.said_at.file);
    Suppression {
        kind: if in_source { "inSource" } else { "external" },
        status: "accepted",
        justification: &suppressed.reason,
        location: located(&suppressed.said_at),
    }
}

fn invocation(settled: &Settled) -> Invocation {
    let undecided = settled.unknown.iter().take(NOTIFICATIONS).map(|unknown| {
        let mut text =
            format!("{} is not decided for {}: missing {}", unknown.rule, unknown.entity, unknown.missing.join(", "));
        if !unknown.supply.is_empty() {
            // Writing to a string does not fail.
            let _ = write!(text, "; supply {}", unknown.supply);
        }
        let associated_rule = Some(Reference { id: unknown.rule.clone() });
        Notification { level: "note", message: Text { text }, associated_rule, locations: Vec::new() }
    });
    let notices = settled.notices.iter().take(NOTIFICATIONS).map(|notice| Notification {
        level: "warning",
        message: Text { text: format!("{}; {}", notice.message, notice.help) },
        associated_rule: None,
        locations: vec![located(&notice.at)],
    });
    Invocation {
        execution_successful: true,
        tool_execution_notifications: undecided.collect(),
        tool_configuration_notifications: notices.collect(),
    }
}

fn located(span: &Span) -> Location {
    let (line, column) = (span.line.max(1), span.column.max(1));
    let end_line = span.end_line.max(line);
    let region = Region {
        start_line: line,
        start_column: column,
        end_line,
        // A span that covers nothing says where, not how far.
        end_column: (end_line > line || span.end_column > column).then_some(span.end_column.max(1)),
    };
    Location {
        id: None,
        physical_location: PhysicalLocation { artifact_location: artifact(&span.file), region },
        logical_locations: Vec::new(),
        message: None,
    }
}

fn artifact(path: &str) -> ArtifactLocation {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    ArtifactLocation { uri, uri_base_id: "%SRCROOT%" }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// `timeout/grpc-client-no-deadline` as `TimeoutGrpcClientNoDeadline`.
fn pascal(id: &str) -> String {
    id.split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect()
}

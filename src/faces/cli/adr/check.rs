//! `loadpath adr check`: what is wrong with the decisions of a project.

use std::collections::BTreeSet;

use anyhow::anyhow;
use serde::Serialize;

use super::{Format, Place, branches};
use crate::adr::{self, Fault, FaultKind, Stage};
use crate::entities::EntitySchema;
use crate::faces::cli::project::{Inputs, Project};
use crate::faces::cli::rules as rules_cli;
use crate::faces::cli::{Context, Exit, opened};
use crate::findings::{Finding, Unknown};
use crate::reports::text::printable;
use crate::rules::Rule;
use crate::span::Span;

/// Arguments of `adr check`.
#[derive(Clone, Debug, clap::Args)]
pub struct Check {
    /// A git revision, such as the branch that this one will be merged into: numbers that both have given are told
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Which project
    #[command(flatten)]
    pub place: Place,
    /// How the project is read
    #[command(flatten)]
    pub inputs: Inputs,
    /// How to write it
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

/// What became of the decisions.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    /// How many there are.
    decisions: usize,
    /// How many assertions bind.
    assertions: usize,
    problems: Vec<Problem<'a>>,
    /// Assertions that cannot be decided.
    unknown: &'a [Unknown],
}

#[derive(Serialize)]
struct Problem<'a> {
    kind: FaultKind,
    #[serde(flatten)]
    at: &'a Span,
    message: &'a str,
    help: &'a str,
}

pub(super) fn run(args: &Check, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let folder = args.place.find()?;
    let documents = adr::documents(&folder)?;
    let records = adr::records(&documents);
    let mut faults = adr::faults(&documents, &|path| folder.root.join(path).exists());
    if let Some(base) = &args.base {
        let ours: BTreeSet<String> =
            documents.iter().filter_map(|of| of.path.rsplit('/').next()).map(str::to_owned).collect();
        faults.extend(branches::clashing(&folder, &ours, base)?);
    }
    let rules = adr::asserted(&documents, &EntitySchema)
        .map_err(|problems| anyhow!("read what decisions assert:\n{}", rules_cli::lines(&problems)))?;
    let mut unknown = Vec::new();
    let mut exit = Exit::Clean;
    if !rules.is_empty() {
        let project = Project { paths: vec![folder.root.clone()], inputs: args.inputs.clone() };
        let review = opened::open(&project, context)?.review(&project, None, &rules, context)?;
        faults.extend(review.settled.findings.iter().filter_map(contradiction));
        unknown = review.settled.unknown;
        exit = project.strictness(&review.facts.diagnostics, context)?;
    }
    faults.sort();
    match args.format {
        Format::Text => {
            write!(context.out, "{}", text(&faults, &unknown, &rules))?;
            let [decisions, assertions, problems] =
                [(records.len(), "decision"), (rules.len(), "assertion"), (faults.len(), "problem")].map(counted);
            let waiting = waiting(&documents, &records);
            writeln!(context.out, "{decisions}, {assertions}, {problems}{waiting}")?;
        }
        Format::Json => {
            let problems = faults.iter().map(|fault| Problem {
                kind: fault.kind,
                at: &fault.at,
                message: &fault.message,
                help: &fault.help,
            });
            let document = Document {
                schema: "loadpath.decision-check/1",
                decisions: records.len(),
                assertions: rules.len(),
                problems: problems.collect(),
                unknown: &unknown,
            };
            writeln!(context.out, "{}", serde_json::to_string_pretty(&document)?)?;
        }
    }
    Ok(if faults.is_empty() { exit } else { Exit::Findings })
}

/// A finding of a decision's own rule: it points at the line that asserts it.
fn contradiction(finding: &Finding) -> Option<Fault> {
    let shown = finding.related.first();
    let place = shown.map_or_else(String::new, |of| format!(" ({}:{})", of.span.file, of.span.line));
    Some(Fault {
        at: finding.span.clone()?,
        kind: FaultKind::Contradiction,
        message: format!("{}{place}", finding.message),
        help: "mend what breaks it, or supersede the decision".to_owned(),
    })
}

/// What is said of assertions that do not bind: somebody may wait for their effect.
fn waiting(documents: &[adr::Document], records: &[adr::Record]) -> String {
    let open = |record: &&adr::Record| {
        let document = documents.iter().find(|of| of.path == record.file);
        record.stage() != Stage::Accepted && document.is_some_and(adr::asserts)
    };
    match records.iter().filter(open).count() {
        0 => String::new(),
        count => format!("; {} with assertions not accepted, and not judged", counted((count, "decision"))),
    }
}

fn counted((count, what): (usize, &str)) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn text(faults: &[Fault], unknown: &[Unknown], rules: &[Rule]) -> String {
    let mut text = String::new();
    for fault in faults {
        let help = if fault.help.is_empty() { String::new() } else { format!("; {}", fault.help) };
        text.push_str(&format!("{}:{}: {}{help}\n", fault.at.file, fault.at.line, printable(&fault.message)));
    }
    for of in unknown {
        let place = rules.iter().find(|rule| *rule.id == *of.rule).and_then(|rule| rule.stated.as_ref());
        let place = place.map_or_else(String::new, |stated| format!("{}:{}: ", stated.at.file, stated.at.line));
        let missing = printable(&of.missing.join(", "));
        let supply = if of.supply.is_empty() { String::new() } else { format!("; supply {}", of.supply) };
        text.push_str(&format!("{place}not decided for {}: {missing} is not known{supply}\n", of.entity));
    }
    text
}

//! A finding into a proposed decision: the situation with its evidence, the options with their trade-offs, and the rule
//! that sees whether the decision is kept.

use super::decision::{Choice, Decision};
use super::markdown::{fragment, inside, line, link};
use crate::findings::{Finding, Severity};
use crate::rules::{Alternative, Rule};
use crate::span::Span;

/// What a proposal is made from: a finding, and what its rule says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The id of the rule.
    pub rule: String,
    /// What the rule is about: the title names the bad thing.
    pub title: String,
    /// How bad the finding is.
    pub severity: Option<Severity>,
    /// The entity, by its id.
    pub entity: String,
    /// What is wrong, with names and figures.
    pub message: String,
    /// How the figures came about.
    pub formula: Option<String>,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// The places that prove it, the best first.
    pub evidence: Vec<Evidence>,
    /// The topic of the article that explains it.
    pub article: Option<String>,
    /// Other ways out than the fix.
    pub alternatives: Vec<Alternative>,
}

/// A place that proves a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Where.
    pub span: Span,
    /// What it shows; may be empty.
    pub shows: String,
}

impl Proposal {
    /// What a finding and its rule say.
    #[must_use]
    pub fn of(finding: &Finding, rule: &Rule) -> Self {
        let first = finding.span.iter().map(|span| Evidence { span: span.clone(), shows: String::new() });
        let others = finding
            .related
            .iter()
            .map(|related| Evidence { span: related.span.clone(), shows: related.message.clone() });
        Self {
            rule: finding.rule.clone(),
            title: rule.title.clone(),
            severity: Some(finding.severity),
            entity: finding.entity.clone(),
            message: finding.message.clone(),
            formula: finding.formula.clone(),
            why: finding.why.clone(),
            fix: finding.fix.clone(),
            evidence: first.chain(others).collect(),
            article: finding.knowledge.clone(),
            alternatives: rule.alternatives.clone(),
        }
    }
}

/// A proposed decision. The links go from a folder so many folders below the root of the project.
#[must_use]
pub fn propose(proposal: &Proposal, date: &str, depth: usize) -> Decision {
    let rule = format!("`{}`", line(&proposal.rule));
    let fix = fragment(&proposal.fix);
    let why = inside(&proposal.why);
    let mut options = vec![Choice {
        title: fix.clone(),
        trade_offs: vec![
            format!("Good, because it removes the cause: {}", line(&proposal.message)),
            "Bad, because it has to be built, tested and rolled out".to_owned(),
        ],
    }];
    options.extend(proposal.alternatives.iter().map(|alternative| Choice {
        title: fragment(&alternative.title),
        trade_offs: trade_offs("Good", &alternative.good).chain(trade_offs("Bad", &alternative.bad)).collect(),
    }));
    options.push(Choice {
        title: "Accept the risk, with a reason and an expiry".to_owned(),
        trade_offs: vec![
            "Good, because nothing has to be built now".to_owned(),
            format!("Neutral, because a suppression of {rule} in `loadpath.yaml` keeps reason, owner and last day"),
            format!("Bad, because {why}"),
        ],
    });
    Decision {
        title: title(proposal),
        status: "proposed".to_owned(),
        date: date.to_owned(),
        context: context(proposal),
        drivers: vec![line(&proposal.why)],
        options,
        chosen: fix,
        because: format!("it removes the cause: {why}"),
        consequences: vec![
            format!("Good, because `{}` no longer violates {rule}", line(&proposal.entity).replace('`', "'")),
            "Bad, because the change is work for those who own the code above, and for those who depend on it"
                .to_owned(),
        ],
        confirmation: format!(
            "`loadpath check --rule {}` reports no finding for `{}`; in the pipeline, `{}` fails when it comes back.",
            line(&proposal.rule).replace('`', "'"),
            line(&proposal.entity).replace('`', "'"),
            gate(proposal.severity)
        ),
        links: links(proposal, depth),
    }
}

/// The command that fails when the finding comes back.
fn gate(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Info) => "loadpath check --fail-on info",
        Some(Severity::Warning) => "loadpath check --fail-on warning",
        Some(Severity::Error) | None => "loadpath check",
    }
}

fn title(proposal: &Proposal) -> String {
    let name = proposal.entity.split_once(':').map_or(proposal.entity.as_str(), |(_, name)| name);
    format!("{} ({})", fragment(&proposal.title), fragment(name))
}

fn context(proposal: &Proposal) -> String {
    let mut context = line(&proposal.message);
    if !context.ends_with(['.', '!', '?']) {
        context.push('.');
    }
    if let Some(formula) = &proposal.formula {
        // Each line of a formula is one figure.
        let figures: Vec<String> = formula.lines().map(fragment).filter(|figure| !figure.is_empty()).collect();
        context.push_str(&format!("\n\nThe figures: {}.", figures.join("; ")));
    }
    context.push_str("\n\nHow is this to be resolved?");
    context
}

fn trade_offs<'a>(kind: &'static str, reasons: &'a [String]) -> impl Iterator<Item = String> + 'a {
    reasons.iter().map(move |reason| format!("{kind}, because {}", inside(reason)))
}

fn links(proposal: &Proposal, depth: usize) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    for (index, evidence) in proposal.evidence.iter().enumerate() {
        // A place whose line another one explains needs no mention of its own.
        let explains = |other: &Evidence| {
            !other.shows.is_empty() && (&other.span.file, other.span.line) == (&evidence.span.file, evidence.span.line)
        };
        if evidence.shows.is_empty() && proposal.evidence[index..].iter().any(explains) {
            continue;
        }
        let place = link(&evidence.span.file, evidence.span.line, depth);
        let shows = line(&evidence.shows);
        let text = if shows.is_empty() { format!("Evidence: {place}") } else { format!("Evidence: {place}: {shows}") };
        if !links.contains(&text) {
            links.push(text);
        }
    }
    links.push(format!("The rule: `loadpath explain {}`", line(&proposal.rule).replace('`', "'")));
    if let Some(article) = &proposal.article {
        links.push(format!("The article: `loadpath explain {}`", line(article).replace('`', "'")));
    }
    links
}

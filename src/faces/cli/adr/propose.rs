//! `loadpath adr propose`: a decision from a finding.

use anyhow::bail;

use super::Writing;
use crate::adr::{self, Ids, Proposal};
use crate::faces::cli::project::{Inputs, Project};
use crate::faces::cli::rules::{self, Folders};
use crate::faces::cli::table::align;
use crate::faces::cli::{Context, Exit, opened};
use crate::findings::{self, Finding};
use crate::reports::text::printable;
use crate::rules::Rule;

/// Arguments of `adr propose`.
#[derive(Clone, Debug, clap::Args)]
pub struct Propose {
    /// The id of a rule, or the fingerprint of a finding or its beginning
    #[arg(value_name = "RULE|FINGERPRINT")]
    pub finding: String,
    /// Which of the findings of the rule, counted from 1 in the order of the review
    #[arg(value_name = "NUMBER")]
    pub number: Option<usize>,
    /// Write to standard output instead of the folder of decisions
    #[arg(long)]
    pub stdout: bool,
    /// How the project is read
    #[command(flatten)]
    pub inputs: Inputs,
    /// Where a team's own rules lie
    #[command(flatten)]
    pub folders: Folders,
    /// How the record is written
    #[command(flatten)]
    pub writing: Writing,
}

pub(super) fn propose(args: &Propose, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let folder = args.writing.place.find()?;
    let template = adr::template(args.writing.templates.as_deref())?;
    let project = Project { paths: vec![args.writing.place.root.clone()], inputs: args.inputs.clone() };
    let opened = opened::open(&project, context)?;
    let rules = opened.rules(&args.folders)?;
    let review = opened.review(&project, None, &rules, context)?;
    let finding = choose(&review.settled.findings, &rules, args)?;
    let rule = rules::find(&rules, &finding.rule)?;
    let date = args.writing.date.unwrap_or(context.today).to_string();
    let decision = adr::propose(&Proposal::of(finding, rule), &date, folder.depth());
    if args.stdout {
        write!(context.out, "{}", adr::text(&decision, &template)?)?;
    } else {
        let path = adr::create(&folder, &decision, &template, &Ids::default())?;
        writeln!(context.out, "{}", folder.root.join(path).display())?;
    }
    project.strictness(&review.facts.diagnostics, context)
}

/// The one finding that is meant.
fn choose<'a>(findings: &'a [Finding], rules: &[Rule], args: &Propose) -> anyhow::Result<&'a Finding> {
    let name = crate::rules::find(rules, &args.finding).map_or(args.finding.as_str(), |rule| &*rule.id);
    let found = findings::named(findings, name);
    match (found.as_slice(), args.number) {
        ([], _) if name.contains('/') => {
            let rule = rules::find(rules, name)?;
            bail!("find a finding of `{}`: the review has none", rule.id)
        }
        ([], _) => bail!("find the finding `{name}`: `loadpath check --format json` shows the fingerprint of each"),
        (all, Some(number)) => match number.checked_sub(1).and_then(|index| all.get(index)) {
            Some(finding) => Ok(*finding),
            None => bail!("find finding {number} of `{name}`: it has {}:\n{}", all.len(), listed(all)),
        },
        ([one], None) => Ok(*one),
        (several, None) => bail!("choose one of {} findings; say its number:\n{}", several.len(), listed(several)),
    }
}

/// Findings with their numbers.
fn listed(findings: &[&Finding]) -> String {
    let rows: Vec<Vec<String>> = findings
        .iter()
        .enumerate()
        .map(|(index, finding)| {
            let place = finding.span.as_ref().map_or(finding.entity.clone(), |at| format!("{}:{}", at.file, at.line));
            vec![format!("  {}", index + 1), place, printable(&finding.message)]
        })
        .collect();
    align(&rows).trim_end().to_owned()
}

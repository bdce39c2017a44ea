//! `loadpath baseline`: findings that pass from now on, and the file that says which.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use serde::Serialize;

use super::project::Project;
use super::rules::Folders;
use super::table::align;
use super::{Context, Exit, opened};
use crate::findings::baseline::{self, Applied};
use crate::findings::{Baseline, Settled};

/// The file, where none is named.
pub const FILE: &str = "loadpath-baseline.yaml";

/// Arguments of `baseline`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What to do with the baseline
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the baseline.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Let all findings of today pass: add what is new, bring up to date what moved, take away what is no more
    Update(Of),
    /// Take away every entry whose finding is no more, those with a reason too, and say which
    Prune(Of),
    /// How many entries there are, of which rules, and which are stale
    Stats(Stats),
}

/// Which project, and which file.
#[derive(Clone, Debug, clap::Args)]
pub struct Of {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// The baseline, instead of loadpath-baseline.yaml at the root of the project
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Where a team's own rules lie
    #[command(flatten)]
    pub folders: Folders,
}

/// Arguments of `baseline stats`.
#[derive(Clone, Debug, clap::Args)]
pub struct Stats {
    /// Which project, and which file
    #[command(flatten)]
    pub of: Of,
    /// How to write them
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: super::rules::Format,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Command::Update(args) => update(args, context),
        Command::Prune(args) => prune(args, context),
        Command::Stats(args) => stats(args, context),
    }
}

/// Reads a baseline that must be there.
pub(super) fn read(file: &Path) -> anyhow::Result<Baseline> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("read the baseline {name}; `loadpath baseline update` writes one"))?;
    Baseline::read(&name, &text).with_context(|| format!("read the baseline {name}"))
}

/// Writes a baseline, where something has changed.
fn write(file: &Path, text: &str, before: &str) -> anyhow::Result<()> {
    if text == before {
        return Ok(());
    }
    std::fs::write(file, text).with_context(|| format!("write the baseline {}", file.display()))
}

/// Takes stale entries away that nobody wrote a word at. Gives what the file says now, and the stale ones that stay.
pub(super) fn shrink(file: &Path, baseline: &Baseline, stale: &[usize]) -> anyhow::Result<(Baseline, Vec<usize>)> {
    let (kept, gone): (Vec<usize>, Vec<usize>) = stale.iter().partition(|place| baseline.has_words(**place));
    let text = baseline::edited(baseline, &Applied::default(), &[], &gone.iter().copied().collect());
    write(file, &text, baseline.text())?;
    let shorter = Baseline::read(&file.display().to_string(), &text)?;
    let moved = kept.into_iter().map(|place| place - gone.iter().filter(|other| **other < place).count());
    Ok((shorter, moved.collect()))
}

/// A project judged against its baseline.
struct Judged {
    file: PathBuf,
    baseline: Baseline,
    settled: Settled,
    applied: Applied,
    exit: Exit,
}

impl Of {
    fn file(&self) -> PathBuf {
        let root = self.project.paths.first().map_or(Path::new("."), PathBuf::as_path);
        self.baseline.clone().unwrap_or_else(|| root.join(FILE))
    }

    /// Reviews the project with all rules.
    fn judge(&self, baseline: Baseline, context: &mut Context<'_>) -> anyhow::Result<Judged> {
        let opened = opened::open(&self.project, context)?;
        let rules = opened.rules(&self.folders)?;
        let review = opened.review(&self.project, None, &rules, context)?;
        let mut settled = review.settled;
        let applied = baseline.apply(&mut settled, &rules);
        let exit = self.project.strictness(&review.facts.diagnostics, context)?;
        Ok(Judged { file: self.file(), baseline, settled, applied, exit })
    }
}

fn update(args: &Of, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let file = args.file();
    // A file that is not there yet has no entries.
    let baseline = if file.exists() { read(&file)? } else { Baseline::default() };
    let judged = args.judge(baseline, context)?;
    let (kept, gone): (Vec<usize>, Vec<usize>) =
        judged.applied.stale.iter().partition(|place| judged.baseline.has_words(**place));
    let remove: BTreeSet<usize> = gone.into_iter().collect();
    let text = baseline::edited(&judged.baseline, &judged.applied, &judged.settled.findings, &remove);
    write(&judged.file, &text, judged.baseline.text())?;
    writeln!(
        context.out,
        "{}: {} added, {} taken away, {} as before",
        judged.file.display(),
        judged.settled.findings.len(),
        remove.len(),
        judged.applied.passed.len()
    )?;
    for place in kept {
        writeln!(context.out, "stale: {}; `loadpath baseline prune` takes it away", entry(&judged.baseline, place))?;
    }
    Ok(judged.exit)
}

fn prune(args: &Of, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let judged = args.judge(read(&args.file())?, context)?;
    let remove: BTreeSet<usize> = judged.applied.stale.iter().copied().collect();
    let text = baseline::edited(&judged.baseline, &Applied::default(), &[], &remove);
    write(&judged.file, &text, judged.baseline.text())?;
    for place in &remove {
        writeln!(context.out, "taken away: {}", entry(&judged.baseline, *place))?;
    }
    let left = judged.baseline.entries().len() - remove.len();
    writeln!(context.out, "{}: {} taken away, {left} left", judged.file.display(), remove.len())?;
    Ok(judged.exit)
}

/// An entry in a line, with what a person wrote at it.
fn entry(baseline: &Baseline, place: usize) -> String {
    let Some(of) = baseline.entries().get(place) else { return String::new() };
    let reason = of.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
    format!("{} {}{reason}", of.rule.value, of.entity)
}

fn stats(args: &Stats, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let judged = args.of.judge(read(&args.of.file())?, context)?;
    let stale: BTreeSet<&str> =
        judged.applied.stale.iter().map(|place| &*judged.baseline.entries()[*place].fingerprint).collect();
    let figures: Vec<Figures<'_>> = judged
        .baseline
        .by_rule()
        .into_iter()
        .map(|(rule, entries)| Figures {
            rule,
            entries: entries.len(),
            stale: entries.iter().filter(|entry| stale.contains(&*entry.fingerprint)).count(),
            with_reason: entries.iter().filter(|entry| entry.reason.is_some()).count(),
        })
        .collect();
    match args.format {
        super::rules::Format::Json => {
            let document = Document {
                schema: "loadpath.baseline-stats/1",
                entries: judged.baseline.entries().len(),
                stale: stale.len(),
                not_in_it: judged.settled.findings.len(),
                rules: figures,
            };
            writeln!(context.out, "{}", serde_json::to_string_pretty(&document)?)?;
        }
        super::rules::Format::Text => {
            let mut rows = vec![["rule", "entries", "stale", "with a reason"].map(str::to_owned).to_vec()];
            rows.extend(figures.iter().map(|of| {
                vec![of.rule.to_owned(), of.entries.to_string(), of.stale.to_string(), of.with_reason.to_string()]
            }));
            write!(context.out, "{}", align(&rows))?;
            let (entries, open) = (judged.baseline.entries().len(), judged.settled.findings.len());
            writeln!(context.out, "{entries} entries, {} stale; {open} findings are not in it", stale.len())?;
        }
    }
    Ok(judged.exit)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    entries: usize,
    stale: usize,
    not_in_it: usize,
    rules: Vec<Figures<'a>>,
}

#[derive(Serialize)]
struct Figures<'a> {
    rule: &'a str,
    entries: usize,
    stale: usize,
    with_reason: usize,
}

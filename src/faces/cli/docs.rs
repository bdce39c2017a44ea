//! `loadpath docs`: architecture pages, written or held against those that are there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueEnum;

use super::layout::Layout;
use super::project::Project;
use super::rules::Folders;
use super::{Context, Exit, opened};
use crate::adr;
use crate::analysis::Model;
use crate::reports::docs::folder::{File, Step, step, surplus};
use crate::reports::docs::{self, Decision, Subject, book, markdown, site};

/// The folder of pages, in the project.
const FOLDER: &str = "docs/architecture";
/// How deep below the folder of pages files are looked for.
const DEPTH: usize = 4;

/// Arguments of `docs`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// The folder of pages, instead of docs/architecture in the project
    #[arg(long, short, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// What pages are written as
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Write nothing; fail with exit code 1 when pages are not as the system is
    #[arg(long)]
    pub check: bool,
    /// Write over files that Loadpath did not write, and over changes outside of the parts that are yours
    #[arg(long, conflicts_with = "check")]
    pub overwrite: bool,
    /// Own rules
    #[command(flatten)]
    pub folders: Folders,
    /// How a team lays out diagrams
    #[command(flatten)]
    pub layout: Layout,
}

/// What pages are written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Markdown with Mermaid diagrams, as hosts of repositories show it
    #[default]
    Markdown,
    /// An mdBook, with diagrams as SVG
    Mdbook,
    /// One page of HTML without network: index.html
    Html,
}

impl Format {
    /// Whether files of that path come from this format: the others are none of its business.
    fn has(self, path: &str) -> bool {
        match self {
            Self::Markdown => path.ends_with(".md") && !path.starts_with("src/"),
            Self::Mdbook => path.starts_with("src/"),
            Self::Html => path == "index.html",
        }
    }
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let root = match args.project.paths.as_slice() {
        [root] if root != Path::new("-") => root.clone(),
        _ if args.out.is_none() => bail!("find the folder of pages: name it with `--out`"),
        paths => paths.first().cloned().unwrap_or_default(),
    };
    let folder = args.out.clone().unwrap_or_else(|| root.join(FOLDER));
    let opened = opened::open(&args.project, context)?;
    let all = opened.rules(&args.folders)?;
    let review = opened.review(&args.project, None, &all, context)?;
    let decisions = decisions(&root)?;
    let model = Model::new(&review.facts, &review.graph, &opened.config, None);
    let text = |path: &str| opened.text(path);
    let pages = docs::pages(&Subject { model: &model, settled: &review.settled, decisions: &decisions, text: &text });
    let there = read(&folder)?;
    let lookup = |path: &str| there.get(path).cloned();
    let files = match args.format {
        Format::Markdown => markdown::files(&pages, below(&root, &folder), &args.layout.load()?, &lookup)?,
        Format::Mdbook => book::files(&pages, &lookup)?,
        Format::Html => vec![site::file(&pages, &lookup)],
    };
    let steps = steps(&files, &there, args.format);
    let strict = args.project.strictness(&review.facts.diagnostics, context)?;
    let exit =
        if args.check { told(&folder, &steps, context)? } else { written(args, &folder, &files, &steps, context)? };
    Ok(if exit == Exit::Clean { strict } else { exit })
}

/// What is to be done with each file that is to be, or that is there.
fn steps(files: &[File], there: &BTreeMap<String, String>, format: Format) -> BTreeMap<String, Step> {
    let wanted = files.iter().map(|file| (file.path.clone(), step(file, there.get(&file.path).map(String::as_str))));
    let mut steps: BTreeMap<String, Step> = wanted.collect();
    for (path, text) in there.iter().filter(|(path, _)| format.has(path)) {
        if !steps.contains_key(path) {
            steps.insert(path.clone(), surplus(text));
        }
    }
    steps.retain(|_, step| *step != Step::Keep);
    steps
}

/// Tells what is not as the system is.
fn told(folder: &Path, steps: &BTreeMap<String, Step>, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    for (path, step) in steps {
        let what = match step {
            Step::Keep => continue,
            Step::Add => "is missing".to_owned(),
            Step::Change(line) => format!("is stale from line {line} on"),
            Step::Remove => "describes what is not there any more".to_owned(),
            Step::Leave => {
                "describes what is not there any more; keep what people wrote in it, then delete it".to_owned()
            }
            Step::Refuse(why) => why.clone(),
        };
        writeln!(context.out, "{}: {what}", folder.join(path).display())?;
    }
    if steps.is_empty() {
        return Ok(Exit::Clean);
    }
    writeln!(context.out, "The pages are not as the system is: run `loadpath docs` as here, without `--check`.")?;
    Ok(Exit::Findings)
}

/// Does what is to be done; nothing at all where something may not be touched.
fn written(
    args: &Args,
    folder: &Path,
    files: &[File],
    steps: &BTreeMap<String, Step>,
    context: &mut Context<'_>,
) -> anyhow::Result<Exit> {
    let broken = |path: &str| files.iter().any(|file| file.path == path && file.broken.is_some());
    // A part that cannot be read cannot be kept either: that is never written over.
    let refused = steps.iter().find_map(|(path, step)| match step {
        Step::Refuse(why) if !args.overwrite || broken(path) => Some((path, why)),
        _ => None,
    });
    if let Some((path, why)) = refused {
        let help = if broken(path) { "" } else { "; move it away, or pass `--overwrite`" };
        bail!("write {}: {why}{help}", folder.join(path).display());
    }
    for (path, step) in steps {
        let full = folder.join(path);
        let shown = full.display();
        match step {
            Step::Keep => {}
            Step::Add | Step::Change(_) | Step::Refuse(_) => {
                let Some(file) = files.iter().find(|file| file.path == *path) else { continue };
                if let Some(parent) = full.parent() {
                    fs::create_dir_all(parent).with_context(|| format!("write {shown}"))?;
                }
                fs::write(&full, &file.text).with_context(|| format!("write {shown}"))?;
                writeln!(context.out, "wrote {shown}")?;
            }
            Step::Remove => {
                fs::remove_file(&full).with_context(|| format!("remove {shown}"))?;
                writeln!(context.out, "removed {shown}: what it describes is not there any more")?;
            }
            Step::Leave => {
                writeln!(context.out, "left {shown}: what it describes is not there any more, but people wrote in it")?;
            }
        }
    }
    Ok(Exit::Clean)
}

/// The decisions of the project.
fn decisions(root: &Path) -> anyhow::Result<Vec<Decision>> {
    let records = adr::list(&adr::find(root))?;
    let decision = |record: adr::Record| Decision {
        text: fs::read(root.join(&record.file))
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .unwrap_or_default(),
        title: record.title,
        status: record.status.unwrap_or_else(|| "no status".to_owned()),
        file: record.file,
    };
    Ok(records.into_iter().map(decision).collect())
}

/// The texts of the files in a folder that pages may be, by their paths in it. Links are not followed.
fn read(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    let mut open = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((path, prefix, depth)) = open.pop() {
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.with_context(|| format!("read {}", path.display()))?,
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("read {}", path.display()))?;
            let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}{name}")) else { continue };
            let kind = entry.file_type().with_context(|| format!("read {}", entry.path().display()))?;
            if kind.is_dir() && depth < DEPTH {
                open.push((entry.path(), format!("{name}/"), depth + 1));
            } else if !kind.is_dir() && [".md", ".svg", ".html", ".toml"].iter().any(|ending| name.ends_with(ending)) {
                let bytes = fs::read(entry.path()).with_context(|| format!("read {}", entry.path().display()))?;
                found.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
    }
    Ok(found)
}

/// How many folders one lies below another; none where it does not.
fn below(root: &Path, folder: &Path) -> Option<usize> {
    let full = |path: &Path| {
        let mut rest = Vec::new();
        let mut at = std::path::absolute(path).ok()?;
        // What is not there yet has no links in it.
        while !at.exists() {
            rest.push(at.file_name()?.to_owned());
            at.pop();
        }
        let mut full = fs::canonicalize(at).ok()?;
        full.extend(rest.iter().rev());
        Some(full)
    };
    Some(full(folder)?.strip_prefix(full(root)?).ok()?.components().count())
}

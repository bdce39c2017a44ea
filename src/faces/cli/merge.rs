//! `loadpath merge`: the facts of many repositories as one.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{Context, Exit};
use crate::facts::{Facts, SCHEMA};

/// Arguments of `merge`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Files of facts; `-` reads one from standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Where the merged facts go, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let mut merged = Facts::new("");
    for file in &args.files {
        merged = merged.merge(read(file)?);
    }
    write(&merged, args.output.as_deref(), context)?;
    Ok(Exit::Clean)
}

/// Facts of a file, their paths under the name of their project.
fn read(file: &Path) -> anyhow::Result<Facts> {
    let shown = file.display();
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("read standard input")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| format!("read {shown}"))?;
    }
    let facts: Facts = serde_json::from_str(&text)
        .with_context(|| format!("read {shown}: it does not hold facts; `loadpath extract` writes them"))?;
    if facts.schema != SCHEMA {
        bail!("read {shown}: its facts are `{}`, this program reads `{SCHEMA}`; extract them anew", facts.schema);
    }
    Ok(facts)
}

/// Writes facts.
pub(super) fn write(facts: &Facts, to: Option<&Path>, context: &mut Context<'_>) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec(facts)?;
    text.push(b'\n');
    match to {
        Some(file) => std::fs::write(file, text).with_context(|| format!("write {}", file.display())),
        None => Ok(context.out.write_all(&text)?),
    }
}

//! `loadpath observe`: the graph as it runs, against the graph as it is written.

use std::io::{IsTerminal, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use tokio::net::TcpListener;

use super::format::Output;
use super::project::Project;
use super::{Context, Exit, opened};
use crate::analysis::running::compare;
use crate::facts::running::{Running, SCHEMA};
use crate::observe;
use crate::reports::observed;

/// Arguments of `observe`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The project
    #[command(flatten)]
    pub project: Project,
    /// Where to receive traces (OTLP, over gRPC or HTTP); port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4317")]
    pub listen: SocketAddr,
    /// How long to receive, such as 30s or 5m; else until Ctrl-C or SIGTERM
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub duration: Option<Duration>,
    /// Keep what was seen in this file as well, for a later `--from`
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Compare what was kept in this file, and receive nothing; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = ["listen", "duration"])]
    pub from: Vec<PathBuf>,
    /// What to write, and where; may be repeated
    #[arg(long, short, value_name = "FORMAT[=FILE]")]
    pub format: Vec<Output<Format>>,
}

/// What a comparison can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal
    Text,
    /// loadpath.observed/1
    Json,
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| "a duration is expected, such as 30s or 5m")?;
    Duration::try_from(parsed).ok().filter(|of| !of.is_zero()).ok_or_else(|| "it must be more than nothing".to_owned())
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Exit> {
    let outputs = Output::all(&args.format, Format::Text)?;
    // What cannot be done is said before anybody waits for traces.
    if let Some(file) = &args.save {
        may_be_replaced(file)?;
    }
    let opened = opened::open(&args.project, context)?;
    let (facts, graph) = opened.graph(context)?;
    let running = if args.from.is_empty() { receive(args, context)? } else { read_all(&args.from)? };
    if let Some(file) = &args.save {
        save(&running, file)?;
    }
    let comparison = compare(&graph, &opened.config, &running);
    for output in &outputs {
        let text = match output.format {
            Format::Text => observed::text(&graph, &comparison),
            Format::Json => {
                format!("{}\n", serde_json::to_string_pretty(&observed::document(&graph, &comparison))?)
            }
        };
        output.write(text.as_bytes(), context.out)?;
    }
    let exit = args.project.strictness(&facts.diagnostics, context)?;
    Ok(if exit == Exit::Clean && !comparison.is_same() { Exit::Findings } else { exit })
}

/// Receives until it is time, or somebody ends it.
fn receive(args: &Args, context: &Context<'_>) -> anyhow::Result<Running> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("receive traces")?;
    let quiet = context.quiet;
    let shows = !quiet && std::io::stderr().is_terminal();
    runtime.block_on(async {
        let listener = TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("listen on {}; `--listen` takes another address", args.listen))?;
        if !quiet {
            let end = if args.duration.is_some() { "its time is over" } else { "Ctrl-C or SIGTERM" };
            eprintln!("loadpath: listening on {} for traces until {end}", listener.local_addr()?);
        }
        let stop = ended(args.duration)?;
        let received = observe::receive(listener, stop, |counts| {
            if shows {
                // A terminal that is gone is no reason to stop.
                let _ = write!(std::io::stderr(), "\r{} spans", counts.spans);
            }
        });
        let running = received.await.context("receive traces")?;
        if shows {
            eprintln!();
        }
        Ok(running)
    })
}

/// The end: a signal, or the time that is given.
fn ended(after: Option<Duration>) -> anyhow::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .context("wait for the signal to end")?;
    #[cfg(unix)]
    let terminated = async move { terminated.recv().await };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    Ok(async move {
        let over = async {
            match after {
                Some(after) => tokio::time::sleep(after).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated => {}
            () = over => {}
        }
    })
}

fn read_all(files: &[PathBuf]) -> anyhow::Result<Running> {
    let mut all = Running::default();
    for file in files {
        all = all.merge(read(file)?);
    }
    Ok(all)
}

fn read(file: &Path) -> anyhow::Result<Running> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("read {shown}"))?;
    let running: Running = serde_json::from_str(&text).with_context(|| {
        format!("read {shown}: it does not hold what was seen; `loadpath observe --save` writes that")
    })?;
    if running.schema != SCHEMA {
        bail!("read {shown}: it holds `{}`, this program reads `{SCHEMA}`; observe anew", running.schema);
    }
    Ok(running)
}

/// A file that holds something else is not written over: the name may be a slip.
fn may_be_replaced(file: &Path) -> anyhow::Result<()> {
    if !folder_of(file).is_dir() {
        bail!("save to {}: there is no such folder", file.display());
    }
    if file.exists() {
        read(file).with_context(|| format!("save to {}: move the file away, or name another", file.display()))?;
    }
    Ok(())
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes the facts beside their place and moves them there: what was there is whole, or replaced as a whole.
fn save(running: &Running, file: &Path) -> anyhow::Result<()> {
    let failed = || format!("save to {}", file.display());
    let mut beside = tempfile::NamedTempFile::new_in(folder_of(file)).with_context(failed)?;
    serde_json::to_writer_pretty(&mut beside, running).with_context(failed)?;
    beside.write_all(b"\n").with_context(failed)?;
    beside.persist(file).with_context(failed)?;
    Ok(())
}

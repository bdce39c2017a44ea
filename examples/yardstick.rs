//! How fast a review is, against what it could not do without: `cargo run --release --example yardstick -- PATH`.
//!
//! In one run, on the same files after `.gitignore`, with the same threads and a warm file cache: reading alone,
//! `syn::parse_file` on every Rust file (with the features of syn that Loadpath itself is built with), and the whole of
//! `loadpath check`: cold, with nothing changed, and with one Rust file changed. A file is changed by a new function at
//! its end, in a copy of the project; files from all over the project take turns. Each figure is the median of several
//! turns; turns of different kinds alternate, so that what else the machine does falls on all alike.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Parser;
use loadpath::faces::cli::{self, Cli, Context, Progress};
use loadpath::sources::{self, Artefact, Sources};
use rayon::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Turns of each kind.
const TURNS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let path = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: yardstick PATH")?);
    let sources = sources::walk(&path)?;
    let rust: Vec<String> = sources.of(Artefact::Rust).map(|file| file.path.to_string()).collect();
    if rust.is_empty() {
        return Err("find a Rust file there".into());
    }
    describe(&sources);
    let folder = tempfile::tempdir()?;
    let project = folder.path().join("project");
    copy(&sources, &project)?;
    let cache = folder.path().join("cache");
    let mut took: [Vec<Duration>; 5] = Default::default();
    for turn in 0..TURNS {
        took[0].push(timed(|| sources::walk(&project).map(drop).map_err(Into::into))?);
        let parsed = timed(|| {
            parse(&sources);
            Ok(())
        });
        took[1].push(parsed?);
        std::fs::remove_dir_all(&cache).ok();
        took[2].push(timed(|| check(&project, &cache))?);
        took[3].push(timed(|| check(&project, &cache))?);
        let changed = &rust[(turn * rust.len() / TURNS + rust.len() / (2 * TURNS)) % rust.len()];
        let mut file = std::fs::OpenOptions::new().append(true).open(project.join(changed))?;
        writeln!(file, "\nfn yardstick_{turn}() -> usize {{\n    {turn}\n}}")?;
        took[4].push(timed(|| check(&project, &cache))?);
    }
    let names =
        ["reading", "reading and syn::parse_file", "check, cold", "check, nothing changed", "check, one file changed"];
    let medians: Vec<Duration> = took.into_iter().map(median).collect();
    // Parsing is measured on texts in memory; reading them comes on top of it.
    let syn = medians[0] + medians[1];
    for (name, time) in names.iter().zip([medians[0], syn, medians[2], medians[3], medians[4]]) {
        println!("{name:<28} {:>8.1} ms {:>7.2} x syn", millis(time), millis(time) / millis(syn));
    }
    println!("cold / one file changed      {:>8.1} x", millis(medians[2]) / millis(medians[4]));
    if let Some(peak) = peak_memory() {
        println!("peak memory of all of this   {peak:>8} kB");
    }
    Ok(())
}

fn describe(sources: &Sources) {
    let lines: usize = sources.of(Artefact::Rust).map(|file| file.text().lines().count()).sum();
    let bytes: usize = sources.of(Artefact::Rust).map(|file| file.bytes.len()).sum();
    println!(
        "{} files, of them {} Rust files with {lines} lines, {:.1} MB; {} threads",
        sources.files.len(),
        sources.of(Artefact::Rust).count(),
        bytes as f64 / 1e6,
        rayon::current_num_threads()
    );
}

/// Copies what Loadpath reads, so that a file can be changed.
fn copy(sources: &Sources, to: &Path) -> std::io::Result<()> {
    for file in &sources.files {
        let path = to.join(&*file.path);
        std::fs::create_dir_all(path.parent().unwrap_or(to))?;
        std::fs::write(path, &file.bytes)?;
    }
    Ok(())
}

fn parse(sources: &Sources) {
    let files: Vec<_> = sources.of(Artefact::Rust).collect();
    files.par_iter().for_each(|file| drop(std::hint::black_box(syn::parse_file(&file.text()))));
}

fn check(project: &Path, cache: &Path) -> Result<(), Box<dyn Error>> {
    let arguments =
        ["loadpath".as_ref(), "check".as_ref(), project.as_os_str(), "--cache-dir".as_ref(), cache.as_os_str()];
    let cli = Cli::try_parse_from(arguments)?;
    let mut out = std::io::sink();
    let mut context =
        Context { out: &mut out, color: false, today: cli::today(), quiet: true, progress: Progress::silent() };
    cli::run(&cli, &mut context)?;
    Ok(())
}

fn timed(run: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The most memory that this process ever held, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").trim().parse().ok()
}

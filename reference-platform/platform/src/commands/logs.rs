//! `logs`: what a part said.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _, stdout};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::sleep;

use super::Context;

const POLL: Duration = Duration::from_millis(200);
/// No log is read further back than this many bytes.
const BACK: u64 = 4 << 20;

/// Options of `logs`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// A store (`kafka`) or a replica (`auth-1`).
    pub part: String,
    /// How many of the last lines.
    #[arg(short = 'n', long, default_value_t = 50)]
    pub lines: usize,
    /// Go on with what is said from now on, until interrupted.
    #[arg(short, long)]
    pub follow: bool,
}

/// Prints the end of a log, also of one that was kept after `down`.
pub async fn run(context: &Context, options: &Options) -> Result<()> {
    let path = context.folder.log(&options.part);
    let mut log = File::open(&path).with_context(|| format!("there is no log {}", path.display()))?;
    let length = log.metadata()?.len();
    log.seek(SeekFrom::Start(length.saturating_sub(BACK)))?;
    let mut log = BufReader::new(log);
    let mut last = VecDeque::new();
    while let Some(line) = next_line(&mut log)? {
        last.push_back(line);
        if last.len() > options.lines {
            last.pop_front();
        }
    }
    let mut output = stdout();
    for line in last {
        output.write_all(&line)?;
    }
    if options.follow {
        loop {
            match next_line(&mut log)? {
                Some(line) => output.write_all(&line)?,
                None => sleep(POLL).await,
            }
        }
    }
    Ok(())
}

/// With its end, if it has one already.
fn next_line(log: &mut BufReader<File>) -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    log.read_until(b'\n', &mut line)?;
    Ok(if line.is_empty() { None } else { Some(line) })
}

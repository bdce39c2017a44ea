//! Processes that outlive the program that started them. One is known by its id, its start time and the boot of the machine,
//! so that no signal ever reaches a stranger that was given the same id later.

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

const POLL: Duration = Duration::from_millis(50);
/// How long one look at a part that may not be ready takes at most.
const PROBE: Duration = Duration::from_secs(3);
/// Of a log, for a message.
const TAIL_LINES: usize = 15;
const TAIL_BYTES: u64 = 64 * 1024;

/// How to start a process. Of the environment it gets `env`, `PATH` and `HOME`, nothing else.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Found in `PATH` when it is a bare name.
    pub program: PathBuf,
    /// Without the program.
    pub args: Vec<String>,
    /// Settings, secrets included.
    pub env: Vec<(String, String)>,
    /// User and group ids to become, where the program refuses to run as root.
    pub user: Option<(u32, u32)>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Where its output is added.
    pub log: PathBuf,
}

impl Launch {
    /// One without environment and as the current user.
    pub fn new(program: impl Into<PathBuf>, args: Vec<String>, directory: PathBuf, log: PathBuf) -> Self {
        Self { program: program.into(), args, env: Vec::new(), user: None, directory, log }
    }

    /// Starts it in a process group of its own: an interrupt at the terminal does not reach it.
    pub fn start(&self) -> Result<Process> {
        let log_start = begin_log(&self.log)?;
        let child = self.command()?.spawn().with_context(|| format!("cannot start {}", self.program.display()))?;
        let pid = child.id().context("the process ended at once")?;
        let stat = Stat::of(pid).context("the process ended at once")?;
        Ok(Process { pid, started: stat.started, boot: boot()?, log_start })
    }

    /// Runs it to its end. The error of one that fails has the last lines of its output.
    pub async fn run(&self, limit: Duration) -> Result<()> {
        let log_start = begin_log(&self.log)?;
        let mut child = self
            .command()?
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        let name = self.program.display();
        match timeout(limit, child.wait()).await {
            Ok(status) if status.as_ref().is_ok_and(|status| status.success()) => Ok(()),
            Ok(status) => bail!("{name} failed: {}{}", status?, tail(&self.log, log_start)),
            Err(_) => bail!("{name} did not end within {} s{}", limit.as_secs(), tail(&self.log, log_start)),
        }
    }

    fn command(&self) -> Result<Command> {
        fs::create_dir_all(&self.directory)
            .with_context(|| format!("cannot make the folder {}", self.directory.display()))?;
        let log = OpenOptions::new().append(true).open(&self.log)?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .envs(["PATH", "HOME"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        Ok(command)
    }
}

/// A process that was started here.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Process {
    /// Its id, which another process may have once it has ended.
    pub pid: u32,
    /// When it started, in clock ticks since the boot.
    started: u64,
    /// Which boot of the machine that was.
    boot: String,
    /// Where its output begins in its log, in bytes.
    pub log_start: u64,
}

impl Process {
    /// It runs. One that has ended and was not waited for does not.
    pub fn is_alive(&self) -> bool {
        let same = Stat::of(self.pid).is_some_and(|stat| stat.started == self.started && !stat.ended);
        same && boot().is_ok_and(|boot| boot == self.boot)
    }

    /// Sends a signal, if it is still the same process.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else { return Ok(()) };
        // The descriptor means one process for ever: look at what it is only after it was opened.
        let Ok(descriptor) = pidfd_open(pid, PidfdFlags::empty()) else { return Ok(()) };
        if !self.is_alive() {
            return Ok(());
        }
        pidfd_send_signal(&descriptor, signal).with_context(|| format!("cannot signal process {}", self.pid))
    }

    /// Asks it to stop, and kills it when it has not after `grace`. False if it had to be killed.
    pub async fn stop(&self, signal: Signal, grace: Duration) -> Result<bool> {
        self.signal(signal)?;
        if self.ended(grace).await {
            return Ok(true);
        }
        self.kill().await?;
        Ok(false)
    }

    /// Ends it without asking.
    pub async fn kill(&self) -> Result<()> {
        self.signal(Signal::KILL)?;
        if !self.ended(Duration::from_secs(10)).await {
            bail!("process {} does not die", self.pid);
        }
        Ok(())
    }

    async fn ended(&self, limit: Duration) -> bool {
        let end = Instant::now() + limit;
        while self.is_alive() {
            if Instant::now() >= end {
                return false;
            }
            sleep(POLL).await;
        }
        true
    }

    /// Waits until `probe` succeeds. Fails when the process ends or `limit` has passed; the error has the last lines of `log`.
    pub async fn ready(&self, limit: Duration, log: &Path, probe: impl AsyncFn() -> Result<()>) -> Result<()> {
        let end = Instant::now() + limit;
        loop {
            if !self.is_alive() {
                bail!("it ended while it started{}", tail(log, self.log_start));
            }
            let why = match timeout(PROBE, probe()).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(error)) => format!("{error:#}"),
                Err(_) => format!("no answer within {} s", PROBE.as_secs()),
            };
            if Instant::now() >= end {
                bail!("it was not ready within {} s: {why}{}", limit.as_secs(), tail(log, self.log_start));
            }
            sleep(POLL * 2).await;
        }
    }
}

/// What the kernel says about a process.
struct Stat {
    started: u64,
    ended: bool,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The second field is the name in parentheses, which may hold anything.
        let mut fields = text.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let threads: u32 = fields.nth(16)?.parse().ok()?;
        let started = fields.nth(1)?.parse().ok()?;
        // The first thread of a process that is killed ends before the others, which still hold its ports.
        Some(Self { started, ended: matches!(state, "Z" | "X") && threads <= 1 })
    }
}

fn boot() -> Result<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").context("cannot tell one boot from another")?;
    Ok(id.trim().to_owned())
}

/// Marks a new start in the log. Gives the offset where its output begins.
fn begin_log(path: &Path) -> Result<u64> {
    let attempt = || -> Result<u64> {
        let mut log = OpenOptions::new().create(true).append(true).open(path)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        writeln!(log, "--- started at {} s since 1970", now.as_secs())?;
        Ok(log.metadata()?.len())
    };
    attempt().with_context(|| format!("cannot write the log {}", path.display()))
}

/// The last lines of what was logged since `start`, as the end of a message.
pub fn tail(path: &Path, start: u64) -> String {
    let read = || -> std::io::Result<String> {
        let mut log = fs::File::open(path)?;
        let from = start.max(log.metadata()?.len().saturating_sub(TAIL_BYTES));
        log.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        log.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let Ok(text) = read() else { return format!("\n  no log at {}", path.display()) };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        return format!("\n  it said nothing ({})", path.display());
    }
    let last = &lines[lines.len().saturating_sub(TAIL_LINES)..];
    let mut message = format!("\n  last lines of {}:", path.display());
    for line in last {
        message.push_str("\n  | ");
        message.push_str(line);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(folder: &Path, script: &str) -> Launch {
        let args = vec!["-c".to_owned(), script.to_owned()];
        Launch::new("sh", args, folder.to_owned(), folder.join("log"))
    }

    #[tokio::test]
    async fn a_process_is_known_again_from_what_was_written_down() {
        let folder = tempfile::tempdir().unwrap();
        let process = launch(folder.path(), "exec sleep 60").start().unwrap();
        let text = serde_json::to_string(&process).unwrap();
        let known: Process = serde_json::from_str(&text).unwrap();
        assert!(known.is_alive());
        assert!(known.stop(Signal::TERM, Duration::from_secs(5)).await.unwrap());
        assert!(!process.is_alive());
    }

    #[tokio::test]
    async fn a_stranger_with_the_same_id_gets_no_signal() {
        let folder = tempfile::tempdir().unwrap();
        let process = launch(folder.path(), "exec sleep 60").start().unwrap();
        let stranger = Process { started: process.started + 1, ..process.clone() };
        assert!(!stranger.is_alive());
        stranger.kill().await.unwrap();
        let rebooted = Process { boot: "another".to_owned(), ..process.clone() };
        rebooted.kill().await.unwrap();
        assert!(process.is_alive());
        process.kill().await.unwrap();
    }

    #[tokio::test]
    async fn one_that_does_not_listen_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        let process = launch(folder.path(), "trap '' TERM; echo ready; while :; do sleep 0.1; done").start().unwrap();
        let log = folder.path().join("log");
        let heard = async || {
            anyhow::ensure!(fs::read_to_string(&log)?.contains("ready"));
            Ok(())
        };
        process.ready(Duration::from_secs(5), &log, heard).await.unwrap();
        assert!(!process.stop(Signal::TERM, Duration::from_millis(300)).await.unwrap());
        assert!(!process.is_alive());
    }

    #[tokio::test]
    async fn a_start_that_fails_says_what_the_process_said_this_time() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, "of an earlier start\n").unwrap();
        let process = launch(folder.path(), "echo 'no such disk' >&2; exit 3").start().unwrap();
        let error =
            process.ready(Duration::from_secs(5), &log, async || bail!("not yet")).await.unwrap_err().to_string();
        assert!(error.contains("it ended while it started"), "{error}");
        assert!(error.contains("| no such disk"), "{error}");
        assert!(!error.contains("earlier"), "{error}");
    }

    #[tokio::test]
    async fn one_that_is_never_ready_is_told_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let process = launch(folder.path(), "exec sleep 60").start().unwrap();
        let never = async || bail!("port is closed");
        let error = process.ready(Duration::ZERO, &folder.path().join("log"), never).await.unwrap_err().to_string();
        assert!(error.contains("not ready within 0 s: port is closed"), "{error}");
        process.kill().await.unwrap();
    }

    #[tokio::test]
    async fn the_environment_is_only_what_was_given() {
        let folder = tempfile::tempdir().unwrap();
        let mut launch = launch(folder.path(), "test \"$GIVEN\" = yes && test -z \"$CARGO_MANIFEST_DIR\"");
        launch.env.push(("GIVEN".to_owned(), "yes".to_owned()));
        launch.run(Duration::from_secs(5)).await.unwrap();
    }
}

//! How fast the gate judges a change of one file in a large repository:
//! `cargo build --release && cargo run --release --example gate -- target/release/loadpath`.
//!
//! Makes a git repository of 200,000 lines of Rust and more out of copies of the reference platform, each with names of its
//! own (`social1`, `user1-service`), so that nothing is the same but the shape. Fills the cache, changes one file, a Rust
//! file and a manifest in turns, and runs the program as a pipeline does (`check --base HEAD`) and as a hook does
//! (`check --staged --base HEAD`). Each figure is the median of several turns.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use regex::Regex;

/// Turns of each kind.
const TURNS: usize = 7;

/// Lines of Rust that the repository has at least.
const LINES: usize = 200_000;

/// The services whose names each copy changes.
const SERVICES: &str = "auth|content|events|feed|media|messaging|notification|search|streaming|user";

fn main() -> Result<(), Box<dyn Error>> {
    let program = std::env::args_os().nth(1).ok_or("usage: gate PROGRAM")?;
    let program = std::fs::canonicalize(program)?;
    let folder = tempfile::tempdir()?;
    let root = folder.path().join("repository");
    std::fs::create_dir(&root)?;
    let platform = Path::new(env!("CARGO_MANIFEST_DIR")).join("reference-platform");
    let (mut lines, mut copies) = (0, 0);
    while lines < LINES {
        lines += copy(&platform, &root, copies)?;
        copies += 1;
    }
    git(&root, &["init", "-q"])?;
    git(&root, &["add", "-A"])?;
    git(&root, &["commit", "-q", "-m", "all"])?;
    let mut out = std::io::stdout();
    writeln!(out, "{lines} lines of Rust in {copies} systems")?;
    let cache = folder.path().join("cache");
    let check = |arguments: &[&str]| -> Result<Duration, Box<dyn Error>> {
        let begin = Instant::now();
        let mut command = Command::new(&program);
        command.args(["check", ".", "-q", "--base", "HEAD"]).args(arguments).arg("--cache-dir").arg(&cache);
        let output = command.current_dir(&root).output()?;
        match output.status.code() {
            Some(0 | 1) => Ok(begin.elapsed()),
            _ => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        }
    };
    writeln!(out, "cold: {:.2?}", check(&[])?)?;
    for (what, path, comment) in [
        ("a Rust file", "system0/services/user-service/src/settings.rs", "//"),
        ("a manifest", "system0/deploy/base/user-service/deployment.yaml", "#"),
    ] {
        let (mut work_tree, mut staged) = (Vec::new(), Vec::new());
        for turn in 0..TURNS {
            let text = std::fs::read_to_string(root.join(path))?;
            std::fs::write(root.join(path), format!("{text}{comment} Change {turn}.\n"))?;
            work_tree.push(check(&[])?);
            git(&root, &["add", "-A"])?;
            staged.push(check(&["--staged"])?);
            git(&root, &["reset", "-q", "--hard"])?;
        }
        writeln!(out, "{what}: --base {:.2?}, --staged {:.2?}", median(work_tree), median(staged))?;
    }
    Ok(())
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// Copies what is tracked of the platform under names of its own; the first copy keeps them. Gives its lines of Rust.
fn copy(platform: &Path, root: &Path, number: usize) -> Result<usize, Box<dyn Error>> {
    let listed = git(platform, &["ls-files", "-z", "--", "."])?;
    let (system, service) = (Regex::new("social")?, Regex::new(&format!(r"\b({SERVICES})([-_])service"))?);
    let named = |text: &str| -> String {
        if number == 0 {
            return text.to_owned();
        }
        let text = system.replace_all(text, format!("social{number}"));
        service.replace_all(&text, format!("${{1}}{number}${{2}}service")).into_owned()
    };
    let mut lines = 0;
    for path in listed.split('\0').filter(|path| !path.is_empty() && !path.starts_with("sabotage/")) {
        let Ok(bytes) = std::fs::read(platform.join(path)) else { continue };
        let to: PathBuf = root.join(format!("system{number}")).join(named(path));
        std::fs::create_dir_all(to.parent().unwrap_or(root))?;
        match String::from_utf8(bytes) {
            Ok(text) => {
                lines += if path.ends_with(".rs") { text.lines().count() } else { 0 };
                std::fs::write(to, named(&text))?;
            }
            Err(other) => std::fs::write(to, other.into_bytes())?,
        }
    }
    Ok(lines)
}

fn git(root: &Path, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"];
    let output = Command::new("git").args(who).args(arguments).current_dir(root).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

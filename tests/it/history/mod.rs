//! The gate over the history of a real system: the reference platform as a git repository, and changes to it as people
//! propose them, one branch each. For every branch: the verdict of `loadpath check --base main`, its findings, and what
//! `loadpath diff main` says, through the program and the real git. `tests/cases/history/NAME.txt` holds all three; with
//! UPDATE=1 it is written anew, to be read in the diff. That a verdict is right does not rest on that file: each change says
//! which rules it breaks.

mod changes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use changes::{After, Change};

/// A repository, and what is kept of it between reviews: the folder of one user.
struct Repository {
    root: tempfile::TempDir,
    cache: tempfile::TempDir,
}

impl Repository {
    /// The platform as it is tracked, in one commit.
    fn new() -> Self {
        let repository = Self { root: tempfile::tempdir().unwrap(), cache: tempfile::tempdir().unwrap() };
        let platform = Path::new(env!("CARGO_MANIFEST_DIR")).join("reference-platform");
        let listed = said(&git(&platform, &["ls-files", "-z", "--", "."]));
        for path in listed.split('\0').filter(|path| !path.is_empty() && !path.starts_with("sabotage/")) {
            // One that was removed and not yet committed is gone for this test too.
            let Ok(bytes) = fs::read(platform.join(path)) else { continue };
            let to = repository.path().join(path);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, bytes).unwrap();
        }
        repository.git(&["init", "-q", "-b", "main"]);
        repository.commit("the platform");
        repository
    }

    fn path(&self) -> &Path {
        self.root.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        said(&git(self.path(), arguments))
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Runs the program on the repository, as it is deployed with a mesh.
    fn loadpath(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loadpath"));
        command.args(arguments).arg("--cache-dir").arg(self.cache.path()).args([
            "-q",
            "--environment",
            "production-linkerd",
        ]);
        command.current_dir(self.path());
        command.env_remove("NO_COLOR").output().unwrap()
    }

    /// The findings that the gate tells, its exit code, and how many are accepted.
    fn check(&self, more: &[&str]) -> Gate {
        let output = self.loadpath(&[&["check", ".", "--base", "main", "--format", "json"], more].concat());
        let review: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let findings = review["findings"].as_array().unwrap().iter().map(|of| {
            let text = |key: &str| of[key].as_str().unwrap().to_owned();
            let line =
                format!("{} {} {} {}:{}", text("severity"), text("rule"), text("entity"), text("file"), of["line"]);
            (text("rule"), line)
        });
        let (rules, lines) = findings.unzip();
        let accepted = review["summary"]["suppressed"].as_u64().unwrap();
        Gate { rules, lines, accepted, code: output.status.code().unwrap() }
    }
}

struct Gate {
    rules: Vec<String>,
    lines: Vec<String>,
    accepted: u64,
    code: i32,
}

fn git(root: &Path, arguments: &[&str]) -> Output {
    let who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
    let mut command = Command::new("git");
    command.env_remove("GIT_INDEX_FILE").env_remove("GIT_DIR").args(who).args(arguments).current_dir(root);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Judges one branch, and gives what is wrong with the verdict and what was said.
fn judge(repository: &Repository, change: &Change) -> (Vec<String>, String) {
    let gate = repository.check(change.arguments);
    let diff = repository.loadpath(&["diff", "main"]);
    assert!(diff.status.success(), "{}: {}", change.name, String::from_utf8_lossy(&diff.stderr));
    let mut wrong = Vec::new();
    let mut rules = gate.rules.clone();
    rules.sort();
    rules.dedup();
    if rules != change.breaks {
        wrong.push(format!(
            "{} breaks {rules:?}, expected {:?}:\n  {}",
            change.name,
            change.breaks,
            gate.lines.join("\n  ")
        ));
    }
    if gate.code != i32::from(change.fails) {
        wrong.push(format!("{} ends with exit code {}", change.name, gate.code));
    }
    if gate.accepted != change.accepted {
        wrong.push(format!("{} has {} accepted findings, expected {}", change.name, gate.accepted, change.accepted));
    }
    let mut text = format!("exit code {}\n", gate.code);
    for line in &gate.lines {
        text.push_str(&format!("{line}\n"));
    }
    // The folder is another one in each run.
    let name = repository.path().file_name().unwrap().to_str().unwrap();
    text.push_str(&format!("\n{}", said(&diff).replace(name, "platform")));
    (wrong, text)
}

#[test]
fn the_gate_judges_each_change_of_a_history() {
    let repository = Repository::new();
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/history");
    let mut wrong = Vec::new();
    for change in changes::ALL {
        repository.git(&["checkout", "-q", "-b", change.name, change.from]);
        (change.make)(&repository);
        repository.commit(change.name);
        let (more, text) = judge(&repository, change);
        wrong.extend(more);
        let expected = folder.join(format!("{}.txt", change.name));
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&expected, &text).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != text {
            wrong.push(format!("{} is told as:\n{text}", change.name));
        }
        if change.after == After::Merged {
            repository.git(&["checkout", "-q", "main"]);
            repository.git(&["merge", "-q", "--no-ff", "-m", change.name, change.name]);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! The same project gives the same bytes: in every format, with any number of threads, from run to run, with a cache
//! and without one.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What is written: a command with the formats that it can write at once.
const REPORTS: [(&[&str], &[&str]); 8] = [
    (&["check"], &["text", "json", "sarif", "github", "markdown"]),
    (&["graph"], &["text", "json", "mermaid", "dot"]),
    (&["graph", "--view", "topics"], &["mermaid"]),
    (&["graph", "--view", "data"], &["mermaid"]),
    (&["graph", "--view", "deployment"], &["mermaid"]),
    (&["extract"], &[]),
    (&["whatif", "--down", "postgres"], &["text", "json", "markdown"]),
    (&["capacity"], &["text", "json", "markdown"]),
];

/// The runs that are compared with the first: one thread, more than cores; an empty cache and the one that it left.
const RUNS: [(&str, bool); 4] = [("1", false), ("7", false), ("2", true), ("32", true)];

/// The large example in every report, each small case in those that show most of it.
fn projects() -> Vec<(PathBuf, usize)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let cases = std::fs::read_dir(root.join("tests/cases/graph")).unwrap();
    let mut all: Vec<(PathBuf, usize)> =
        cases.map(|case| case.unwrap().path()).filter(|path| path.is_dir()).map(|path| (path, 1)).collect();
    all.push((root.join("examples/shop"), REPORTS.len()));
    all.sort();
    all
}

fn written(
    (command, formats): (&[&str], &[&str]),
    project: &Path,
    threads: &str,
    cache: Option<&Path>,
) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_loadpath"));
    run.args(command).arg(project).env("RAYON_NUM_THREADS", threads);
    match cache {
        Some(cache) => run.arg("--cache-dir").arg(cache),
        None => run.arg("--no-cache"),
    };
    let file = |format: &str| folder.path().join(format);
    for format in formats {
        run.arg("--format").arg(format!("{format}={}", file(format).display()));
    }
    let output = run.output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    if formats.is_empty() {
        return vec![output.stdout];
    }
    formats.iter().map(|format| std::fs::read(file(format)).unwrap()).collect()
}

fn compare(project: &Path, reports: usize) {
    let kept = tempfile::tempdir().unwrap();
    for report in &REPORTS[..reports] {
        let mut runs = RUNS.iter().map(|(threads, cached)| {
            (threads, cached, written(*report, project, threads, cached.then_some(kept.path())))
        });
        let (_, _, first) = runs.next().unwrap();
        assert!(first.iter().any(|bytes| !bytes.is_empty()), "{report:?} of {} is empty", project.display());
        for (threads, cached, again) in runs {
            assert!(again == first, "{report:?} of {}: {threads} threads, cache: {cached}", project.display());
        }
    }
}

#[test]
fn a_project_gives_the_same_bytes_in_every_run() {
    let projects = projects();
    std::thread::scope(|scope| {
        let halves = [projects.iter().step_by(2).cloned(), projects[1..].iter().step_by(2).cloned()];
        let workers: Vec<_> = halves
            .into_iter()
            .map(|half| scope.spawn(move || half.for_each(|(project, reports)| compare(&project, reports))))
            .collect();
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

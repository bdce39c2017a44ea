//! The commands on decision records, over folders: `tests/cases/adr/NAME/input` is a project, `run` has the commands, one a
//! line. `expected/said.txt` is what they say, with their exit codes; `expected/files` has the files that they have changed,
//! and no other file may change. With UPDATE=1 the expectations are written anew, to be read in the diff.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{copy, loadpath};

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/adr");
    let mut cases: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn files(root: &Path) -> Files {
    let mut files = Files::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// The words of a command: those between quotes are one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// What the commands of a case say, and the files that they leave changed.
fn run(case: &Path) -> (String, Files) {
    let root = tempfile::tempdir().unwrap();
    copy(&case.join("input"), root.path());
    let before = files(root.path());
    let mut said = String::new();
    for line in fs::read_to_string(case.join("run")).unwrap().lines() {
        let words = words(line);
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        if words[0] == "check" || words[..2] == ["adr", "check"] {
            words.push("--no-cache");
        }
        let output = loadpath(&words).current_dir(root.path()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        said.push_str(&format!("$ loadpath {line}\n{}{}", text(&output.stdout), text(&output.stderr)));
        match output.status.code() {
            Some(0) => {}
            code => said.push_str(&format!("exit code {}\n", code.unwrap())),
        }
        said.push('\n');
    }
    let mut after = files(root.path());
    for path in before.keys() {
        assert!(after.contains_key(path), "{} is gone", path.display());
    }
    after.retain(|path, bytes| before.get(path) != Some(bytes));
    (said, after)
}

#[test]
fn decisions_become_what_the_commands_say() {
    let mut different = Vec::new();
    for case in cases() {
        let (said, changed) = run(&case);
        let expected = case.join("expected");
        if std::env::var_os("UPDATE").is_some() {
            let _ = fs::remove_dir_all(&expected);
            for (path, bytes) in &changed {
                let path = expected.join("files").join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
            fs::create_dir_all(&expected).unwrap();
            fs::write(expected.join("said.txt"), said).unwrap();
            continue;
        }
        if fs::read_to_string(expected.join("said.txt")).unwrap_or_default() != said {
            different.push(format!("{} says:\n{said}", case.display()));
        }
        let wanted = files(&expected.join("files"));
        for path in wanted.keys().chain(changed.keys()) {
            if wanted.get(path) != changed.get(path) {
                let text = changed.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                different.push(format!("{}/{} is:\n{}", case.display(), path.display(), text.unwrap_or_default()));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

//! The program as it is run: arguments in, output, errors and exit code out.

mod adr;
mod decisions;
mod diff;
mod gate;
mod init;
mod integrations;
mod layout;
mod observe;
mod path;
mod project;

use std::path::{Path, PathBuf};
use std::process;

use assert_cmd::Command;

/// A small project that commands are run on.
pub(crate) fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/cli").join(name)
}

/// The program, told nothing by the machine that the tests run on.
pub(crate) fn loadpath(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadpath"));
    for name in ["NO_COLOR", "TERM", "LOADPATH_CACHE_DIR", "HOME", "XDG_CACHE_HOME"] {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// What a command writes when all is well.
pub(crate) fn output(arguments: &[&str]) -> String {
    let assert = loadpath(arguments).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// What a command says when it is used wrongly.
pub(crate) fn failure(arguments: &[&str]) -> String {
    let assert = loadpath(arguments).assert().code(2);
    assert!(assert.get_output().stdout.is_empty());
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// Writes a file of a project, with its folders.
fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Runs git, and gives what it says.
fn git(root: &Path, arguments: &[&str]) -> String {
    let who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"];
    let mut command = process::Command::new("git");
    command.env_remove("GIT_INDEX_FILE").env_remove("GIT_DIR").args(who).args(arguments).current_dir(root);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Commits all that is there.
fn commit(root: &Path, message: &str) {
    git(root, &["add", "-A"]);
    git(root, &["commit", "-q", "--no-verify", "-m", message]);
}

/// Copies a folder of this repository, without what is built in it.
fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if entry.file_name() != "target" {
                std::fs::create_dir_all(&target).unwrap();
                copy(&entry.path(), &target);
            }
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

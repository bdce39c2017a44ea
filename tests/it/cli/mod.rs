//! The program as it is run: arguments in, output, errors and exit code out.

mod adr;
mod init;
mod layout;
mod path;
mod project;

use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// A small project that commands are run on.
fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/cli").join(name)
}

/// The program, told nothing by the machine that the tests run on.
fn loadpath(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadpath"));
    for name in ["NO_COLOR", "TERM", "LOADPATH_CACHE_DIR", "HOME", "XDG_CACHE_HOME"] {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// What a command writes when all is well.
fn output(arguments: &[&str]) -> String {
    let assert = loadpath(arguments).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// What a command says when it is used wrongly.
fn failure(arguments: &[&str]) -> String {
    let assert = loadpath(arguments).assert().code(2);
    assert!(assert.get_output().stdout.is_empty());
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

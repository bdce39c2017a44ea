//! The contracts are clean and formatted by the measure of buf, which npm brings in one fixed version. It is installed once, into
//! a folder of the target directory that bears the version.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Command};

const VERSION: &str = "1.75.0";

#[test]
fn buf_finds_nothing() {
    let Some(buf) = installed() else {
        // Straight to the stream: what `eprintln` writes in a test that passes is not shown.
        writeln!(io::stderr(), "skipped: the contracts are not linted, because npm, which brings buf, is not there")
            .unwrap();
        return;
    };
    for arguments in [&["lint"][..], &["format", "--diff", "--exit-code"]] {
        let proto = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../proto");
        let output = Command::new(&buf).args(arguments).current_dir(proto).output().unwrap();
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        assert!(output.status.success(), "buf {}:\n{said}", arguments.join(" "));
    }
}

/// The program, or none where there is no npm.
fn installed() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("buf-{VERSION}"));
    let program = Path::new("node_modules/.bin/buf");
    if folder.join(program).exists() {
        return Some(folder.join(program));
    }
    // Moved to its place when it is whole, so that a run that was cut off leaves nothing that looks installed.
    let half = folder.with_extension(format!("{}.part", process::id()));
    fs::create_dir_all(&half).unwrap();
    let install = Command::new("npm")
        .args(["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix"])
        .arg(&half)
        .arg(format!("@bufbuild/buf@{VERSION}"))
        .output();
    let output = match install {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::remove_dir(&half).unwrap();
            return None;
        }
        other => other.unwrap(),
    };
    assert!(output.status.success(), "npm cannot install buf:\n{}", String::from_utf8_lossy(&output.stderr));
    fs::rename(&half, &folder).unwrap();
    Some(folder.join(program))
}

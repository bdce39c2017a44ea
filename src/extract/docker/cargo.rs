//! From the commands of `RUN` to the programs of the project that cargo builds there.

use crate::extract::command_line::{Word, commands, script_of_shell};

/// How often a shell may start a shell.
const MAX_SHELLS: usize = 3;

/// Adds the programs that a script builds: `*` stands for all of them.
pub fn builds(script: &str, found: &mut Vec<String>) {
    builds_within(script, found, MAX_SHELLS);
}

fn builds_within(script: &str, found: &mut Vec<String>, shells: usize) {
    for command in commands(script) {
        let words: Vec<String> =
            command.into_iter().map(|Word { text, .. }| text).skip_while(|word| frames(word)).collect();
        if let Some(inner) = script_of_shell(&words) {
            if shells > 0 {
                builds_within(inner, found, shells - 1);
            }
            continue;
        }
        for program in built(&words) {
            if !found.contains(&program) {
                found.push(program);
            }
        }
    }
}

/// Words in front of a command: keywords of the shell, variables, flags of `RUN`.
fn frames(word: &str) -> bool {
    matches!(word, "then" | "else" | "do" | "if" | "!" | "time" | "env" | "sudo" | "{" | "(" | "exec")
        || crate::extract::command_line::is_assignment(word)
        || word.starts_with("--")
}

/// The programs that one command builds.
fn built(words: &[String]) -> Vec<String> {
    let Some((program, arguments)) = words.split_first() else { return Vec::new() };
    let name = program.rsplit('/').next().unwrap_or(program);
    if !(name == "cargo" || name == "cross" || name.ends_with("-cargo")) {
        return Vec::new();
    }
    let mut arguments = arguments
        .iter()
        .map(String::as_str)
        .skip_while(|word| word.starts_with(['+', '-']) || word.contains('='))
        .peekable();
    let verb = match arguments.next() {
        // `cargo auditable build` and the like wrap the command.
        Some("auditable" | "zigbuild-wrapper" | "xwin" | "ndk") => arguments.next(),
        verb => verb,
    };
    let installs = match verb {
        Some("build" | "b" | "zigbuild" | "rustc" | "lambda") => false,
        Some("install") => true,
        _ => return Vec::new(),
    };
    let (mut binaries, mut packages, mut paths) = (Vec::new(), Vec::new(), Vec::new());
    let (mut all, mut others) = (false, false);
    while let Some(word) = arguments.next() {
        if word == "--" {
            break;
        }
        let (flag, mut value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word, None),
        };
        let takes_value = matches!(flag, "--bin" | "--package" | "-p" | "--path" | "--manifest-path");
        if takes_value && value.is_none() {
            value = arguments.next();
        }
        match (flag, value) {
            ("--bin", Some(value)) => binaries.push(value.to_owned()),
            ("--package" | "-p", Some(value)) => packages.push(value.to_owned()),
            ("--path", Some(value)) => paths.push(folder(value)),
            ("--manifest-path", Some(value)) => paths.push(folder(value.trim_end_matches("Cargo.toml"))),
            ("--workspace" | "--all" | "--bins" | "--all-targets", _) => all = true,
            ("--example" | "--examples" | "--lib" | "--test" | "--tests" | "--bench" | "--benches", _) => others = true,
            _ => {
                if let Some(package) =
                    word.strip_prefix("-p").filter(|rest| !rest.is_empty() && !word.starts_with("--"))
                {
                    packages.push(package.to_owned());
                }
            }
        }
    }
    // `cargo install sqlx-cli` is a tool of others.
    if installs && paths.is_empty() {
        return Vec::new();
    }
    // A binary says more than its package, a package more than its folder.
    for chosen in [binaries, packages, paths] {
        if !chosen.is_empty() {
            return chosen;
        }
    }
    if others && !all { Vec::new() } else { vec!["*".to_owned()] }
}

/// The last folder of a path; the root has all programs.
fn folder(path: &str) -> String {
    match path.trim_end_matches('/').rsplit('/').next() {
        Some("" | "." | "..") | None => "*".to_owned(),
        Some(name) => name.to_owned(),
    }
}
